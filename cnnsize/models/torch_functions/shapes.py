"""Views, permutations, paddings and resizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnsize.models.axes import (
    Axes,
    is_map,
    is_vector,
    map_axes,
    permuted,
    rearrangement,
    size_named,
    size_of,
    viewed,
)
from cnnsize.models.flow import short
from cnnsize.models.torch_functions.call import Call


def reshape(call: Call) -> None:
    """Follow a view: the same values, a flattened map, a vector as a map, or a channel shuffle."""
    output = call.output
    source = call.live[0]
    if (
        is_vector(source.axes)
        and len(output.shape) == 4
        and output.shape[0] == size_of(source.axes[0])
    ):
        batch, channels, height, width = output.shape
        if height * width > 1:
            shape = {"shape": (width, height, channels)}
            call.add("UNFLATTEN", shape, axes=map_axes(batch, channels, height, width))
            return
    axes = viewed(source.axes, output.shape)
    arranged(call, axes)


def arranged(call: Call, axes: Axes) -> None:
    """Add the layer that new axes mean, or let the output be the operand with these axes."""
    layer = rearrangement(axes)
    if layer is None:
        call.alias(axes)
        return
    if layer.note:
        call.note(layer.note)
    call.add(layer.kind, layer.options, axes=layer.axes)


def permute(call: Call) -> None:
    given = (
        call.args[1] if len(call.args) == 2 and isinstance(call.args[1], (tuple, list)) else None
    )
    order = given or call.args[1:] or call.kwargs["dims"]
    count = len(call.axes)
    arranged(call, permuted(call.axes, [int(index) % count for index in order]))


def transpose(call: Call) -> None:
    count = len(call.axes)
    first = int(call.argument(1, "dim0", 0)) % count
    second = int(call.argument(2, "dim1", 1)) % count
    order = list(range(count))
    order[first], order[second] = order[second], order[first]
    arranged(call, permuted(call.axes, order))


def movedim(call: Call) -> None:
    source, target = call.argument(1, "source"), call.argument(2, "destination")
    if not isinstance(source, int) or not isinstance(target, int):
        call.give_up("movedim() of several axes")
        return
    count = len(call.axes)
    order = [index for index in range(count) if index != source % count]
    order.insert(target % count, source % count)
    arranged(call, permuted(call.axes, order))


def pad(call: Call) -> None:
    sides = [int(side) for side in call.argument(1, "pad")]
    if not any(sides):
        call.alias()
        return
    if not call.needs_map("a padding"):
        return
    if len(sides) > 6 or (len(sides) == 6 and min(sides[4:]) < 0):
        call.give_up("a padding of the batch")
        return
    if call.argument(2, "mode", "constant") != "constant":
        call.note("a padding that repeats or mirrors values is written as zeros")
    elif call.argument(3, "value"):
        call.note("a padding with another value than 0 is written as zeros")
    left, right, top, bottom, front, back = (sides + [0] * 6)[:6]
    if min(left, right, top, bottom) < 0:
        if max(left, right, top, bottom) > 0 or front or back:
            call.give_up("a padding that pads and crops")
            return
        height, width = call.output.shape[2:]
        options: dict[str, Any] = {"shape": (width, height), "left": -left, "top": -top}
        call.add("CROP", options, axes=call.map_of_output())
        return
    options = {
        side: size
        for side, size in (
            ("left", left),
            ("top", top),
            ("right", right),
            ("bottom", bottom),
            ("front", front),
            ("back", back),
        )
        if size
    }
    if left == top == right == bottom and not (front or back):
        options = {"P": left}
    call.add("PAD", options, axes=call.map_of_output())


def interpolate(call: Call) -> None:
    if not call.needs_map("a resize"):
        return
    height, width = call.output.shape[2:]
    before = size_named(call.axes, "W"), size_named(call.axes, "H")
    mode = call.argument(3, "mode", "nearest")
    if (width, height) == before:
        call.alias()
        return
    options: dict[str, Any] = {"to": (width, height)}
    if width % before[0] == 0 and height % before[1] == 0:
        options = {"factor": short((width // before[0], height // before[1]))}
    call.add("UP", {**options, "mode": mode}, axes=call.map_of_output())


def expand(call: Call) -> None:
    """Follow an expansion: the same values, or a map of 1x1 that gets a larger one."""
    if call.keeps_shape:
        call.alias()
        return
    is_gate = is_map(call.axes) and size_named(call.axes, "H") * size_named(call.axes, "W") == 1
    if is_gate and tuple(call.output.shape[:2]) == tuple(map(size_of, call.axes[:2])):
        height, width = call.output.shape[2:]
        call.add("UP", {"factor": short((width, height))}, axes=call.map_of_output())
    else:
        call.give_up(f"{call.name}()")


def transposed(call: Call) -> None:
    """Follow ``x.mT``, which swaps the last two axes."""
    order = [*range(len(call.axes) - 2), len(call.axes) - 1, len(call.axes) - 2]
    arranged(call, permuted(call.axes, order))


def shuffle(kind: str) -> Callable[[Call], None]:
    """Return the function for a pixel shuffle or its inverse."""

    def add(call: Call) -> None:
        factor = int(call.argument(1, "upscale_factor", call.kwargs.get("downscale_factor", 1)))
        call.add(kind, {"factor": factor}, axes=call.map_of_output())

    return add


def channel_shuffle(call: Call) -> None:
    call.add("CHSHUFFLE", {"G": int(call.argument(1, "groups"))})
