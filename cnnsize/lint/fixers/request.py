"""The input of a fixer, a violation to fix, and its output, proposals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from cnnsize.faults.edit import layer_edits
from cnnsize.language.tree import Item, LayerNode
from cnnsize.layers.base import Layer
from cnnsize.lint.context import Context
from cnnsize.lint.finding import Violation
from cnnsize.lint.fixers.edits import removal_edits, removes_comment, with_options
from cnnsize.sizing.rows import Row
from cnnsize.text.diagnostic import Applicability, Edit
from cnnsize.text.span import Span


class Proposal(NamedTuple):
    """A fix before it is verified."""

    message: str
    edits: tuple[Edit, ...]
    applicability: Applicability = "unsafe"


class FixRequest:
    """One violation to fix, with the edits that fixers have in common."""

    def __init__(self, violation: Violation) -> None:
        self.violation = violation
        self.context: Context = violation.context
        self.architecture = violation.context.architecture
        self.facts = violation.facts(violation.axes[0])

    @property
    def row(self) -> Row:
        """The row that violates the rule. A violation of the whole network has none."""
        assert self.violation.index is not None
        return self.context.row(self.violation.index)

    @property
    def item(self) -> Item:
        """The item of the text that violates the rule."""
        return self.row.item

    @property
    def layer(self) -> Layer:
        """The layer that violates the rule."""
        return self.row.layer

    @property
    def node(self) -> LayerNode | None:
        """The layer as written; None where the item is not a layer."""
        node = self.item.node
        return node if isinstance(node, LayerNode) else None

    @property
    def neighbours(self) -> tuple[Item | None, Item | None]:
        """The items written before and after this one in its chain."""
        return self.context.neighbours.get((self.item.start, self.item.end), (None, None))

    def original(self, item: Item) -> Span:
        """Return the span of an item in the text as written."""
        return self.architecture.original(item.span)

    def change(self, message: str, **options: Any) -> Iterator[Proposal]:
        """Propose other options: ``change("use stride 1", S=1)``."""
        if self.node is not None:
            edits = layer_edits(self.architecture, self.item, with_options(self.node, **options))
            if edits:
                yield Proposal(message, edits)

    def reshape_input(self, shape: tuple[Any, Any, Any]) -> Iterator[Proposal]:
        """Propose another shape of INPUT, W x H x D."""
        first = self.architecture.chain.items[0]
        node = first.node
        if not isinstance(node, LayerNode) or node.kind != "INPUT":
            return
        if node.shape is None or self.context.network.overridden:
            return  # the text does not determine the size
        reshaped = node.changed(shape=shape[: max(2, len(node.shape))])
        edits = layer_edits(self.architecture, first, reshaped)
        if edits:
            yield Proposal(f"use INPUT[{'x'.join(map(str, shape))}]", edits)

    def remove(self, message: str, applicability: Applicability = "unsafe") -> Iterator[Proposal]:
        """Propose to remove the item, unless a comment would be removed with it."""
        edits = removal_edits(self.architecture, self.item, *self.neighbours)
        if edits and not removes_comment(self.architecture, edits):
            yield Proposal(message, edits, applicability)
