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


def ordinal(n: int) -> str:
    """Return an ordinal number: first, ..., tenth, 11th."""
    return ORDINALS[n - 1] if n <= len(ORDINALS) else f"{n}th"


def article(size: str) -> str:
    """Return the article before a size: a 7x7 input, an 8x8 input."""
    return "an" if size.startswith(("8", "11x", "18x")) else "a"


def alternatives(words: Iterable[str]) -> str:
    """Return ``POOL, AVGPOOL or GMP``."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last
