"""Checks of the receptive field."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsize.layers.volume import Window
from cnnsize.lint.checks.hit import Hit
from cnnsize.lint.checks.structure import POINTWISE
from cnnsize.lint.checks.windows import has_stride_one, window_of
from cnnsize.lint.context import Context
from cnnsize.lint.flags import DILATED

MAX_STACK = 64  # layers with windows that are followed backwards
MAX_SPAN = 4096  # cells


def dilation_gridding(context: Context) -> Iterator[Hit]:
    """Find consecutive dilated filters that skip cells in between (CNN503)."""
    reported: set[int] = set()
    if not context.any_flags & DILATED:
        return
    for index in context.flagged(DILATED, "CONV", "DWCONV"):
        stack = stack_before(context, index)
        dilated = [layer for layer in stack if context.flags[layer] & DILATED]
        if len(dilated) < 2 or not reported.isdisjoint(dilated):
            continue
        for axis in (0, 1):
            windows = [window_of(context.row(layer), axis) for layer in stack]
            span = 1 + sum(window.F_eff - 1 for window in windows)
            if any(window.S > 1 for window in windows) or span > MAX_SPAN + 1:
                continue
            holes = span - cells_read(windows)
            if holes:
                reported.update(dilated)
                rates = ", ".join(str(window.D) for window in reversed(windows) if window.F > 1)
                yield Hit(index, {"holes": holes, "reach": span, "rates": rates}, axis=axis)
                break


def cells_read(windows: list[Window]) -> int:
    """Count the cells along an axis that consecutive windows of stride 1 read together.

    The offsets that a stack reads are the sums of one tap of each window. They are kept as the bits
    of a number, so that the count is exact.
    """
    offsets = 1
    for window in windows:
        shifted = 0
        for tap in range(window.F):
            shifted |= offsets << tap * window.D
        offsets = shifted
    return offsets.bit_count()


def stack_before(context: Context, index: int) -> list[int]:
    """Return the convolutions and pools of stride 1 that end with this one, the nearest first.

    Only pointwise layers may be between them, and only one path. A layer of a repetition is listed
    once for each iteration.
    """
    graph = context.graph
    stack = [index]
    node = index
    while len(stack) < MAX_STACK:
        predecessors = graph.predecessors[node]
        if context.rows[node] is None:
            # The start of a repetition: add the iterations before, then go on before its start.
            end = predecessors[-1]
            iterations = graph.times[end] // max(graph.times[node], 1)
            body = range(node + 1, end + 1)
            windows = [layer for layer in reversed(body) if has_stride_one(context, layer)]
            if len(windows) + sum(context.kinds[layer] in POINTWISE for layer in body) < len(body):
                break
            stack += windows * (min(iterations, MAX_STACK) - 1)
            predecessors = predecessors[:1]
        if len(predecessors) != 1:
            break
        node = predecessors[0]
        if context.rows[node] is None:
            continue
        if has_stride_one(context, node):
            stack.append(node)
        elif context.kinds[node] not in POINTWISE:
            break
    return stack
