"""Members of a space by rank: random ones, and those with the lowest or highest value of a sum."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from math import inf
from random import Random

from cnnsize.patterns.counting.ordered import Search, in_order
from cnnsize.patterns.counting.question import Entry, Space

Limits = tuple[float, float]
LISTED = 4096  # members that are listed rather than narrowed down further
DRAWN = 1024  # members of a sample that narrows a range down
VISITS = 5_000  # beginnings that a search may extend,
VISITS_PER_MEMBER = 60  # and more for each member that is wanted


def random_ranks(random: Random, total: int, number: int) -> list[int]:
    """Return different random numbers below ``total``, in random order; all where it is small."""
    number = min(number, total)
    if total <= 4 * number:
        return random.sample(range(total), number)
    ranks: dict[int, None] = {}
    while len(ranks) < number:
        ranks[random.randrange(total)] = None
    return list(ranks)


def members_at(space: Space, ranks: Sequence[int]) -> list[Entry]:
    """Return the members with some ranks, in the order of ``ranks``."""
    ascending = sorted(ranks)
    entries = dict(zip(ascending, space.members(ascending), strict=True))
    return [entries[rank] for rank in ranks]


class Ranking:
    """The members of a space in the order of the value of its form; the highest first if reversed.

    A search that extends the most promising beginning first finds them where the condition rules
    out few beginnings. Otherwise a range of values is narrowed down by the values of random members
    in it, and by counting; the random numbers decide only how long that takes.
    """

    def __init__(self, space: Space, *, reverse: bool) -> None:
        self.space = space
        self.reverse = reverse
        self.sign = -1 if reverse else 1
        self.random = Random(0)

    def first(self, number: int) -> list[Entry]:
        """Return the first members; those with equal values in the order of their numbers."""
        entries, is_complete = self._searched(number)
        return entries if is_complete else self._narrowed(number)

    def best(self) -> int | None:
        """Return the value of the first member; None where there is no member."""
        entries, is_complete = self._searched(1)
        if not is_complete:
            value = self.space.extreme(highest=self.reverse)
            if value is not None:
                return value
            entries = self._narrowed(1)
        return entries[0].sums[0] if entries else None

    def _searched(self, number: int) -> tuple[list[Entry], bool]:
        """Return the first members as far as a search finds them, and whether it ended."""
        entries: list[Entry] = []
        if self.space.meeting is None:
            return entries, True
        visits = 0
        for entry in Search(self.space, self.space.meeting).best_first(reverse=self.reverse):
            if entry is not None:
                entries.append(entry)
                if len(entries) == number:
                    break
            visits += entry is None
            if visits > VISITS + VISITS_PER_MEMBER * number:
                return entries, False
        return entries, True

    def _narrowed(self, number: int) -> list[Entry]:
        best = self.space.extreme(highest=self.reverse)
        if best is None:
            last, count = inf, self.space.count()
            number = min(number, count)
        else:
            last, count = self._widened(best, number)
            if last == self.sign * best and count > LISTED:
                return self._least_numbers(last, number)
        # ``count`` members have signed values up to ``last``
        while count > LISTED + number:
            bound, inside = self._bound(last, count, number)
            if inside < number:  # nearly all members are wanted
                break
            if inside < count:
                last, count = bound, inside
                continue
            better = self._count(bound - 1)
            if better < number:
                ties = self._least_numbers(bound, number - better)
                return self._listed(bound - 1, better) + ties
            last, count = bound - 1, better
        return self._listed(last, count)[:number]

    def _widened(self, best: int, number: int) -> tuple[int, int]:
        """Return a signed value up to which at least ``number`` members come, if there are as many, and
        how many do.
        """
        axis = self.space.lattice.axes[0]
        last, worst = self.sign * best, axis.value(0 if self.reverse else axis.mask << axis.shift)
        width = 64 * axis.step
        count = self._count(last)
        while count < number and last < self.sign * worst:
            last += width
            width *= 16
            count = self._count(last)
        return last, count

    def _bound(self, last: float, count: int, number: int) -> tuple[int, int]:
        """Return a signed value up to which probably ``number`` members come, and how many do."""
        ranks = sorted(random_ranks(self.random, count, DRAWN))
        drawn = sorted(
            self._signed(entry) for entry in self.space.members(ranks, self._limits(last))
        )
        place = len(drawn) * number // count + 2
        while True:
            bound = drawn[min(place, len(drawn) - 1)]
            inside = self._count(bound)
            if inside >= number or place >= len(drawn):
                return bound, inside
            place = 2 * place + 1

    def _signed(self, entry: Entry) -> int:
        return self.sign * entry.sums[0]

    def _limits(self, last: float) -> Limits:
        """Return the range of values that come up to a signed value."""
        return (-inf, last) if self.sign > 0 else (-last, inf)

    def _count(self, last: float) -> int:
        return self.space.count(self._limits(last))

    def _listed(self, last: float, count: int) -> list[Entry]:
        """Return all members up to a signed value in order."""
        entries = self.space.members(range(count), self._limits(last))
        number_of = self.space.number_of
        return sorted(entries, key=lambda entry: (self._signed(entry), number_of(entry.values)))

    def _least_numbers(self, bound: int, number: int) -> list[Entry]:
        """Return the members with a value that have the lowest numbers."""
        value = self.sign * bound
        return list(islice(in_order(self.space, (value, value)), number))
