"""The line of a finding with carets under it."""

from __future__ import annotations

from collections.abc import Callable

from cnnsize.record import NamedTuple
from cnnsize.text.span import Span
from cnnsize.text.terminal import Style, display_width, safe, visible_character

CONTEXT = 1000  # characters around a span that are considered in a very long line
Marks = list[tuple[Span, str, bool]]  # span, label, whether it is the primary one


class Mark(NamedTuple):
    """A mark in columns: from ``left`` to before ``right``."""

    left: int
    right: int
    label: str
    primary: bool


class _Line:
    """A line of source as it appears on the terminal."""

    def __init__(self, text: str) -> None:
        self.starts: list[int] = []
        self.cells: list[str] = []
        column = 0
        for character in text:
            self.starts.append(column)
            cell = visible_character(character, column)
            self.cells.append(cell)
            column += display_width(cell)
        self.starts.append(column)
        self.text = "".join(self.cells)

    @property
    def width(self) -> int:
        """The width of the line in columns."""
        return self.starts[-1]

    def columns(self, span: Span) -> tuple[int, int]:
        """Return the first column of a span, and the one after it; at least one column apart."""
        last = len(self.starts) - 1
        left = self.starts[min(span.start, last)]
        right = self.starts[min(span.end, last)]
        return left, max(left + 1, right)

    def cut(self, left: int, width: int) -> tuple[str, int]:
        """Return ``width`` columns of the text from ``left``, and by how much it moved to the left.

        Dots stand for what is cut off at either end.
        """
        if self.width <= width:
            return self.text, 0
        front = "..." if left > 0 else ""
        text, used, first = "", 0, 0
        for start, cell in zip(self.starts, self.cells, strict=False):
            if start < left:
                continue
            if not text:
                first = start
            cell_width = display_width(cell)
            if used + cell_width > width - len(front) - 3:
                return front + text + "...", first - len(front)
            text += cell
            used += cell_width
        return front + text, first - len(front)


def marked_line(
    text: str, marks: Marks, width: int, style: Style, colour: str
) -> tuple[str, list[str]]:
    """Return a line, and the rows under it: carets, dashes, and labels that hang on bars."""
    text, marks = _near_primary(text, marks)
    line = _Line(text)
    shown, offset = line.cut(_first_column(line, marks, width), width)
    placed = _place(line, marks, offset, display_width(shown))

    def paint(part: str, primary: bool) -> str:
        return style.paint(part, colour if primary else "blue")

    row, end = _underline(placed, paint)
    labels = [mark for mark in placed if mark.label]
    if labels:
        last = labels[-1]
        shares_column = any(mark is not last and mark.left == last.left for mark in labels)
        fits = end + 1 + len(last.label) <= width
        can_follow = end == last.right and not shares_column
        if can_follow and fits:
            row += " " + paint(safe(last.label), last.primary)
            labels = labels[:-1]
    return shown, [row, *_label_rows(labels, width, paint)]


def _near_primary(text: str, marks: Marks) -> tuple[str, Marks]:
    """Return the part of a very long line around the primary mark, with the marks in it."""
    if len(text) <= 4 * CONTEXT:
        return text, marks
    low = max(0, _primary(marks)[0].start - CONTEXT)
    front = "..." if low else ""
    text = front + text[low : low + 3 * CONTEXT]
    moved = [(span.shifted(len(front) - low), label, primary) for span, label, primary in marks]
    return text, [mark for mark in moved if 0 <= mark[0].start <= len(text)]


def _primary(marks: Marks) -> tuple[Span, str, bool]:
    return next((mark for mark in marks if mark[2]), marks[0])


def _first_column(line: _Line, marks: Marks, width: int) -> int:
    """Return the column from which a line is shown, so that the primary mark is visible."""
    left, right = line.columns(_primary(marks)[0])
    starts_in_view = left < width // 2 and right + 10 < width
    if line.width <= width or starts_in_view:
        return 0
    longest = max(len(label) for _, label, _ in marks)
    return max(0, min(left - width // 3, right + min(longest, width // 2) - width + 8))


def _place(line: _Line, marks: Marks, offset: int, edge: int) -> list[Mark]:
    """Return the marks in columns of the shown text, from left to right.

    ``offset`` columns are cut off before it, and ``edge`` is its width.
    """
    placed: list[Mark] = []
    for span, label, primary in marks:
        left, right = (column - offset for column in line.columns(span))
        if right > 0 and left <= edge:
            right = min(max(right, 1), max(edge, left + 1))
            placed.append(Mark(max(left, 0), right, label, primary))
    return sorted(placed, key=lambda mark: (mark.left, mark.primary))


def _underline(marks: list[Mark], paint: Callable[[str, bool], str]) -> tuple[str, int]:
    """Return the row of carets and dashes, and where it ends. Carets cover dashes."""
    cells = [(" ", False)] * (max((mark.right for mark in marks), default=0) + 1)
    for mark in sorted(marks, key=lambda mark: mark.primary):
        for column in range(mark.left, mark.right):
            cells[column] = ("^" if mark.primary else "-", mark.primary)
    row = "".join(paint(sign, primary) if sign != " " else " " for sign, primary in cells)
    return row.rstrip(), len("".join(sign for sign, _ in cells).rstrip())


def _label_rows(labels: list[Mark], width: int, paint: Callable[[str, bool], str]) -> list[str]:
    """Return the rows of labels under their marks, the last label first."""
    rows = [_bars(labels, paint)] if labels else []
    for index in range(len(labels) - 1, -1, -1):
        mark = labels[index]
        indent = max(0, min(mark.left, width - len(mark.label)))
        marks_before = [other for other in labels[:index] if other.left < indent]
        rows.append(_bars(marks_before, paint, indent) + paint(safe(mark.label), mark.primary))
    return rows


def _bars(marks: list[Mark], paint: Callable[[str, bool], str], width: int = 0) -> str:
    """Return a row with ``|`` under the first column of each mark, padded to ``width``."""
    row = ""
    column = 0
    for mark in sorted(marks):
        if mark.left < column:
            continue
        row += " " * (mark.left - column) + paint("|", mark.primary)
        column = mark.left + 1
    return row + " " * (width - column)
