"""Where a piece of text came from, and how to point at it.

Offsets are 0-based code points, ends exclusive; lines and columns are 1-based.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
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

    def moved(self, start: int, original: int) -> list[Piece]:
        """The pieces, for a text that begins ``start`` further on, and its original ``original``."""
        return [Piece(one.start + start, one.original.shifted(original), one.verbatim) for one in self._pieces]

    def span(self, span: Span) -> Span:
        """The smallest original span that holds what ``span`` was made from."""
        return original_of(self._pieces, span)


def original_of(pieces: Sequence[Piece], span: Span) -> Span:
    """The smallest original span that holds what ``span`` of the text made of these pieces was made from."""
    if not pieces:
        return Span(0, 0)
    first = pieces[max(0, bisect_right(pieces, span.start, key=start_of) - 1)]
    start = first.original.start
    if first.verbatim:
        start = min(start + span.start - first.start, first.original.end)
    if span.end <= span.start:
        return Span(start, start)
    last = pieces[max(0, bisect_right(pieces, span.end - 1, key=start_of) - 1)]
    end = last.original.end
    if last.verbatim:
        end = min(end, last.original.start + span.end - last.start)
    return Span(start, max(start, end))


class Stretch(NamedTuple):
    """Where a stretch of a source's text begins, in the text and in the file."""

    start: int
    line: int
    column: int
    width: int | None = None  # in the file, of what is written otherwise there, as an escape in a string is


class Cell(NamedTuple):
    """The cell of a notebook that a text stands in, and where each stretch of it begins there."""

    number: int
    parts: tuple[Stretch, ...]


class InCell(NamedTuple):
    """A place in a notebook as its reader counts: cells, and lines and columns in the cell, from 1."""

    number: int
    line: int
    column: int


def line_starts(text: str) -> list[int]:
    """Where each line begins."""
    return [0, *(found.end() for found in re.finditer("\n", text))] if "\n" in text else [0]


class Source(NamedTuple):
    """A text, the file that holds it (if any) and the place where it begins there.

    The text of a network that calls blocks is their definitions and its own statement, a line each, from
    ``begin`` on; ``line`` and ``column`` are the statement's. ``parts`` says where each stretch of the text stands
    in the file, where it is not one: definitions, lines behind a quotation mark, escapes.
    """

    text: str
    file: str | None = None
    line: int = 1
    column: int = 1
    parts: tuple[Stretch, ...] = ()
    begin: int = 0
    cell: Cell | None = None
    inline: bool = False  # it stands in a comment or a literal: nothing may break its line or end it

    def stretches(self) -> tuple[Stretch, ...]:
        """Where each stretch of the text stands in the file; one, where it stands there as it is."""
        return self.parts or (Stretch(0, self.line, self.column),)

    def together(self, span: Span) -> bool:
        """Does a stretch of the text stand in the file in one piece, as it is written here?"""
        if not self.parts:
            return True
        first = bisect_right(self.parts, span.start, key=start_of) - 1
        last = bisect_right(self.parts, max(span.start, span.end - 1), key=start_of) - 1
        return first == last and self.parts[first].width is None

    def rows(self) -> list[int]:
        """Where each line of the text begins, as it stands in the file: one text may be written over several."""
        begins = set(line_starts(self.text))
        for before, after in pairwise(self.parts):
            if after.line != self.end_position(after.start).line and after.line != before.line:
                begins.add(after.start)
        return sorted(begins)

    def position(self, offset: int) -> Position:
        """The place of an offset of ``text`` in the file: line and column from 1."""
        if not self.parts:
            return _position(self.text, offset, Stretch(0, self.line, self.column))
        return placed(self.text, offset, self.parts)

    def in_cell(self, offset: int) -> InCell | None:
        """The place in the cell of a notebook; None in any other file."""
        return None if self.cell is None else InCell(self.cell.number, *placed(self.text, offset, self.cell.parts))

    def end_position(self, offset: int) -> Position:
        """The same of where something ends: behind its last character, and not before the next one."""
        return placed_end(self.text, offset, self.parts) if self.parts else self.position(offset)


class Chart(NamedTuple):
    """Where the characters of a text stand in a file, or in the cell of a notebook: lines and columns."""

    lines: list[int]  # where each line of the file begins
    pieces: tuple[Piece, ...]  # of the file, that the text is made of

    @staticmethod
    def of(text: str) -> Chart:
        """The chart of all of a file's text."""
        return Chart(line_starts(text), (Piece(0, Span(0, len(text)), True),))

    def position(self, offset: int) -> Position:
        """Of an offset of the file."""
        line = bisect_right(self.lines, offset)
        return Position(line, offset - self.lines[line - 1] + 1)

    def parts(self, start: int, end: int) -> tuple[Stretch, ...]:
        """The stretches that the text from start to end is made of."""
        found: list[Stretch] = []
        for at in range(max(0, bisect_right(self.pieces, start, key=start_of) - 1), len(self.pieces)):
            begin, original, verbatim = self.pieces[at]
            if begin >= end and found:
                break
            further = max(0, start - begin) if verbatim else 0
            place = self.position(original.start + further)
            found.append(Stretch(max(0, begin - start), *place, None if verbatim else original.end - original.start))
        return tuple(found)


class Origin(NamedTuple):
    """Where a text with architectures comes from, so that each of its statements knows its place."""

    file: str | None
    chart: Chart
    cell: int | None = None  # its number, in a notebook
    in_cell: Chart | None = None
    inline: bool = False

    def source(self, text: str, start: int, end: int) -> Source:
        """One statement of the text."""
        parts = self.chart.parts(start, end)
        first = parts[0]
        cell = None
        if self.cell is not None and self.in_cell is not None:
            cell = Cell(self.cell, self.in_cell.parts(start, end))
        whole = len(parts) == 1 and first.width is None
        return Source(
            text[start:end], self.file, first.line, first.column, () if whole else parts, 0, cell, self.inline
        )


def placed(text: str, offset: int, parts: tuple[Stretch, ...]) -> Position:
    """The place of an offset of a text whose stretches stand here and there."""
    return _position(text, offset, parts[max(0, bisect_right(parts, offset, key=start_of) - 1)])


def placed_end(text: str, offset: int, parts: tuple[Stretch, ...]) -> Position:
    part = parts[max(0, bisect_right(parts, max(0, offset - 1), key=start_of) - 1)]
    if part.width is not None and offset > part.start:
        return Position(part.line, part.column + part.width)
    return _position(text, offset, part)


def start_of(part: Piece | Stretch) -> int:
    return part.start


def _position(text: str, offset: int, part: Stretch) -> Position:
    before = text[part.start : offset]
    newlines = before.count("\n")
    if newlines == 0:
        return Position(part.line, part.column + (len(before) if part.width is None else 0))
    return Position(part.line + newlines, len(before) - before.rfind("\n"))
