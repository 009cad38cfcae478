"""Where a piece of text came from, and how to point at it.

Offsets are 0-based code points, ends exclusive; lines and columns are 1-based.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple


class Span(NamedTuple):
    """A half-open range of code points of one text."""

    start: int
    end: int

    def shifted(self, by: int) -> Span:
        return Span(self.start + by, self.end + by)


class Position(NamedTuple):
    line: int
    column: int


class Piece(NamedTuple):
    """A stretch of rewritten text and the stretch of the original that it stands for."""

    start: int  # in the rewritten text
    original: Span
    verbatim: bool  # the same characters: offsets inside map one to one


class PieceMap:
    """Maps spans of a rewritten text back to the text that was written."""

    def __init__(self, pieces: list[Piece]) -> None:
        self._pieces = pieces
        self._starts = [piece.start for piece in pieces]

    def moved(self, start: int, original: int) -> list[Piece]:
        """The pieces, for a text that begins ``start`` further on, and its original ``original``."""
        return [Piece(one.start + start, one.original.shifted(original), one.verbatim) for one in self._pieces]

    def span(self, span: Span) -> Span:
        """The smallest original span that holds what ``span`` was made from."""
        if not self._pieces:
            return Span(0, 0)
        first = self._pieces[max(0, bisect_right(self._starts, span.start) - 1)]
        start = first.original.start
        if first.verbatim:
            start = min(start + span.start - first.start, first.original.end)
        if span.end <= span.start:
            return Span(start, start)
        last = self._pieces[max(0, bisect_right(self._starts, span.end - 1) - 1)]
        end = last.original.end
        if last.verbatim:
            end = min(end, last.original.start + span.end - last.start)
        return Span(start, max(start, end))


class Stretch(NamedTuple):
    """Where a stretch of a source's text begins, in the text and in the file."""

    start: int
    line: int
    column: int


class Source(NamedTuple):
    """A text, the file that holds it (if any) and the place where it begins there.

    The text of a network that calls blocks is their definitions and its own statement, a line each;
    ``parts`` says where each of these stands in the file, and ``line`` and ``column`` are the statement's.
    """

    text: str
    file: str | None = None
    line: int = 1
    column: int = 1
    parts: tuple[Stretch, ...] = ()

    def position(self, offset: int) -> Position:
        """The place of an offset of ``text`` in the file: line and column from 1."""
        start, line, column = 0, self.line, self.column
        for part in self.parts:
            if part.start > offset:
                break
            start, line, column = part
        before = self.text[start:offset]
        newlines = before.count("\n")
        if newlines == 0:
            return Position(line, column + len(before))
        return Position(line + newlines, len(before) - before.rfind("\n"))
