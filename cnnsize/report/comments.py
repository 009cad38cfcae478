"""Parse suppression comments."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import NamedTuple

from cnnsize.files.extract import MARKDOWN, PYTHON, markdown, suffix
from cnnsize.files.extract.excerpt import Excerpt, Spans
from cnnsize.files.extract.markers import LEAD, NEAR
from cnnsize.language.statements import statements
from cnnsize.lint.selection import RuleTable
from cnnsize.text.offsets import Chart
from cnnsize.text.span import Span
from cnnsize.text.view import View

MARK = re.compile(
    r"#[ \t]*cnnsize:[ \t]*(?P<word>[\w-]*)[ \t]*(?P<list>\[(?P<codes>[^\]\r\n]*)\])?[ \t]*(?P<rest>[^\r\n]*)"
)
WORDS = ("ignore", "ignore-file")
UNUSED, UNKNOWN = "CNN901", "CNN902"
SPELLING = "# cnnsize: ignore[CNN101] -- why"


class Lines(NamedTuple):
    """The lines from first to last, both among them."""

    first: int
    last: int


class Mark(NamedTuple):
    """One comment. Spans count from the beginning of the file."""

    span: Span
    word: str
    codes: tuple[tuple[str, Span], ...] | None  # as written; None: every code
    lines: Lines | None  # for which it holds; None: no statement follows
    statement: Lines | None
    alone: bool  # on a line of its own
    wrong: str = ""  # why it cannot be understood


class Marks(NamedTuple):
    """The comments of one text."""

    text: str
    file: str | None
    marks: tuple[Mark, ...]
    networks: int  # how many the text holds


def marks(
    text: str, file: str | None, networks: int, excerpts: Iterable[Excerpt], chart: Chart
) -> Marks | None:
    """The suppression comments in the excerpts of a text, whose chart this is; None where there is
    none.
    """
    excerpts = list(excerpts)
    found = [mark for one in excerpts if one.expects != "skip" for mark in _marks(one, chart)]
    if excerpts and all(one.kind != "file" for one in excerpts):
        found += outside(text, file or "", excerpts, chart)
    return Marks(text, file, tuple(found), networks) if found else None


def _marks(excerpt: Excerpt, chart: Chart) -> Iterable[Mark]:
    """The comments of one excerpt. Lines are those of the file."""
    body, view = excerpt.text, excerpt.view
    numbers = [
        chart.position(view.span(begin, begin).start).line for begin, _ in view.lines() or [(0, 0)]
    ]
    firsts: list[int] = []
    places: list[list[int]] = []  # of each statement, the lines that hold code
    seen = at = 0
    for begin, end in statements(body):
        at += body.count("\n", seen, begin)
        seen = begin
        code = [
            numbers[at + further]
            for further, one in enumerate(body[begin:end].split("\n"))
            if one.partition("#")[0].strip()
        ]
        if code:
            firsts.append(numbers[at])
            places.append(code)
    start = 0
    for one, line in zip(body.split("\n"), numbers, strict=False):
        at = one.find("#")
        mark = MARK.search(one, at) if at >= 0 else None
        if mark is not None:
            alone = not one[:at].strip()
            lines: Lines | None
            index = bisect_right(firsts, line) - 1  # the last statement that begins here or above
            if index >= 0 and line <= places[index][-1]:
                code = places[index]
                here = next(other for other in code if other >= line)
                lines = Lines(here, here)
            else:  # between statements: above the next one
                code = places[index + 1] if alone and index + 1 < len(places) else []
                lines = Lines(code[0], code[-1]) if code else None
            yield _mark(mark, view, start, lines, Lines(code[0], code[-1]) if code else None, alone)
        start += len(one) + 1


BLANK = 2  # empty lines that may be between a comment and what it is about
OUTSIDE = re.compile(
    r"cnnsize:[ \t]*(?P<word>ignore(?:-file)?)(?![\w-])[ \t]*(?P<list>\[(?P<codes>[^\]\r\n]*)\])?[ \t]*"
    r"(?P<rest>[^\r\n]*?)(?P<close>[ \t]*(?:-->|--%>|--}}|\*/|#\}|-\}|\*\)|#>|\]\]|\*@))?(?=[ \t]*(?:\r|\n|\Z))"
)


def outside(text: str, file: str, excerpts: list[Excerpt], chart: Chart) -> Iterable[Mark]:
    """The comments of the host language: above a marker, a fence, a directive or a literal, at its
    end, or for the file.
    """
    held = Spans(one.where for one in excerpts)
    bodies = [_lines_of(one, chart) for one in excerpts]
    first = {
        chart.position(one.where.start).line: body
        for one, body in reversed([*zip(excerpts, bodies, strict=True)])
    }
    view = View.of(text)
    comment = comments_in(text, file)
    seen: list[tuple[re.Match[str], int, int]] = []  # the comment, where it begins, its line
    for mark in OUTSIDE.finditer(text):
        begin = text.rfind("\n", 0, mark.start()) + 1
        lead = re.search(LEAD, text[max(begin, mark.start() - NEAR) : mark.start()])
        start = mark.start() - len(lead[0]) if lead is not None else -1
        if lead is not None and not held.hold(mark.start()) and comment(start):
            seen.append((mark, start, chart.position(mark.start()).line))
    numbers = {line for _, _, line in seen}
    blanks = (
        {number for number, line in enumerate(text.split("\n"), 1) if not line.strip(" \t\r>")}
        if seen
        else set()
    )
    for mark, start, line in seen:
        begin = text.rfind("\n", 0, start) + 1
        alone = not text[begin:start].strip(" \t>")
        target = line
        if alone:
            blank = 0
            while target in numbers or (
                blank < BLANK and target in blanks
            ):  # several comments, and a line between
                blank += target in blanks
                target += 1
            body = first.get(target)
        else:
            body = next((body for body in bodies if body.first <= line <= body.last), None)
        lines = body if alone or body is None else Lines(line, line)
        yield _mark(mark, view, 0, lines, body, alone)._replace(span=Span(start, mark.end()))


def _lines_of(excerpt: Excerpt, chart: Chart) -> Lines:
    """Return the lines of the file that hold the text of an excerpt."""
    pieces = excerpt.view.pieces
    begin = pieces[0].original.start if pieces else excerpt.head.start
    return Lines(chart.position(begin).line, chart.position(max(begin, excerpt.where.end - 1)).line)


def comments_in(text: str, file: str) -> Callable[[int], bool]:
    """Return the question whether a comment of the host language begins at an offset; examples in
    code are none.
    """
    ending = suffix(file)
    if ending in MARKDOWN:
        code = Spans(markdown.find(text).code)
        return lambda start: text.startswith("<!--", start) and not code.hold(start)
    if ending in PYTHON:
        from cnnsize.files.extract.python import (
            read_tokens,
        )  # late: tokenize is needed for nothing else

        starts = {token.start for token in read_tokens(text) if token.kind == "comment"}
        return lambda start: start in starts
    return lambda start: True


def _mark(
    mark: re.Match[str],
    view: View,
    begin: int,
    lines: Lines | None,
    statement: Lines | None,
    alone: bool,
) -> Mark:
    span = view.span(begin + mark.start(), begin + mark.start() + len(mark[0].rstrip()))
    codes: list[tuple[str, Span]] | None = None
    wrong = ""
    rest = mark["rest"].strip()
    if mark["word"] not in WORDS:
        wrong = f"{mark['word']} is nothing that can be said" if mark["word"] else "nothing is said"
    elif mark["list"] is not None:
        codes = []
        for part in re.finditer(r"[^,\s]+", mark["codes"]):
            where = begin + mark.start("codes")
            codes.append((part[0], view.span(where + part.start(), where + part.end())))
        if not codes:
            wrong = "the brackets name no code"
    elif rest.startswith("["):
        wrong = "the bracket is not closed"
    elif rest and not rest.startswith("--"):
        wrong = "codes stand in brackets, and a reason behind --"
    return Mark(
        span, mark["word"], None if codes is None else tuple(codes), lines, statement, alone, wrong
    )


def code_of(written: str, table: RuleTable) -> str | None:
    """The code that a code or a name means, in any letter case."""
    code, name = written.upper(), written.lower()
    if code in table:
        return code
    return next((one for one, rule in table.items() if rule.name == name), None)
