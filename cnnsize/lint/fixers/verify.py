"""Verify the proposed fixes of a rule: apply, size again, check again."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from cnnsize.layers.volume import Volume
from cnnsize.lint.context import Context
from cnnsize.lint.fixers import FIXERS
from cnnsize.lint.fixers.request import Job
from cnnsize.text.diagnostic import Applicability, Fix

if TYPE_CHECKING:
    from cnnsize.lint.engine import Raised, Rules


MOST = 3  # fixes of one finding


def fixes_of(raised: Raised, rules: Rules) -> tuple[Fix, ...]:
    """The fixes of a finding that were proved."""
    rule = raised.rule
    assert rule.fixer is not None
    job = Job(raised)
    alone = rules.alone(rule)
    found: list[Fix] = []
    before: int | None = None
    for proposal in FIXERS[rule.fixer](job):
        if any(proposal.edits == fix.edits for fix in found):
            continue
        network = job.mender.resized(proposal.edits)
        if network is None:
            continue
        if before is None:
            before = _weight(alone, raised.context)
        if not _mends(job.context, Context(network), alone, before, proposal.applicability):
            continue
        found.append(Fix(proposal.message, proposal.edits, proposal.applicability))
        if len(found) == MOST:
            break
    return tuple(found)


def _weight(alone: Rules, context: Context) -> int:
    """In how many places the rule speaks."""
    return sum(one.count for one in alone.raised(context))


def _mends(old: Context, new: Context, alone: Rules, before: int, applicability: Applicability) -> bool:
    """Does the rule say less of the new network, and nobody else more? Safe: and are all sums the same?"""
    had = Counter(problem.fault.code for problem in old.network.problems)
    if Counter(problem.fault.code for problem in new.network.problems) - had:
        return False
    if old.network.output is not None and new.network.output is None:
        return False
    if _weight(alone, new) >= before:
        return False
    if applicability == "safe":
        return sums(old) == sums(new)
    return True


def sums(context: Context) -> tuple[Volume | None, int | None, int | None]:
    return context.network.output, context.total_params(), context.total_macs()
