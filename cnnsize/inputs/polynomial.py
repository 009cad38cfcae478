"""Sizes as polynomials in t, so that a network is sized for a whole progression of inputs at once."""

from __future__ import annotations

from itertools import zip_longest
from math import gcd
from typing import Any

from cnnsize.limits import MAX_INTEGER

MAX_SCAN = 10_000  # values of t to try for a change of sign that no formula gives


class LongerPeriodError(Exception):
    """Raised where a stride requires a period longer by ``factor``."""

    def __init__(self, factor: int) -> None:
        super().__init__(factor)
        self.factor = factor


class BeyondRangeError(Exception):
    """Raised where the input sizes that fit would take too much work to compute."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Horizon:
    """The largest t up to which all comparisons so far keep their outcome."""

    def __init__(self) -> None:
        self.first_change: int | None = None  # the first t with another outcome; None if none has

    def limit(self, t: int | None) -> None:
        """Record that an outcome changes at t; None means that it never does."""
        if t is None:
            return
        if self.first_change is None or t < self.first_change:
            self.first_change = t


class Polynomial:
    """An integer polynomial in t. Comparisons are answered for t = 0, and bound the horizon.

    Arithmetic returns a plain int where the result does not depend on t.
    """

    # The coefficient of t^i is at index i.
    __slots__ = ("coefficients", "horizon")

    def __init__(self, coefficients: tuple[int, ...], horizon: Horizon) -> None:
        self.coefficients = coefficients
        self.horizon = horizon

    def trimmed(self, coefficients: list[int]) -> Any:
        """Return a polynomial without leading zeros; an int if it is constant."""
        while len(coefficients) > 1 and coefficients[-1] == 0:
            coefficients.pop()
        if len(coefficients) == 1:
            return coefficients[0]
        return Polynomial(tuple(coefficients), self.horizon)

    def __repr__(self) -> str:
        return f"Polynomial{self.coefficients}"

    def __hash__(self) -> int:
        return hash(self.coefficients)

    def __add__(self, other: Any) -> Any:
        if other.__class__ is int:  # the usual case, which takes half of the time
            return Polynomial((self.coefficients[0] + other, *self.coefficients[1:]), self.horizon)
        pairs = zip_longest(self.coefficients, _coefficients(other), fillvalue=0)
        return self.trimmed([a + b for a, b in pairs])

    __radd__ = __add__

    def __neg__(self) -> Any:
        return Polynomial(tuple([-c for c in self.coefficients]), self.horizon)

    def __sub__(self, other: Any) -> Any:
        return self + (-other)

    def __rsub__(self, other: Any) -> Any:
        return (-self) + other

    def __mul__(self, other: Any) -> Any:
        if other.__class__ is int:
            if other == 0:
                return 0
            return Polynomial(tuple([c * other for c in self.coefficients]), self.horizon)
        factor = _coefficients(other)
        product = [0] * (len(self.coefficients) + len(factor) - 1)
        for i, a in enumerate(self.coefficients):
            for j, b in enumerate(factor):
                product[i + j] += a * b
        return self.trimmed(product)

    __rmul__ = __mul__

    def __floordiv__(self, other: Any) -> Any:
        if other.__class__ is int and other == 1:
            return self
        self.check_divisor(other)
        return Polynomial(tuple([c // other for c in self.coefficients]), self.horizon)

    def __mod__(self, other: Any) -> Any:
        if other.__class__ is int and other == 1:
            return 0
        self.check_divisor(other)
        return self.coefficients[0] % other

    def check_divisor(self, divisor: Any) -> None:
        """Raise LongerPeriodError if the remainder depends on t."""
        if isinstance(divisor, Polynomial):
            raise BeyondRangeError("the stride of a layer would depend on the input size")
        common = gcd(divisor, *self.coefficients[1:])
        if common != divisor:
            raise LongerPeriodError(divisor // common)

    # -- comparisons: recorded in the horizon, then answered for t = 0 --------------------

    def sign(self, other: Any) -> int:
        """Return the sign of self - other at t = 0, and record how far it keeps this sign."""
        if other.__class__ is int:
            if other == MAX_INTEGER:  # a limit of the notation, which does not bound the horizon
                return -1 if self.coefficients[0] <= other else 1
            coefficients: tuple[int, ...] = (self.coefficients[0] - other, *self.coefficients[1:])
        elif other is self:
            return 0
        else:
            difference = self - other
            if isinstance(difference, int):
                return _sign(difference)
            coefficients = difference.coefficients
        self.horizon.limit(_first_sign_change(coefficients))
        return _sign(coefficients[0])

    def __eq__(self, other: object) -> bool:
        return self.sign(other) == 0 if isinstance(other, (int, Polynomial)) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return self.sign(other) != 0 if isinstance(other, (int, Polynomial)) else NotImplemented

    def __lt__(self, other: Any) -> bool:
        return self.sign(other) < 0

    def __le__(self, other: Any) -> bool:
        return self.sign(other) <= 0

    def __gt__(self, other: Any) -> bool:
        return self.sign(other) > 0

    def __ge__(self, other: Any) -> bool:
        return self.sign(other) >= 0


def _coefficients(value: Any) -> tuple[int, ...]:
    return value.coefficients if isinstance(value, Polynomial) else (value,)


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)


def _value(coefficients: tuple[int, ...], t: int) -> int:
    value = 0
    for coefficient in reversed(coefficients):
        value = value * t + coefficient
    return value


def _first_sign_change(coefficients: tuple[int, ...]) -> int | None:
    """Return the first t > 0 where a polynomial has another sign than at 0; None if there is none.

    Raises BeyondRangeError if that t is not found in reasonable time.
    """
    initial = _sign(coefficients[0])
    if len(coefficients) == 2:
        if initial == 0:
            return 1
        if (coefficients[1] > 0) == (initial > 0):
            return None
        return -(-abs(coefficients[0]) // abs(coefficients[1]))
    rises = all(coefficient >= 0 for coefficient in coefficients[1:])
    falls = all(coefficient <= 0 for coefficient in coefficients[1:])
    if not (rises or falls):  # the difference of two products, as sizes only grow with the input
        largest = max(abs(coefficient) for coefficient in coefficients[:-1])
        bound = 2 + largest // abs(coefficients[-1])  # Cauchy's bound: no root lies above it
        for t in range(1, min(bound, MAX_SCAN) + 1):
            if _sign(_value(coefficients, t)) != initial:
                return t
        if bound > MAX_SCAN:
            raise BeyondRangeError(
                f"two sizes would have to be compared at more than {MAX_SCAN:,} inputs"
            )
        return None
    if initial == 0:
        return 1
    if rises == (initial > 0):
        return None
    low, high = 0, 1
    while _sign(_value(coefficients, high)) == initial:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if _sign(_value(coefficients, middle)) == initial:
            low = middle
        else:
            high = middle
    return high
