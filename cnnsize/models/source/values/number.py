"""Integers that remember where they come from: an argument without a value, or the input's size.

Such a number has a value like any other, so that layers compute with it. For a letter, the value is
a large prime that stands for whatever the argument may be.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping

Monomial = tuple[str, ...]  # letters in order; empty for the constant
Terms = Mapping[Monomial, int]
ONE = 1  # a product with it changes nothing, of which most computing of sizes consists
MAX_TERMS = 40  # of a polynomial; one with more counts as no polynomial


class Number(int):
    """An integer with its polynomial in letters, and whether it depends on the input's W or H.

    ``terms`` is None where it depends on letters in another way. ``from_default`` is whether it
    depends on the default of an argument that no call gives.
    """

    terms: Terms | None
    from_input: bool
    from_default: bool

    def __new__(
        cls,
        value: int,
        terms: Terms | None,
        *,
        from_input: bool = False,
        from_default: bool = False,
    ) -> Number:
        number = super().__new__(cls, value)
        number.terms = terms
        number.from_input = from_input
        number.from_default = from_default
        return number

    def __add__(self, other: int) -> int:
        return combined(operator.add, self, other)

    def __radd__(self, other: int) -> int:
        return combined(operator.add, other, self)

    def __sub__(self, other: int) -> int:
        return combined(operator.sub, self, other)

    def __rsub__(self, other: int) -> int:
        return combined(operator.sub, other, self)

    def __mul__(self, other: int) -> int:
        return combined(operator.mul, self, other)

    def __rmul__(self, other: int) -> int:
        return combined(operator.mul, other, self)

    def __floordiv__(self, other: int) -> int:
        return combined(operator.floordiv, self, other)

    def __rfloordiv__(self, other: int) -> int:
        return combined(operator.floordiv, other, self)

    def __mod__(self, other: int) -> int:
        return combined(operator.mod, self, other)

    def __rmod__(self, other: int) -> int:
        return combined(operator.mod, other, self)

    def __neg__(self) -> int:
        return combined(operator.sub, 0, self)

    def __hash__(self) -> int:
        return hash(int(self))

    def __str__(self) -> str:
        return expression(self)

    __repr__ = __str__


def letter(name: str, value: int) -> Number:
    """Return the number of an argument without a value."""
    return Number(value, {(name,): 1})


def marked(value: int) -> Number:
    """Return a number that comes from the width or height of the input."""
    return Number(int(value), terms_of(value), from_input=True)


def as_default(value: object) -> object:
    """Return the default of an argument; a number with its mark."""
    if isinstance(value, int) and not isinstance(value, bool):
        return Number(int(value), terms_of(value), from_default=True)
    return value


def depends_on_default(value: object) -> bool:
    """Return whether a number depends on the default of an argument that no call gives."""
    return isinstance(value, Number) and value.from_default


def terms_of(value: int) -> Terms | None:
    """Return the polynomial of a number."""
    return value.terms if isinstance(value, Number) else {(): value}


def depends_on_input(value: object) -> bool:
    """Return whether a number comes from the width or height of the input."""
    return isinstance(value, Number) and value.from_input


def has_letters(value: object) -> bool:
    """Return whether a number depends on an argument without a value."""
    return isinstance(value, Number) and (value.terms is None or any(value.terms))


def plain(value: int) -> int:
    """Return a number without its mark, and without letters where it has none."""
    if not has_letters(value):
        return int(value)
    assert isinstance(value, Number)
    return Number(int(value), value.terms)


def combined(function: Callable[[int, int], int], first: int, second: int) -> int:
    """Return the result of an operation on two numbers, with its polynomial and mark."""
    if not (isinstance(first, int) and isinstance(second, int)):
        return NotImplemented
    if function is operator.mul and (first is ONE or second is ONE):
        return second if first is ONE else first
    value = function(int(first), int(second))
    terms = combined_terms(function, terms_of(first), terms_of(second), value)
    from_input = depends_on_input(first) or depends_on_input(second)
    from_default = depends_on_default(first) or depends_on_default(second)
    is_constant = terms is not None and not any(terms)
    if is_constant and not from_input and not from_default:
        return value
    return Number(value, terms, from_input=from_input, from_default=from_default)


def combined_terms(
    function: Callable[[int, int], int], first: Terms | None, second: Terms | None, value: int
) -> Terms | None:
    """Return the polynomial of the result of an operation."""
    if first is None or second is None:
        return None
    if not any(first) and not any(second):
        return {(): value}
    if function is operator.add or function is operator.sub:
        sign = 1 if function is operator.add else -1
        return normal(
            {key: first.get(key, 0) + sign * second.get(key, 0) for key in {**first, **second}}
        )
    if function is operator.mul:
        product: dict[Monomial, int] = {}
        for own, factor in first.items():
            for other, coefficient in second.items():
                key = tuple(sorted((*own, *other)))
                product[key] = product.get(key, 0) + factor * coefficient
        return normal(product)
    quotient = exact_quotient(first, second)
    if function is operator.mod:
        return {(): 0} if quotient is not None and value == 0 else None
    return quotient


def exact_quotient(dividend: Terms, divisor: Terms) -> Terms | None:
    """Return a quotient without a remainder; None if there is none."""
    if len(divisor) != 1:
        return {(): 1} if dict(dividend) == dict(divisor) else None
    ((letters, factor),) = divisor.items()
    result: dict[Monomial, int] = {}
    for key, coefficient in dividend.items():
        rest = list(key)
        for name in letters:
            if name not in rest:
                return None
            rest.remove(name)
        if factor == 0 or coefficient % factor:
            return None
        result[tuple(rest)] = coefficient // factor
    return result


def normal(terms: Terms) -> Terms | None:
    """Return a polynomial without terms that are zero."""
    kept = {key: factor for key, factor in terms.items() if factor} or {(): 0}
    return kept if len(kept) <= MAX_TERMS else None


def sign_of(value: int) -> int | None:
    """Return -1, 0 or 1 for the sign of a number; None if it depends on its letters.

    Letters are at least 1.
    """
    terms = terms_of(value)
    if terms is None:
        return None
    if not any(terms):
        return (value > 0) - (value < 0)
    if all(factor > 0 for factor in terms.values()):
        return 1
    return -1 if all(factor < 0 for factor in terms.values()) else None


def expression(value: Number) -> str:
    """Return a number as the notation writes it: ``64``, ``ngf`` or ``(8*ngf)``."""
    if value.terms is None:
        return "?"
    if not any(value.terms):
        return int.__repr__(value)
    words = []
    for key, factor in sorted(value.terms.items(), key=lambda term: (-len(term[0]), term[0])):
        letters = "*".join(key)
        words.append(
            letters if factor == 1 and key else f"{factor}*{letters}" if key else str(factor)
        )
    text = " + ".join(words).replace("+ -", "- ")
    return text if text.isidentifier() else f"({text})"
