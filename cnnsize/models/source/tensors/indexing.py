"""Slices and indices of tensors: channels, a crop, a stride, or an axis of size 1."""

from __future__ import annotations

import ast
from typing import Any

from cnnsize.models.axes import axes_of, axis_of, is_map, names_of
from cnnsize.models.source.machine import BATCH, Machine, Place
from cnnsize.models.source.tensors.broadcasting import operand
from cnnsize.models.source.tensors.graph import add_layer
from cnnsize.models.source.tensors.shapes import reshape
from cnnsize.models.source.values.arrays import Array, array_element
from cnnsize.models.source.values.number import depends_on_input, has_letters, marked
from cnnsize.models.source.values.objects import (
    Constant,
    NotReadError,
    Parameter,
    Tensor,
    Unknown,
    Value,
)


def tensor_element(
    machine: Machine, tensor: Tensor | Constant, index: Value, node: ast.AST
) -> Value:
    """Return ``tensor[index]``. Raises NotReadError."""
    if isinstance(tensor, Array):
        return array_element(tensor, index, node)
    is_learned = type(tensor) is Parameter and not (machine.lenient or machine.constructing)
    if isinstance(tensor, Constant) and not is_learned:
        return Unknown("a part of a tensor that does not come from the input", node)
    tensor = operand(machine, tensor, node)
    parts = list(index) if isinstance(index, tuple) else [index]
    count = len(tensor.axes)
    real = sum(part is not None and part is not Ellipsis for part in parts)
    if real > count:
        raise NotReadError("more indices than axes", node)
    if Ellipsis in parts:
        position = parts.index(Ellipsis)
        parts[position : position + 1] = [slice(None)] * (count - real)
    parts += [slice(None)] * (count - sum(part is not None for part in parts))
    return selected(machine, tensor, parts, node)


def selected(machine: Machine, tensor: Tensor, parts: list[Any], node: ast.AST) -> Tensor:
    """Return the part of a tensor that a slice or number of each axis selects."""
    shape: list[int] = []
    bounds: list[tuple[int, int, int]] = []
    sizes = iter(tensor.shape)
    for part in parts:
        if part is None:
            shape.append(1)
            continue
        size = next(sizes)
        if isinstance(part, slice):
            start, stop, step = slice_bounds(part, size, node)
            bounds.append((start, stop, step))
            shape.append(stop - start if step == 1 else -(-(stop - start) // step))
        elif isinstance(part, int) and not isinstance(part, bool) and not has_letters(part):
            is_known = not has_letters(size) or part in (0, -1)
            if not is_known or (not has_letters(size) and not -size <= part < size):
                raise NotReadError("an index of a tensor", node)
            start = part % size if not has_letters(size) else 0
            bounds.append((int(start), int(start) + 1, 1))
        else:
            raise NotReadError("an index of a tensor", node)
    tensor = narrowed(machine, tensor, bounds, node)
    return tensor if tuple(shape) == tensor.shape else reshape(machine, tensor, shape, node)


def slice_bounds(part: slice, size: int, node: ast.AST) -> tuple[int, int, int]:
    """Return the start, stop and step of a slice of an axis."""
    for bound in (part.start, part.stop, part.step):
        if isinstance(bound, Unknown):
            raise NotReadError(bound.reason, bound.node or node)
    start, stop, step = part.start or 0, part.stop, 1 if part.step is None else part.step
    values = (start, step) if stop is None else (start, stop, step)
    are_whole = all(isinstance(value, int) for value in values)
    if not are_whole or has_letters(step) or step < 1:
        raise NotReadError("a slice of a tensor", node)
    stop = size if stop is None else stop
    if has_letters(size) or has_letters(start) or has_letters(stop):
        is_exact = start == 0 and stop == size
        if not is_exact:
            raise NotReadError("a slice of an axis whose size is not known", node)
        return 0, size, step
    start = max(0, start + size) if start < 0 else min(start, size)
    stop = max(0, stop + size) if stop < 0 else min(stop, size)
    if stop <= start:
        raise NotReadError("a slice without elements", node)
    if depends_on_input(size) and stop == size:
        stop = marked(stop)
    return start, stop, step


def narrowed(
    machine: Machine, tensor: Tensor, bounds: list[tuple[int, int, int]], node: ast.AST
) -> Tensor:
    """Return the tensor with some channels, a crop of the map, or every S-th position of it."""
    own = tensor.shape
    changed = [index for index, bound in enumerate(bounds) if bound != (0, own[index], 1)]
    if not changed:
        return tensor
    place = Place(None, node)
    if len(changed) == 1 and bounds[changed[0]][2] == 1:
        axis = changed[0]
        start, stop, _ = bounds[axis]
        if names_of(tensor.axes[axis]) == "C":
            axes = list(tensor.axes)
            axes[axis] = axis_of("C", stop - start)
            options = {"from": int(start), "to": int(stop)}
            return add_layer(machine, "SLICE", options, tensor, place, tuple(axes))
    selected_axes = axes_of([-(-(stop - start) // step) for start, stop, step in bounds])
    if not (set(changed) <= {2, 3} and is_map(tensor.axes)):
        return machine.outside([tensor], selected_axes, node, "an index of a tensor")
    rows, columns = bounds[2], bounds[3]
    machine.has_sized_layers = True
    if rows[2] == columns[2] == 1:
        crop = {
            "shape": (columns[1] - columns[0], rows[1] - rows[0]),
            "left": columns[0],
            "top": rows[0],
        }
        return add_layer(machine, "CROP", crop, tensor, place)
    is_whole = columns[:2] == (0, own[3]) and rows[:2] == (0, own[2])
    if not is_whole or own[0] != BATCH:
        return machine.outside([tensor], selected_axes, node, "an index with a step")
    pool = {"F": 1, "S": (columns[2], rows[2]), "P": 0, "D": 1, "ceil": False}
    return add_layer(machine, "POOL", pool, tensor, place)
