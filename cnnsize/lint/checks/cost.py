"""Checks of cost: budgets and skipped input."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsize.lint.checks.hit import Hit
from cnnsize.lint.checks.windows import reads_single_cells
from cnnsize.lint.context import Context
from cnnsize.lint.flags import SKIPS_CELLS
from cnnsize.sizing.rows import rows_of
from cnnsize.sizing.strip import strips_of


def stride_skips_input(context: Context) -> Iterator[Hit]:
    """Find cells between windows that are never read (CNN404); in a shortcut, a note only."""
    if not context.any_flags & SKIPS_CELLS:
        return
    for index in context.flagged(SKIPS_CELLS, "CONV", "DWCONV", "POOL", "AVGPOOL"):
        row = context.row(index)
        for axis, strip in enumerate(strips_of(row.layer, row.inputs[0]) or ()):
            skipped = strip.skipped_by_stride()
            if skipped:
                yield Hit(
                    index,
                    {"skipped": skipped, "share": skipped / strip.window.S},
                    severity="info" if _is_in_shortcut(context, index) else None,
                    axis=axis,
                )
                break


def _is_in_shortcut(context: Context, index: int) -> bool:
    """Return whether a layer is in a branch of ADD that has no filter larger than 1x1."""
    branch = context.graph.branches[context.graph.branch_numbers[index]]
    return branch.join == "ADD" and all(reads_single_cells(row) for row in rows_of(branch.parts))


def over_budget(context: Context) -> Iterator[Hit]:
    """Find the budgets that the network exceeds (CNN408)."""
    budget, network = context.settings.budget, context.network
    if budget is None:
        return
    exceeded = []
    for value, limit, unit in (
        (network.params, budget.params, "parameters"),
        (network.macs, budget.macs, "multiply-adds"),
        (network.memory_bytes, budget.memory, "bytes of activations"),
    ):
        if limit is not None and (value or 0) > limit:
            exceeded.append(f"{value:,} {unit} exceed the budget of {limit:,}")
    if exceeded:
        yield Hit(None, {"over": "; ".join(exceeded)})
