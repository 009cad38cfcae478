"""Where a piece of text came from, and how to point at it.

Offsets are 0-based code points, ends exclusive; lines and columns are 1-based.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from cnnsize.text.span import Position, Span, Stretch, start_of


class Cell(NamedTuple):
    """The cell of a notebook that a text stands in, and where each stretch of it begins there."""

    number: int
    parts: tuple[Stretch, ...]


class InCell(NamedTuple):
    """A place in a notebook as its reader counts: cells, and lines and columns in the cell, from
    1.
    """

    number: int
    line: int
    column: int


def line_starts(text: str) -> list[int]:
    """Where each line begins."""
    return [0, *(found.end() for found in re.finditer("\n", text))] if "\n" in text else [0]


class Source(NamedTuple):
    """A text, the file that holds it (if any) and the place where it begins there.

    The text of a network that calls blocks is their definitions and its own statement, a line each,
    from ``begin`` on; ``line`` and ``column`` are the statement's. ``parts`` says where each
    stretch of the text stands in the file, where it is not one: definitions, lines behind a
    quotation mark, escapes.
    """

    text: str
    file: str | None = None
    line: int = 1
    column: int = 1
    parts: tuple[Stretch, ...] = ()
    begin: int = 0
    cell: Cell | None = None
    inline: bool = (
        False  # it stands in a comment or a literal: nothing may break its line or end it
    )

    def stretches(self) -> tuple[Stretch, ...]:
        """Where each stretch of the text stands in the file; one, where it stands there as it
        is.
        """
        return self.parts or (Stretch(0, self.line, self.column),)

    def together(self, span: Span) -> bool:
        """Does a stretch of the text stand in the file in one piece, as it is written here?"""
        if not self.parts:
            return True
        first = bisect_right(self.parts, span.start, key=start_of) - 1
        last = bisect_right(self.parts, max(span.start, span.end - 1), key=start_of) - 1
        return first == last and self.parts[first].width is None

    def rows(self) -> list[int]:
        """Where each line of the text begins, as it stands in the file: one text may be written
        over several.
        """
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
        return (
            None
            if self.cell is None
            else InCell(self.cell.number, *placed(self.text, offset, self.cell.parts))
        )

    def end_position(self, offset: int) -> Position:
        """The same of where something ends: behind its last character, and not before the next
        one.
        """
        return placed_end(self.text, offset, self.parts) if self.parts else self.position(offset)

    def positions(self, span: Span) -> tuple[Position, Position]:
        """Where a span begins and ends in the file. An empty one ends where it begins."""
        start = self.position(span.start)
        return start, self.end_position(span.end) if span.end > span.start else start


def placed(text: str, offset: int, parts: tuple[Stretch, ...]) -> Position:
    """The place of an offset of a text whose stretches stand here and there."""
    return _position(text, offset, parts[max(0, bisect_right(parts, offset, key=start_of) - 1)])


def placed_end(text: str, offset: int, parts: tuple[Stretch, ...]) -> Position:
    part = parts[max(0, bisect_right(parts, max(0, offset - 1), key=start_of) - 1)]
    if part.width is not None and offset > part.start:
        return Position(part.line, part.column + part.width)
    return _position(text, offset, part)


def _position(text: str, offset: int, part: Stretch) -> Position:
    starts = _line_starts(text)
    last = bisect_right(starts, offset)
    newlines = last - bisect_right(starts, part.start)
    if newlines <= 0:
        return Position(
            part.line, part.column + (max(0, offset - part.start) if part.width is None else 0)
        )
    return Position(part.line + newlines, offset - starts[last - 1] + 1)


@lru_cache(maxsize=16)  # a text with many findings is asked for each of them
def _line_starts(text: str) -> list[int]:
    return line_starts(text)
