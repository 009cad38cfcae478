"""Replace letters and ``?`` in a tree by the values of one member."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cnnsize.language.parsed import ParsedArchitecture
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
from cnnsize.patterns.choices import kept, key_of, open_fc
from cnnsize.record import replace
from cnnsize.sizing.make import node_letters
from cnnsize.text.diagnostic import ArchitectureError


def changed(one: ParsedArchitecture, change: Callable[[Chain], Chain]) -> ParsedArchitecture:
    """The architecture with its chains changed, and with it what depends on which FC are there."""

    def statement(old: Statement) -> Statement:
        chain = change(old.chain)
        return old._replace(chain=chain, open_fc=old.open_fc and open_fc(chain, {}))

    definitions = {name: statement(block) for name, block in one.definitions.items()}
    return replace(one, statement=statement(one.statement), definitions=definitions)


def decided(chain: Chain, on: Mapping[int, int]) -> Chain:
    """The chain with every ``?`` in or out. A chain keeps one item, as ``X*0``: there is no empty
    one.
    """

    def inside(item: Item) -> Item:
        node = item.node
        if isinstance(node, Group):
            return item._replace(node=Group(decided(node.chain, on)))
        if isinstance(node, Join):
            branches = tuple(
                [decided(branch, on) if branch.items else branch for branch in node.branches]
            )
            return item._replace(node=Join(node.op, branches))
        return item

    items: list[Item] = []
    for item in chain.items:
        if item.suffix.optional:
            if not on[key_of(item)]:
                continue
            item = kept(item)
        items.append(inside(item))
    if not items and chain.items:
        last = inside(chain.items[-1])
        items.append(last._replace(suffix=Suffix(0, False, None, last.suffix.count_span)))
    return Chain(tuple(items), chain.span)


def bind(chain: Chain, letters: Mapping[str, int]) -> Chain:
    """The chain with letters replaced by their values, where an expression has come to a number."""
    from cnnsize.language.arithmetic import evaluate
    from cnnsize.sizing.make import with_values

    def number(value: Expression) -> Expression:
        try:
            found = evaluate(value, letters)
        except ArchitectureError:
            return value
        return (
            found if found >= 0 else Binary("-", 0, -found)
        )  # there are no negative numbers in the language

    items: list[Item] = []
    for item in chain.items:
        node, suffix = item.node, item.suffix
        if isinstance(node, LayerNode):
            if node_letters(node):
                node = with_values(node, letters)
        elif isinstance(node, Group):
            node = Group(bind(node.chain, letters))
        elif isinstance(node, Join):
            node = Join(node.op, tuple(bind(one, letters) for one in node.branches))
        elif isinstance(node, Call):
            node = Call(node.name, tuple(map(number, node.arguments)))
        if suffix.repeat is not None or suffix.declared is not None:
            suffix = suffix._replace(
                repeat=None if suffix.repeat is None else number(suffix.repeat),
                declared=None if suffix.declared is None else tuple(map(number, suffix.declared)),
            )
        items.append(item._replace(node=node, suffix=suffix))
    return Chain(tuple(items), chain.span)
