"""Decide when the digits of ``conv1``, ``conv2`` number the layers, and when they are a filter size."""

from __future__ import annotations

from collections.abc import Sequence

# kinds whose digits are the filter size in canonical text
SIZED = frozenset({"CONV", "DWCONV", "TCONV", "POOL", "AVGPOOL"})
# kinds whose digits are always sizes in canonical text: PAD1 -> PAD2
ALWAYS_SIZED = frozenset({"UP", "PIXELSHUFFLE", "PAD"})
# kinds that people number first, and those that are then numbered with them
NUMBERED_FIRST = frozenset({"CONV", "FC"})
NUMBERED_ALONG = frozenset({"CONV", "POOL", "AVGPOOL", "FC"})
# options that no numbered layer has: POOL3(S=2) is not the third pooling layer
SIZE_OPTIONS = frozenset({"S", "P", "D"})
FEWEST_FILTERS = 12  # Conv32 has 32 filters; Conv7 has filters of 7x7
MAX_NUMBER = 100  # of numbers that may skip some: conv1 -> conv2 -> pool5


def is_numbering(kind: str, numbers: Sequence[object]) -> bool:
    """Return whether the digits of all layers of a kind in canonical text number them: 1, 2, 3 ..."""
    return (
        len(numbers) > 1
        and kind not in ALWAYS_SIZED
        and list(numbers) == list(range(1, len(numbers) + 1))
    )


def is_informal_numbering(kind: str, numbers: Sequence[int]) -> bool:
    """Return the same for informal text, where a lone conv1 is numbered too, and fc6 -> fc7."""
    first = numbers[0] if kind == "FC" else 1
    return (len(numbers) > 1 or kind in SIZED) and list(numbers) == list(
        range(first, first + len(numbers))
    )


def is_numbering_along(kind: str, numbers: Sequence[int]) -> bool:
    """Return the same where convolutions are numbered: conv1 -> conv2 -> conv3 -> pool3 -> fc4."""
    rising = range(numbers[0], numbers[0] + len(numbers)) if kind == "FC" else sorted(set(numbers))
    return kind in NUMBERED_ALONG and max(numbers) < MAX_NUMBER and list(numbers) == list(rising)
