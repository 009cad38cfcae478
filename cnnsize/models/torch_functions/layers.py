"""Layers with weights: convolutions, Linear, norms and PReLU."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from cnnsize.models.axes import Axes, is_map, is_vector, line_of, names_of, size_named
from cnnsize.models.axes import axis_of as axis
from cnnsize.models.flow import short
from cnnsize.models.torch_functions.call import Call, pair


def conv1d(call: Call) -> None:
    """Add a convolution along H or W; channels that it runs along, as in ECA, become the width."""
    weight, bias = call.argument(1, "weight"), call.argument(2, "bias")
    padding = call.argument(4, "padding", 0)
    side, unflattened = line_of(call.axes)
    if not side or isinstance(padding, str):
        call.give_up("a convolution in one dimension")
        return
    source = call.live[0]
    if unflattened is not None:
        shape = {"shape": (size_named(unflattened, "W"), 1, 1)}
        source = call.recorder.node("UNFLATTEN", shape, [source], axes=unflattened)
    K, positions = weight.shape[0], call.output.shape[2]
    windows = {
        "F": (weight.shape[2], 1),
        "S": (call.argument(3, "stride", 1), 1),
        "P": (padding, 0),
        "D": (call.argument(5, "dilation", 1), 1),
    }
    options: dict[str, Any] = {"F": 1, "K": K}
    for key, (value, across) in windows.items():
        along = pair(value)[0]
        options[key] = short((along, across) if side == "W" else (across, along))
    options |= {"G": int(call.argument(6, "groups", 1)), "bias": bias is not None}
    after = (call.axes[0], axis("C", K), axis(side, positions))
    macs = weight.numel() * positions
    weights = (weight, bias)
    call.recorder.add(
        call.output, "CONV", options, [source], axes=after, weights=weights, macs=macs
    )


def conv2d(call: Call) -> None:
    weight, bias = call.argument(1, "weight"), call.argument(2, "bias")
    if not call.needs_map("a convolution"):
        return
    padding = call.argument(4, "padding", 0)
    groups = int(call.argument(6, "groups", 1))
    K, depth = weight.shape[0], size_named(call.axes, "C")
    options: dict[str, Any] = {"F": short(pair(weight.shape[2:]))}
    is_depthwise = groups == depth > 1 and K % depth == 0
    if not is_depthwise:
        options["K"] = K
    options["S"] = short(pair(call.argument(3, "stride", 1)))
    options["P"] = padding if isinstance(padding, str) else short(pair(padding))
    options["D"] = short(pair(call.argument(5, "dilation", 1)))
    if is_depthwise:
        options["M"] = K // depth
    else:
        options["G"] = groups
    if options["P"] == "valid":
        options["P"] = 0
    kind = "DWCONV" if is_depthwise else "CONV"
    positions = call.output.shape[2] * call.output.shape[3]
    macs = weight.numel() * positions
    add_weighted(call, kind, options, call.map_of_output(), weight, bias, macs)


def add_weighted(
    call: Call,
    kind: str,
    options: dict[str, Any],
    axes: Axes,
    weight: Tensor,
    bias: object,
    macs: int,
) -> None:
    """Add a layer with a weight and a bias. Factors of the weight become a SCALE after it."""
    parts = call.recorder.weight_and_factors(weight)
    if parts is None:
        options["bias"] = bias is not None
        call.add(kind, options, axes=axes, weights=(weight, bias), macs=macs)
        return
    own, factors = parts
    options["bias"] = False
    value = call.recorder.node(kind, options, call.live, axes=axes, weights=(own,), macs=macs)
    scale = {"bias": bias is not None}
    call.note("the learned gains of normalized layers are written as SCALE")
    call.recorder.add(call.output, "SCALE", scale, [value], axes=axes, weights=(factors, bias))


def conv_transpose2d(call: Call) -> None:
    weight, bias = call.argument(1, "weight"), call.argument(2, "bias")
    if not call.needs_map("a transposed convolution"):
        return
    groups = int(call.argument(6, "groups", 1))
    options = {
        "F": short(pair(weight.shape[2:])),
        "K": weight.shape[1] * groups,
        "S": short(pair(call.argument(3, "stride", 1))),
        "P": short(pair(call.argument(4, "padding", 0))),
        "D": short(pair(call.argument(7, "dilation", 1))),
        "G": groups,
        "output_padding": short(pair(call.argument(5, "output_padding", 0))),
        "bias": bias is not None,
    }
    positions = size_named(call.axes, "H") * size_named(call.axes, "W")
    call.add(
        "TCONV",
        options,
        axes=call.map_of_output(),
        weights=(weight, bias),
        macs=weight.numel() * positions,
    )


def linear(call: Call) -> None:
    weight, bias = call.argument(1, "weight"), call.argument(2, "bias")
    axes = call.axes
    if names_of(axes[-1]) not in ("C", ""):
        call.give_up("a Linear over an axis other than the channels")
        return
    K = weight.shape[0]
    others = size_named(axes, "H") * size_named(axes, "W")
    kind, options = "FC", {"K": K}
    if others > 1:
        kind, options = "CONV", {"F": 1, "K": K, "S": 1, "P": 0, "D": 1, "G": 1}
    after = (*axes[:-1], axis("C", K))
    add_weighted(call, kind, options, after, weight, bias, weight.numel() * others)


def batch_norm(call: Call) -> None:
    weight, bias = call.argument(3, "weight"), call.argument(4, "bias")
    if not (is_map(call.axes) or is_vector(call.axes)):
        call.give_up("a BatchNorm of a tensor that is not N x C x H x W")
        return
    if (weight is None) != (bias is None):
        call.give_up("a BatchNorm with a weight and no bias")
        return
    call.add("BN", {"affine": weight is not None}, weights=(weight, bias))


def layer_norm(call: Call) -> None:
    shape, weight, bias = (call.argument(index, name) for index, name in NORM_ARGUMENTS)
    is_vector_layer = len(shape) == 1 and names_of(call.axes[-1]) in ("C", "")
    if not is_vector_layer:
        call.give_up("a LayerNorm over more than the channels")
        return
    if (weight is None) != (bias is None):
        call.give_up("a LayerNorm with a weight and no bias")
        return
    call.add("LN", {"affine": weight is not None}, weights=(weight, bias))


NORM_ARGUMENTS = ((1, "normalized_shape"), (2, "weight"), (3, "bias"))


def group_norm(call: Call) -> None:
    weight, bias = call.argument(2, "weight"), call.argument(3, "bias")
    groups = int(call.argument(1, "num_groups"))
    if call.needs_map("a GroupNorm"):
        call.add("GN", {"G": groups, "affine": weight is not None}, weights=(weight, bias))


def instance_norm(call: Call) -> None:
    weight, bias = call.argument(3, "weight"), call.argument(4, "bias")
    if call.needs_map("an InstanceNorm"):
        call.add("IN", {"affine": weight is not None}, weights=(weight, bias))


def prelu(call: Call) -> None:
    weight = call.argument(1, "weight")
    options = {"per": "channel"} if weight.numel() > 1 else {}
    call.add("PRELU", options, weights=(weight,))
