"""The heading of a figure: the title and the totals of its network."""

from __future__ import annotations

from cnnsize.network import Network
from cnnsize.pictures.canvas import Canvas, text_width


def facts_of(network: Network) -> str:
    """Return the totals of a network in a line."""
    faulty = {problem.item.start for problem in network.problems}
    words = f"{len(faulty)} layer{'s do' if len(faulty) > 1 else ' does'} not fit" if faulty else ""
    if network.params is None or network.macs is None:
        return words or "sizes are unknown"
    totals = f"{network.params:,} params, {network.macs:,} MACs"
    return f"{totals}; {words}" if words else totals


def write_heading(canvas: Canvas, title: str, facts: str) -> None:
    """Write the title above what is drawn, and the facts beside it, or below it where they would be wider."""
    bounds = canvas.bounds
    left, top, right = (
        (0.0, 0.0, 0.0) if bounds is None else (bounds.left, bounds.top - 20, bounds.right)
    )
    beside = left + text_width(title, 13, bold=True) + 14
    if beside + text_width(facts, 12) <= right:
        canvas.text(left, top, title, 13, bold=True)
        canvas.text(beside, top, facts, 12, fill="dim")
    else:
        canvas.text(left, top - 16, title, 13, bold=True)
        canvas.text(left, top, facts, 12, fill="dim")
