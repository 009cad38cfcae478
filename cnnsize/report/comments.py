"""Parse suppression comments."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from cnnsize.files.extract.excerpt import Excerpt
from cnnsize.language.statements import statements
from cnnsize.lint.selection import Rules
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


def marks(text: str, file: str | None, networks: int, excerpts: Iterable[Excerpt], chart: Chart) -> Marks | None:
    """The suppression comments in the excerpts of a text, whose chart this is; None where there is none."""
    found = [mark for one in excerpts if one.expects != "skip" for mark in _marks(one, chart)]
    return Marks(text, file, tuple(found), networks) if found else None


def _marks(excerpt: Excerpt, chart: Chart) -> Iterable[Mark]:
    """The comments of one excerpt. Lines are those of the file."""
    body, view = excerpt.text, excerpt.view
    numbers = [chart.position(view.span(begin, begin).start).line for begin, _ in view.lines() or [(0, 0)]]
    firsts: list[int] = []
    places: list[list[int]] = []  # of each statement, the lines that hold code
    seen = at = 0
    for begin, end in statements(body):
        at += body.count("\n", seen, begin)
        seen = begin
        code = [
            numbers[at + further]
            for further, one in enumerate(body[begin:end].split("\n")) if one.partition("#")[0].strip()
        ]  # fmt: skip
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


def _mark(
    mark: re.Match[str], view: View, begin: int, lines: Lines | None, statement: Lines | None, alone: bool
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
        span, mark["word"], None if codes is None else tuple(codes), lines,
        statement, alone, wrong,
    )  # fmt: skip


def code_of(written: str, table: Rules) -> str | None:
    """The code that a code or a name means, in any letter case."""
    code, name = written.upper(), written.lower()
    if code in table:
        return code
    return next((one for one, rule in table.items() if rule.name == name), None)
