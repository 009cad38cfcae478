"""Functions of tensors in a forward method, as the layers that do the same."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from cnnsize.language.pastes.code.calls import CallWriter
from cnnsize.language.pastes.code.constants import constant_of, number_of
from cnnsize.language.pastes.code.values import (
    Layer,
    Part,
    last_name,
)

Convert = Callable[[CallWriter, ast.Call, list[ast.expr]], Layer | None]

# functions of torch.nn.functional, torch and tf.nn -> the class that does the same
CLASSES = {
    "relu": "ReLU",
    "relu_": "ReLU",
    "relu6": "ReLU6",
    "leaky_relu": "LeakyReLU",
    "elu": "ELU",
    "selu": "SELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "swish": "SiLU",
    "mish": "Mish",
    "hardswish": "Hardswish",
    "hardsigmoid": "Hardsigmoid",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "softplus": "Softplus",
    "softmax": "Softmax",
    "log_softmax": "LogSoftmax",
    "max_pool2d": "MaxPool2d",
    "avg_pool2d": "AvgPool2d",
    "adaptive_avg_pool2d": "AdaptiveAvgPool2d",
    "adaptive_max_pool2d": "AdaptiveMaxPool2d",
    "dropout": "Dropout",
    "dropout2d": "Dropout2d",
    "interpolate": "Upsample",
    "flatten": "Flatten",
    "pixel_shuffle": "PixelShuffle",
    "channel_shuffle": "ChannelShuffle",
}
# arguments of the functions that their classes do not have, and that change no size
# the number of arguments of the class, where the function has more
MOST = {"dropout": 1, "dropout2d": 1}
SPATIAL = ((2, 3), (3, 2), (-2, -1), (-1, -2))  # axes of PyTorch's maps
SPATIAL_LAST = ((1, 2), (2, 1), (-3, -2), (-2, -3))  # of TensorFlow's
DROPPED = frozenset({"training", "inplace", "dtype", "name", "axis", "_stacklevel"})


def as_class(calls: CallWriter, node: ast.Call, rest: list[ast.expr]) -> Layer:
    """Return ``F.max_pool2d(x, 2)`` as ``nn.MaxPool2d(2)``."""
    function = last_name(node.func)
    keywords = [word for word in node.keywords if word.arg not in DROPPED]
    most = MOST.get(function, len(rest))
    return calls.write("nn.", CLASSES[function], node, rest[:most], keywords)


def as_mean(calls: CallWriter, node: ast.Call, rest: list[ast.expr]) -> Layer:
    """Return ``x.mean((2, 3))`` as a global average pool.

    Raises ArchitectureError for other axes.
    """
    named = [word.value for word in node.keywords if word.arg in ("dim", "axis")]
    axes = [constant_of(value, calls.names) for value in (*rest[:1], *named)]
    place = calls.code.span(node)
    spatial = SPATIAL_LAST if last_name(node.func) == "reduce_mean" else SPATIAL
    if len(axes) != 1 or axes[0] is None or axes[0].value not in spatial:
        calls.code.fail(
            "only the mean over height and width is read",
            place,
            code="CNN003",
            help=(f"write GAP for a mean over {spatial[0]}",),
        )
    return Layer("GAP", [Part("GAP", place)], place)


def as_flatten(calls: CallWriter, node: ast.Call, rest: list[ast.expr]) -> Layer:
    """Return ``x.view(-1, 400)``, ``x.reshape(n, -1)`` as a flattening to so many values.

    Raises ArchitectureError for any other shape.
    """
    sizes = (
        [*rest[0].elts] if len(rest) == 1 and isinstance(rest[0], (ast.Tuple, ast.List)) else rest
    )
    place = calls.code.span(node)
    if len(sizes) != 2:
        calls.code.fail(
            "this reshape is not a flattening",
            place,
            code="CNN003",
            help=("write UNFLATTEN[WxHxD] for a vector that becomes a map",),
        )
    values = number_of(sizes[1], calls.names)
    parts = [Part("nn.Flatten()", place)]
    if isinstance(values, int) and values > 0:
        parts.append(Part(f": [1x1x{values}]", calls.code.span(sizes[1])))
    return Layer("Flatten", parts, place)


def as_squeeze(calls: CallWriter, node: ast.Call, rest: list[ast.expr]) -> Layer:
    """Return ``x.squeeze()``, which makes a vector of a 1x1 map, as a flattening."""
    calls.notes["squeeze() of a 1x1 map is read as FLATTEN"] = None
    place = calls.code.span(node)
    return Layer("Flatten", [Part("nn.Flatten()", place)], place)


def as_pad(calls: CallWriter, node: ast.Call, rest: list[ast.expr]) -> Layer | None:
    """Return ``F.pad(x, (1, 1, 1, 1))`` as PAD.

    Raises ArchitectureError for paddings that are not in the text, or below 0.
    """
    words = {word.arg: word.value for word in node.keywords}
    given = [*rest[:1], *(words[key] for key in ("pad", "paddings") if key in words)]
    constant = constant_of(given[0], calls.names) if given else None
    sides = padded_sides(None if constant is None else constant.value)
    place = calls.code.span(node)
    if sides is None:
        calls.code.fail(
            "this padding is not read",
            place,
            code="CNN003",
            help=("write it as PAD(left=1, right=1, top=1, bottom=1)",),
        )
    named = [words["mode"]] if "mode" in words else []
    modes = [constant_of(value, calls.names) for value in (*rest[1:2], *named)]
    if any(mode is None or str(mode.value).lower() != "constant" for mode in modes):
        calls.notes[
            "PAD pads with zeros, and this padding with other values: the sizes are the same"
        ] = None
    names = ("left", "right", "top", "bottom", "front", "back")
    options = [f"{name}={side}" for name, side in zip(names, sides, strict=False) if side]
    return Layer("PAD", [Part(f"PAD({', '.join(options)})", place)], place) if options else None


def padded_sides(value: object) -> list[int] | None:
    """Return left, right, top, bottom, front and back, as far as they are given; None for others."""
    if not isinstance(value, tuple):
        return None
    if len(value) == 4 and all(isinstance(pair, tuple) for pair in value):  # of tf.pad
        value = (*value[2], *value[1]) if value[0] == value[3] == (0, 0) else ()
    sides = [side for side in value if isinstance(side, int) and side >= 0]
    return sides if len(sides) == len(value) and len(value) in (2, 4, 6) else None


def as_nothing(calls: CallWriter, node: ast.Call, rest: list[ast.expr]) -> None:
    """Return no layer: the function changes no value."""


FUNCTIONS: Mapping[str, Convert] = {
    **dict.fromkeys(CLASSES, as_class),
    "reshape": as_flatten,
    "pad": as_pad,
    "squeeze": as_squeeze,
    "mean": as_mean,
    "reduce_mean": as_mean,
}
METHODS: Mapping[str, Convert] = {
    **dict.fromkeys(
        ("relu", "relu_", "sigmoid", "tanh", "softmax", "log_softmax", "flatten"), as_class
    ),
    **dict.fromkeys(("view", "reshape"), as_flatten),
    "squeeze": as_squeeze,
    "mean": as_mean,
    **dict.fromkeys(("contiguous", "float", "to", "cuda", "cpu"), as_nothing),
}
