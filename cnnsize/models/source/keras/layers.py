"""Layers of Keras applied to a tensor: a table by their names."""

from __future__ import annotations

import ast
from collections.abc import Callable
from math import prod

from cnnsize.models.axes import (
    Axes,
    axis_of,
    is_map,
    is_vector,
    permuted,
    size_named,
    viewed,
    volume_of,
)
from cnnsize.models.flow import UnreadableModelError
from cnnsize.models.source.arithmetic import ARITHMETIC_NOTE
from cnnsize.models.source.keras.application import KerasCall
from cnnsize.models.source.keras.joins import JOIN_LAYERS, joined
from cnnsize.models.source.keras.signatures import AUGMENTATIONS, known
from cnnsize.models.source.keras.windows import (
    convolution,
    depthwise_convolution,
    global_pool,
    pool,
    separable_convolution,
    transposed_convolution,
)
from cnnsize.models.source.keras_values import KerasLayer
from cnnsize.models.source.machine import BATCH, Machine, Place
from cnnsize.models.source.number import has_letters
from cnnsize.models.source.shapes import arranged
from cnnsize.models.source.values import (
    Arguments,
    MismatchError,
    NotReadError,
    RefusedError,
    Tensor,
    Unknown,
    Value,
)

AUGMENTATION_NOTE = "augmentation layers change no size and are left out"
NOISE_NOTE = "noise during training is left out"


def dense(call: KerasCall) -> Tensor:
    axes = call.tensor.axes
    if not call.is_channels(-1):
        raise NotReadError("Dense over another axis than the channels", call.node)
    K, bias = call.width("units"), call.flag("use_bias")
    out = (*axes[:-1], axis_of("C", K))
    if size_named(axes, "H") * size_named(axes, "W") > 1:
        options = {"F": 1, "K": K, "S": 1, "P": 0, "D": 1, "G": 1, "bias": bias}
        call.add("CONV", options, axes=out)
    else:
        call.add("FC", {"K": K, "bias": bias}, axes=out)
    return call.activate()


def affine(call: KerasCall) -> bool:
    """Return whether a normalization has a scale and a shift. Raises NotReadError for only one."""
    center, scale = call.flag("center"), call.flag("scale")
    if center != scale:
        only = "shift" if center else "scale"
        raise NotReadError(
            f"{call.name} with a {only} only, and a norm of the notation has both or neither",
            call.layer.node,
        )
    return center


def norm(kind: str) -> Callable[[KerasCall], Tensor]:
    """Return the function for a normalization."""

    def apply(call: KerasCall) -> Tensor:
        axis = call.argument("axis")
        if not call.is_channels(axis):
            raise NotReadError(
                f"{call.name} over axis {axis}, which is not that of the channels", call.layer.node
            )
        options: dict[str, int] = {}
        if kind == "GN":
            call.need_map()
            groups = call.argument("groups")
            options["G"] = volume_of(call.tensor.axes).D if groups == -1 else call.width("groups")
        options["affine"] = affine(call)
        return call.add(kind, options, axes=call.tensor.axes)

    return apply


def activation(call: KerasCall) -> Tensor:
    return call.activate()


def relu(call: KerasCall) -> Tensor:
    limit, slope = call.argument("max_value"), call.argument("negative_slope")
    if limit not in (None, 6):
        raise call.fail("max_value", f"is {limit}, and the notation has RELU and RELU6")
    kind = "RELU6" if limit == 6 else "RELU" if not slope else "LRELU"
    return call.add(kind, axes=call.tensor.axes)


def pointwise(kind: str) -> Callable[[KerasCall], Tensor]:
    """Return the function for an activation without arguments that matter."""
    return lambda call: call.add(kind, axes=call.tensor.axes)


def softmax(call: KerasCall) -> Tensor:
    if not call.is_channels(call.argument("axis")):
        raise NotReadError("a softmax over another axis than the channels", call.layer.node)
    return call.add("SOFTMAX", axes=call.tensor.axes)


def prelu(call: KerasCall) -> Tensor:
    axes = call.tensor.axes
    shared = call.argument("shared_axes")
    shared = {} if shared is None else shared if isinstance(shared, (list, tuple)) else [shared]
    if is_map(axes, call.machine.order):
        spatial = {index for index, name in enumerate(call.machine.order) if name in "HW"}
        indices = {axis % 4 for axis in shared if isinstance(axis, int) and not has_letters(axis)}
        if indices != spatial:
            raise NotReadError(
                "PReLU with a slope for each value of a map; shared_axes=[1, 2] has one for each "
                "channel",
                call.layer.node,
            )
    elif not is_vector(axes) or shared:
        raise NotReadError("PReLU of such a tensor", call.layer.node)
    return call.add("PRELU", {"per": "channel"}, axes=axes)


def dropout(kind: str) -> Callable[[KerasCall], Tensor]:
    """Return the function for a dropout."""

    def apply(call: KerasCall) -> Tensor:
        if kind == "DROPOUT2D":
            call.need_map()
        rate = call.argument("rate")
        if not isinstance(rate, (int, float)) or has_letters(rate) or not 0 <= rate < 1:
            raise call.fail("rate", "is no number from 0 to 1")
        return call.add(kind, {"rate": float(rate)}, axes=call.tensor.axes)

    return apply


def left_out(note: str) -> Callable[[KerasCall], Tensor]:
    """Return the function for a layer that changes no size and has no weights."""

    def apply(call: KerasCall) -> Tensor:
        if note:
            call.machine.notes[note] = None
        return call.tensor

    return apply


