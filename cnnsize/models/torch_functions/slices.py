"""Concatenations, splits and indices."""

from __future__ import annotations

from typing import Any

from cnnsize.models.axes import (
    Axis,
    axis_of,
    names_of,
    rearrangement,
    size_named,
    size_of,
    without,
)
from cnnsize.models.flow import UnreadableModelError, short
from cnnsize.models.recorder import Value, tensors_in
from cnnsize.models.torch_functions.call import Call

Bounds = tuple[int, int, int]  # start, stop and step along an axis


def concatenate(call: Call) -> None:
    tensors = call.argument(0, "tensors")
    dim = int(call.argument(1, "dim", call.kwargs.get("axis", 0))) % call.output.dim()
    values = [call.recorder.value(tensor) for tensor in tensors]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        call.give_up(f"{call.name}() with a tensor that does not come from the input")
        return
    others = [[names_of(axis) for axis in without_axis(value, dim)] for value in known]
    if any(names_of(value.axes[dim]) not in ("C", "") for value in known) or not alike(others):
        call.give_up(f"{call.name}() along another axis than the channels")
        return
    axes = list(known[0].axes)
    axes[dim] = axis_of("C", call.output.shape[dim])
    call.recorder.add(call.output, "CAT", {}, known, axes=tuple(axes))


def without_axis(value: Value, index: int) -> tuple[Axis, ...]:
    """Return all axes of a value but one."""
    return without(value.axes, {index}, keep=False)


def alike(rows: list[list[str]]) -> bool:
    """Return whether all rows are equal."""
    return all(row == rows[0] for row in rows)


def split(call: Call) -> None:
    """Add a SLICE for each part of a split of the channels."""
    parts = tensors_in(call.output)
    if len(parts) == 1:
        call.recorder.alias(parts[0], call.live[0])
        return
    dim = int(call.argument(2, "dim", 0)) % len(call.axes)
    if names_of(call.axes[dim]) != "C":
        call.give_up(f"{call.name}() along another axis than the channels")
        return
    start = 0
    for part in parts:
        stop = start + part.shape[dim]
        bounds: list[Bounds] = [(0, size_of(axis), 1) for axis in call.axes]
        bounds[dim] = (start, stop, 1)
        call.recorder.alias(part, sliced(call, bounds))
        start = stop


def getitem(call: Call) -> None:
    """Add a slice of the channels, a crop of the map, or a map with every S-th position."""
    index = call.args[1]
    parts: list[Any] = list(index) if isinstance(index, tuple) else [index]
    if not all(part is None or part is Ellipsis or is_position(part) for part in parts):
        call.give_up("an index that is neither a number nor a slice")
        return
    given = sum(is_position(part) for part in parts)
    rest = [slice(None)] * (len(call.axes) - given)
    place = parts.index(Ellipsis) if Ellipsis in parts else len(parts)
    parts[place : place + 1] = rest
    bounds = []
    axes = iter(call.axes)
    for part in parts:
        if isinstance(part, slice):
            bounds.append(part.indices(size_of(next(axes))))
        elif part is not None:
            start = int(part) % size_of(next(axes))
            bounds.append((start, start + 1, 1))
    select(call, bounds, parts)


def is_position(part: object) -> bool:
    """Return whether a part of an index takes an axis: a slice or a number."""
    is_number = isinstance(part, int) and not isinstance(part, bool)
    return is_number or isinstance(part, slice)


def narrow(call: Call) -> None:
    dim = int(call.argument(1, "dim")) % len(call.axes)
    start = int(call.argument(2, "start")) % size_of(call.axes[dim])
    bounds: list[Bounds] = [(0, size_of(axis), 1) for axis in call.axes]
    bounds[dim] = (start, start + int(call.argument(3, "length")), 1)
    select(call, bounds, [slice(None)] * len(call.axes))


def select(call: Call, bounds: list[Bounds], parts: list[Any]) -> None:
    """Let the output be a part of the operand: ``parts`` of an index have these bounds."""
    value = sliced(call, bounds)
    own = iter(value.axes)
    axes: list[Axis] = []
    for part in parts:
        if part is None:
            axes.append(())
        elif isinstance(part, slice):
            axes.append(next(own))
        else:
            next(own)
    layer = rearrangement(tuple(axes))
    if layer is None:
        call.recorder.alias(call.output, value._replace(axes=tuple(axes)))
    else:
        call.recorder.add(call.output, layer.kind, layer.options, [value], axes=layer.axes)


def sliced(call: Call, bounds: list[Bounds]) -> Value:
    """Return the operand with these bounds, after a SLICE, a CROP or a POOL1 where they cut it."""
    value = call.live[0]
    cuts: dict[str, Bounds] = {}
    axes = list(value.axes)
    for index, (axis, bound) in enumerate(zip(value.axes, bounds, strict=True)):
        if bound != (0, size_of(axis), 1):
            name = names_of(axis)
            if name not in ("C", "H", "W"):
                raise UnreadableModelError("an index into the batch or into a part of an axis")
            cuts[name] = bound
            axes[index] = axis_of(name, len(range(*bound)))
    add = call.recorder.node
    width, height = size_named(value.axes, "W"), size_named(value.axes, "H")
    columns, rows = cuts.get("W", (0, width, 1)), cuts.get("H", (0, height, 1))
    final = tuple(axes)
    if "C" in cuts:
        start, stop, step = cuts["C"]
        if step != 1:
            raise UnreadableModelError("an index of the channels with a step")
        kept = [
            own if names_of(axis) == "C" else axis
            for own, axis in zip(final, value.axes, strict=True)
        ]
        value = add("SLICE", {"from": start, "to": stop}, [value], axes=tuple(kept))
    if columns == (0, width, 1) and rows == (0, height, 1):
        return value._replace(axes=final)
    if columns[2] == rows[2] == 1:
        shape = (columns[1] - columns[0], rows[1] - rows[0])
        options: dict[str, Any] = {"shape": shape, "left": columns[0], "top": rows[0]}
        return add("CROP", options, [value], axes=final)
    if columns[:2] == (0, width) and rows[:2] == (0, height):
        options = {"F": 1, "S": short((columns[2], rows[2])), "P": 0, "D": 1, "ceil": False}
        return add("POOL", options, [value], axes=final)
    raise UnreadableModelError("an index with a step that does not start at 0")
