"""Sets of input sizes as ranges and progressions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

LISTED = 65_536  # sizes that are kept one by one, to be told as ranges without gaps


class Sizes:
    """A set of sizes: progressions without end, and others below them, all from 1 on.

    ``period`` and ``starts`` say the progressions: for each remainder the first size from which on
    all fit. ``runs`` are the others, as ranges.
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
        """All of them in ascending order, for ever where there are progressions."""
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

    def above(self, size: int) -> int | None:
        """The smallest that is larger."""
        found = [
            max(start, size + 1 + (r - size - 1) % self.period) for r, start in self.starts.items()
        ]
        found += [one for run in self.runs if (one := _after(run, size)) is not None]
        return min(found, default=None)

    def below(self, size: int) -> int | None:
        """The largest that is smaller."""
        found = [
            one
            for r, start in self.starts.items()
            if (one := size - 1 - (size - 1 - r) % self.period) >= start
        ]
        found += [
            run[-1] if run[-1] < size else run[(size - 1 - run[0]) // run.step]
            for run in self.runs
            if run[0] < size
        ]
        return max(found, default=None)

    @property
    def smallest(self) -> int | None:
        return self.above(0)

    def words(self, letter: str = "W") -> str:
        """``W = 32k + 3 for k >= 2``"""
        said: list[str] = []
        if self.period == 1 and self.starts:
            start = self.starts[0]
            said.append(f"any {letter}" if start == 1 else f"{letter} >= {start}")
        elif len(self.starts) <= 4:
            for r, start in sorted(self.starts.items(), key=lambda one: one[1]):
                rest = f" + {r}" if r else ""
                said.append(
                    f"{letter} = {self.period}k{rest} for k >= {(start - r) // self.period}"
                )
        else:
            start = max(self.starts.values()) - self.period + 1
            lower = self._low(start)
            said.append(
                f"{letter} >= {max(start, 1)} with {letter} mod {self.period} = {_ranges(sorted(self.starts))}"
            )
            if lower:
                said.append(
                    f"{letter} = {', '.join(map(str, lower[:6]))}{', ...' if len(lower) > 6 else ''}"
                )
        few = [size for run in self.runs[:8] for size in run[:8]]
        if self.runs:
            whole = sum(len(run) for run in self.runs) == len(few)
            if whole and len(few) <= 8:
                said.append(f"{letter} = {', '.join(map(str, few))}")
            else:
                said += [
                    f"{letter} from {run[0]} to {run[-1]}"
                    + (f" by {run.step}" if run.step > 1 else "")
                    for run in self.runs[:4]
                ]
        return " and ".join(said) or f"no {letter}"

    def _low(self, start: int) -> list[int]:
        """The first of the progressions that lie below ``start``: seven, one more than are said."""
        return sorted(
            size for first in self.starts.values() for size in range(first, start, self.period)[:7]
        )[:7]


def _after(run: range, size: int) -> int | None:
    if run[-1] <= size:
        return None
    return run[0] if run[0] > size else run[(size - run[0]) // run.step + 1]


def _ranges(numbers: list[int]) -> str:
    """0..3, 7"""
    groups: list[list[int]] = []
    for one in numbers:
        if groups and groups[-1][-1] == one - 1:
            groups[-1].append(one)
        else:
            groups.append([one])
    parts = [str(group[0]) if len(group) == 1 else f"{group[0]}..{group[-1]}" for group in groups]
    return ", ".join(parts if len(parts) <= 8 else [*parts[:7], "..."])


def _shortest(
    period: int, starts: dict[int, int], runs: tuple[range, ...]
) -> tuple[int, dict[int, int], tuple[range, ...]]:
    """The same set with the shortest period, and progressions that begin as early as they can."""
    best = period
    for prime in _primes(period):
        while best % prime == 0 and all(
            (r + best // prime) % best in starts for r in _folded(starts, best)
        ):
            best //= prime
    tails, pieces = _merged(period, starts, runs)
    found: dict[int, int] = {}
    for (
        one,
        begin,
    ) in (
        tails.items()
    ):  # all of a progression fit above the last size that is missing in any part of it
        missing = max(begin - period, 0)
        r = one % best
        found[r] = max(found.get(r, 0), missing + 1 + (r - missing - 1) % best)
    for one, begin in tails.items():
        if begin < found[one % best]:
            pieces.append(range(begin, found[one % best], period))
    return best, dict(sorted(found.items())), _listed(pieces)


def _merged(
    period: int, starts: dict[int, int], runs: tuple[range, ...]
) -> tuple[dict[int, int], list[range]]:
    """Where the progressions begin once the runs that lead up to them are taken in, and the runs
    that are left.
    """
    parts: dict[int, list[range]] = {}  # of each remainder
    left: list[range] = []
    for run in runs:
        if period % run.step:
            left.append(run)
            continue
        cycle = period // run.step
        for at in range(min(len(run), cycle)):
            part = run[at::cycle]
            parts.setdefault(part[0] % period, []).append(range(part[0], part[-1] + 1, period))
    tails = dict(starts)
    for one, mine in parts.items():
        whole: list[range] = []
        for part in sorted(mine, key=lambda part: part[0]):
            if whole and whole[-1][-1] + period == part[0]:
                part = range(whole.pop()[0], part.stop, period)
            whole.append(part)
        if one in tails and whole[-1][-1] + period == tails[one]:
            tails[one] = whole.pop()[0]
        left += whole
    return tails, left


def _listed(runs: list[range]) -> tuple[range, ...]:
    """The runs in ascending order: as ranges without gaps, where they are few sizes."""
    if sum(map(len, runs)) <= LISTED:
        return tuple(_as_runs(sorted({size for run in runs for size in run})))
    return tuple(sorted(runs, key=lambda run: (run[0], run[-1])))


def _folded(starts: dict[int, int], period: int) -> set[int]:
    return {r % period for r in starts}


def _primes(number: int) -> list[int]:
    found, at = [], 2
    while at * at <= number:
        if number % at == 0:
            found.append(at)
            while number % at == 0:
                number //= at
        at += 1
    return [*found, *([number] if number > 1 else [])]


def _as_runs(numbers: list[int]) -> list[range]:
    """Ascending numbers as ranges without gaps."""
    found: list[range] = []
    for one in numbers:
        if found and found[-1].stop == one:
            found[-1] = range(found[-1].start, one + 1)
        else:
            found.append(range(one, one + 1))
    return found
