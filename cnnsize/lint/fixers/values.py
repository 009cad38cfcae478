"""Option values along both axes, as they are computed, written and named."""

from __future__ import annotations

from cnnsize.layers.volume import Window
from cnnsize.text.english import article

Pair = tuple[int, int]  # along width and height


def option_value(pair: Pair) -> int | Pair:
    """Return the value of an option: one number where the axes are equal."""
    return pair[0] if pair[0] == pair[1] else pair


def size_with_article(pair: Pair) -> str:
    """Return ``a 3x3`` or ``an 8x8``."""
    size = f"{pair[0]}x{pair[1]}"
    return f"{article(size)} {size}"


def keeping_padding(windows: tuple[Window, Window], F: Pair) -> Pair:
    """Return the padding with which filters of size F keep the size, if F is odd."""
    return windows[0].D * (F[0] - 1) // 2, windows[1].D * (F[1] - 1) // 2
