"""Checks of cost: budgets and skipped input."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsize.layers.conv import Conv
from cnnsize.layers.pool import Pool
from cnnsize.lint.checks.hit import Hit
from cnnsize.lint.checks.receptive_field import window_of
from cnnsize.lint.context import Context
from cnnsize.lint.flags import SKIPS
from cnnsize.sizing.rows import Row, rows_of


def stride_skips_input(c: Context) -> Iterator[Hit]:
    """CNN404: rows of every stride that no window reads. A projected shortcut does so by design."""
    if not c.seen & SKIPS:
        return
    for index in c.marked(SKIPS, "CONV", "DWCONV", "POOL", "AVGPOOL"):
        volume = c.row(index).inputs[0]
        for axis in (0, 1):
            window = window_of(c.row(index), axis)
            if volume is not None and (skipped := window.skipped(volume[axis])):
                op, branch = c.graph.forks[c.graph.branches[index]]
                shortcut = op == "ADD" and all(pointed(row) for row in rows_of(branch))
                yield Hit(
                    index,
                    {"skipped": skipped, "share": skipped / window.S},
                    severity="info" if shortcut else None,
                    axis=axis,
                )
                break


def pointed(row: Row) -> bool:
    """Does the layer look at one position at a time?"""
    return not isinstance(row.layer, (Conv, Pool)) or all(
        window.F == 1 for window in row.layer.windows
    )


def over_budget(c: Context) -> Iterator[Hit]:
    """CNN408: more than was allowed."""
    budget, network = c.settings.budget, c.network
    if budget is None:
        return
    parts = [
        f"{value:,} {what} of {most:,}"
        for value, most, what in (
            (network.params, budget.params, "parameters"),
            (network.macs, budget.macs, "multiply-adds"),
            (network.memory_bytes, budget.memory, "bytes of activations"),
        )
        if value is not None and most is not None and value > most
    ]
    if parts:
        yield Hit(None, {"over": "; ".join(parts)})
