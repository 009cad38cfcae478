"""Joins of Keras: Add, Multiply, Concatenate, and the functions of these names."""

from __future__ import annotations

import ast

from cnnsize.models.axes import axis_of, is_map, is_vector, names_of, size_of, volume_of
from cnnsize.models.source.arithmetic import combined
from cnnsize.models.source.errors import RefusedError
from cnnsize.models.source.graph import join
from cnnsize.models.source.keras.signatures import known
from cnnsize.models.source.machine import Machine, Place
from cnnsize.models.source.number import has_letters
from cnnsize.models.source.values import NotReadError, Tensor, Value

JOIN_LAYERS = {
    "Add": "add",
    "Multiply": "multiply",
    "Concatenate": "concatenate",
    "Average": "average",
    "Maximum": "maximum",
    "Minimum": "minimum",
    "Subtract": "subtract",
}
JOIN_FUNCTIONS = frozenset(JOIN_LAYERS.values())
KERAS_1_MODES = {"sum": "add", "mul": "multiply", "concat": "concatenate", "ave": "average"}


def joined(machine: Machine, name: str, value: Value, axis: Value, place: Place) -> Tensor:
    """Join a list of tensors. Raises NotReadError."""
    node = place.application
    assert node is not None
    if not isinstance(value, (list, tuple)) or not value:
        raise NotReadError(f"{name} of something that is no list of tensors", node)
    tensors: list[Tensor] = []
    for part in value:
        known(part, f"an operand of {name}", node)
        if not isinstance(part, Tensor):
            raise NotReadError(f"{name} of a tensor that does not come from the input", node)
        tensors.append(part)
    if len(tensors) == 1:
        return tensors[0]
    before = len(machine.nodes)
    if name == "concatenate":
        result = concatenated(machine, tensors, axis, node)
    elif name in ("add", "multiply"):
        result = summed(machine, name, tensors, node)
    else:
        raise NotReadError(f"the {name} of tensors is not in the notation", node)
    for index in range(before, len(machine.nodes)):
        machine.places[index] = place
    return result


def summed(machine: Machine, name: str, tensors: list[Tensor], node: ast.AST) -> Tensor:
    """Return the sum or product of tensors."""
    kind = ast.Add if name == "add" else ast.Mult
    shapes = {tensor.shape for tensor in tensors}
    axes = {tuple(map(names_of, tensor.axes)) for tensor in tensors}
    if len(shapes) == 1 and len(axes) == 1:
        return join(machine, "ADD" if name == "add" else "MUL", tensors, tensors[0].axes, node)
    if name == "add" and len({volume_of(tensor.axes) for tensor in tensors}) > 1:
        broadcasts = all(
            len(tensor.shape) == len(tensors[0].shape) for tensor in tensors
        ) and not all(compatible(tensors[0].shape, tensor.shape) for tensor in tensors[1:])
        if broadcasts:
            return join(machine, "ADD", tensors, tensors[0].axes, node)  # raises the mismatch
    result = tensors[0]
    for tensor in tensors[1:]:
        first, second = with_equal_axes(machine, result, tensor)
        result = combined(machine, kind, first, second, node)
    return result


def compatible(first: tuple[int, ...], second: tuple[int, ...]) -> bool:
    """Return whether Keras repeats axes of size 1 to make two shapes equal."""
    return all(1 in (a, b) or a == b for a, b in zip(first, second, strict=True))


def with_equal_axes(machine: Machine, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Return two tensors with as many axes: a vector beside a map is a map of 1x1."""
    if machine.order == "NHWC":
        if is_map(first.axes, "NHWC") and is_vector(second.axes):
            second = Tensor(second.node, (second.axes[0], (), (), second.axes[1]))
        elif is_map(second.axes, "NHWC") and is_vector(first.axes):
            first = Tensor(first.node, (first.axes[0], (), (), first.axes[1]))
    return first, second


def concatenated(machine: Machine, tensors: list[Tensor], axis: Value, node: ast.AST) -> Tensor:
    """Concatenate tensors along the channels."""
    known(axis, "the axis of a concatenation", node)
    count = len(tensors[0].axes)
    if any(len(tensor.axes) != count for tensor in tensors):
        reason = "a concatenation of tensors with different numbers of axes"
        facts = {"kind": "CAT"}
        raise machine.refused(RefusedError(reason, node, "CNN122", tensors=tensors, facts=facts))
    is_axis = isinstance(axis, int) and not has_letters(axis) and -count <= axis < count
    if not is_axis:
        raise NotReadError("a concatenation along an axis that the tensors do not have", node)
    index = axis % count
    is_wrong = any(
        is_map(tensor.axes, machine.order) and index != machine.order.index("C")
        for tensor in tensors
    )
    if is_wrong or any(names_of(tensor.axes[index]) not in ("C", "") for tensor in tensors):
        raise NotReadError("a concatenation along another axis than the channels", node)
    axes = list(tensors[0].axes)
    axes[index] = axis_of("C", sum(size_of(tensor.axes[index]) for tensor in tensors))
    return join(machine, "CAT", tensors, tuple(axes), node)
