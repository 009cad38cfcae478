"""Apply suppression comments: ``# cnnsize: ignore[CNN101] -- as published``.

On a line of its own above a statement, a comment applies to the whole statement, and to what its
network reports in the blocks that it calls. Between the lines of a statement it applies to the next
line, and at the end of a line to that line. ``ignore-file`` applies to the whole file. Without
brackets, a comment applies to every code. A comment that suppresses nothing is reported (CNN901),
and so is one that cannot be understood (CNN902).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from cnnsize.lint.rule import FAMILIES
from cnnsize.lint.selection import ALWAYS_REPORTED, RuleTable, Selection, selectors_meant
from cnnsize.report.comments import (
    DIRECTIVES,
    EXAMPLE,
    UNKNOWN,
    UNUSED,
    FileSuppressions,
    LineRange,
    Suppression,
    code_of,
)
from cnnsize.text.diagnostic import Diagnostic, Edit, Fix
from cnnsize.text.source import Source
from cnnsize.text.span import Span
from cnnsize.text.suggest import nearest

if TYPE_CHECKING:
    from cnnsize.report.result import Result

WrittenCode = tuple[str, Span]


class ResolvedComment(NamedTuple):
    """A comment, and the codes that it means; None for every code."""

    comment: Suppression
    codes: frozenset[str] | None


def apply_suppressions(
    diagnostics: Iterable[Diagnostic],
    *,
    results: Sequence[Result],
    files: Iterable[FileSuppressions],
    selection: Selection,
) -> list[Diagnostic]:
    """Return the diagnostics that no comment suppresses, and those about the comments themselves.

    ``results`` are those of all networks of the report, by number.
    """
    suppressors = [Suppressor(file, selection.table) for file in files]
    by_network: dict[int | None, Suppressor] = {
        network: suppressor for suppressor in suppressors for network in suppressor.file.networks
    }

    def is_suppressed(diagnostic: Diagnostic) -> bool:
        number = diagnostic.architecture
        if number not in by_network or diagnostic.code in ALWAYS_REPORTED:
            return False
        return by_network[number].suppresses(diagnostic)

    kept = [diagnostic for diagnostic in diagnostics if not is_suppressed(diagnostic)]
    for suppressor in suppressors:
        kept += _check_comments(suppressor, results, selection)
    return kept


class Suppressor:
    """The comments of one file; it remembers which of them have suppressed something."""

    def __init__(self, file: FileSuppressions, rules: RuleTable) -> None:
        self.file = file
        self.used: set[tuple[Suppression, str]] = set()  # comment and suppressed code
        self.used_comments: set[Suppression] = set()
        self.comments = [
            ResolvedComment(comment, _resolve(comment, rules)) for comment in file.comments
        ]
        self._for_file: list[ResolvedComment] = []
        self._by_statement: dict[int, list[ResolvedComment]] = {}  # key: first line
        self._by_line: dict[int, list[ResolvedComment]] = {}
        self._reported_lines: dict[str, list[int]] = {}  # key: code
        for resolved in self.comments:
            self._index(resolved)

    def _index(self, resolved: ResolvedComment) -> None:
        """Make a comment known for the lines to which it applies."""
        comment = resolved.comment
        if comment.problem:
            return
        if comment.directive == "ignore-file":
            self._for_file.append(resolved)
        elif comment.lines is not None:
            if comment.lines == comment.statement:
                self._by_statement.setdefault(comment.lines.first, []).append(resolved)
            for line in range(comment.lines.first, comment.lines.last + 1):
                self._by_line.setdefault(line, []).append(resolved)

    def suppresses(self, diagnostic: Diagnostic) -> bool:
        """Return whether a comment applies to a diagnostic; all that do count as used."""
        first, last = diagnostic.location.line, diagnostic.end_location.line
        self._reported_lines.setdefault(diagnostic.code, []).append(first)
        candidates = list(self._for_file)
        source = diagnostic.source
        if source is not None and source.parts:
            # it may be in a block that the statement calls
            candidates += self._by_statement.get(source.line, ())
        for line in range(first, last + 1):
            candidates += self._by_line.get(line, ())
        used = {
            comment for comment, codes in candidates if codes is None or diagnostic.code in codes
        }
        self.used_comments |= used
        self.used |= {(comment, diagnostic.code) for comment in used}
        return bool(used)

    def sort_reported_lines(self) -> None:
        """Prepare ``first_reported_line``, once all diagnostics were seen."""
        for lines in self._reported_lines.values():
            lines.sort()

    def first_reported_line(self, code: str, within: LineRange) -> int | None:
        """Return the first of these lines on which a code is reported; None if it is on none."""
        lines = self._reported_lines.get(code, [])
        index = bisect_left(lines, within.first)
        return lines[index] if index < len(lines) and lines[index] <= within.last else None


def _resolve(comment: Suppression, rules: RuleTable) -> frozenset[str] | None:
    if comment.codes is None:
        return None
    return frozenset(filter(None, (code_of(written, rules) for written, _ in comment.codes)))


def _check_comments(
    suppressor: Suppressor, results: Sequence[Result], selection: Selection
) -> Iterator[Diagnostic]:
    """Yield the diagnostics about the comments of one file."""
    suppressor.sort_reported_lines()
    file = suppressor.file
    complete = [number for number in file.networks if _is_sized(results[number])]
    checked_lines = {line for number in complete for line in _first_lines(results[number].source)}
    whole_file_checked = len(complete) == file.total
    ignored_in_file = {
        code
        for comment, codes in suppressor.comments
        if comment.directive == "ignore-file"
        for code in codes or ()
    }
    for comment, codes in suppressor.comments:
        if codes is not None and {UNUSED, UNKNOWN} & codes:
            continue  # it is about suppression comments, and may be about itself
        if comment.directive == "ignore":
            checked = comment.statement is None or comment.statement.first in checked_lines
        else:
            checked = whole_file_checked
        for diagnostic in _check_comment(suppressor, comment, selection, checked=checked):
            code = diagnostic.code
            if selection.reports(code, file.file) and code not in ignored_in_file:
                yield diagnostic


def _is_sized(result: Result) -> bool:
    """Return whether all rules were evaluated, which an impossible volume prevents.

    For a fragment that nothing marks, all are that can be.
    """
    if result.network is None:
        return result.architecture is not None and result.source.unmarked
    return result.network.is_sized


def _first_lines(source: Source) -> list[int]:
    """Return the first line of each statement in the text of a network."""
    return [part.line for part in source.stretches()]


def _check_comment(
    suppressor: Suppressor, comment: Suppression, selection: Selection, *, checked: bool
) -> Iterator[Diagnostic]:
    """Yield the diagnostics about one comment.

    ``checked`` says whether all rules were evaluated where it applies.
    """
    if comment.problem:
        yield _misspelt(comment, suppressor.file)
        return
    never_suppressed: list[WrittenCode] = []
    for written, span in comment.codes or ():
        code = code_of(written, selection.table)
        if code is None:
            yield _unknown_rule(written, span, suppressor.file, selection.table)
        elif code in ALWAYS_REPORTED:
            never_suppressed.append((written, span))
    if never_suppressed:
        note = "it means that there is no network to check, so it is always reported"
        message = f"{_join(never_suppressed)} cannot be suppressed"
        yield _unused(comment, suppressor.file, never_suppressed, message=message, notes=(note,))
    elif checked and comment.codes is None:
        if comment not in suppressor.used_comments:
            whole = [("", comment.span)]
            yield _unused(comment, suppressor.file, whole, message="nothing to suppress here")
    elif checked:
        unused, notes = _unused_codes(suppressor, comment, selection)
        if unused:
            verb = "is" if len(unused) == 1 else "are"
            message = f"{_join(unused)} {verb} not reported here"
            yield _unused(comment, suppressor.file, unused, message=message, notes=notes)


def _unused_codes(
    suppressor: Suppressor, comment: Suppression, selection: Selection
) -> tuple[list[WrittenCode], tuple[str, ...]]:
    """Return the codes of a comment that suppress nothing, and notes on where they are reported."""
    unused: list[WrittenCode] = []
    notes: list[str] = []
    seen: set[str] = set()
    for written, span in comment.codes or ():
        code = code_of(written, selection.table)
        if code is None:
            continue
        is_repeated = code in seen
        is_used = (comment, code) in suppressor.used
        if is_repeated or (not is_used and selection.reports(code, suppressor.file.file)):
            unused.append((written, span))
            line = None
            if comment.statement is not None and not is_repeated:
                line = suppressor.first_reported_line(code, comment.statement)
            if line is not None:
                notes.append(
                    f"{written} is reported on line {line} of this statement: move the comment "
                    "there, or to a line of its own above the statement"
                )
        seen.add(code)
    return unused, tuple(notes)


def _misspelt(comment: Suppression, file: FileSuppressions) -> Diagnostic:
    """Return the diagnostic about a comment that cannot be understood."""
    similar = (
        nearest(comment.directive, DIRECTIVES, 1) if comment.directive not in DIRECTIVES else []
    )
    return Diagnostic(
        UNKNOWN,
        f"this comment suppresses nothing: {comment.problem}",
        comment.span,
        help=(f"did you mean '{similar[0]}'?" if similar else f"write it as in {EXAMPLE}",),
        source=Source(file.text, file.file),
    )


def _unknown_rule(written: str, span: Span, file: FileSuppressions, rules: RuleTable) -> Diagnostic:
    """Return the diagnostic about a code that is that of no rule."""
    similar = selectors_meant(written, rules)
    hint = "`cnnsize rules` lists all rules"
    if written.lower() in FAMILIES.values():
        hint = "name single rules; a comment cannot suppress a family"
    fixes = (Fix(f"replace it with {similar[0]}", (Edit(span, similar[0]),)),) if similar else ()
    return Diagnostic(
        UNKNOWN,
        f"unknown rule {written!r}",
        span,
        source=Source(file.text, file.file),
        fixes=fixes,
        help=(f"did you mean '{similar[0]}'?" if similar else hint,),
    )


def _unused(
    comment: Suppression,
    file: FileSuppressions,
    unused: list[WrittenCode],
    *,
    message: str,
    notes: tuple[str, ...] = (),
) -> Diagnostic:
    """Return the diagnostic about codes of a comment that suppress nothing, with its fix."""
    if comment.statement is None and comment.directive == "ignore":
        message, notes = "nothing to suppress: no statement follows", ()
    codes = comment.codes or ()
    if len(codes) > len(unused):
        removed = {span for _, span in unused}
        rest = ", ".join(written for written, span in codes if span not in removed)
        edit = Edit(Span(codes[0][1].start, codes[-1][1].end), rest)
        fix = Fix(f"keep only {rest}", (edit,), "safe")
    else:
        fix = Fix("remove the comment", (Edit(_removable(comment, file.text), ""),), "safe")
    span = unused[0][1] if len(unused) == 1 else Span(unused[0][1].start, unused[-1][1].end)
    source = Source(file.text, file.file)
    return Diagnostic(UNUSED, message, span, notes=notes, fixes=(fix,), source=source)


def _join(codes: list[WrittenCode]) -> str:
    return " and ".join(written for written, _ in codes)


def _removable(comment: Suppression, text: str) -> Span:
    """Return the span of a comment with the blanks before it; all of its line if it has its own."""
    start = text.rfind("\n", 0, comment.span.start) + 1
    end = text.find("\n", comment.span.end)
    before = text[start : comment.span.start]
    if comment.own_line and not before.strip():
        return Span(start, len(text) if end < 0 else end + 1)
    return Span(start + len(before.rstrip(" \t")), comment.span.end)
