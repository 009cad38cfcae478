"""Fixes of rules about cost."""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd
from typing import Any

from cnnsize.layers.conv import Conv, TransposedConv, pair_text
from cnnsize.layers.pool import Pool
from cnnsize.layers.volume import Window
from cnnsize.lint.fixers.receptive_field import without_dilation
from cnnsize.lint.fixers.request import FixRequest, Proposal
from cnnsize.lint.fixers.values import keeping_padding, option_value, size_with_article

ALIGNMENT = 8  # channels


def unaligned_channels(request: FixRequest) -> Iterator[Proposal]:
    """Propose the nearest multiples of 8 (CNN402)."""
    K = request.facts["K"]
    below, above = K // ALIGNMENT * ALIGNMENT, (K // ALIGNMENT + 1) * ALIGNMENT
    unit = "units" if request.layer.kind == "FC" else "filters"
    for value in sorted((below, above), key=lambda value: abs(value - K)):
        if value > 0:
            yield from request.change(f"use {value} {unit}", K=value)


def stride_skips_input(request: FixRequest) -> Iterator[Proposal]:
    """Propose a window as large as the stride, or a stride that skips no cell (CNN404).

    A projection shortcut skips cells by design and gets no fix.
    """
    violation, layer = request.violation, request.layer
    if violation.hit is not None and violation.hit.severity == "info":
        return
    assert isinstance(layer, (Conv, Pool))
    w, h = layer.windows
    if isinstance(layer, Pool):
        F = max(w.F, w.S), max(h.F, h.S)
        yield from request.change(f"use {size_with_article(F)} window", F=option_value(F))
    else:
        F = _odd_filter(w), _odd_filter(h)
        P = keeping_padding(layer.windows, F)
        message = f"use {size_with_article(F)} filter"
        yield from request.change(message, F=option_value(F), P=option_value(P))
    if max(w.D, h.D) > 1:
        yield from without_dilation(request)
    S = _reading_stride(w), _reading_stride(h)
    yield from request.change(f"use stride {pair_text(S)}", S=option_value(S))


def _odd_filter(window: Window) -> int:
    """Return an odd filter size that is not smaller than the stride."""
    return max(window.F, window.S | 1) if window.S > 1 else window.F


def _reading_stride(window: Window) -> int:
    """Return the largest stride, at most the present one, at which the windows read every cell."""
    return next(S for S in range(min(window.S, window.F), 0, -1) if gcd(S, window.D) == 1)


def checkerboard_deconv(request: FixRequest) -> Iterator[Proposal]:
    """Propose a filter size that the stride divides (CNN405).

    The padding changes with it where one keeps the output size.
    """
    layer = request.layer
    if not isinstance(layer, TransposedConv):
        return
    for steps in (0, 1):
        sides: list[int] = []
        paddings: list[int] = []
        keeps_size = True
        for F, S, P, extra in zip(layer.F, layer.S, layer.P, layer.output_padding, strict=True):
            side = (F // S + steps) * S if F % S else F
            # (W - 1)S - 2P + F + output_padding keeps its value without any output padding
            twice = side - F - extra + 2 * P
            is_padding = twice >= 0 and twice % 2 == 0
            keeps_size = keeps_size and is_padding
            sides.append(side)
            paddings.append(twice // 2)
        if min(sides) < 1:
            continue
        F_pair = sides[0], sides[1]
        options: dict[str, Any] = {"F": option_value(F_pair)}
        if keeps_size:
            options["P"] = option_value((paddings[0], paddings[1]))
            if layer.output_padding != (0, 0):
                options["output_padding"] = 0
        yield from request.change(f"use {size_with_article(F_pair)} filter", **options)
