"""Fixes of rules about layer sizes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cnnsize.language.format import layer_text
from cnnsize.language.tree import PLAIN, LayerNode
from cnnsize.layers.conv import Conv, pair_text
from cnnsize.layers.names import ACTIVATIONS
from cnnsize.layers.pool import Pool
from cnnsize.layers.volume import Window
from cnnsize.lint.checks.sizing import divisible_sides
from cnnsize.lint.fixers.edits import has_option, with_options
from cnnsize.lint.fixers.request import FixRequest, Proposal
from cnnsize.lint.fixers.values import keeping_padding, option_value, size_with_article
from cnnsize.text.diagnostic import Edit


def indivisible_input(request: FixRequest) -> Iterator[Proposal]:
    """Propose the nearest input sizes that all strides divide and that fit (CNN201)."""
    context, strides = request.context, request.facts["strides"]
    W, H, D = context.network.input
    below, above = ([], [])
    for axis, written in enumerate((W, H)):
        sides = divisible_sides(context, axis, strides) if written % strides else [written]
        if not sides:
            return
        below.append(sides[0])
        above.append(sides[-1])
    for w, h in dict.fromkeys((tuple(below), tuple(above))):
        yield from request.reshape_input((w, h, D))


def _windows(request: FixRequest) -> tuple[Window, Window]:
    assert isinstance(request.layer, (Conv, Pool))
    return request.layer.windows


def shrinking_conv(request: FixRequest) -> Iterator[Proposal]:
    """Propose the padding that keeps the size (CNN202)."""
    windows = _windows(request)
    P = keeping_padding(windows, (windows[0].F, windows[1].F))
    yield from request.change(f"use padding {pair_text(P)}", P=P)


def large_deep_kernel(request: FixRequest) -> Iterator[Proposal]:
    """Propose 3x3 filters with the same receptive field (CNN203).

    All but the last have as many filters as there are input channels, if that is less.
    """
    layer, node = request.layer, request.node
    if node is None or request.item.suffix is not PLAIN:
        return
    if not isinstance(layer, Conv) or not _keeps_size_as_square(layer):
        return
    count = (layer.windows[0].F - 1) // 2
    last = with_options(node, F=3)
    if has_option(last, "P", "PAD", "PADDING"):
        last = with_options(last, P=1)
    inner = last
    K, depth = request.facts["K"], request.facts["D_in"]
    if depth < K:
        inner = with_options(last, K=depth)
    repeated = f"{layer_text(inner)} -> {_following_activation(request)}"
    if count > 2:
        repeated = f"[{repeated}]*{count - 1}"
    edit = Edit(request.original(request.item), f"{repeated} -> {layer_text(last)}")
    yield Proposal(f"use {count} stacked 3x3 filters", (edit,))


def _keeps_size_as_square(layer: Conv) -> bool:
    """Return whether a convolution has odd square filters that keep the size, without dilation."""
    w, h = layer.windows
    is_plain_square = w == h and w.S == w.D == 1
    return is_plain_square and w.F % 2 == 1 and w.before + w.after == w.F - 1


def _following_activation(request: FixRequest) -> str:
    """Return the kind of the next item if it is an activation, or else RELU."""
    _, after = request.neighbours
    kind = after.node.kind if after is not None and isinstance(after.node, LayerNode) else ""
    return kind if kind in ACTIVATIONS else "RELU"


def even_kernel(request: FixRequest) -> Iterator[Proposal]:
    """Propose the next smaller and larger odd filter, padded to keep the size (CNN205)."""
    windows = _windows(request)
    for step in (-1, 1):
        w, h = (window.F + step if window.F % 2 == 0 else window.F for window in windows)
        P = keeping_padding(windows, (w, h))
        message = f"use {size_with_article((w, h))} filter"
        yield from request.change(message, F=option_value((w, h)), P=option_value(P))


def unusual_pool(request: FixRequest) -> Iterator[Proposal]:
    """Propose the two pools that the CS231n notes recommend (CNN207)."""
    options: dict[str, Any] = {"F": 2}
    if request.node is not None and has_option(request.node, "S", "STRIDE", "STRIDES"):
        options["S"] = 2  # otherwise the stride is the window's size
    yield from request.change("use a 2x2 window with stride 2", **options)
    yield from request.change("use a 3x3 window with stride 2", F=3, S=2)
