"""Draw how windows tile one axis: the padded row of cells, a bracket per window, unread cells.

cells   . . . . . . . . . x     W = 10
windows [---]   [---]
            [---]   [---]
next                    [---]   hangs over by 1
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cnnsize.layers.volume import Window

LEGEND = {".": "read", "0": "zero-padding", "x": "never read"}
MIN_CELLS = 12  # that must fit into a line
GAP = 5  # columns between both ends of an axis that is cut


class _Axis(NamedTuple):
    """One axis of a layer, and how it is laid out in columns."""

    letter: str  # W or H
    size: int
    F: int
    S: int
    P: int
    D: int
    F_eff: int
    cell_count: int  # cells that fit into a line
    pitch: int  # columns per cell
    cut: tuple[int, int] | None  # only cells before the first and from the second on are drawn

    @property
    def padded(self) -> int:
        """The number of cells, padding included."""
        return self.size + 2 * self.P

    @property
    def windows(self) -> int:
        """The number of windows."""
        return max(0, (self.padded - self.F_eff) // self.S + 1)

    def column(self, cell: int) -> int | None:
        """Return the column of a cell, or None for one that the cut hides."""
        if self.cut is None or cell < self.cut[0]:
            return self.pitch * cell
        if cell >= self.cut[1]:
            return self.pitch * (cell - self.cut[1] + self.cut[0]) + GAP
        return None

    def blank_row(self) -> list[str]:
        """Return a row of blanks, with space for a bracket that hangs over."""
        return [" "] * (self.pitch * self.cell_count + 16)


def tiling(facts: Mapping[str, Any], width: int) -> list[str]:
    """Return lines that show how windows tile one axis; none when they do not fit in ``width``.

    ``facts`` are those of a finding: the size W or H, F, S, P, D and F_eff. ``.`` is a cell that a
    window reads, ``0`` is zero-padding, and ``x`` is a cell that no window reads.
    """
    axis = _axis(facts, width)
    if axis is None:
        return []
    cells = _cells(axis)
    padding = f", P = {axis.P}" if axis.P else ""
    lines = [f"cells   {''.join(cells).rstrip()}   {axis.letter} = {axis.size}{padding}"]
    for index, row in enumerate(_window_rows(axis)):
        lines.append(("windows " if index == 0 else "        ") + "".join(row).rstrip())
    lines += _next_window(axis)
    if axis.cut is not None:  # the dots that stand for the hidden cells are no cells
        del cells[axis.pitch * axis.cut[0] + 1 : axis.pitch * axis.cut[0] + 4]
    legend = [f"{mark} {meaning}" for mark, meaning in LEGEND.items() if mark in cells]
    return [*lines, "        " + ", ".join(legend)]


def _axis(facts: Mapping[str, Any], width: int) -> _Axis | None:
    """Return the axis that the facts describe, or None when it cannot be drawn in ``width``."""
    letter = "H" if "H" in facts and "W" not in facts else "W"
    if not {letter, "F", "S", "P", "F_eff"} <= set(facts):
        return None
    size, F, S, P, D, F_eff = (int(facts[key]) for key in (letter, "F", "S", "P", "D", "F_eff"))
    padded = size + 2 * P
    pitch = 2 if padded + S + 4 <= (width - 14) // 2 else 1
    cell_count = (width - 24) // pitch
    window_is_too_large = max(F_eff, S) > cell_count // 3
    if cell_count < MIN_CELLS or window_is_too_large or padded < 1:
        return None
    cut = None
    if padded + S > cell_count:
        head = cell_count // 2 - 3
        cut = (head, padded - (cell_count - head - GAP))
    return _Axis(letter, size, F, S, P, D, F_eff, cell_count, pitch, cut)


def _cells(axis: _Axis) -> list[str]:
    """Return the row of cells."""
    row = axis.blank_row()
    cut, window = axis.cut, Window(axis.F, axis.S, axis.P, axis.P, axis.D)
    cells = [*range(axis.padded)] if cut is None else [*range(cut[0]), *range(cut[1], axis.padded)]
    for cell in cells:
        column = axis.column(cell)
        assert column is not None
        is_padding = not axis.P <= cell < axis.P + axis.size
        is_read = not is_padding and window.reads(axis.size, cell - axis.P)
        row[column] = "0" if is_padding else "." if is_read else "x"
    if cut is not None:
        row[axis.pitch * cut[0] + 1 : axis.pitch * cut[0] + 4] = list("...")
    return row


def _window_rows(axis: _Axis) -> list[list[str]]:
    """Return the brackets of the windows, in as few rows as keep them apart."""
    rows: list[list[str]] = []
    for start in _window_starts(axis):
        left, right = axis.column(start), axis.column(start + axis.F_eff - 1)
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
    count = axis.windows
    first = [index * axis.S for index in range(min(count, axis.cell_count))]
    if axis.cut is None:
        return first
    last = [index * axis.S for index in range(max(0, count - axis.cell_count), count)]
    head, tail = axis.cut
    return [
        start
        for start in dict.fromkeys(first + last)
        if start + axis.F_eff <= head or start >= tail
    ]


def _next_window(axis: _Axis) -> list[str]:
    """Return the line of the window that would hang over the far edge, if there is one."""
    start = axis.windows * axis.S
    overhang = start + axis.F_eff - axis.padded
    left = axis.column(start)
    begins_inside = start < axis.padded and axis.F_eff >= axis.S
    if left is None or overhang <= 0 or not begins_inside:
        return []
    bracket = _bracket(axis.pitch * (axis.F_eff - 1) + 1)
    return [f"next    {' ' * left}{bracket}   hangs over by {overhang}"]


def _bracket(width: int) -> str:
    """Return the mark of a window that is so many columns wide."""
    return "#" if width == 1 else "[" + "-" * (width - 2) + "]"
