"""Layers with weights: convolutions, Linear, normalizations. Pairs of torch are (H, W)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnsize.models.axes import axis_of, is_map, is_vector, names_of, size_named, volume_of
from cnnsize.models.source.errors import RefusedError
from cnnsize.models.source.machine import Machine, Place
from cnnsize.models.source.tensors.graph import add_layer
from cnnsize.models.source.tensors.shapes import UnsizedInputError, depends_on_unsized
from cnnsize.models.source.torch.application import Application
from cnnsize.models.source.torch.dummies import is_of_input
from cnnsize.models.source.values.number import depends_on_input, has_letters
from cnnsize.models.source.values.objects import Arguments, NotReadError, Parameter, Tensor, Value


def convolution(call: Application) -> Tensor:
    if call.layer.name == "Conv2d" and len(call.tensor.axes) == 2:
        raise call.refuse_axes("4")
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
    is_computed = is_of_input(call.layer.arguments.get("in_features"))
    is_lazy = call.layer.name == "LazyLinear" or is_computed
    if is_computed:
        call.machine.notes["the features that nn.Linear takes are computed from the input"] = None
    is_map_input = call.tensor.node == 0 and len(axes) == 4
    if is_map_input and not is_lazy and depends_on_unsized(call.tensor.shape[1]):
        raise UnsizedInputError(call.width("in_features"), call.node, vector=True)
    if not is_lazy:
        call.expect("in_features", call.tensor.shape[-1])
    elif depends_on_unsized(call.tensor.shape[-1]):
        raise UnsizedInputError(None, call.node)
    call.once()
    K, bias = call.width("out_features"), call.flag("bias")
    out = (*axes[:-1], axis_of("C", K))
    if names_of(axes[-1]) not in ("C", ""):
        return call.outside(out, "nn.Linear over another axis than the channels", "FC")
    if size_named(axes, "H") * size_named(axes, "W") > 1:
        options = {"F": 1, "K": K, "S": 1, "P": 0, "D": 1, "G": 1, "bias": bias}
        return call.add("CONV", options, axes=out)
    if not is_lazy:
        call.machine.claims[len(call.machine.nodes)] = call.width("in_features")
    return call.add("FC", {"K": K, "bias": bias}, axes=out)


# How many axes a normalization takes.
NORMALIZED_AXES = {"BatchNorm2d": (4,), "BatchNorm1d": (2, 3), "SyncBatchNorm": (2, 3, 4, 5)}


def batch_norm(call: Application) -> Tensor:
    axes, allowed = call.tensor.axes, NORMALIZED_AXES[call.layer.name]
    if len(axes) not in allowed:
        raise call.refuse_axes(" or ".join(map(str, allowed)))
    call.expect("num_features", call.tensor.shape[1])
    call.once()
    if not (is_map(axes) or is_vector(axes)):
        reason = f"nn.{call.layer.name} of a tensor that is no map and no vector"
        return call.outside(axes, reason)
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
    call.expect("num_channels", call.tensor.shape[1])
    call.once()
    if not is_map(call.tensor.axes):
        return call.outside(call.tensor.axes, "nn.GroupNorm of a tensor that is no map")
    return call.add("GN", {"G": call.width("num_groups"), "affine": call.flag("affine")})


def layer_norm(call: Application) -> Tensor:
    shape = call.argument("normalized_shape")
    shape = shape if isinstance(shape, (tuple, list)) else (shape,)
    axes = call.tensor.axes
    if len(shape) != 1:
        return layer_norm_of_axes(call, shape)
    call.layer.arguments["normalized_shape"] = shape[0]
    call.expect("normalized_shape", call.tensor.shape[-1])
    affine = call.flag("elementwise_affine")
    call.once()
    if names_of(axes[-1]) not in ("C", ""):
        return call.outside(axes, "nn.LayerNorm over another axis than the channels")
    if affine and not call.flag("bias"):
        return call.outside(axes, "nn.LayerNorm with a weight and no bias")
    return call.add("LN", {"affine": affine}, axes=axes)


def layer_norm_of_axes(call: Application, shape: Sequence[Value]) -> Tensor:
    """Apply a LayerNorm over several axes, which have to have these sizes."""
    own = call.tensor.shape[-len(shape) :] if shape else ()
    sizes = [int(size) for size in shape if isinstance(size, int) and not has_letters(size)]
    is_equal = len(sizes) == len(shape) > 0 and tuple(map(int, own)) == tuple(sizes)
    call.machine.size_matters |= any(map(depends_on_input, own))
    if not is_equal:
        raise NotReadError("nn.LayerNorm over axes of other sizes", call.node)
    call.once()
    return call.outside(call.tensor.axes, "nn.LayerNorm over more than the channels")


def prelu(call: Application) -> Tensor:
    count = call.width("num_parameters")
    call.once()
    if has_letters(count) or count > 1:
        call.expect("num_parameters", call.tensor.shape[1])
        return call.add("PRELU", {"per": "channel"}, axes=call.tensor.axes)
    return call.add("PRELU", {}, axes=call.tensor.axes)


def functional_layer_norm(machine: Machine, arguments: Arguments) -> Value:
    """Return F.layer_norm over the channels, with parameters of the module that calls it."""
    tensor, node = arguments.positional[0], arguments.node
    shape = arguments.get(1, "normalized_shape")
    weight, bias = arguments.get(2, "weight"), arguments.get(3, "bias")
    size = tensor.shape[-1]
    sizes = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    if names_of(tensor.axes[-1]) not in ("C", "") or sizes != (size,):
        raise NotReadError("layer_norm() over something other than the channels", node)
    given = [value for value in (weight, bias) if value is not None]
    are_parameters = all(isinstance(value, Parameter) and value.shape == (size,) for value in given)
    is_first = not any(id(value) in machine.used_parameters for value in given)
    if len(given) == 1 or not are_parameters or not is_first:
        raise NotReadError("layer_norm() with other parameters than a weight and a bias", node)
    machine.used_parameters.update((id(value), value) for value in given)
    place = Place(weight.node if isinstance(weight, Parameter) else None, node)
    return add_layer(machine, "LN", {"affine": bool(given)}, tensor, place, tensor.axes)
