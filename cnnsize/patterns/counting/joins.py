"""Pairs of a beginning and an end of a member whose sums together are in a box."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, compress, pairwise
from typing import NamedTuple, Protocol

from cnnsize.patterns.counting.spread import Ranges
from cnnsize.patterns.counting.sums import Sums


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
