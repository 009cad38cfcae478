"""Replace letters and ``?`` in a tree by the values of one member."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cnnsize.language.arithmetic import evaluate
from cnnsize.language.parsed import Definitions, ParsedArchitecture
from cnnsize.language.tree import (
    Binary,
    Call,
    Chain,
    Expression,
    Group,
    Item,
    Join,
    LayerNode,
    Statement,
    Suffix,
)
from cnnsize.patterns.items import Included, has_open_fc, optional_key, without_optional
from cnnsize.record import replace
from cnnsize.sizing.items import Expand
from cnnsize.sizing.make import node_letters, with_values
from cnnsize.text.diagnostic import ArchitectureError


def expansion(included: Included) -> Expand:
    """Return the hook with which a walk sizes the items of included ``?`` and skips the others.

    An undecided ``?`` counts as left out.
    """

    def expand(item: Item) -> Item | None:
        return without_optional(item) if included.get(optional_key(item)) else None

    return expand


def definitions_with(definitions: Definitions, included: Included) -> Definitions:
    """Return the blocks, each with the flag whether an FC without a width remains in it."""
    if not definitions or not any(block.open_fc for block in definitions.values()):
        return definitions
    return {
        name: replace(block, open_fc=block.open_fc and has_open_fc(block.chain, included))
        for name, block in definitions.items()
    }


def decided(architecture: ParsedArchitecture, included: Included) -> ParsedArchitecture:
    """Return the network with every ``?`` decided. Letters keep their names, and spans their
    places.
    """
    return with_chains(architecture, lambda chain: decide(chain, included))


def member_text(
    architecture: ParsedArchitecture, letters: Mapping[str, int], included: Included
) -> ParsedArchitecture:
    """Return one member as a network of its own, its letters replaced by their values."""
    chain = bind(decide(architecture.chain, included), letters)
    definitions = {
        name: replace(block, chain=decide(block.chain, included))
        for name, block in architecture.definitions.items()
    }
    statement = replace(architecture.statement, where=(), chain=chain)
    return replace(architecture, statement=statement, definitions=definitions)


def with_chains(
    architecture: ParsedArchitecture, change: Callable[[Chain], Chain]
) -> ParsedArchitecture:
    """Return the network with all its chains changed, and with the flags that depend on which FC
    layers remain.
    """

    def changed(statement: Statement) -> Statement:
        chain = change(statement.chain)
        open_fc = statement.open_fc and has_open_fc(chain, {})
        return replace(statement, chain=chain, open_fc=open_fc)

    definitions = {name: changed(block) for name, block in architecture.definitions.items()}
    return replace(architecture, statement=changed(architecture.statement), definitions=definitions)


def decide(chain: Chain, included: Included) -> Chain:
    """Return the chain with every ``?`` included or left out.

    The grammar has no empty chain: where nothing remains, the last item is kept as ``X*0``.
    """

    def inside(item: Item) -> Item:
        node = item.node
        if isinstance(node, Group):
            return item._replace(node=Group(decide(node.chain, included)))
        if isinstance(node, Join):
            branches = tuple(
                [decide(branch, included) if branch.items else branch for branch in node.branches]
            )
            return item._replace(node=Join(node.op, branches))
        return item

    items: list[Item] = []
    for item in chain.items:
        if item.suffix.optional:
            if not included[optional_key(item)]:
                continue
            item = without_optional(item)
        items.append(inside(item))
    if not items and chain.items:
        last = inside(chain.items[-1])
        items.append(last._replace(suffix=Suffix(0, False, None, last.suffix.count_span)))
    return Chain(tuple(items), chain.span)


def bind(chain: Chain, letters: Mapping[str, int]) -> Chain:
    """Return the chain with letters replaced by their values, and with computed expressions."""

    def number(expression: Expression) -> Expression:
        try:
            value = evaluate(expression, letters)
        except ArchitectureError:
            return expression
        return (
            value if value >= 0 else Binary("-", 0, -value)
        )  # the notation has no negative number

    items: list[Item] = []
    for item in chain.items:
        node, suffix = item.node, item.suffix
        if isinstance(node, LayerNode):
            if node_letters(node):
                node = with_values(node, letters)
        elif isinstance(node, Group):
            node = Group(bind(node.chain, letters))
        elif isinstance(node, Join):
            node = Join(node.op, tuple(bind(branch, letters) for branch in node.branches))
        elif isinstance(node, Call):
            node = Call(node.name, tuple(map(number, node.arguments)))
        if suffix.repeat is not None or suffix.declared is not None:
            suffix = suffix._replace(
                repeat=None if suffix.repeat is None else number(suffix.repeat),
                declared=None if suffix.declared is None else tuple(map(number, suffix.declared)),
            )
        items.append(item._replace(node=node, suffix=suffix))
    return Chain(tuple(items), chain.span)
