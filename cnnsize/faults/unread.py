"""The cells that no window reads, in words."""

from __future__ import annotations

from collections.abc import Sequence

from cnnsize.layers.coverage import first_unread, unread_cells
from cnnsize.layers.volume import Window
from cnnsize.sizing.rows import Problem

NAMED = 4  # columns or rows that are named by number


def unread(problem: Problem) -> int:
    """Count the real cells of an axis that a CNN101 fault loses; 0 for every other fault."""
    facts = dict(problem.fault.facts)
    if "r" not in facts:
        return 0
    count = unread_cells(facts["window"], facts["size"])
    return facts["r"] - facts["window"].after if count is None else count


def never_read(problems: Sequence[Problem]) -> str:
    """Say which columns and rows go unread, with the verb: ``the last column and row are``."""
    lines = []
    at_the_edge = True
    for problem in problems:
        facts = dict(problem.fault.facts)
        window, size = facts["window"], facts["size"]
        name = "column" if problem.fault.axis == "W" else "row"
        count, edge = unread_cells(window, size), facts["r"] - window.after
        lines.append(
            (name, edge if count is None else count, "at least " if count is None else "", _numbers(window, size))
        )
        at_the_edge = at_the_edge and count == edge
    counts = {count for _, count, _, _ in lines}
    if at_the_edge:
        if len(counts) > 1:
            return " and ".join(f"the last {_times(count, name)}" for name, count, _, _ in lines) + " are"
        (count,) = counts
        names = " and ".join(name if count == 1 else f"{name}s" for name, _, _, _ in lines)
        return (
            f"the last {'' if count == 1 else f'{count:,} '}{names} {'is' if count == 1 and len(lines) == 1 else 'are'}"
        )
    numbers = {which for _, _, _, which in lines}
    shared = numbers.pop() if len(numbers) == 1 else ""  # both axes alike: said once
    words = " and ".join(
        f"{least}{_times(count, name, '1 ')}{'' if shared else which}" for name, count, least, which in lines
    )
    return f"{words}{shared} {'is' if counts == {1} and len(lines) == 1 else 'are'}"


def _times(count: int, name: str, one: str = "") -> str:
    return f"{one}{name}" if count == 1 else f"{count:,} {name}s"


def _numbers(window: Window, size: int) -> str:
    """Return `` (1, 13 and 15, counted from 0)``, where there are few enough to name."""
    cells = [str(cell) for cell in first_unread(window, size, NAMED + 1)]
    if not cells or len(cells) > NAMED or len(cells) != unread_cells(window, size):
        return ""
    listed = cells[0] if len(cells) == 1 else ", ".join(cells[:-1]) + " and " + cells[-1]
    return f" ({listed}, counted from 0)"
