"""Evaluate repetition counts and declared sides."""

from __future__ import annotations

from collections.abc import Mapping

from cnnsize.language.arithmetic import evaluate
from cnnsize.language.tree import Expression, Item
from cnnsize.text.diagnostic import error
from cnnsize.text.span import Span


def repetition_count(item: Item, values: Mapping[str, int]) -> int:
    """Return how often an item runs; 1 for an item without a count.

    Raises ArchitectureError for ``?`` and for a list of counts, which describe several networks.
    """
    suffix = item.suffix
    if suffix.optional:
        assert suffix.count_span is not None
        raise error(
            "CNN008",
            "an optional layer (`?`) makes this a family, but sizing needs one network",
            suffix.count_span,
            label="with or without it?",
            help=("remove the `?` to keep the layer, or remove the layer",),
        )
    if suffix.values:
        assert suffix.count_span is not None
        raise error(
            "CNN008",
            "a list of counts makes this a template, but sizing needs one network",
            suffix.count_span,
            help=("write one group for each value of the list",),
        )
    if suffix.repeat is None:
        return 1
    assert suffix.count_span is not None
    return evaluate_count(suffix.repeat, values, suffix.count_span)


def evaluate_count(
    expression: Expression, values: Mapping[str, int], span: Span, *, what: str = "the count"
) -> int:
    """Return the value of an expression that must be at least 0.

    ``what`` names the number in the message. Raises ArchitectureError for a negative value and for
    a letter without a value.
    """
    value = expression if isinstance(expression, int) else evaluate(expression, values, span)
    if value < 0:
        raise error("CNN004", f"{what} is {value}, but it must be at least 0", span)
    return value
