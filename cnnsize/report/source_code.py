"""The Python source of a file: all of a module, or the code cells of a notebook, one after the other."""

from __future__ import annotations

from bisect import bisect_right

from cnnsize.files.document import Document
from cnnsize.files.extract.registry import extension_of
from cnnsize.record import Record
from cnnsize.text.offsets import Chart
from cnnsize.text.source import Cell, Source, line_starts
from cnnsize.text.span import Piece, Span, Stretch

NOTEBOOK = ".ipynb"


class SourceCode(Record):
    """A text of Python, and where it is in its file."""

    text: str
    file: str | None
    parts: tuple[Stretch, ...] = ()
    cells: tuple[tuple[int, int], ...] = ()  # where each cell begins in the text, and its number

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
