"""``--fix``: makes the fixes of findings in the text as it was written, and reads and checks it
again each time.

Everything that no fix is about stays as it is, byte for byte. A fix that does not do what it says,
or breaks something else, is undone.
"""

from __future__ import annotations

import re
from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import NamedTuple

from cnnsize.report.result import Report, Result
from cnnsize.sizing.letters import bound_letters
from cnnsize.sizing.unrolled import kinds
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic, Fix
from cnnsize.text.source import Source, line_starts

MAX_ROUNDS = 100  # of fixing and looking again; what is left then is left
ENDS = r"""["'`\\\x00-\x1f]|\*/|--(?!>)|-->"""  # what could end a comment or a literal
STYLE = ("CNN7", "CNN9")  # fixes of these may not even change which layers there are
Edits = tuple[tuple[int, int, str], ...]  # (start, end, text) of the whole text, in order
NOTHING: Counter[tuple[str, str]] = Counter()


class Change(NamedTuple):
    """A fix of a finding, and what it does to the whole text."""

    found: Diagnostic
    fix: Fix
    edits: Edits
    networks: frozenset[int]  # whose text it touches


class FixedText(NamedTuple):
    """What came out: the text, and the findings that were fixed."""

    text: str
    fixed: tuple[Diagnostic, ...]


def apply_fixes(text: str, look: Callable[[str], Report], unsafe: bool = False) -> FixedText:
    """The text with all fixes made that can be: those that keep the meaning, with ``unsafe`` the
    others too.

    ``look`` reads a text and reports on it.
    """
    fixed: list[Diagnostic] = []
    refused: set[Edits] = set()
    alone: set[int] = (
        set()
    )  # networks that take one fix at a time, since several at once did no good
    before = look(text)
    seen = {text}
    for _ in range(MAX_ROUNDS):
        batch = _apart(_changes(text, before, unsafe), refused, alone)
        if not batch:
            break
        if (
            _edited(text, batch) in seen
        ):  # two rules that do not agree: the first of them had its way
            refused |= {change.edits for change in batch}
            continue
        after = look(_edited(text, batch))
        worse = _worse(before, after, batch)
        if worse:
            for network in worse:
                touching = [change for change in batch if network in change.networks]
                if len(touching) == 1:
                    refused.add(touching[0].edits)
                else:
                    alone.add(network)
            batch = [change for change in batch if worse.isdisjoint(change.networks)]
            if not batch:
                continue
            after = look(_edited(text, batch))
            if _worse(before, after, batch):
                refused |= {change.edits for change in batch}
                continue
        text, before = _edited(text, batch), after
        seen.add(text)
        fixed += [change.found for change in batch]
    return FixedText(text, tuple(fixed))


def _edited(text: str, changes: Iterable[Change]) -> str:
    parts: list[str] = []
    at = 0
    for start, end, new in sorted({edit for change in changes for edit in change.edits}):
        parts += [text[at:start], new]
        at = end
    return "".join(parts) + text[at:]


def _changes(text: str, made: Report, unsafe: bool) -> list[Change]:
    """The fixes of all findings, placed in the text, by place; of each finding those that are
    alternatives.
    """
    places = _Places(text, made)
    found: list[Change] = []
    for one in made.diagnostics:
        for fix in one.fixes:
            if (fix.applicability == "safe" or unsafe) and one.can_apply(fix):
                edits = places.edits(one, fix)
                if edits:
                    found.append(Change(one, fix, edits, places.networks(edits)))
    return sorted(
        found, key=lambda change: change.edits[0][0]
    )  # stable: the alternatives stay in their order


def _apart(changes: Iterable[Change], refused: set[Edits], alone: set[int]) -> list[Change]:
    """As many of them as do not touch each other: one of each finding, and none that was
    refused.
    """
    batch: list[Change] = []
    taken: list[tuple[int, int]] = []  # in order
    done: set[int] = set()
    busy: set[int] = set()
    seen: set[Edits] = set()
    for change in changes:
        if change.edits in refused or change.edits in seen or id(change.found) in done:
            continue
        if not busy.isdisjoint(change.networks & alone) or any(
            _touches(taken, edit) for edit in change.edits
        ):
            continue
        for start, end, _ in change.edits:
            insort(taken, (start, end))
        seen.add(change.edits)
        done.add(id(change.found))
        busy |= change.networks
        batch.append(change)
    return batch


def _touches(taken: list[tuple[int, int]], edit: tuple[int, int, str]) -> bool:
    """Does an edit overlap one that is taken, or stand in the same place?"""
    start, end, _ = edit
    at = bisect_right(taken, (start, end))
    return any(
        (other[0] < end and start < other[1]) or other[0] == start
        for other in taken[max(0, at - 1) : at + 1]
    )


