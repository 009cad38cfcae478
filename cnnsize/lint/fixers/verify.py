"""Verify the fixes that fixers propose: each is applied, parsed, sized and linted again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from cnnsize.faults.verify import Budget
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import LayerNode
from cnnsize.layers.volume import Volume
from cnnsize.lint.context import Context
from cnnsize.lint.finding import FindingCounts, Violation
from cnnsize.lint.fixers import FIXERS
from cnnsize.lint.fixers.request import FixRequest, Proposal
from cnnsize.network import Network
from cnnsize.sizing.size import size
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.text.diagnostic import Applicability, ArchitectureError, Edit, Fix
from cnnsize.text.edits import edited

MAX_FIXES = 3  # of one finding
CHARACTERS_PER_LAYER = 8  # of the budget, which counts layers


class Verifier:
    """Sizes a network again with edits made in its text, within a budget of work."""

    def __init__(self, network: SizedNetwork) -> None:
        self.network = network
        self.budget = Budget()
        self.stopped = False

    def edited(self, edits: tuple[Edit, ...]) -> SizedNetwork | None:
        """Return the network of the edited text.

        None where the edits change nothing, where the text cannot be parsed or sized with them, and
        where the budget is used up.
        """
        from cnnsize.reading.document import reread  # late: few findings have fixes

        architecture = self.network.architecture
        text = edited(architecture.text, edits)
        if text == architecture.text or self._is_used_up():
            return None
        self.budget.spent += 1 + len(text) // CHARACTERS_PER_LAYER
        try:
            changed = reread(architecture, text)
        except ArchitectureError:
            return None
        return None if self._is_used_up() else self._sized(changed)

    def _sized(self, architecture: ParsedArchitecture) -> SizedNetwork | None:
        network = self.network
        first = network.architecture.chain.items[0].node
        has_input = isinstance(first, LayerNode) and first.kind == "INPUT"
        volume = None if has_input and not network.overridden else network.input
        try:
            sized = size(architecture, volume, network.values, network.settings)
        except ArchitectureError as error:
            if error.diagnostic.code == "CNN009":  # too large once is too large again
                self.budget.spent = self.budget.most + 1
            return None
        self.budget.spent += sized.walked
        return sized

    def _is_used_up(self) -> bool:
        """Return whether the budget is used up. The search then ends."""
        self.stopped = self.stopped or self.budget.spent > self.budget.most
        return self.stopped


class FixSearch:
    """The search for fixes of one network's findings, which share a budget.

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
        """Whether the search was cut short, because its budget was used up."""
        return self.verifier.stopped

    @property
    def note(self) -> str:
        """What a finding says if the search for its fixes was cut short."""
        return self.verifier.budget.stopped

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
        after = self.count_findings(fixed)
        return (
            after.items[code] < self.before.items[code]
            and after.errors_and_warnings <= self.before.errors_and_warnings
        )


def _keeps_sizes(before: Context, after: Context, applicability: Applicability) -> bool:
    """Return whether sizing finds no new fault; a safe fix also keeps the output and the totals."""
    faults = [
        Counter(problem.fault.code for problem in context.network.problems)
        for context in (before, after)
    ]
    if faults[1] - faults[0]:
        return False
    if before.network.output is not None and after.network.output is None:
        return False
    return applicability != "safe" or totals(before) == totals(after)


def totals(context: Context) -> tuple[Volume | None, int | None, int | None]:
    """Return the output, the parameters and the multiply-adds of a network."""
    return context.network.output, context.total_params, context.total_macs()
