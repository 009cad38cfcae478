"""Source files beside the one that is read, whose names it imports. They are read, never run."""

from __future__ import annotations

import ast
import os
from functools import lru_cache

from cnnsize.files.consulted import consult
from cnnsize.files.read import read_bytes
from cnnsize.limits import MAX_SOURCE_FILE, MAX_SOURCE_FILES
from cnnsize.models.source import torchvision
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.python.top import execute_top
from cnnsize.models.source.values.objects import (
    MISSING,
    External,
    Scope,
    Unknown,
    Value,
)
from cnnsize.models.source.values.source_files import Imported, SourceFile, syntax_tree

ROOT_SIGNS = (".git", "pyproject.toml", "setup.py", "setup.cfg")  # of the top of a repository
MAX_LEVELS = 5  # directories above a file in which its absolute imports are looked up

known_tree = lru_cache(MAX_SOURCE_FILES)(syntax_tree)  # several networks import the same files
TORCHVISION = os.path.dirname(torchvision.__file__)
FAMILIES = ("resnet", "vgg", "alexnet", "squeezenet", "densenet", "efficientnet")


def torchvision_model(machine: Machine, path: str, node: ast.AST) -> Value:
    """Return a network, or a class or module of networks, of torchvision.models; None for others.

    Their source is part of cnnsize.
    """
    head, _, name = path.removeprefix("torchvision.models").strip(".").rpartition(".")
    file = head or name
    if not head:
        letters = name.lower().replace("wide_", "").replace("resnext", "resnet")
        file = next((family for family in FAMILIES if letters.startswith(family)), "")
        if letters.startswith("mobilenet"):
            file = "mobilenet" + letters.removeprefix("mobilenet").strip("_")[:2]
    source = os.path.join(TORCHVISION, file)
    if not file.isidentifier() or not os.path.isfile(source + ".py"):
        return None
    module = load(machine, source, node)
    if isinstance(module, Unknown):
        return module
    is_module = not head and name == file and name not in module.scope.names
    value = module if is_module else member(machine, module, name, node)
    return None if value is MISSING else value


def imported(machine: Machine, name: Imported) -> Value:
    """Return what a name that a file imports stands for: a module, or something in one."""
    if name.module.startswith("torchvision."):
        path = f"{name.module}.{name.name}"
        model = torchvision_model(machine, path, name.node)
        return External(path) if model is None else model
    path = f"{name.module}:{name.name or name.module}"
    unknown = Unknown(name.reason, name.node, path=path)
    if name.folder is None:
        return unknown
    target = located(name.folder, name.module)
    if target is None:
        return unknown
    module = load(machine, target, name.node)
    if name.name is None or isinstance(module, Unknown):
        return module
    value = member(machine, module, name.name, name.node)
    if value is MISSING:
        file = os.path.basename(module.path)
        return Unknown(f"`{name.name}` is not defined in {file}", name.node)
    return value


def located(folder: str, module: str) -> str | None:
    """Return the path of a module without its extension, seen from a file in ``folder``.

    Leading dots count as in an import. An absolute name is looked up in the directory of the file
    and those above it, up to the top of its repository.
    """
    dots = len(module) - len(module.lstrip("."))
    parts = [part for part in module.lstrip(".").split(".") if part]
    if dots:
        for _ in range(dots - 1):
            folder = os.path.dirname(folder)
        path = os.path.join(folder, *parts)
        return path if exists(path) else None
    for _ in range(MAX_LEVELS):
        path = os.path.join(folder, *parts)
        if exists(path):
            return path
        above = os.path.dirname(folder)
        if above == folder or any(
            os.path.exists(consult(os.path.join(folder, sign))) for sign in ROOT_SIGNS
        ):
            return None
        folder = above
    return None


def exists(path: str) -> bool:
    """Return whether a path is a module: a file, or a directory of modules."""
    return os.path.isfile(consult(path + ".py")) or os.path.isdir(consult(path))


def load(machine: Machine, path: str, node: ast.AST) -> SourceFile | Unknown:
    """Return a module with its names, which is executed when one of them is first used."""
    known = machine.files.get(path)
    if known is not None:
        return known
    is_file = os.path.isfile(consult(path + ".py"))
    file = path + ".py" if is_file else os.path.join(path, "__init__.py")
    module = SourceFile(file, path if not is_file else None, Scope())
    module.scope.names["__file__"] = file
    module.scope.names["__name__"] = os.path.basename(path)
    if not is_file and not os.path.isfile(consult(file)):
        machine.files[path] = module
        return module
    if len(machine.files) >= MAX_SOURCE_FILES:
        return Unknown(f"more than {MAX_SOURCE_FILES} files are imported", node)
    try:
        tree = known_tree(read_bytes(file, MAX_SOURCE_FILE))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return Unknown(f"{os.path.basename(file)} cannot be read", node)
    machine.files[path] = module
    module.tree = tree
    execute_aside(machine, tree, module.scope, node)
    return module


def execute_aside(machine: Machine, tree: ast.Module, scope: Scope, node: ast.AST) -> None:
    """Execute the top of another file, without effect on the network that is being read."""
    lenient, stack = machine.lenient, machine.stack
    tested, constructed = machine.tested, machine.constructed
    machine.lenient, machine.stack, machine.tested, machine.constructed = True, [], [], []
    machine.enter(node)
    try:
        execute_top(machine, tree.body, scope)
    finally:
        machine.depth -= 1
        machine.lenient, machine.stack = lenient, stack
        machine.tested, machine.constructed = tested, constructed


def member(machine: Machine, module: SourceFile, name: str, node: ast.AST) -> Value:
    """Return a name of a module, or a module in its directory; MISSING if there is neither."""
    if name in module.scope.names:
        value = module.scope.names[name]
        return imported(machine, value) if isinstance(value, Imported) else value
    if module.folder is not None:
        path = os.path.join(module.folder, name)
        if exists(path):
            return load(machine, path, node)
    return MISSING


def file_of(machine: Machine, node: ast.AST | None) -> str | None:
    """Return the path of the imported file that a node lies in; None for the file itself."""
    files = machine.files.values()
    return next((module.path for module in files if module.holds(node)), None)


def place_in(path: str, node: ast.AST) -> str:
    """Return the line of a node in an imported file; users cannot look up torchvision's networks."""
    if os.path.dirname(path) == TORCHVISION:
        return "code of torchvision"
    return f"{os.path.relpath(path)}:{getattr(node, 'lineno', 1)}"
