"""Map each character of an extracted text to its place in the file."""

from __future__ import annotations

from bisect import bisect_right

from cnnsize.record import Record
from cnnsize.text.source import Cell, Source, line_starts
from cnnsize.text.span import Piece, Position, Span, Stretch, start_of


class Chart(Record):
    """The lines and columns of a text's characters in its file, or in the cell of a notebook."""

    lines: list[int]  # offsets of the file where a line begins
    pieces: tuple[Piece, ...]  # the pieces of the file that make up the text

    @staticmethod
    def of(text: str) -> Chart:
        """Return the chart of a text that is the whole file."""
        return Chart(line_starts(text), (Piece(0, Span(0, len(text)), True),))

    def position(self, offset: int) -> Position:
        """Return the line and column of an offset of the file."""
        line = bisect_right(self.lines, offset)
        return Position(line, offset - self.lines[line - 1] + 1)

    def parts(self, start: int, end: int) -> tuple[Stretch, ...]:
        """Return the stretches of the file that make up the text from ``start`` to ``end``."""
        stretches: list[Stretch] = []
        first = max(0, bisect_right(self.pieces, start, key=start_of) - 1)
        for index in range(first, len(self.pieces)):
            begin, original, verbatim = self.pieces[index]
            if begin >= end and stretches:
                break
            skipped = max(0, start - begin) if verbatim else 0
            line, column = self.position(original.start + skipped)
            width = None if verbatim else original.end - original.start
            stretches.append(Stretch(max(0, begin - start), line, column, width))
        return tuple(stretches)


class Origin(Record):
    """The file and the place of a text with architectures, from which its statements get theirs."""

    file: str | None
    chart: Chart
    cell: int | None = None  # its number, in a notebook
    in_cell: Chart | None = None
    inline: bool = False
    unmarked: bool = False
    is_cut: bool = False

    def source(self, text: str, start: int, end: int) -> Source:
        """Return one statement of the text, from ``start`` to ``end``, with its place."""
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
            self.unmarked,
            self.is_cut,
        )
