"""The numbers of emitted source: whole-number expressions over the names of a constructor.

The trees are those of the notation (``language.tree``): an int, a name, or two expressions joined
by + - * or //.
"""

from __future__ import annotations

from collections.abc import Mapping

from cnnsize.language.tree import Binary, Expression, Name
from cnnsize.text.span import Span

NOWHERE = Span(0, 0)
PRECEDENCE = {"+": 1, "-": 1, "*": 2, "//": 2}


def name(text: str) -> Name:
    """Return a name that has no place in the user's text."""
    return Name(text, NOWHERE)


def renamed(expression: Expression, names: Mapping[str, Expression]) -> Expression:
    """Return the expression with each of its names replaced.

    Raises KeyError for a name that has no replacement, and ZeroDivisionError.
    """
    if isinstance(expression, int):
        return expression
    if isinstance(expression, Name):
        return names[expression.name]
    left, right = renamed(expression.left, names), renamed(expression.right, names)
    if isinstance(left, int) and isinstance(right, int):
        return value(Binary(expression.op, left, right), {})
    return Binary(expression.op, left, right)


def in_names_of(expression: Expression, names: Mapping[str, Expression]) -> Expression | None:
    """Return the expression with each of its names replaced; None if that is not possible."""
    try:
        return renamed(expression, names)
    except (KeyError, ZeroDivisionError):
        return None


def value(expression: Expression, values: Mapping[str, int]) -> int:
    """Return the number that an expression comes to. Raises KeyError and ZeroDivisionError."""
    if isinstance(expression, int):
        return expression
    if isinstance(expression, Name):
        return values[expression.name]
    left, right = value(expression.left, values), value(expression.right, values)
    if expression.op == "+":
        return left + right
    if expression.op == "-":
        return left - right
    return left * right if expression.op == "*" else left // right


def values_at(expression: Expression, known: list[dict[str, int]]) -> list[int] | None:
    """Return the value for each set of known names; None if one of them has no value."""
    try:
        return [value(expression, names) for names in known]
    except (KeyError, ZeroDivisionError):
        return None


def folded(expression: Expression) -> Expression:
    """Return the expression with all operations on plain numbers carried out."""
    if not isinstance(expression, Binary):
        return expression
    left, right = folded(expression.left), folded(expression.right)
    if isinstance(left, int) and isinstance(right, int):
        return value(expression._replace(left=left, right=right), {})
    return expression._replace(left=left, right=right)


def names(expression: Expression) -> set[str]:
    """Return the names in an expression."""
    if isinstance(expression, int):
        return set()
    if isinstance(expression, Name):
        return {expression.name}
    return names(expression.left) | names(expression.right)


def text(expression: Expression) -> str:
    """Return the expression as Python source, with no more parentheses than necessary."""
    return _text(expression, 0)


def _text(expression: Expression, outer_precedence: int) -> str:
    if isinstance(expression, int):
        needs_parentheses = expression < 0 and outer_precedence
        return f"({expression})" if needs_parentheses else str(expression)
    if isinstance(expression, Name):
        return expression.name
    own = PRECEDENCE[expression.op]
    # The right operand needs parentheses at equal precedence too: a - (b + c), a // (b * c).
    words = f"{_text(expression.left, own)} {expression.op} {_text(expression.right, own + 1)}"
    return f"({words})" if own < outer_precedence else words


# -- sums, with like terms put together ----------------------------------------

Terms = dict[Expression | None, int]  # how often each factor occurs; None is the plain number


def plus(left: Expression, right: Expression) -> Expression:
    """Return ``left + right``."""
    terms = _terms(left)
    for factor, count in _terms(right).items():
        terms[factor] = terms.get(factor, 0) + count
    return _sum(terms)


def minus(left: Expression, right: Expression) -> Expression:
    """Return ``left - right``."""
    return plus(left, times(right, -1))


def times(left: Expression, right: Expression) -> Expression:
    """Return ``left * right``, a number multiplied into each term."""
    if isinstance(left, int):
        left, right = right, left
    if isinstance(left, int) and isinstance(right, int):
        return left * right
    if isinstance(right, int):
        return _sum({factor: count * right for factor, count in _terms(left).items()})
    return Binary("*", left, right)


def over(left: Expression, right: Expression) -> Expression:
    """Return ``left // right``."""
    if isinstance(left, int) and isinstance(right, int):
        return left // right
    return left if right == 1 else Binary("//", left, right)


def _terms(expression: Expression) -> Terms:
    """Return an expression as a sum; a product of two names is one factor."""
    if isinstance(expression, int):
        return {None: expression}
    if isinstance(expression, Binary):
        if expression.op in "+-":
            terms, sign = _terms(expression.left), 1 if expression.op == "+" else -1
            for factor, count in _terms(expression.right).items():
                terms[factor] = terms.get(factor, 0) + sign * count
            return terms
        if expression.op == "*" and isinstance(expression.left, int):
            return {
                factor: count * expression.left
                for factor, count in _terms(expression.right).items()
            }
        if expression.op == "*" and isinstance(expression.right, int):
            return {
                factor: count * expression.right
                for factor, count in _terms(expression.left).items()
            }
    return {expression: 1}


def _sum(terms: Terms) -> Expression:
    """Return the terms as one expression: positive terms first, and a plain number after names."""
    total: Expression = 0
    ordered = sorted(
        ((factor, count) for factor, count in terms.items() if count),
        key=lambda term: (term[1] < 0, term[0] is None),
    )
    for factor, count in ordered:
        size = abs(count)
        term: Expression
        if factor is None:
            term = size
        else:
            term = factor if size == 1 else Binary("*", size, factor)
        if total == 0:
            total = term if count > 0 else _negated(term)
        else:
            total = Binary("+" if count > 0 else "-", total, term)
    return total


def _negated(term: Expression) -> Expression:
    return -term if isinstance(term, int) else Binary("*", -1, term)
