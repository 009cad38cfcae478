"""Checks of the receptive field."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsize.layers.conv import Conv
from cnnsize.layers.pool import Pool
from cnnsize.layers.volume import Window
from cnnsize.lint.checks.hit import Hit
from cnnsize.lint.checks.structure import POINTWISE
from cnnsize.lint.context import Context
from cnnsize.lint.flags import DILATED, STEPS
from cnnsize.sizing.rows import Row


def dilation_gridding(c: Context) -> Iterator[Hit]:
    """CNN503: filters on one map whose taps together miss cells between those that they see.

    The offsets that a stack of filters sees on an axis are the sums of one tap of each: taken
    exactly, for as long as filters of stride 1 follow each other.
    """
    told: set[int] = set()
    if not c.seen & DILATED:
        return
    for index in c.marked(DILATED, "CONV", "DWCONV"):
        stack = stack_before(c, index)
        dilated = [one for one in stack if c.marks[one] & DILATED]
        if len(dilated) < 2 or any(one in told for one in dilated):
            continue
        for axis in (0, 1):
            windows = [window_of(c.row(one), axis) for one in stack]
            reach = sum(window.F_eff - 1 for window in windows)
            if any(window.S > 1 for window in windows) or reach > 4096:
                continue
            seen = 1
            for window in windows:
                taps = 0
                for tap in range(window.F):
                    taps |= seen << tap * window.D
                seen = taps
            holes = reach + 1 - seen.bit_count()
            if holes:
                told.update(dilated)
                rates = ", ".join(str(window.D) for window in reversed(windows) if window.F > 1)
                yield Hit(index, {"holes": holes, "reach": reach + 1, "rates": rates}, axis=axis)
                break


def window_of(row: Row, axis: int) -> Window:
    """The window of a filter or a pool."""
    assert isinstance(row.layer, (Conv, Pool))
    return row.layer.windows[axis]


def stack_before(c: Context, index: int) -> list[int]:
    """The windows of stride 1 on the same map up to this one, the nearest first, as long as there
    is one path back.

    A repeat stands there as often as it is passed.
    """
    stack = [index]
    at = index
    while len(stack) < 64:
        befores = c.graph.predecessors[at]
        if (
            c.rows[at] is None
        ):  # the beginning of a repeat: once more for every pass before, then on from its start
            times = c.graph.times[befores[-1]] // max(c.graph.times[at], 1)
            body = range(at + 1, befores[-1] + 1)
            if not all(c.kinds[one] in POINTWISE or _slides(c, one) for one in body):
                break
            stack += [one for one in reversed(body) if _slides(c, one)] * (min(times, 64) - 1)
            befores = befores[:1]
        if len(befores) != 1:
            break
        at = befores[0]
        if c.rows[at] is None:
            continue
        if _slides(c, at):
            stack.append(at)
        elif c.kinds[at] not in POINTWISE:
            break
    return stack


def _slides(c: Context, index: int) -> bool:
    """Is it a filter or a pool of stride 1?"""
    layer = c.row(index).layer if c.rows[index] is not None else None
    return (
        isinstance(layer, (Conv, Pool))
        and getattr(layer, "to", None) is None
        and not c.marks[index] & STEPS
    )
