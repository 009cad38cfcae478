"""The operators of ONNX that move values: views, transposes, slices, padding, resizing."""

from __future__ import annotations

import re
from math import prod
from typing import Any

from cnnsize.models.axes import (
    Axes,
    axis_of,
    is_map,
    is_vector,
    map_axes,
    names_of,
    permuted,
    rearrangement,
    size_named,
    size_of,
    viewed,
    without,
)
from cnnsize.models.flow import UnreadableModelError, short
from cnnsize.models.onnx.builder import Call, Value

CHANNELS_LAST = [0, 2, 3, 1]  # of N x C x H x W
MODES = {"linear": "bilinear", "cubic": "bicubic"}


def laid_out(dims: tuple[int, ...], *, is_last: bool) -> Axes:
    """Return the axes of a map of four axes: N x H x W x C, or N x C x H x W."""
    if is_last:
        batch, height, width, channels = dims
        return permuted(map_axes(batch, channels, height, width), CHANNELS_LAST)
    return map_axes(dims[0], dims[1], dims[2], dims[3])


def reshape(call: Call) -> None:
    """Follow a view: the same values, a flattened map, a vector as a map, or a shuffle."""
    dims = call.output_dims
    source = call.live[0]
    becomes_map = is_vector(source.axes) and len(dims) == 4 and dims[0] == size_of(source.axes[0])
    if becomes_map and sum(side > 1 for side in dims[1:]) > 1:
        is_last = call.output in call.builder.graph.channels_last
        axes = laid_out(dims, is_last=is_last)
        width, height, channels = (size_named(axes, name) for name in "WHC")
        call.add("UNFLATTEN", {"shape": (width, height, channels)}, axes=axes)
        return
    arranged(call, viewed(source.axes, dims))


def transpose(call: Call) -> None:
    count = len(call.axes)
    order = call.attributes.get("perm") or list(range(count))[::-1]
    arranged(call, permuted(call.axes, [int(place) % count for place in order]))


def arranged(call: Call, axes: Axes) -> None:
    """Add the layer that new axes mean, or let the output be the operand with these axes."""
    layer = rearrangement(axes)
    if layer is None:
        call.alias(axes)
        return
    if layer.note:
        call.note(layer.note)
    call.add(layer.kind, layer.options, axes=layer.axes)


def concatenation(call: Call) -> None:
    if len(call.live) != len(call.inputs):
        raise UnreadableModelError("it joins the input with constants")
    if len(call.live) == 1:
        call.alias()
        return
    place = int(call.attributes.get("axis", 1)) % len(call.axes)
    if any(names_of(value.axes[place]) not in ("C", "") for value in call.live):
        raise UnreadableModelError("it is along another axis than the channels")
    require_same_order(call.live, place)
    axes = list(call.axes)
    axes[place] = axis_of("C", call.output_dims[place])
    call.add("CAT", inputs=call.live, axes=tuple(axes))


def require_same_order(values: list[Value], ignored: int | None = None) -> None:
    """Raise UnreadableModelError where operands hold different things along an axis."""
    for columns in zip(*(reversed(value.axes) for value in values), strict=False):
        names = {names_of(own) for own in columns} - {""}
        if len(names) > 1:
            raise UnreadableModelError("its operands have their axes in different orders")


def split(call: Call) -> None:
    """Add a SLICE for each part of a split of the channels."""
    place = int(call.attributes.get("axis", 0)) % len(call.axes)
    if call.axis_named(place) != "C":
        raise UnreadableModelError("it is along another axis than the channels")
    start = 0
    for name in call.operation.outputs:
        dims = call.tensor(name).dims
        if dims is None:
            raise UnreadableModelError("the sizes of its parts are unknown")
        stop = start + dims[place]
        axes = list(call.axes)
        axes[place] = axis_of("C", dims[place])
        call.add("SLICE", {"from": start, "to": stop}, axes=tuple(axes), output=name)
        start = stop


