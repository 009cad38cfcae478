"""A live PyTorch model that an argument names, as in ``package.module:factory``.

This is the only place where cnnsize imports code of its user, and only for an argument of that form:
no file, configuration or hook can name one.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import re
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from cnnsize.cli.errors import fail, warn
from cnnsize.files.document import Document
from cnnsize.models.flow import UnreadableModelError
from cnnsize.models.live import DEFAULT_INPUT, read_module
from cnnsize.torch_code.module import INSTALL, has_torch

TARGET = r"([^\W\d]\w*(?:\.[^\W\d]\w*)*):([^\W\d]\w*(?:\.[^\W\d]\w*)*)"


def model_document(argument: str, input: tuple[int, int, int] | None) -> Document | None:
    """Import the model that an argument names, and return its text; None for another argument.

    ``input`` is W x H x D. Exit with a message if there is no such model, if the code raises an
    exception, or if the notation cannot describe the model.
    """
    target = re.fullmatch(TARGET, argument)
    if target is None or target[1].endswith(".py"):
        return None
    module_name, name = target.groups()
    if "." not in module_name and not can_import(module_name):
        return None  # a text such as input:conv
    if not has_torch():
        fail(f"{argument}: {INSTALL}")
    volume = input or DEFAULT_INPUT[::-1]
    size = "x".join(map(str, volume))
    default = "" if input else "; --input sets another size"
    warn([f"importing {module_name} and running {name} on an input of {size}{default}"])
    with contextlib.redirect_stdout(sys.stderr):  # what the code prints is not our output
        model = model_of(argument, module_name, name)
    width, height, depth = volume
    try:
        read = read_module(model, (depth, height, width))
    except UnreadableModelError as error:
        fail(f"{argument}: {error}")
    warn(f"{argument}: note: {note}" for note in read.notes)
    return Document(str(read.network))


def can_import(module_name: str) -> bool:
    """Return whether there is a module of this name, here or installed; it is not imported."""
    add_working_directory()
    try:
        return find_spec(module_name) is not None
    except (ImportError, ValueError):
        return False


def add_working_directory() -> None:
    """Let modules of the working directory be imported, as python -m does."""
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())


def model_of(argument: str, module_name: str, name: str) -> Any:
    """Return the model that an argument names. Exit with one line if the code raises an exception."""
    try:
        return find_model(module_name, name)
    except TargetError as error:
        fail(f"{argument}: {error}")
    except (Exception, SystemExit) as error:
        fail(f"{argument}: {error_text(error)}")


def find_model(module_name: str, name: str) -> Any:
    """Import a module and return the model in it: an instance, or what a class or function makes.

    Raises TargetError, and whatever the code raises.
    """
    from torch import nn

    add_working_directory()
    target: Any = import_module(module_name)
    for part in name.split("."):
        if not hasattr(target, part):
            raise TargetError(f"{getattr(target, '__name__', module_name)} has no {part!r}")
        target = getattr(target, part)
    if not isinstance(target, nn.Module) and callable(target):
        if required := required_arguments(target):
            raise TargetError(
                f"{name} needs arguments ({', '.join(required)}); "
                "name a function without any that returns the model"
            )
        target = target()
    if not isinstance(target, nn.Module):
        raise TargetError(f"{name} is a {type(target).__name__}, not a torch.nn.Module")
    return target


def required_arguments(factory: Callable[..., object]) -> list[str]:
    """Return the names of the arguments that a class or function must be called with."""
    try:
        parameters = inspect.signature(factory).parameters
    except (TypeError, ValueError):
        return []
    optional = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [
        name
        for name, parameter in parameters.items()
        if parameter.default is parameter.empty and parameter.kind not in optional
    ]


class TargetError(Exception):
    """An argument that names no model; ``str`` says why."""


def error_text(error: BaseException) -> str:
    """Return the type and the first line of an exception."""
    lines = str(error).strip().splitlines()
    message = f": {lines[0][:300]}" if lines else ""
    return f"the code raises {type(error).__name__}{message}"
