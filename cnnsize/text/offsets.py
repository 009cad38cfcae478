"""Map each character of an extracted text to its place in the file."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from cnnsize.text.source import Cell, Source, line_starts
from cnnsize.text.span import Piece, Position, Span, Stretch, start_of


class Chart(NamedTuple):
    """Where the characters of a text stand in a file, or in the cell of a notebook: lines and
    columns.
    """

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
        for at in range(
            max(0, bisect_right(self.pieces, start, key=start_of) - 1), len(self.pieces)
        ):
            begin, original, verbatim = self.pieces[at]
            if begin >= end and found:
                break
            further = max(0, start - begin) if verbatim else 0
            place = self.position(original.start + further)
            found.append(
                Stretch(
                    max(0, begin - start),
                    *place,
                    None if verbatim else original.end - original.start,
                )
            )
        return tuple(found)


class Origin(NamedTuple):
    """Where a text with architectures comes from, so that each of its statements knows its
    place.
    """

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
            text[start:end],
            self.file,
            first.line,
            first.column,
            () if whole else parts,
            0,
            cell,
            self.inline,
        )
