"""Layers of Keras applied to a tensor: a table by their names."""

from __future__ import annotations

import ast
from collections.abc import Callable

from cnnsize.models.axes import (
    axis_of,
    is_map,
    is_vector,
    size_named,
    volume_of,
)
from cnnsize.models.source.errors import RefusedError, StatedError, Statement
from cnnsize.models.source.findings.finding import inputs_before
from cnnsize.models.source.keras.application import KerasCall
from cnnsize.models.source.keras.joins import JOIN_LAYERS, joined
from cnnsize.models.source.keras.reshapes import (
    center_crop,
    crop,
    depth_to_space,
    flatten,
    pad,
    permute,
    reshape,
    resize,
    upsample,
)
from cnnsize.models.source.keras.signatures import AUGMENTATIONS, known
from cnnsize.models.source.keras.windows import (
    convolution,
    depthwise_convolution,
    global_pool,
    pool,
    separable_convolution,
    transposed_convolution,
)
from cnnsize.models.source.machine import Machine, Place
from cnnsize.models.source.tensors.arithmetic import ARITHMETIC_NOTE
from cnnsize.models.source.values.keras import KerasLayer
from cnnsize.models.source.values.number import has_letters
from cnnsize.models.source.values.objects import Arguments, NotReadError, Tensor, Unknown, Value
from cnnsize.text.english import counted

AUGMENTATION_NOTE = "augmentation layers change no size and are left out"
BUILT = frozenset(  # layers with weights for the channels of their first input
    [
        *("Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Conv2DTranspose", "Dense"),
        *("BatchNormalization", "LayerNormalization", "GroupNormalization"),
    ]
)
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
        is_number = isinstance(rate, (int, float)) and not has_letters(rate)
        if not is_number or rate == 1:
            raise call.fail("rate", "is no number below 1")
        if not 0 <= rate < 1:
            raise call.refused("rate must be from 0 to 1", "rate", label=str(rate))
        return call.add(kind, {"rate": float(rate)}, axes=call.tensor.axes)

    return apply


def left_out(note: str) -> Callable[[KerasCall], Tensor]:
    """Return the function for a layer that changes no size and has no weights."""

    def apply(call: KerasCall) -> Tensor:
        if note:
            call.machine.notes[note] = None
        return call.tensor

    return apply


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
    if layer.name in BUILT:
        require_depth(machine, layer, value, node)
    return function(KerasCall(machine, layer, value, node))


def require_depth(machine: Machine, layer: KerasLayer, tensor: Tensor, node: ast.AST) -> None:
    """Raise RefusedError unless a layer with weights receives as many channels as at first."""
    built = layer.built
    if built is None:
        layer.built = tensor
        return
    expected, received = (volume_of(own.axes).D for own in (built, tensor))
    is_known = not has_letters(expected) and not has_letters(received)
    inputs = inputs_before(machine, [built])
    is_same_network = bool(set(inputs).intersection(inputs_before(machine, [tensor])))
    if not is_known or expected == received or not is_same_network:
        return
    message = f"{layer.name} expects {counted(expected, 'input channel')} but receives {received:,}"
    related = ((layer.node, f"first applied to {counted(expected, 'channel')}"),)
    statement = Statement(message, numbers=(expected, received), related=related)
    raise machine.refused(StatedError(message, node, statement, "CNN120", tensors=[tensor]))
