"""Pairs of a beginning and an end of a member whose sums are two numbers."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from itertools import accumulate, compress, count, repeat
from operator import gt, itemgetter, mul, sub

from cnnsize.patterns.counting.axes import Axis
from cnnsize.patterns.counting.joins import Pair
from cnnsize.patterns.counting.spread import Ranges
from cnnsize.patterns.counting.sums import Run, Sums

BY_CLOCK = 4096  # beginnings between two looks at the clock
BLOCK = 64  # ends of which only the highest number is kept
# the ends within the first and within the second limit, and a list and an index for the answer
Doubt = tuple[int, int, list[int], int]
MAX_STEPS = 3_000_000  # ends tried in one search


class TooManyStepsError(Exception):
    """A search took too long."""


class Prefixes:
    """Ends in the order of one of their numbers."""

    def __init__(self, numbers: list[int], others: list[int], counts: Sequence[int]) -> None:
        self.numbers = numbers
        # how many are among the first ones, from none on
        self.totals = [*accumulate(counts, initial=0)]
        # the highest other number of the first ones, in blocks
        blocks = [max(others[place : place + BLOCK]) for place in range(0, len(others), BLOCK)]
        self.highest = [*accumulate(blocks, max, initial=-1)]

    def places(self, limits: Iterable[int]) -> list[int]:
        """Return how many ends have numbers up to each limit."""
        return [*map(partial(bisect_right, self.numbers), limits)]

    def exceed(self, places: Sequence[int], limits: Iterable[int]) -> Iterator[bool]:
        """Yield whether some of the first ends, by their number, may have another number over a
        limit.
        """
        return map(gt, self.highest_before(places), limits)

    def highest_before(self, places: Sequence[int]) -> Iterator[int]:
        """Yield a number that no other number of the first ends exceeds; -1 where there is no end."""
        return map(self.highest.__getitem__, [-(-place // BLOCK) for place in places])


class TwoAxes:
    """Pairs whose sums have two numbers.

    ``runs`` are the beginnings, and ``left`` returns them in ascending order. Pairs go from the
    beginning with the highest sums to that with the lowest, and for each through its ends by their
    second number. ``order`` has the ends, which are in the order of their first number, in that of
    the second one.
    """

    def __init__(
        self,
        runs: Sequence[Run],
        left: Callable[[], Sums],
        right: Sums,
        axes: Sequence[Axis],
        check: Callable[[], None],
    ) -> None:
        self.runs, self.left, self.axes, self.check = runs, left, axes, check
        self.right, self.counts = right
        self.firsts, self.seconds = [axis.of(right.keys) for axis in axes]
        self.by_first = Prefixes(self.firsts, self.seconds, right.counts)

    @cached_property
    def order(self) -> Sequence[int]:
        """The ends by their second number."""
        return sorted(range(len(self.seconds)), key=self.seconds.__getitem__)

    @cached_property
    def by_second(self) -> Prefixes:
        """The ends by their second number, with the highest first ones."""
        columns = (self.seconds, self.firsts, self.counts)
        return Prefixes(*[[*map(column.__getitem__, self.order)] for column in columns])

    def count(self, box: Ranges) -> int:
        """Return how many pairs are in a box."""
        return total(self.runs, self.fits(self.runs, box))

    def bins(self, box: Ranges, edges: Sequence[int]) -> list[int]:
        """Return how many pairs in a box have first numbers from each edge up to the next one; none has
        one below the first edge.
        """
        (low, high), second = box
        ends = [low, *[min(max(edge, low), high + 1) for edge in edges[1:]]]
        below = {
            end: total(self.runs, self._up_to(self.runs, end - 1, second)) if end > 0 else 0
            for end in dict.fromkeys(ends)
        }
        totals = [below[end] for end in ends]
        return [*map(sub, totals[1:], totals)]

    def fits(self, runs: Sequence[Run], box: Ranges) -> list[list[int]]:
        """Return how many ends each beginning fits in a box."""
        (low, high), second = box
        fits = self._up_to(runs, high, second)
        return less(fits, self._up_to(runs, low - 1, second)) if low > 0 else fits

    def _up_to(self, runs: Sequence[Run], first: int, second: tuple[int, int]) -> list[list[int]]:
        """Return how many ends each beginning fits with a sum of first numbers up to a limit."""
        low, high = second
        fits = self._quadrant(runs, first, high)
        return less(fits, self._quadrant(runs, first, low - 1)) if low > 0 else fits

    def _quadrant(self, runs: Sequence[Run], first: int, second: int) -> list[list[int]]:
        """Return how many ends each beginning fits with sums up to two limits.

        Costs rise together, so that one of the limits is mostly enough: all ends within it are within
        the other one too. The ends of other beginnings are counted one by one.
        """
        ends = self.by_first
        fits: list[list[int]] = []
        doubts: list[Doubt] = []
        for run in runs:
            self.check()
            firsts = [*map(sub, repeat(first - run.first), run.firsts)]
            seconds = [*map(sub, repeat(second - run.second), run.seconds)]
            places = ends.places(firsts)
            own = [*map(ends.totals.__getitem__, places)]
            doubtful = [*compress(count(), ends.exceed(places, seconds))]
            if doubtful:
                other = self.by_second
                others = other.places(map(seconds.__getitem__, doubtful))
                exceed = other.exceed(others, map(firsts.__getitem__, doubtful))
                for index, place, exceeds in zip(doubtful, others, exceed, strict=True):
                    if exceeds:
                        doubts.append((places[index], place, own, index))
                    else:
                        own[index] = other.totals[place]
            fits.append(own)
        if doubts:
            Tally(self).resolve(doubts)
        return fits

    def extreme(self, box: Ranges, beyond: int, *, highest: bool) -> int:
        """Return the lowest or highest sum of first numbers in a box if it is beyond a number, which is
        returned otherwise. Raises TooManyStepsError where a search takes too long.

        Beginnings with the best bounds come first, and each is tried with its best ends first.
        """
        (low, high), (least, most) = box
        numbers, seconds = self.by_first.numbers, self.seconds
        size, steps = len(numbers), 0
        for run in self.runs:
            self.check()
            firsts = [run.first + number for number in run.firsts]
            bounds = self._bounds(run, firsts, box, highest=highest)
            order = sorted(range(len(bounds)), key=bounds.__getitem__, reverse=highest)
            for index in order:
                bound = bounds[index]
                if bound <= beyond if highest else bound >= beyond:
                    break
                first, second = firsts[index], run.second + run.seconds[index]
                if highest:
                    place = bisect_right(numbers, bound - first) - 1
                    while place >= 0 and first + numbers[place] > max(beyond, low - 1):
                        steps += 1
                        if least <= second + seconds[place] <= most:
                            beyond = first + numbers[place]
                            break
                        place -= 1
                else:
                    place = bisect_left(numbers, bound - first)
                    while place < size and first + numbers[place] < min(beyond, high + 1):
                        steps += 1
                        if least <= second + seconds[place] <= most:
                            beyond = first + numbers[place]
                            break
                        place += 1
                if steps > MAX_STEPS:
                    raise TooManyStepsError
        return beyond

    def _bounds(self, run: Run, firsts: Sequence[int], box: Ranges, *, highest: bool) -> list[int]:
        """Return how low or high a sum of first numbers each beginning has at best."""
        (low, high), (_, most) = box
        if not highest:
            return [max(low, first + self.by_first.numbers[0]) for first in firsts]
        other = self.by_second
        places = other.places([*map(sub, repeat(most - run.second), run.seconds)])
        best = other.highest_before(places)
        return [min(high, first + number) for first, number in zip(firsts, best, strict=True)]

    def pairs(self, box: Ranges, ranks: Sequence[int]) -> Iterator[Pair]:
        """Yield the pairs with some ranks, in ascending order, among those in a box."""
        left = self.left()
        firsts, seconds = [axis.of(reversed(left.keys)) for axis in self.axes]
        counts = left.counts[::-1]
        (fits,) = self.fits((Run(firsts, seconds, counts),), box)
        totals = [0, *accumulate(map(mul, counts, fits))]
        (low, high), (least, _) = box
        numbers, tally = self.by_first.numbers, Tally(self)
        for rank in ranks:
            index = bisect_right(totals, rank) - 1
            first, second = firsts[index], seconds[index]
            tally.move(bisect_left(numbers, low - first), bisect_right(numbers, high - first))
            lower = tally.below(bisect_left(self.by_second.numbers, least - second))
            left_rank, right_rank = divmod(rank - totals[index], fits[index])
            place, right_rank = tally.select(lower + right_rank)
            yield Pair(left.keys[-1 - index], left_rank, self.right[self.order[place]], right_rank)


def total(runs: Sequence[Run], fits: Sequence[Sequence[int]]) -> int:
    """Return how many pairs there are, by how many ends each beginning fits."""
    return sum(
        run.times * sum(map(mul, run.counts, own)) for run, own in zip(runs, fits, strict=True)
    )


def less(fits: Sequence[Sequence[int]], others: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return the differences of numbers."""
    return [[*map(sub, own, other)] for own, other in zip(fits, others, strict=True)]


