"""Edits of the text as written that change one option of a layer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cnnsize.language import tree
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import Item, Pair, all_items
from cnnsize.record import replace
from cnnsize.text.span import Span


def architecture_text(architecture: ParsedArchitecture, item: Item) -> str:
    """The text of an item as it was parsed."""
    node = item.node
    return node.text if isinstance(node, tree.LayerNode) else ""


def changed(node: tree.LayerNode, letter: str, value: Any) -> tree.LayerNode:
    """The node with one option changed, where it stood or else behind the others."""
    from cnnsize.layers import KINDS
    from cnnsize.sizing.options import option_key

    pair = Pair(*value) if isinstance(value, tuple) else value
    cls = KINDS[node.kind]
    if letter == cls.kernel and node.kernel is not None:
        return replace(node, kernel=pair if isinstance(pair, Pair) else Pair(pair, pair))
    if letter == cls.width and node.size is not None:
        return replace(node, size=value)
    options: list[tree.Option] = []
    done = False
    for option in node.options:
        key = option_key(cls, option, node) if option.key is not None else None
        if key == letter or (key is None and cls.positional[:1] == (letter,)):
            options.append(option._replace(value=pair))
            done = True
        else:
            options.append(option)
    if not done:
        options.append(tree.Option(letter, pair, Span(0, 0), Span(0, 0)))
    return replace(node, options=tuple(options))


def items(architecture: ParsedArchitecture) -> Iterator[Item]:
    """Every item of a network's text: of its blocks, then its own."""
    for definition in architecture.definitions.values():
        yield from all_items(definition.chain)
    yield from all_items(architecture.chain)
