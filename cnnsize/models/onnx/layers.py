"""The operators of ONNX with weights: convolutions, fully connected layers, norms, PRelu.

Lists of ONNX are (H, W), pairs of the notation (W, H). Weights are known by their shapes alone.
"""

from __future__ import annotations

from math import prod
from typing import Any

from cnnsize.models.axes import axis_of, line_of, names_of, size_named
from cnnsize.models.flow import UnreadableModelError, short
from cnnsize.models.onnx.builder import Call, Value
from cnnsize.models.onnx.windows import (
    add_padding,
    padding_of,
    pair_of,
    spatial_list,
    two_axes,
)

GENERATED = "onnx::Conv"  # how torch names the weights of a convolution with a folded BN


def convolution(call: Call) -> None:
    """Add CONV or DWCONV, and a PAD before it where the sides of the padding differ."""
    if len(call.weight(1)) == 3:
        line_convolution(call)
        return
    call.needs_map()
    dims = two_axes(call.weight(1))
    groups = int(call.attributes.get("group", 1))
    K, depth = dims[0], size_named(call.axes, "C")
    if depth != dims[1] * groups:
        raise UnreadableModelError(
            f"expects {dims[1] * groups:,} input channels but receives {depth:,}"
        )
    stride, dilation = pair_of(call, "strides"), pair_of(call, "dilations")
    padding = padding_of(call, (dims[3], dims[2]), stride, dilation)
    source = call.live[0]
    if padding.is_even:
        P: Any = short(padding.before)
    else:
        source, P = add_padding(call, padding), 0
    is_depthwise = groups == depth > 1 and K % depth == 0
    options: dict[str, Any] = {"F": short((dims[3], dims[2]))}
    if not is_depthwise:
        options["K"] = K
    options |= {"S": short(stride), "P": P, "D": short(dilation)}
    options |= {"M": K // depth} if is_depthwise else {"G": groups}
    options["bias"] = call.has(2)
    call.add(
        "DWCONV" if is_depthwise else "CONV",
        options,
        inputs=[source],
        axes=call.map_of_output(),
        weights=(call.inputs[1], call.vector(2, K)),
        macs=prod(dims) * prod(call.output_dims[2:]),
    )
    count_folded(call)


def line_convolution(call: Call) -> None:
    """Add a convolution along H or W; channels that it runs along, as in ECA, become the width."""
    dims = call.weight(1)
    side, unflattened = line_of(call.axes)
    pads = call.attributes.get("pads") or [0, 0]
    is_simple = call.attributes.get("auto_pad", "NOTSET") == "NOTSET" and pads[0] == pads[1]
    if not side or not is_simple:
        raise UnreadableModelError("a convolution in one dimension")
    source = call.live[0]
    if unflattened is not None:
        shape = {"shape": (size_named(unflattened, "W"), 1, 1)}
        source = call.add("UNFLATTEN", shape, axes=unflattened)
    K, positions = dims[0], call.output_dims[2]
    windows = {
        "F": (dims[2], 1),
        "S": ((call.attributes.get("strides") or [1])[0], 1),
        "P": (pads[0], 0),
        "D": ((call.attributes.get("dilations") or [1])[0], 1),
    }
    options: dict[str, Any] = {"F": 1, "K": K}
    for key, (along, across) in windows.items():
        options[key] = short((along, across) if side == "W" else (across, along))
    options |= {"G": int(call.attributes.get("group", 1)), "bias": call.has(2)}
    call.add(
        "CONV",
        options,
        inputs=[source],
        axes=(call.axes[0], axis_of("C", K), axis_of(side, positions)),
        weights=(call.inputs[1], call.vector(2, K)),
        macs=prod(dims) * positions,
    )


def count_folded(call: Call) -> None:
    """Count a layer that an exporter has folded a BN into."""
    has_generated_name = call.inputs[1].startswith(GENERATED) and call.has(2)
    call.builder.folded += call.operation.fused or has_generated_name


def transposed_convolution(call: Call) -> None:
    """Add TCONV. Where more is cut off at the end than at the start, a CROP follows."""
    call.needs_map()
    dims = two_axes(call.weight(1))
    groups = int(call.attributes.get("group", 1))
    stride, dilation = pair_of(call, "strides"), pair_of(call, "dilations")
    width, height = size_named(call.axes, "W"), size_named(call.axes, "H")
    kernel, output = (dims[3], dims[2]), call.output_dims[:1:-1]
    before, extra, crops = [], [], False
    for axis, size in enumerate((width, height)):
        reach = dilation[axis] * (kernel[axis] - 1) + 1
        total = stride[axis] * (size - 1) + reach
        cut = cut_before(call, axis, total - output[axis])
        before.append(cut)
        extra.append(output[axis] - (total - 2 * cut))
        crops |= extra[axis] < 0
        if extra[axis] >= max(stride[axis], dilation[axis]) or cut < 0:
            raise UnreadableModelError("its padding cannot be written with P and output_padding")
    extra = [max(side, 0) for side in extra]
    full = [
        stride[axis] * (size - 1)
        + dilation[axis] * (kernel[axis] - 1)
        + 1
        - 2 * before[axis]
        + extra[axis]
        for axis, size in enumerate((width, height))
    ]
    K = dims[1] * groups
    options = {
        "F": short(kernel),
        "K": K,
        "S": short(stride),
        "P": short((before[0], before[1])),
        "D": short(dilation),
        "G": groups,
        "output_padding": short((extra[0], extra[1])),
        "bias": call.has(2),
    }
    axes = (call.axes[0], axis_of("C", K), axis_of("H", full[1]), axis_of("W", full[0]))
    value = call.add(
        "TCONV",
        options,
        axes=axes,
        weights=(call.inputs[1], call.vector(2, K)),
        macs=prod(dims) * width * height,
    )
    count_folded(call)
    if crops:
        crop = {"shape": (output[0], output[1]), "left": 0, "top": 0}
        call.add("CROP", crop, inputs=[value], axes=call.map_of_output())


def cut_before(call: Call, axis: int, total: int) -> int:
    """Return how much of the start a transposed convolution cuts off along W (0) or H (1).

    ``total`` is what it cuts off at both sides, less its output padding.
    """
    mode = call.attributes.get("auto_pad", "NOTSET")
    if mode == "NOTSET" and "output_shape" not in call.attributes:
        return spatial_list(call, "pads", [0, 0, 0, 0])[1 - axis]
    if mode == "VALID":
        return 0
    output_padding = spatial_list(call, "output_padding", [0, 0])[1 - axis]
    both = max(total + output_padding, 0)
    return both // 2 if mode == "SAME_UPPER" else both - both // 2


def fully_connected(call: Call, weight: int, K: int, bias: str) -> None:
    """Add FC, or a CONV of 1x1 for a map with its channels last."""
    axes = call.axes
    if names_of(axes[-1]) not in ("C", ""):
        raise UnreadableModelError("it is not over the channels alone")
    kind, options = "FC", {"K": K, "bias": bias != ""}
    positions = size_named(axes, "H") * size_named(axes, "W")
    if positions > 1:
        kind = "CONV"
        options = {"F": 1, "K": K, "S": 1, "P": 0, "D": 1, "G": 1, "bias": bias != ""}
    name = call.inputs[weight]
    macs = prod(call.weight(weight)) * positions
    call.add(kind, options, axes=(*axes[:-1], axis_of("C", K)), weights=(name, bias), macs=macs)
    call.builder.folded += call.operation.fused


def gemm(call: Call) -> None:
    dims = call.weight(1)
    if call.tensor(call.inputs[0]).kind != "data" or call.attributes.get("transA", 0):
        raise UnreadableModelError("its first operand is transposed or constant")
    is_transposed = bool(call.attributes.get("transB", 0))
    bias = call.inputs[2] if call.has(2) else ""
    K = dims[0] if is_transposed else dims[1]
    if bias and call.tensor(bias).kind == "data":
        raise UnreadableModelError("its bias is not stored in the file")
    if bias and prod(call.weight(2)) != K:
        raise UnreadableModelError("its bias has another size than its output")
    fully_connected(call, 1, K, bias)


def matrix_product(call: Call) -> None:
    """Add FC for a product with a weight; the bias is added by an Add that follows."""
    if len(call.live) != 1:
        raise UnreadableModelError("a product of two tensors that both depend on the input")
    is_first = call.tensor(call.inputs[0]).kind == "data"
    if not is_first or len(dims := call.weight(1)) != 2:
        raise UnreadableModelError("its weight is not the second of two matrices")
    fully_connected(call, 1, dims[1], "")


def batch_norm(call: Call) -> None:
    if call.axis_named(1) not in ("C", "") or len(call.axes) not in (2, 4):
        raise UnreadableModelError("its input is not N x C x H x W")
    affine(call, "BN", {})


def affine(call: Call, kind: str, options: dict[str, Any]) -> None:
    """Add a norm. Scale and shift that are constants of the graph are no parameters."""
    depth = size_named(call.axes, "C")
    names = [name for place in (1, 2) if (name := call.vector(place, depth))]
    learned = [name for name in names if call.tensor(name).kind != "constant"]
    if len(learned) not in (0, 2):
        raise UnreadableModelError("it has a scale and no shift, or a shift and no scale")
    call.add(kind, {**options, "affine": bool(learned)}, weights=learned)


def instance_norm(call: Call) -> None:
    call.needs_map()
    affine(call, "IN", {})


def layer_norm(call: Call) -> None:
    axis = int(call.attributes.get("axis", -1)) % len(call.axes)
    if "".join(names_of(own) for own in call.axes[axis:]) not in ("C", ""):
        raise UnreadableModelError("it is over more than the channels")
    affine(call, "LN", {})


def layer_norm_of_operators(call: Call) -> None:
    """Add LN for the operators that an older exporter writes for it."""
    assert call.match is not None
    means = [inner for inner in call.match.operations if inner.type == "ReduceMean"]
    for inner in means:
        mean = Call(call.builder, inner, None)
        axes = mean.numbers(1, "axes") or []
        if "".join(call.axis_named(int(axis)) for axis in axes) not in ("C", ""):
            raise UnreadableModelError("a LayerNorm over other axes than the channels")
    weights = [call.match.names[word] for word in ("weight", "bias") if word in call.match.names]
    call.add("LN", {"affine": bool(weights)}, weights=weights)


def group_norm(call: Call) -> None:
    call.needs_map()
    affine(call, "GN", {"G": int(call.attributes["num_groups"])})


def group_norm_of_operators(call: Call) -> None:
    """Add GN for the InstanceNormalization of N x G x rest that torch writes for it."""
    assert call.match is not None
    call.needs_map()
    norm = next(op for op in call.match.operations if op.type == "InstanceNormalization")
    grouped = call.tensor(norm.inputs[0]).dims or ()
    depth = size_named(call.axes, "C")
    if any(call.tensor(name).kind == "weight" for name in norm.inputs[1:]):
        raise UnreadableModelError("an InstanceNormalization of groups with weights of its own")
    is_view_of_groups = len(grouped) == 3 and depth % grouped[1] == 0
    if not is_view_of_groups or call.output_dims != call.tensor(call.match.names["x"]).dims:
        raise UnreadableModelError("a view between the norms of groups")
    weights = [call.match.names[word] for word in ("weight", "bias") if word in call.match.names]
    if any(prod(call.tensor(name).dims or ()) != depth for name in weights):
        raise UnreadableModelError("its scale has another size than the channels")
    call.add("GN", {"G": grouped[1], "affine": bool(weights)}, weights=weights)


def prelu(call: Call) -> None:
    size, depth = prod(call.weight(1)), size_named(call.axes, "C")
    if size not in (1, depth):
        raise UnreadableModelError(f"it has {size:,} slopes for {depth:,} channels")
    options = {"per": "channel"} if size > 1 else {}
    call.add("PRELU", options, weights=call.inputs[1:2])


def late_bias(call: Call, source: Value, name: str) -> bool:
    """Add a vector to the layer before it as its bias. Return whether there is such a layer."""
    node = call.builder.nodes[source.node]
    options = dict(node.options)
    tensor = call.tensor(name)
    position = next((place for place, own in enumerate(source.axes) if names_of(own) == "C"), None)
    readers = call.builder.graph.consumers.get(
        next(name for name in call.inputs if call.tensor(name).kind == "data"), []
    )
    is_ready = (
        options.get("bias") is False
        and node.kind in ("FC", "CONV", "DWCONV", "TCONV", "SCALE")
        and len(readers) == 1
        and tensor.dims is not None
    )
    if not is_ready or tensor.dims is None:
        return False
    size = size_named(source.axes, "C")
    dims = (1,) * (len(source.axes) - len(tensor.dims)) + tensor.dims
    is_vector = position is not None and prod(dims) == dims[position] == size
    is_scalar = node.kind == "SCALE" and prod(dims) == 1 == node.parameters
    is_single = size == 1 == prod(dims)
    if not (is_vector or is_scalar or is_single):
        return False
    options["bias"] = True
    parameters = node.parameters + call.builder.use(name, call.operation)
    call.builder.nodes[source.node] = node._replace(
        options=tuple(options.items()), parameters=parameters
    )
    call.alias()
    return True
