"""Joins of Keras: Add, Multiply, Concatenate, and the functions of these names."""

from __future__ import annotations

import ast
from typing import Any

from cnnsize.models.axes import axis_of, is_map, is_vector, names_of, size_of, volume_of
from cnnsize.models.source.errors import RefusedError, StatedError, Statement
from cnnsize.models.source.keras.signatures import known
from cnnsize.models.source.machine import Machine, Place
from cnnsize.models.source.tensors.arithmetic import combined
from cnnsize.models.source.tensors.graph import join
from cnnsize.models.source.values.number import has_letters
from cnnsize.models.source.values.objects import NotReadError, Tensor, Value

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
KINDS = {  # of joins in the notation, and names of other operations
    "add": "ADD",
    "concatenate": "CAT",
    "multiply": "MUL",
    "average": "average",
    "maximum": "maximum",
    "minimum": "minimum",
    "subtract": "difference",
}
KERAS_1_MODES = {"sum": "add", "mul": "multiply", "concat": "concatenate", "ave": "average"}


def joined(machine: Machine, name: str, value: Value, axis: Value, place: Place) -> Tensor:
    """Join a list of tensors. Raises NotReadError."""
    node = place.application
    assert node is not None
    if isinstance(value, Tensor):
        message = f"{name} expects a list of tensors"
        raise machine.refused(
            StatedError(message, node, Statement(message), "CNN122", tensors=[value])
        )
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
    else:
        require_compatible(machine, name, tensors, node)
        result = combined_all(machine, name, tensors, node)
    for index in range(before, len(machine.nodes)):
        machine.places[index] = place
    return result


def require_compatible(machine: Machine, name: str, tensors: list[Tensor], node: ast.AST) -> None:
    """Raise RefusedError unless axes of size 1 can be repeated so that all shapes are equal."""
    count = max(len(tensor.shape) for tensor in tensors)
    shapes = [(1,) * (count - len(tensor.shape)) + tensor.shape[1:] for tensor in tensors]
    if not are_equal(shapes, repeated=1):
        raise differing(machine, name, tensors, node, {"shapes": shapes})


def are_equal(shapes: list[tuple[int, ...]], repeated: int = 0) -> bool:
    """Return whether shapes may be equal, but for axes of the size ``repeated``."""
    return all(
        len({int(size) for size in sizes if not has_letters(size)} - {repeated}) < 2
        for sizes in zip(*shapes, strict=True)
    )


def differing(
    machine: Machine, name: str, tensors: list[Tensor], node: ast.AST, facts: dict[str, Any]
) -> RefusedError:
    """Return the error for tensors that Keras does not join."""
    reason = f"the volumes differ: {' and '.join(str(volume_of(own.axes)) for own in tensors)}"
    facts["kind"] = KINDS[name]
    return machine.refused(RefusedError(reason, node, "CNN122", tensors=tensors, facts=facts))


def combined_all(machine: Machine, name: str, tensors: list[Tensor], node: ast.AST) -> Tensor:
    """Return the sum or product of tensors. Raises NotReadError for another operation."""
    if name not in ("add", "multiply"):
        raise NotReadError(f"the {name} of tensors is not in the notation", node)
    shapes = {tensor.shape for tensor in tensors}
    axes = {tuple(map(names_of, tensor.axes)) for tensor in tensors}
    if len(shapes) == 1 and len(axes) == 1:
        return join(machine, KINDS[name], tensors, tensors[0].axes, node)
    result = tensors[0]
    for tensor in tensors[1:]:
        first, second = with_equal_axes(machine, result, tensor)
        kind = ast.Add if name == "add" else ast.Mult
        result = combined(machine, kind, first, second, node)
    return result


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
    are_maps = any(is_map(tensor.axes, machine.order) for tensor in tensors)
    is_wrong = are_maps and index != machine.order.index("C")
    if is_wrong or any(names_of(tensor.axes[index]) not in ("C", "") for tensor in tensors):
        shapes = [tensor.shape[1:index] + tensor.shape[index + 1 :] for tensor in tensors]
        if index > 0 and not are_equal(shapes):
            raise differing(machine, "concatenate", tensors, node, {"shapes": shapes, "axis": axis})
        raise NotReadError("a concatenation along another axis than the channels", node)
    axes = list(tensors[0].axes)
    axes[index] = axis_of("C", sum(size_of(tensor.axes[index]) for tensor in tensors))
    return join(machine, "CAT", tensors, tuple(axes), node)
