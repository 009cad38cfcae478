"""Suppression comments: ``# cnnsize: ignore[CNN101] -- as published``.

On a line of its own, above a statement, it holds for the statement, however many lines that has,
and for what the network finds wrong in the blocks that it calls; between the lines of one, for the
next of them; at the end of a line, for that line. ``ignore-file`` holds for the whole file. Without
brackets it holds for every code. Those that find nothing to suppress are found (CNN901), and so are
those that cannot be understood (CNN902).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from cnnsize.lint.selection import ALWAYS_REPORTED, RuleTable, Selection, selectors_meant
from cnnsize.report.comments import SPELLING, UNKNOWN, UNUSED, WORDS, Lines, Mark, Marks, code_of
from cnnsize.text.diagnostic import Diagnostic, Edit, Fix
from cnnsize.text.source import Source
from cnnsize.text.span import Span
from cnnsize.text.suggest import nearest

if TYPE_CHECKING:
    from cnnsize.report.result import Result


def settled(
    found: Sequence[Diagnostic],
    results: Sequence[Result],
    marked: Mapping[int, Marks],
    selection: Selection,
) -> list[Diagnostic]:
    """The findings that no comment suppresses, and what is wrong with the comments.

    ``marked`` gives a network's number the comments of its text.
    """
    kept: list[Diagnostic] = []
    texts: dict[int, _Text] = {}
    for index, of in marked.items():
        if id(of) not in texts:
            texts[id(of)] = _Text(of, selection.table)
        texts[id(of)].networks.append(index)
    for one in found:
        of_one = marked.get(one.architecture) if one.architecture is not None else None
        if of_one is None or one.code in ALWAYS_REPORTED or not texts[id(of_one)].suppress(one):
            kept.append(one)
    for text in texts.values():
        sized = [index for index in text.networks if _sized(results[index])]
        lines = {line for index in sized for line in _lines(results[index].source)}
        whole = len(sized) == text.of.networks
        spared = {
            code for mark, codes in text.read if mark.word == "ignore-file" for code in codes or ()
        }
        for mark, codes in text.read:
            if codes is not None and {UNUSED, UNKNOWN} & codes:
                continue  # it speaks of comments, perhaps of itself
            kept += [
                one
                for one in _about(mark, text, lines, whole, selection)
                if selection.wanted(one.code, text.of.file) and one.code not in spared
            ]
    return kept


class _Text:
    """The comments of one text, and what they suppressed."""

    def __init__(self, of: Marks, table: RuleTable) -> None:
        self.of = of
        self.networks: list[int] = []
        self.used: set[tuple[Mark, str]] = set()
        self._holding: set[Mark] | None = None
        self._sorted: dict[str, list[int]] = {}
        self.places: dict[str, list[int]] = {}  # on which lines a code is found
        self.read: list[tuple[Mark, frozenset[str] | None]] = []
        self.everywhere: list[tuple[Mark, frozenset[str] | None]] = []
        self.by_statement: dict[
            int, list[tuple[Mark, frozenset[str] | None]]
        ] = {}  # those that hold for all of it
        self.by_line: dict[int, list[tuple[Mark, frozenset[str] | None]]] = {}
        for mark in of.marks:
            codes = (
                None
                if mark.codes is None
                else frozenset(filter(None, (code_of(one, table) for one, _ in mark.codes)))
            )
            self.read.append((mark, codes))
            if mark.wrong:
                continue
            if mark.word == "ignore-file":
                self.everywhere.append((mark, codes))
            elif mark.lines is not None:
                if mark.lines == mark.statement:
                    self.by_statement.setdefault(mark.lines.first, []).append((mark, codes))
                for line in range(mark.lines.first, mark.lines.last + 1):
                    self.by_line.setdefault(line, []).append((mark, codes))

    def first_place(self, code: str, lines: Lines) -> int | None:
        """Return the first of these lines on which a code is reported."""
        if code not in self._sorted:
            self._sorted[code] = sorted(self.places.get(code, ()))
        places = self._sorted[code]
        index = bisect_left(places, lines.first)
        return places[index] if index < len(places) and places[index] <= lines.last else None

    def holding(self) -> set[Mark]:
        """The comments that suppressed something."""
        if self._holding is None:
            self._holding = {mark for mark, _ in self.used}
        return self._holding

    def suppress(self, one: Diagnostic) -> bool:
        """Does a comment hold for a finding? Those that do are remembered."""
        first, last = one.location.line, one.end_location.line
        self.places.setdefault(one.code, []).append(first)
        holding = [*self.everywhere]
        if (
            one.source is not None and one.source.parts
        ):  # perhaps it stands in a block, and is this network's fault
            holding += self.by_statement.get(one.source.line, ())
        for line in range(first, last + 1):
            holding += self.by_line.get(line, ())
        silent = {mark for mark, codes in holding if codes is None or one.code in codes}
        self.used |= {(mark, one.code) for mark in silent}
        return bool(silent)


def _sized(result: Result) -> bool:
    """Were all rules asked? Behind an impossible volume they are not."""
    return result.network is not None and result.network.output is not None


def _lines(source: Source) -> list[int]:
    """The first line of every statement of a network's text."""
    return [part.line for part in source.stretches()]


