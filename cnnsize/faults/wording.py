"""Turn the faults of a sized network into diagnostics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cnnsize.faults.fault import Fault
from cnnsize.faults.verify import Budget, reading_order
from cnnsize.record import replace
from cnnsize.sizing.rows import Problem
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.text.diagnostic import Diagnostic


def diagnostics(network: SizedNetwork, budget: Budget | None = None) -> tuple[Diagnostic, ...]:
    """One Diagnostic for each faulty item, spans in the text as written. ``budget`` is what the
    search for fixes may spend, where it is shared with other networks.
    """
    found: list[Diagnostic] = []
    budget = budget or Budget()
    order = reading_order(network.architecture)
    for problems in _together(network.problems):
        worded = Fault(network, problems, order, budget).diagnostic()
        # the edits were made and proved on the text as written: only the other spans are mapped
        found.append(
            replace(network.architecture.mapped(replace(worded, fixes=())), fixes=worded.fixes)
        )
    return tuple(found)


def _together(problems: Iterable[Problem]) -> Iterator[tuple[Problem, ...]]:
    """The faults of one layer on both axes are one finding."""
    group: list[Problem] = []
    for problem in problems:
        if group and (problem.item.start, problem.fault.code) != (
            group[0].item.start,
            group[0].fault.code,
        ):
            yield tuple(group)
            group = []
        group.append(problem)
    if group:
        yield tuple(group)
