"""Linear forms: sums of costs and letters with whole coefficients, which add up along a member."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import gcd
from typing import NamedTuple

from cnnsize.patterns.counting.trellis import Costs

PARAMS, MACS, ACTIVATIONS, FIRST_CHOICE = range(4)
# the costs that a condition may name, as multiples of those of an edge
COSTS: Mapping[str, tuple[int, int]] = {
    "params": (PARAMS, 1),
    "macs": (MACS, 1),
    "MACs": (MACS, 1),
    "flops": (MACS, 2),
    "activations": (ACTIVATIONS, 1),
    "memory": (ACTIVATIONS, 4),
    "memory_bytes": (ACTIVATIONS, 4),
}
COST_NAMES = frozenset(COSTS)
Number = int | float
Form = tuple[tuple[int, int], ...]  # (quantity, coefficient), by quantity


class NotLinearError(Exception):
    """An expression that is no linear form."""


class Linear(NamedTuple):
    """A sum of quantities with coefficients, and a constant."""

    terms: Mapping[int, int]
    constant: Number

    def plus(self, other: Linear, factor: int = 1) -> Linear:
        """Return this and a multiple of another one."""
        terms = dict(self.terms)
        for quantity, coefficient in other.terms.items():
            terms[quantity] = terms.get(quantity, 0) + factor * coefficient
        constant = self.constant + factor * other.constant
        return Linear({key: value for key, value in terms.items() if value}, constant)

    def times(self, factor: int) -> Linear:
        """Return a multiple."""
        return Linear({}, 0).plus(self, factor)


class Bound(NamedTuple):
    """A form without a common factor, and the number that it is compared with.

    ``mirrored``: both sides were negated, so that < became >.
    """

    form: Form
    threshold: Fraction
    mirrored: bool


def bound_of(terms: Mapping[int, int], constant: Fraction) -> Bound:
    """Return what a sum compared with 0 says about a form."""
    factor = gcd(*terms.values())
    quantities = sorted(terms)
    if terms[quantities[0]] < 0:
        factor = -factor
    form = tuple([(quantity, terms[quantity] // factor) for quantity in quantities])
    return Bound(form, -constant / factor, factor < 0)


def combined(node: ast.expr, parts: Sequence[Linear]) -> Linear:
    """Return a sign, a sum, a difference or a product of parts. Raises NotLinearError."""
    if not all(isinstance(part.constant, int) for part in parts):
        raise NotLinearError  # Python rounds sums with a float
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.UAdd, ast.USub)):
        return parts[0].times(-1 if isinstance(node.op, ast.USub) else 1)
    if isinstance(node, ast.BinOp):
        left, right = parts
        if isinstance(node.op, (ast.Add, ast.Sub)):
            return left.plus(right, 1 if isinstance(node.op, ast.Add) else -1)
        if isinstance(node.op, ast.Mult) and not (left.terms and right.terms):
            factor, form = (right, left) if left.terms else (left, right)
            return form.times(int(factor.constant))
    raise NotLinearError


def value_of(form: Form, costs: Costs, position: int, value: int) -> int:
    """Return what an edge adds to a form: its costs, and the value of the choice at a position."""
    total = 0
    for quantity, coefficient in form:
        if quantity < FIRST_CHOICE:
            total += coefficient * costs[quantity]
        elif quantity - FIRST_CHOICE == position:
            total += coefficient * value
    return total
