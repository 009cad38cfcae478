"""Every layer kind as PyTorch modules: a function for each, and the table of them.

Pairs change their order: (W, H) in the notation is (H, W) in PyTorch. An argument that equals the
default of PyTorch is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from cnnsize.language.tree import Binary, Expression
from cnnsize.torch_code.expression import in_names_of, minus, names, over, text, times, value
from cnnsize.torch_code.layout import Code
from cnnsize.torch_code.ranks import MAP, VECTOR, size_of
from cnnsize.torch_code.site import Site


class LayerCode(NamedTuple):
    """The modules of a layer, and the depth that comes out of them."""

    modules: tuple[Code, ...]
    depth: Expression


def call(head: str, *arguments: str | Expression, **named: str | bool | Expression | None) -> Code:
    """Return ``head(arguments, name=value)``; a named argument of None is left out."""
    words = [word if isinstance(word, str) else text(word) for word in arguments]
    for key, given in named.items():
        if given is not None:
            words.append(f"{key}={given if isinstance(given, (str, bool)) else text(given)}")
    return Code(head, tuple(Code(word) for word in words))


def as_map(depth: Expression) -> Code:
    """Return the module that makes a map of one position, N x C x 1 x 1, of a vector N x C."""
    return call("nn.Unflatten", 1, f"({text(depth)}, 1, 1)")


def unless(given: str | Expression, default: str) -> str | None:
    """Return the value as text; None if it is the default of PyTorch."""
    word = given if isinstance(given, str) else text(given)
    return None if word == default else word


def features(site: Site) -> Expression:
    """Return the number of incoming values, as in ``in_channels * H * W``."""
    if site.rank == VECTOR:
        return site.depth
    area = site.common_area()
    candidate = None
    if area is not None:
        candidate = site.depth
        if area != (1, 1):
            for side in area:
                candidate = Binary("*", candidate, side)
    sizes = [size_of(volume) for volume in site.volumes]
    return site.numbers.number("in_features", sizes, candidate)


def product(expression: Expression) -> Expression:
    """Return one number for an expression without names: 1024 for 64 * 4 * 4."""
    return value(expression, {}) if not names(expression) else expression


# -- convolutions and pooling ----------------------------------------


def window_pair(field: str) -> Callable[[Any], tuple[int, int]]:
    """Return a function that reads a field of a layer's windows, as (W, H)."""
    return lambda layer: (getattr(layer.windows[0], field), getattr(layer.windows[1], field))


def conv(site: Site) -> LayerCode:
    depthwise = site.node.kind == "DWCONV"
    kernel = site.pair("F", window_pair("F"))
    stride = site.pair("S", window_pair("S"))
    dilation = site.pair("D", window_pair("D"))
    modules: list[Code] = []
    padding: str | None
    uneven = uneven_padding(site)
    if site.common(lambda layer: layer.same):
        padding = '"same"'
    elif uneven is not None:
        modules.append(call("nn.ZeroPad2d", uneven))
        padding = None
    else:
        padding = unless(
            site.pair("P", window_pair("before"), padding_that_keeps_size(site)),
            "0",
        )
    bias = None if site.common(lambda layer: layer.bias) else False
    if depthwise:
        channels = site.number("M", lambda layer: layer.M)
        out = times(site.depth, channels)
        groups = text(site.depth)
    else:
        out = site.number("K", lambda layer: layer.K)
        groups = text(site.number("G", lambda layer: layer.G))
    code = call(
        "nn.Conv2d",
        site.depth,
        out,
        kernel,
        stride=unless(stride, "1"),
        padding=padding,
        dilation=unless(dilation, "1"),
        groups=unless(groups, "1"),
        bias=bias,
    )
    return LayerCode((*modules, code), out)


