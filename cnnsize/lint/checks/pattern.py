"""The check of a network against a pattern."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsize.lint.checks.hit import Hit
from cnnsize.lint.context import Context
from cnnsize.text.diagnostic import ArchitectureError


def outside_pattern(context: Context) -> Iterator[Hit]:
    """Find where layers leave the configured pattern, or else that of CS231n (CNN801)."""
    if not context.network.is_sized:
        return
    from cnnsize.patterns.matching.search import CS231N, match  # late: the rule is off by default
    from cnnsize.reading.document import parse_one

    try:
        pattern = parse_one(context.settings.pattern or CS231N)
        result = match(pattern, context.architecture, 1, letters=context.network.values)
    except ArchitectureError:  # the search is too long, as `cnnsize match` reports
        return
    mismatch = result.mismatch
    if mismatch is not None:
        facts = {"found": mismatch.actual, "wanted": " or ".join(mismatch.expected)}
        span = mismatch.span if context.architecture.map is None else None
        yield Hit(None, facts, span=span)
