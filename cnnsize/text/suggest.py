"""Find the known words nearest to a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache


def squeeze(word: str) -> str:
    """Return a word as a table key: upper case without spaces, hyphens and underscores."""
    return word.upper().replace(" ", "").replace("-", "").replace("_", "")


def nearest(word: str, known: Iterable[str], limit: int = 3) -> list[str]:
    """Return the known words nearest to an unknown one, best first."""
    return list(_nearest(word, tuple(known), limit))


@lru_cache(maxsize=1024)
def _nearest(word: str, known: tuple[str, ...], limit: int) -> tuple[str, ...]:
    from difflib import get_close_matches  # late: only errors need it

    return tuple(get_close_matches(word, known, n=limit, cutoff=0.6))
