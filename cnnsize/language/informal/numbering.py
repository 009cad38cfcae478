"""Decide what the digits of a name mean: ``conv2`` is the second, ``conv3`` may be 3x3, ``conv32``
has 32 filters.
"""

from __future__ import annotations

from collections.abc import Sequence

# kinds whose digits are the filter size in canonical text
SIZED = frozenset({"CONV", "DWCONV", "TCONV", "POOL", "AVGPOOL"})
POOLED = frozenset({"POOL", "AVGPOOL"})
# kinds whose digits may be a number of filters
FILTERED = frozenset({"CONV", "TCONV"})
# kinds whose digits are always sizes in canonical text: PAD1 -> PAD2
ALWAYS_SIZED = frozenset({"UP", "PIXELSHUFFLE", "PAD"})
# kinds that people number first, and those that are then numbered with them
NUMBERED_FIRST = frozenset({"CONV", "FC"})
NUMBERED_ALONG = frozenset({"CONV", "POOL", "AVGPOOL", "FC"})
# options that no numbered layer has: POOL3(S=2) is not the third pooling layer
SIZE_OPTIONS = frozenset({"S", "P", "D"})
FEWEST_FILTERS = 12  # Conv32 has 32 filters; Conv7 has filters of 7x7
FEWEST_UNITS = 10  # FC1 (120) is the first of its kind; FC10 has 10 units
FEWEST_SKIPPED = 4  # conv1 -> conv2 -> pool5 is numbered; conv1 -> pool2 has a window of 2x2
MAX_NUMBER = 100  # of numbers that may skip some: conv1 -> conv2 -> pool5


def is_numbering(kind: str, numbers: Sequence[object]) -> bool:
    """Return whether the digits of all layers of a kind in canonical text number them: 1, 2, 3 ..."""
    return (
        len(numbers) > 1
        and kind not in ALWAYS_SIZED
        and list(numbers) == list(range(1, len(numbers) + 1))
    )


def is_ambiguous(kind: str, numbers: Sequence[int]) -> bool:
    """Return whether the digits of all layers of a kind in canonical text may be no filter sizes."""
    return is_numbering(kind, numbers) or may_be_filters(kind, numbers)


def may_be_filters(kind: str, numbers: Sequence[int]) -> bool:
    """Return whether the digits of a kind may be numbers of filters: CONV32 -> CONV64."""
    return kind in FILTERED and any(number >= FEWEST_FILTERS for number in numbers)


def is_informal_numbering(kind: str, numbers: Sequence[int]) -> bool:
    """Return whether digits in informal text number the layers of a kind: conv1, or conv3 -> conv4.

    No other layer of the kind is between two of them. A lone conv2 is the second, because
    filters of 2x2 are rare.
    """
    if len(numbers) == 1:
        is_lone_number = numbers[0] == 1 or (kind in FILTERED and numbers[0] == 2)
        return kind in SIZED and is_lone_number
    is_units = kind == "FC" and max(numbers) >= FEWEST_UNITS
    are_windows = kind in POOLED and 1 < numbers[0] < FEWEST_SKIPPED  # pool2 -> pool3
    return is_rising(numbers) and not is_units and not are_windows


def is_rising(numbers: Sequence[int]) -> bool:
    """Return whether each number is one more than the number before it."""
    return list(numbers) == list(range(numbers[0], numbers[0] + len(numbers)))


def is_numbering_along(kind: str, numbers: Sequence[int]) -> bool:
    """Return the same where convolutions are numbered: conv1 -> conv2 -> conv3 -> pool3 -> fc4."""
    rising = range(numbers[0], numbers[0] + len(numbers)) if kind == "FC" else sorted(set(numbers))
    return kind in NUMBERED_ALONG and max(numbers) < MAX_NUMBER and list(numbers) == list(rising)


def are_odd_sizes(numbers: Sequence[int]) -> bool:
    """Return whether digits can only be filter sizes: conv3 -> conv3, conv7 -> conv5 -> conv3."""
    repeats = len(set(numbers)) < len(numbers)
    return len(numbers) > 1 and (repeats or all(number % 2 for number in numbers))
