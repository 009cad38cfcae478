"""Edits that fixers have in common: several options of a layer changed, or an item removed."""

from __future__ import annotations

from typing import Any

from cnnsize.faults.edit import with_option
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import Item, LayerNode, end_of
from cnnsize.text.diagnostic import Edit
from cnnsize.text.span import Span


def with_options(node: LayerNode, **options: Any) -> LayerNode:
    """Return a layer with options set, each in its place if it was written: ``F=3, P=(1, 0)``."""
    for key, value in options.items():
        node = with_option(node, key, value)
    return node


def has_option(node: LayerNode, *names: str) -> bool:
    """Return whether an option was written under one of these names (in upper case)."""
    return any(option.key is not None and option.key.upper() in names for option in node.options)


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
