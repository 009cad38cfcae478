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
Judge = Callable[[Context], tuple[int, int]]  # items that the rule reports; errors and warnings of all rules


def fixes_of(raised: Raised, judge: Judge) -> tuple[Fix, ...]:
    """The fixes of a violation that hold: it is gone, and no error or warning is added."""
    rule = raised.rule
    assert rule.fixer is not None
    job = Job(raised)
    found: list[Fix] = []
    before: tuple[int, int] | None = None
    for proposal in FIXERS[rule.fixer](job):
        if any(proposal.edits == fix.edits for fix in found):
            continue
        network = job.mender.resized(proposal.edits)
        if network is None:
            continue
        if before is None:
            before = judge(raised.context)
        if not _mends(job.context, Context(Network.from_record(network)), judge, before, proposal.applicability):
            continue
        found.append(Fix(proposal.message, proposal.edits, proposal.applicability))
        if len(found) == MOST:
            break
    return tuple(found)


def _mends(old: Context, new: Context, judge: Judge, before: tuple[int, int], applicability: Applicability) -> bool:
    """Does the rule say less of the new network, and nobody else more? Safe: and are all sums the same?"""
    had = Counter(problem.fault.code for problem in old.network.problems)
    if Counter(problem.fault.code for problem in new.network.problems) - had:
        return False
    if old.network.output is not None and new.network.output is None:
        return False
    reported, warnings = judge(new)
    if reported >= before[0] or warnings > before[1]:
        return False
    if applicability == "safe":
        return sums(old) == sums(new)
    return True


def sums(context: Context) -> tuple[Volume | None, int | None, int | None]:
    return context.network.output, context.total_params(), context.total_macs()
