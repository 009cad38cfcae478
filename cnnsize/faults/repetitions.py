"""Faults inside a repetition: the sizes that lead there, and how many iterations fit."""

from __future__ import annotations

import re

from cnnsize.faults.conditions import is_sized
from cnnsize.faults.fault import FaultContext
from cnnsize.faults.verify import Candidate
from cnnsize.layers.volume import Volume
from cnnsize.sizing.formula import window_arithmetic
from cnnsize.sizing.rows import Fork, Iteration, Part, Row, own_input, rows_of
from cnnsize.text.diagnostic import Edit

MAX_LAST_SIZES = 8  # sizes that are shown at the end of a long list
MAX_ALL_SIZES = 12  # sizes after iterations that are shown without a gap


def rows_before(fault: FaultContext) -> list[Row]:
    """Return the rows on the way to the fault, its own last, each iteration of a Loop once.

    They begin after the input that leads to the fault.
    """
    rows: list[Row] = []

    def is_fault(row: Row) -> bool:
        return row.path == fault.problem.path and row.item is fault.item

    def add(parts: tuple[Part, ...]) -> bool:
        """Add the rows before the fault, without branches that do not lead to it.

        Returns whether the fault is among the parts.
        """
        for part in parts:
            if isinstance(part, Row):
                rows.append(part)
                if is_fault(part):
                    return True
            elif isinstance(part, Fork):
                before = rows[:]
                for branch in part.branches:
                    if own_input(branch):
                        rows.clear()
                    if add(branch):
                        return True
                    rows[:] = before
                rows.append(part.join)
                if is_fault(part.join):
                    return True
            elif add(part.body):
                return True
        return False

    add(fault.network.rows)
    return rows


def sizes_on_the_way(fault: FaultContext) -> tuple[str, ...]:
    """Return ``28 -CONV-> 24 -POOL-> 12 ...`` as a note; nothing outside a later iteration."""
    if fault.repetition is None or fault.layer is None:
        return ()
    axis = fault.axes[0]
    rows = rows_before(fault)
    volume = rows[0].inputs[0]
    assert volume is not None
    side = volume[axis]
    parts = [str(side)]
    for row in rows[:-1]:
        output = row.sizing.output
        if output is not None and output[axis] != side:
            side = output[axis]
            parts.append(f"-{row.layer.kind}-> {side}")
    if len(parts) > MAX_LAST_SIZES + 2:
        parts = [parts[0], "...", *parts[-MAX_LAST_SIZES:]]
    parts.append(f"-{fault.layer.kind}-> {window_arithmetic(fault.side, fault.window)}")
    return (" ".join(parts),)


def iteration_start(fault: FaultContext, repetition: Iteration) -> Volume | None:
    """Return the volume that the faulty iteration begins with."""
    prefix = fault.problem.path[: repetition.depth + 1]
    for row in rows_before(fault):
        if row.path[: len(prefix)] == prefix:
            return row.inputs[0]
    return None


def sizes_after_iterations(fault: FaultContext, repetition: Iteration) -> list[int]:
    """Return the size after each iteration that fits; the first two and the last of many."""
    axis, depth = fault.axes[0], repetition.depth
    prefix = fault.problem.path[:depth]
    after: dict[int, int] = {}
    for row in rows_before(fault):
        is_inside = row.path[:depth] == prefix and len(row.path) > depth
        if is_inside and row.sizing.output is not None:
            after[row.path[depth]] = row.sizing.output[axis]
    sizes = [after[index] for index in sorted(after) if index < repetition.number]
    return sizes if len(sizes) <= MAX_ALL_SIZES else sizes[:2] + sizes[-MAX_LAST_SIZES:]


def fewer_iterations(fault: FaultContext, repetition: Iteration | None) -> Candidate | None:
    """Return the largest count with which the repetition can be sized; None if none is verified."""
    if repetition is None:
        return None
    suffix = repetition.item.suffix
    if suffix.count_span is None or not isinstance(suffix.repeat, int):
        return None
    span = fault.architecture.original(suffix.count_span)
    written = fault.architecture.text[span.start : span.end]
    count = str(repetition.number)
    edit = Edit(span, re.sub(r"[0-9]+", count, written, count=1))
    network = fault.verifier.edited((edit,))
    if network is None or not is_sized(fault, network):
        return None
    if not fault.verifier.accepts(network):
        return None
    prefix = fault.problem.path[: repetition.depth]
    rows = (row for row in rows_of(network.rows) if row.path[: repetition.depth] == prefix)
    *_, last = rows
    return Candidate("count", count, f"`*{count}` ends with {last.sizing.output}", (edit,))
