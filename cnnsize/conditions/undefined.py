"""The error of a condition that has no value for the facts at hand."""

from __future__ import annotations


class UndefinedFactError(ArithmeticError):
    """A fact is unknown here, or the arithmetic has no result.

    A condition is then false, and a message prints ``?``.
    """
