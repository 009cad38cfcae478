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
    """Return the blocks with ``open_fc`` set only where an FC without a width remains in them."""
    if not definitions or not any(block.open_fc for block in definitions.values()):
        return definitions
    return {
        name: block._replace(open_fc=block.open_fc and has_open_fc(block.chain, included))
        for name, block in definitions.items()
    }


def decided(architecture: ParsedArchitecture, included: Included) -> ParsedArchitecture:
    """Return the network with every ``?`` included or left out; letters and spans stay."""
    return with_chains(architecture, lambda chain: decide(chain, included))


def bind_member(
    architecture: ParsedArchitecture, letters: Mapping[str, int], included: Included
) -> ParsedArchitecture:
    """Return one member as a network of its own, its letters replaced by their values."""
    chain = bind(decide(architecture.chain, included), letters)
    definitions = {
        name: block._replace(chain=decide(block.chain, included))
        for name, block in architecture.definitions.items()
    }
    statement = architecture.statement._replace(where=(), chain=chain)
    return replace(architecture, statement=statement, definitions=definitions)


def with_chains(
    architecture: ParsedArchitecture, change: Callable[[Chain], Chain]
) -> ParsedArchitecture:
    """Return the network with all its chains changed, and with the flags that depend on which FC
    layers remain.
    """

    def change_statement(statement: Statement) -> Statement:
        chain = change(statement.chain)
        open_fc = statement.open_fc and has_open_fc(chain, {})
        return statement._replace(chain=chain, open_fc=open_fc)

    definitions = {
        name: change_statement(block) for name, block in architecture.definitions.items()
    }
    return replace(
        architecture, statement=change_statement(architecture.statement), definitions=definitions
    )


def decide(chain: Chain, included: Included) -> Chain:
    """Return the chain with every ``?`` included or left out.

    The grammar has no empty chain: where nothing remains, the last item is kept as ``X*0``.
    """

    def decide_inside(item: Item) -> Item:
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
        items.append(decide_inside(item))
    if not items and chain.items:
        last = decide_inside(chain.items[-1])
        items.append(last._replace(suffix=Suffix(0, False, None, last.suffix.count_span)))
    return Chain(tuple(items), chain.span)


def bind(chain: Chain, letters: Mapping[str, int]) -> Chain:
    """Return the chain with its letters replaced by their values, and its expressions computed."""

    def compute(expression: Expression) -> Expression:
        try:
            value = evaluate(expression, letters)
        except ArchitectureError:
            return expression
        # the notation has no negative numbers, so -2 is written as 0 - 2
        return value if value >= 0 else Binary("-", 0, -value)

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
            node = Call(node.name, tuple(map(compute, node.arguments)))
        if suffix.repeat is not None or suffix.declared is not None:
            suffix = suffix._replace(
                repeat=None if suffix.repeat is None else compute(suffix.repeat),
                declared=None if suffix.declared is None else tuple(map(compute, suffix.declared)),
            )
        items.append(item._replace(node=node, suffix=suffix))
    return Chain(tuple(items), chain.span)
