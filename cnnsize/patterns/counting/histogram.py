"""How a fact is distributed over the members of a family: bins, extremes and quartiles."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from random import Random
from typing import Any

from cnnsize.patterns.choices import count_words
from cnnsize.patterns.counting.question import Space
from cnnsize.patterns.counting.ranking import DRAWN, LISTED, Ranking, random_ranks
from cnnsize.record import NamedTuple, public

SHARES = (0.25, 0.5, 0.75)
MARGIN = 3 * DRAWN**0.5 / 2  # of places in a sample: three times the deviation of a median
LARGE = 30_000  # sums beyond which quartiles are estimated
SAMPLED = 4096  # members by which they are


@public
class Bin(NamedTuple):
    """The members with values from ``low`` to ``high``, both included."""

    low: int
    high: int
    members: int


@public
class Histogram(NamedTuple):
    """How a fact is distributed over some members of a family.

    ``members`` is the sum over all bins. ``quartiles`` are the lower quartile, the median and the
    upper quartile, each the value of a member; ``exact`` is false where they are those of a random
    sample, and None and () stand for no members.
    """

    key: str
    members: int
    lowest: int | None
    quartiles: tuple[int, ...]
    highest: int | None
    exact: bool
    bins: tuple[Bin, ...]

    def __repr__(self) -> str:
        if self.lowest is None:
            return f"<Histogram of {self.key}: no members>"
        ends = f"{self.lowest:,} to {self.highest:,}"
        return f"<Histogram of {self.key}: {count_words(self.members)} members, {ends}>"

    def to_dict(self) -> dict[str, Any]:
        """Return the histogram as plain data."""
        return {
            **self._asdict(),
            "quartiles": list(self.quartiles),
            "bins": [part._asdict() for part in self.bins],
        }


def histogram_of(space: Space, name: str, factor: int, number: int) -> Histogram:
    """Return the histogram of ``factor`` times the form of a space, in ``number`` bins at most."""
    low, high = (Ranking(space, reverse=reverse).best() for reverse in (False, True))
    if low is None or high is None:
        return Histogram(name, 0, None, (), None, True, ())
    edges = edges_between(low, high, number)
    counts = space.bins(edges)
    total = sum(counts)
    is_large = space.size > LARGE
    if is_large:
        quartiles = _sampled(space, total)
    else:
        ranks = [rank_of(share, total) for share in SHARES]
        quartiles = [value_at(space, rank, (low, high)) for rank in ranks]
    bins = tuple(
        [
            Bin(factor * start, factor * (end - 1), members)
            for (start, end), members in zip(pairwise(edges), counts, strict=True)
        ]
    )
    values = tuple([factor * value for value in quartiles])
    return Histogram(name, total, factor * low, values, factor * high, not is_large, bins)


def histogram_of_values(counts: dict[int, int], name: str, number: int) -> Histogram:
    """Return the histogram of values with their numbers of members."""
    values = sorted(value for value, members in counts.items() if members)
    total = sum(counts.values())
    if not values:
        return Histogram(name, 0, None, (), None, True, ())
    edges = edges_between(values[0], values[-1], number)
    bins = tuple(
        [
            Bin(start, end - 1, sum(counts[value] for value in values if start <= value < end))
            for start, end in pairwise(edges)
        ]
    )
    reached = [*accumulate([counts[value] for value in values])]
    quartiles = tuple(
        [
            next(value for value, below in zip(values, reached, strict=True) if below > rank)
            for rank in [rank_of(share, total) for share in SHARES]
        ]
    )
    return Histogram(name, total, values[0], quartiles, values[-1], True, bins)


def rank_of(share: float, total: int) -> int:
    """Return the rank, from 0, of the lowest value that this share of the members does not exceed."""
    return max(0, -(-int(share * 4) * total // 4) - 1)


def edges_between(low: int, high: int, number: int) -> list[int]:
    """Return the edges of bins of equal widths from ``low`` to ``high``, the end not included."""
    width = high - low + 1
    number = min(number, width)
    return [low + width * index // number for index in range(number + 1)]


def value_at(space: Space, rank: int, limits: tuple[int, int]) -> int:
    """Return the value of the form of the member with a rank in the order of these values.

    ``limits`` are the lowest and the highest value. The range in which it must be is narrowed down
    by the values of random members in it, and by counting.
    """
    low, high = limits
    random = Random(0)
    count = space.count((low, high))
    while low < high:
        if count <= LISTED:
            return sorted(entry.sums[0] for entry in space.members(range(count), (low, high)))[rank]
        ranks = sorted(random_ranks(random, count, DRAWN))
        drawn = sorted(entry.sums[0] for entry in space.members(ranks, (low, high)))
        place = len(drawn) * rank // count
        before = (low, high)
        for edge in (
            drawn[max(0, int(place - MARGIN))] - 1,
            drawn[min(len(drawn) - 1, int(place + MARGIN))],
        ):
            low, high, rank, count = _halved(space, (low, high), edge, rank, count)
        if (low, high) == before:
            low, high, rank, count = _halved(space, (low, high), (low + high) // 2, rank, count)
    return low


def _halved(
    space: Space, limits: tuple[int, int], edge: int, rank: int, count: int
) -> tuple[int, int, int, int]:
    """Return the part of a range, up to an edge or after it, with the member of a rank.

    The results are its ends, the rank and the number of members in it.
    """
    low, high = limits
    if not low <= edge < high:
        return low, high, rank, count
    below = space.count((low, edge))
    if rank < below:
        return low, edge, rank, below
    return edge + 1, high, rank - below, count - below


def _sampled(space: Space, total: int) -> Sequence[int]:
    """Return the quartiles of a random sample."""
    ranks = sorted(random_ranks(Random(0), total, SAMPLED))
    values = sorted(entry.sums[0] for entry in space.members(ranks))
    return [values[rank_of(share, len(values))] for share in SHARES]
