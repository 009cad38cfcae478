"""Layers of torch.nn applied to a tensor: a table by their names.

Pairs of torch are (H, W), those of the notation (W, H).
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from cnnsize.models.axes import axis_of, is_map, is_vector, names_of, size_named
from cnnsize.models.source.graph import add_layer, need_map
from cnnsize.models.source.machine import Machine, Place, volume_of
from cnnsize.models.source.number import has_letters
from cnnsize.models.source.shapes import (
    UNSIZED_DEPTH,
    UnsizedInputError,
    depends_on_unsized,
    flatten,
    reshape,
)
from cnnsize.models.source.signatures import ACTIVATIONS, REQUIRED, SIGNATURES
from cnnsize.models.source.values import (
    Arguments,
    LayerModule,
    MismatchError,
    NotReadError,
    RefusedError,
    Tensor,
    Unknown,
    Value,
)


def construct(name: str, arguments: Arguments) -> LayerModule:
    """Return a layer of torch.nn with its arguments. Raises NotReadError for wrong ones."""
    node = arguments.node
    signature = SIGNATURES[name]
    given = [*zip(signature, arguments.positional, strict=False), *arguments.keywords.items()]
    values: dict[str, Value] = {}
    for key, value in given:
        if key in ("device", "dtype"):
            continue
        if key not in signature:
            reason = value.reason if isinstance(value, Unknown) else f"nn.{name} has no argument {key}"
            raise RefusedError(reason, node)
        values[key] = value
    if len(arguments.positional) > len(signature):
        raise RefusedError(f"nn.{name} takes at most {len(signature)} arguments", node)
    for key, default in signature.items():
        if key not in values and default is REQUIRED:
            raise RefusedError(f"nn.{name} without {key}", node)
        values.setdefault(key, default)
    return LayerModule(name, values, node)


class Application:
    """A layer that is applied to a tensor."""

    def __init__(
        self, machine: Machine, layer: LayerModule, tensor: Tensor, node: ast.AST
    ) -> None:
        self.machine = machine
        self.layer = layer
        self.tensor = tensor
        self.node = node
        self.place = Place(layer.node, node)

    def argument(self, name: str) -> Value:
        """Return an argument. Raises NotReadError where it is not known."""
        value = self.layer.arguments[name]
        parts = value if isinstance(value, (tuple, list)) else (value,)
        for part in parts:
            if isinstance(part, Unknown):
                reason = f"{name} of nn.{self.layer.name}: {part.reason}"
                raise NotReadError(reason, part.node or self.layer.node)
        return value

    def width(self, name: str) -> int:
        """Return a number of channels or values."""
        value = self.argument(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise RefusedError(f"{name} of nn.{self.layer.name} is no whole number", self.layer.node)
        if not has_letters(value) and value < 1:
            raise NotReadError(f"{name} of nn.{self.layer.name} is {value}", self.layer.node)
        return value

    def pair(self, name: str, least: int = 1) -> tuple[int, int]:
        """Return a size along (W, H)."""
        value = self.argument(name)
        parts = value if isinstance(value, (tuple, list)) else (value, value)
        if len(parts) == 1:
            parts = (*parts, *parts)
        whole = [part for part in parts if isinstance(part, int) and not isinstance(part, bool)]
        if len(whole) != 2:
            raise NotReadError(f"{name} of nn.{self.layer.name} is no size", self.layer.node)
        if any(has_letters(part) or part < least for part in whole):
            raise NotReadError(f"{name} of nn.{self.layer.name} is not known", self.layer.node)
        return int(whole[1]), int(whole[0])

    def flag(self, name: str) -> bool:
        """Return a yes or no."""
        value = self.argument(name)
        if isinstance(value, int) and not has_letters(value):
            return bool(value)
        raise NotReadError(f"{name} of nn.{self.layer.name} is not known", self.layer.node)

    def add(self, kind: str, options: dict[str, Any] | None = None, **more: Any) -> Tensor:
        """Add the layer."""
        return add_layer(self.machine, kind, options or {}, self.tensor, self.place, **more)

    def need_map(self) -> None:
        """Raise NotReadError unless the tensor is N x C x H x W."""
        need_map(self.tensor, f"nn.{self.layer.name}", self.node)

    def expect(self, name: str, received: int) -> int:
        """Return an argument that must equal what is received. Raises MismatchError."""
        expected = self.width(name)
        if int(expected) == int(received):
            return expected
        if depends_on_unsized(received):
            is_depth = received == UNSIZED_DEPTH
            raise UnsizedInputError(expected if is_depth else None, self.node)
        layer = f"nn.{self.layer.name}"
        if has_letters(expected) or has_letters(received):
            raise NotReadError(f"{layer} fits only where {expected} is {received}", self.layer.node)
        raise MismatchError(
            f"{layer} takes {name}={expected:,} but receives {received:,}",
            self.node,
            expected,
            received,
            self.layer,
            name,
        )

    def once(self) -> None:
        """Note that a layer with weights runs. Raises NotReadError if it did before."""
        if id(self.layer) in self.machine.used:
            raise NotReadError(
                f"nn.{self.layer.name} is applied twice, and both share its weights", self.node
            )
        self.machine.used[id(self.layer)] = self.layer


def convolution(call: Application) -> Tensor:
    if call.layer.name == "Conv2d" and len(call.tensor.axes) == 2:
        raise NotReadError("nn.Conv2d of a vector", call.node)
    call.need_map()
    depth = volume_of(call.tensor.axes).D
    if call.layer.name == "Conv2d":
        depth = call.expect("in_channels", depth)
    elif depends_on_unsized(depth):
        raise UnsizedInputError(None, call.node)
    call.once()
    K, groups = call.width("out_channels"), call.width("groups")
    padding = call.argument("padding")
    options: dict[str, Any] = {"F": call.pair("kernel_size")}
    is_depthwise = groups == depth > 1 and K % depth == 0
    if not is_depthwise:
        options["K"] = K
    options["S"] = call.pair("stride")
    options["P"] = padding if isinstance(padding, str) else call.pair("padding", least=0)
    if padding not in ("same", "valid") and isinstance(padding, str):
        raise RefusedError(f"padding={padding!r} of nn.Conv2d", call.layer.node)
    if padding == "valid":
        options["P"] = 0
    options["D"] = call.pair("dilation")
    options |= {"M": K // depth} if is_depthwise else {"G": groups}
    options["bias"] = call.flag("bias")
    if call.argument("padding_mode") != "zeros":
        call.machine.notes["a padding that repeats or mirrors values is written as zeros"] = None
    return call.add("DWCONV" if is_depthwise else "CONV", options)


def transposed_convolution(call: Application) -> Tensor:
    call.need_map()
    call.expect("in_channels", volume_of(call.tensor.axes).D)
    call.once()
    options = {
        "F": call.pair("kernel_size"),
        "K": call.width("out_channels"),
        "S": call.pair("stride"),
        "P": call.pair("padding", least=0),
        "D": call.pair("dilation"),
        "G": call.width("groups"),
        "output_padding": call.pair("output_padding", least=0),
        "bias": call.flag("bias"),
    }
    return call.add("TCONV", options)


def linear(call: Application) -> Tensor:
    axes = call.tensor.axes
    is_lazy = call.layer.name == "LazyLinear"
    is_map_input = call.tensor.node == 0 and len(axes) == 4
    if is_map_input and not is_lazy and depends_on_unsized(call.tensor.shape[1]):
        raise UnsizedInputError(call.width("in_features"), call.node, vector=True)
    if not is_lazy:
        call.expect("in_features", call.tensor.shape[-1])
    elif depends_on_unsized(call.tensor.shape[-1]):
        raise UnsizedInputError(None, call.node)
    if names_of(axes[-1]) not in ("C", ""):
        raise NotReadError("nn.Linear over another axis than the channels", call.node)
    call.once()
    K, bias = call.width("out_features"), call.flag("bias")
    out = (*axes[:-1], axis_of("C", K))
    if size_named(axes, "H") * size_named(axes, "W") > 1:
        options = {"F": 1, "K": K, "S": 1, "P": 0, "D": 1, "G": 1, "bias": bias}
        return call.add("CONV", options, axes=out)
    return call.add("FC", {"K": K, "bias": bias}, axes=out)


def batch_norm(call: Application) -> Tensor:
    axes = call.tensor.axes
    is_allowed = is_map(axes) if call.layer.name == "BatchNorm2d" else is_vector(axes)
    if call.layer.name == "SyncBatchNorm":
        is_allowed = is_map(axes) or is_vector(axes)
    if not is_allowed:
        raise NotReadError(f"nn.{call.layer.name} of a tensor with {len(axes)} axes", call.node)
    call.expect("num_features", call.tensor.shape[1])
    call.once()
    return call.add("BN", {"affine": call.flag("affine")}, axes=axes)


def instance_norm(call: Application) -> Tensor:
    call.need_map()
    affine = call.flag("affine")
    if affine:
        call.expect("num_features", call.tensor.shape[1])
        call.once()
    elif depends_on_unsized(call.tensor.shape[1]):
        raise UnsizedInputError(None, call.node)
    return call.add("IN", {"affine": affine})


def group_norm(call: Application) -> Tensor:
    call.need_map()
    call.expect("num_channels", call.tensor.shape[1])
    call.once()
    return call.add("GN", {"G": call.width("num_groups"), "affine": call.flag("affine")})


def layer_norm(call: Application) -> Tensor:
    shape = call.argument("normalized_shape")
    shape = shape if isinstance(shape, (tuple, list)) else (shape,)
    axes = call.tensor.axes
    if len(shape) != 1 or names_of(axes[-1]) not in ("C", ""):
        raise NotReadError("nn.LayerNorm over more than the channels", call.node)
    call.layer.arguments["normalized_shape"] = shape[0]
    call.expect("normalized_shape", call.tensor.shape[-1])
    affine = call.flag("elementwise_affine")
    if affine and not call.flag("bias"):
        raise NotReadError("nn.LayerNorm with a weight and no bias", call.layer.node)
    call.once()
    return call.add("LN", {"affine": affine}, axes=axes)


def prelu(call: Application) -> Tensor:
    count = call.width("num_parameters")
    call.once()
    if has_letters(count) or count > 1:
        call.expect("num_parameters", call.tensor.shape[1])
        return call.add("PRELU", {"per": "channel"}, axes=call.tensor.axes)
    return call.add("PRELU", {}, axes=call.tensor.axes)


def pool(kind: str) -> Callable[[Application], Tensor]:
    """Return the function for a pool with windows."""

    def apply(call: Application) -> Tensor:
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
            raise NotReadError("a pool that returns indices", call.layer.node)
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
        raise NotReadError("nn.Hardtanh", call.layer.node)
    return call.add("RELU6", axes=call.tensor.axes)


def dropout(kind: str) -> Callable[[Application], Tensor]:
    """Return the function for a dropout."""

    def apply(call: Application) -> Tensor:
        rate = call.argument("p")
        if not isinstance(rate, (int, float)):
            raise NotReadError("the rate of a dropout", call.layer.node)
        if kind == "DROPOUT2D" and not is_map(call.tensor.axes):
            raise NotReadError("a dropout of channels of a tensor that is no map", call.node)
        return call.add(kind, {"rate": float(rate)}, axes=call.tensor.axes)

    return apply


def softmax(kind: str) -> Callable[[Application], Tensor]:
    """Return the function for a softmax over the channels."""

    def apply(call: Application) -> Tensor:
        axes = call.tensor.axes
        dim = call.layer.arguments.get("dim")
        dim = 1 if dim is None else call.argument("dim")
        is_axis = isinstance(dim, int) and not has_letters(dim) and -len(axes) <= dim < len(axes)
        if not is_axis or names_of(axes[dim]) not in ("C", ""):
            raise NotReadError("a softmax over another axis than the channels", call.node)
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
    if width % W == 0 and height % H == 0:
        return call.add("UP", {"factor": (width // W, height // H), "mode": mode})
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
    need_map(tensor, "a padding", node)
    are_whole = all(isinstance(side, int) and not has_letters(side) for side in sides)
    if not are_whole or len(sides) not in (2, 4, 6) or sum(map(abs, sides)) > 10**6:
        raise NotReadError("a padding that is not known", node)
    left, right, top, bottom, front, back = (int(side) for side in (*sides, *[0] * 4)[:6])
    if not any((left, right, top, bottom, front, back)):
        return tensor
    if min(left, right, top, bottom) < 0 or min(front, back) < 0:
        raise NotReadError("a padding that crops", node)
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


APPLY: dict[str, Callable[[Application], Tensor]] = {
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
}


def apply_layer(machine: Machine, layer: LayerModule, value: Value, node: ast.AST) -> Tensor:
    """Apply a layer of torch.nn to a value. Raises NotReadError."""
    if isinstance(value, Unknown):
        raise NotReadError(f"the input of nn.{layer.name}: {value.reason}", value.node or node)
    if not isinstance(value, Tensor):
        raise NotReadError(
            f"the input of nn.{layer.name} is no tensor that comes from the input", node
        )
    function = APPLY.get(layer.name)
    if function is None:
        raise NotReadError(f"nn.{layer.name} is not in the notation", layer.node)
    machine.tick(node)
    return function(Application(machine, layer, value, node))
