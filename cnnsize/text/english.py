"""Articles, ordinals and lists for messages."""

from __future__ import annotations

from collections.abc import Iterable

ORDINALS = (
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
)
SUFFIXES = {1: "st", 2: "nd", 3: "rd"}  # of the last digit, but for 11, 12 and 13


def ordinal(n: int) -> str:
    """Return an ordinal number: first, ..., tenth, 11th, ..., 21st."""
    if n <= len(ORDINALS):
        return ORDINALS[n - 1]
    is_teen = n % 100 in (11, 12, 13)
    return f"{n}{'th' if is_teen else SUFFIXES.get(n % 10, 'th')}"


def article(size: str) -> str:
    """Return the article before a size: a 7x7 input, an 8x8 input."""
    return "an" if size.startswith(("8", "11x", "18x")) else "a"


def alternatives(words: Iterable[str]) -> str:
    """Return ``POOL, AVGPOOL or GMP``."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last