class _Places:
    """Where the networks of a report, and the edits of its fixes, stand in the whole text."""

    def __init__(self, text: str, made: Report) -> None:
        self.text = text
        self.lines = line_starts(text)
        users: dict[int, set[int]] = {}
        for index, one in enumerate(made.architectures):
            for begin, _ in self.stretches(one.source):
                users.setdefault(begin, set()).add(index)
        self.begins = sorted(users)
        self.users = [frozenset(users[begin]) for begin in self.begins]

    def offset(self, line: int, column: int) -> int:
        return self.lines[min(line, len(self.lines)) - 1] + column - 1

    def stretches(self, source: Source) -> list[tuple[int, int]]:
        """Where each part of a source begins: in the whole text, and in its own."""
        return [(self.offset(part.line, part.column), part.start) for part in source.stretches()]

    def edits(self, found: Diagnostic, fix: Fix) -> Edits:
        """The edits in the whole text; none where one of them cannot be placed exactly."""
        source = found.source
        if source is None:
            return ()
        placed = []
        stretches = self.stretches(source)
        for edit in fix.edits:
            begin, start = next(one for one in reversed(stretches) if one[1] <= edit.span.start)
            first, last = begin + edit.span.start - start, begin + edit.span.end - start
            # the same text there, or the edit runs from one part into the next, or a string was
            # read otherwise
            if self.text[first:last] != source.text[edit.span.start : edit.span.end]:
                return ()
            if source.inline and re.search(ENDS, edit.text):
                return ()
            placed.append((first, last, edit.text))
        placed.sort()
        if any(one[1] > two[0] or one[0] == two[0] for one, two in pairwise(placed)):
            return ()
        return tuple(placed)

    def networks(self, edits: Edits) -> frozenset[int]:
        """The networks whose text, or a block of theirs, the edits stand in."""
        found: frozenset[int] = frozenset()
        for start, _, _ in edits:
            at = bisect_right(self.begins, start) - 1
            if at >= 0:
                found |= self.users[at]
        return found


def _worse(before: Report, after: Report, batch: list[Change]) -> set[int]:
    """The networks that changes did no good, or more than they may."""
    touched: dict[int, list[Change]] = {}
    for change in batch:
        for network in change.networks:
            touched.setdefault(network, []).append(change)
    if len(before.architectures) != len(after.architectures):
        return set(touched)
    worse = set()
    counts = _counted(before), _counted(after)
    for network, changes in touched.items():
        old, new = before.architectures[network], after.architectures[network]
        if not _good(
            old,
            new,
            counts[0].get(network, NOTHING),
            counts[1].get(network, NOTHING),
            changes,
            network,
        ):
            worse.add(network)
    return worse


def _counted(made: Report) -> dict[int, Counter[tuple[str, str]]]:
    """How often each network has each (code, severity). What is said once of many places counts for
    each.
    """
    found: dict[int, Counter[tuple[str, str]]] = {}
    for one in made.diagnostics:
        if one.architecture is not None:
            places = one.facts.get("count", 1) if one.code.startswith(STYLE) else 1
            found.setdefault(one.architecture, Counter())[one.code, one.severity] += places
    return found


def _good(
    old: Result,
    new: Result,
    had: Counter[tuple[str, str]],
    has: Counter[tuple[str, str]],
    changes: list[Change],
    network: int,
) -> bool:
    """Is a network the better for changes: their findings gone, no new error or warning in their
    place (of safe ones: not more of them), and the same network where they were safe?
    """
    safe = all(change.fix.applicability == "safe" for change in changes)
    if (
        old.architecture is None
    ):  # it could not be read; that its fixes help was tried when they were proposed
        return True
    if new.architecture is None:
        return False
    for change in changes:
        key = (change.found.code, change.found.severity)
        if change.found.architecture == network and has[key] >= had[key]:
            return False
    if not safe:
        return not any(count > had[key] for key, count in has.items() if key[1] != "info")
    # what keeps the meaning may turn one finding into another (two pools into a large one), not
    # into more
    if any(
        _sum(has, severity) > _sum(had, severity) for severity in (("error",), ("error", "warning"))
    ):
        return False
    if (old.output, old.params, old.valid) != (new.output, new.params, new.valid):
        return False
    return not all(change.found.code.startswith(STYLE) for change in changes) or _kinds(
        old
    ) == _kinds(new)


def _sum(counts: Counter[tuple[str, str]], severities: tuple[str, ...]) -> int:
    return sum(count for (_, severity), count in counts.items() if severity in severities)


def _kinds(one: Result) -> list[str] | None:
    assert one.architecture is not None
    try:
        return kinds(one.architecture, bound_letters(one.architecture))
    except ArchitectureError:
        return None  # a family, or too many to list
