"""When the digits of ``conv1``, ``conv2`` count the layers, and when they are a filter size."""

from __future__ import annotations

from collections.abc import Sequence

SIZED = frozenset(
    {"CONV", "DWCONV", "TCONV", "POOL", "AVGPOOL"}
)  # a digit after the name is the filter size
FACTORS = frozenset({"UP", "PIXELSHUFFLE", "PAD"})  # always sizes in canonical text: PAD1 -> PAD2
NUMBERING = frozenset({"CONV", "FC"})  # what people number first, and the layers in ALONG with it
ALONG = frozenset({"CONV", "POOL", "AVGPOOL", "FC"})
LETTERED = frozenset(
    {"S", "P", "D"}
)  # options that no layer has whose digits count: POOL3(S=2) is no third pool
FEWEST_FILTERS = 12  # Conv32 has 32 filters; Conv7 has one of 7x7


def count_layers(kind: str, numbers: Sequence[object]) -> bool:
    """Do these digits, of all layers of a kind in canonical text, count the layers? They read 1, 2,
    3 ...
    """
    return (
        len(numbers) > 1
        and kind not in FACTORS
        and list(numbers) == list(range(1, len(numbers) + 1))
    )


def count_informally(kind: str, numbers: Sequence[int]) -> bool:
    """The same in informal text, where a lone conv1 counts too, and fc6 -> fc7."""
    first = numbers[0] if kind == "FC" else 1
    return (len(numbers) > 1 or kind in SIZED) and list(numbers) == list(
        range(first, first + len(numbers))
    )


def count_along(kind: str, numbers: Sequence[int]) -> bool:
    """The same where convolutions count: conv1 -> conv2 -> conv3 -> pool3 -> fc4."""
    rising = range(numbers[0], numbers[0] + len(numbers)) if kind == "FC" else sorted(set(numbers))
    return kind in ALONG and max(numbers) < 100 and list(numbers) == list(rising)
