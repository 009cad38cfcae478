"""What a fixer is given, and what it proposes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from cnnsize.faults.edit import layer_edits, with_option
from cnnsize.faults.verify import Verifier
from cnnsize.language import tree
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import Item, end_of
from cnnsize.lint.context import Context, Neighbours
from cnnsize.lint.finding import Violation
from cnnsize.lint.text_checks import chains
from cnnsize.record import replace
from cnnsize.sizing.rows import Row
from cnnsize.text.diagnostic import Applicability, Edit
from cnnsize.text.span import Span


class Proposal(NamedTuple):
    message: str
    edits: tuple[Edit, ...]
    applicability: Applicability = "unsafe"


def verifier_of(context: Context) -> Verifier:
    """Return the verifier of a network, which all its findings share with what it may spend."""
    if context.verifier is None:
        context.verifier = Verifier(context.network)
    return context.verifier


def neighbours(architecture: ParsedArchitecture) -> Neighbours:
    """Return the items written before and after each item of its chain."""
    found: Neighbours = {}
    for chain in chains(architecture):
        items = (None, *chain.items, None)
        for index, item in enumerate(chain.items):
            found[item.start, item.end] = items[index], items[index + 2]
    return found


class FixRequest:
    """One finding to mend."""

    def __init__(self, raised: Violation) -> None:
        self.raised = raised
        self.context: Context = raised.context
        self.architecture = raised.context.architecture
        self.verifier = verifier_of(raised.context)
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
            node = with_option(node, letter, value)
        edits = layer_edits(self.architecture, self.item, node)
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
            edits = layer_edits(
                self.architecture,
                first,
                replace(node, shape=(*shape[:2], *shape[2 : len(node.shape)])),
            )
            if edits:
                yield Proposal(f"use INPUT[{'x'.join(map(str, shape))}]", edits)

    def neighbours(self) -> tuple[Item | None, Item | None]:
        """The items written before and behind this one in its chain."""
        if self.context.neighbours is None:
            self.context.neighbours = neighbours(self.architecture)
        return self.context.neighbours.get((self.item.start, self.item.end), (None, None))

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
