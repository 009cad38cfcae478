"""What an expression cannot say: checks that look at how layers hang together, by key.

A page names its check; a test binds every key to a page and back. A check says where, with the facts that the
page's message may use besides those of the layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from cnnsize.context import LINEAR, Context, bends_not
from cnnsize.diagnostic import Severity
from cnnsize.source import Span
from cnnsize.words import ACTIVATIONS

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Found(NamedTuple):
    """One finding: the row (None is the whole network), more facts, other places, another severity or span."""

    index: int | None
    facts: Mapping[str, Any] = NOTHING
    related: tuple[tuple[Span, str], ...] = ()
    severity: Severity | None = None
    span: Span | None = None


class Check(NamedTuple):
    """``facts``: what it adds, name by name, with the kind."""

    find: Callable[[Context], Iterator[Found]]
    facts: Mapping[str, str] = NOTHING


def missing_nonlinearity(c: Context) -> Iterator[Found]:
    """CNN302: on every path a filter or FC was met before, and since then nothing that bends."""
    candidates = [index for index in c.of("CONV", "TCONV", "FC") if bends_not(c.row(index))]
    if len(candidates) < 2:
        return
    arrived = c.forward
    for index in candidates:
        if arrived[index] & LINEAR:
            other = weigher_before(c, index)
            if other is None:
                continue
            row = c.row(other)
            yield Found(index, {"other": row.layer.kind}, ((row.item.span, "nothing bends between the two"),))


def weigher_before(c: Context, index: int) -> int | None:
    """The nearest row before that weighs, along any path."""
    seen = {index}
    ahead = list(c.around(index))
    while ahead:
        one = ahead.pop(0)
        if one in seen:
            continue
        seen.add(one)
        if c.kinds[one] in ("CONV", "TCONV", "FC", "DWCONV"):
            return one
        ahead += c.around(one)
    return None


BENDS = frozenset(ACTIVATIONS)
OUTPUTS = frozenset({"SOFTMAX", "LOGSOFTMAX"})


def repeated_activation(c: Context) -> Iterator[Found]:
    """CNN303: an activation that hears an activation."""
    kinds = c.kinds
    for index, befores in enumerate(c.graph.before):
        if kinds[index] in BENDS and kinds[index] not in OUTPUTS:
            for one in c.around(index) if len(befores) != 1 or not kinds[befores[0]] else befores:
                if kinds[one] in BENDS:
                    yield Found(index, {"other": kinds[one]}, ((c.row(one).item.span, "the first"),))
                    break


CHECKS: dict[str, Check] = {
    "missing_nonlinearity": Check(missing_nonlinearity, {"other": "word"}),
    "repeated_activation": Check(repeated_activation, {"other": "word"}),
}
