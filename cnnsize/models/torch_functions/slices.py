"""Concatenations, splits and indices."""

from __future__ import annotations

from math import prod

from cnnsize.models.axes import axis_of as axis
from cnnsize.models.axes import is_map, names_of, size_named, size_of, viewed
from cnnsize.models.recorder import tensors_in
from cnnsize.models.torch_functions.call import Call, short


def concatenate(call: Call) -> None:
    tensors = call.argument(0, "tensors")
    dim = int(call.argument(1, "dim", 0)) % call.output.dim()
    values = [call.recorder.value(tensor) for tensor in tensors]
    if any(value is None for value in values):
        call.give_up("a concatenation with a tensor that does not come from the input")
        return
    known = [value for value in values if value is not None]
    if any(names_of(value.axes[dim]) not in ("C", "") for value in known):
        call.give_up("a concatenation along another axis than the channels")
        return
    axes = list(known[0].axes)
    axes[dim] = axis("C", call.output.shape[dim])
    call.recorder.add(call.output, "CAT", {}, known, axes=tuple(axes))


def split(call: Call) -> None:
    """Add a SLICE for each part of a split of the channels."""
    dim = int(call.argument(2, "dim", 0)) % len(call.axes)
    if names_of(call.axes[dim]) != "C":
        call.give_up("a split along another axis than the channels")
        return
    start = 0
    for part in tensors_in(call.output):
        stop = start + part.shape[dim]
        axes = list(call.axes)
        axes[dim] = axis("C", part.shape[dim])
        options = {"from": start, "to": stop}
        call.recorder.add(part, "SLICE", options, call.live[:1], axes=tuple(axes))
        start = stop


def getitem(call: Call) -> None:
    """Add a slice of the channels, a crop of the map, or a map with every second position."""
    index = call.args[1]
    parts = list(index) if isinstance(index, tuple) else [index]
    axes = call.axes
    if Ellipsis in parts:
        place = parts.index(Ellipsis)
        parts[place : place + 1] = [slice(None)] * (len(axes) - len(parts) + 1)
    parts += [slice(None)] * (len(axes) - len(parts))
    if len(parts) != len(axes) or not all(isinstance(part, slice) for part in parts):
        if call.output.numel() == prod(map(size_of, axes)):
            call.alias(viewed(axes, call.output.shape))
        else:
            call.give_up("an index")
        return
    bounds = [part.indices(size_of(own)) for part, own in zip(parts, axes, strict=True)]
    changed = [
        position
        for position, (bound, own) in enumerate(zip(bounds, axes, strict=True))
        if bound != (0, size_of(own), 1)
    ]
    if not changed:
        call.alias()
    elif changed == [1] and is_map(axes) and bounds[1][2] == 1:
        start, stop, _ = bounds[1]
        call.add("SLICE", {"from": start, "to": stop}, axes=call.map_of_output())
    elif set(changed) <= {2, 3} and is_map(axes):
        spatial(call, bounds[3], bounds[2])
    else:
        call.give_up("an index")


def spatial(call: Call, columns: tuple[int, int, int], rows: tuple[int, int, int]) -> None:
    """Add a crop, or a pool of 1x1 that keeps every S-th position."""
    width, height = size_named(call.axes, "W"), size_named(call.axes, "H")
    if columns[2] == rows[2] == 1:
        shape = (columns[1] - columns[0], rows[1] - rows[0])
        options = {"shape": shape, "left": columns[0], "top": rows[0]}
        call.add("CROP", options, axes=call.map_of_output())
    elif columns[:2] == (0, width) and rows[:2] == (0, height):
        options = {"F": 1, "S": short((columns[2], rows[2])), "P": 0, "D": 1, "ceil": False}
        call.add("POOL", options, axes=call.map_of_output())
    else:
        call.give_up("an index with a stride")
