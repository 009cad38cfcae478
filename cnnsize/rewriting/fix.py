"""``check --fix``: apply fixes to a text, parse and check the result, and undo what does not help.

Every character that no fix is about stays as it is. A fix is undone if the finding remains, or if
something else breaks.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable
from typing import NamedTuple

from cnnsize.report.result import Report
from cnnsize.rewriting.changes import Change, Edits, edit_text, find_changes
from cnnsize.rewriting.improvement import not_improved
from cnnsize.text.diagnostic import Diagnostic

MAX_ROUNDS = 100  # of applying fixes and checking again; what remains then is not fixed


class FixedText(NamedTuple):
    """A text after fixes, and the diagnostics that were fixed."""

    text: str
    fixed: tuple[Diagnostic, ...]


def apply_fixes(text: str, check: Callable[[str], Report], *, unsafe: bool = False) -> FixedText:
    """Apply all fixes that keep the meaning of a text; with ``unsafe`` the others too.

    ``check`` parses a text and reports on it.
    """
    fixed: list[Diagnostic] = []
    rejected: set[Edits] = set()
    one_at_a_time: set[int] = set()  # networks for which several fixes at once did not help
    before = check(text)
    seen = {text}
    for _ in range(MAX_ROUNDS):
        changes = find_changes(text, before, unsafe=unsafe)
        batch = _select_batch(
            [change for change in changes if not change.resizes_input], rejected, one_at_a_time
        ) or _select_batch(
            [change for change in changes if change.resizes_input], rejected, one_at_a_time
        )
        if not batch:
            break
        candidate = edit_text(text, batch)
        if candidate in seen:  # two rules disagree; the one that came first wins
            rejected |= {change.edits for change in batch}
            continue
        after = check(candidate)
        worse = not_improved(before, after, batch)
        if worse:
            for network in worse:
                touching = [change for change in batch if network in change.networks]
                if len(touching) == 1:
                    rejected.add(touching[0].edits)
                else:
                    one_at_a_time.add(network)
            batch = [change for change in batch if worse.isdisjoint(change.networks)]
            if not batch:
                continue
            candidate = edit_text(text, batch)
            after = check(candidate)
            if not_improved(before, after, batch):
                rejected |= {change.edits for change in batch}
                continue
        text, before = candidate, after
        seen.add(text)
        fixed += [change.diagnostic for change in batch]
    return FixedText(text, tuple(fixed))


def _select_batch(
    changes: Iterable[Change], rejected: set[Edits], one_at_a_time: set[int]
) -> list[Change]:
    """Return changes that do not overlap, at most one for each diagnostic."""
    batch: list[Change] = []
    taken: list[tuple[int, int]] = []  # spans of the edits, sorted
    chosen_edits: set[Edits] = set()
    chosen_diagnostics: set[int] = set()
    touched: set[int] = set()  # networks
    for change in changes:
        if change.number in chosen_diagnostics or change.edits in chosen_edits:
            continue
        if change.edits in rejected:
            continue
        must_wait = not touched.isdisjoint(change.networks & one_at_a_time)
        if must_wait:
            continue
        if any(overlaps(taken, start, end) for start, end, _ in change.edits):
            continue
        for start, end, _ in change.edits:
            insort(taken, (start, end))
        chosen_edits.add(change.edits)
        chosen_diagnostics.add(change.number)
        touched |= change.networks
        batch.append(change)
    return batch


def overlaps(taken: list[tuple[int, int]], start: int, end: int) -> bool:
    """Return whether a span overlaps one of the sorted spans, or starts at the same place."""
    index = bisect_right(taken, (start, end))
    return any(
        (other_start < end and start < other_end) or other_start == start
        for other_start, other_end in taken[max(0, index - 1) : index + 1]
    )
