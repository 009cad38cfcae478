"""Layers of Keras that rearrange, pad, crop or resize."""

from __future__ import annotations

from math import prod

from cnnsize.models.axes import Axes, axis_of, is_map, is_vector, permuted, viewed, volume_of
from cnnsize.models.flow import UnreadableModelError
from cnnsize.models.source.errors import MismatchError, RefusedError
from cnnsize.models.source.keras.application import KerasCall
from cnnsize.models.source.machine import BATCH
from cnnsize.models.source.tensors.shapes import arranged
from cnnsize.models.source.values.number import has_letters
from cnnsize.models.source.values.objects import NotReadError, Tensor


def flatten(call: KerasCall) -> Tensor:
    call.set_order()
    shape = call.tensor.shape
    return reshaped(call, [prod(shape[1:])]) if len(shape) != 2 else call.tensor


def reshape(call: KerasCall) -> Tensor:
    target = call.argument("target_shape")
    sizes = list(target) if isinstance(target, (list, tuple)) else [target]
    if not all(isinstance(size, int) and not isinstance(size, bool) for size in sizes):
        raise call.fail("target_shape", "is not known")
    if isinstance(target, int) and not has_letters(target):
        message, help = "target_shape must be a tuple", f"write ({target},)"
        raise call.refused(message, "target_shape", help=help)
    if sum(not has_letters(size) and size == -1 for size in sizes) > 1:
        raise call.refused("target_shape has -1 more than once", "target_shape")
    return reshaped(call, sizes)


