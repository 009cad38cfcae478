"""Repetitions in the rows of the table, folded into one iteration and the sums of all of them."""

from __future__ import annotations

from cnnsize.record import replace
from cnnsize.render.rows import Entry, Fold, RowGroup, last_row

MAX_PERIOD = 8  # rows of a sequence that is folded when it repeats
MIN_ITERATIONS = 3  # two iterations are shown as they are
PERIODS = (1, *[MAX_PERIOD] * 8)  # per round: single rows first, then repetitions of repetitions


def folded(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return the entries with repetitions folded, and repetitions of repetitions."""
    entries = tuple(map(_with_folds_inside, entries))
    for period in PERIODS:
        length = len(entries)
        entries = _folded_once(entries, period)
        if period > 1 and len(entries) == length:
            break
    return entries


def _with_folds_inside(entry: Entry) -> Entry:
    """Return an entry with the repetitions inside it folded."""
    if isinstance(entry, RowGroup):
        return replace(entry, branches=tuple(map(folded, entry.branches)))
    return replace(entry, body=folded(entry.body)) if isinstance(entry, Fold) else entry


def _folded_once(entries: tuple[Entry, ...], max_period: int) -> tuple[Entry, ...]:
    """Fold the repetitions that are found from left to right; the longest one wins."""
    keys = _numbered([entry.key for entry in entries])
    result: list[Entry] = []
    start = 0
    while start < len(entries):
        period, times = _longest_repetition(keys, start, max_period)
        end = start + period * times
        body = entries[start : start + period]
        if times >= MIN_ITERATIONS:
            result.append(Fold(body, times, last_row(entries[start:end]).field))
        else:
            result += entries[start:end]
        start = end
    return tuple(result)


def _numbered(keys: list[object]) -> list[int]:
    """Return a number for each key, the same for equal ones: numbers are fast to compare."""
    numbers: dict[object, int] = {}
    return [numbers.setdefault(key, len(numbers)) for key in keys]


def _longest_repetition(keys: list[int], start: int, max_period: int) -> tuple[int, int]:
    """Return (rows of one iteration, iterations) of the longest repetition at ``start``."""
    period, times = 1, 1
    for candidate in range(1, max_period + 1):
        end = start + candidate
        while end < len(keys) and keys[end] == keys[end - candidate]:
            end += 1
        repeats = (end - start) // candidate
        if repeats >= MIN_ITERATIONS and repeats * candidate > period * times:
            period, times = candidate, repeats
            if candidate == 1:
                break
    return period, times
