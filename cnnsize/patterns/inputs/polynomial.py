"""Sizes as polynomials in t, so that the walk can size a whole progression of inputs at once."""

from __future__ import annotations

from math import gcd
from typing import Any

from cnnsize.limits import MAX_INTEGER

SCAN = 10_000  # how far a sign is looked for where no arithmetic finds it


class LongerPeriodError(Exception):
    """A stride asks for a longer period, by this factor."""

    def __init__(self, factor: int) -> None:
        super().__init__(factor)
        self.factor = factor


class BeyondRangeError(Exception):
    """Which inputs fit is not worked out, and why."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Watch:
    """How long all comparisons so far keep their outcome."""

    def __init__(self) -> None:
        self.next: int | None = None  # the first t at which one of them might come out otherwise

    def until(self, t: int | None) -> None:
        if t is not None and (self.next is None or t < self.next):
            self.next = t


class Polynomial:
    """A whole number that depends on t, as a polynomial; it computes and compares at t = 0."""

    __slots__ = ("parts", "watch")

    def __init__(self, parts: tuple[int, ...], watch: Watch) -> None:
        self.parts = parts
        self.watch = watch

    def made(self, parts: list[int]) -> Any:
        while len(parts) > 1 and parts[-1] == 0:
            parts.pop()
        return parts[0] if len(parts) == 1 else Polynomial(tuple(parts), self.watch)

    def __repr__(self) -> str:
        return f"Line{self.parts}"

    def __hash__(self) -> int:
        return hash(self.parts)

    def __add__(self, other: Any) -> Any:
        if other.__class__ is int:  # the usual case, and half of the time
            return Polynomial((self.parts[0] + other, *self.parts[1:]), self.watch)
        more = _parts(other)
        count = max(len(self.parts), len(more))
        return self.made([_at(self.parts, i) + _at(more, i) for i in range(count)])

    __radd__ = __add__

    def __neg__(self) -> Any:
        return Polynomial(tuple([-part for part in self.parts]), self.watch)

    def __sub__(self, other: Any) -> Any:
        return self + (-other)

    def __rsub__(self, other: Any) -> Any:
        return (-self) + other

    def __mul__(self, other: Any) -> Any:
        if other.__class__ is int:
            return (
                Polynomial(tuple([part * other for part in self.parts]), self.watch) if other else 0
            )
        more = _parts(other)
        found = [0] * (len(self.parts) + len(more) - 1)
        for i, a in enumerate(self.parts):
            for j, b in enumerate(more):
                found[i + j] += a * b
        return self.made(found)

    __rmul__ = __mul__

    def __floordiv__(self, other: Any) -> Any:
        if other.__class__ is int and other == 1:
            return self
        self.divisible(other)
        return Polynomial(tuple([part // other for part in self.parts]), self.watch)

    def __mod__(self, other: Any) -> Any:
        if other.__class__ is int and other == 1:
            return 0
        self.divisible(other)
        return self.parts[0] % other

    def divisible(self, other: Any) -> None:
        """Raises _Longer where t moves the remainder."""
        if isinstance(other, Polynomial):
            raise BeyondRangeError("a size would be the stride of a layer")
        common = gcd(other, *self.parts[1:])
        if common != other:
            raise LongerPeriodError(other // common)

    # -- comparisons: noted, then answered at t = 0 ----------------------------------------

    def sign(self, other: Any) -> int:
        """The sign of self - other now; it is noted until when it stays."""
        if other.__class__ is int:
            if other == MAX_INTEGER:
                return (
                    -1 if self.parts[0] <= other else 1
                )  # the bound of everything, and no size of a network
            parts: tuple[int, ...] = (self.parts[0] - other, *self.parts[1:])
        elif other is self:
            return 0
        else:
            difference = self - other
            if isinstance(difference, int):
                return (difference > 0) - (difference < 0)
            parts = difference.parts
        self.watch.until(_turn(parts))
        return (parts[0] > 0) - (parts[0] < 0)

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


def _parts(value: Any) -> tuple[int, ...]:
    return value.parts if isinstance(value, Polynomial) else (value,)


def _at(parts: tuple[int, ...], i: int) -> int:
    return parts[i] if i < len(parts) else 0


def _value(parts: tuple[int, ...], t: int) -> int:
    found = 0
    for part in reversed(parts):
        found = found * t + part
    return found


def _turn(parts: tuple[int, ...]) -> int | None:
    """The first t > 0 at which a polynomial has another sign than at 0; None where it never has."""
    now = (parts[0] > 0) - (parts[0] < 0)
    if len(parts) == 2:
        if now == 0:
            return 1
        return -(-abs(parts[0]) // abs(parts[1])) if (parts[1] > 0) != (now > 0) else None
    rises, falls = all(part >= 0 for part in parts[1:]), all(part <= 0 for part in parts[1:])
    if not (rises or falls):  # sizes grow with the input, so this is a difference of two products
        bound = 2 + max(abs(part) for part in parts[:-1]) // abs(parts[-1])
        for t in range(1, min(bound, SCAN) + 1):
            value = _value(parts, t)
            if (value > 0) - (value < 0) != now:
                return t
        if bound > SCAN:
            raise BeyondRangeError(
                f"two sizes would have to be compared at more than {SCAN:,} inputs"
            )
        return None
    if now == 0:
        return 1
    if rises == (now > 0):
        return None
    low, high = 0, 1
    while (_value(parts, high) > 0) - (_value(parts, high) < 0) == now:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        value = _value(parts, middle)
        if (value > 0) - (value < 0) == now:
            low = middle
        else:
            high = middle
    return high
