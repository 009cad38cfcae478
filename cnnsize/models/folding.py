"""Fold what repeats in a chain of parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cnnsize.models.parts import Join, Part, Repeat, kind_of

LONGEST_PERIOD = 64  # items of a repeated part
WITH_WEIGHTS = frozenset({"CONV", "DWCONV", "TCONV", "FC"})
ENDINGS = frozenset({"POOL", "AVGPOOL", "ADD", "CAT", "UP"})


def folded(parts: Sequence[Part]) -> list[Part]:
    """Return the parts with equal ones that follow each other as repeats, the longest runs first."""
    result = list(parts)
    for part in result:
        if isinstance(part, Join):
            part.branches = [folded(branch) for branch in part.branches]
    while True:
        run = longest_run([part.key for part in result])
        if run is None:
            return result
        start, period, times, spare = run
        offsets = range(start, start + spare + 1)
        start = max(
            offsets, key=lambda offset: (neatness(result[offset : offset + period]), -offset)
        )
        body = folded(result[start : start + period]) if period > 1 else [result[start]]
        result[start : start + period * times] = [Repeat(body, times)]


class Run(NamedTuple):
    """A repetition in a list of parts."""

    start: int
    period: int
    times: int
    spare: int  # how many parts later it may start as well

    @property
    def saved(self) -> int:
        """The number of parts that it saves."""
        return (self.times - 1) * self.period


def longest_run(keys: list[object]) -> Run | None:
    """Return the repetition that saves most parts; None if there is none."""
    best: Run | None = None
    numbers: dict[object, int] = {}
    ids = [numbers.setdefault(key, len(numbers)) for key in keys]
    for period in range(1, min(len(ids) // 2, LONGEST_PERIOD) + 1):
        start = 0
        while start + 2 * period <= len(ids):
            equal = 0  # parts that equal the one a period before them
            while (
                start + period + equal < len(ids)
                and ids[start + equal] == ids[start + period + equal]
            ):
                equal += 1
            times = equal // period + 1
            run = Run(start, period, times, equal % period)
            if times > 1 and (best is None or run.saved > best.saved):
                best = run
            start += equal + 1
    return best


def neatness(body: Sequence[Part]) -> int:
    """Return how well a repeated body reads: it begins with what has weights, and ends with a pool."""
    first, last = kind_of(body[0]), kind_of(body[-1])
    return 2 * (first in WITH_WEIGHTS) + (last in ENDINGS)
