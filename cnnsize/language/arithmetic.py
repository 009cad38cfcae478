"""Evaluate the integer expressions of the notation."""

from __future__ import annotations

from collections.abc import Mapping

from cnnsize.language import tree
from cnnsize.limits import MAX_INTEGER
from cnnsize.text.diagnostic import error
from cnnsize.text.span import Span

Environment = Mapping[str, int]
NO_VALUES: Environment = {}
NOWHERE = Span(0, 0)


def evaluate(expression: tree.Expression, values: Environment, span: Span | None = None) -> int:
    """Return the value of an expression, with ``values`` for its letters.

    ``span`` is where errors point when the expression has no name to point at. Raises
    ArchitectureError for a letter without a value, a division by zero and a result that is too
    large.
    """
    if isinstance(expression, int):
        return expression
    if isinstance(expression, tree.Name):
        if expression.name not in values:
            name = expression.name
            raise error(
                "CNN008",
                f"{name} has no value",
                expression.span,
                help=(
                    f"set it with --set {name}=2, or write `where {name} = 2` after the network",
                ),
            )
        return values[expression.name]
    left, right = evaluate(expression.left, values, span), evaluate(expression.right, values, span)
    if expression.op == "+":
        result = left + right
    elif expression.op == "-":
        result = left - right
    elif expression.op == "*":
        result = left * right
    else:
        if right == 0:
            raise error("CNN004", "division by zero", span_of(expression) or span or NOWHERE)
        result = left // right
    if abs(result) > MAX_INTEGER:
        raise error(
            "CNN009", "the result has too many digits", span_of(expression) or span or NOWHERE
        )
    return result


def span_of(expression: tree.Expression) -> Span | None:
    """Return the span of the names in an expression; None for plain numbers, which have no place."""
    if isinstance(expression, int):
        return None
    if isinstance(expression, tree.Name):
        return expression.span
    spans = [
        span for part in (expression.left, expression.right) if (span := span_of(part)) is not None
    ]
    if not spans:
        return None
    return Span(min(span.start for span in spans), max(span.end for span in spans))


def letters(expression: tree.Expression) -> set[str]:
    """Return the variables of an expression."""
    if isinstance(expression, tree.Name):
        return {expression.name}
    if isinstance(expression, tree.Binary):
        return letters(expression.left) | letters(expression.right)
    return set()
