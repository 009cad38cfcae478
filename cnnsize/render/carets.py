"""The line of a finding with carets under it."""

from __future__ import annotations

from collections.abc import Callable

from cnnsize.text.span import Span
from cnnsize.text.terminal import Style, char_width, display_width, safe

CONTEXT = 1000  # characters around a span that are considered in a very long line


class _Line:
    """A line of source as it appears on the terminal."""

    def __init__(self, text: str) -> None:
        self.starts: list[int] = []
        shown: list[str] = []
        column = 0
        for character in text:
            self.starts.append(column)
            cell = char_width(character, column)
            shown.append(cell)
            column += display_width(cell)
        self.starts.append(column)
        self.cells = shown
        self.text = "".join(shown)

    def columns(self, start: int, end: int) -> tuple[int, int]:
        """Return the first column of characters start to end, and the one after; at least one apart."""
        last = len(self.starts) - 1
        left = self.starts[min(start, last)]
        right = self.starts[min(end, last)]
        return left, max(left + 1, right)

    def cut(self, left: int, room: int) -> tuple[str, int]:
        """Return ``room`` columns of the text from column ``left``, and how many were cut before."""
        if self.starts[-1] <= room:
            return self.text, 0
        front = "..." if left > 0 else ""
        out, used, taken = "", 0, 0
        for start, cell in zip(self.starts, self.cells, strict=False):
            if start < left:
                continue
            if not out:
                taken = start
            w = display_width(cell)
            if used + w > room - len(front) - 3:
                return front + out + "...", taken - len(front)
            out += cell
            used += w
        return front + out, taken - len(front)


def excerpt(
    text: str, marks: list[tuple[Span, str, bool]], room: int, style: Style, colour: str
) -> tuple[str, list[str]]:
    """Return the line, and the rows under it: carets, dashes, and labels that hang on bars."""
    primary = next((mark for mark in marks if mark[2]), marks[0])
    if len(text) > 4 * CONTEXT:  # only this much can be shown
        low = max(0, primary[0].start - CONTEXT)
        front = "..." if low else ""
        text = front + text[low : low + 3 * CONTEXT]
        moved = [(mark[0].shifted(len(front) - low), *mark[1:]) for mark in marks]
        marks = [
            mark for mark in moved if 0 <= mark[0].start <= len(text)
        ]  # a mark may be after the cut
        primary = next((mark for mark in marks if mark[2]), primary)
    line = _Line(text)
    left, right = line.columns(*primary[0])
    longest = max((len(label) for _, label, _ in marks), default=0)
    begin = 0
    if line.starts[-1] > room:
        begin = max(0, min(left - room // 3, right + min(longest, room // 2) - room + 8))
        if left < room // 2 and right + 10 < room:
            begin = 0
    shown, off = line.cut(begin, room)
    edge = display_width(shown)
    spans: list[tuple[int, int, str, bool]] = []
    for span, label, is_primary in marks:
        a, b = line.columns(*span)
        a, b = a - off, b - off
        if b <= 0 or a >= edge + 1:
            continue
        spans.append((max(a, 0), min(max(b, 1), max(edge, a + 1)), label, is_primary))
    spans.sort(key=lambda mark: (mark[0], mark[3]))

    def paint(part: str, is_primary: bool) -> str:
        return style.paint(part, colour if is_primary else "blue")

    under: list[tuple[str, bool]] = [(" ", False)] * (
        max((b for _, b, _, _ in spans), default=0) + 1
    )
    for a, b, _, is_primary in sorted(spans, key=lambda mark: mark[3]):
        for at in range(a, b):
            under[at] = ("^" if is_primary else "-", is_primary)
    row = "".join(
        paint(sign, is_primary) if sign != " " else " " for sign, is_primary in under
    ).rstrip()
    plain = "".join(sign for sign, _ in under).rstrip()
    labels = [mark for mark in spans if mark[2]]
    rows: list[str] = []
    if labels:
        last = labels[-1]
        overlapped = any(mark is not last and mark[0] == last[0] for mark in labels)
        ends_last = len(plain) == last[1]
        if ends_last and not overlapped and len(plain) + 1 + len(last[2]) <= room:
            row += " " + paint(safe(last[2]), last[3])
            labels = labels[:-1]
    rows.append(row)
    for index in range(len(labels) - 1, -1, -1):
        a, _, label, is_primary = labels[index]
        bars = list(labels[: index + 1])
        if index == len(labels) - 1:
            rows.append(_bars(bars, paint))
        shift = max(0, min(a, room - len(label)))
        marks_before = [mark for mark in labels[:index] if mark[0] < shift]
        body = _bars(marks_before, paint, shift)
        rows.append(body + paint(safe(label), is_primary))
    return shown, rows


def _bars(
    marks: list[tuple[int, int, str, bool]],
    paint: Callable[[str, bool], str],
    width: int | None = None,
) -> str:
    """Return a row with ``|`` under the first column of each mark."""
    out = ""
    column = 0
    for a, _, _, is_primary in sorted(marks):
        if a < column:
            continue
        out += " " * (a - column) + paint("|", is_primary)
        column = a + 1
    if width is not None and column < width:
        out += " " * (width - column)
    return out
