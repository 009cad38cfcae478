"""Every layer kind as PyTorch modules: a function for each, and the table of them.

Pairs change their order: (W, H) in the notation is (H, W) in PyTorch. An argument that equals the
default of PyTorch is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from cnnsize.language.tree import Binary, Expression
from cnnsize.torch_code.expression import in_names_of, minus, names, over, plus, text, times, value
from cnnsize.torch_code.layout import Code
from cnnsize.torch_code.ranks import MAP, VECTOR, size_of
from cnnsize.torch_code.site import Site
from cnnsize.torch_code.windows import of_windows, uneven_padding


class LayerCode(NamedTuple):
    """The modules of a layer, and the depth that comes out of them."""

    modules: tuple[Code, ...]
    depth: Expression


def same_depth(site: Site, *modules: Code) -> LayerCode:
    """Return the modules of a layer that keeps its depth."""
    return LayerCode(modules, site.depth)


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


def conv(site: Site) -> LayerCode:
    # the order matters: a number that differs by call becomes the next constructor argument
    kernel = site.pair("F", of_windows("F"))
    stride = site.pair("S", of_windows("S"))
    dilation = site.pair("D", of_windows("D"))
    modules, padding = conv_padding(site)
    if site.node.kind == "DWCONV":
        out = times(site.depth, site.number("M", lambda layer: layer.M))
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
        bias=None if site.common(lambda layer: layer.bias) else False,
    )
    return LayerCode((*modules, code), out)


def conv_padding(site: Site) -> tuple[tuple[Code, ...], str | None]:
    """Return the modules that pad before a convolution, and the padding of the convolution itself.

    Only TensorFlow's P=same needs a module, where opposite sides differ.
    """
    if site.common(lambda layer: layer.same):
        return (), '"same"'
    uneven = uneven_padding(site)
    if uneven is not None:
        return (call("nn.ZeroPad2d", uneven),), None
    padding = site.pair("P", of_windows("before"), padding_that_keeps_size(site))
    return (), unless(padding, "0")


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
    kernel = site.pair("F", lambda layer: layer.F)
    stride = site.pair("S", lambda layer: layer.S)
    right, bottom = site.common(cut_after)
    padding = site.pair("P", lambda layer: (layer.P[0] - right, layer.P[1] - bottom))
    output_padding = site.pair("output_padding", output_padding_of)
    code = call(
        "nn.ConvTranspose2d",
        site.depth,
        out,
        kernel,
        stride=unless(stride, "1"),
        padding=unless(padding, "0"),
        output_padding=unless(output_padding, "0"),
        groups=unless(site.number("G", lambda layer: layer.G), "1"),
        bias=None if site.common(lambda layer: layer.bias) else False,
        dilation=unless(site.pair("D", lambda layer: layer.D), "1"),
    )
    if not (right or bottom):
        return LayerCode((code,), out)
    return LayerCode((code, call("nn.ZeroPad2d", f"(0, {-right}, 0, {-bottom})")), out)


def cut_after(layer: Any) -> tuple[int, int]:
    """Return how many columns at the right and rows at the bottom a module of its own cuts off.

    TensorFlow's P=same on an even filter cuts one more there. An output padding does so too, but
    PyTorch has none without a stride or dilation.
    """
    sides = zip(layer.output_padding, layer.S, layer.D, strict=True)
    right, bottom = (int(0 < more >= max(S, D)) for more, S, D in sides)
    return right, bottom


def output_padding_of(layer: Any) -> tuple[int, int]:
    """Return the output padding (W, H), without what ``cut_after`` stands for."""
    right, bottom = cut_after(layer)
    return layer.output_padding[0] - right, layer.output_padding[1] - bottom


def pool(site: Site) -> LayerCode:
    is_average = site.node.kind == "AVGPOOL"
    word = "Avg" if is_average else "Max"
    if site.common(lambda layer: layer.to is not None):
        return same_depth(
            site, call(f"nn.Adaptive{word}Pool2d", site.pair("to", lambda layer: layer.to))
        )
    kernel = site.pair("F", of_windows("F"))
    stride: str | None = None  # PyTorch's default is the size of the window
    if "S" in site.written or site.common(has_own_stride):
        stride = unless(site.pair("S", of_windows("S")), kernel)
    skips_padding = is_average and not site.common(lambda layer: layer.include_pad)
    uneven = uneven_padding(site)
    modules: tuple[Code, ...] = ()
    if uneven is not None:  # a maximum never reads what is added
        modules = (
            call("nn.ZeroPad2d", uneven)
            if is_average
            else call("nn.ConstantPad2d", uneven, 'float("-inf")'),
        )
    code = call(
        f"nn.{word}Pool2d",
        kernel,
        stride=stride,
        padding=None if uneven else unless(site.pair("P", of_windows("before")), "0"),
        dilation=unless(site.pair("D", of_windows("D")), "1"),
        ceil_mode=True if site.common(lambda layer: layer.windows[0].ceil) else None,
        count_include_pad=False if skips_padding else None,
    )
    return LayerCode((*modules, code), site.depth)


def has_own_stride(layer: Any) -> bool:
    """Return whether the stride of a pooling layer is not the size of its window."""
    return any(window.S != window.F for window in layer.windows)


def global_pool(site: Site) -> LayerCode:
    if site.rank == VECTOR:  # one position already
        return same_depth(site)
    word = "Avg" if site.node.kind == "GAP" else "Max"
    return same_depth(site, call(f"nn.Adaptive{word}Pool2d", 1))


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
    return same_depth(site, call(f"nn.{ACTIVATIONS[site.node.kind]}"))


def softmax(site: Site) -> LayerCode:
    word = "Softmax" if site.node.kind == "SOFTMAX" else "LogSoftmax"
    return same_depth(site, call(f"nn.{word}", 1))


def prelu(site: Site) -> LayerCode:
    per_channel = site.common(lambda layer: layer.per_channel)
    return same_depth(site, call("nn.PReLU", *((site.depth,) if per_channel else ())))


def batch_norm(site: Site) -> LayerCode:
    affine = None if site.common(lambda layer: layer.affine) else False
    word = "BatchNorm1d" if site.rank == VECTOR else "BatchNorm2d"
    return same_depth(site, call(f"nn.{word}", site.depth, affine=affine))


def layer_norm(site: Site) -> LayerCode:
    affine = None if site.common(lambda layer: layer.affine) else False
    head = "nn.LayerNorm" if site.rank == VECTOR else "LayerNorm2d"
    return same_depth(site, call(head, site.depth, elementwise_affine=affine))


def instance_norm(site: Site) -> LayerCode:
    affine = True if site.common(lambda layer: layer.affine) else None
    return same_depth(site, call("nn.InstanceNorm2d", site.depth, affine=affine))


def group_norm(site: Site) -> LayerCode:
    affine = None if site.common(lambda layer: layer.affine) else False
    groups = site.number("G", lambda layer: layer.G)
    return same_depth(site, call("nn.GroupNorm", groups, site.depth, affine=affine))


def response_norm(site: Site) -> LayerCode:
    return same_depth(site, call("nn.LocalResponseNorm", 5))


def scale(site: Site) -> LayerCode:
    head = "ScaleShift" if site.common(lambda layer: layer.bias) else "Scale"
    is_single = site.common(lambda layer: layer.per_layer)  # one factor, broadcast to all channels
    return same_depth(site, call(head, 1 if is_single else site.depth))


def identity(site: Site) -> LayerCode:
    return same_depth(site, call("nn.Identity"))


def dropout(site: Site) -> LayerCode:
    rate = site.common(lambda layer: layer.rate)
    if site.node.kind == "DROPPATH":
        return same_depth(site, call("DropPath", repr(rate)))
    # a vector is a 1 x 1 map: dropping its maps is dropping its values
    head = "nn.Dropout2d" if site.node.kind == "DROPOUT2D" and site.rank == MAP else "nn.Dropout"
    return same_depth(site, call(head) if rate == 0.5 else call(head, repr(rate)))


def flatten(site: Site) -> LayerCode:
    if site.rank == VECTOR:
        return same_depth(site)
    return LayerCode((call("nn.Flatten"),), product(features(site)))


def shape_side(site: Site, index: int, name: str, sides: list[int]) -> Expression:
    """Return an expression for one side of a shape; ``sides`` are its values, ``name`` its name.

    ``index`` is that of the side in the shape as written, which may be absent.
    """
    written = None if site.node.shape is None else site.node.shape[index]
    candidate = None if written is None else in_names_of(written, site.numbers.scope.letters)
    return site.numbers.number(name, sides, candidate)


def unflatten(site: Site) -> LayerCode:
    volumes = site.at_each(lambda layer: layer.to)
    D = shape_side(site, 2, "depth", [volume.D for volume in volumes])
    H = shape_side(site, 1, "height", [volume.H for volume in volumes])
    W = shape_side(site, 0, "width", [volume.W for volume in volumes])
    code = call("nn.Unflatten", 1, f"({text(D)}, {text(H)}, {text(W)})")
    return LayerCode((call("nn.Flatten"), code) if site.rank == MAP else (code,), D)


def up(site: Site) -> LayerCode:
    mode = site.common(lambda layer: layer.mode)
    word = None if mode == "nearest" else f'"{mode}"'
    if site.common(lambda layer: layer.to is not None):
        size = site.pair("to", lambda layer: layer.to)
        return same_depth(site, call("nn.Upsample", size, mode=word))
    factor = site.pair("factor", lambda layer: layer.factor)
    return same_depth(site, call("nn.Upsample", scale_factor=factor, mode=word))


def pixel_shuffle(site: Site) -> LayerCode:
    k = site.number("factor", lambda layer: layer.factor)
    return LayerCode((call("nn.PixelShuffle", k),), over(site.depth, times(k, k)))


def pixel_unshuffle(site: Site) -> LayerCode:
    k = site.number("factor", lambda layer: layer.factor)
    return LayerCode((call("nn.PixelUnshuffle", k),), times(site.depth, times(k, k)))


def channel_shuffle(site: Site) -> LayerCode:
    groups = site.number("G", lambda layer: layer.G)
    return same_depth(site, call("nn.ChannelShuffle", groups))


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
    front, back = (
        site.number(side, lambda layer, side=side: getattr(layer, side))  # type: ignore[misc]
        for side in ("front", "back")
    )
    if (front, back) != (0, 0):  # of N x C x H x W, the three last axes
        code = call("nn.ZeroPad3d", f"({', '.join([*sides, text(front), text(back)])})")
        return LayerCode((code,), plus(site.depth, plus(front, back)))
    code = call("nn.ZeroPad2d", sides[0] if len(set(sides)) == 1 else f"({', '.join(sides)})")
    return same_depth(site, code)


def crop(site: Site) -> LayerCode:
    sizes = site.at_each(lambda layer: layer.to)
    W = shape_side(site, 0, "width", [size[0] for size in sizes])
    H = shape_side(site, 1, "height", [size[1] for size in sizes])
    if site.common(lambda layer: layer.left is None):
        return same_depth(site, call("CenterCrop", H, W))
    left = site.number("left", lambda layer: layer.left)
    top = site.number("top", lambda layer: layer.top)
    return same_depth(site, call("Crop", H, W, top, left))


def slice_(site: Site) -> LayerCode:
    start = site.number("from", lambda layer: layer.start)
    # without a ``to`` it ends at the last channel, which depends on the incoming volume
    stops = [
        volume.D if stop is None else stop
        for stop, volume in zip(site.at_each(lambda layer: layer.stop), site.volumes, strict=True)
    ]
    stop = site.numbers.number("to", stops, site.candidate("to"), site.depth)
    return LayerCode((call("Slice", start, stop),), minus(stop, start))


def nothing(site: Site) -> LayerCode:
    return same_depth(site)


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
    "IDENTITY": identity,
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
