"""The result of a check: hits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from cnnsize.lint.context import Context
from cnnsize.record import Record
from cnnsize.text.codes import Severity
from cnnsize.text.span import Span

NO_FACTS: Mapping[str, Any] = MappingProxyType({})


class Hit(Record):
    """One thing that a check reports."""

    layer: int | None  # its index in the context; None for the whole network
    facts: Mapping[str, Any] = NO_FACTS  # besides those of the layer
    related: tuple[tuple[Span, str], ...] = ()  # other spans to point at, each with its label
    severity: Severity | None = None  # in place of the rule's
    span: Span | None = None  # in place of the layer's
    axis: int = 0
    places: int | None = None  # for how many of the item's layers it holds; None: all


class Check(Record):
    """A check, and the facts that its hits add, each with its kind."""

    find: Callable[[Context], Iterator[Hit]]
    facts: Mapping[str, str] = NO_FACTS


def related_to(context: Context, index: int, label: str) -> tuple[tuple[Span, str], ...]:
    """Return the ``related`` of a hit that points at one other layer."""
    return ((context.row(index).item.span, label),)