def _about(
    mark: Mark, text: _Text, lines: set[int], whole: bool, selection: Selection
) -> Iterable[Diagnostic]:
    """What is wrong with one comment."""
    table, of, used = selection.table, text.of, text.used
    source = Source(of.text, of.file)
    if mark.wrong:
        near = nearest(mark.word, WORDS, 1) if mark.word not in WORDS else []
        help_ = f"did you mean {near[0]}?" if near else f"as in {SPELLING}"
        yield Diagnostic(
            UNKNOWN,
            f"this comment suppresses nothing: {mark.wrong}",
            mark.span,
            help=(help_,),
            source=source,
        )
        return
    unused: list[tuple[str, Span]] = []
    elsewhere: list[str] = []
    why = ""
    for written, span in mark.codes or ():
        code = code_of(written, table)
        if code is None:
            near = selectors_meant(written, table)
            fixes = (Fix(f"write {near[0]}", (Edit(span, near[0]),)),) if near else ()
            yield Diagnostic(
                UNKNOWN,
                f"no rule is called {written!r}",
                span,
                source=source,
                fixes=fixes,
                help=(f"did you mean {near[0]}?",) if near else ("cnnsize rules lists them",),
            )
        elif code in ALWAYS_REPORTED:
            unused.append((written, span))
            why = "it means that there is no network to check, and is always said"
    if mark.word == "ignore":
        looked = mark.statement is None or mark.statement.first in lines
    else:
        looked = whole
    if looked and not why:
        if mark.codes is None:
            unused = [] if mark in text.holding() else [("", mark.span)]
        else:
            seen: set[str] = set()
            for written, span in mark.codes:
                code = code_of(written, table)
                if code is not None and (
                    code in seen or ((mark, code) not in used and selection.wanted(code, of.file))
                ):
                    unused.append((written, span))
                    line = (
                        None if mark.statement is None else text.first_place(code, mark.statement)
                    )
                    if line is not None and code not in seen:
                        elsewhere.append(
                            f"{written} is reported on line {line} of this statement: put the comment there, "
                            "or on a line of its own above the statement"
                        )
                seen.add(code or "")
    if unused:
        yield _unused(mark, of, unused, why, elsewhere, source)


def _unused(
    mark: Mark,
    of: Marks,
    unused: list[tuple[str, Span]],
    why: str,
    elsewhere: list[str],
    source: Source,
) -> Diagnostic:
    names = " and ".join(written for written, _ in unused)
    if mark.statement is None and mark.word == "ignore":
        message, why = "nothing to suppress: no statement follows", ""
    elif not mark.codes:
        message = "nothing to suppress"
    elif why:
        message = f"{names} cannot be suppressed"
    else:
        message = f"{names} {'is' if len(unused) == 1 else 'are'} not found here"
    notes = (why,) if why else tuple(elsewhere)
    if len(mark.codes or ()) > len(unused):
        gone = {span for _, span in unused}
        assert mark.codes is not None
        rest = ", ".join(written for written, span in mark.codes if span not in gone)
        span = Span(mark.codes[0][1].start, mark.codes[-1][1].end)
        fix = Fix(f"leave {rest}", (Edit(span, rest),), "safe")
    else:
        fix = Fix("take the comment out", (Edit(_whole(mark, of.text), ""),), "safe")
    span = unused[0][1] if len(unused) == 1 else Span(unused[0][1].start, unused[-1][1].end)
    return Diagnostic(UNUSED, message, span, notes=notes, fixes=(fix,), source=source)


def _whole(mark: Mark, text: str) -> Span:
    """The comment with the blanks before it; a line of its own with its end."""
    start = text.rfind("\n", 0, mark.span.start) + 1
    end = text.find("\n", mark.span.end)
    if mark.alone and not text[start : mark.span.start].strip():
        return Span(start, len(text) if end < 0 else end + 1)
    before = text[start : mark.span.start].rstrip(" \t")
    return Span(start + len(before), mark.span.end)
