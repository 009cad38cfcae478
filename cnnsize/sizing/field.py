"""Receptive-field arithmetic along one axis (Araujo et al. 2019)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import gcd, lcm
from typing import TYPE_CHECKING, Union

from cnnsize.layers.volume import Keep, Lost, PerAxis, Reach, Spread, Volume, Whole, Window
from cnnsize.record import NamedTuple

if TYPE_CHECKING:
    from fractions import Fraction


new = tuple.__new__  # makes a NamedTuple in a third of the time
# a stride times a dilation, of 18 digits each; a stride in a repetition doubles the jump endlessly
MAX_JUMP = 10**36
Jump = Union[int, "Fraction"]


class Axis(NamedTuple):
    """The receptive field of each position of a map, along one axis, in input cells.

    Position o reads the cells lows[o] to highs[o] (None: it reads no input). Positions repeat with
    a period, the length of ``lows``: position o + period reads the same cells moved by ``shift``.
    Without upsampling the period is 1 and shift is the jump of Araujo et al. (2019).
    """

    shift: int
    lows: tuple[int | None, ...]
    highs: tuple[int | None, ...]

    def low(self, o: int) -> int | None:
        """Return the first input cell that position ``o`` reads; None where it reads none."""
        q, r = divmod(o, len(self.lows))
        value = self.lows[r]
        return None if value is None else value + q * self.shift

    def high(self, o: int) -> int | None:
        """Return the last input cell that position ``o`` reads; None where it reads none."""
        q, r = divmod(o, len(self.highs))
        value = self.highs[r]
        return None if value is None else value + q * self.shift


START = Axis(1, (0,), (0,))
Axes = tuple[Axis, Axis]
POINTS = (Window(1), Window(1))  # of a 1x1 filter, which reads only its own position
START_BOTH: Axes = (START, START)


class Paths(NamedTuple):
    """The receptive fields along the largest path to each position, and along the smallest."""

    largest: Axes
    smallest: Axes  # the same object where there is only one path
    max_period: int  # the longest period that is followed


Field = Paths | None  # None: no single field (after FC), or a period too long to follow


def slide(axis: Axis, window: Window) -> Axis:
    """Return the field after a window: R += (F_eff - 1) j, j *= S (Araujo et al. 2019)."""
    F, S, before, _, D, _ = window
    shift, lows, highs = axis
    period = len(lows)
    low, high = lows[0], highs[0]
    if period == 1 and low is not None and high is not None:
        end = high + ((F - 1) * D - before) * shift
        return new(Axis, (shift * S, (low - before * shift,), (end,)))
    positions = period // gcd(period, S)
    taps = min(F, period)  # further taps repeat the same phases, further out
    near = _over_taps(axis.lows, axis.shift, D, taps, best=min)
    far = _over_taps(axis.highs, axis.shift, D, taps, best=max)
    starts = [o * S - before for o in range(positions)]
    lows = tuple([near(start) for start in starts])
    highs = tuple([far(start + (F - taps) * D) for start in starts])
    return Axis(axis.shift * S * positions // period, lows, highs)


def _over_taps(
    ends: tuple[int | None, ...], shift: int, D: int, taps: int, *, best: Callable[[int, int], int]
) -> Callable[[int], int | None]:
    """Return a function from a position o to the best end among o, o + D, ... (``taps`` of them).

    The number of taps is doubled step by step, so that a filter as long as the period costs no more
    than a few short ones.
    """
    period = len(ends)

    def end(period_ends: Sequence[int | None], o: int) -> int | None:
        q, r = divmod(o, period)
        value = period_ends[r]
        return None if value is None else value + q * shift

    def better(a: int | None, b: int | None) -> int | None:
        return b if a is None else a if b is None else best(a, b)

    # the best over ``width`` taps, for each position of a period
    bests, width = list(ends), 1
    while 2 * width <= taps:
        bests = [better(value, end(bests, o + width * D)) for o, value in enumerate(bests)]
        width *= 2
    return lambda o: better(end(bests, o), end(bests, o + (taps - width) * D))


def spread(axis: Axis, taps: tuple[tuple[int, ...], ...], max_period: int) -> Axis | None:
    """Return the exact field after upsampling; None where its period exceeds ``max_period``.

    ``taps`` are the input positions that each of k output positions reads.
    """
    period, k = len(axis.lows), len(taps)
    if period * k > max_period or period * sum(map(len, taps)) > 16 * max_period:
        return None
    lows: list[int | None] = []
    highs: list[int | None] = []
    for o in range(period * k):
        block, phase = divmod(o, k)
        lows.append(
            min((x for i in taps[phase] if (x := axis.low(block + i)) is not None), default=None)
        )
        highs.append(
            max((x for i in taps[phase] if (x := axis.high(block + i)) is not None), default=None)
        )
    return Axis(axis.shift, tuple(lows), tuple(highs))


def field_through(field: Field, reach: Reach, volume: Volume) -> Field:
    """Return the field after a layer on ``volume``; None where there is no single field."""
    if field is None or reach == POINTS or isinstance(reach, Keep):
        return field
    if isinstance(reach, Lost):
        return None
    if isinstance(reach, Whole):
        reach = (Window(volume.W, volume.W), Window(volume.H, volume.H))
    most, least, max_period = field
    largest = _through(most, reach, max_period)
    smallest = largest if least is most else _through(least, reach, max_period)
    if largest is None or smallest is None:
        return None
    if largest[0].shift > MAX_JUMP or largest[1].shift > MAX_JUMP:
        return None
    return new(Paths, (largest, smallest, max_period))


def _through(
    axes: Axes, reach: tuple[Window, Window] | tuple[Spread, Spread], max_period: int
) -> Axes | None:
    """Return the fields along both axes after a layer; None where a period becomes too long."""
    (axis_w, axis_h), (reach_w, reach_h) = axes, reach
    is_square = axis_w is axis_h and reach_w == reach_h  # one axis serves for both
    if isinstance(reach_w, Window) and isinstance(reach_h, Window):
        w = slide(axis_w, reach_w)
        return w, w if is_square else slide(axis_h, reach_h)
    assert isinstance(reach_w, Spread) and isinstance(reach_h, Spread)
    up_w = spread(axis_w, reach_w.taps, max_period)
    up_h = up_w if is_square else spread(axis_h, reach_h.taps, max_period)
    return None if up_w is None or up_h is None else (up_w, up_h)


def field_of_join(fields: list[Field]) -> tuple[Field, bool]:
    """Return the field after a join, and whether its branches are centred on different cells.

    Of the paths to a position the largest counts (Araujo et al. 2019); the smallest is kept too.
    After upsampling, neighbouring positions read different numbers of cells, and no path stays the
    largest: the field is then the interval that holds the fields of all paths. Branches with
    different jumps have no single field.
    """
    first = fields[0]
    if first is None or None in fields:
        return None, False
    known = [field for field in fields if field is not None]
    if known.count(first) == len(known):
        return first, False
    largest: list[Axis] = []
    smallest: list[Axis] = []
    misaligned = False
    is_square = all(axes[0] is axes[1] for field in known for axes in field[:2])
    for axis_index in (0,) if is_square else (0, 1):  # one axis serves for both
        large = [field.largest[axis_index] for field in known]
        small = [field.smallest[axis_index] for field in known]
        period = max([len(axis.lows) for axis in large])
        if period > 1:
            period = lcm(*[len(axis.lows) for axis in large])
        shifts = {axis.shift * period // len(axis.lows) for axis in large}
        if period > first.max_period or len(shifts) > 1:
            return None, True
        misaligned = misaligned or _misaligned(large, period)
        largest.append(max(large, key=_size) if period == 1 else _hull(large, period))
        smallest.append(min(small, key=lambda axis: (_size(axis), len(axis.lows))))
    paths = Paths((largest[0], largest[-1]), (smallest[0], smallest[-1]), first.max_period)
    return paths, misaligned


def _size(axis: Axis) -> int:
    """Return the largest field of any position."""
    return extent(axis, len(axis.lows))


def _hull(axes: list[Axis], period: int) -> Axis:
    """Return, for each position, the interval that holds the fields of all paths."""
    lows: list[int | None] = []
    highs: list[int | None] = []
    for o in range(period):
        lows.append(min((low for axis in axes if (low := axis.low(o)) is not None), default=None))
        highs.append(
            max((high for axis in axes if (high := axis.high(o)) is not None), default=None)
        )
    return Axis(axes[0].shift * period // len(axes[0].lows), tuple(lows), tuple(highs))


def _misaligned(axes: list[Axis], period: int) -> bool:
    """Return whether the fields of some position of a period have different centres."""
    for o in range(period):
        if period == 1:
            ends = [(axis.lows[0], axis.highs[0]) for axis in axes]
        else:
            ends = [(axis.low(o), axis.high(o)) for axis in axes]
        if len({low + high for low, high in ends if low is not None and high is not None}) > 1:
            return True
    return False


def extent(axis: Axis, size: int) -> int:
    """Return the receptive field in cells: the largest of any of the first ``size`` positions."""
    low, high = axis.lows[0], axis.highs[0]
    if len(axis.lows) == 1 and low is not None and high is not None:  # no upsampling
        return max(0, high - low + 1) if size > 0 else 0
    best = 0
    for low, high in zip(axis.lows[:size], axis.highs[:size], strict=True):
        if low is not None and high is not None:
            best = max(best, high - low + 1)
    return best


def jump(axis: Axis) -> Jump:
    """Return the input cells between neighbouring positions; a fraction after upsampling."""
    period = len(axis.lows)
    if axis.shift % period == 0:
        return axis.shift // period
    from fractions import Fraction  # late: only after upsampling

    return Fraction(axis.shift, period)


def extents(axes: Axes, volume: Volume) -> PerAxis:
    """Return the receptive field (W, H) of a map of this volume, in input cells."""
    return extent(axes[0], volume.W), extent(axes[1], volume.H)
