"""Read single items of a pattern's tree: their ``?``, their letters, their FC layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnnsize.language.tree import (
    PLAIN,
    Binary,
    Call,
    Chain,
    Group,
    Item,
    Join,
    LayerNode,
    Name,
    Pair,
)
from cnnsize.layers import KINDS
from cnnsize.sizing.make import node_letters
from cnnsize.text.span import Span

ChainKey = tuple[int, int]  # of a chain: the offset at which it begins, and its number of items
Included = Mapping[int, int]  # for each ``?``, by its offset: 1 includes its item, 0 leaves it out


def optional_key(item: Item) -> int:
    """Return the offset of the ``?`` of an item, which identifies it in its text."""
    assert item.suffix.count_span is not None
    return item.suffix.count_span.start


def without_optional(item: Item) -> Item:
    """Return the item without its ``?``."""
    suffix = item.suffix._replace(optional=False, count_span=None)
    return item._replace(suffix=PLAIN if suffix == PLAIN else suffix)


def chain_key(chain: Chain) -> ChainKey:
    """Return what identifies a chain in its text."""
    return chain.span.start, len(chain.items)


def has_open_fc(chain: Chain, included: Included) -> bool:
    """Return whether an FC without a width remains in a chain. An undecided ``?`` counts as out."""
    for item in chain.items:
        if item.suffix.optional and not included.get(optional_key(item)):
            continue
        node = item.node
        if isinstance(node, LayerNode):
            if node.kind == "FC" and node.contextual:
                return True
        elif isinstance(node, Group):
            if has_open_fc(node.chain, included):
                return True
        elif isinstance(node, Join) and any(
            has_open_fc(branch, included) for branch in node.branches
        ):
            return True
    return False


def names(value: Any) -> Iterator[Name]:
    """Iterate over the letters of an expression or a pair, in reading order."""
    if isinstance(value, Name):
        yield value
    elif isinstance(value, Binary):
        yield from names(value.left)
        yield from names(value.right)
    elif isinstance(value, Pair):
        yield from names(value.W)
        yield from names(value.H)


def own_letters(item: Item) -> Iterator[tuple[str, Span, str]]:
    """Iterate over the letters of one item, without the letters of what is in its brackets.

    Each is (letter, span, role). The role is ``count``, ``size``, or ``width`` for a size that is
    nothing but the depth of an output. In a call, letters have the roles of the block's parameters,
    which only the caller knows.
    """
    suffix, node = item.suffix, item.node
    if suffix.repeat is not None:
        for name in names(suffix.repeat):
            yield name.name, name.span, "count"
    if isinstance(node, LayerNode):
        letters = node_letters(node)
        if letters:
            parts = (node.kernel, *(node.shape or ()), *(option.value for option in node.options))
            elsewhere = {name.name for part in parts for name in names(part)}
            size_is_width = KINDS[node.kind].width == "K"
            for letter in letters:
                role = "width" if size_is_width and letter not in elsewhere else "size"
                yield letter, item.span, role
    for side in suffix.declared or ():
        for name in names(side):
            yield name.name, name.span, "size"


def letters_in(item: Item) -> Iterator[Name]:
    """Iterate over every letter of one item, the arguments of a call included."""
    for name, span, _ in own_letters(item):
        yield Name(name, span)
    if isinstance(item.node, Call):
        for argument in item.node.arguments:
            yield from names(argument)
