"""Which inputs fit a network, as arithmetic: W = 32k + 3 for k >= 2.

The network is walked once with a number that stands for a whole progression, n + T t for t = 0, 1,
2, ...: sizes are then polynomials in t, and a division by a stride is exact once T is a multiple of
what the strides ask for. The walk finds that T by itself. Every comparison on the way (does the
filter fit, are the branches equal) holds up to a t that is noted; from there it is walked again. So
each of the T progressions comes to an end after a few walks, and what is said holds for all sizes,
without trying them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.layers.volume import Volume
from cnnsize.limits import MAX_INPUT_STEPS, MAX_INTEGER
from cnnsize.patterns.inputs.polynomial import (
    BeyondRangeError,
    LongerPeriodError,
    Polynomial,
    Watch,
)
from cnnsize.patterns.inputs.sizes import Sizes
from cnnsize.record import Record, replace
from cnnsize.sizing.rows import rows_of
from cnnsize.sizing.settings import TORCH, Settings, severity
from cnnsize.sizing.size import sized
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.text.diagnostic import ArchitectureError, error

EXACT, WHOLE, WORKS, FAILS = 3, 2, 1, 0
LEAST = 5  # what one walk costs beside its layers, in layers


class Side(NamedTuple):
    """The sizes that fit along one side, or along both of a square.

    ``exact``: no window leaves a remainder. ``whole``: at the far edge only padding is left over;
    the network is valid. What a stride or a dilation skips elsewhere does not count. ``works``:
    torch would run it.
    """

    axis: str  # W or H; W = H for squares
    written: int
    other: int | None  # the other side, which was held; None for squares
    exact: Sizes
    whole: Sizes
    works: Sizes

    @property
    def letter(self) -> str:
        return self.axis[0]


class Fitting(Record):
    """Which inputs fit a network. Iterate it for those that lose nothing, the smallest first,
    without end.

    It is no tuple: iterating one never ends, and copying a tuple iterates it.
    """

    architecture: ParsedArchitecture
    input: Volume
    sides: tuple[Side, ...]  # one for squares, else W and H

    def __iter__(self) -> Iterator[Volume]:
        first = self.sides[0]
        for size in first.whole:
            yield self.volume(first, size)

    def volume(self, side: Side, size: int) -> Volume:
        """The input that has this size along a side."""
        if side.other is None:
            return Volume(size, size, self.input.D)
        return (
            Volume(size, side.other, self.input.D)
            if side.axis == "W"
            else Volume(side.other, size, self.input.D)
        )


def fitting(
    one: ParsedArchitecture,
    input: tuple[int, int, int] | None = None,
    settings: Settings = TORCH,
    values: Mapping[str, int] | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> Fitting:
    """Which inputs fit. Raises ArchitectureError where there is no one network, or no arithmetic in
    reach.

    ``watch`` is told now and then how many progressions of how many are done.
    """
    network = sized(one, input, settings, values or {})
    w, h, _ = network.input
    search = _Search(one, network, _Budget(), watch)
    try:
        if w == h:
            return Fitting(one, network.input, (search.side("W = H", w, None),))
        sides = []
        for axis, written, other in (("W", w, h), ("H", h, w)):
            side = search.side(axis, written, other)
            if not side.works:  # the other side itself does not work: hold it where a square does
                square = search.side("W = H", written, None)
                near = square.works.above(other - 1) or square.works.below(other)
                if near is not None:
                    side = search.side(axis, written, near)
            sides.append(side)
        return Fitting(one, network.input, tuple(sides))
    except BeyondRangeError as hard:
        wrong = error(
            "CNN009",
            "which inputs fit repeats after too many sizes to be worked out",
            one.chain.span,
            notes=(hard.why,),
        )
        raise one.mapped_error(wrong) from None


class _Budget:
    """The layers that were walked, for all progressions together."""

    left = MAX_INPUT_STEPS


class _Search:
    """One network, walked for one progression after the other."""

    def __init__(
        self,
        one: ParsedArchitecture,
        network: SizedNetwork,
        budget: _Budget,
        watch: Callable[[int, int], None] | None,
    ) -> None:
        self.watch = watch
        self.one = one
        self.network = network
        self.budget = budget
        # not the object that the walk keeps its tables for: these are of numbers
        self.settings = replace(network.settings, defaults=replace(network.settings.defaults))

    def side(self, axis: str, written: int, other: int | None) -> Side:
        period = 1
        while True:
            try:
                levels = []
                for remainder in range(period):
                    levels.append(self.levels(remainder, period, axis, other))
                    if self.watch is not None and remainder % 64 == 0:
                        self.watch(remainder, period)
                break
            except LongerPeriodError as more:
                period *= more.factor
                if period * LEAST > self.budget.left:
                    raise BeyondRangeError(f"the strides ask for a period of {period:,}") from None
        sets = []
        for least in (EXACT, WHOLE, WORKS):
            starts: dict[int, int] = {}
            runs: list[range] = []
            for remainder, pieces in enumerate(levels):
                for begin, end, level in pieces:
                    if level < least or begin > MAX_INTEGER:  # no INPUT is as large
                        continue
                    if end is None:
                        starts[remainder] = begin
                    else:
                        runs.append(range(begin, min(end, MAX_INTEGER + 1), period))
            sets.append(Sizes(period, starts, tuple(runs)))
        return Side(axis, written, other, *sets)

    def levels(
        self, remainder: int, period: int, axis: str, other: int | None
    ) -> list[tuple[int, int | None, int]]:
        """(first size, the first behind them, how well they fit) along one progression; None:
        without end.
        """
        found: list[tuple[int, int | None, int]] = []
        size = remainder or period
        while True:
            watch = Watch()
            level = self.level(Polynomial((size, period), watch), axis, other)
            if watch.next is None:
                found.append((size, None, level))
                return found
            behind = size + period * watch.next
            found.append((size, behind, level))
            size = behind

    def level(self, side: Polynomial, axis: str, other: int | None) -> int:
        """How well a size fits along an axis."""
        D = self.network.input.D
        sides: tuple[Any, Any] = (
            (side, side) if other is None else (side, other) if axis == "W" else (other, side)
        )
        try:
            walked = _walked(self.one, Volume(*sides, D), self.network, self.settings)
        except ArchitectureError as wrong:
            raise BeyondRangeError(wrong.diagnostic.message) from None
        self.budget.left -= walked.walked + LEAST
        if self.budget.left < 0:
            raise BeyondRangeError(
                f"more than {MAX_INPUT_STEPS:,} layers would have to be sized, at a period of {side.parts[1]:,}"
            )
        axes = (0, 1) if other is None else (0,) if axis == "W" else (1,)
        if walked.output is None:
            return FAILS
        for problem in walked.problems:
            if severity(problem.fault, self.settings) == "error" and (
                other is None or problem.fault.axis in (None, axis)
            ):
                return WORKS
        for row in rows_of(walked.rows):
            left = row.sizing.remainder
            if left is not None and any(left[one] for one in axes):
                return WHOLE
        return EXACT


def _walked(
    one: ParsedArchitecture, input: Volume, network: SizedNetwork, settings: Settings
) -> SizedNetwork:
    from cnnsize.sizing.size import size

    return size(one, input, network.values, settings)
