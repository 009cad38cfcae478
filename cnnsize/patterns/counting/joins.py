"""Pairs of a beginning and an end of a member whose sums together are in a box."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, MutableSequence, Sequence
from itertools import accumulate, compress, pairwise
from typing import NamedTuple, Protocol

from cnnsize.patterns.counting.axes import Axis
from cnnsize.patterns.counting.dense import Dense
from cnnsize.patterns.counting.spread import Counts, Ranges

BY_CLOCK = 4096  # beginnings between two looks at the clock


class Sums(NamedTuple):
    """Packed sums in ascending order, and how many beginnings or ends have them."""

    keys: list[int]
    counts: list[int]

    @classmethod
    def of(cls, counts: Counts) -> Sums:
        """Return the sums of a node, in a fifth of the memory of a dictionary."""
        if isinstance(counts, Dense):
            keys = [counts.low + index for index, count in enumerate(counts.counts) if count]
            return cls(keys, [count for count in counts.counts if count])
        # sorting keys and counts as one integer is faster than looking counts up
        bits = max(counts.values(), default=0).bit_length()
        both = sorted([key << bits | count for key, count in counts.items()])
        mask = (1 << bits) - 1
        return cls([packed >> bits for packed in both], [packed & mask for packed in both])


class Pair(NamedTuple):
    """A beginning and an end by their sums, and which of those with these sums they are."""

    left: int
    left_rank: int
    right: int
    right_rank: int


class Join(Protocol):
    """The beginnings and the ends of members at one node."""

    def count(self, box: Ranges) -> int:
        """Return how many pairs are in a box."""

    def pairs(self, box: Ranges, ranks: Sequence[int]) -> Iterator[Pair]:
        """Yield the pairs with some ranks, in ascending order, among those in a box."""

    def bins(self, box: Ranges, edges: Sequence[int]) -> list[int]:
        """Return how many pairs in a box have first numbers from each edge up to the next one."""


def cut_bins(limits: tuple[int, int], edges: Sequence[int]) -> list[tuple[int, int]]:
    """Return the ranges between edges, cut to limits."""
    low, high = limits
    return [(max(low, start), min(high, end - 1)) for start, end in pairwise(edges)]


def compact(numbers: list[int]) -> MutableSequence[int]:
    """Return numbers in an array, which takes a fifth of the memory, if they fit."""
    if numbers and max(numbers) >= 1 << 63:
        return numbers
    return array("q", numbers)


class OneAxis:
    """Pairs whose sums have one number, or none."""

    def __init__(self, left: Sums, right: Sums) -> None:
        self.left, self.left_counts = left
        self.right = right.keys
        self.totals = [0, *accumulate(right.counts)]

    def count(self, box: Ranges) -> int:
        """Return how many pairs are in a box."""
        low, high = box[0] if box else (0, 0)
        right, totals = self.right, self.totals
        return (
            sum(
                number
                * (totals[bisect_right(right, high - key)] - totals[bisect_left(right, low - key)])
                for key, number in zip(self.left, self.left_counts, strict=True)
                if right[0] <= high - key and right[-1] >= low - key
            )
            if low <= high
            else 0
        )

    def pairs(self, box: Ranges, ranks: Sequence[int]) -> Iterator[Pair]:
        """Yield the pairs with some ranks, in ascending order, among those in a box."""
        low, high = box[0] if box else (0, 0)
        right, totals = self.right, self.totals
        wanted, before = 0, 0
        for key, number in zip(self.left, self.left_counts, strict=True):
            first = totals[bisect_left(right, low - key)]
            matches = totals[bisect_right(right, high - key)] - first
            while wanted < len(ranks) and ranks[wanted] < before + number * matches:
                left_rank, rank = divmod(ranks[wanted] - before, matches)
                place = bisect_right(totals, first + rank) - 1
                yield Pair(key, left_rank, right[place], first + rank - totals[place])
                wanted += 1
            before += number * matches

    def bins(self, box: Ranges, edges: Sequence[int]) -> list[int]:
        """Return how many pairs in a box have first numbers from each edge up to the next one."""
        return [self.count((limits,)) for limits in cut_bins(box[0], edges)]


RADIX = 7  # bits: a sum over some places adds up to 128 numbers of each of three tables


class TwoAxes:
    """Pairs whose sums have two numbers.

    Beginnings are visited from the highest first number to the lowest, so that ever more ends fit.
    Those that do are counted by their place in the order of second numbers: one by one, in blocks of
    128 places and in blocks of 128 x 128. ``swapped`` lets the axes change places in this.
    """

    def __init__(
        self,
        left: Sums,
        right: Sums,
        axes: Sequence[Axis],
        check: Callable[[], None],
        *,
        swapped: bool = False,
    ) -> None:
        self.check = check
        self.first, self.second = reversed(axes) if swapped else axes
        self.swapped = swapped
        if swapped:
            left, right = self._by_first(left), self._by_first(right)
        self.left, self.left_counts = left.keys[::-1], left.counts[::-1]
        self.right, self.right_counts = right
        self.firsts = compact(self._numbers(self.first, right.keys))
        check()
        seconds = self._numbers(self.second, right.keys)
        self.order = compact(sorted(range(len(seconds)), key=seconds.__getitem__))
        self.seconds = compact([seconds[index] for index in self.order])
        self.places = compact([0] * len(seconds))
        for place, index in enumerate(self.order):
            self.places[index] = place
        self.tables: tuple[list[int], ...] = ()
        check()

    def _by_first(self, sums: Sums) -> Sums:
        """Return sums in the order of their first number."""
        firsts = self._numbers(self.first, sums.keys)
        order = sorted(range(len(firsts)), key=firsts.__getitem__)
        return Sums([sums.keys[index] for index in order], [sums.counts[index] for index in order])

    def _numbers(self, axis: Axis, keys: Sequence[int]) -> list[int]:
        shift, mask = axis.shift, axis.mask
        return [key >> shift & mask for key in keys]

    def scan(self, limits: tuple[int, int]) -> Iterator[tuple[int, int]]:
        """Yield the index of each beginning whose first number together with that of some end is in a
        range, and how many such ends there are, which are then counted in ``tables``.
        """
        low, high = limits
        counts, places, firsts = self.right_counts, self.places, self.firsts
        singles, blocks, large = self.tables = (
            [0] * len(places),
            [0] * ((len(places) >> RADIX) + 1),
            [0] * ((len(places) >> 2 * RADIX) + 1),
        )
        shift, mask = self.first.shift, self.first.mask
        highest, lowest = (self.left[end] >> shift & mask for end in (0, -1))
        entering = leaving = bisect_left(firsts, low - highest)
        size = bisect_right(firsts, high - lowest)
        inside = 0
        for index, key in enumerate(self.left):
            first = key >> shift & mask
            if index % BY_CLOCK == 0:
                self.check()
            limit = high - first
            while entering < size and firsts[entering] <= limit:
                place, number = places[entering], counts[entering]
                inside += number
                singles[place] += number
                blocks[place >> RADIX] += number
                large[place >> 2 * RADIX] += number
                entering += 1
            limit = low - first
            while leaving < entering and firsts[leaving] < limit:
                place, number = places[leaving], counts[leaving]
                inside -= number
                singles[place] -= number
                blocks[place >> RADIX] -= number
                large[place >> 2 * RADIX] -= number
                leaving += 1
            if inside:
                yield index, inside

    def _below(self, second: int, inside: int) -> int:
        """Return how many of the counted ends, which are ``inside``, have a lower second number."""
        seconds = self.seconds
        if second <= seconds[0]:
            return 0
        if second > seconds[-1]:
            return inside
        singles, blocks, large = self.tables
        place = bisect_left(seconds, second)
        block, outer = place >> RADIX, place >> 2 * RADIX
        return (
            sum(large[:outer])
            + sum(blocks[outer << RADIX : block])
            + sum(singles[block << RADIX : place])
        )

    def _fitting(self, box: Ranges) -> Iterator[tuple[int, int, int]]:
        """Yield the index of each beginning that fits some end, how many fit, and how many of the
        counted ends have a lower second number.
        """
        limits, (low, high) = box
        left, shift, mask, below = self.left, self.second.shift, self.second.mask, self._below
        for index, inside in self.scan(limits):
            second = left[index] >> shift & mask
            lower = below(low - second, inside)
            fitting = below(high - second + 1, inside) - lower
            if fitting:
                yield index, fitting, lower

    def count(self, box: Ranges) -> int:
        """Return how many pairs are in a box."""
        numbers = self.left_counts
        return sum(numbers[index] * fitting for index, fitting, _ in self._fitting(box))

    def bins(self, box: Ranges, edges: Sequence[int]) -> list[int]:
        """Return how many pairs in a box have first numbers from each edge up to the next one.

        The axes must be swapped.
        """
        assert self.swapped
        ranges = cut_bins(box[0], edges)
        totals = [0] * len(ranges)
        shift, mask = self.second.shift, self.second.mask
        for index, inside in self.scan(box[1]):
            second = self.left[index] >> shift & mask
            number = self.left_counts[index]
            for place, (low, high) in enumerate(ranges):
                if low <= high:
                    lower = self._below(low - second, inside)
                    totals[place] += number * (self._below(high - second + 1, inside) - lower)
        return totals

    def pairs(self, box: Ranges, ranks: Sequence[int]) -> Iterator[Pair]:
        """Yield the pairs with some ranks, in ascending order, among those in a box."""
        wanted, before = 0, 0
        for index, fitting, lower in self._fitting(box):
            number = self.left_counts[index]
            while wanted < len(ranks) and ranks[wanted] < before + number * fitting:
                left_rank, rank = divmod(ranks[wanted] - before, fitting)
                place, right_rank = self._select(lower + rank)
                yield Pair(self.left[index], left_rank, self.right[self.order[place]], right_rank)
                wanted += 1
            before += number * fitting
            if wanted == len(ranks):
                return

    def _select(self, rank: int) -> tuple[int, int]:
        """Return the place of the counted end with a rank, and its rank among its equals."""
        place = 0
        for table in reversed(self.tables):
            place <<= RADIX
            while table[place] <= rank:
                rank -= table[place]
                place += 1
        return place, rank


class Tested:
    """Whole members, each tested by its sums; the ends have none."""

    def __init__(self, left: Sums, holds: Callable[[int], bool], shift: int) -> None:
        held = [holds(key) for key in left.keys]
        self.keys = [*compress(left.keys, held)]
        self.totals = [0, *accumulate(compress(left.counts, held))]

        self.shift = shift

    def count(self, box: Ranges) -> int:
        """Return how many members have a first number in the first range of a box."""
        first, end = self._places(box)
        return max(0, self.totals[end] - self.totals[first])

    def pairs(self, box: Ranges, ranks: Sequence[int]) -> Iterator[Pair]:
        """Yield the members with some ranks, in ascending order, among those counted."""
        before = self.totals[self._places(box)[0]]
        for rank in ranks:
            place = bisect_right(self.totals, before + rank) - 1
            yield Pair(self.keys[place], before + rank - self.totals[place], 0, 0)

    def bins(self, box: Ranges, edges: Sequence[int]) -> list[int]:
        """Return how many members have first numbers from each edge up to the next one."""
        return [self.count((limits,)) for limits in cut_bins(box[0], edges)]

    def _places(self, box: Ranges) -> tuple[int, int]:
        low, high = box[0]
        return bisect_left(self.keys, low << self.shift), bisect_left(
            self.keys, high + 1 << self.shift
        )
