"""Parse suppression comments: ``# cnnsize: ignore[CNN101] -- as published``."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cnnsize.files.extract.excerpt import Excerpt, Spans
from cnnsize.files.extract.markers import COMMENT_START, MAX_LEAD
from cnnsize.files.extract.registry import comment_test
from cnnsize.language.statements import statement_spans
from cnnsize.lint.selection import RuleTable
from cnnsize.text.offsets import Chart
from cnnsize.text.span import Span
from cnnsize.text.view import View

CODES = r"(?P<list>\[(?P<codes>[^\]\r\n]*)\])?[ \t]*"
# in the text of a network
COMMENT = rf"#[ \t]*cnnsize:[ \t]*(?P<word>[\w-]*)[ \t]*{CODES}(?P<rest>[^\r\n]*)"
# in the comments of the host language
HOST_COMMENT = (
    rf"cnnsize:[ \t]*(?P<word>ignore(?:-file)?)(?![\w-])[ \t]*{CODES}(?P<rest>[^\r\n]*?)"
    r"(?P<close>[ \t]*(?:-->|--%>|--}}|\*/|#\}|-\}|\*\)|#>|\]\]|\*@))?(?=[ \t]*(?:\r|\n|\Z))"
)
MAX_BLANK = 2  # empty lines between a comment of the host language and its network
DIRECTIVES = ("ignore", "ignore-file")
OTHERS = ("input", "model")  # say the input or the name of a class of Python source
UNUSED, UNKNOWN = "CNN901", "CNN902"
EXAMPLE = "# cnnsize: ignore[CNN101] -- reason"


class LineRange(NamedTuple):
    """The lines from ``first`` to ``last``, both included, counted from 1."""

    first: int
    last: int


class StatementLines(NamedTuple):
    """The lines of one statement."""

    first: int  # where it begins, perhaps with a comment
    code: list[int]  # those that hold more than a comment


class Suppression(NamedTuple):
    """One suppression comment. Spans and lines are those of the file."""

    span: Span
    directive: str  # "ignore" or "ignore-file"; any other word is a problem
    codes: tuple[tuple[str, Span], ...] | None  # as written; None for every code
    lines: LineRange | None  # to which it applies; None if no statement follows
    statement: LineRange | None  # the statement of these lines
    own_line: bool
    problem: str = ""  # why it cannot be understood


class FileSuppressions(NamedTuple):
    """The suppression comments of one text, and the networks to which they apply."""

    text: str
    file: str | None
    comments: tuple[Suppression, ...]
    networks: tuple[int, ...]  # their numbers in the report
    total: int  # how many networks the text holds, also those that were not picked


def read_suppressions(
    text: str,
    file: str | None,
    *,
    networks: Iterable[int],
    total: int,
    excerpts: Iterable[Excerpt],
    chart: Chart,
) -> FileSuppressions | None:
    """Return the suppression comments of a text; None if it has none.

    ``excerpts`` are the parts of the text with networks, and ``chart`` is the chart of all of it.
    ``networks`` are the numbers of the networks in the report, of ``total`` that the text holds.
    """
    excerpts = list(excerpts)
    comments = [
        comment
        for excerpt in excerpts
        if excerpt.expects != "skip"
        for comment in _read_excerpt(excerpt, chart)
    ]
    if excerpts and all(excerpt.kind != "file" for excerpt in excerpts):
        comments += _read_host_comments(text, file or "", excerpts, chart)
    if not comments:
        return None
    return FileSuppressions(text, file, tuple(comments), tuple(networks), total)


def _read_excerpt(excerpt: Excerpt, chart: Chart) -> Iterator[Suppression]:
    """Yield the suppression comments in the text of an excerpt."""
    text, view = excerpt.text, excerpt.view
    line_numbers = [
        chart.position(view.span(begin, begin).start).line for begin, _ in view.lines() or [(0, 0)]
    ]
    all_lines = _statement_lines(text, line_numbers)
    start = 0
    for line, number in zip(text.split("\n"), line_numbers, strict=False):
        hash_index = line.find("#")
        match = re.compile(COMMENT).search(line, hash_index) if hash_index >= 0 else None
        if match is not None and match["word"] not in OTHERS:
            own_line = not line[:hash_index].strip()
            lines, statement = _lines_of_comment(number, all_lines, own_line=own_line)
            yield _suppression(
                match, view, start, lines=lines, statement=statement, own_line=own_line
            )
        start += len(line) + 1


def _lines_of_comment(
    number: int, all_lines: list[StatementLines], *, own_line: bool
) -> tuple[LineRange | None, LineRange | None]:
    """Return the lines to which a comment on a line applies, and those of their statement.

    Within a statement it is one line, and between statements all of the next one. None if no
    statement follows, and if the comment shares its line with something else.
    """
    index = bisect_right(all_lines, number, key=lambda lines: lines.first) - 1
    if index >= 0 and number <= all_lines[index].code[-1]:
        code = all_lines[index].code
        target = next(line for line in code if line >= number)
        return LineRange(target, target), LineRange(code[0], code[-1])
    if not own_line or index + 1 == len(all_lines):
        return None, None
    code = all_lines[index + 1].code
    lines = LineRange(code[0], code[-1])
    return lines, lines


def _statement_lines(text: str, line_numbers: list[int]) -> list[StatementLines]:
    """Return the lines of each statement of a text that has any code."""
    all_lines: list[StatementLines] = []
    offset = index = 0  # up to this offset there are so many line breaks
    for begin, end in statement_spans(text):
        index += text.count("\n", offset, begin)
        offset = begin
        code = [
            line_numbers[index + position]
            for position, line in enumerate(text[begin:end].split("\n"))
            if line.partition("#")[0].strip()
        ]
        if code:
            all_lines.append(StatementLines(line_numbers[index], code))
    return all_lines


def _read_host_comments(
    text: str, file: str, excerpts: list[Excerpt], chart: Chart
) -> Iterator[Suppression]:
    """Yield the suppression comments of the host language.

    They are above a marker, a fence, a directive or a literal, at the end of one of its lines, or
    for the whole file.
    """
    bodies = [_body_lines(excerpt, chart) for excerpt in excerpts]
    body_by_first_line = {
        chart.position(excerpt.extent.start).line: body
        for excerpt, body in reversed([*zip(excerpts, bodies, strict=True)])
    }
    literals = _literal_bodies(excerpts, bodies, chart)
    for literal, inner in literals.items():
        body_by_first_line.setdefault(literal.first, inner)
    body_by_last_line = {literal.last: inner for literal, inner in literals.items()}
    view = View.of(text)
    comments = list(_find_host_comments(text, file, excerpts, chart))
    comment_lines = {line for _, _, line in comments}
    blank_lines: set[int] = set()
    if comments:
        blank_lines = {
            number for number, line in enumerate(text.split("\n"), 1) if not line.strip(" \t\r>")
        }
    for match, start, line in comments:
        own_line = not text[text.rfind("\n", 0, start) + 1 : start].strip(" \t>")
        if own_line:
            # the network may follow after further comments and empty lines
            target, blank = line, 0
            while target in comment_lines or (blank < MAX_BLANK and target in blank_lines):
                blank += target in blank_lines
                target += 1
            body = lines = body_by_first_line.get(target)
        else:
            body = next((body for body in bodies if body.first <= line <= body.last), None)
            lines = None if body is None else LineRange(line, line)
            if body is None and line in body_by_last_line:  # after a literal of several lines
                body = lines = body_by_last_line[line]
        comment = _suppression(match, view, 0, lines=lines, statement=body, own_line=own_line)
        yield comment._replace(span=Span(start, match.end()))


def _literal_bodies(
    excerpts: list[Excerpt], bodies: list[LineRange], chart: Chart
) -> dict[LineRange, LineRange]:
    """Map the lines of each literal with networks to those from its first network to its last."""
    found: dict[LineRange, LineRange] = {}
    for excerpt, body in zip(excerpts, bodies, strict=True):
        if excerpt.literal is not None:
            start, end = map(chart.position, excerpt.literal)
            literal = LineRange(start.line, end.line)
            first = found.get(literal, body).first
            found[literal] = LineRange(first, body.last)
    return found


def _find_host_comments(
    text: str, file: str, excerpts: list[Excerpt], chart: Chart
) -> Iterator[tuple[re.Match[str], int, int]]:
    """Yield each match of a comment of the host language, the offset of its start, and its line."""
    extents = Spans(excerpt.extent for excerpt in excerpts)
    begins_comment = comment_test(text, file)
    for match in re.finditer(HOST_COMMENT, text):
        line_start = text.rfind("\n", 0, match.start()) + 1
        lead = text[max(line_start, match.start() - MAX_LEAD) : match.start()]
        comment = re.search(COMMENT_START, lead)
        if comment is None or extents.contains(match.start()):
            continue
        start = match.start() - len(comment[0])
        if begins_comment(start):
            yield match, start, chart.position(match.start()).line


def _body_lines(excerpt: Excerpt, chart: Chart) -> LineRange:
    """Return the lines of the file that hold the text of an excerpt."""
    pieces = excerpt.view.pieces
    begin = pieces[0].original.start if pieces else excerpt.announcement.start
    last = max(begin, excerpt.extent.end - 1)
    return LineRange(chart.position(begin).line, chart.position(last).line)


def _suppression(
    match: re.Match[str],
    view: View,
    begin: int,
    *,
    lines: LineRange | None,
    statement: LineRange | None,
    own_line: bool,
) -> Suppression:
    """Return the comment of a match in the line of ``view`` that starts at ``begin``."""
    start = begin + match.start()
    span = view.span(start, start + len(match[0].rstrip()))
    codes: tuple[tuple[str, Span], ...] | None = None
    if match["list"] is not None:
        offset = begin + match.start("codes")
        codes = tuple(
            (code[0], view.span(offset + code.start(), offset + code.end()))
            for code in re.finditer(r"[^,\s]+", match["codes"])
        )
    problem = _problem(match["word"], codes, match["rest"].strip())
    if match["word"] not in DIRECTIVES:
        codes = None
    return Suppression(span, match["word"], codes, lines, statement, own_line, problem)


def _problem(word: str, codes: tuple[tuple[str, Span], ...] | None, rest: str) -> str:
    """Return why a comment cannot be understood; an empty text if it can."""
    if not word:
        return "no directive after 'cnnsize:'"
    if word not in DIRECTIVES:
        return f"unknown directive '{word}'"
    if codes is not None:
        return "" if codes else "the brackets are empty"
    if rest.startswith("["):
        return "missing closing bracket ']'"
    if rest and not rest.startswith("--"):
        return "codes must be in brackets, and a reason must follow '--'"
    return ""


def code_of(written: str, rules: RuleTable) -> str | None:
    """Return the code that a code or a rule name means, in any letter case; None for neither."""
    code, name = written.upper(), written.lower()
    if code in rules:
        return code
    return next((code for code, rule in rules.items() if rule.name == name), None)
