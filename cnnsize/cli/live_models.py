"""A live PyTorch model that an argument names, as in ``package.module:factory``.

This is the only place where cnnsize imports code of its user, and only for an argument of that form:
no file, configuration or hook can name one.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import os
import re
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from cnnsize.cli.errors import fail, warn
from cnnsize.cli.options import AS_IT_IS, ModelRequest
from cnnsize.files.document import PYTHON_EXTENSIONS, Document
from cnnsize.layers.names import CANONICAL
from cnnsize.models.flow import UnreadableModelError
from cnnsize.models.live import DEFAULT_INPUT, read_module
from cnnsize.text.suggest import nearest
from cnnsize.torch_code.module import INSTALL, has_torch

MAX_ARGUMENTS = 10_000  # characters of --args
TARGET = r"([^\W\d]\w*(?:\.[^\W\d]\w*)*):([^\W\d]\w*(?:\.[^\W\d]\w*)*)"


def model_document(argument: str, request: ModelRequest = AS_IT_IS) -> Document | None:
    """Import the model that an argument names, and return its text; None for another argument.

    Exit with a message if there is no such model, if the code raises an exception, or if the notation
    cannot describe the model.
    """
    target = re.fullmatch(TARGET, argument)
    if target is None:
        return None
    module_name, name = target.groups()
    if module_name.endswith(PYTHON_EXTENSIONS):
        fail(f"{module_name}: no such file{similar_file(module_name)}")
    if "." not in module_name and not can_import(module_name):
        if {module_name.upper(), name.upper()} & set(CANONICAL):
            return None  # a text such as input:conv
        hint = similar_file(f"{module_name}.py", f":{name}")
        fail(
            f"{argument}: there is no module {module_name}, here or among the installed packages{hint}"
        )
    if not has_torch():
        fail(f"{argument}: {INSTALL}")
    volume = request.input or DEFAULT_INPUT[::-1]
    size = "x".join(map(str, volume))
    default = "" if request.input else "; --input sets another size"
    warn([f"importing {module_name} and running {name} on an input of {size}{default}"])
    with contextlib.redirect_stdout(sys.stderr):  # what the code prints is not our output
        model = model_of(argument, module_name, name, request.arguments)
        width, height, depth = volume
        try:
            read = read_module(model, (depth, height, width), flat=request.flat)
        except UnreadableModelError as error:
            fail(f"{argument}: {error}")
    warn(f"{argument}: note: {note}" for note in read.notes)
    return Document(str(read.network), generated=True)


def similar_file(name: str, rest: str = "") -> str:
    """Return a hint at the Python file of the working directory that has nearly this name."""
    files = [file for file in os.listdir() if file.endswith(PYTHON_EXTENSIONS)]
    similar = nearest(name, files, 1)
    return f"; did you mean {similar[0]}{rest}?" if similar else ""


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


def model_of(argument: str, module_name: str, name: str, arguments: str) -> Any:
    """Return the model that an argument names. Exit with one line if the code raises an exception."""
    try:
        return find_model(module_name, name, arguments)
    except TargetError as error:
        fail(f"{argument}: {error}")
    except (Exception, SystemExit) as error:
        fail(f"{argument}: {error_text(error)}")


def find_model(module_name: str, name: str, arguments: str = "") -> Any:
    """Import a module and return the model in it: an instance, or what a class or function makes.

    Raises TargetError, and whatever the code raises.
    """
    from torch import nn

    add_working_directory()
    module = imported(module_name)
    target: Any = module
    for part in name.split("."):
        if not hasattr(target, part):
            raise TargetError(missing_name(target, part))
        target = getattr(target, part)
    if isinstance(target, nn.Module) or not callable(target):
        if arguments:
            raise TargetError(f"{name} takes no arguments: it is a {type(target).__name__}")
    else:
        positional, keywords = call_arguments(arguments, module)
        if not arguments and (required := required_arguments(target)):
            raise TargetError(
                f"{name} needs arguments ({', '.join(required)}); give them as in "
                f"--args '{required[0]}=...', or name a function without any that returns the model"
            )
        target = target(*positional, **keywords)
        if not isinstance(target, nn.Module):
            raise TargetError(f"{name} returns {type(target).__name__}, not a torch.nn.Module")
    if not isinstance(target, nn.Module):
        raise TargetError(f"{name} is a {type(target).__name__}, not a torch.nn.Module")
    return target


def imported(module_name: str) -> ModuleType:
    """Import a module. Raises TargetError if there is none of this name, and whatever it raises."""
    try:
        return import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{module_name}.".startswith(f"{error.name}."):
            raise TargetError(
                f"there is no module {error.name}, here or among the installed packages"
            ) from None
        raise


def missing_name(owner: object, name: str) -> str:
    """Say that a module or class has no such name; the closest one that it has is suggested."""
    similar = nearest(name, [word for word in dir(owner) if not word.startswith("_")], 1)
    hint = f"; did you mean {similar[0]}?" if similar else ""
    return f"{getattr(owner, '__name__', type(owner).__name__)} has no {name!r}{hint}"


def call_arguments(text: str, module: ModuleType) -> tuple[list[Any], dict[str, Any]]:
    """Return the arguments in ``(Block, [2, 2])`` or ``width=8``: literals, and names of a module.

    Raises TargetError for anything else.
    """
    try:
        call = ast.parse(f"f({text})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise TargetError(f"--args {text!r} is no list of arguments") from None
    if not isinstance(call, ast.Call) or len(text) > MAX_ARGUMENTS:
        raise TargetError(f"--args {text!r} is no list of arguments")
    positional = call.args
    is_one_tuple = len(positional) == 1 and not call.keywords
    if is_one_tuple and isinstance(positional[0], ast.Tuple):
        positional = positional[0].elts
    keywords = {entry.arg: argument_value(entry.value, module) for entry in call.keywords}
    return [argument_value(node, module) for node in positional], keywords  # type: ignore[return-value]


def argument_value(node: ast.expr, module: ModuleType) -> Any:
    """Return the value of an argument. Nothing is called. Raises TargetError."""
    if isinstance(node, (ast.Tuple, ast.List)):
        kind = tuple if isinstance(node, ast.Tuple) else list
        return kind(argument_value(inner, module) for inner in node.elts)
    if isinstance(node, ast.Dict) and None not in node.keys:
        pairs = zip(node.keys, node.values, strict=True)
        return {
            argument_value(key, module): argument_value(value, module)
            for key, value in pairs
            if key is not None
        }
    if isinstance(node, ast.Name):
        if hasattr(module, node.id):
            return getattr(module, node.id)
        raise TargetError(missing_name(module, node.id))
    if isinstance(node, ast.Attribute):
        owner = argument_value(node.value, module)
        if hasattr(owner, node.attr):
            return getattr(owner, node.attr)
        raise TargetError(missing_name(owner, node.attr))
    try:
        return ast.literal_eval(node)
    except ValueError:
        raise TargetError(
            f"--args takes literals and names, not {ast.unparse(node)[:60]!r}"
        ) from None


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
