"""Check whether a network matches the configured pattern."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsize.lint.checks.hit import Hit
from cnnsize.lint.context import Context
from cnnsize.text.diagnostic import ArchitectureError


def outside_pattern(c: Context) -> Iterator[Hit]:
    """CNN801: the layers do not follow the configured pattern, or the one of the notes."""
    if c.network.output is None:
        return
    from cnnsize.patterns.matching.search import CS231N, match  # late: the rule is off by default
    from cnnsize.reading.document import parse_one

    try:
        pattern = parse_one(c.settings.pattern or CS231N)
        leaving = match(pattern, c.architecture, 1, letters=c.network.values).leaving
    except ArchitectureError:  # too much to try: `cnnsize match` says so
        return
    if leaving is not None:
        span = leaving.at if c.architecture.map is None else None
        yield Hit(None, {"found": leaving.found, "wanted": " or ".join(leaving.wanted)}, span=span)
