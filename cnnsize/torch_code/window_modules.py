"""Convolutions and pools as PyTorch modules."""

from __future__ import annotations

from typing import Any

from cnnsize.language.tree import Expression
from cnnsize.torch_code.expression import over, text, times
from cnnsize.torch_code.layer_code import (
    LayerCode,
    call,
    same_depth,
    unless,
)
from cnnsize.torch_code.layout import Code
from cnnsize.torch_code.ranks import VECTOR
from cnnsize.torch_code.site import Site
from cnnsize.torch_code.windows import of_windows, uneven_padding


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
