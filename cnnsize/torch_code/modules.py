"""Every layer kind as PyTorch modules: a function for each, and the table of them.

Pairs change their order: (W, H) in the notation is (H, W) in PyTorch. An argument that equals the
default of PyTorch is left out.
"""

from __future__ import annotations

from collections.abc import Callable

from cnnsize.language.tree import Expression
from cnnsize.torch_code.expression import in_names_of, minus, over, plus, text, times
from cnnsize.torch_code.layer_code import (
    LayerCode,
    call,
    features,
    product,
    same_depth,
)
from cnnsize.torch_code.ranks import MAP, VECTOR
from cnnsize.torch_code.site import Site
from cnnsize.torch_code.window_modules import conv, global_pool, pool, transposed


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
