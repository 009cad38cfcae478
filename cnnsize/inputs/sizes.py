"""Sets of input sizes as ranges and progressions."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import Any

from cnnsize.record import Frozen, public

MAX_LISTED = 65_536  # up to this many sizes are listed one by one, to merge their ranges
MAX_PROGRESSIONS_IN_WORDS = 4
MAX_RUNS_IN_WORDS = 4
MAX_LOWER_SIZES_IN_WORDS = 6
MAX_SINGLE_SIZES_IN_WORDS = 8


@public
class Sizes(Frozen):
    """A set of sizes, all at least 1: progressions without end, and finite runs below them.

    ``period`` and ``starts`` give the progressions: for each remainder the size at which its
    progression starts. ``runs`` are all other sizes, as ranges.
    """

    __slots__ = ("period", "runs", "starts")

    def __init__(self, period: int, starts: dict[int, int], runs: tuple[range, ...]) -> None:
        self.period, self.starts, self.runs = _shortest(period, starts, runs)

    def __reduce__(self) -> tuple[Any, ...]:
        return Sizes, (self.period, self.starts, self.runs)

    def __contains__(self, size: int) -> bool:
        start = self.starts.get(size % self.period)
        return (start is not None and size >= start) or any(size in run for run in self.runs)

    def __iter__(self) -> Iterator[int]:
        """Yield all sizes in ascending order; without end if there is a progression."""
        size: int | None = 0
        while (size := self.above(size or 0)) is not None:
            yield size

    def __bool__(self) -> bool:
        return bool(self.starts or self.runs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sizes) and (self.period, self.starts, self.runs) == (
            other.period,
            other.starts,
            other.runs,
        )

    def __hash__(self) -> int:
        return hash((self.period, tuple(self.starts.items()), self.runs))

    def __repr__(self) -> str:
        return f"<Sizes: {self.words()}>"

    def to_dict(self, letter: str = "W") -> dict[str, Any]:
        """Return the set as plain data; ``letter`` is that of its description in words."""
        return {
            "words": self.words(letter),
            "period": self.period,
            "progressions": [
                {"remainder": remainder, "from": start} for remainder, start in self.starts.items()
            ],
            "others": [
                [run.start, run.stop - 1 if run.step == 1 else run[-1], run.step]
                for run in self.runs
            ],
        }

    def above(self, size: int) -> int | None:
        """Return the smallest member larger than ``size``; None if there is none."""
        candidates = [
            max(start, size + 1 + (remainder - size - 1) % self.period)
            for remainder, start in self.starts.items()
        ]
        for run in self.runs:
            following = _first_above(run, size)
            if following is not None:
                candidates.append(following)
        return min(candidates, default=None)

    def below(self, size: int) -> int | None:
        """Return the largest member smaller than ``size``; None if there is none."""
        candidates = []
        for remainder, start in self.starts.items():
            preceding = size - 1 - (size - 1 - remainder) % self.period
            if preceding >= start:
                candidates.append(preceding)
        candidates += [
            run[-1] if run[-1] < size else run[(size - 1 - run[0]) // run.step]
            for run in self.runs
            if run[0] < size
        ]
        return max(candidates, default=None)

    @property
    def smallest(self) -> int | None:
        """Return the smallest member; None if the set is empty."""
        return self.above(0)

    def words(self, letter: str = "W") -> str:
        """Return the set in words: ``W = 32k + 3 for k >= 2``."""
        parts = [*self._progressions_in_words(letter), *self._runs_in_words(letter)]
        *others, last = parts or [f"no {letter}"]
        return f"{', '.join(others)} and {last}" if others else last

    def _progressions_in_words(self, letter: str) -> list[str]:
        if self.period == 1 and self.starts:
            start = self.starts[0]
            return [f"any {letter}" if start == 1 else f"{letter} >= {start}"]
        if len(self.starts) <= MAX_PROGRESSIONS_IN_WORDS:
            parts = []
            for remainder, start in sorted(self.starts.items(), key=itemgetter(1)):
                offset = f" + {remainder}" if remainder else ""
                first_k = (start - remainder) // self.period
                parts.append(f"{letter} = {self.period}k{offset} for k >= {first_k}")
            return parts
        # Many progressions are given by their remainders, from where all of them have started.
        start = max(self.starts.values()) - self.period + 1
        remainders = _ranges(sorted(self.starts))
        parts = [f"{letter} >= {max(start, 1)} with {letter} mod {self.period} = {remainders}"]
        lower = self._lower_sizes(start)
        if lower:
            shown = list(map(str, lower[:MAX_LOWER_SIZES_IN_WORDS]))
            if len(lower) > MAX_LOWER_SIZES_IN_WORDS:
                shown.append("...")
            parts.append(f"{letter} = {', '.join(shown)}")
        return parts

    def _lower_sizes(self, start: int) -> list[int]:
        """Return the first members of the progressions below ``start``, one more than are shown."""
        count = MAX_LOWER_SIZES_IN_WORDS + 1
        return sorted(
            size
            for first in self.starts.values()
            for size in range(first, start, self.period)[:count]
        )[:count]

    def _runs_in_words(self, letter: str) -> list[str]:
        if not self.runs:
            return []
        if sum(map(len, self.runs)) <= MAX_SINGLE_SIZES_IN_WORDS:
            return [f"{letter} = {', '.join(str(size) for run in self.runs for size in run)}"]
        return [
            f"{letter} from {run[0]} to {run[-1]}" + (f" by {run.step}" if run.step > 1 else "")
            for run in self.runs[:MAX_RUNS_IN_WORDS]
        ]


def _first_above(run: range, size: int) -> int | None:
    """Return the first member of a run larger than ``size``; None if there is none."""
    if run[-1] <= size:
        return None
    return run[0] if run[0] > size else run[(size - run[0]) // run.step + 1]


def _ranges(numbers: list[int]) -> str:
    """Return ascending numbers in words: ``0..3, 7``."""
    words = [str(run[0]) if len(run) == 1 else f"{run[0]}..{run[-1]}" for run in _runs_of(numbers)]
    return ", ".join(words if len(words) <= 8 else [*words[:7], "..."])


def _shortest(
    period: int, starts: dict[int, int], runs: tuple[range, ...]
) -> tuple[int, dict[int, int], tuple[range, ...]]:
    """Return the same set with the shortest period, and progressions that start as low as possible.

    Equal sets get equal parts this way.
    """
    shortest = period
    for prime in _primes(period):
        while shortest % prime == 0 and _repeats_every(shortest // prime, shortest, starts):
            shortest //= prime
    tails, pieces = _extended(period, starts, runs)
    # A progression of the shorter period starts after the last size that one of its parts misses.
    merged: dict[int, int] = {}
    for remainder, start in tails.items():
        missing = max(start - period, 0)
        folded = remainder % shortest
        first = missing + 1 + (folded - missing - 1) % shortest
        merged[folded] = max(merged.get(folded, 0), first)
    for remainder, start in tails.items():
        merged_start = merged[remainder % shortest]
        if start < merged_start:
            pieces.append(range(start, merged_start, period))
    return shortest, dict(sorted(merged.items())), _sorted_runs(pieces)


def _repeats_every(divisor: int, period: int, starts: dict[int, int]) -> bool:
    """Return whether the remainders of a period repeat after a divisor of it."""
    remainders = {remainder % period for remainder in starts}
    return all((remainder + divisor) % period in starts for remainder in remainders)


def _extended(
    period: int, starts: dict[int, int], runs: tuple[range, ...]
) -> tuple[dict[int, int], list[range]]:
    """Return the progressions, extended down by the runs that lead up to them, and the other runs."""
    parts: dict[int, list[range]] = {}  # the runs in steps of the period, by remainder
    others: list[range] = []
    for run in runs:
        if period % run.step:
            others.append(run)
            continue
        cycle = period // run.step
        for index in range(min(len(run), cycle)):
            part = run[index::cycle]
            parts.setdefault(part[0] % period, []).append(range(part[0], part[-1] + 1, period))
    tails = dict(starts)
    for remainder, pieces in parts.items():
        joined: list[range] = []
        for piece in sorted(pieces, key=itemgetter(0)):
            if joined and joined[-1][-1] + period == piece[0]:
                joined.append(range(joined.pop()[0], piece.stop, period))
            else:
                joined.append(piece)
        if remainder in tails and joined[-1][-1] + period == tails[remainder]:
            tails[remainder] = joined.pop()[0]
        others += joined
    return tails, others


def _sorted_runs(runs: list[range]) -> tuple[range, ...]:
    """Return the runs in ascending order, merged into ranges without gaps if the sizes are few."""
    if sum(map(len, runs)) <= MAX_LISTED:
        return tuple(_runs_of(sorted({size for run in runs for size in run})))
    return tuple(sorted(runs, key=lambda run: (run[0], run[-1])))


def _primes(number: int) -> list[int]:
    """Return the prime factors of a number, each once."""
    primes, divisor = [], 2
    while divisor * divisor <= number:
        if number % divisor == 0:
            primes.append(divisor)
            while number % divisor == 0:
                number //= divisor
        divisor += 1
    return [*primes, *([number] if number > 1 else [])]


def _runs_of(numbers: list[int]) -> list[range]:
    """Return ascending numbers as ranges without gaps."""
    runs: list[range] = []
    for number in numbers:
        if runs and runs[-1].stop == number:
            runs[-1] = range(runs[-1].start, number + 1)
        else:
            runs.append(range(number, number + 1))
    return runs
