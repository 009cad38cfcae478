"""Operations of tensors that the notation does not have, and whose shapes are known nevertheless:
differences, factors that are repeated, matrix products.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from itertools import zip_longest

from cnnsize.models.axes import Axes, Axis, axes_of, size_of
from cnnsize.models.source.errors import RefusedError
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.tensors.shapes import UnsizedInputError, depends_on_unsized
from cnnsize.models.source.values.number import depends_on_input, has_letters
from cnnsize.models.source.values.objects import (
    Arguments,
    Constant,
    Expanded,
    NotReadError,
    Parameter,
    Tensor,
    Unknown,
    Value,
)

WORDS: dict[type, str] = {  # for what an operator makes of two tensors
    ast.Add: "sum",
    ast.Mult: "product",
    ast.Sub: "difference",
    ast.Div: "quotient",
}
REPEATED = "a map that is repeated to a larger size"


def operand(machine: Machine, value: Value, node: ast.AST) -> Tensor:
    """Return a value as a tensor with all of its axes, also one that the source makes itself.

    Raises NotReadError for anything else.
    """
    if isinstance(value, Expanded):
        return machine.outside([value], value.full, node, REPEATED)
    if isinstance(value, Tensor):
        return value
    if isinstance(value, Unknown):
        raise NotReadError(f"an operand that is not known: {value.reason}", value.node or node)
    if type(value) not in (Constant, Parameter):
        raise NotReadError("an operation of a tensor and something that is no tensor", node)
    is_learned = isinstance(value, Parameter)
    what = "a parameter outside a layer" if is_learned else "a tensor that is not computed"
    return machine.outside([], axes_of(value.shape), node, what)


def elementwise(
    machine: Machine, values: Sequence[Value], node: ast.AST, word: str, reason: str
) -> Tensor:
    """Return the result of an operation on each value of tensors, which are repeated where needed."""
    tensors = [operand(machine, value, node) for value in values]
    axes = broadcast(machine, [tensor.axes for tensor in tensors], tensors, node, word)
    return machine.outside(tensors, axes, node, reason)


def broadcast(
    machine: Machine,
    shapes: Sequence[Axes],
    tensors: Sequence[Tensor],
    node: ast.AST,
    word: str,
) -> Axes:
    """Return the axes to which shapes are repeated. Raises RefusedError where PyTorch refuses that."""
    result: list[Axis] = []
    pairs: list[tuple[int, ...]] = []
    for axes in zip_longest(*(shape[::-1] for shape in shapes), fillvalue=()):
        wide = [axis for axis in axes if has_letters(size_of(axis)) or size_of(axis) != 1]
        result.append(wide[0] if wide else ())
        pairs.append(tuple(map(size_of, wide)))
    require_equal(machine, pairs, tensors, node, word)
    return tuple(reversed(result))


def require_equal(
    machine: Machine,
    pairs: Sequence[tuple[int, ...]],
    tensors: Sequence[Tensor],
    node: ast.AST,
    word: str,
) -> None:
    """Raise RefusedError where sizes differ that have to be equal, NotReadError where that is open."""
    for sizes in pairs:
        are_marked = set(map(depends_on_input, sizes))
        machine.size_matters |= len(are_marked) > 1
    differing = [sizes for sizes in pairs if len(set(map(int, sizes))) > 1]
    certain = [sizes for sizes in differing if not any(map(has_letters, sizes))]
    if not certain:
        if any(depends_on_unsized(size) for sizes in differing for size in sizes):
            raise UnsizedInputError(None, node)
        if differing:
            raise NotReadError("sizes that depend on an argument without a value", node)
        return
    independent = [sizes for sizes in certain if not any(map(depends_on_input, sizes))]
    decisive = independent[0] if independent else tuple(sum(certain, ()))
    texts = " and ".join("x".join(map(str, map(int, sizes))) for sizes in certain)
    facts = {"kind": word, "sizes": decisive}
    reason = f"the sizes of a {word} differ: {texts}"
    raise machine.refused(RefusedError(reason, node, "CNN122", tensors=tensors, facts=facts))


def matrix_product(machine: Machine, first: Value, second: Value, node: ast.AST) -> Tensor:
    """Return ``first @ second``."""
    tensors = [operand(machine, value, node) for value in (first, second)]
    left, right = (tensor.axes for tensor in tensors)
    if len(left) < 2 or not right:
        raise NotReadError("a matrix product of a vector", node)
    word = "matrix product"
    rows = right[-2] if len(right) > 1 else right[-1]
    require_equal(machine, [(size_of(left[-1]), size_of(rows))], tensors, node, word)
    batch = broadcast(machine, [left[:-2], right[:-2]], tensors, node, word)
    axes = (*batch, left[-2], *(right[-1:] if len(right) > 1 else ()))
    return machine.outside(tensors, axes, node, "a matrix product")


def product(machine: Machine, arguments: Arguments) -> Value:
    """Return torch.matmul, bmm or mm."""
    first, second = (*arguments.positional, *arguments.keywords.values(), None)[:2]
    return matrix_product(machine, first, second, arguments.node)


def linear(machine: Machine, arguments: Arguments) -> Value:
    """Return F.linear with a weight of a known shape."""
    node = arguments.node
    tensor, weight = (
        operand(machine, value, node) for value in (*arguments.positional, None, None)[:2]
    )
    weight = operand(machine, arguments.keywords.get("weight", weight), node)
    if len(weight.axes) != 2 or not tensor.axes:
        raise NotReadError("F.linear() of this weight", node)
    pairs = [(tensor.shape[-1], weight.shape[1])]
    require_equal(machine, pairs, [tensor, weight], node, "matrix product")
    axes = (*tensor.axes[:-1], weight.axes[0])
    return machine.outside([tensor, weight], axes, node, "F.linear()")


def of_tensors(word: str) -> Callable[[Machine, Arguments], Value]:
    """Return the function for torch.maximum, lerp and the like, on all arguments that are tensors."""

    def combine(machine: Machine, arguments: Arguments) -> Value:
        values = (*arguments.positional, *arguments.keywords.values())
        for value in values:
            if isinstance(value, Unknown):
                raise NotReadError(f"an operand that is not known: {value.reason}", value.node)
        tensors = [value for value in values if isinstance(value, (Tensor, Constant))]
        reason = f"{word}() is not in the notation"
        return elementwise(machine, tensors, arguments.node, f"{word}()", reason)

    return combine


def einsum(machine: Machine, arguments: Arguments) -> Value:
    """Return torch.einsum of a plain equation."""
    node = arguments.node
    equation, *values = arguments.positional
    if len(values) == 1 and isinstance(values[0], (list, tuple)):
        values = list(values[0])
    parts = equation.replace(" ", "").split("->") if isinstance(equation, str) else []
    inputs = parts[0].split(",") if len(parts) == 2 else []
    is_plain = all(word.isalpha() for word in (*inputs, *parts[1:]) if word)
    tensors = [operand(machine, value, node) for value in values]
    if not is_plain or [len(word) for word in inputs] != [len(own.axes) for own in tensors]:
        raise NotReadError("an einsum whose equation is not read", node)
    axes: dict[str, list[Axis]] = {}
    for word, tensor in zip(inputs, tensors, strict=True):
        for letter, axis in zip(word, tensor.axes, strict=True):
            axes.setdefault(letter, []).append(axis)
    wide = {
        letter: [axis for axis in own if has_letters(size_of(axis)) or size_of(axis) != 1]
        for letter, own in axes.items()
    }
    pairs = [tuple(map(size_of, own)) for own in wide.values()]
    require_equal(machine, pairs, tensors, node, "einsum")
    if not set(parts[1]) <= set(axes):
        raise NotReadError("an einsum whose equation is not read", node)
    result = tuple(wide[letter][0] if wide[letter] else () for letter in parts[1])
    return machine.outside(tensors, result, node, "an einsum")
