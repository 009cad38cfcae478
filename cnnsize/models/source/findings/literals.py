"""Numbers that are written in the source, and how to write another number in the same style."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Sequence
from math import prod

from cnnsize.models.source.findings.spans import Spans
from cnnsize.text.span import Span

OPERATIONS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
}
MAX_VALUE = 10**12
Replacement = tuple[Span, str]


def literal(node: ast.AST | None) -> int | None:
    """Return the value of a number, or of an expression of numbers only; None for others."""
    if isinstance(node, ast.Constant):
        return node.value if type(node.value) is int else None
    if not isinstance(node, ast.BinOp):
        return None
    left, right = literal(node.left), literal(node.right)
    if left is None or right is None:
        return None
    if isinstance(node.op, ast.Pow):
        return left**right if 0 <= left <= MAX_VALUE and 0 <= right <= 3 else None
    function = OPERATIONS.get(type(node.op))
    is_division = isinstance(node.op, ast.FloorDiv) and right == 0
    if function is None or is_division:
        return None
    value = function(left, right)
    return value if abs(value) <= MAX_VALUE else None


def with_value(node: ast.AST, spans: Spans, value: int, factors: Sequence[int] = ()) -> str:
    """Return a literal with another value as text: a product stays one where ``factors`` allow it.

    ``factors`` are the channels, the height and the width whose product ``value`` is.
    """
    parts = product_of(node)
    sizes = arranged([literal(part) or 0 for part in parts], factors)
    if not sizes or prod(sizes) != value:
        return str(value)
    span = spans.span(node)
    text = spans.segment(node)
    for part, size in zip(reversed(parts), reversed(sizes), strict=True):
        own = spans.span(part)
        start, end = own.start - span.start, own.end - span.start
        text = text[:start] + size_text(part, spans, size) + text[end:]
    return text


def product_of(node: ast.AST) -> list[ast.AST]:
    """Return the factors of a product in their order; a node that is no product is one factor."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return [*product_of(node.left), *product_of(node.right)]
    return [node]


def arranged(old: Sequence[int], factors: Sequence[int]) -> list[int]:
    """Return new factors in an order that keeps most of the old ones in their places."""
    if len(factors) != 3 or len(old) not in (2, 3):
        return []
    channels, height, width = factors
    rest = [height * width] if len(old) == 2 else [height, width]
    orders = [[*rest[:place], channels, *rest[place:]] for place in range(len(old))]
    return max(orders, key=lambda order: sum(map(operator.eq, order, old)))


def size_text(node: ast.AST, spans: Spans, size: int) -> str:
    """Return one factor as text; a power stays one, as in ``4 ** 2``."""
    if literal(node) == size:
        return spans.segment(node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        exponent = literal(node.right) or 0
        root = round(size ** (1 / exponent)) if exponent else 0
        if exponent and root**exponent == size and isinstance(node.left, ast.Constant):
            span, left = spans.span(node), spans.span(node.left)
            text = spans.segment(node)
            return f"{text[: left.start - span.start]}{root}{text[left.end - span.start :]}"
    return str(size)
