"""The numbers of emitted source: whole-number expressions over the names of a constructor.

The trees are those of the language (``syntax.tree``): an int, a name, or two of them with + - * //.
"""

from __future__ import annotations

from collections.abc import Mapping

from cnnsize.language.tree import Binary, Expression, Name
from cnnsize.text.span import Span

NOWHERE = Span(0, 0)
STRENGTH = {"+": 1, "-": 1, "*": 2, "//": 2}


def name(text: str) -> Name:
    return Name(text, NOWHERE)


def renamed(expression: Expression, names: Mapping[str, Expression]) -> Expression:
    """The expression with the letters of the language replaced by what they are in the source."""
    if isinstance(expression, int):
        return expression
    if isinstance(expression, Name):
        return names[expression.name]
    left, right = renamed(expression.left, names), renamed(expression.right, names)
    if isinstance(left, int) and isinstance(right, int):
        return value(Binary(expression.op, left, right), {})
    return Binary(expression.op, left, right)


def value(expression: Expression, values: Mapping[str, int]) -> int:
    """The number that it comes to. Raises KeyError, ZeroDivisionError."""
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


def names(expression: Expression) -> set[str]:
    """The names in it."""
    if isinstance(expression, int):
        return set()
    if isinstance(expression, Name):
        return {expression.name}
    return names(expression.left) | names(expression.right)


def text(expression: Expression) -> str:
    """As Python has it, with no more parentheses than it needs."""
    return _text(expression, 0)


def _text(expression: Expression, around: int) -> str:
    if isinstance(expression, int):
        return str(expression) if expression >= 0 or not around else f"({expression})"
    if isinstance(expression, Name):
        return expression.name
    own = STRENGTH[expression.op]
    # a - (b + c), a // (b * c): what stands right of an operator needs them at equal strength too
    words = f"{_text(expression.left, own)} {expression.op} {_text(expression.right, own + 1)}"
    return f"({words})" if own < around else words


# -- sums, with like terms put together ----------------------------------------

Terms = dict[Expression | None, int]  # how often each factor occurs; None: the plain number


def plus(left: Expression, right: Expression) -> Expression:
    terms = _terms(left)
    for factor, count in _terms(right).items():
        terms[factor] = terms.get(factor, 0) + count
    return _sum(terms)


def minus(left: Expression, right: Expression) -> Expression:
    return plus(left, times(right, -1))


def times(left: Expression, right: Expression) -> Expression:
    if isinstance(left, int):
        left, right = right, left
    if isinstance(left, int) and isinstance(right, int):
        return left * right
    if isinstance(right, int):
        return _sum({factor: count * right for factor, count in _terms(left).items()})
    return Binary("*", left, right)


def over(left: Expression, right: Expression) -> Expression:
    if isinstance(left, int) and isinstance(right, int):
        return left // right
    return left if right == 1 else Binary("//", left, right)


def _terms(expression: Expression) -> Terms:
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
    """What is added first, then what is taken away."""
    found: Expression = 0
    ordered = sorted(
        ((factor, count) for factor, count in terms.items() if count),
        key=lambda term: (term[1] < 0, term[0] is None),
    )
    for factor, count in ordered:
        size = abs(count)
        term: Expression = (
            size if factor is None else factor if size == 1 else Binary("*", size, factor)
        )
        if found == 0:
            found = term if count > 0 else times_minus(term)
        else:
            found = Binary("+" if count > 0 else "-", found, term)
    return found


def times_minus(term: Expression) -> Expression:
    return -term if isinstance(term, int) else Binary("*", -1, term)
