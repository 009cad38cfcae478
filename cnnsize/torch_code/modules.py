"""The torch line of every kind of layer: one function a kind, and the table of them.

Pairs turn round: W x H here is (H, W) there. What equals a default of torch is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from cnnsize.language.tree import Binary, Expression
from cnnsize.layers import KINDS
from cnnsize.layers.volume import Volume
from cnnsize.torch_code.expression import minus, names, over, plus, text, times, value
from cnnsize.torch_code.layout import Code
from cnnsize.torch_code.site import MAP, VECTOR, Rank, Site


class Made(NamedTuple):
    """The modules of a layer, and the depth that comes out of them."""

    modules: tuple[Code, ...]
    depth: Expression


def call(head: str, *arguments: str | Expression, **named: str | bool | Expression | None) -> Code:
    """``head(arguments, name=value)``; a value of None is left out."""
    words = [one if isinstance(one, str) else text(one) for one in arguments]
    for key, one in named.items():
        if one is not None:
            words.append(f"{key}={one if isinstance(one, (str, bool)) else text(one)}")
    return Code(head, tuple(Code(word) for word in words))


def unless(given: str | Expression, default: str) -> str | None:
    """The value as text, or None where torch takes it anyway."""
    word = given if isinstance(given, str) else text(given)
    return None if word == default else word


def flat(volume: Volume) -> int:
    return volume.W * volume.H * volume.D


def features(site: Site) -> Expression:
    """How many values come in, as in_channels * H * W."""
    if site.rank == VECTOR:
        return site.depth
    area = site.alike(lambda volume: (volume.H, volume.W))
    candidate = None
    if area is not None:
        candidate = site.depth
        if area != (1, 1):
            for side in area:
                candidate = Binary("*", candidate, side)
    return site.numbers.number("in_features", [flat(volume) for volume in site.volumes], candidate)


def product(expression: Expression) -> Expression:
    """One number where there is no name in it: 1024 for 64 * 4 * 4."""
    return value(expression, {}) if not names(expression) else expression


def conv(site: Site) -> Made:
    depthwise = site.node.kind == "DWCONV"
    kernel = site.pair("F", lambda layer: (layer.windows[0].F, layer.windows[1].F))
    stride = site.pair("S", lambda layer: (layer.windows[0].S, layer.windows[1].S))
    dilation = site.pair("D", lambda layer: (layer.windows[0].D, layer.windows[1].D))
    modules: list[Code] = []
    padding: str | None
    sides = [
        (w.before, h.before, w.after, h.after) for w, h in site.every(lambda layer: layer.windows)
    ]
    if site.same(lambda layer: layer.same):
        padding = '"same"'
    elif any(side[:2] != side[2:] for side in sides):  # TensorFlow's P=same
        left, top, right, bottom = site.same(
            lambda layer: tuple(
                getattr(layer.windows[axis], end) for end in ("before", "after") for axis in (0, 1)
            )
        )
        modules.append(call("nn.ZeroPad2d", f"({left}, {right}, {top}, {bottom})"))
        padding = None
    else:
        padding = unless(
            site.pair(
                "P", lambda layer: (layer.windows[0].before, layer.windows[1].before), kept(site)
            ),
            "0",
        )
    bias = None if site.same(lambda layer: layer.bias) else False
    if depthwise:
        channels = site.number("M", lambda layer: layer.M)
        out = times(site.depth, channels)
        groups = text(site.depth)
    else:
        out = site.number("K", lambda layer: layer.K)
        groups = text(site.number("G", lambda layer: layer.G))
    made = call(
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
    return Made((*modules, made), out)


def kept(site: Site) -> tuple[Expression, Expression]:
    """The padding of an odd filter that keeps its size, D(F - 1)/2, in the letters of the block."""
    found: list[Expression] = []
    for axis in (0, 1):
        F, D = site.candidate("F", axis), site.candidate("D", axis)
        half = 0 if F is None else over(F, 2)
        found.append(half if D is None or D == 1 else times(D, half))
    return found[0], found[1]


def transposed(site: Site) -> Made:
    out = site.number("K", lambda layer: layer.K)
    return Made(
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
                bias=None if site.same(lambda layer: layer.bias) else False,
                dilation=unless(site.pair("D", lambda layer: layer.D), "1"),
            ),
        ),
        out,
    )


def pool(site: Site) -> Made:
    average = site.node.kind == "AVGPOOL"
    word = "Avg" if average else "Max"
    if site.same(lambda layer: layer.to is None):
        kernel = site.pair("F", lambda layer: (layer.windows[0].F, layer.windows[1].F))
        stride = (
            site.pair("S", lambda layer: (layer.windows[0].S, layer.windows[1].S))
            if (
                "S" in site.written
                or site.same(lambda layer: any(window.S != window.F for window in layer.windows))
            )
            else kernel
        )
        made = call(
            f"nn.{word}Pool2d",
            kernel,
            stride=unless(stride, kernel),
            padding=unless(
                site.pair("P", lambda layer: (layer.windows[0].before, layer.windows[1].before)),
                "0",
            ),
            dilation=unless(
                site.pair("D", lambda layer: (layer.windows[0].D, layer.windows[1].D)), "1"
            ),
            ceil_mode=True if site.same(lambda layer: layer.windows[0].ceil) else None,
            count_include_pad=False
            if average and not site.same(lambda layer: layer.include_pad)
            else None,
        )
    else:
        made = call(f"nn.Adaptive{word}Pool2d", site.pair("to", lambda layer: layer.to))
    return Made((made,), site.depth)


def global_pool(site: Site) -> Made:
    if site.rank == VECTOR:  # one position already
        return Made((), site.depth)
    word = "Avg" if site.node.kind == "GAP" else "Max"
    return Made((call(f"nn.Adaptive{word}Pool2d", 1),), site.depth)


def dense(site: Site) -> Made:
    out = site.number("K", lambda layer: layer.K)
    bias = None if site.same(lambda layer: layer.bias) else False
    made = call("nn.Linear", features(site), out, bias=bias)
    return Made((call("nn.Flatten"), made) if site.rank == MAP else (made,), out)


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


def activation(site: Site) -> Made:
    return Made((call(f"nn.{ACTIVATIONS[site.node.kind]}"),), site.depth)


def softmax(site: Site) -> Made:
    word = "Softmax" if site.node.kind == "SOFTMAX" else "LogSoftmax"
    return Made((call(f"nn.{word}", 1),), site.depth)


def prelu(site: Site) -> Made:
    each = site.same(lambda layer: layer.per_channel)
    return Made((call("nn.PReLU", site.depth) if each else call("nn.PReLU"),), site.depth)


def batch_norm(site: Site) -> Made:
    affine = None if site.same(lambda layer: layer.affine) else False
    word = "BatchNorm1d" if site.rank == VECTOR else "BatchNorm2d"
    return Made((call(f"nn.{word}", site.depth, affine=affine),), site.depth)


def layer_norm(site: Site) -> Made:
    affine = None if site.same(lambda layer: layer.affine) else False
    head = "nn.LayerNorm" if site.rank == VECTOR else "LayerNorm2d"
    return Made((call(head, site.depth, elementwise_affine=affine),), site.depth)


def instance_norm(site: Site) -> Made:
    affine = True if site.same(lambda layer: layer.affine) else None
    return Made((call("nn.InstanceNorm2d", site.depth, affine=affine),), site.depth)


def group_norm(site: Site) -> Made:
    affine = None if site.same(lambda layer: layer.affine) else False
    groups = site.number("G", lambda layer: layer.G)
    return Made((call("nn.GroupNorm", groups, site.depth, affine=affine),), site.depth)


def response_norm(site: Site) -> Made:
    return Made((call("nn.LocalResponseNorm", 5),), site.depth)


def scale(site: Site) -> Made:
    head = "ScaleShift" if site.same(lambda layer: layer.bias) else "Scale"
    return Made((call(head, site.depth),), site.depth)


def dropout(site: Site) -> Made:
    rate = site.same(lambda layer: layer.rate)
    if site.node.kind == "DROPPATH":
        return Made((call("DropPath", repr(rate)),), site.depth)
    # a vector is a 1 x 1 map: dropping its maps is dropping its values
    head = "nn.Dropout2d" if site.node.kind == "DROPOUT2D" and site.rank == MAP else "nn.Dropout"
    return Made((call(head) if rate == 0.5 else call(head, repr(rate)),), site.depth)


def flatten(site: Site) -> Made:
    if site.rank == VECTOR:
        return Made((), site.depth)
    return Made((call("nn.Flatten"),), product(features(site)))


def unflatten(site: Site) -> Made:
    to = site.every(lambda layer: layer.to)
    given = site.node.shape or (None, None, None)
    D, H, W = (
        site.numbers.number(
            word, [getattr(volume, axis) for volume in to], letter(site, given[index])
        )
        for word, axis, index in (("depth", "D", 2), ("height", "H", 1), ("width", "W", 0))
    )
    made = call("nn.Unflatten", 1, f"({text(D)}, {text(H)}, {text(W)})")
    return Made((call("nn.Flatten"), made) if site.rank == MAP else (made,), D)


def letter(site: Site, expression: Expression | None) -> Expression | None:
    """What was written, in the letters of the source."""
    from cnnsize.torch_code.expression import renamed

    if expression is None:
        return None
    try:
        return renamed(expression, site.numbers.scope.letters)
    except (KeyError, ZeroDivisionError):
        return None


def up(site: Site) -> Made:
    mode = site.same(lambda layer: layer.mode)
    factor = site.pair("factor", lambda layer: layer.factor)
    made = call("nn.Upsample", scale_factor=factor, mode=None if mode == "nearest" else f'"{mode}"')
    return Made((made,), site.depth)


def pixel_shuffle(site: Site) -> Made:
    k = site.number("factor", lambda layer: layer.factor)
    return Made((call("nn.PixelShuffle", k),), over(site.depth, times(k, k)))


def pixel_unshuffle(site: Site) -> Made:
    k = site.number("factor", lambda layer: layer.factor)
    return Made((call("nn.PixelUnshuffle", k),), times(site.depth, times(k, k)))


def channel_shuffle(site: Site) -> Made:
    return Made((call("nn.ChannelShuffle", site.number("G", lambda layer: layer.G)),), site.depth)


def pad(site: Site) -> Made:
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
    made = call("nn.ZeroPad2d", sides[0] if len(set(sides)) == 1 else f"({', '.join(sides)})")
    return Made((made,), site.depth)


def crop(site: Site) -> Made:
    shape = site.node.shape or (None, None)
    W, H = (
        site.numbers.number(
            word, [to[axis] for to in site.every(lambda layer: layer.to)], letter(site, shape[axis])
        )
        for axis, word in ((0, "width"), (1, "height"))
    )
    if site.same(lambda layer: layer.left is None):
        return Made((call("CenterCrop", H, W),), site.depth)
    left, top = (
        site.number("left", lambda layer: layer.left),
        site.number("top", lambda layer: layer.top),
    )
    return Made((call("Crop", H, W, top, left),), site.depth)


def slice_(site: Site) -> Made:
    start = site.number("from", lambda layer: layer.start)
    # without a `to` it runs to the last channel, which is another one wherever another volume comes
    # in
    stops = [
        volume.D if stop is None else stop
        for stop, volume in zip(site.every(lambda layer: layer.stop), site.volumes, strict=True)
    ]
    stop = site.numbers.number("to", stops, site.candidate("to"), site.depth)
    return Made((call("Slice", start, stop),), minus(stop, start))


def nothing(site: Site) -> Made:
    return Made((), site.depth)


EMITTERS: dict[str, Callable[[Site], Made]] = {
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
NEEDS_MAP = frozenset(kind for kind, cls in KINDS.items() if cls.traits.needs_map)
BY_VALUE = frozenset(
    {*ACTIVATIONS, "DROPOUT", "OUTPUT", "LOSS"}
)  # of a map flattened before they are the map flattened


def rank_after(kind: str, rank: Rank) -> Rank:
    """What a layer makes of a map (N x C x H x W) or of a vector (N x D)."""
    if kind in ("FC", "FLATTEN"):
        return VECTOR
    return MAP if kind == "UNFLATTEN" or kind in NEEDS_MAP else rank


def total(depths: list[Expression]) -> Expression:
    """The depth of a CAT."""
    found: Expression = 0
    for depth in depths:
        found = plus(found, depth)
    return found
