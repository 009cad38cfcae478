"""Receptive-field arithmetic along one axis (Araujo et al. 2019)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import gcd, lcm
from typing import TYPE_CHECKING, NamedTuple, Union

from cnnsize.layers.volume import Keep, Lost, Reach, Spread, Volume, Whole, Window

if TYPE_CHECKING:
    from fractions import Fraction


MAX_JUMP = (
    10**36
)  # as a stride and a dilation of 18 digits make it; a stride in a repeat doubles it without end
Two = tuple[int, int]
Jump = Union[int, "Fraction"]


class Axis(NamedTuple):
    """Which input cells each position of a map sees, on one axis.

    Position o sees lows[o] to highs[o]; position o + period sees ``shift`` cells further on.
    Without upsampling the period is 1 and shift is the jump of Araujo et al. (2019).
    """

    shift: int
    lows: tuple[int | None, ...]
    highs: tuple[int | None, ...]

    def low(self, o: int) -> int | None:
        q, r = divmod(o, len(self.lows))
        value = self.lows[r]
        return None if value is None else value + q * self.shift

    def high(self, o: int) -> int | None:
        q, r = divmod(o, len(self.highs))
        value = self.highs[r]
        return None if value is None else value + q * self.shift


START = Axis(1, (0,), (0,))
Axes = tuple[Axis, Axis]
START_BOTH: Axes = (START, START)


class Paths(NamedTuple):
    """What each position sees along the largest path to it, and along the smallest."""

    largest: Axes
    smallest: Axes  # the same object where there is but one
    most: int  # positions that may be told apart


Field = Paths | None  # None: there is no one field (behind FC), or it is too fine to follow


def slide(axis: Axis, window: Window) -> Axis:
    """The field behind a window: R += (F_eff - 1) j, j *= S (Araujo et al. 2019)."""
    F, S, before, _, D, _ = window
    period = len(axis.lows)
    low, high = axis.lows[0], axis.highs[0]
    if period == 1 and low is not None and high is not None:
        begin = low - before * axis.shift
        return Axis(axis.shift * S, (begin,), (high + ((F - 1) * D - before) * axis.shift,))
    positions = period // gcd(period, S)
    taps = min(F, period)  # any more taps repeat the same phases, further out
    near = _over_taps(axis.lows, axis.shift, D, taps, min)
    far = _over_taps(axis.highs, axis.shift, D, taps, max)
    starts = [o * S - before for o in range(positions)]
    lows = tuple([near(start) for start in starts])
    highs = tuple([far(start + (F - taps) * D) for start in starts])
    return Axis(axis.shift * S * positions // period, lows, highs)


def _over_taps(
    ends: tuple[int | None, ...], shift: int, D: int, taps: int, best: Callable[[int, int], int]
) -> Callable[[int], int | None]:
    """The best end that ``taps`` positions from o on see, D apart, for any o. Found by doubling the
    number of taps, so that a filter as long as the period costs no more than a few short ones.
    """
    period = len(ends)

    def end(found: Sequence[int | None], o: int) -> int | None:
        q, r = divmod(o, period)
        value = found[r]
        return None if value is None else value + q * shift

    def better(one: int | None, other: int | None) -> int | None:
        return other if one is None else one if other is None else best(one, other)

    found, wide = list(ends), 1  # the best over ``wide`` taps, for each position of a period
    while 2 * wide <= taps:
        found = [better(one, end(found, o + wide * D)) for o, one in enumerate(found)]
        wide *= 2
    return lambda o: better(end(found, o), end(found, o + (taps - wide) * D))


def spread(axis: Axis, taps: tuple[tuple[int, ...], ...], most: int) -> Axis | None:
    """The field behind upsampling: each output position looks up the inputs it reads, exactly."""
    period, k = len(axis.lows), len(taps)
    if period * k > most or period * sum(map(len, taps)) > 16 * most:
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
    """The field of a layer's output positions; None where there is no one field."""
    if field is None or isinstance(reach, Keep):
        return field
    if isinstance(reach, Lost):
        return None
    if isinstance(reach, Whole):
        reach = (Window(volume.W, volume.W), Window(volume.H, volume.H))
    most = field.most
    largest = _through(field.largest, reach, most)
    smallest = largest if field.smallest is field.largest else _through(field.smallest, reach, most)
    if largest is None or smallest is None or max(axis.shift for axis in largest) > MAX_JUMP:
        return None
    return Paths(largest, smallest, most)


