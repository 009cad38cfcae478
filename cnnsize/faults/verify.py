"""Verify fixes: edit the text, then parse and size it again, within an allowance of work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy

from cnnsize.faults.edit import items
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import LayerNode
from cnnsize.layers.volume import Volume
from cnnsize.limits import MAX_FIX_STEPS
from cnnsize.record import NamedTuple
from cnnsize.sizing.rows import Problem
from cnnsize.sizing.size import size
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.sizing.strip import Strip
from cnnsize.text.diagnostic import ArchitectureError, Edit
from cnnsize.text.edits import apply_edits as edited_text

Condition = Callable[[SizedNetwork], bool]
Decide = Callable[[ParsedArchitecture], ParsedArchitecture]


class WorkAllowance:
    """A number of layers that may be sized to verify fixes; several searches can share one."""

    def __init__(self, limit: int = MAX_FIX_STEPS, note: str = "") -> None:
        self.limit = limit
        # what a diagnostic says if its search for fixes was cut short
        self.note = (
            note or f"the search for fixes stopped after {limit:,} layers; there may be others"
        )
        self.spent = 0

    @property
    def exhausted(self) -> bool:
        """Whether more was spent than the limit."""
        return self.spent > self.limit


class Candidate(NamedTuple):
    """A change that might be a fix: an option with its new value, in words and as edits."""

    option: str
    value: str
    message: str
    edits: tuple[Edit, ...]


class Verifier:
    """Size one network again, with edits applied to its text or with another input."""

    def __init__(
        self,
        network: SizedNetwork,
        allowance: WorkAllowance | None = None,
        judge: Condition | None = None,
        decide: Decide | None = None,
    ) -> None:
        self.network = network
        self.decide = decide  # makes one member of an edited pattern, where the network is a member
        self.judge = judge  # a further condition on fixed networks, such as: no new warning
        self.allowance = allowance or WorkAllowance()
        self.order = reading_order(network.architecture)
        # the last changed network that was ordered: several faults may ask about the same one
        self.last_ordered = [(network.architecture, self.order)]
        self.stopped = False
        self.unread_before = {
            (self.order[old.item.start], old.fault.code, old.fault.axis): unread_cells_of(old)
            for old in network.problems
        }

    def for_another_fault(self) -> Verifier:
        """Return a verifier of the same network, which records for itself whether it stopped."""
        other = copy(self)  # it shares what is as long as the network
        other.stopped = False
        return other

    def order_in(self, network: SizedNetwork) -> dict[int, int]:
        """Return the reading order of a changed network."""
        architecture = network.architecture
        if architecture is self.network.architecture:
            return self.order
        if architecture is not self.last_ordered[0][0]:
            self.last_ordered[0] = (architecture, reading_order(architecture))
        return self.last_ordered[0][1]

    def exhausted(self) -> bool:
        """Return whether the allowance is spent, and record in ``stopped`` that it was needed."""
        self.stopped = self.stopped or self.allowance.exhausted
        return self.stopped

    def edited(self, edits: tuple[Edit, ...]) -> SizedNetwork | None:
        """Return the network of the edited text; None if it cannot be read, or no work is left."""
        # late: only faulty networks need the reader
        from cnnsize.reading.document import reparse

        architecture = self.network.architecture
        text = edited_text(architecture.text, edits)
        if text == architecture.text or self.exhausted():
            return None
        self.allowance.spent += 1 + len(text) // 8
        try:
            changed = reparse(architecture, text)
            if self.decide is not None:
                changed = self.decide(changed)
        except ArchitectureError:
            return None
        return self.sized(changed, None if self.input_is_written else self.network.input)

    def sized(self, architecture: ParsedArchitecture, input: Volume | None) -> SizedNetwork | None:
        """Return the architecture sized as this network is; None if it cannot be."""
        if self.exhausted():
            return None
        try:
            network = size(architecture, input, self.network.values, self.network.settings)
        except ArchitectureError as error:
            if error.diagnostic.code == "CNN009":  # too much to walk once is too much to walk again
                self.allowance.spent = self.allowance.limit + 1
            return None
        self.allowance.spent += network.walked
        return network

    def accepts(self, network: SizedNetwork) -> bool:
        """Return whether a fixed network meets the caller's condition, if there is one."""
        return self.judge is None or self.judge(network)

    @property
    def input_is_written(self) -> bool:
        """Whether the input is that of the INPUT in the text, rather than one given by the caller."""
        first = self.network.architecture.chain.items[0].node
        return (
            isinstance(first, LayerNode) and first.kind == "INPUT" and not self.network.overridden
        )

    def verified(
        self, candidates: Iterable[Candidate], condition: Condition, limit: int = 1
    ) -> list[Candidate]:
        """Return the first candidates, at most ``limit``, with which the condition holds."""
        verified: dict[str, Candidate] = {}  # by message
        for candidate in candidates:
            network = self.edited(candidate.edits)
            if network is None or not condition(network):
                continue
            if self.accepts(network):
                verified.setdefault(candidate.message, candidate)
                if len(verified) == limit:
                    break
        return list(verified.values())


def unread_cells_of(problem: Problem) -> int:
    """Return how many cells of its axis a fault leaves unread."""
    facts = dict(problem.fault.facts)
    return Strip(facts["size"], facts["window"]).unread() if "r" in facts else 0


def reading_order(architecture: ParsedArchitecture) -> dict[int, int]:
    """Return the number of each item in reading order by its start.

    A group begins where its first layer does; the layer, read later, has the number.
    """
    return {item.start: index for index, item in enumerate(items(architecture))}
