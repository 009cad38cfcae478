"""Layers of torch.nn applied to a tensor: a table by their names.

Pairs of torch are (H, W), those of the notation (W, H).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from cnnsize.models.axes import axes_of, is_map, names_of, volume_of
from cnnsize.models.source.errors import RefusedError
from cnnsize.models.source.machine import Machine, Place
from cnnsize.models.source.tensors.broadcasting import operand
from cnnsize.models.source.tensors.graph import add_layer, need_map
from cnnsize.models.source.tensors.shapes import flatten, reshape
from cnnsize.models.source.torch.application import Application
from cnnsize.models.source.torch.dummies import on_dummy
from cnnsize.models.source.torch.shape_layers import OUTSIDE
from cnnsize.models.source.torch.signatures import ACTIVATIONS
from cnnsize.models.source.torch.weight_layers import (
    batch_norm,
    convolution,
    group_norm,
    instance_norm,
    layer_norm,
    linear,
    prelu,
    transposed_convolution,
)
from cnnsize.models.source.values.number import depends_on_input, has_letters
from cnnsize.models.source.values.objects import (
    Constant,
    Expanded,
    LayerModule,
    NotReadError,
    Tensor,
    Unknown,
    Value,
)


def pool(kind: str) -> Callable[[Application], Value]:
    """Return the function for a pool with windows."""

    def apply(call: Application) -> Value:
        call.need_map()
        F = call.pair("kernel_size")
        stride = call.argument("stride")
        options: dict[str, Any] = {
            "F": F,
            "S": F if stride is None or stride in ((), []) else call.pair("stride"),
            "P": call.pair("padding", least=0),
        }
        if kind == "POOL":
            options["D"] = call.pair("dilation")
        options["ceil"] = call.flag("ceil_mode")
        if kind == "AVGPOOL":
            options["include_pad"] = call.flag("count_include_pad") or options["P"] == (0, 0)
        if kind == "POOL" and call.flag("return_indices"):
            call.reason = "a pool that returns indices"
            output = call.add(kind, options)
            return output, output
        return call.add(kind, options)

    return apply


def adaptive_pool(kind: str, whole: str) -> Callable[[Application], Tensor]:
    """Return the function for an adaptive pool: a global one where its output is 1x1."""

    def apply(call: Application) -> Tensor:
        call.need_map()
        size = call.argument("output_size")
        parts = tuple(size) if isinstance(size, (tuple, list)) else (size, size)
        if len(parts) == 1:
            parts = (*parts, *parts)
        own = call.tensor.shape[2:]
        parts = tuple(side if part is None else part for part, side in zip(parts, own, strict=True))
        are_whole = all(isinstance(part, int) and not has_letters(part) for part in parts)
        if not are_whole:
            raise NotReadError("the output size of an adaptive pool", call.layer.node)
        if parts == (1, 1):
            return call.add(whole)
        return call.add(kind, {"to": (parts[1], parts[0])})

    return apply


def activation(call: Application) -> Tensor:
    return call.add(ACTIVATIONS[call.layer.name], axes=call.tensor.axes)


def hardtanh(call: Application) -> Tensor:
    bounds = call.argument("min_val"), call.argument("max_val")
    if bounds != (0, 6):
        return call.outside(call.tensor.axes, "nn.Hardtanh")
    return call.add("RELU6", axes=call.tensor.axes)


def dropout(kind: str) -> Callable[[Application], Tensor]:
    """Return the function for a dropout."""

    def apply(call: Application) -> Tensor:
        rate = call.layer.arguments["p"]
        options: dict[str, Any] = {}
        if isinstance(rate, (int, float)) and not has_letters(rate):
            options["rate"] = float(rate)
        else:
            call.machine.notes["a dropout whose rate is not known is written without it"] = None
        if kind == "DROPOUT2D" and not is_map(call.tensor.axes):
            reason = "a dropout of channels of a tensor that is no map"
            return call.outside(call.tensor.axes, reason)
        return call.add(kind, options, axes=call.tensor.axes)

    return apply


def softmax(kind: str) -> Callable[[Application], Tensor]:
    """Return the function for a softmax over the channels."""

    def apply(call: Application) -> Tensor:
        axes = call.tensor.axes
        dim = call.layer.arguments.get("dim")
        dim = 1 if dim is None else call.argument("dim")
        is_axis = isinstance(dim, int) and not has_letters(dim) and -len(axes) <= dim < len(axes)
        if not is_axis:
            raise NotReadError("a softmax over an axis that is not known", call.node)
        if names_of(axes[dim]) not in ("C", ""):
            return call.outside(axes, "a softmax over another axis than the channels")
        return call.add(kind, axes=axes)

    return apply


def unflatten(call: Application) -> Tensor:
    dim, sizes = call.argument("dim"), call.argument("unflattened_size")
    own = list(call.tensor.shape)
    is_axis = isinstance(dim, int) and not has_letters(dim) and -len(own) <= dim < len(own)
    if not is_axis or not isinstance(sizes, (tuple, list)):
        raise NotReadError("nn.Unflatten", call.layer.node)
    dim %= len(own)
    return reshape(call.machine, call.tensor, [*own[:dim], *sizes, *own[dim + 1 :]], call.node)


def resize(call: Application) -> Tensor:
    call.need_map()
    size, factor = call.argument("size"), call.argument("scale_factor")
    mode = call.layer.arguments.get("mode") or (
        "bilinear" if "Bilinear" in call.layer.name else "nearest"
    )
    if mode not in ("nearest", "bilinear", "bicubic", "area", "nearest-exact"):
        raise NotReadError("the mode of a resize", call.layer.node)
    W, H, _ = volume_of(call.tensor.axes)
    if size is not None:
        width, height = call.pair("size")
        size_parts = size if isinstance(size, (tuple, list)) else (size, size)
        width, height = size_parts[-1], size_parts[0]
    else:
        factors = factor if isinstance(factor, (tuple, list)) else (factor, factor)
        if len(factors) != 2 or not all(isinstance(own, (int, float)) for own in factors):
            raise NotReadError("the scale of a resize", call.layer.node)
        height, width = (scaled(side, own) for side, own in zip((H, W), factors, strict=True))
    if (width, height) == (W, H):
        return call.tensor
    if min(width, height) < 1:
        raise RefusedError("a resize to nothing", call.node)
    is_multiple = width % W == 0 and height % H == 0
    call.machine.has_sized_layers |= size is not None or not is_multiple
    if is_multiple:
        factors = int(width // W), int(height // H)
        return call.add("UP", {"factor": factors, "mode": mode})
    return call.add("UP", {"to": (width, height), "mode": mode})


def scaled(side: int, factor: float) -> int:
    """Return a side after a resize by a factor, rounded down as in PyTorch."""
    if has_letters(factor) or abs(factor) > 1_000:
        raise NotReadError("the scale of a resize is not known")
    if isinstance(factor, int) or factor.is_integer():
        return side * int(factor)
    inverse = 1 / factor
    if inverse.is_integer():
        return side // int(inverse)
    return side * 0 + int(int(side) * factor)


def shuffle(kind: str, name: str) -> Callable[[Application], Tensor]:
    """Return the function for a pixel shuffle or its inverse."""
    return lambda call: call.add(kind, {"factor": call.width(name)})


def pad(call: Application) -> Tensor:
    padding = call.argument("padding")
    sides = list(padding) if isinstance(padding, (tuple, list)) else [padding] * 4
    if call.layer.name not in ("ZeroPad2d", "ConstantPad2d"):
        call.machine.notes["a padding that repeats or mirrors values is written as zeros"] = None
    return padded(call.machine, call.tensor, sides, call.place)


def padded(machine: Machine, tensor: Tensor, sides: list[Value], place: Place) -> Tensor:
    """Pad a map by left, right, top and bottom, then front and back; negative sides crop."""
    node = place.application
    assert node is not None
    tensor = need_map(machine, tensor, "a padding", node)
    are_whole = all(isinstance(side, int) and not has_letters(side) for side in sides)
    machine.has_sized_layers |= any(map(depends_on_input, sides))
    if not are_whole or len(sides) not in (2, 4, 6) or sum(map(abs, sides)) > 10**6:
        raise NotReadError("a padding that is not known", node)
    left, right, top, bottom, front, back = (int(side) for side in (*sides, *[0] * 4)[:6])
    if not any((left, right, top, bottom, front, back)):
        return tensor
    if min(left, right, top, bottom, front, back) < 0:
        batch, channels, height, width = tensor.shape
        shape = (channels + front + back, height + top + bottom, width + left + right)
        if min(shape) < 1:
            raise NotReadError("a padding that crops everything", node)
        return machine.outside([tensor], axes_of((batch, *shape)), node, "a padding that crops")
    options = {
        "left": left,
        "top": top,
        "right": right,
        "bottom": bottom,
        "front": front,
        "back": back,
    }
    options = {side: size for side, size in options.items() if size}
    if left == top == right == bottom and not (front or back):
        options = {"P": left}
    return add_layer(machine, "PAD", options, tensor, place)


def local_response_norm(call: Application) -> Tensor:
    call.need_map()
    return call.add("LRN")


APPLY: dict[str, Callable[[Application], Value]] = {
    "Conv2d": convolution,
    "LazyConv2d": convolution,
    "ConvTranspose2d": transposed_convolution,
    "Linear": linear,
    "LazyLinear": linear,
    "MaxPool2d": pool("POOL"),
    "AvgPool2d": pool("AVGPOOL"),
    "AdaptiveAvgPool2d": adaptive_pool("AVGPOOL", "GAP"),
    "AdaptiveMaxPool2d": adaptive_pool("POOL", "GMP"),
    "BatchNorm2d": batch_norm,
    "BatchNorm1d": batch_norm,
    "SyncBatchNorm": batch_norm,
    "InstanceNorm2d": instance_norm,
    "GroupNorm": group_norm,
    "LayerNorm": layer_norm,
    "LocalResponseNorm": local_response_norm,
    "Dropout": dropout("DROPOUT"),
    "AlphaDropout": dropout("DROPOUT"),
    "Dropout2d": dropout("DROPOUT2D"),
    "FeatureAlphaDropout": dropout("DROPOUT2D"),
    "Flatten": lambda call: flatten(
        call.machine,
        call.tensor,
        call.argument("start_dim"),
        call.argument("end_dim"),
        call.node,
    ),
    "Unflatten": unflatten,
    "Upsample": resize,
    "UpsamplingNearest2d": resize,
    "UpsamplingBilinear2d": resize,
    "PixelShuffle": shuffle("PIXELSHUFFLE", "upscale_factor"),
    "PixelUnshuffle": shuffle("PIXELUNSHUFFLE", "downscale_factor"),
    "ChannelShuffle": lambda call: call.add("CHSHUFFLE", {"G": call.width("groups")}),
    "ZeroPad2d": pad,
    "ReflectionPad2d": pad,
    "ReplicationPad2d": pad,
    "ConstantPad2d": pad,
    "PReLU": prelu,
    "Softmax": softmax("SOFTMAX"),
    "Softmax2d": softmax("SOFTMAX"),
    "LogSoftmax": softmax("LOGSOFTMAX"),
    "Hardtanh": hardtanh,
    **dict.fromkeys(ACTIVATIONS, activation),
    **OUTSIDE,
}


EACH_VALUE = frozenset([*ACTIVATIONS, "Hardtanh", "Dropout", "AlphaDropout"])


def apply_layer(
    machine: Machine,
    layer: LayerModule,
    value: Value,
    node: ast.AST,
    more: Mapping[str, Value] = MappingProxyType({}),
) -> Value:
    """Apply a layer of torch.nn to a value. Raises NotReadError.

    ``more`` are the further arguments of the call, by their names.
    """
    if isinstance(value, Unknown):
        raise NotReadError(f"the input of nn.{layer.name}: {value.reason}", value.node or node)
    if isinstance(value, Expanded):
        value = operand(machine, value, node)
    if isinstance(value, Constant):
        return on_dummy(
            machine, value, node, lambda tensor: apply_layer(machine, layer, tensor, node)
        )
    if not isinstance(value, Tensor):
        raise NotReadError(
            f"the input of nn.{layer.name} is no tensor that comes from the input", node
        )
    function = APPLY.get(layer.name)
    if function is None:
        raise NotReadError(f"nn.{layer.name} is not in the notation", layer.node)
    machine.tick(node)
    if len(value.axes) < 2 and layer.name not in EACH_VALUE:
        raise NotReadError(f"nn.{layer.name} of a tensor with {len(value.axes)} axes", node)
    return function(Application(machine, layer, value, node, more))
