"""Fixes are proved: the text is edited, read and sized again, within an allowance of work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from cnnsize.faults.edit import items
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import LayerNode
from cnnsize.layers.volume import Volume
from cnnsize.limits import FIX_STEPS
from cnnsize.sizing.rows import Problem
from cnnsize.sizing.size import size
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.text.diagnostic import ArchitectureError, Edit
from cnnsize.text.edits import apply_edits as edited_text

Condition = Callable[[SizedNetwork], bool]


class Allowance:
    """How many layers may be read and walked to prove fixes; several searches can share one."""

    def __init__(self, limit: int = FIX_STEPS, note: str = "") -> None:
        self.limit = limit
        # what a diagnostic says if its search for fixes was cut short
        self.note = (
            note or f"the search for fixes stopped after {limit:,} layers; there may be others"
        )
        self.spent = 0

    @property
    def exhausted(self) -> bool:
        return self.spent > self.limit


class Candidate(NamedTuple):
    """A change to propose: the option and its new value, the proposal in words, and its edits."""

    option: str
    value: str
    message: str
    edits: tuple[Edit, ...]


class Verifier:
    """Sizes a network again, with edits made in its text or with another input."""

    def __init__(
        self,
        network: SizedNetwork,
        allowance: Allowance | None = None,
        judge: Condition | None = None,
    ) -> None:
        self.network = network
        self.judge = judge  # what else must hold of a fixed network, such as: no new warning
        self.allowance = allowance or Allowance()
        self.order = reading_order(network.architecture)
        self.stopped = False
        self.unread_before = {
            (self.order[old.item.start], old.fault.code, old.fault.axis): unread_cells_of(old)
            for old in network.problems
        }

    def order_in(self, network: SizedNetwork) -> dict[int, int]:
        """Return the reading order of a changed network."""
        architecture = network.architecture
        return (
            self.order if architecture is self.network.architecture else reading_order(architecture)
        )

    def exhausted(self) -> bool:
        """Return whether nothing is left to prove fixes with, and remember that it was asked."""
        self.stopped = self.stopped or self.allowance.exhausted
        return self.stopped

    def edited(self, edits: tuple[Edit, ...]) -> SizedNetwork | None:
        """Return the network of the edited text; None if it cannot be read, or no work is left."""
        from cnnsize.reading.document import (
            reparse,  # late: only faulty networks need the reader
        )

        architecture = self.network.architecture
        text = edited_text(architecture.text, edits)
        if text == architecture.text or self.exhausted():
            return None
        self.allowance.spent += 1 + len(text) // 8
        try:
            changed = reparse(architecture, text)
        except ArchitectureError:
            return None
        return self.sized(changed, None if self.writes_input else self.network.input)

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
        return self.judge is None or self.judge(network)

    @property
    def writes_input(self) -> bool:
        """Whether the text itself says what the input is."""
        first = self.network.architecture.chain.items[0].node
        return (
            isinstance(first, LayerNode) and first.kind == "INPUT" and not self.network.overridden
        )

    def verified(
        self, candidates: Iterable[Candidate], condition: Condition, most: int = 1
    ) -> list[Candidate]:
        """Return the first ``most`` candidates with which the condition holds."""
        proved: dict[str, Candidate] = {}
        for candidate in candidates:
            network = self.edited(candidate.edits)
            if network is not None and condition(network) and self.accepts(network):
                proved.setdefault(candidate.message, candidate)
                if len(proved) == most:
                    break
        return list(proved.values())


def unread_cells_of(problem: Problem) -> int:
    """Return how many cells of its axis a fault leaves unread."""
    facts = dict(problem.fault.facts)
    return int(facts["window"].unread(facts["size"])) if "r" in facts else 0


def reading_order(architecture: ParsedArchitecture) -> dict[int, int]:
    """Return the number of each item in reading order by its start.

    A group begins where its first layer does; the layer, read later, has the number.
    """
    return {item.start: index for index, item in enumerate(items(architecture))}
