"""The tiling as text: the padded row of cells, one bracket for each window, the cells nobody reads.

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
    """Lines that show how a window tiles one axis; none where there is nothing to draw.

    ``.`` is a cell that a window reads, ``0`` zero-padding, ``x`` a cell that no window reads.
    """
    letter = "H" if "H" in facts and "W" not in facts else "W"
    if not {letter, "F", "S", "P", "F_eff"} <= set(facts):
        return []
    size, F, S, P, D, F_eff = (int(facts[key]) for key in (letter, "F", "S", "P", "D", "F_eff"))
    total = size + 2 * P
    pitch = 2 if total + S + 4 <= (width - 14) // 2 else 1  # columns a cell
    room = (width - 24) // pitch
    if room < 12 or F_eff > room // 3 or room // 3 < S or total < 1:
        return []
    count = max(0, (total - F_eff) // S + 1)
    starts = [index * S for index in range(min(count, room))]
    cut = None
    if total + S > room:  # show both ends
        head = room // 2 - 3
        tail_from = total - (room - head - 5)
        cut = (head, tail_from)
        near = [index * S for index in range(min(count, room))]
        far = [index * S for index in range(max(0, count - room), count)]
        starts = [at for at in dict.fromkeys(near + far) if at + F_eff <= head or at >= tail_from]
    window = Window(F, S, P, P, D)

    def column(cell: int) -> int | None:
        if cut is None or cell < cut[0]:
            return pitch * cell
        if cell >= cut[1]:
            return pitch * (cell - cut[1] + cut[0]) + 5
        return None

    cells = [" "] * (pitch * room + 16)
    drawn = [*range(total)] if cut is None else [*range(cut[0]), *range(cut[1], total)]
    for cell in drawn:
        place = column(cell)
        assert place is not None
        real = P <= cell < P + size
        cells[place] = "0" if not real else "." if window.reads(size, cell - P) else "x"
    if cut is not None:
        cells[pitch * cut[0] + 1 : pitch * cut[0] + 4] = list("...")
    lines = [
        "cells   " + "".join(cells).rstrip() + f"   {letter} = {size}" + (f", P = {P}" if P else "")
    ]
    rows: list[list[str]] = []
    for at in starts:
        left = column(at)
        right = column(at + F_eff - 1)
        if left is None or right is None:
            continue
        bracket = "#" if F_eff == 1 else "[" + "-" * (right - left - 1) + "]"
        for row in rows:
            if all(sign == " " for sign in row[max(0, left - 1) : left + len(bracket) + 1]):
                break
        else:
            row = [" "] * (pitch * room + 16)
            rows.append(row)
        row[left : left + len(bracket)] = list(bracket)
    for index, row in enumerate(rows):
        lines.append(("windows " if index == 0 else "        ") + "".join(row).rstrip())
    over = count * S + F_eff - total
    left = column(count * S)
    if left is not None and over > 0 and count * S < total and F_eff >= S:
        bracket = "#" if F_eff == 1 else "[" + "-" * (pitch * (F_eff - 1) - 1) + "]"
        lines.append("next    " + " " * left + bracket + f"   hangs over by {over}")
    legend = {".": "read", "0": "zero-padding", "x": "never read"}
    drawn_signs = {cells[place] for cell in drawn if (place := column(cell)) is not None}
    present = [f"{sign} {word}" for sign, word in legend.items() if sign in drawn_signs]
    return [*lines, "        " + ", ".join(present)]
