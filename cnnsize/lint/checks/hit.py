"""What a check reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from cnnsize.lint.context import Context
from cnnsize.text.codes import Severity
from cnnsize.text.span import Span

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Hit(NamedTuple):
    """One finding: the row (None is the whole network), more facts, other places, another severity
    or span.
    """

    at: int | None
    facts: Mapping[str, Any] = NOTHING
    related: tuple[tuple[Span, str], ...] = ()
    severity: Severity | None = None
    span: Span | None = None
    axis: int = 0
    places: int | None = None  # in how many places, where it is not all that the row stands for


class Check(NamedTuple):
    """``facts``: what it adds, name by name, with the kind."""

    find: Callable[[Context], Iterator[Hit]]
    facts: Mapping[str, str] = NOTHING