def slice_(call: Call) -> None:
    """Add a slice of the channels, a crop of the map, or a pool that keeps every S-th position."""
    starts, ends = call.numbers(1, "starts") or [], call.numbers(2, "ends") or []
    own_axes = call.numbers(3, "axes") or list(range(len(starts)))
    steps = call.numbers(4, "steps") or [1] * len(starts)
    count = len(call.axes)
    cuts: dict[str, tuple[int, int, int]] = {}
    for start, end, place, step in zip(starts, ends, own_axes, steps, strict=True):
        own = call.axes[int(place) % count]
        bounds = slice(int(start), int(end), int(step)).indices(size_of(own))
        if bounds != (0, size_of(own), 1):
            cuts[names_of(own)] = bounds
    if not cuts:
        call.alias()
    elif set(cuts) == {"C"} and cuts["C"][2] == 1:
        start, stop, _ = cuts["C"]
        call.add("SLICE", {"from": start, "to": stop}, axes=resized(call, C=stop - start))
    elif set(cuts) <= {"H", "W"}:
        spatial(call, cuts)
    else:
        raise UnreadableModelError("a slice along other axes, or with a step along the channels")


def spatial(call: Call, cuts: dict[str, tuple[int, int, int]]) -> None:
    """Add a crop of the map, or a pool of 1x1 that keeps every S-th position."""
    width, height = size_named(call.axes, "W"), size_named(call.axes, "H")
    columns, rows = cuts.get("W", (0, width, 1)), cuts.get("H", (0, height, 1))
    axes = resized(call, W=len(range(*columns)), H=len(range(*rows)))
    if columns[2] == rows[2] == 1:
        shape = (columns[1] - columns[0], rows[1] - rows[0])
        call.add("CROP", {"shape": shape, "left": columns[0], "top": rows[0]}, axes=axes)
    elif columns[:2] == (0, width) and rows[:2] == (0, height) and min(columns[2], rows[2]) > 0:
        stride = short((columns[2], rows[2]))
        call.add("POOL", {"F": 1, "S": stride, "P": 0, "D": 1, "ceil": False}, axes=axes)
    else:
        raise UnreadableModelError("a slice with a step that does not start at 0")


def resized(call: Call, **sizes: int) -> Axes:
    """Return the axes of the operand with other sizes along some of C, H and W."""
    return tuple(
        axis_of(names_of(own), sizes[names_of(own)]) if names_of(own) in sizes else own
        for own in call.axes
    )


def pad(call: Call) -> None:
    sides = call.numbers(1, "pads") or call.attributes.get("paddings") or []
    count = len(call.axes)
    own_axes = call.numbers(3, "axes") or list(range(count))
    half = len(sides) // 2
    if half != len(own_axes):
        raise UnreadableModelError("its sides do not fit its axes")
    before = dict.fromkeys(range(count), 0)
    after = dict.fromkeys(range(count), 0)
    for place, axis in enumerate(own_axes):
        before[int(axis) % count], after[int(axis) % count] = (
            int(sides[place]),
            int(sides[half + place]),
        )
    options: dict[str, Any] = {}
    sizes: dict[str, int] = {}
    words = {"C": ("front", "back"), "H": ("top", "bottom"), "W": ("left", "right")}
    names = tensor_order(call)
    for place, name in enumerate(names):
        low, high = before[place], after[place]
        if name == "N" and (low or high):
            raise UnreadableModelError("it pads the batch")
        if name in words:
            options |= dict(zip(words[name], (low, high), strict=True))
            sizes[name] = size_of(call.axes[place]) + low + high
    axes = tuple(
        axis_of(name, sizes.get(name, size_of(own)))
        for name, own in zip(names, call.axes, strict=True)
    )
    used = {word: side for word, side in options.items() if side}
    if not used:
        call.alias()
    elif min(used.values()) > 0:
        note_mode(call)
        order = ("left", "top", "right", "bottom", "front", "back")
        used = {word: used[word] for word in order if word in used}
        flat = [options.get(word, 0) for word in order]
        is_equal = len(set(flat[:4])) == 1 and not any(flat[4:])
        call.add("PAD", {"P": flat[0]} if is_equal else used, axes=axes)
    elif max(used.values()) < 0 and not {"front", "back"} & set(used):
        crop = {"left": -options["left"], "top": -options["top"]}
        call.add("CROP", {"shape": (sizes["W"], sizes["H"]), **crop}, axes=axes)
    else:
        raise UnreadableModelError("it pads and crops")


def tensor_order(call: Call) -> str:
    """Return what each axis of a map holds, as in NCHW; an axis of size 1 has its usual place."""
    known = [names_of(own) for own in call.axes]
    for order in ("NCHW", "NHWC"):
        if len(known) == 4 and all(
            name in ("", letter) for name, letter in zip(known, order, strict=True)
        ):
            return order
    raise UnreadableModelError("its input is not a map")