RADIX = 5  # bits: a sum over some places adds up to 32 numbers of each of four tables


class Tally:
    """Ends in a range of first numbers, counted by their place in the order of second numbers: one
    by one, in blocks of 32 places, in blocks of 32 x 32, and so on.
    """

    def __init__(self, join: TwoAxes) -> None:
        self.check, self.counts = join.check, join.counts
        self.places = [0] * len(join.order)
        for place, index in enumerate(join.order):
            self.places[index] = place
        self.first = self.end = 0  # of the range
        size = len(self.places)
        self.tables = [[0] * ((size >> level * RADIX) + 1) for level in range(4)]

    def move(self, first: int, end: int) -> None:
        """Change the range of ends; neither of its ends may move back."""
        self._add(max(self.end, first), end, 1)
        self._add(self.first, min(self.end, first), -1)
        self.first, self.end = first, max(end, first)

    def _add(self, first: int, end: int, sign: int) -> None:
        singles, blocks, large, huge = self.tables
        for place, number in zip(self.places[first:end], self.counts[first:end], strict=True):
            number *= sign
            singles[place] += number
            blocks[place >> RADIX] += number
            large[place >> 2 * RADIX] += number
            huge[place >> 3 * RADIX] += number

    def resolve(self, doubts: list[Doubt]) -> None:
        """Count the ends that fit in both numbers."""
        for number, (end, place, fits, index) in enumerate(sorted(doubts, key=itemgetter(0))):
            if number % BY_CLOCK == 0:
                self.check()
            if end > self.end:
                self.move(0, end)
            fits[index] = self.below(place)

    def below(self, place: int) -> int:
        """Return how many of the counted ends have lower places."""
        singles, blocks, large, huge = self.tables
        block, outer, outmost = place >> RADIX, place >> 2 * RADIX, place >> 3 * RADIX
        return (
            sum(huge[:outmost])
            + sum(large[outmost << RADIX : outer])
            + sum(blocks[outer << RADIX : block])
            + sum(singles[block << RADIX : place])
        )

    def select(self, rank: int) -> tuple[int, int]:
        """Return the place of the counted end with a rank, and its rank among its equals."""
        place = 0
        for table in reversed(self.tables):
            place <<= RADIX
            while table[place] <= rank:
                rank -= table[place]
                place += 1
        return place, rank
