"""Pairs of a beginning and an end of a member whose sums together are in a box."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple, Protocol

from cnnsize.patterns.counting.axes import Axis
from cnnsize.patterns.counting.spread import Counts, Ranges

BY_CLOCK = 4096  # beginnings between two looks at the clock


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


class OneAxis:
    """Pairs whose sums have one number, or none."""

    def __init__(self, left: Counts, right: Counts, check: Callable[[], None]) -> None:
        self.left = sorted(left)
        self.left_counts = [left[key] for key in self.left]
        self.right = sorted(right)
        self.totals = [0, *accumulate([right[key] for key in self.right])]
        check()

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


class TwoAxes:
    """Pairs whose sums have two numbers.

    Beginnings are visited from the highest first number to the lowest, so that ever more ends fit;
    those that do are kept in a binary indexed tree over their second number (Fenwick 1994).
    """

    def __init__(
        self, left: Counts, right: Counts, axes: Sequence[Axis], check: Callable[[], None]
    ) -> None:
        self.axes = axes
        self.check = check
        self.left = sorted(left, reverse=True)
        self.left_counts = [left[key] for key in self.left]
        check()
        mask = axes[1].mask
        self.by_second = sorted(right, key=lambda key: key & mask)
        self.seconds = [key & mask for key in self.by_second]
        self.right_counts = [right[key] for key in self.by_second]
        self.by_first = sorted(range(len(right)), key=self.by_second.__getitem__)
        self.tree: list[int] = []
        check()

    def scan(self, box: Ranges) -> Iterator[tuple[int, int, int]]:
        """Yield the index of each beginning that fits some end, how many fit, and how many of the
        ends in the tree have a lower second number.
        """
        (low, high), (second_low, second_high) = box
        shift, mask = self.axes[0].shift, self.axes[1].mask
        keys, counts, seconds = self.by_second, self.right_counts, self.seconds
        order, size = self.by_first, len(self.by_first)
        firsts = [keys[place] >> shift for place in order]
        tree = self.tree = [0] * (size + 1)
        inserted = entering = leaving = 0
        lowest_second, highest_second = seconds[0], seconds[-1]
        for index, key in enumerate(self.left):
            first, second = key >> shift, key & mask
            if index % BY_CLOCK == 0:
                self.check()
            limit = high - first
            while entering < size and firsts[entering] <= limit:
                place = order[entering]
                number = counts[place]
                inserted += number
                place += 1
                while place <= size:
                    tree[place] += number
                    place += place & -place
                entering += 1
            limit = low - first
            while leaving < entering and firsts[leaving] < limit:
                place = order[leaving]
                number = counts[place]
                inserted -= number
                place += 1
                while place <= size:
                    tree[place] -= number
                    place += place & -place
                leaving += 1
            if not inserted:
                continue
            limit = second_high - second
            if limit >= highest_second:
                matches = inserted
            elif limit < lowest_second:
                continue
            else:
                place = bisect_right(seconds, limit)
                matches = 0
                while place:
                    matches += tree[place]
                    place &= place - 1
            limit = second_low - second
            lower = 0
            if limit > lowest_second:
                place = bisect_left(seconds, limit)
                while place:
                    lower += tree[place]
                    place &= place - 1
            if matches > lower:
                yield index, matches - lower, lower

    def count(self, box: Ranges) -> int:
        """Return how many pairs are in a box."""
        numbers = self.left_counts
        return sum(numbers[index] * matches for index, matches, _ in self.scan(box))

    def pairs(self, box: Ranges, ranks: Sequence[int]) -> Iterator[Pair]:
        """Yield the pairs with some ranks, in ascending order, among those in a box."""
        wanted, before = 0, 0
        for index, matches, lower in self.scan(box):
            number = self.left_counts[index]
            while wanted < len(ranks) and ranks[wanted] < before + number * matches:
                left_rank, rank = divmod(ranks[wanted] - before, matches)
                place, right_rank = self._select(lower + rank)
                yield Pair(self.left[index], left_rank, self.by_second[place], right_rank)
                wanted += 1
            before += number * matches
            if wanted == len(ranks):
                return

    def _select(self, rank: int) -> tuple[int, int]:
        """Return the place of the end with a rank in the tree, and its rank among its equals."""
        tree, size, place = self.tree, len(self.seconds), 0
        width = 1 << size.bit_length()
        while width:
            after = place + width
            if after <= size and tree[after] <= rank:
                place = after
                rank -= tree[after]
            width >>= 1
        return place, rank


class Tested:
    """Whole members, each tested by its sums; the ends have none."""

    def __init__(
        self,
        left: Counts,
        holds: Callable[[int], bool],
        shift: int,
        check: Callable[[], None],
    ) -> None:
        self.keys = [key for key in sorted(left) if holds(key)]
        check()
        self.totals = [0, *accumulate([left[key] for key in self.keys])]

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

    def _places(self, box: Ranges) -> tuple[int, int]:
        low, high = box[0]
        return bisect_left(self.keys, low << self.shift), bisect_left(
            self.keys, high + 1 << self.shift
        )
