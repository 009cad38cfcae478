"""A text with its place in a file, and the lines and columns of its characters.

Offsets are 0-based code points, ends exclusive; lines and columns are 1-based.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from itertools import pairwise

from cnnsize.record import NamedTuple, Record, public
from cnnsize.text.english import shortened
from cnnsize.text.span import Position, Span, Stretch, start_of


class Cell(Record):
    """The notebook cell that holds a text, and where each stretch of the text begins in it."""

    number: int
    parts: tuple[Stretch, ...]


class InCell(NamedTuple):
    """A place in a notebook: the number of the cell, and line and column in it, all from 1."""

    number: int
    line: int
    column: int


def line_starts(text: str) -> list[int]:
    """Return the offset where each line begins."""
    return [0, *(match.end() for match in re.finditer("\n", text))] if "\n" in text else [0]


@public
class Source(NamedTuple):
    """A text, the file that holds it (if any), and where it begins there.

    The text of a network that calls blocks consists of their definitions and its own statement, one
    on each line. The statement starts at ``begin``; ``line`` and ``column`` are its place.
    ``parts`` are the places of the stretches of a text that is not contiguous in the file, because
    of definitions, quoted lines or escapes.
    """

    text: str
    file: str | None = None
    line: int = 1
    column: int = 1
    parts: tuple[Stretch, ...] = ()
    begin: int = 0
    cell: Cell | None = None
    inline: bool = False  # in a comment or a literal, which an edit must not end or break
    unmarked: bool = False  # found in other text, where nothing says that it is a network
    is_cut: bool = False  # the network goes on after its text with what is not read

    def __repr__(self) -> str:
        return f"<Source {self.file or '<string>'}:{self.line}: {shortened(self.text)!r}>"

    def stretches(self) -> tuple[Stretch, ...]:
        """Return the places of the text's stretches in the file; one for a contiguous text."""
        return self.parts or (Stretch(0, self.line, self.column),)

    def is_contiguous(self, span: Span) -> bool:
        """Return whether a span is one piece in the file, so that an edit can be applied there."""
        if not self.parts:
            return True
        first = bisect_right(self.parts, span.start, key=start_of) - 1
        last = bisect_right(self.parts, max(span.start, span.end - 1), key=start_of) - 1
        return first == last and self.parts[first].width is None

    def line_offsets(self) -> list[int]:
        """Return the offsets where a line begins, in the text or in the file.

        A string literal may spread one line of the text over several lines of the file.
        """
        begins = set(line_starts(self.text))
        for before, after in pairwise(self.parts):
            if after.line != self.end_position(after.start).line and after.line != before.line:
                begins.add(after.start)
        return sorted(begins)

    def position(self, offset: int) -> Position:
        """Return the line and column of an offset of ``text`` in the file, from 1."""
        if not self.parts:
            return _position(self.text, offset, Stretch(0, self.line, self.column))
        return _position_in(self.text, offset, self.parts)

    def in_cell(self, offset: int) -> InCell | None:
        """Return the place in the cell of a notebook; None in any other file."""
        if self.cell is None:
            return None
        return InCell(self.cell.number, *_position_in(self.text, offset, self.cell.parts))

    def end_position(self, offset: int) -> Position:
        """Return the place of the end of a span: right after its last character.

        This is not the place of the next character, which may be on another line of the file.
        """
        return _end_in(self.text, offset, self.parts) if self.parts else self.position(offset)

    def positions(self, span: Span) -> tuple[Position, Position]:
        """Return where a span begins and ends in the file; an empty one ends where it begins."""
        start = self.position(span.start)
        return start, self.end_position(span.end) if span.end > span.start else start


def _position_in(text: str, offset: int, parts: tuple[Stretch, ...]) -> Position:
    """Return the place of an offset of a text that consists of several stretches."""
    return _position(text, offset, parts[max(0, bisect_right(parts, offset, key=start_of) - 1)])


def _end_in(text: str, offset: int, parts: tuple[Stretch, ...]) -> Position:
    """Return the place right after the character before an offset, which decides the stretch."""
    part = parts[max(0, bisect_right(parts, max(0, offset - 1), key=start_of) - 1)]
    if part.width is not None and offset > part.start:
        return Position(part.line, part.column + part.width)
    return _position(text, offset, part)


def _position(text: str, offset: int, part: Stretch) -> Position:
    """Return the place of an offset inside one stretch of a text."""
    starts = _line_starts(text)
    last = bisect_right(starts, offset)
    newlines = last - bisect_right(starts, part.start)
    if newlines <= 0:
        return Position(
            part.line, part.column + (max(0, offset - part.start) if part.width is None else 0)
        )
    return Position(part.line + newlines, offset - starts[last - 1] + 1)


@lru_cache(maxsize=16)  # each finding of a text needs them
def _line_starts(text: str) -> list[int]:
    return line_starts(text)
