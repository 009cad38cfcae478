"""Edits of the text as written: an option changed, an item removed."""

from __future__ import annotations

import re
from typing import Any

from cnnsize.faults.edit import architecture_text, changed, items
from cnnsize.language.format import layer as layer_text
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import Group, Item, Join, LayerNode, end_of
from cnnsize.text.diagnostic import Edit
from cnnsize.text.span import Span

TOKEN = r"[0-9]+|[A-Za-z_]+|."


def with_options(node: LayerNode, **options: Any) -> LayerNode:
    """Return a layer with options set, each in its place if it was written: ``F=3, P=(1, 0)``."""
    for key, value in options.items():
        node = changed(node, key, value)
    return node


def has_option(node: LayerNode, *names: str) -> bool:
    """Return whether an option was written under one of these names (in upper case)."""
    return any(option.key is not None and option.key.upper() in names for option in node.options)


def layer_edits(architecture: ParsedArchitecture, item: Item, node: LayerNode) -> tuple[Edit, ...]:
    """Return the smallest edit that turns an item into a layer.

    Empty where the item's text also stands for other layers, as in informal text.
    """
    span = architecture.original(item.span)
    written = architecture.text[span.start : span.end]
    text = layer_text(node)
    if written != architecture_text(architecture, item):
        overlaps = any(
            span.start < place.end and place.start < span.end
            for other in items(architecture)
            if other is not item and not isinstance(other.node, (Group, Join))
            for place in (architecture.original(other.span),)
        )
        return () if overlaps else (Edit(span, text),)
    old = re.findall(TOKEN, written, re.DOTALL)
    new = re.findall(TOKEN, text, re.DOTALL)
    shorter = min(len(old), len(new))
    head = 0  # equal tokens at the beginning
    while head < shorter and old[head] == new[head]:
        head += 1
    tail = 0  # equal tokens at the end
    while tail < shorter - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    start = span.start + len("".join(old[:head]))
    end = span.end - len("".join(old[len(old) - tail :]))
    return (Edit(Span(start, end), "".join(new[head : len(new) - tail])),)


def removal_edits(
    architecture: ParsedArchitecture, item: Item, before: Item | None, after: Item | None
) -> tuple[Edit, ...]:
    """Return the edit that removes an item and one arrow.

    ``before`` and ``after`` are its neighbours; without any the chain would be empty, and there is
    no edit.
    """
    whole = architecture.original(Span(item.start, end_of(item)))
    if before is not None:
        start = architecture.original(Span(before.start, end_of(before))).end
        return (Edit(Span(start, whole.end), ""),)
    if after is not None:
        end = architecture.original(Span(after.start, after.end)).start
        return (Edit(Span(whole.start, end), ""),)
    return ()


def removes_comment(architecture: ParsedArchitecture, edits: tuple[Edit, ...]) -> bool:
    """Return whether an edit would remove a comment."""
    return any("#" in architecture.text[edit.span.start : edit.span.end] for edit in edits)
