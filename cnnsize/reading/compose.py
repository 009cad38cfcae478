"""Put the blocks that a network calls into its own text."""

from __future__ import annotations

import re

from cnnsize.language.tree import Domain, Statement, shifted_chain
from cnnsize.text.source import Source
from cnnsize.text.span import Span, Stretch


def further(parts: tuple[Stretch, ...], by: int) -> list[Stretch]:
    return [part._replace(start=part.start + by) for part in parts]


def placed(statement: Statement, by: int) -> Statement:
    """The statement with spans ``by`` further on."""
    where = tuple(Domain(one.name, one.values, one.span.shifted(by)) for one in statement.where)
    return statement._replace(chain=shifted_chain(statement.chain, by), where=where)


def head_of(source: Source) -> Span:
    """``name(parameters)`` of a definition."""
    head = re.match(r"\s*([^\W\d]\w*\s*\([^()=]*\))", source.text)
    return Span(*head.span(1)) if head else Span(0, len(source.text))
