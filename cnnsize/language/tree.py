"""The syntax tree: the text as written, with a span for everything and nothing evaluated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cnnsize.record import NamedTuple, Record
from cnnsize.text.span import Span


class Name(Record):
    """A variable."""

    name: str
    span: Span


class Binary(NamedTuple):
    """Two expressions and the operator between them."""

    op: str  # + - * //
    left: Expression
    right: Expression


Expression = int | Name | Binary


class Pair(NamedTuple):
    """``3x5``: along W, then along H."""

    W: Expression
    H: Expression


class Option(NamedTuple):
    """``key=value`` or a bare value. ``key`` is as written."""

    key: str | None
    value: Expression | Pair | float | str
    span: Span
    value_span: Span


class LayerParts(NamedTuple):
    """The parts of a layer. Spans count from its first character."""

    text: str
    kind: str
    kernel: Pair | None
    size: Expression | None
    shape: tuple[Expression, ...] | None
    options: tuple[Option, ...]
    spans: tuple[tuple[str, Span], ...]  # of kernel, size and shape
    contextual: bool  # CONV1 or FC: what it means depends on the layers around it
    # the layer with another width, of as many digits, that this one is like in everything else
    prototype: LayerNode | None = None


class LayerNode(LayerParts):
    """One layer as written.

    Nodes of equal text are one object, so identity is equality and the fastest key there is.
    """

    __slots__ = ()
    __eq__ = object.__eq__  # in C: these are the keys of every table of the walk
    __ne__ = object.__ne__
    __hash__ = object.__hash__

    def changed(self, **changes: Any) -> LayerNode:
        """Return the layer with other parts."""
        return self._replace(prototype=None, **changes)

    def span_of(self, part: str) -> Span:
        """Return the span of ``kernel``, ``size`` or ``shape``; of the layer where it has none."""
        for name, span in self.spans:
            if name == part:
                return span
        return Span(0, len(self.text))


class Group(NamedTuple):
    """A bracket: a chain that may repeat as a whole."""

    chain: Chain


class Join(NamedTuple):
    """Branches with one input, whose outputs are added, concatenated or multiplied.

    Of OUTPUT, each branch is an output of the network, and the chain goes on with the volume before
    it. A branch of a join that begins with INPUT has an input of its own.
    """

    op: str  # ADD, CAT, MUL or OUTPUT
    branches: tuple[Chain, ...]  # ID is the empty chain

    @property
    def makes_outputs(self) -> bool:
        """Whether the branches are outputs of the network."""
        return self.op == "OUTPUT"


class Call(NamedTuple):
    """The call of a block."""

    name: str
    arguments: tuple[Expression, ...]


class Ellipsis(Record):
    """``...``: layers that were left out."""


Node = LayerNode | Group | Join | Call | Ellipsis


class Suffix(NamedTuple):
    """What follows a layer or a bracket: a count, a ``?``, a declared shape."""

    repeat: Expression | None = None
    optional: bool = False
    declared: tuple[Expression, ...] | None = None
    count_span: Span | None = None
    declared_span: Span | None = None
    # of *[32,64]: one iteration for each, which sizing cannot tell apart
    values: tuple[Expression, ...] = ()


PLAIN = Suffix()


class Item(NamedTuple):
    """A node of a chain, with its place and its suffix."""

    node: Node
    start: int  # of the node alone, without its count
    end: int
    suffix: Suffix = PLAIN

    @property
    def span(self) -> Span:
        """The place of the node, without its suffix."""
        return Span(self.start, self.end)


class Chain(NamedTuple):
    """Items with arrows between them; empty for the branch ID."""

    items: tuple[Item, ...]
    span: Span


class Domain(Record):
    """The values of a letter: ``N=2``, ``N in 0..3`` or ``N in {1, 2, 4}``."""

    name: str
    values: range | tuple[int, ...]
    span: Span

    @property
    def single(self) -> int | None:
        """The only value; None where there are several."""
        return self.values[0] if len(self.values) == 1 else None


class Statement(NamedTuple):
    """One network, or with ``parameters`` one block."""

    name: str | None
    parameters: tuple[str, ...] | None
    chain: Chain
    where: tuple[Domain, ...]
    open_fc: bool = False  # some FC has no width: its place in the network decides


def shifted_chain(chain: Chain, by: int) -> Chain:
    """Return the chain with its spans moved by ``by`` characters.

    The spans of a layer count from its own first character, and stay.
    """
    if not by:
        return chain

    def shifted_expression(value: Expression) -> Expression:
        if isinstance(value, Name):
            return Name(value.name, value.span.shifted(by))
        if isinstance(value, Binary):
            return Binary(value.op, shifted_expression(value.left), shifted_expression(value.right))
        return value

    def shifted_suffix(suffix: Suffix) -> Suffix:
        if suffix is PLAIN:
            return PLAIN
        return Suffix(
            None if suffix.repeat is None else shifted_expression(suffix.repeat),
            suffix.optional,
            None if suffix.declared is None else tuple(map(shifted_expression, suffix.declared)),
            suffix.count_span and suffix.count_span.shifted(by),
            suffix.declared_span and suffix.declared_span.shifted(by),
            tuple(map(shifted_expression, suffix.values)),
        )

    def shifted_node(node: Node) -> Node:
        if isinstance(node, Group):
            return Group(shifted_chain(node.chain, by))
        if isinstance(node, Join):
            return Join(node.op, tuple(shifted_chain(branch, by) for branch in node.branches))
        if isinstance(node, Call):
            return Call(node.name, tuple(map(shifted_expression, node.arguments)))
        return node

    items = tuple(
        Item(shifted_node(item.node), item.start + by, item.end + by, shifted_suffix(item.suffix))
        for item in chain.items
    )
    return Chain(items, chain.span.shifted(by))


def has_own_input(branch: Chain) -> bool:
    """Return whether a branch begins with INPUT, and so ignores the volume before its join."""
    if not branch.items:
        return False
    node = branch.items[0].node
    return node.__class__ is LayerNode and node.kind == "INPUT"


def has_outputs(item: Item) -> bool:
    """Return whether an item is or holds an OUTPUT with branches."""
    return any(
        isinstance(inner.node, Join) and inner.node.makes_outputs
        for inner in all_items(Chain((item,), item.span))
    )


def end_of(item: Item) -> int:
    """Return where an item ends, its count and its declared shape included."""
    spans = (item.suffix.count_span, item.suffix.declared_span)
    return max([item.end, *(span.end for span in spans if span is not None)])


def all_items(chain: Chain) -> Iterator[Item]:
    """Yield every item in reading order, a group or a join before the items inside it."""
    for item in chain.items:
        yield item
        node = item.node
        if isinstance(node, Group):
            yield from all_items(node.chain)
        elif isinstance(node, Join):
            for branch in node.branches:
                yield from all_items(branch)
