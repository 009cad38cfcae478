"""Verify the proposed fixes of a rule: apply, size again, check again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from cnnsize.layers.volume import Volume
from cnnsize.lint.context import Context
from cnnsize.lint.finding import Reported, Violation
from cnnsize.lint.fixers import FIXERS
from cnnsize.lint.fixers.request import FixRequest
from cnnsize.network import Network
from cnnsize.text.diagnostic import Applicability, Fix

MOST = 3  # fixes of one finding


def fixes_of(
    raised: Violation, before: Reported, report: Callable[[Context], Reported]
) -> tuple[Fix, ...]:
    """Return the fixes of a violation that hold: it is gone, and no error or warning is added.

    ``before`` is what all rules report of the network as it is, ``report`` asks them about another.
    """
    rule = raised.rule
    assert rule.fixer is not None
    job = FixRequest(raised)
    found: list[Fix] = []
    for proposal in FIXERS[rule.fixer](job):
        if any(proposal.edits == fix.edits for fix in found):
            continue
        network = job.verifier.edited(proposal.edits)
        if network is None:
            continue
        new = Context(Network.from_record(network))
        if not _keeps_sizes(job.context, new, proposal.applicability):
            continue
        after = report(new)
        if (
            after.items[rule.code] >= before.items[rule.code]
            or after.errors_and_warnings > before.errors_and_warnings
        ):
            continue
        found.append(Fix(proposal.message, proposal.edits, proposal.applicability))
        if len(found) == MOST:
            break
    return tuple(found)


def _keeps_sizes(old: Context, new: Context, applicability: Applicability) -> bool:
    """Return whether no fault of sizing is added. A safe fix also keeps the output and all sums."""
    had = Counter(problem.fault.code for problem in old.network.problems)
    if Counter(problem.fault.code for problem in new.network.problems) - had:
        return False
    if old.network.output is not None and new.network.output is None:
        return False
    return applicability != "safe" or sums(old) == sums(new)


def sums(context: Context) -> tuple[Volume | None, int | None, int | None]:
    return context.network.output, context.total_params(), context.total_macs()
