"""Raised while a condition is evaluated and a fact has no value."""

from __future__ import annotations


class UndefinedFactError(ArithmeticError):
    """A fact is not known here, or the arithmetic has no result: a condition does not hold, a
    message says ``?``.
    """
