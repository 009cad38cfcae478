"""How windows tile one axis, as text: the padded row of cells, a bracket per window, unread cells.

cells   . . . . . . . . . x     W = 10
windows [---]   [---]
            [---]   [---]
next                    [---]   hangs over by 1
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsize.layers.volume import Window


def tiling(facts: Mapping[str, Any], width: int) -> list[str]:
    """Return lines that show how windows tile one axis; none when they do not fit in ``width``.

    ``facts`` are those of a finding: the size W or H, F, S, P, D and F_eff. ``.`` is a cell that a
    window reads, ``0`` is zero-padding, and ``x`` is a cell that no window reads.
    """
    letter = "H" if "H" in facts and "W" not in facts else "W"
    if not {letter, "F", "S", "P", "F_eff"} <= set(facts):
        return []
    size, F, S, P, D, F_eff = (int(facts[key]) for key in (letter, "F", "S", "P", "D", "F_eff"))
    padded = size + 2 * P
    pitch = 2 if padded + S + 4 <= (width - 14) // 2 else 1  # columns per cell
    cell_count = (width - 24) // pitch
    if cell_count < 12 or F_eff > cell_count // 3 or cell_count // 3 < S or padded < 1:
        return []
    windows = max(0, (padded - F_eff) // S + 1)
    starts = [index * S for index in range(min(windows, cell_count))]
    cut = None
    if padded + S > cell_count:  # too long: show both ends
        head = cell_count // 2 - 3
        tail_from = padded - (cell_count - head - 5)
        cut = (head, tail_from)
        first_starts = [index * S for index in range(min(windows, cell_count))]
        last_starts = [index * S for index in range(max(0, windows - cell_count), windows)]
        starts = [
            start
            for start in dict.fromkeys(first_starts + last_starts)
            if start + F_eff <= head or start >= tail_from
        ]
    window = Window(F, S, P, P, D)

    def column(cell: int) -> int | None:
        if cut is None or cell < cut[0]:
            return pitch * cell
        if cell >= cut[1]:
            return pitch * (cell - cut[1] + cut[0]) + 5
        return None

    cells = [" "] * (pitch * cell_count + 16)
    drawn = [*range(padded)] if cut is None else [*range(cut[0]), *range(cut[1], padded)]
    for cell in drawn:
        position = column(cell)
        assert position is not None
        real = P <= cell < P + size
        cells[position] = "0" if not real else "." if window.reads(size, cell - P) else "x"
    if cut is not None:
        cells[pitch * cut[0] + 1 : pitch * cut[0] + 4] = list("...")
    lines = [
        "cells   " + "".join(cells).rstrip() + f"   {letter} = {size}" + (f", P = {P}" if P else "")
    ]
    rows: list[list[str]] = []
    for start in starts:
        left = column(start)
        right = column(start + F_eff - 1)
        if left is None or right is None:
            continue
        bracket = "#" if F_eff == 1 else "[" + "-" * (right - left - 1) + "]"
        for row in rows:
            if all(mark == " " for mark in row[max(0, left - 1) : left + len(bracket) + 1]):
                break
        else:
            row = [" "] * (pitch * cell_count + 16)
            rows.append(row)
        row[left : left + len(bracket)] = list(bracket)
    for index, row in enumerate(rows):
        lines.append(("windows " if index == 0 else "        ") + "".join(row).rstrip())
    overhang = windows * S + F_eff - padded
    left = column(windows * S)
    if left is not None and overhang > 0 and windows * S < padded and F_eff >= S:
        bracket = "#" if F_eff == 1 else "[" + "-" * (pitch * (F_eff - 1) - 1) + "]"
        lines.append("next    " + " " * left + bracket + f"   hangs over by {overhang}")
    legend = {".": "read", "0": "zero-padding", "x": "never read"}
    marks_drawn = {cells[position] for cell in drawn if (position := column(cell)) is not None}
    present = [f"{mark} {word}" for mark, word in legend.items() if mark in marks_drawn]
    return [*lines, "        " + ", ".join(present)]
