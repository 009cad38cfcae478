"""Verify the proposed fixes of a rule: apply, size again, check again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from cnnsize.layers.volume import Volume
from cnnsize.lint.context import Context
from cnnsize.lint.finding import Raised
from cnnsize.lint.fixers import FIXERS
from cnnsize.lint.fixers.request import Job
from cnnsize.network import Network
from cnnsize.text.diagnostic import Applicability, Fix

MOST = 3  # fixes of one finding


def fixes_of(raised: Raised, places: Callable[[Context], int]) -> tuple[Fix, ...]:
    """The fixes of a violation that hold. ``places`` counts where its rule still reports something."""
    rule = raised.rule
    assert rule.fixer is not None
    job = Job(raised)
    found: list[Fix] = []
    before: int | None = None
    for proposal in FIXERS[rule.fixer](job):
        if any(proposal.edits == fix.edits for fix in found):
            continue
        network = job.mender.resized(proposal.edits)
        if network is None:
            continue
        if before is None:
            before = places(raised.context)
        if not _mends(job.context, Context(Network.from_record(network)), places, before, proposal.applicability):
            continue
        found.append(Fix(proposal.message, proposal.edits, proposal.applicability))
        if len(found) == MOST:
            break
    return tuple(found)


def _mends(
    old: Context, new: Context, places: Callable[[Context], int], before: int, applicability: Applicability
) -> bool:
    """Does the rule say less of the new network, and nobody else more? Safe: and are all sums the same?"""
    had = Counter(problem.fault.code for problem in old.network.problems)
    if Counter(problem.fault.code for problem in new.network.problems) - had:
        return False
    if old.network.output is not None and new.network.output is None:
        return False
    if places(new) >= before:
        return False
    if applicability == "safe":
        return sums(old) == sums(new)
    return True


def sums(context: Context) -> tuple[Volume | None, int | None, int | None]:
    return context.network.output, context.total_params(), context.total_macs()
