"""Volumes, windows and what sizing one layer yields."""

from __future__ import annotations

from bisect import bisect_left
from math import gcd
from typing import Any, NamedTuple

from cnnsize.limits import MAX_INTEGER

AXES = ("W", "H")


class Volume(NamedTuple):
    """Width x height x depth, in the order of the notes."""

    W: int
    H: int
    D: int

    def __str__(self) -> str:
        return f"{self.W}x{self.H}x{self.D}"


class Fault(NamedTuple):
    """A fact about a layer on its volume that makes the network invalid. ``fit`` words it."""

    code: str
    axis: str | None = None  # W or H, where the two differ
    why: str = ""  # which of a code's cases
    facts: tuple[tuple[str, Any], ...] = ()


class Sizing(NamedTuple):
    """What comes out of a layer: None where nothing can."""

    output: Volume | None
    remainder: tuple[int, int] | None = None
    faults: tuple[Fault, ...] = ()


class Window(NamedTuple):
    """A filter on one axis: size, stride, zero-padding on each side, dilation, rounding."""

    F: int
    S: int = 1
    before: int = 0
    after: int = 0
    D: int = 1
    ceil: bool = False

    @property
    def F_eff(self) -> int:
        return self.D * (self.F - 1) + 1

    def span(self, size: int) -> int:
        """n = W - F_eff + 2P: how far the window can travel (CS231n, Spatial arrangement)."""
        return size - self.F_eff + self.before + self.after

    def fit(self, size: int) -> tuple[int, int]:
        """(number of positions, remainder r) of this window along ``size`` cells.

        floor(n / S) + 1 as torch computes it. With ``ceil`` a last window counts that hangs over,
        unless it would start in the right padding; r is then what the last kept window leaves.
        A window that does not fit at all has 0 positions or fewer.
        """
        F, S, before, after, D, ceil = self
        n = size - (D * (F - 1) + 1) + before + after
        if not ceil:
            return n // S + 1, n % S
        out = -(-n // S) + 1
        if (out - 1) * S >= size + before:
            out -= 1
        return out, max(0, n - (out - 1) * S)

    def unread(self, size: int, first: int | None = None) -> int:
        """How many of the ``first`` cells (of all ``size``) no window reads; padding is no cell.
        Exact for any size.
        """
        first = size if first is None else first
        out = max(0, self.fit(size)[0])
        is_dense = self.D == 1 and self.F >= self.S
        if is_dense and out:  # nothing is unread but what lies after the last window
            return max(0, first - max(0, (out - 1) * self.S + self.F - self.before))
        return first - self._read(self.before + first, out) + self._read(self.before, out)

    def reads(self, size: int, cell: int) -> bool:
        """Does any window read this cell?"""
        return self.unread(size, cell) == self.unread(size, cell + 1)

    def unread_cell(self, size: int, index: int) -> int:
        """The unread cell number ``index``, both counted from 0."""
        return bisect_left(range(size), index + 1, key=lambda cell: self.unread(size, cell + 1))

    def skipped(self, size: int) -> int:
        """How many cells of every S no window reads, the edges aside: 0 but where the stride is
        what skips them.

        A filter that is longer than its stride skips cells all the same where both step over the
        holes of its dilation; that shows where windows enough stand side by side to fill the holes
        that can be filled.
        """
        common = gcd(self.S, self.D)
        holes = self.S - min(self.F, self.S // common)
        dense = self.F_eff < self.S or self.fit(size)[0] >= max(2, self.D // common)
        return holes if holes and dense and self.unread(size) else 0

    def _read(self, end: int, out: int) -> int:
        """How many of the first ``end`` cells, padding included, some window reads.

        Tap j of window k reads cell k S + j D. Divided by their common factor S and D are coprime,
        and only (k + D, j - S) reads the same cell. So each cell is counted at the pair with the
        smallest k: either k < D, or j is one of the last S taps.
        """
        common = gcd(self.S, self.D)
        S, D, end = self.S // common, self.D // common, -(-end // common)
        low = max(0, self.F - S)
        later = _pairs(out - D, self.F - low, S, D, end - D * S - low * D)
        return _pairs(min(D, out), self.F, S, D, end) + later


def _pairs(windows: int, taps: int, S: int, D: int, end: int) -> int:
    """How many pairs of k < windows and j < taps have k S + j D < end."""
    some = min(windows, -(-end // S))  # windows that begin before the end
    if some <= 0:
        return 0
    whole = min(
        some, max(0, -(-(end - (taps - 1) * D) // S))
    )  # windows whose last tap is before it, too
    return whole * taps + _floor_sum(some - whole, S, end - (some - 1) * S + D - 1, D)


def _floor_sum(n: int, a: int, b: int, m: int) -> int:
    """The sum of floor((a i + b) / m) over i < n, in as many steps as Euclid's algorithm takes for
    a and m.
    """
    total = 0
    while n:
        total += n * (n - 1) // 2 * (a // m) + n * (b // m)
        a, b = a % m, b % m
        n, b = divmod(a * n + b, m)
        a, m = m, a
    return total


class Spread(NamedTuple):
    """Upsampling on one axis: which inputs output position o reads, for o in one period.

    Position o + period reads one input further on. A position may read nothing at all.
    """

    taps: tuple[tuple[int, ...], ...]


class Whole:
    """Reads the whole map at once (global pooling)."""


class Lost:
    """Gives up the map: what follows has no position (FC, FLATTEN)."""


class Keep:
    """Reads just its own position."""


KEEP, WHOLE, LOST = Keep(), Whole(), Lost()
Reach = Keep | Whole | Lost | tuple[Window, Window] | tuple[Spread, Spread]


def bounded(
    volume: Volume, remainder: tuple[int, int] | None = None, faults: tuple[Fault, ...] = ()
) -> Sizing:
    """A sizing, unless a side is past what we are willing to count with."""
    W, H, D = volume
    if W > MAX_INTEGER or H > MAX_INTEGER or D > MAX_INTEGER:
        return Sizing(None, None, (Fault("CNN009", why="side", facts=(("out", tuple(volume)),)),))
    return Sizing(volume, remainder, faults)


def windowed(
    windows: tuple[Window, Window], volume: Volume, depth: int, pooling: bool = False
) -> Sizing:
    """The size formula of every kind that slides a window, on both axes.

    Source: CS231n, Spatial arrangement; torch's conv2d and pooling for the rounding.
    """
    w, h = windows
    W, H, _ = volume
    out_w, r_w = w.fit(W)
    out_h, r_h = (out_w, r_w) if h is w and W == H else h.fit(H)
    if not (_fits(w, W, out_w, r_w, pooling) and _fits(h, H, out_h, r_h, pooling)):
        return _faulty(windows, volume, depth, pooling)
    if (
        out_w > MAX_INTEGER or out_h > MAX_INTEGER or depth > MAX_INTEGER
    ):  # depth: DWCONV multiplies it
        return bounded(Volume(out_w, out_h, depth))
    return Sizing(Volume(out_w, out_h, depth), (r_w, r_h))


def _fits(window: Window, size: int, out: int, r: int, pooling: bool) -> bool:
    """Is there nothing at all to say of this axis?"""
    if out < 1 or (pooling and 2 * window.before > window.F):
        return False
    return r <= window.after or window.ceil or window.F_eff < window.S


def _faulty(windows: tuple[Window, Window], volume: Volume, depth: int, pooling: bool) -> Sizing:
    """The sizing of windows of which at least one does not fit, with the reasons as facts."""
    faults: list[Fault] = []
    outs: list[int] = []
    left: list[int] = []
    for axis, window, size in zip(AXES, windows, volume[:2], strict=True):
        out, r = window.fit(size)
        outs.append(out)
        left.append(r)
        if out < 1:
            faults.append(Fault("CNN102", axis, facts=(("size", size), ("window", window))))
        elif (
            pooling and 2 * window.before > window.F
        ):  # torch on the CPU: half the filter, undilated
            faults.append(Fault("CNN105", axis, facts=(("size", size), ("window", window))))
        elif not _fits(window, size, out, r, pooling):
            facts = (("size", size), ("window", window), ("out", out), ("r", r))
            faults.append(Fault("CNN101", axis, facts=facts))
    hard = tuple(fault for fault in faults if fault.code != "CNN101")
    if hard:
        return Sizing(None, None, hard)
    return bounded(Volume(outs[0], outs[1], depth), (left[0], left[1]), tuple(faults))
