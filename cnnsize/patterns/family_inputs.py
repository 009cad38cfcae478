"""The inputs nearest to the written one with which every member of a family is valid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from cnnsize.faults.fitting_inputs import FittingInputs, direction_of, preferred
from cnnsize.faults.verify import WorkAllowance
from cnnsize.inputs.nearest import nearest_inputs
from cnnsize.layers.volume import Volume
from cnnsize.limits import MAX_HELP_FAMILY_WORK, MAX_HELP_INPUT_STEPS
from cnnsize.network import Network
from cnnsize.patterns.counting.deadline import CountingLimitError
from cnnsize.patterns.counting.verdicts import WorkLimit, followed
from cnnsize.patterns.family import Family
from cnnsize.text.diagnostic import ArchitectureError

MAX_EXAMPLES = 8  # members whose inputs are tried


def family_inputs(family: Family, failing: Iterable[tuple[int, ...]]) -> FittingInputs:
    """Return the nearest smaller and larger inputs with which no member has a fault.

    ``failing`` are the choices of members that have one: what fits these is tried on all.
    """
    written = family.start
    if written is None:
        return FittingInputs((), "")
    work = MAX_HELP_FAMILY_WORK
    fitting: dict[str, Volume] = {}  # by how the input compares with the written one
    for input in _candidates(family, failing, written):
        direction = direction_of(input, written)
        if direction in fitting or work <= 0:
            continue
        resized = Family(family.architecture, input, family.settings, family.given)
        if _has_no_fault(resized, work):
            fitting[direction] = input
        work -= resized.work.done
    return FittingInputs(preferred(fitting), "")


def _candidates(
    family: Family, failing: Iterable[tuple[int, ...]], written: Volume
) -> list[Volume]:
    """Return the inputs that fit some of the members, nearest first."""
    allowance = WorkAllowance(MAX_HELP_INPUT_STEPS)
    inputs = {
        input: abs(input.W - written.W) + abs(input.H - written.H)
        for network in _sized(family, failing)
        for input in nearest_inputs(network, allowance).nearest
    }
    return sorted(inputs, key=inputs.__getitem__)


def _sized(family: Family, members: Iterable[tuple[int, ...]]) -> Iterator[Network]:
    """Yield the first members that can be sized."""
    for choices in islice(dict.fromkeys(members), MAX_EXAMPLES):
        try:
            yield family.sized(choices)
        except ArchitectureError:
            continue


def _has_no_fault(family: Family, work: int) -> bool:
    """Return whether no member of a family has a fault; False if finding out takes too much work."""
    family.work.allow(work)
    try:
        members = followed(*family.engine, WorkLimit(family.work, family.members, None))
    except (ArchitectureError, CountingLimitError):
        return False
    return not any(end.causes for end in members.verdicts.ends)
