"""Edits of the text as written that change one layer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from cnnsize.language.format import layer_text
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import Group, Item, Join, LayerNode, Option, Pair, all_items
from cnnsize.layers import KINDS
from cnnsize.sizing.options import option_key
from cnnsize.text.diagnostic import Edit
from cnnsize.text.span import Span

WORDS = re.compile(r"[0-9]+|[A-Za-z_]+|.", re.DOTALL)


def with_option(node: LayerNode, key: str, value: Any) -> LayerNode:
    """Return the layer with one option changed in its place, or added after the others."""
    value = Pair(*value) if isinstance(value, tuple) else value
    kind = KINDS[node.kind]
    if key == kind.kernel and node.kernel is not None:
        return node.changed(kernel=value if isinstance(value, Pair) else Pair(value, value))
    if key == kind.width and node.size is not None:
        return node.changed(size=value)
    options: list[Option] = []
    replaced = False
    for option in node.options:
        if option.key is None:
            is_wanted = kind.positional[:1] == (key,)
        else:
            is_wanted = option_key(kind, option, node) == key
        if is_wanted:
            options.append(option._replace(value=value))
            replaced = True
        else:
            options.append(option)
    if not replaced:
        options.append(Option(key, value, Span(0, 0), Span(0, 0)))
    return node.changed(options=tuple(options))


def items(architecture: ParsedArchitecture) -> Iterator[Item]:
    """Yield every item of a text in reading order: those of its blocks, then its own."""
    for definition in architecture.definitions.values():
        yield from all_items(definition.chain)
    yield from all_items(architecture.chain)


def layer_edits(architecture: ParsedArchitecture, item: Item, node: LayerNode) -> tuple[Edit, ...]:
    """Return the smallest edit of the written text that turns ``item`` into ``node``.

    Returns none where the written words mean more than this layer, as ``3x CONV`` does, so that an
    edit of them would change other layers too.
    """
    span = architecture.original(item.span)
    written = architecture.text[span.start : span.end]
    text = layer_text(node)
    is_canonical = isinstance(item.node, LayerNode) and written == item.node.text
    if is_canonical:
        return (_smallest_edit(span, written, text),)
    return () if item.start in _sharing_layers(architecture) else (Edit(span, text),)


def _sharing_layers(architecture: ParsedArchitecture) -> frozenset[int]:
    """Return the starts of the layers that were read from some of the same characters."""
    map = architecture.map
    if map is None:
        return frozenset()
    if map.sharing is None:
        places = sorted(
            (*architecture.original(item.span), item.start)
            for item in items(architecture)
            if not isinstance(item.node, (Group, Join))
        )
        sharing: set[int] = set()
        reached, reaching = 0, -1  # the end of the characters so far, and the layer that has it
        for start, end, layer in places:
            if start < reached and start < end:
                sharing |= {layer, reaching}
            if end > reached:
                reached, reaching = end, layer
        map.sharing = frozenset(sharing)
    return map.sharing


def _smallest_edit(span: Span, written: str, text: str) -> Edit:
    """Return the edit that replaces only the words in which two texts differ."""
    old, new = WORDS.findall(written), WORDS.findall(text)
    shorter = min(len(old), len(new))
    front = 0
    while front < shorter and old[front] == new[front]:
        front += 1
    back = 0
    while back < shorter - front and old[-1 - back] == new[-1 - back]:
        back += 1
    start = span.start + len("".join(old[:front]))
    end = span.end - len("".join(old[len(old) - back :]))
    return Edit(Span(start, end), "".join(new[front : len(new) - back]))