def reshaped(call: KerasCall, sizes: list[int]) -> Tensor:
    """Return the tensor in another shape, without the batch. Raises MismatchError."""
    total = prod(call.tensor.shape[1:])
    is_open = [not has_letters(size) and size == -1 for size in sizes]
    if any(is_open):
        rest = prod(size for size, own in zip(sizes, is_open, strict=True) if not own)
        if rest < 1 or total % rest:
            if rest < 1 or has_letters(rest) or has_letters(total):
                raise call.fail("target_shape", "is not known")
            raise refused(call, sizes, rest, total)
        sizes = [total // rest if own else size for size, own in zip(sizes, is_open, strict=True)]
    if prod(sizes) != total or min(sizes, default=0) < 1:
        if has_letters(total) or any(map(has_letters, sizes)):
            raise NotReadError("a Reshape that depends on an argument without a value", call.node)
        raise refused(call, sizes, prod(sizes), total)
    if len(sizes) == 3 and is_vector(call.tensor.axes):
        return unflattened(call, sizes)
    try:
        axes = viewed(call.tensor.axes, [BATCH, *sizes])
    except UnreadableModelError as error:
        if len(sizes) != 3:
            raise NotReadError(str(error), call.node) from None
        axes = ()
    if len(sizes) == 3 and not is_map(axes, call.machine.order):
        reshaped(call, [total])
        return unflattened(call, sizes)
    return view(call, axes)


def refused(call: KerasCall, sizes: list[int], expected: int, total: int) -> RefusedError:
    """Return the error for a number of values that a shape does not have."""
    shape = tuple(map(int, sizes))
    return call.machine.refused(
        MismatchError(
            f"Reshape to {shape} takes {expected:,} values but receives {total:,}"
            if -1 not in shape
            else f"Reshape to {shape} does not fit {total:,} values",
            call.node,
            expected,
            total,
            call.layer,
            "target_shape",
            code="CNN121",
            tensors=(call.tensor,),
        )
    )


def view(call: KerasCall, axes: Axes) -> Tensor:
    """Return the tensor with other axes; a flattened map is a layer."""
    before = len(call.machine.nodes)
    result = arranged(call.machine, call.tensor, axes, call.node)
    if len(call.machine.nodes) > before:
        call.machine.places[-1] = call.place
    call.tensor = result
    return result


def unflattened(call: KerasCall, sizes: list[int]) -> Tensor:
    """Return a vector as a map."""
    order = call.machine.order
    named = dict(zip(order[1:], sizes, strict=True))
    axes = tuple(axis_of(name, named.get(name, BATCH)) for name in order)
    if named["W"] * named["H"] == 1:
        call.tensor = Tensor(call.tensor.node, axes)
        return call.tensor
    shape = (named["W"], named["H"], named["C"])
    return call.add("UNFLATTEN", {"shape": shape}, axes=axes)


def permute(call: KerasCall) -> Tensor:
    dims = call.argument("dims")
    count = len(call.tensor.axes)
    are_axes = isinstance(dims, (list, tuple)) and all(
        isinstance(dim, int) and not has_letters(dim) for dim in dims
    )
    if not are_axes:
        raise call.fail("dims", "is not known")
    if sorted(dims) != list(range(1, count)):
        raise call.refused(f"dims must have each number from 1 to {count - 1} once", "dims")
    call.tensor = Tensor(call.tensor.node, permuted(call.tensor.axes, [0, *dims]))
    return call.tensor


def sides_of(call: KerasCall, name: str) -> tuple[int, int, int, int]:
    """Return left, right, top and bottom of a padding or crop."""
    value = call.argument(name)
    if isinstance(value, (list, tuple)) and len(value) != 2:
        raise call.refused(f"{name} must be a number or a pair", name, label=f"{len(value)} values")
    rows, columns = value if isinstance(value, (list, tuple)) and len(value) == 2 else (value,) * 2
    sides = [
        side
        for part in (columns, rows)
        for side in (part if isinstance(part, (list, tuple)) else (part, part))
    ]
    are_sizes = len(sides) == 4 and all(isinstance(side, int) for side in sides)
    if not are_sizes or any(map(has_letters, sides)) or min(sides) < 0 or max(sides) > 10**6:
        raise call.fail(name, "is not known")
    left, right, top, bottom = map(int, sides)
    return left, right, top, bottom


def pad(call: KerasCall) -> Tensor:
    call.need_map()
    left, right, top, bottom = sides_of(call, "padding")
    if not any((left, right, top, bottom)):
        return call.tensor
    if (left, top) == (right, bottom):
        return call.add("PAD", {"P": (left, top)})
    sides = {"left": left, "top": top, "right": right, "bottom": bottom}
    return call.add("PAD", {side: size for side, size in sides.items() if size})


def crop(call: KerasCall) -> Tensor:
    call.need_map()
    left, right, top, bottom = sides_of(call, "cropping")
    W, H, _ = volume_of(call.tensor.axes)
    return cropped(call, W - left - right, H - top - bottom, left, top)


def cropped(call: KerasCall, width: int, height: int, left: int, top: int) -> Tensor:
    """Return a part of the map."""
    W, H, _ = volume_of(call.tensor.axes)
    if min(width, height) < 1:
        raise call.refused(f"nothing is left of {W}x{H}", "cropping", numbers=(W, H))
    if (width, height) == (W, H):
        return call.tensor
    return call.add("CROP", {"shape": (width, height), "left": left, "top": top})


def center_crop(call: KerasCall) -> Tensor:
    call.need_map()
    width, height = call.width("width"), call.width("height")
    W, H, _ = volume_of(call.tensor.axes)
    if width > W or height > H:
        raise NotReadError("CenterCrop to more than its input", call.node)
    return cropped(call, width, height, (W - width) // 2, (H - height) // 2)


def upsample(call: KerasCall) -> Tensor:
    call.need_map()
    factor = call.pair("size")
    mode = mode_of(call)
    return call.tensor if factor == (1, 1) else call.add("UP", {"factor": factor, "mode": mode})


def resize(call: KerasCall) -> Tensor:
    call.need_map()
    mode = mode_of(call)
    size = call.width("width"), call.width("height")
    if size == volume_of(call.tensor.axes)[:2]:
        return call.tensor
    return call.add("UP", {"to": size, "mode": mode})


def mode_of(call: KerasCall) -> str:
    """Return the interpolation of a resize."""
    mode = call.argument("interpolation")
    if mode not in ("nearest", "bilinear", "bicubic", "area"):
        raise call.fail("interpolation", "is not in the notation")
    return str(mode)


def depth_to_space(call: KerasCall) -> Tensor:
    call.need_map()
    return call.add("PIXELSHUFFLE", {"factor": call.width("block_size")})
