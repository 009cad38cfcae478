"""The Python source of a file: all of a module, or the code cells of a notebook, one after the other."""

from __future__ import annotations

import re
from bisect import bisect_right

from cnnsize.files.document import Document
from cnnsize.files.extract.registry import extension_of
from cnnsize.record import Record
from cnnsize.text.offsets import Chart
from cnnsize.text.source import Cell, Source, line_starts
from cnnsize.text.span import Piece, Span, Stretch

NOTEBOOK = ".ipynb"
ON_LINE = re.compile(r"\bon line (\d+)\b")


class SourceCode(Record):
    """A text of Python, and where it is in its file."""

    text: str
    file: str | None
    parts: tuple[Stretch, ...] = ()
    cells: tuple[tuple[int, int], ...] = ()  # where each cell begins in the text, and its number

    def in_cells(self, message: str) -> str:
        """Return a message with the lines that it names as lines of cells, in a notebook."""
        if not self.cells:
            return message
        starts = line_starts(self.text)

        def in_cell(match: re.Match[str]) -> str:
            line = min(int(match[1]), len(starts))
            begins = [(start, number) for start, number in self.cells if start <= starts[line - 1]]
            first, number = begins[-1] if begins else self.cells[0]
            own = line - bisect_right(starts, first) + 1
            return f"on line {own} of cell {number}"

        return ON_LINE.sub(in_cell, message)

    def place(self, line: int, column: int | None = None) -> str:
        """Return a line of the code as a place of its file, as in net.py:3, or of a cell."""
        if not self.cells:
            return ":".join(
                map(str, (self.file, line) if column is None else (self.file, line, column))
            )
        own, _, cell = self.in_cells(f"on line {line}")[len("on line ") :].partition(" of cell ")
        words = f"{self.file}, cell {cell}, line {own}"
        return words if column is None else f"{words}, column {column}"

    def source(self, offset: int = 0) -> Source:
        """Return the text with its place in the file; in a notebook, for what is in one cell."""
        if not self.cells:
            return Source(self.text, self.file)
        starts = [start for start, _ in self.cells]
        start, number = self.cells[max(0, bisect_right(starts, offset) - 1)]
        first = self.parts[0]
        cell = Cell(number, (Stretch(start, 1, 1),))
        return Source(self.text, self.file, first.line, first.column, self.parts, 0, cell)


def source_code(document: Document) -> SourceCode:
    """Return the Python source of a document. Raises ValueError for a notebook that is none."""
    is_notebook = extension_of(document.file or "") == NOTEBOOK
    if not is_notebook and not document.is_cell:
        return SourceCode(document.text, document.file)
    # late: few files are notebooks
    from cnnsize.files.extract.notebook import read_cells
    from cnnsize.files.extract.python_tokens import without_magics

    if document.is_cell:
        return SourceCode(without_magics(document.text), document.file)
    text, pieces, cells = "", [], []
    for cell in read_cells(document.text):
        if cell.kind != "code" or not cell.view.text:
            continue
        cells.append((len(text), cell.number))
        pieces += [piece._replace(start=piece.start + len(text)) for piece in cell.view.pieces]
        text += without_magics(cell.view.text)
        end = cell.view.pieces[-1].original.end
        pieces.append(Piece(len(text), Span(end, end), verbatim=False))
        text += "\n"
    chart = Chart(line_starts(document.text), tuple(pieces))
    parts = chart.parts(0, len(text)) if pieces else ()
    return SourceCode(text, document.file, parts, tuple(cells))
