"""Windows of ONNX operators: lists of (H, W) as pairs of (W, H), and their padding."""

from __future__ import annotations

from typing import Any, NamedTuple

from cnnsize.models.axes import axis_of, size_named
from cnnsize.models.flow import UnreadableModelError, short
from cnnsize.models.onnx.builder import Call, Value

Pair = tuple[int, int]
SAME = ("SAME_UPPER", "SAME_LOWER")


class Padding(NamedTuple):
    """A padding along W and H; ``before`` is left and top."""

    before: Pair
    after: Pair

    @property
    def is_even(self) -> bool:
        return self.before == self.after


def spatial_list(call: Call, name: str, default: list[int]) -> list[int]:
    """Return an attribute with a number for H and W, or for both sides of each."""
    values = call.attributes.get(name) or default
    if not isinstance(values, list) or len(values) != len(default):
        raise UnreadableModelError(f"its {name} are not for two axes")
    return [int(value) for value in values]


def pair_of(call: Call, name: str) -> Pair:
    """Return an attribute such as ``strides`` as (W, H); its default is 1."""
    height, width = spatial_list(call, name, [1, 1])
    return width, height


def two_axes(dims: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Return the shape of a weight with two axes of space. Raises UnreadableModelError."""
    if len(dims) != 4:
        raise UnreadableModelError(f"a convolution over {len(dims) - 2} axes")
    return dims[0], dims[1], dims[2], dims[3]


def padding_of(call: Call, kernel: Pair, stride: Pair, dilation: Pair) -> Padding:
    """Return the padding of a convolution or a pool, from ``pads`` or ``auto_pad``."""
    mode = call.attributes.get("auto_pad", "NOTSET")
    if mode == "VALID":
        return Padding((0, 0), (0, 0))
    if mode not in SAME:
        top, left, bottom, right = spatial_list(call, "pads", [0, 0, 0, 0])
        return Padding((left, top), (right, bottom))
    before, after = [], []
    for axis, name in enumerate("WH"):
        size = size_named(call.axes, name)
        reach = dilation[axis] * (kernel[axis] - 1) + 1
        outputs = -(-size // stride[axis])
        total = max((outputs - 1) * stride[axis] + reach - size, 0)
        small = total // 2
        before.append(small if mode == "SAME_UPPER" else total - small)
        after.append(total - before[-1])
    return Padding((before[0], before[1]), (after[0], after[1]))


def add_padding(call: Call, padding: Padding) -> Value:
    """Add a PAD before a layer whose padding differs between the sides."""
    (left, top), (right, bottom) = padding
    sides = {"left": left, "top": top, "right": right, "bottom": bottom}
    width = size_named(call.axes, "W") + left + right
    height = size_named(call.axes, "H") + top + bottom
    axes = (*call.axes[:2], axis_of("H", height), axis_of("W", width))
    return call.add("PAD", {side: size for side, size in sides.items() if size}, axes=axes)


def pool(kind: str) -> Any:
    """Return the handler of a pool: POOL or AVGPOOL."""

    def add(call: Call) -> None:
        call.needs_map()
        if len(call.outputs) > 1:
            raise UnreadableModelError("its indices are used")
        height, width = spatial_list(call, "kernel_shape", [0, 0])
        kernel, stride = (width, height), pair_of(call, "strides")
        dilation = pair_of(call, "dilations")
        padding = padding_of(call, kernel, stride, dilation)
        options: dict[str, Any] = {"F": short(kernel), "S": short(stride)}
        ceil = bool(call.attributes.get("ceil_mode", 0))
        source = call.live[0]
        if padding.is_even:
            options["P"] = short(padding.before)
        elif reaches_by_ceil(call, padding, kernel, stride, dilation):
            options["P"], ceil = short(padding.before), True
        else:
            source, options["P"] = add_padding(call, padding), 0
            call.note(f"the padding of {call.operation} is written as a PAD of zeros")
        if kind == "POOL":
            options["D"] = short(dilation)
        elif dilation != (1, 1):
            raise UnreadableModelError("an average pool with dilations")
        options["ceil"] = ceil
        if kind == "AVGPOOL":
            counts = bool(call.attributes.get("count_include_pad", 0))
            options["include_pad"] = counts or options["P"] == 0
        call.add(kind, options, inputs=[source], axes=call.map_of_output())

    return add


def reaches_by_ceil(
    call: Call, padding: Padding, kernel: Pair, stride: Pair, dilation: Pair
) -> bool:
    """Return whether ``ceil`` has the effect of a padding that is larger at the end."""
    if call.attributes.get("count_include_pad", 0):
        return False
    output = call.output_dims[3], call.output_dims[2]
    for axis, name in enumerate("WH"):
        before, after = padding.before[axis], padding.after[axis]
        reach = dilation[axis] * (kernel[axis] - 1) + 1
        span = size_named(call.axes, name) + 2 * before - reach
        if after < before or -(-span // stride[axis]) + 1 != output[axis]:
            return False
    return True


def global_pool(kind: str) -> Any:
    """Return the handler of a pool over the whole map."""

    def add(call: Call) -> None:
        call.needs_map()
        call.add(kind, axes=call.map_of_output())

    return add
