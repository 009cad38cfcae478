"""What the names of pasted code stand for: constants, layers, lists of layers, models, tensors."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import NamedTuple

from cnnsize.text.span import Span

MAX_SHAPE = 256  # values of one tuple


class Part(NamedTuple):
    """A piece of the text of a layer, and the span of the paste that it was made from."""

    text: str
    span: Span
    verbatim: bool = False


@dataclass(slots=True, eq=False)
class Layer:
    """The call of a layer, in the words of its framework."""

    name: str  # of its class
    parts: list[Part]
    span: Span
    has_weights: bool = False
    is_placed: bool = False  # in a model, a list or the path of a tensor
    is_run: bool = False  # on a tensor, by itself
    sides: tuple[int, ...] = ()  # (H, W, D) of an input
    margins: tuple[int, ...] = ()  # that Keras' Cropping2D cuts off: top, bottom, left, right


@dataclass(slots=True, eq=False)
class Layers:
    """Layers in a row: a Sequential, or a list of Python.

    ``elements`` are the members as they were written, which may be models.
    """

    elements: list[Layer | Layers]
    span: Span
    is_model: bool  # a Sequential
    name: str = ""
    is_placed: bool = False

    @property
    def items(self) -> list[Layer]:
        """All layers, those of inner models among them."""
        items: list[Layer] = []
        for element in self.elements:
            items += [element] if isinstance(element, Layer) else element.items
        return items


@dataclass(slots=True, eq=False)
class Tensor:
    """What layers put out: the layers that were called last, and the tensor that they received."""

    before: Tensor | None
    items: list[Layer]
    span: Span
    is_used: bool = False

    def layers(self) -> list[Layer]:
        """Return all layers up to this tensor."""
        tensor: Tensor | None = self
        reverse: list[list[Layer]] = []
        while tensor is not None:
            reverse.append(tensor.items)
            tensor = tensor.before
        return [layer for items in reversed(reverse) for layer in items]


class Constant(NamedTuple):
    """A number, a text, True, False, None or a tuple of such."""

    value: object


class Function(NamedTuple):
    """A function or a method that the text defines."""

    name: str  # ``self.block`` for a method
    node: ast.FunctionDef | ast.AsyncFunctionDef
    makes_layers: bool


class Unknown(NamedTuple):
    """A value that is not in the text, or that is no part of a network."""

    node: ast.expr


class Group(NamedTuple):
    """Several values, as the elements of ``zip`` are."""

    values: tuple[Value, ...]


Value = Layer | Layers | Tensor | Constant | Group | Unknown


@dataclass(slots=True)
class Names:
    """The values of names, and where the names of modules and classes were imported from."""

    values: dict[str, Value] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)  # name -> path: nn -> torch.nn


def dotted(node: ast.expr) -> str:
    """Return ``a.b.c`` for such an expression, and an empty text for any other."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join((node.id, *reversed(names)))


def last_name(node: ast.expr) -> str:
    """Return ``c`` for ``a.b.c`` and for ``f(x).c``; an empty text where there is no name."""
    return node.attr if isinstance(node, ast.Attribute) else dotted(node)
