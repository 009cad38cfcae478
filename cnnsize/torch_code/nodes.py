"""The parts of an emitted model: calls of modules, loops, joins, and a class for each block."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from cnnsize.language.tree import Expression
from cnnsize.torch_code.layout import Argument, Code, Repeated

# Names in a piece of code, but neither attributes nor the keywords of arguments.
NAMES = re.compile(r"(?<![\w.\"])[A-Za-z_]\w*(?!\w*\s*=[^=])")


class ModuleCall(NamedTuple):
    """The constructor call of one module."""

    code: Code
    shape: str = ""  # of its output, if it is the same at every occurrence


class ModuleLoop(NamedTuple):
    """A body that is emitted as ``*(body for names in values)``."""

    body: tuple[ModuleNode, ...]
    names: str
    values: Code
    shape: str = ""


class Merge(NamedTuple):
    """The branches of a join, and the operation that merges them.

    All have the same input, but those that read a further input of the network. The branches of
    OUTPUT are further outputs of the network.
    """

    op: str  # ADD, CAT, MUL or OUTPUT
    branches: tuple[tuple[ModuleNode, ...], ...]
    shape: str = ""
    inputs: tuple[str, ...] = ()  # the input that each branch reads; empty for the one before it


class Part(NamedTuple):
    """A block of the network that has no class: its modules, and the name of their attribute."""

    name: str
    body: tuple[ModuleNode, ...]
    shape: str = ""


ModuleNode = ModuleCall | ModuleLoop | Merge | Part


class Emitted(NamedTuple):
    """Modules that run one after another, and the depth that comes out of the last."""

    modules: tuple[ModuleNode, ...]
    depth: Expression


class Incoming(NamedTuple):
    """The constructor argument that takes the incoming channels or features."""

    name: str


class Parameter(NamedTuple):
    """The constructor argument of a parameter of the block."""

    name: str
    number: int  # of the parameter, counted from 0


class Extra(NamedTuple):
    """A constructor argument for a number that no expression gives."""

    name: str
    values: dict[tuple[int, ...], int]  # by the path of the call


class BlockClass(NamedTuple):
    """A block of the notation as a class of the source."""

    name: str
    arguments: tuple[Incoming | Parameter | Extra, ...]  # of the constructor, in order
    body: tuple[ModuleNode, ...]
    depth: Expression  # of its output, in the names of ``scope``
    scope: tuple[str, ...]  # the incoming depth and every parameter, also those that no module uses
    text: str  # the definition in canonical text


def used_names(body: Iterable[ModuleNode]) -> set[str]:
    """Return the names in the code of modules; those of arguments are among them."""
    names: set[str] = set()

    def read(code: Argument) -> None:
        if isinstance(code, Repeated):
            read(code.element)
            read(code.values)
            return
        names.update(NAMES.findall(code.head))
        for argument in code.arguments or ():
            read(argument)

    def walk(nodes: Iterable[ModuleNode]) -> None:
        for node in nodes:
            if isinstance(node, ModuleCall):
                read(node.code)
            elif isinstance(node, ModuleLoop):
                read(node.values)
                walk(node.body)
            elif isinstance(node, Part):
                walk(node.body)
            else:
                for branch in node.branches:
                    walk(branch)

    walk(body)
    return names
