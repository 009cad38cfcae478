"""Fixes of rules about layer sizes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cnnsize.faults.edit import changed
from cnnsize.language import tree
from cnnsize.language.format import layer_text
from cnnsize.language.tree import PLAIN
from cnnsize.layers.conv import Conv
from cnnsize.layers.names import ACTIVATIONS
from cnnsize.lint.fixers.request import FixRequest, Proposal
from cnnsize.text.diagnostic import Edit


def indivisible_input(job: FixRequest) -> Iterator[Proposal]:
    """CNN201: the nearest inputs that all strides divide."""
    strides = job.facts["strides"]
    w, h, d = job.context.network.input
    for up in (0, 1):
        sides = [(side // strides + up) * strides if side % strides else side for side in (w, h)]
        if min(sides) > 0:
            yield from job.reshaped((sides[0], sides[1], d))


def keeping(job: FixRequest, F: tuple[int, int] | None = None) -> tuple[int, int]:
    """The padding that keeps the size with filters of this size."""
    windows = job.row.layer.windows  # type: ignore[attr-defined]
    sides = F or (windows[0].F, windows[1].F)
    return windows[0].D * (sides[0] - 1) // 2, windows[1].D * (sides[1] - 1) // 2


def said(pair: tuple[int, int]) -> str:
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]}x{pair[1]}"


def shrinking_conv(job: FixRequest) -> Iterator[Proposal]:
    """CNN202: the padding that keeps the size."""
    P = keeping(job)
    yield from job.change(f"pad with {said(P)}", P=P)


def large_deep_kernel(job: FixRequest) -> Iterator[Proposal]:
    """CNN203: 3x3 filters that see as much, those in front no wider than what comes in."""
    layer, item = job.row.layer, job.item
    if (
        not isinstance(layer, Conv)
        or not isinstance(item.node, tree.LayerNode)
        or item.suffix is not PLAIN
    ):
        return
    w, h = layer.windows
    if w != h or w.S > 1 or w.D > 1 or w.F % 2 == 0 or w.before + w.after != w.F - 1:
        return
    count = (w.F - 1) // 2
    small = changed(item.node, "F", 3)
    if any(
        option.key is not None and option.key.upper() in ("P", "PAD", "PADDING")
        for option in small.options
    ):
        small = changed(small, "P", 1)
    text = layer_text(small)
    K, depth = job.facts.known("K"), job.facts.known("D_in")
    inside = (
        layer_text(changed(small, "K", depth))
        if depth is not None and K is not None and depth < K
        else text
    )
    bend = "RELU"
    behind = job.neighbours()[1]
    if (
        behind is not None
        and isinstance(behind.node, tree.LayerNode)
        and behind.node.kind in ACTIVATIONS
    ):
        bend = behind.node.kind
    head = f"[{inside} -> {bend}]*{count - 1}" if count > 2 else f"{inside} -> {bend}"
    span = job.architecture.original(item.span)
    yield Proposal(f"stack {count} filters of 3x3", (Edit(span, f"{head} -> {text}"),))


def even_kernel(job: FixRequest) -> Iterator[Proposal]:
    """CNN205: the odd sizes on both sides, padded to keep the size."""
    windows = job.row.layer.windows  # type: ignore[attr-defined]
    for by in (-1, 1):
        w, h = (window.F + by if window.F % 2 == 0 else window.F for window in windows)
        yield from job.change(
            f"use {an(said((w, h)))} filter",
            F=one_option((w, h)),
            P=one_option(keeping(job, (w, h))),
        )


def an(size: str) -> str:
    both = size if "x" in size else f"{size}x{size}"
    return f"{'an' if both.startswith(('8', '11x', '18x')) else 'a'} {both}"


def one_option(pair: tuple[int, int]) -> Any:
    return pair[0] if pair[0] == pair[1] else pair


def unusual_pool(job: FixRequest) -> Iterator[Proposal]:
    """CNN207: the two pools that the notes know."""
    written = isinstance(job.item.node, tree.LayerNode) and any(
        option.key is not None and option.key.upper() in ("S", "STRIDE", "STRIDES")
        for option in job.item.node.options
    )
    yield from job.change("use a 2x2 window at stride 2", F=2, **({"S": 2} if written else {}))
    yield from job.change("use a 3x3 window at stride 2", F=3, S=2)
