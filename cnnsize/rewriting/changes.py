"""Place the fixes of a report in the whole text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from cnnsize.language.tree import LayerNode
from cnnsize.report.result import Report
from cnnsize.text.diagnostic import Diagnostic, Fix
from cnnsize.text.source import Source, line_starts

# in a comment or a literal, a new text with one of these might end it
ENDS_COMMENT_OR_LITERAL = r"""["'`\\\x00-\x1f]|\*/|--(?!>)|-->"""
Edits = tuple[tuple[int, int, str], ...]  # (start, end, new text) in the whole text, in order


class Change(NamedTuple):
    """A fix of a diagnostic, and what it does to the whole text."""

    number: int  # of the diagnostic in its report
    diagnostic: Diagnostic
    fix: Fix
    edits: Edits
    networks: frozenset[int]  # numbers of the networks whose text it changes
    resizes_input: bool  # it changes every layer, so it comes after all other changes


def find_changes(text: str, report: Report, *, unsafe: bool) -> list[Change]:
    """Return the fixes of all diagnostics that can be placed in the text, by place.

    Alternatives of one diagnostic stay in their order.
    """
    places = _Places(text, report)
    changes: list[tuple[int, Change]] = []
    for number, diagnostic in enumerate(report.diagnostics):
        place: int | None = None  # of the first alternative
        for fix in diagnostic.fixes:
            is_wanted = fix.applicability == "safe" or unsafe
            if is_wanted and diagnostic.can_apply(fix):
                edits = places.edits(diagnostic, fix)
                if edits:
                    place = edits[0][0] if place is None else place
                    networks, resizes = (
                        places.networks(edits),
                        _resizes_input(report, diagnostic, fix),
                    )
                    change = Change(number, diagnostic, fix, edits, networks, resizes)
                    changes.append((place, change))
    return [change for _, change in sorted(changes, key=itemgetter(0))]


def _resizes_input(report: Report, diagnostic: Diagnostic, fix: Fix) -> bool:
    """Return whether a fix that alters the network changes the size of its INPUT."""
    if fix.applicability == "safe" or diagnostic.architecture is None:
        return False
    architecture = report.architectures[diagnostic.architecture].architecture
    if architecture is None:
        return False
    first = architecture.chain.items[0]
    if not (isinstance(first.node, LayerNode) and first.node.kind == "INPUT"):
        return False
    start, end = architecture.original(first.span)
    return all(start <= edit.span.start and edit.span.end <= end for edit in fix.edits)


def edit_text(text: str, changes: Iterable[Change]) -> str:
    """Return the text after changes that do not overlap."""
    parts: list[str] = []
    offset = 0
    for start, end, new in sorted({edit for change in changes for edit in change.edits}):
        parts += [text[offset:start], new]
        offset = end
    return "".join(parts) + text[offset:]


class _Places:
    """The places of a report's networks in the whole text."""

    def __init__(self, text: str, report: Report) -> None:
        self.text = text
        self.line_starts = line_starts(text)
        users: dict[int, set[int]] = {}  # networks by the offset of a statement of theirs
        for number, result in enumerate(report.architectures):
            for begin, _ in self._statements(result.source):
                users.setdefault(begin, set()).add(number)
        self.begins = sorted(users)
        self.users = [frozenset(users[begin]) for begin in self.begins]

    def _offset(self, line: int, column: int) -> int:
        """Return the offset of a line and a column, both from 1."""
        return self.line_starts[min(line, len(self.line_starts)) - 1] + column - 1

    def _statements(self, source: Source) -> list[tuple[int, int]]:
        """Return where each part of a source begins: in the whole text, and in its own."""
        return [(self._offset(part.line, part.column), part.start) for part in source.stretches()]

    def edits(self, diagnostic: Diagnostic, fix: Fix) -> Edits:
        """Return the edits of a fix in the whole text; none if one cannot be placed exactly."""
        source = diagnostic.source
        if source is None:
            return ()
        statements = self._statements(source)
        edits = []
        for edit in fix.edits:
            begin, start = next(
                (begin, start) for begin, start in reversed(statements) if start <= edit.span.start
            )
            first, last = begin + edit.span.start - start, begin + edit.span.end - start
            # The texts differ if the edit crosses from one part into the next, or changes escapes.
            if self.text[first:last] != source.text[edit.span.start : edit.span.end]:
                return ()
            if source.inline and re.search(ENDS_COMMENT_OR_LITERAL, edit.text):
                return ()
            edits.append((first, last, edit.text))
        edits.sort()
        for (start, end, _), (next_start, _, _) in pairwise(edits):
            if end > next_start or start == next_start:
                return ()
        return tuple(edits)

    def networks(self, edits: Edits) -> frozenset[int]:
        """Return the networks that use the statements in which the edits are."""
        networks: frozenset[int] = frozenset()
        for start, _, _ in edits:
            index = bisect_right(self.begins, start) - 1
            if index >= 0:
                networks |= self.users[index]
        return networks
