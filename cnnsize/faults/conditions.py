"""Conditions that a changed network must meet for the change to be a fix."""

from __future__ import annotations

from cnnsize.faults.fault import FaultContext
from cnnsize.faults.verify import unread_cells_of
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.sizing.strip import unread_cells


def is_gone(fault: FaultContext, network: SizedNetwork) -> bool:
    """Return whether the item has no fault in any iteration, and no other item is worse off."""
    order, before = fault.verifier.order_in(network), fault.verifier.unread_before
    if len(order) != len(fault.verifier.order):
        return False
    for problem in network.problems:
        number = order[problem.item.start]
        unread = before.get((number, problem.fault.code, problem.fault.axis), -1)
        is_worse = unread_cells_of(problem) > unread  # as is any new fault
        if number == fault.number or is_worse:
            return False
    return True


def is_exact(fault: FaultContext, network: SizedNetwork) -> bool:
    """Return whether the fault is gone and its axes leave no remainder, in every iteration."""
    return is_gone(fault, network) and axes_are_exact(fault, network, fault.axes)


def is_exact_up_to_here(fault: FaultContext, network: SizedNetwork) -> bool:
    """Return whether ``is_exact`` holds, and everything before the item is valid."""
    order = fault.verifier.order_in(network)
    return is_exact(fault, network) and all(
        order[problem.item.start] >= fault.number for problem in network.problems
    )


def reads_everything(fault: FaultContext, network: SizedNetwork) -> bool:
    """Return whether the fault is gone and the item reads every cell, in every iteration."""
    if not is_gone(fault, network):
        return False
    rows = fault.rows_in(network)
    return not any(any(unread_cells(row)) for row in rows)


def axes_are_exact(fault: FaultContext, network: SizedNetwork, axes: tuple[int, ...]) -> bool:
    """Return whether the item leaves no remainder and no cell unread on these axes."""
    return not any(
        row.sizing.remainder is None
        or any(row.sizing.remainder[axis] or unread_cells(row)[axis] for axis in axes)
        for row in fault.rows_in(network)
    )


def is_sized(fault: FaultContext, network: SizedNetwork) -> bool:
    """Return whether every volume of the network is known, and no fault is new."""
    order, old_order = fault.verifier.order_in(network), fault.verifier.order
    before = {(old_order[old.item.start], old.fault.code) for old in fault.network.problems}
    return network.is_sized and all(
        (order[problem.item.start], problem.fault.code) in before for problem in network.problems
    )


def is_joined(fault: FaultContext, network: SizedNetwork) -> bool:
    """Return whether the join and its branches are valid, and nothing before is worse than it was.

    The edits add layers inside the join, so its own number in reading order stays.
    """
    order = fault.verifier.order_in(network)
    before = {(problem.path, problem.fault.code) for problem in fault.network.problems}
    here = fault.problem.path
    for problem in network.problems:
        is_the_join = order[problem.item.start] == fault.number
        is_inside = problem.path[: len(here)] == here
        is_new = (problem.path, problem.fault.code) not in before
        is_new_before = is_new and problem.path < here
        if is_the_join or is_inside or is_new_before:
            return False
    return True
