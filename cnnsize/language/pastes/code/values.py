"""What the names of pasted code stand for: constants, layers, lists of layers, models, tensors."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import NamedTuple

from cnnsize.limits import MAX_INTEGER
from cnnsize.text.span import Span

MAX_SHAPE = 32  # values of one tuple


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


@dataclass(slots=True, eq=False)
class Layers:
    """Layers in a row: a Sequential, or a list of Python."""

    items: list[Layer]
    span: Span
    is_model: bool  # a Sequential
    name: str = ""
    is_placed: bool = False


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


class Unknown(NamedTuple):
    """A value that is not in the text, or that is no part of a network."""

    node: ast.expr


Value = Layer | Layers | Tensor | Constant | Unknown


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


def constant_of(node: ast.expr, names: Names) -> Constant | None:
    """Return the value of an expression of constants; None where it has none here."""
    if isinstance(node, ast.Constant):
        return None if node.value is ... else Constant(node.value)
    if isinstance(node, (ast.Name, ast.Attribute)):
        value = names.values.get(dotted(node))
        return value if isinstance(value, Constant) else None
    if isinstance(node, (ast.Tuple, ast.List)):
        items = [constant_of(item, names) for item in node.elts[:MAX_SHAPE]]
        values = tuple(item.value for item in items if item is not None)
        is_known = len(values) == len(node.elts) and count_values(values) <= MAX_SHAPE
        return Constant(values) if is_known else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        operand = number_of(node.operand, names)
        return None if operand is None else Constant(-operand)
    if isinstance(node, ast.BinOp):
        left, right = number_of(node.left, names), number_of(node.right, names)
        result = None if left is None or right is None else computed(node.op, left, right)
        return None if result is None else Constant(result)
    if isinstance(node, ast.Subscript):
        return item_of(node, names)
    if isinstance(node, ast.Call) and dotted(node.func) == "int" and len(node.args) == 1:
        operand = number_of(node.args[0], names)
        return None if operand is None or abs(operand) > MAX_INTEGER else Constant(int(operand))
    return None


def count_values(value: object) -> int:
    """Return how many values there are in nested tuples."""
    return sum(map(count_values, value)) if isinstance(value, tuple) else 1


def number_of(node: ast.expr, names: Names) -> int | float | None:
    """Return the number that an expression stands for; None where it is none."""
    constant = constant_of(node, names)
    value = None if constant is None else constant.value
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if is_number else None  # type: ignore[return-value]


def item_of(node: ast.Subscript, names: Names) -> Constant | None:
    """Return ``shape[0]`` and ``shape[1:]`` of a tuple of constants."""
    owner, index = constant_of(node.value, names), node.slice
    if owner is None or not isinstance(owner.value, tuple):
        return None
    if isinstance(index, ast.Slice):
        bounds = [bound for bound in (index.lower, index.upper) if bound is not None]
        values = [number_of(bound, names) for bound in bounds]
        if index.step is not None or not all(isinstance(value, int) for value in values):
            return None
        lower = values[0] if index.lower is not None else 0
        upper = values[-1] if index.upper is not None else len(owner.value)
        return Constant(owner.value[int(lower or 0) : int(upper or 0)])
    number = number_of(index, names)
    if not isinstance(number, int) or not -len(owner.value) <= number < len(owner.value):
        return None
    return Constant(owner.value[number])


def computed(operator: ast.operator, left: int | float, right: int | float) -> int | float | None:
    """Return the value of an operator on numbers; None where it has none here."""
    if max(abs(left), abs(right)) > MAX_INTEGER:
        return None
    if isinstance(operator, ast.Add):
        return left + right
    if isinstance(operator, ast.Sub):
        return left - right
    if isinstance(operator, ast.Mult):
        return left * right
    if isinstance(operator, ast.Pow) and 0 <= right <= 60 and abs(left) <= 16:
        return left**right
    if right == 0:
        return None
    if isinstance(operator, ast.FloorDiv):
        return left // right
    if isinstance(operator, ast.Mod):
        return left % right
    return left / right if isinstance(operator, ast.Div) else None
