"""Verify the fixes that fixers propose: each is applied, parsed, sized and linted again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from cnnsize.faults.verify import Verifier
from cnnsize.layers.volume import Volume
from cnnsize.lint.context import Context
from cnnsize.lint.finding import FindingCounts, Violation
from cnnsize.lint.fixers import FIXERS
from cnnsize.lint.fixers.request import FixRequest, Proposal
from cnnsize.network import Network
from cnnsize.text.diagnostic import Applicability, Fix

MAX_FIXES = 3  # of one finding


class FixSearch:
    """The search for fixes of one network's findings, which share an allowance of work.

    ``before`` is what the rules report about the network as it is; ``count_findings`` counts it for
    the network with a fix applied.
    """

    def __init__(
        self,
        context: Context,
        before: FindingCounts,
        count_findings: Callable[[Context], FindingCounts],
    ) -> None:
        self.context = context
        self.before = before
        self.count_findings = count_findings
        self.verifier = Verifier(context.network)

    @property
    def stopped(self) -> bool:
        """Whether the search was cut short, because its allowance was used up."""
        return self.verifier.stopped

    @property
    def note(self) -> str:
        """The note of a finding whose search for fixes was cut short."""
        return self.verifier.allowance.note

    def fixes_of(self, violation: Violation) -> tuple[Fix, ...]:
        """Return the fixes that hold: the finding is gone, and no error or warning is new."""
        rule = violation.rule
        assert rule.fixer is not None
        fixes: list[Fix] = []
        for proposal in FIXERS[rule.fixer](FixRequest(violation)):
            is_new = all(proposal.edits != fix.edits for fix in fixes)
            if is_new and self._holds(proposal, rule.code):
                fixes.append(Fix(proposal.message, proposal.edits, proposal.applicability))
                if len(fixes) == MAX_FIXES:
                    break
        return tuple(fixes)

    def _holds(self, proposal: Proposal, code: str) -> bool:
        network = self.verifier.edited(proposal.edits)
        if network is None:
            return False
        fixed = Context(Network.from_record(network))
        if not _keeps_sizes(self.context, fixed, proposal.applicability):
            return False
        before, after = self.before, self.count_findings(fixed)
        if after.items[code] >= before.items[code]:
            return False
        if proposal.applicability == "safe":  # may turn one finding into another, as two pools do
            return after.serious.total() <= before.serious.total()
        return not after.serious - before.serious


def _keeps_sizes(before: Context, after: Context, applicability: Applicability) -> bool:
    """Return whether sizing finds no new fault; a safe fix also keeps the output and the totals."""
    faults = [
        Counter(problem.fault.code for problem in context.network.problems)
        for context in (before, after)
    ]
    if faults[1] - faults[0]:
        return False
    if before.network.is_sized and not after.network.is_sized:
        return False
    return applicability != "safe" or totals(before) == totals(after)


def totals(context: Context) -> tuple[tuple[Volume | None, ...], int | None, int | None]:
    """Return the outputs, the parameters and the multiply-adds of a network."""
    return context.network.outputs, context.total_params, context.total_macs()
