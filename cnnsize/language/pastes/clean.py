"""Take off what surrounds each line of a paste: the ``>`` of a mail, line numbers, lone quotes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from cnnsize.text.span import Piece, PieceMap, Span

LINE = re.compile(r"[^\n]*(?:\n|$)")
QUOTE_MARK = re.compile(r"(?:[ \t]{0,3}>(?!>>)[ \t]?){1,20}")  # not the prompt >>>
COMMENT_MARK = re.compile(r"[ \t]{0,99}(?:#{1,3}|//)[ \t]?")
LINE_NUMBER = re.compile(r"[ \t]{0,9}(\d{1,5})(?:[:.)]|[ \t]{0,9}[|│])?(?:[ \t]|(?=\r?\n|$))")
MIN_LINES = 3  # with a mark: fewer may be an arrow, or a size
LONE_QUOTE = re.compile(r"\s*([`'\"])(?!\1)[^\n]*\n[\s\S]*(?<!\1)\1\s*\Z")


class Clean(NamedTuple):
    """A text without marks, and the map of its characters; None where nothing was taken off."""

    text: str
    map: PieceMap | None


@lru_cache(maxsize=4)  # a text is looked at several times before it is read
def clean(text: str) -> Clean:
    """Return a text without the marks at the begin of its lines."""
    spans = [match.span() for match in LINE.finditer(text) if match[0]]
    begins = [start for start, _ in spans]
    for widths in (quote_widths, number_widths, quote_widths, comment_widths):
        lines = [text[begin:end] for begin, (_, end) in zip(begins, spans, strict=True)]
        begins = [begin + width for begin, width in zip(begins, widths(lines), strict=True)]
    quote = LONE_QUOTE.match(text)
    if quote is not None:
        opened, closed = quote.start(1), text.rindex(quote[1])
        begins = [
            opened + 1 if start <= opened < end else begin
            for begin, (start, end) in zip(begins, spans, strict=True)
        ]
        spans = [(start, closed if start <= closed < end else end) for start, end in spans]
    if all(begin == start for begin, (start, _) in zip(begins, spans, strict=True)):
        return Clean(text, None)
    parts: list[str] = []
    pieces: list[Piece] = []
    length = 0
    for begin, (_, end) in zip(begins, spans, strict=True):
        pieces.append(Piece(length, Span(begin, end), verbatim=True))
        parts.append(text[begin:end])
        length += end - begin
    return Clean("".join(parts), PieceMap(pieces))


def comment_widths(lines: Sequence[str]) -> list[int]:
    """Return how wide the comment mark of each line is, where all lines have one."""
    marks = [COMMENT_MARK.match(line) for line in lines if line.strip()]
    if len(marks) < MIN_LINES or None in marks:
        return [0] * len(lines)
    return [0 if mark is None else mark.end() for mark in map(COMMENT_MARK.match, lines)]


def quote_widths(lines: Sequence[str]) -> list[int]:
    """Return how wide the quotation mark of each line is; 0 where too few lines have one."""
    marks = [QUOTE_MARK.match(line) for line in lines]
    widths = [0 if mark is None else mark.end() for mark in marks]
    return widths if sum(map(bool, widths)) >= MIN_LINES else [0] * len(lines)


def number_widths(lines: Sequence[str]) -> list[int]:
    """Return how wide the number of each line is, where lines are numbered one after the other."""
    widths = [0] * len(lines)
    run: list[tuple[int, int]] = []  # lines with their widths
    expected = -1
    for index, line in enumerate([*lines, "end"]):
        number = LINE_NUMBER.match(line)
        value = -1 if number is None else int(number[1])
        if value != expected and line.strip():
            for numbered, width in run if len(run) >= MIN_LINES else ():
                widths[numbered] = width
            run = []
        if number is not None:
            run.append((index, number.end()))
            expected = value + 1
    return widths
