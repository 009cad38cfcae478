"""Fixes of rules about cost."""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd
from typing import Any

from cnnsize.layers.conv import TransposedConv
from cnnsize.layers.pool import Pool
from cnnsize.layers.volume import Window
from cnnsize.lint.fixers.receptive_field import dense
from cnnsize.lint.fixers.request import FixRequest, Proposal
from cnnsize.lint.fixers.sizing import an, one_option, said


def unaligned_channels(job: FixRequest) -> Iterator[Proposal]:
    K = job.facts["K"]
    near = [K // 8 * 8, (K // 8 + 1) * 8]
    for value in sorted((one for one in near if one > 0), key=lambda one: abs(one - K)):
        yield from job.change(
            f"use {value} {'units' if job.row.layer.kind == 'FC' else 'filters'}", K=value
        )


def stride_skips_input(job: FixRequest) -> Iterator[Proposal]:
    """CNN404: a filter that reaches the next one, or steps as long as the filter. A shortcut is
    meant so.
    """
    if job.raised.extra is not None and job.raised.extra.severity == "info":
        return
    w, h = job.row.layer.windows  # type: ignore[attr-defined]
    F = tuple(max(window.F, window.S | 1) if window.S > 1 else window.F for window in (w, h))
    pool = isinstance(job.row.layer, Pool)
    if pool:
        F = (max(w.F, w.S), max(h.F, h.S))
        yield from job.change(f"use {an(said((F[0], F[1])))} window", F=one_option((F[0], F[1])))
    else:
        P = (w.D * (F[0] - 1) // 2, h.D * (F[1] - 1) // 2)
        yield from job.change(
            f"use {an(said((F[0], F[1])))} filter", F=one_option((F[0], F[1])), P=one_option(P)
        )
    if max(w.D, h.D) > 1:
        yield from dense(job)
    S = (_dense_stride(w), _dense_stride(h))
    yield from job.change(f"use stride {said(S)}", S=one_option(S))


def _dense_stride(window: Window) -> int:
    """The longest stride, no longer than now, with which the windows read every cell between
    them.
    """
    return next(S for S in range(min(window.S, window.F), 0, -1) if gcd(S, window.D) == 1)


def checkerboard_deconv(job: FixRequest) -> Iterator[Proposal]:
    """CNN405: a filter that the stride divides, and where there is one the padding that keeps what
    comes out.
    """
    layer = job.row.layer
    if not isinstance(layer, TransposedConv):
        return
    for more in (0, 1):
        sides, pads, kept = [], [], True
        for F, S, P, op in zip(layer.F, layer.S, layer.P, layer.output_padding, strict=True):
            side = (F // S + more) * S if F % S else F
            twice = side - F - op + 2 * P  # (W - 1)S - 2P + F + op stays
            kept = kept and side > 0 and twice >= 0 and twice % 2 == 0
            sides.append(side)
            pads.append(twice // 2)
        if min(sides) < 1:
            continue
        options: dict[str, Any] = {"F": one_option((sides[0], sides[1]))}
        if kept:
            options["P"] = one_option((pads[0], pads[1]))
            if layer.output_padding != (0, 0):
                options["output_padding"] = 0
        yield from job.change(f"use {an(said((sides[0], sides[1])))} filter", **options)
