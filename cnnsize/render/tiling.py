"""Draw how windows tile one axis: the padded row of cells, a bracket per window, unread cells.

``Strip`` knows what the windows read; this module only lays it out in columns.

cells   . . . . . . . . . x     W = 10
windows [---]   [---]
            [---]   [---]
next                    [---]   hangs over by 1
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cnnsize.layers.volume import Window
from cnnsize.sizing.strip import BEYOND, PADDING, READ, SKIPPED, Strip

MARKS = {READ: ".", PADDING: "0", BEYOND: "x", SKIPPED: "-"}
LEGEND = {
    READ: "read",
    PADDING: "zero-padding",
    BEYOND: "never read",
    SKIPPED: "skipped between taps or windows",
}
MIN_CELLS = 12  # that must fit into a line
GAP = 5  # columns between both ends of an axis that is cut


class _Axis(NamedTuple):
    """One axis of a layer, and how it is laid out in columns."""

    letter: str  # W or H
    strip: Strip
    cell_count: int  # cells that fit into a line
    pitch: int  # columns per cell
    cut: tuple[int, int] | None  # only cells before the first and from the second on are drawn

    def column(self, cell: int) -> int | None:
        """Return the column of a cell, or None for one that the cut hides."""
        index = cell - self.strip.first
        if self.cut is None or cell < self.cut[0]:
            return self.pitch * index
        if cell >= self.cut[1]:
            return self.pitch * (index - self.cut[1] + self.cut[0]) + GAP
        return None

    def drawn(self) -> list[range]:
        """Return the cells that are drawn: one range, or both ends of an axis that is cut."""
        first, end = self.strip.first, self.strip.end
        return (
            [range(first, end)]
            if self.cut is None
            else [range(first, self.cut[0]), range(self.cut[1], end)]
        )

    def blank_row(self) -> list[str]:
        """Return a row of blanks, with space for a bracket that hangs over."""
        return [" "] * (self.pitch * self.cell_count + 16)


def tiling(facts: Mapping[str, Any], width: int) -> list[str]:
    """Return lines that show how windows tile one axis; none when they do not fit in ``width``.

    ``facts`` are those of a finding: the size W or H, F, S, P and D. ``.`` is a cell that a window
    reads, ``0`` is zero-padding, ``x`` is a cell beyond the last window, and ``-`` is one between
    taps or windows; no window reads these two.
    """
    axis = _axis(facts, width)
    if axis is None:
        return []
    strip = axis.strip
    states = {
        run.state: None for cells in axis.drawn() for run in strip.runs(cells.start, cells.stop)
    }
    padding = f", P = {strip.window.before}" if strip.window.before else ""
    lines = [f"cells   {_cells(axis)}   {axis.letter} = {strip.size}{padding}"]
    for index, row in enumerate(_window_rows(axis)):
        lines.append(("windows " if index == 0 else "        ") + "".join(row).rstrip())
    lines += _next_window(axis)
    legend = [f"{MARKS[state]} {meaning}" for state, meaning in LEGEND.items() if state in states]
    return [*lines, "        " + ", ".join(legend)]


def _axis(facts: Mapping[str, Any], width: int) -> _Axis | None:
    """Return the axis that the facts describe, or None when it cannot be drawn in ``width``."""
    letter = "H" if "H" in facts and "W" not in facts else "W"
    if not {letter, "F", "S", "P", "D"} <= set(facts):
        return None
    size, F, S, P, D = (int(facts[key]) for key in (letter, "F", "S", "P", "D"))
    strip = Strip(size, Window(F, S, P, P, D))
    padded = strip.end - strip.first
    pitch = 2 if padded + S + 4 <= (width - 14) // 2 else 1
    cell_count = (width - 24) // pitch
    window_is_too_large = max(strip.window.F_eff, S) > cell_count // 3
    if cell_count < MIN_CELLS or window_is_too_large or padded < 1:
        return None
    cut = None
    if padded + S > cell_count:
        head = cell_count // 2 - 3
        cut = (strip.first + head, strip.end - (cell_count - head - GAP))
    return _Axis(letter, strip, cell_count, pitch, cut)


def _cells(axis: _Axis) -> str:
    """Return the row of cells."""
    row = axis.blank_row()
    for cells in axis.drawn():
        for run in axis.strip.runs(cells.start, cells.stop):
            for cell in range(run.start, run.stop):
                column = axis.column(cell)
                assert column is not None
                row[column] = MARKS[run.state]
    if axis.cut is not None:
        dots = axis.pitch * (axis.cut[0] - axis.strip.first) + 1
        row[dots : dots + 3] = list("...")
    return "".join(row).rstrip()


def _window_rows(axis: _Axis) -> list[list[str]]:
    """Return the brackets of the windows, in as few rows as keep them apart."""
    rows: list[list[str]] = []
    for start in _window_starts(axis):
        left, right = axis.column(start), axis.column(start + axis.strip.window.F_eff - 1)
        if left is None or right is None:
            continue
        bracket = _bracket(right - left + 1)
        around = slice(max(0, left - 1), left + len(bracket) + 1)
        row = next((row for row in rows if not "".join(row[around]).strip()), None)
        if row is None:
            row = axis.blank_row()
            rows.append(row)
        row[left : left + len(bracket)] = bracket
    return rows


def _window_starts(axis: _Axis) -> list[int]:
    """Return the first cells of the windows that are drawn whole."""
    strip, count = axis.strip, axis.strip.positions
    first = [strip.start(index) for index in range(min(count, axis.cell_count))]
    if axis.cut is None:
        return first
    last = [strip.start(index) for index in range(max(0, count - axis.cell_count), count)]
    head, tail = axis.cut
    return [
        start
        for start in dict.fromkeys(first + last)
        if start + strip.window.F_eff <= head or start >= tail
    ]


def _next_window(axis: _Axis) -> list[str]:
    """Return the line of the window that would hang over the far edge, if there is one."""
    strip, window = axis.strip, axis.strip.window
    left = axis.column(strip.start(strip.positions))
    if left is None or not strip.overhang or window.F_eff < window.S:
        return []
    bracket = _bracket(axis.pitch * (window.F_eff - 1) + 1)
    return [f"next    {' ' * left}{bracket}   hangs over by {strip.overhang}"]


def _bracket(width: int) -> str:
    """Return the mark of a window that is so many columns wide."""
    return "#" if width == 1 else "[" + "-" * (width - 2) + "]"