def note_mode(call: Call) -> None:
    """Note a padding with something else than zeros."""
    value = call.attributes.get("value", 0)
    if call.has(2):
        values = call.tensor(call.inputs[2]).values
        value = 1 if values is None else float(values.reshape(-1)[0]) if values.size else 0
    if call.attributes.get("mode", "constant") != "constant":
        call.note("a padding that repeats or mirrors values is written as zeros")
    elif value:
        call.note("a padding with other values is written as zeros")


def resize(call: Call) -> None:
    before = {name: size_named(call.axes, name) for name in "CHW"}
    order = tensor_order(call)
    after = dict(zip(order, call.output_dims, strict=True))
    if after["C"] != before["C"]:
        raise UnreadableModelError("it resizes the channels")
    if all(after[name] == before[name] for name in "HW"):
        call.alias()
        return
    options: dict[str, Any] = {}
    if after["W"] % before["W"] == 0 and after["H"] % before["H"] == 0:
        options["factor"] = short((after["W"] // before["W"], after["H"] // before["H"]))
    else:
        options["to"] = (after["W"], after["H"])
    mode = call.attributes.get("mode", "nearest")
    axes = tuple(axis_of(name, after[name]) for name in order)
    call.add("UP", {**options, "mode": MODES.get(mode, mode)}, axes=axes)


def shuffle(kind: str) -> Any:
    """Return the handler of a pixel shuffle or its inverse."""

    def add(call: Call) -> None:
        call.needs_map()
        call.add(kind, {"factor": int(call.attributes["blocksize"])}, axes=call.map_of_output())

    return add


def reduction(kind: str) -> Any:
    """Return the handler of a mean or a maximum over height and width."""

    def reduce(call: Call) -> None:
        count = len(call.axes)
        given = call.numbers(1, "axes")
        keep = bool(call.attributes.get("keepdims", 1))
        if given is None:
            if call.attributes.get("noop_with_empty_axes", 0):
                call.alias()
                return
            given = list(range(count))
        removed = {int(place) % count for place in given}
        names = {names_of(call.axes[place]) for place in removed} - {""}
        axes = without(call.axes, removed, keep=keep)
        sides = size_named(axes, "H"), size_named(axes, "W")
        if not names:
            call.alias(axes)
        elif names <= {"H", "W"} and sides == (1, 1):
            call.add("GAP" if kind == "AVGPOOL" else "GMP", axes=axes)
        elif names <= {"H", "W"}:
            window = tuple(size_named(call.axes, name) if name in names else 1 for name in "WH")
            call.add(kind, {"F": window, "S": window, "P": 0, "ceil": False}, axes=axes)
        else:
            raise UnreadableModelError("it is over other axes than height and width")

    return reduce


def gather(call: Call) -> None:
    """Follow a Gather of all values in their order: torch writes some views so.

    Its indices are read where they are small; otherwise the call that torch exported tells.
    """
    if call.tensor(call.inputs[0]).kind != "data" or len(call.live) != 1:
        raise UnreadableModelError("it looks values up")
    indices, dims = call.tensor(call.inputs[1]).values, call.output_dims
    is_vector = len(call.axes) == 1 and prod(dims) == size_of(call.axes[0])
    strides = re.search(
        r"aten\.as_strided\.default\]\(args = \(%\w+, .*?\], \[([\d, ]+)\]\)", call.operation.call
    )
    if indices is not None:
        in_order = indices.reshape(-1).tolist() == list(range(prod(dims)))
    else:
        steps = [int(step) for step in strides[1].split(",")] if strides else []
        in_order = len(steps) == len(dims) and all(
            side == 1 or step == prod(dims[place + 1 :])
            for place, (side, step) in enumerate(zip(dims, steps, strict=True))
        )
    if not (is_vector and in_order):
        raise UnreadableModelError("it selects values")
    arranged(call, viewed(call.axes, dims))


def same_size(call: Call) -> None:
    """Let an Expand or Tile be its operand: it changes nothing, or enlarges the gate of a product."""
    readers = call.builder.graph.consumers.get(call.output, [])
    is_pooled = is_map(call.axes) and not any(call.axes[2:])
    keeps_depth = len(call.output_dims) == 4 and call.output_dims[1] == size_named(call.axes, "C")
    if is_pooled and keeps_depth and all(reader.type == "Mul" for reader in readers):
        call.alias()
        return
    if prod(call.output_dims) != prod(size_of(own) for own in call.axes):
        raise UnreadableModelError("it repeats values")
    call.alias(viewed(call.axes, call.output_dims))
