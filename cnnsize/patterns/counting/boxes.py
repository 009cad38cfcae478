"""Conditions as boxes: ranges of linear forms in which the condition holds."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import ceil, floor, inf, prod
from typing import NamedTuple

from cnnsize.conditions.expression import Expression, part_of
from cnnsize.conditions.undefined import UndefinedFactError
from cnnsize.patterns.counting.forms import (
    Bound,
    Form,
    Linear,
    NotLinearError,
    bound_of,
    combined,
)

MAX_CELLS = 4096
Limits = tuple[float, float]  # the lowest and the highest value, which may be infinite
Box = tuple[Limits, ...]  # one range for each form
Truth = Callable[[Sequence[Fraction]], bool]  # of a condition, by the values of the forms
ANYTHING: Limits = (-inf, inf)


class NoBoxesError(Exception):
    """A condition that is not made of comparisons of linear forms with numbers."""


class Boxes(NamedTuple):
    """Disjoint boxes over some forms."""

    forms: tuple[Form, ...]
    boxes: tuple[Box, ...]


def boxes_of(
    conditions: Sequence[Expression],
    quantities: Mapping[str, tuple[int, int]],
    facts: Mapping[str, object],
) -> Boxes:
    """Return where all conditions hold, for members with the same ``facts``.

    Raises NoBoxesError.
    """
    compiler = _Compiler(quantities, facts)
    truths = [compiler.condition(condition.tree, condition.kinds) for condition in conditions]
    forms = tuple(compiler.thresholds)
    cells = [_cells(compiler.thresholds[form]) for form in forms]
    if prod(map(len, cells)) > MAX_CELLS:
        raise NoBoxesError
    held: dict[tuple[int, ...], None] = {}
    for cell in product(*[range(len(ranges)) for ranges in cells]):
        point = [_inside(cells[axis][index]) for axis, index in enumerate(cell)]
        if all(_holds(truth, point) for truth in truths):
            held[cell] = None
    return Boxes(forms, tuple(_joined(held, cells)))


def _holds(truth: Truth, point: Sequence[Fraction]) -> bool:
    """Return whether a condition is true; an undefined one is false."""
    try:
        return truth(point)
    except UndefinedFactError:
        return False


class _Compiler:
    """Turns the nodes of a condition into functions of the values of forms.

    ``thresholds`` has, for each form, the numbers it is compared with.
    """

    def __init__(
        self, quantities: Mapping[str, tuple[int, int]], facts: Mapping[str, object]
    ) -> None:
        self.quantities = quantities
        self.facts = facts
        self.thresholds: dict[Form, set[Fraction]] = {}

    def condition(self, node: ast.expr, kinds: Mapping[str, str]) -> Truth:
        """Compile a condition over facts of these kinds."""
        if not self.quantities.keys() & names_in(node):
            return _constant(self.fact(node, kinds))
        if isinstance(node, ast.BoolOp):
            parts = [self.condition(value, kinds) for value in node.values]
            if isinstance(node.op, ast.And):
                return lambda point: all(part(point) for part in parts)
            return lambda point: any(part(point) for part in parts)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            operand = self.condition(node.operand, kinds)
            return lambda point: not operand(point)
        if isinstance(node, ast.IfExp):
            test, yes, no = [
                self.condition(part, kinds) for part in (node.test, node.body, node.orelse)
            ]
            return lambda point: yes(point) if test(point) else no(point)
        if isinstance(node, ast.Compare):
            return self.comparisons(node, kinds)
        raise NoBoxesError

    def fact(self, node: ast.expr, kinds: Mapping[str, str]) -> object:
        """Return the value of an expression of facts alone; None where it has none."""
        try:
            return part_of(node, kinds).evaluate(self.facts)
        except UndefinedFactError:
            return None

    def linear(self, node: ast.expr, kinds: Mapping[str, str]) -> Linear:
        """Return one side of a comparison. Raises NotLinearError and UndefinedFactError."""
        if self.quantities.keys() & names_in(node):
            if isinstance(node, ast.Name):
                quantity, coefficient = self.quantities[node.id]
                return Linear({quantity: coefficient}, 0)
            if isinstance(node, ast.UnaryOp):
                return combined(node, [self.linear(node.operand, kinds)])
            if not isinstance(node, ast.BinOp):
                raise NotLinearError
            parts = [self.linear(part, kinds) for part in (node.left, node.right)]
            return combined(node, parts)
        value = self.fact(node, kinds)
        if value is None:
            raise UndefinedFactError
        if type(value) not in (int, float):
            raise NotLinearError
        return Linear({}, value)  # type: ignore[arg-type]

    def comparisons(self, node: ast.Compare, kinds: Mapping[str, str]) -> Truth:
        """Compile a chain of comparisons."""
        operands = [node.left, *node.comparators]
        parts = [
            self.comparison(left, op, right, kinds)
            for left, op, right in zip(operands, node.ops, operands[1:], strict=False)
        ]
        return lambda point: all(part(point) for part in parts)

    def comparison(
        self, left: ast.expr, op: ast.cmpop, right: ast.expr, kinds: Mapping[str, str]
    ) -> Truth:
        """Compile a comparison of two expressions, or of one with the elements of a tuple."""
        try:
            if isinstance(op, (ast.In, ast.NotIn)) and isinstance(right, ast.Tuple):
                sides = [self.linear(side, kinds) for side in (left, *right.elts)]
                parts = [self.compared(sides[0], ast.Eq, side) for side in sides[1:]]
                if isinstance(op, ast.In):
                    return lambda point: any(part(point) for part in parts)
                return lambda point: not any(part(point) for part in parts)
            return self.compared(self.linear(left, kinds), type(op), self.linear(right, kinds))
        except UndefinedFactError:
            return _constant(None)
        except NotLinearError:
            raise NoBoxesError from None

    def compared(self, left: Linear, op: type[ast.cmpop], right: Linear) -> Truth:
        """Return the comparison of two forms."""
        compare = _COMPARE.get(op)
        if compare is None:
            raise NoBoxesError
        constant = Fraction(left.constant) - Fraction(right.constant)
        terms = left.plus(right, -1).terms
        if not terms:
            return _constant(compare(constant, Fraction(0)))
        bound = bound_of(terms, constant)
        self.thresholds.setdefault(bound.form, set()).add(bound.threshold)
        return _with_bound(compare, list(self.thresholds).index(bound.form), bound)


def names_in(node: ast.expr) -> set[str]:
    """Return the names in an expression, functions included."""
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _constant(value: object) -> Truth:
    """Return a condition with one value for all members; None is undefined."""

    def truth(_: Sequence[Fraction]) -> bool:
        if value is None:
            raise UndefinedFactError
        return bool(value)

    return truth


_COMPARE: dict[type[ast.cmpop], Callable[[Fraction, Fraction], bool]] = {
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
}


def _with_bound(compare: Callable[[Fraction, Fraction], bool], axis: int, bound: Bound) -> Truth:
    threshold = bound.threshold
    if bound.mirrored:
        return lambda point: compare(threshold, point[axis])
    return lambda point: compare(point[axis], threshold)


def _cells(thresholds: set[Fraction]) -> list[Limits]:
    """Return the ranges of integers between thresholds, and those at a threshold."""
    cells: list[Limits] = []
    low: float = -inf
    for threshold in sorted(thresholds):
        below, above = ceil(threshold) - 1, floor(threshold) + 1
        if low <= below:
            cells.append((low, below))
        if below + 1 <= above - 1:
            cells.append((below + 1, above - 1))
        low = above
    return [*cells, (low, inf)]


def _inside(cell: Limits) -> Fraction:
    """Return an integer of a range."""
    low, high = cell
    return Fraction(int(low if low != -inf else high if high != inf else 0))


def _joined(held: Mapping[tuple[int, ...], None], cells: Sequence[Sequence[Limits]]) -> list[Box]:
    """Return the cells as boxes; neighbours along the last form become one box."""
    boxes: list[Box] = []
    last: tuple[int, ...] | None = None
    for cell in held:  # in lexicographic order
        ranges = [cells[axis][index] for axis, index in enumerate(cell)]
        if last is not None and cell and last == (*cell[:-1], cell[-1] - 1):
            boxes[-1] = (*boxes[-1][:-1], (boxes[-1][-1][0], ranges[-1][1]))
        else:
            boxes.append(tuple(ranges))
        last = cell
    return boxes
