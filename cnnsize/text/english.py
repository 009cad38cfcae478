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


def shortened(text: str, limit: int = 72) -> str:
    """Return a text on one line, and with ``...`` for what does not fit into ``limit`` characters."""
    line = " ".join(text[: 8 * limit].split())
    return line if len(line) <= limit else f"{line[: limit - 3].rstrip()}..."


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return ``1 error`` or ``2 errors``; ``plural`` is for nouns that do not just take an s."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"