def uneven_padding(site: Site) -> str | None:
    """Return TensorFlow's P=same as (left, right, top, bottom); None where both sides are alike."""

    def sides(layer: Any) -> tuple[int, int, int, int]:
        w, h = layer.windows
        return w.before, w.after, h.before, h.after

    is_even = all(
        left == right and top == bottom for left, right, top, bottom in site.at_each(sides)
    )
    return None if is_even else str(site.common(sides))


def padding_that_keeps_size(site: Site) -> tuple[Expression, Expression]:
    """Return D(F - 1)/2 along W and H, in the names of the block: F // 2 for an odd F, times D."""
    padding: list[Expression] = []
    for axis in (0, 1):
        F, D = site.candidate("F", axis), site.candidate("D", axis)
        half = 0 if F is None else over(F, 2)
        padding.append(half if D is None or D == 1 else times(D, half))
    return padding[0], padding[1]


def transposed(site: Site) -> LayerCode:
    out = site.number("K", lambda layer: layer.K)
    return LayerCode(
        (
            call(
                "nn.ConvTranspose2d",
                site.depth,
                out,
                site.pair("F", lambda layer: layer.F),
                stride=unless(site.pair("S", lambda layer: layer.S), "1"),
                padding=unless(site.pair("P", lambda layer: layer.P), "0"),
                output_padding=unless(
                    site.pair("output_padding", lambda layer: layer.output_padding), "0"
                ),
                groups=unless(site.number("G", lambda layer: layer.G), "1"),
                bias=None if site.common(lambda layer: layer.bias) else False,
                dilation=unless(site.pair("D", lambda layer: layer.D), "1"),
            ),
        ),
        out,
    )


def pool(site: Site) -> LayerCode:
    average = site.node.kind == "AVGPOOL"
    word = "Avg" if average else "Max"
    modules: list[Code] = []
    if site.common(lambda layer: layer.to is None):
        kernel = site.pair("F", window_pair("F"))
        stride = (
            site.pair("S", window_pair("S"))
            if (
                "S" in site.written
                or site.common(lambda layer: any(window.S != window.F for window in layer.windows))
            )
            else kernel
        )
        uneven = None if site.common(lambda layer: layer.same) else uneven_padding(site)
        if uneven is not None:
            zeros = ("nn.ZeroPad2d", uneven)
            least = ("nn.ConstantPad2d", uneven, 'float("-inf")')
            modules.append(call(*(zeros if average else least)))
        code = call(
            f"nn.{word}Pool2d",
            kernel,
            stride=unless(stride, kernel),
            padding=None if uneven else unless(site.pair("P", window_pair("before")), "0"),
            dilation=unless(site.pair("D", window_pair("D")), "1"),
            ceil_mode=True if site.common(lambda layer: layer.windows[0].ceil) else None,
            count_include_pad=False
            if average and not site.common(lambda layer: layer.include_pad)
            else None,
        )
    else:
        code = call(f"nn.Adaptive{word}Pool2d", site.pair("to", lambda layer: layer.to))
    return LayerCode((*modules, code), site.depth)


def global_pool(site: Site) -> LayerCode:
    if site.rank == VECTOR:  # one position already
        return LayerCode((), site.depth)
    word = "Avg" if site.node.kind == "GAP" else "Max"
    return LayerCode((call(f"nn.Adaptive{word}Pool2d", 1),), site.depth)


def dense(site: Site) -> LayerCode:
    out = site.number("K", lambda layer: layer.K)
    bias = None if site.common(lambda layer: layer.bias) else False
    code = call("nn.Linear", features(site), out, bias=bias)
    return LayerCode((call("nn.Flatten"), code) if site.rank == MAP else (code,), out)


ACTIVATIONS = {
    "RELU": "ReLU",
    "RELU6": "ReLU6",
    "LRELU": "LeakyReLU",
    "ELU": "ELU",
    "SELU": "SELU",
    "GELU": "GELU",
    "SILU": "SiLU",
    "MISH": "Mish",
    "HSWISH": "Hardswish",
    "HSIGMOID": "Hardsigmoid",
    "SIGMOID": "Sigmoid",
    "TANH": "Tanh",
    "SOFTPLUS": "Softplus",
}