def _through(
    axes: Axes, reach: tuple[Window, Window] | tuple[Spread, Spread], most: int
) -> Axes | None:
    w: Axis | None
    h: Axis | None
    alike = axes[0] is axes[1] and reach[0] == reach[1]  # square maps and filters: one axis is both
    if isinstance(reach[0], Spread):
        assert isinstance(reach[1], Spread)
        w = spread(axes[0], reach[0].taps, most)
        h = w if alike else spread(axes[1], reach[1].taps, most)
    else:
        assert isinstance(reach[1], Window)
        w = slide(axes[0], reach[0])
        h = w if alike else slide(axes[1], reach[1])
    return None if w is None or h is None else (w, h)


def field_of_join(fields: list[Field]) -> tuple[Field, bool]:
    """The field behind a join, and whether its branches are centred on different cells.

    Of the paths to a position the largest counts (Araujo et al. 2019), and the smallest is kept
    beside it. Behind upsampling neighbouring positions see different amounts, and no one path stays
    the largest: there the interval counts that holds what all paths see. Branches that step by
    different numbers of input cells have no one field.
    """
    first = fields[0]
    if first is None or None in fields:
        return None, False
    known = [field for field in fields if field is not None]
    if all(field is first or field == first for field in known):
        return first, False
    largest: list[Axis] = []
    smallest: list[Axis] = []
    misaligned = False
    alike = all(
        axes[0] is axes[1] for field in known for axes in field[:2]
    )  # square maps: one axis is both
    for axis in (0,) if alike else (0, 1):
        ends = [field.largest[axis] for field in known], [field.smallest[axis] for field in known]
        period = lcm(*[len(one.lows) for one in ends[0]])
        if period > first.most or len({one.shift * period // len(one.lows) for one in ends[0]}) > 1:
            return None, True
        misaligned = misaligned or _misaligned(ends[0])
        largest.append(max(ends[0], key=_size) if period == 1 else _hull(ends[0], period))
        smallest.append(min(ends[1], key=lambda one: (_size(one), len(one.lows))))
    return Paths((largest[0], largest[-1]), (smallest[0], smallest[-1]), first.most), misaligned


def _size(axis: Axis) -> int:
    """The largest interval of any position."""
    return extent(axis, len(axis.lows))


def _hull(axes: list[Axis], period: int) -> Axis:
    """For each position the interval that holds what all paths see."""
    lows: list[int | None] = []
    highs: list[int | None] = []
    for o in range(period):
        lows.append(min((low for axis in axes if (low := axis.low(o)) is not None), default=None))
        highs.append(
            max((high for axis in axes if (high := axis.high(o)) is not None), default=None)
        )
    return Axis(axes[0].shift * period // len(axes[0].lows), tuple(lows), tuple(highs))


def _misaligned(axes: list[Axis]) -> bool:
    for o in range(lcm(*[len(axis.lows) for axis in axes])):
        ends = [(axis.low(o), axis.high(o)) for axis in axes]
        if len({low + high for low, high in ends if low is not None and high is not None}) > 1:
            return True
    return False


def extent(axis: Axis, size: int) -> int:
    """The largest input interval of any position of a map of ``size`` positions."""
    best = 0
    for low, high in zip(axis.lows[:size], axis.highs[:size], strict=True):
        if low is not None and high is not None:
            best = max(best, high - low + 1)
    return best


def jump(axis: Axis) -> Jump:
    """Input cells between neighbouring positions; a fraction behind upsampling."""
    period = len(axis.lows)
    if axis.shift % period == 0:
        return axis.shift // period
    from fractions import Fraction  # late: only behind upsampling

    return Fraction(axis.shift, period)


def extents(axes: Axes, volume: Volume) -> Two:
    return extent(axes[0], volume.W), extent(axes[1], volume.H)
