"""The syntax tree: what was written, with a span on everything and nothing worked out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cnnsize.record import Record
from cnnsize.text.span import Span


class Name(NamedTuple):
    """A variable."""

    name: str
    span: Span


class Binary(NamedTuple):
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


class LayerNode(Record):
    """One layer as written. Spans count from the layer's own first character.

    Nodes of equal text are one object, so identity is equality and the fastest key there is.
    """

    text: str
    kind: str
    kernel: Pair | None
    size: Expression | None
    shape: tuple[Expression, ...] | None
    options: tuple[Option, ...]
    spans: tuple[tuple[str, Span], ...]  # of kernel, size and shape
    contextual: bool  # CONV1 or FC: what it means depends on the layers around it

    __eq__ = object.__eq__  # in C: these are the keys of every table of the walk
    __hash__ = object.__hash__

    def span_of(self, part: str) -> Span:
        for name, span in self.spans:
            if name == part:
                return span
        return Span(0, len(self.text))


class Group(NamedTuple):
    chain: Chain


class Join(NamedTuple):
    op: str  # ADD, CAT or MUL
    branches: tuple[Chain, ...]  # ID is the empty chain


class Call(NamedTuple):
    name: str
    arguments: tuple[Expression, ...]


class Ellipsis(NamedTuple):
    """``...``: layers that were left out."""


Node = LayerNode | Group | Join | Call | Ellipsis


class Suffix(NamedTuple):
    """What follows a layer or a bracket: a count, a ``?``, a declared shape."""

    repeat: Expression | None = None
    optional: bool = False
    declared: tuple[Expression, ...] | None = None
    count_span: Span | None = None
    declared_span: Span | None = None
    values: tuple[
        Expression, ...
    ] = ()  # *[32,64]: one pass for each, of which sizing knows nothing


PLAIN = Suffix()


class Item(NamedTuple):
    node: Node
    start: int  # of the node alone, without its count
    end: int
    suffix: Suffix = PLAIN

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


class Chain(NamedTuple):
    items: tuple[Item, ...]
    span: Span


class Domain(NamedTuple):
    """``N=2``, ``N in 0..3`` or ``N in {1, 2, 4}``."""

    name: str
    values: range | tuple[int, ...]
    span: Span

    @property
    def single(self) -> int | None:
        return self.values[0] if len(self.values) == 1 else None


class Statement(NamedTuple):
    """One network, or with ``parameters`` one block."""

    name: str | None
    parameters: tuple[str, ...] | None
    chain: Chain
    where: tuple[Domain, ...]
    open_fc: bool = False  # some FC has no width: its place decides


def moved(chain: Chain, by: int) -> Chain:
    """The same chain with spans ``by`` further on. (A layer's own spans count from its first
    character.)
    """
    if not by:
        return chain

    def expression(value: Expression) -> Expression:
        if isinstance(value, Name):
            return Name(value.name, value.span.shifted(by))
        if isinstance(value, Binary):
            return Binary(value.op, expression(value.left), expression(value.right))
        return value

    def suffix(found: Suffix) -> Suffix:
        if found is PLAIN:
            return PLAIN
        return Suffix(
            None if found.repeat is None else expression(found.repeat),
            found.optional,
            None if found.declared is None else tuple(map(expression, found.declared)),
            found.count_span and found.count_span.shifted(by),
            found.declared_span and found.declared_span.shifted(by),
            tuple(map(expression, found.values)),
        )

    def node(found: Node) -> Node:
        if isinstance(found, Group):
            return Group(moved(found.chain, by))
        if isinstance(found, Join):
            return Join(found.op, tuple(moved(branch, by) for branch in found.branches))
        if isinstance(found, Call):
            return Call(found.name, tuple(map(expression, found.arguments)))
        return found

    items = tuple(
        Item(node(one.node), one.start + by, one.end + by, suffix(one.suffix))
        for one in chain.items
    )
    return Chain(items, chain.span.shifted(by))


def end_of(item: Item) -> int:
    """Return where an item ends, its count and its declared shape included."""
    suffix = item.suffix
    return max(
        item.end,
        *(span.end for span in (suffix.count_span, suffix.declared_span) if span is not None),
        item.end,
    )


def walked(chain: Chain) -> Iterator[Item]:
    """Every item in reading order, a bracket or a join before what stands in it."""
    for item in chain.items:
        yield item
        node = item.node
        if isinstance(node, Group):
            yield from walked(node.chain)
        elif isinstance(node, Join):
            for branch in node.branches:
                yield from walked(branch)
