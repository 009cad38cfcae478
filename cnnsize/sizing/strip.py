"""Which cells of an axis the windows of a layer read, and why they do not read the others.

This is the only place that computes it. Findings, fixes, tilings and pictures all ask a ``Strip``:

>>> strip = Strip(16, Window(F=3, S=2, before=1, after=1, D=3))
>>> strip.positions, strip.remainder, strip.overhang
(6, 1, 1)
>>> [strip.unread_cell(index) for index in range(strip.unread())]
[0, 14]
>>> [tuple(run) for run in strip.runs()][:3]
[('padding', -1, 0), ('skipped', 0, 1), ('read', 1, 14)]

``strips_of(layer, volume)`` returns the strips along W and H, or None for a layer without windows,
such as FC, GAP, adaptive pools and TCONV. Cells are counted from the first cell of the input as 0; padding at the near edge has negative numbers. All results are exact for axes of any length.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from math import gcd
from typing import Literal

from cnnsize.layers.base import Layer
from cnnsize.layers.conv import Conv
from cnnsize.layers.pool import Pool
from cnnsize.layers.volume import Volume, Window
from cnnsize.record import NamedTuple
from cnnsize.sizing.rows import Row

State = Literal["read", "padding", "beyond", "skipped", "missing"]
READ: State = "read"  # a cell of the input that a window reads
PADDING: State = "padding"  # zero-padding, read or not
BEYOND: State = "beyond"  # a cell of the input that only a further window would reach
SKIPPED: State = "skipped"  # a cell of the input between taps or between windows
MISSING: State = "missing"  # no cell at all, but a window hangs over there


class Run(NamedTuple):
    """Consecutive cells of one state, from ``start`` up to but without ``stop``."""

    state: State
    start: int
    stop: int


class Strip(NamedTuple):
    """One axis of ``size`` cells under the windows of a layer."""

    size: int
    window: Window

    # -- the windows ----------------------------------------

    @property
    def positions(self) -> int:
        """The number of windows; 0 if not even one fits."""
        return max(0, self.window.fit(self.size)[0])

    @property
    def remainder(self) -> int:
        """The number of cells after the last window, padding included; 0 if no window fits."""
        return self.window.fit(self.size)[1] if self.positions else 0

    @property
    def first(self) -> int:
        """The first cell, that of the padding: ``-before``."""
        return -self.window.before

    @property
    def end(self) -> int:
        """The first cell after the padding at the far edge."""
        return self.size + self.window.after

    def start(self, index: int) -> int:
        """Return the first cell of window number ``index``; it may be one that does not fit."""
        return index * self.window.S - self.window.before

    @property
    def overhang(self) -> int:
        """By how many cells a window crosses the far edge; 0 if the windows fit exactly.

        It is the window after the last one, if it starts before the edge, or with ``ceil`` the last
        one itself, which PyTorch cuts off. If no window fits, it is the first one.
        """
        start = self.start(self.positions)
        if self.positions and self.window.ceil:
            start -= self.window.S
        elif self.positions and (not self.remainder or start >= self.end):
            return 0
        return max(0, start + self.window.F_eff - self.end)

    # -- the cells ----------------------------------------

    @property
    def beyond(self) -> int:
        """The first cell that only a window after the last one would reach."""
        if not self.positions:
            return self.first
        return max(self.start(self.positions - 1) + self.window.F_eff, self.start(self.positions))

    @property
    def cut_off(self) -> int:
        """How many cells of the input are beyond the windows; CNN101 reports them."""
        return max(0, self.size - max(0, self.beyond))

    def unread(self, first: int | None = None) -> int:
        """Return how many of the first ``first`` cells no window reads; None means all of them.

        Padding does not count.
        """
        F, S, before, _, D, _ = self.window
        first = self.size if first is None else first
        count = self.positions
        is_dense = D == 1 and F >= S
        if is_dense and count:  # nothing is unread but what lies after the last window
            return max(0, first - max(0, (count - 1) * S + F - before))
        return first - self._read(before + first, count) + self._read(before, count)

    def reads(self, cell: int) -> bool:
        """Return whether any window reads a cell of the input."""
        return self.unread(cell) == self.unread(cell + 1)

    def unread_cell(self, index: int) -> int:
        """Return the position of the unread cell number ``index``, both counted from 0."""
        return bisect_left(range(self.size), index + 1, key=lambda cell: self.unread(cell + 1))

    def state(self, cell: int) -> State:
        """Return the state of a cell; it may lie in the padding or beyond the far edge."""
        if not self.first <= cell < self.end:
            return MISSING
        if not 0 <= cell < self.size:
            return PADDING
        if self.reads(cell):
            return READ
        return BEYOND if cell >= self.beyond else SKIPPED

    def runs(self, start: int | None = None, stop: int | None = None) -> Iterator[Run]:
        """Yield the cells from ``start`` to ``stop`` as runs of equal state, in ascending order.

        By default these are all cells, padding included, and those under a window that hangs over.
        An axis of millions of cells has few runs unless a stride or a dilation skips cells all along.
        """
        cell = self.first if start is None else start
        stop = self.end + self.overhang if stop is None else stop
        while cell < stop:
            state = self.state(cell)
            run_stop = self._run_stop(cell, state)
            run = Run(state, cell, stop if run_stop is None else min(stop, run_stop))
            yield run
            cell = run.stop

    def _run_stop(self, cell: int, state: State) -> int | None:
        """Return the first cell after ``cell`` that has another state; None if there is none."""
        if state == MISSING:
            return self.first if cell < self.first else None
        if state == PADDING:
            return 0 if cell < 0 else self.end
        if state == BEYOND:
            return self.size
        known = self.unread(cell)
        limit = self.size if state == READ else min(self.size, self.beyond)
        rate = 0 if state == READ else 1  # unread cells per cell of the run

        def has_changed(last: int) -> bool:
            return self.unread(last + 1) - known != rate * (last + 1 - cell)

        return bisect_left(range(limit), True, cell + 1, limit, key=has_changed)

    def skipped_by_stride(self) -> int:
        """Return how many of every S cells the stride skips, not counting the ends; usually 0.

        Even a filter that is longer than its stride skips cells if stride and dilation have a
        common factor. Whether it does shows only with enough windows to fill the other holes.
        """
        F, S, _, _, D, _ = self.window
        common = gcd(S, D)
        holes = S - min(F, S // common)
        shows = self.window.F_eff < S or self.positions >= max(2, D // common)
        return holes if holes and shows and self.unread() else 0

    @property
    def has_gaps(self) -> bool:
        """Whether cells go unread between the taps of a dilated filter or beyond the last window.

        Those between the windows of an undilated filter smaller than its stride do not count: they
        are skipped by design.
        """
        F, F_eff = self.window.F, self.window.F_eff
        skips_by_design = F_eff == F < self.window.S
        return not skips_by_design and self.unread() > 0

    def _read(self, end: int, count: int) -> int:
        """Return how many of the first ``end`` cells, padding included, some window reads.

        Tap j of window k reads cell k S + j D. Divided by their common factor S and D are coprime,
        and only (k + D, j - S) reads the same cell. So each cell is counted at the pair with the
        smallest k: either k < D, or j is one of the last S taps.
        """
        F, common = self.window.F, gcd(self.window.S, self.window.D)
        S, D, end = self.window.S // common, self.window.D // common, -(-end // common)
        low = max(0, F - S)
        later = _pairs(count - D, F - low, S, D, end - D * S - low * D)
        return _pairs(min(D, count), F, S, D, end) + later


def strips_of(layer: Layer, volume: Volume | None) -> tuple[Strip, Strip] | None:
    """Return the strips of a layer along W and H; None if it slides no window over a known volume."""
    is_adaptive = isinstance(layer, Pool) and layer.to is not None
    if volume is None or is_adaptive or not isinstance(layer, (Conv, Pool)):
        return None
    return Strip(volume.W, layer.windows[0]), Strip(volume.H, layer.windows[1])


def unread_cells(row: Row) -> tuple[int, int]:
    """Return how many columns and rows of its input no window of a layer reads."""
    strips = strips_of(row.layer, row.inputs[0])
    return (0, 0) if strips is None else (strips[0].unread(), strips[1].unread())


def has_gaps(row: Row) -> bool:
    """Return whether the windows of a layer leave gaps along W or H."""
    strips = strips_of(row.layer, row.inputs[0])
    return strips is not None and (strips[0].has_gaps or strips[1].has_gaps)


def _pairs(windows: int, taps: int, S: int, D: int, end: int) -> int:
    """Return how many pairs of k < windows and j < taps have k S + j D < end."""
    started = min(windows, -(-end // S))  # windows whose first tap is before the end
    if started <= 0:
        return 0
    # windows whose last tap is before the end
    complete = min(started, max(0, -(-(end - (taps - 1) * D) // S)))
    partial = started - complete
    return complete * taps + _floor_sum(partial, S, end - (started - 1) * S + D - 1, D)


def _floor_sum(n: int, a: int, b: int, m: int) -> int:
    """Return the sum of floor((a i + b) / m) over 0 <= i < n.

    It takes as many steps as Euclid's algorithm for a and m.
    """
    total = 0
    while n:
        total += n * (n - 1) // 2 * (a // m) + n * (b // m)
        a, b = a % m, b % m
        n, b = divmod(a * n + b, m)
        a, m = m, a
    return total
