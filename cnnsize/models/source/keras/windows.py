"""Layers of Keras with windows: convolutions and pools. ``same`` is padded for the actual size."""

from __future__ import annotations

from typing import Any, NamedTuple

from cnnsize.layers.conv import TransposedConv, tensorflow_windows
from cnnsize.layers.volume import Window
from cnnsize.models.axes import size_of, volume_of
from cnnsize.models.source.errors import RefusedError
from cnnsize.models.source.keras.application import KerasCall
from cnnsize.models.source.tensors.graph import layer_of
from cnnsize.models.source.values.objects import Tensor

Pair = tuple[int, int]
SAME_NOTE = "padding='same' with strides is written as Keras pads for this input; others may differ"
PADDED_POOL_NOTE = "the padding of a pool that differs between the sides is written as zeros"


class Padding(NamedTuple):
    """A padding along (W, H); ``before`` is left and top."""

    before: Pair
    after: Pair


def is_same(call: KerasCall) -> bool:
    """Return whether a layer has padding='same'. Raises RefusedError for another word."""
    padding = call.argument("padding")
    word = padding.lower() if isinstance(padding, str) else padding
    if word == "full" or not isinstance(word, str):  # of Keras 1 on Theano
        raise call.fail("padding", f"is {padding!r}")
    if word not in ("same", "valid"):
        raise call.refused("padding must be 'same' or 'valid'", "padding", label=repr(padding))
    return word == "same"


def same_padding(call: KerasCall, F: Pair, S: Pair, D: Pair = (1, 1)) -> Padding:
    """Return the padding of 'same' for the size of the input: the output is ceil(W/S)."""
    if S != (1, 1):
        call.machine.notes[SAME_NOTE] = None
    windows = (Window(F[0], S[0], D=D[0]), Window(F[1], S[1], D=D[1]))
    w, h = tensorflow_windows(windows, volume_of(call.tensor.axes))
    return Padding((w.before, h.before), (w.after, h.after))


def pad_before(call: KerasCall, padding: Padding) -> None:
    """Add a PAD for a padding that differs between the sides."""
    (left, top), (right, bottom) = padding
    sides = {"left": left, "top": top, "right": right, "bottom": bottom}
    call.add("PAD", {side: size for side, size in sides.items() if size})


def window_options(call: KerasCall) -> dict[str, Any]:
    """Return F, S, P and D of a convolution; a PAD is added where no single P does it."""
    F, S, D = call.pair("kernel_size"), call.pair("strides"), call.pair("dilation_rate")
    if S != (1, 1) and D != (1, 1):
        if "depth_multiplier" in call.layer.arguments:
            what = "together with a dilation_rate depends on the backend"
            raise call.fail("strides", what)
        raise dilated(call, S, D)
    P: Any = (0, 0)
    if is_same(call):
        padding = same_padding(call, F, S, D)
        if padding.before == padding.after:
            P = padding.before
        elif S == (1, 1):
            P = "same"
        else:
            pad_before(call, padding)
    return {"F": F, "S": S, "P": P, "D": D}


def dilated(call: KerasCall, S: Pair, D: Pair) -> RefusedError:
    """Return the error for strides together with a dilation_rate."""
    strides, rate = (f"{W}" if W == H else f"({H}, {W})" for W, H in (S, D))
    message = f"strides={strides} together with dilation_rate={rate}"
    return call.refused(message, "dilation_rate", label="one of them must be 1")


def convolution(call: KerasCall) -> Tensor:
    call.need_map()
    K = call.width("filters")
    window = window_options(call)
    options = {"F": window.pop("F"), "K": K, **window}
    options["G"] = call.width("groups")
    options["bias"] = call.flag("use_bias")
    call.add("CONV", options)
    return call.activate()


def depthwise_convolution(call: KerasCall) -> Tensor:
    call.need_map()
    options = window_options(call)
    options["M"] = call.width("depth_multiplier")
    options["bias"] = call.flag("use_bias")
    call.add("DWCONV", options)
    return call.activate()


def separable_convolution(call: KerasCall) -> Tensor:
    call.need_map()
    K = call.width("filters")
    options = window_options(call)
    options |= {"M": call.width("depth_multiplier"), "bias": False}
    call.add("DWCONV", options)
    pointwise = {"F": (1, 1), "K": K, "S": (1, 1), "P": (0, 0), "D": (1, 1), "G": 1}
    call.add("CONV", {**pointwise, "bias": call.flag("use_bias")})
    return call.activate()