def activation(site: Site) -> LayerCode:
    return LayerCode((call(f"nn.{ACTIVATIONS[site.node.kind]}"),), site.depth)


def softmax(site: Site) -> LayerCode:
    word = "Softmax" if site.node.kind == "SOFTMAX" else "LogSoftmax"
    return LayerCode((call(f"nn.{word}", 1),), site.depth)


def prelu(site: Site) -> LayerCode:
    each = site.common(lambda layer: layer.per_channel)
    return LayerCode((call("nn.PReLU", site.depth) if each else call("nn.PReLU"),), site.depth)


def batch_norm(site: Site) -> LayerCode:
    affine = None if site.common(lambda layer: layer.affine) else False
    word = "BatchNorm1d" if site.rank == VECTOR else "BatchNorm2d"
    return LayerCode((call(f"nn.{word}", site.depth, affine=affine),), site.depth)


def layer_norm(site: Site) -> LayerCode:
    affine = None if site.common(lambda layer: layer.affine) else False
    head = "nn.LayerNorm" if site.rank == VECTOR else "LayerNorm2d"
    return LayerCode((call(head, site.depth, elementwise_affine=affine),), site.depth)


def instance_norm(site: Site) -> LayerCode:
    affine = True if site.common(lambda layer: layer.affine) else None
    return LayerCode((call("nn.InstanceNorm2d", site.depth, affine=affine),), site.depth)


def group_norm(site: Site) -> LayerCode:
    affine = None if site.common(lambda layer: layer.affine) else False
    groups = site.number("G", lambda layer: layer.G)
    return LayerCode((call("nn.GroupNorm", groups, site.depth, affine=affine),), site.depth)


def response_norm(site: Site) -> LayerCode:
    return LayerCode((call("nn.LocalResponseNorm", 5),), site.depth)


def scale(site: Site) -> LayerCode:
    head = "ScaleShift" if site.common(lambda layer: layer.bias) else "Scale"
    return LayerCode((call(head, site.depth),), site.depth)


def dropout(site: Site) -> LayerCode:
    rate = site.common(lambda layer: layer.rate)
    if site.node.kind == "DROPPATH":
        return LayerCode((call("DropPath", repr(rate)),), site.depth)
    # a vector is a 1 x 1 map: dropping its maps is dropping its values
    head = "nn.Dropout2d" if site.node.kind == "DROPOUT2D" and site.rank == MAP else "nn.Dropout"
    return LayerCode((call(head) if rate == 0.5 else call(head, repr(rate)),), site.depth)


def flatten(site: Site) -> LayerCode:
    if site.rank == VECTOR:
        return LayerCode((), site.depth)
    return LayerCode((call("nn.Flatten"),), product(features(site)))


def in_names(site: Site, expression: Expression | None) -> Expression | None:
    """Return what was written, in the names of the source; None if it was left out."""
    return None if expression is None else in_names_of(expression, site.numbers.scope.letters)


def unflatten(site: Site) -> LayerCode:
    to = site.at_each(lambda layer: layer.to)
    given = site.node.shape or (None, None, None)
    D, H, W = (
        site.numbers.number(
            word, [getattr(volume, axis) for volume in to], in_names(site, given[index])
        )
        for word, axis, index in (("depth", "D", 2), ("height", "H", 1), ("width", "W", 0))
    )
    code = call("nn.Unflatten", 1, f"({text(D)}, {text(H)}, {text(W)})")
    return LayerCode((call("nn.Flatten"), code) if site.rank == MAP else (code,), D)


def up(site: Site) -> LayerCode:
    mode = site.common(lambda layer: layer.mode)
    word = None if mode == "nearest" else f'"{mode}"'
    if site.common(lambda layer: layer.to is None):
        factor = site.pair("factor", lambda layer: layer.factor)
        code = call("nn.Upsample", scale_factor=factor, mode=word)
    else:
        code = call("nn.Upsample", site.pair("to", lambda layer: layer.to), mode=word)
    return LayerCode((code,), site.depth)


