"""What a fixer is given, and what it proposes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from cnnsize.faults.edit import changed
from cnnsize.faults.fault import Fault
from cnnsize.faults.verify import Budget, reading_order
from cnnsize.language import tree
from cnnsize.language.tree import Item, end_of
from cnnsize.lint.context import Context
from cnnsize.lint.finding import Violation
from cnnsize.lint.text_checks import chains
from cnnsize.record import replace
from cnnsize.sizing.rows import Row
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.text.diagnostic import Applicability, Edit
from cnnsize.text.span import Span


class Proposal(NamedTuple):
    message: str
    edits: tuple[Edit, ...]
    applicability: Applicability = "unsafe"


class Mender(Fault):
    """What the wording of faults knows of editing a layer and sizing again, for findings of
    rules.
    """

    def __init__(self, network: SizedNetwork) -> None:
        self.network = network
        self.budget = Budget()
        self.stopped = False
        self.order = reading_order(network.architecture)
        self._neighbours: dict[int, tuple[Item | None, Item | None]] | None = None

    def neighbours(self) -> dict[int, tuple[Item | None, Item | None]]:
        """The items written before and behind each item of its chain, by the item's identity."""
        if self._neighbours is None:
            self._neighbours = {}
            for chain in chains(self.network.architecture):
                items = (None, *chain.items, None)
                for at, item in enumerate(chain.items):
                    self._neighbours[id(item)] = items[at], items[at + 2]
        return self._neighbours

    @classmethod
    def of(cls, context: Context) -> Mender:
        """The one of a network: all its findings share it, and what it may spend."""
        if context.mender is None:
            context.mender = cls(context.network)
        assert isinstance(context.mender, cls)
        return context.mender


class FixRequest:
    """One finding to mend."""

    def __init__(self, raised: Violation) -> None:
        self.raised = raised
        self.context: Context = raised.context
        self.architecture = raised.context.architecture
        self.mender = Mender.of(raised.context)
        self.index = raised.index
        self.facts = raised.facts(raised.axes[0])

    @property
    def row(self) -> Row:
        assert self.index is not None
        return self.context.row(self.index)

    @property
    def item(self) -> Item:
        return self.row.item

    def change(self, message: str, **options: Any) -> Iterator[Proposal]:
        """The layer with options changed: ``change("use stride 1", S=1)``."""
        node = self.item.node
        if not isinstance(node, tree.LayerNode):
            return
        for letter, value in options.items():
            node = changed(node, letter, value)
        edits = self.mender.edits_of(self.item, node)
        if edits:
            yield Proposal(message, edits)

    def reshaped(self, shape: tuple[Any, ...]) -> Iterator[Proposal]:
        """INPUT with another shape."""
        first = self.architecture.chain.items[0]
        node = first.node
        if (
            isinstance(node, tree.LayerNode)
            and node.kind == "INPUT"
            and node.shape is not None
            and not self.context.network.overridden
        ):
            edits = self.mender.edits_of(
                first, replace(node, shape=(*shape[:2], *shape[2 : len(node.shape)]))
            )
            if edits:
                yield Proposal(f"use INPUT[{'x'.join(map(str, shape))}]", edits)

    def neighbours(self) -> tuple[Item | None, Item | None]:
        """The items written before and behind this one in its chain."""
        return self.mender.neighbours().get(id(self.item), (None, None))

    def removed(self, item: Item, before: Item | None, behind: Item | None) -> tuple[Edit, ...]:
        """The edit that takes an item and one arrow out."""
        whole = Span(item.start, end_of(item))
        if before is not None:
            start = self.architecture.original(Span(before.start, end_of(before))).end
            return (Edit(Span(start, self.architecture.original(whole).end), ""),)
        if behind is not None:
            end = self.architecture.original(Span(behind.start, behind.end)).start
            return (Edit(Span(self.architecture.original(whole).start, end), ""),)
        return ()

    def remove(self, message: str, applicability: Applicability = "unsafe") -> Iterator[Proposal]:
        before, behind = self.neighbours()
        edits = self.removed(self.item, before, behind)
        if edits and self.kept_comments(edits):
            yield Proposal(message, edits, applicability)

    def kept_comments(self, edits: tuple[Edit, ...]) -> bool:
        """Does no edit take a comment away?"""
        text = self.architecture.text
        return not any("#" in text[edit.span.start : edit.span.end] for edit in edits)