def transposed_convolution(call: KerasCall) -> Tensor:
    call.need_map()
    options: dict[str, Any] = {
        "F": call.pair("kernel_size"),
        "K": call.width("filters"),
        "S": call.pair("strides"),
        "P": (0, 0),
        "D": call.pair("dilation_rate"),
        "G": 1,
    }
    S, D = options["S"], options["D"]
    if S != (1, 1) and D != (1, 1):
        raise dilated(call, S, D)
    more = call.argument("output_padding")
    same = is_same(call)
    spans = [D * (F - 1) + 1 for F, D in zip(options["F"], options["D"], strict=True)]
    if more is not None:
        options["P"] = tuple(span // 2 if same else 0 for span in spans)
        own = options["output_padding"] = call.pair("output_padding", least=0)
        if own[0] >= S[0] or own[1] >= S[1]:
            axis = 0 if own[0] >= S[0] else 1
            label = f"{own[axis]} >= {S[axis]}"
            message = "output_padding must be smaller than strides"
            raise call.refused(message, "output_padding", label=label)
    elif same:
        return same_transposed(call, options, spans)
    else:  # the output is at least W S
        rest = [max(0, S - span) for S, span in zip(options["S"], spans, strict=True)]
        options["output_padding"] = tuple(rest)
    options["bias"] = call.flag("use_bias")
    call.add("TCONV", options)
    return call.activate()


def same_transposed(call: KerasCall, options: dict[str, Any], spans: list[int]) -> Tensor:
    """Add a transposed convolution whose output is W S.

    Where PyTorch has no output_padding for it, as with S = 1, a CROP takes off the last row or column.
    """
    volume = volume_of(call.tensor.axes)
    layer = layer_of("TCONV", {**options, "P": "same"}, call.layer.node)
    assert isinstance(layer, TransposedConv)
    padded = layer.tensorflow(volume)
    padding, more = list(padded.P), list(padded.output_padding)
    for axis, (S, D) in enumerate(zip(options["S"], options["D"], strict=True)):
        if more[axis] >= max(S, D):
            padding[axis], more[axis] = (spans[axis] - S) // 2, 0
    options["P"], options["output_padding"] = tuple(padding), tuple(more)
    options["bias"] = call.flag("use_bias")
    call.add("TCONV", options)
    size = volume.W * options["S"][0], volume.H * options["S"][1]
    if volume_of(call.tensor.axes)[:2] != size:
        call.add("CROP", {"shape": size, "left": 0, "top": 0})
    return call.activate()


def pool(kind: str) -> Any:
    """Return the function for a pool."""

    def apply(call: KerasCall) -> Tensor:
        call.need_map()
        F = call.pair("pool_size")
        S = F if call.argument("strides") is None else call.pair("strides")
        options: dict[str, Any] = {"F": F, "S": S, "P": (0, 0)}
        padding = same_padding(call, F, S) if is_same(call) else Padding((0, 0), (0, 0))
        ceil = False
        is_counted = padding.before == padding.after == (0, 0)
        if padding.before == padding.after:
            options["P"] = padding.before
        elif reaches_by_ceil(call, padding, F, S):
            options["P"], ceil = padding.before, True
            is_counted = padding.before == (0, 0)
        else:
            pad_before(call, padding)
            call.machine.notes[PADDED_POOL_NOTE] = None
            is_counted = True
        if kind == "POOL":
            options["D"] = (1, 1)
        options["ceil"] = ceil
        if kind == "AVGPOOL":
            options["include_pad"] = is_counted
        return call.add(kind, options)

    return apply


def reaches_by_ceil(call: KerasCall, padding: Padding, F: Pair, S: Pair) -> bool:
    """Return whether ``ceil`` has the effect of a padding that is larger at the end."""
    volume = volume_of(call.tensor.axes)
    for axis in (0, 1):
        before = padding.before[axis]
        window = Window(F[axis], S[axis], before, before, ceil=True)
        if window.fit(volume[axis])[0] != -(-volume[axis] // S[axis]):
            return False
    return True


def global_pool(kind: str) -> Any:
    """Return the function for a pool over the whole map."""

    def apply(call: KerasCall) -> Tensor:
        call.need_map()
        keeps = call.flag("keepdims")
        order = call.machine.order
        axes = tuple(
            () if name in "HW" else axis
            for name, axis in zip(order, call.tensor.axes, strict=True)
            if keeps or name not in "HW"
        )
        assert size_of(axes[0]) >= 1
        return call.add(kind, axes=axes)

    return apply