def pixel_shuffle(site: Site) -> LayerCode:
    k = site.number("factor", lambda layer: layer.factor)
    return LayerCode((call("nn.PixelShuffle", k),), over(site.depth, times(k, k)))


def pixel_unshuffle(site: Site) -> LayerCode:
    k = site.number("factor", lambda layer: layer.factor)
    return LayerCode((call("nn.PixelUnshuffle", k),), times(site.depth, times(k, k)))


def channel_shuffle(site: Site) -> LayerCode:
    return LayerCode(
        (call("nn.ChannelShuffle", site.number("G", lambda layer: layer.G)),), site.depth
    )


def pad(site: Site) -> LayerCode:
    if "P" in site.written:
        w = site.number("P", lambda layer: layer.left, axis=0)
        h = site.number("P", lambda layer: layer.top, axis=1)
        left, right, top, bottom = w, w, h, h
    else:
        left, right, top, bottom = (
            site.number(side, lambda layer, side=side: getattr(layer, side))  # type: ignore[misc]
            for side in ("left", "right", "top", "bottom")
        )
    sides = [text(side) for side in (left, right, top, bottom)]
    code = call("nn.ZeroPad2d", sides[0] if len(set(sides)) == 1 else f"({', '.join(sides)})")
    return LayerCode((code,), site.depth)


def crop(site: Site) -> LayerCode:
    shape = site.node.shape or (None, None)
    W, H = (
        site.numbers.number(
            word,
            [to[axis] for to in site.at_each(lambda layer: layer.to)],
            in_names(site, shape[axis]),
        )
        for axis, word in ((0, "width"), (1, "height"))
    )
    if site.common(lambda layer: layer.left is None):
        return LayerCode((call("CenterCrop", H, W),), site.depth)
    left, top = (
        site.number("left", lambda layer: layer.left),
        site.number("top", lambda layer: layer.top),
    )
    return LayerCode((call("Crop", H, W, top, left),), site.depth)


def slice_(site: Site) -> LayerCode:
    start = site.number("from", lambda layer: layer.start)
    # without a `to` it runs to the last channel, which is another one wherever another volume comes
    # in
    stops = [
        volume.D if stop is None else stop
        for stop, volume in zip(site.at_each(lambda layer: layer.stop), site.volumes, strict=True)
    ]
    stop = site.numbers.number("to", stops, site.candidate("to"), site.depth)
    return LayerCode((call("Slice", start, stop),), minus(stop, start))


def nothing(site: Site) -> LayerCode:
    return LayerCode((), site.depth)


EMITTERS: dict[str, Callable[[Site], LayerCode]] = {
    "INPUT": nothing,
    "CONV": conv,
    "DWCONV": conv,
    "TCONV": transposed,
    "POOL": pool,
    "AVGPOOL": pool,
    "GAP": global_pool,
    "GMP": global_pool,
    "FC": dense,
    **dict.fromkeys(ACTIVATIONS, activation),
    "PRELU": prelu,
    "SOFTMAX": softmax,
    "LOGSOFTMAX": softmax,
    "BN": batch_norm,
    "LN": layer_norm,
    "IN": instance_norm,
    "GN": group_norm,
    "LRN": response_norm,
    "SCALE": scale,
    "DROPOUT": dropout,
    "DROPOUT2D": dropout,
    "DROPPATH": dropout,
    "FLATTEN": flatten,
    "UNFLATTEN": unflatten,
    "UP": up,
    "PIXELSHUFFLE": pixel_shuffle,
    "PIXELUNSHUFFLE": pixel_unshuffle,
    "CHSHUFFLE": channel_shuffle,
    "PAD": pad,
    "CROP": crop,
    "SLICE": slice_,
    "OUTPUT": nothing,
    "LOSS": nothing,
}