def flatten(call: KerasCall) -> Tensor:
    call.set_order()
    shape = call.tensor.shape
    return reshaped(call, [prod(shape[1:])]) if len(shape) != 2 else call.tensor


def reshape(call: KerasCall) -> Tensor:
    target = call.argument("target_shape")
    sizes = list(target) if isinstance(target, (list, tuple)) else [target]
    if not all(isinstance(size, int) and not isinstance(size, bool) for size in sizes):
        raise call.fail("target_shape", "is not known")
    return reshaped(call, sizes)


def reshaped(call: KerasCall, sizes: list[int]) -> Tensor:
    """Return the tensor in another shape, without the batch. Raises MismatchError."""
    total = prod(call.tensor.shape[1:])
    is_open = [not has_letters(size) and size == -1 for size in sizes]
    if any(is_open):
        rest = prod(size for size, own in zip(sizes, is_open, strict=True) if not own)
        if sum(is_open) > 1 or rest < 1 or total % rest:
            raise RefusedError(
                f"Reshape to {tuple(sizes)} does not fit {total:,} values", call.node
            )
        sizes = [total // rest if own else size for size, own in zip(sizes, is_open, strict=True)]
    if prod(sizes) != total or min(sizes, default=0) < 1:
        if has_letters(total) or any(map(has_letters, sizes)):
            raise NotReadError("a Reshape that depends on an argument without a value", call.node)
        raise MismatchError(
            f"Reshape to {tuple(sizes)} takes {prod(sizes):,} values but receives {total:,}",
            call.node,
            prod(sizes),
            total,
        )
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
    is_order = isinstance(dims, (list, tuple)) and sorted(map(int, dims)) == list(range(1, count))
    if not is_order:
        raise call.fail("dims", "does not name each axis once")
    call.tensor = Tensor(call.tensor.node, permuted(call.tensor.axes, [0, *dims]))
    return call.tensor


def sides_of(call: KerasCall, name: str) -> tuple[int, int, int, int]:
    """Return left, right, top and bottom of a padding or crop."""
    value = call.argument(name)
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
        raise RefusedError(f"{call.name} leaves nothing of {W}x{H}", call.node)
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


def lambda_layer(call: KerasCall) -> Tensor:
    """Interpret the function of a Lambda. Raises NotReadError where it cannot be read."""
    function = call.argument("function")
    try:
        result = call.machine.call(function, Arguments([call.tensor], {}, call.layer.node))
    except RefusedError:
        raise
    except NotReadError as error:
        raise NotReadError(f"Lambda: {error.reason}", call.layer.node) from None
    if not isinstance(result, Tensor):
        reason = result.reason if isinstance(result, Unknown) else "it returns no tensor"
        raise NotReadError(f"Lambda: {reason}", call.layer.node)
    return result


APPLY: dict[str, Callable[[KerasCall], Tensor]] = {
    "Conv2D": convolution,
    "DepthwiseConv2D": depthwise_convolution,
    "SeparableConv2D": separable_convolution,
    "Conv2DTranspose": transposed_convolution,
    "Dense": dense,
    "MaxPooling2D": pool("POOL"),
    "AveragePooling2D": pool("AVGPOOL"),
    "GlobalAveragePooling2D": global_pool("GAP"),
    "GlobalMaxPooling2D": global_pool("GMP"),
    "BatchNormalization": norm("BN"),
    "LayerNormalization": norm("LN"),
    "GroupNormalization": norm("GN"),
    "Activation": activation,
    "ReLU": relu,
    "LeakyReLU": pointwise("LRELU"),
    "ThresholdedReLU": pointwise("RELU"),
    "ELU": pointwise("ELU"),
    "PReLU": prelu,
    "Softmax": softmax,
    "Dropout": dropout("DROPOUT"),
    "AlphaDropout": dropout("DROPOUT"),
    "SpatialDropout2D": dropout("DROPOUT2D"),
    "GaussianNoise": left_out(NOISE_NOTE),
    "GaussianDropout": left_out(NOISE_NOTE),
    "ActivityRegularization": left_out(""),
    "Identity": left_out(""),
    "Rescaling": left_out(ARITHMETIC_NOTE),
    "Normalization": left_out("normalization of the input by its statistics is left out"),
    **dict.fromkeys(AUGMENTATIONS, left_out(AUGMENTATION_NOTE)),
    "Flatten": flatten,
    "Reshape": reshape,
    "Permute": permute,
    "ZeroPadding2D": pad,
    "Cropping2D": crop,
    "CenterCrop": center_crop,
    "UpSampling2D": upsample,
    "Resizing": resize,
    "DepthToSpace": depth_to_space,
    "Lambda": lambda_layer,
}


def apply_layer(machine: Machine, layer: KerasLayer, value: Value, node: ast.AST) -> Tensor:
    """Apply a layer to a tensor, or a join to several. Raises NotReadError."""
    machine.tick(node)
    known(value, f"the input of {layer.name}", node)
    if layer.name in JOIN_LAYERS:
        return joined(
            machine,
            JOIN_LAYERS[layer.name],
            value,
            layer.arguments.get("axis", -1),
            Place(layer.node, node),
        )
    if isinstance(value, (list, tuple)) and len(value) == 1:
        value = known(value[0], f"the input of {layer.name}", node)
    if not isinstance(value, Tensor):
        raise NotReadError(
            f"the input of {layer.name} is no tensor that comes from the input", node
        )
    function = APPLY.get(layer.name)
    if function is None:
        raise NotReadError(f"{layer.name} is not in the notation", layer.node)
    return function(KerasCall(machine, layer, value, node))
