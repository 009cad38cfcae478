"""Distributions of one number as arrays, where nearly every number between two ends occurs.

The sums of such an array with a shifted one are those of two long integers, which Python adds at the
speed of C.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Literal

Code = Literal["I", "Q"]
CODES: dict[int, Code] = {32: "I", 64: "Q"}  # the array of each width of a count, in bits


class Dense:
    """How many beginnings, or ends, have each packed number from ``low`` on."""

    __slots__ = ("bits", "counts", "low")

    def __init__(self, low: int, counts: memoryview[int], bits: int) -> None:
        self.low = low
        self.counts = counts
        self.bits = bits

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def weight(self) -> int:
        """How many entries of a dictionary take as much memory."""
        return 1 + len(self.counts) * self.bits // 1024

    def get(self, key: int, default: int = 0) -> int:
        """Return how many have a number."""
        index = key - self.low
        return self.counts[index] if 0 <= index < len(self.counts) else default

    def items(self) -> Iterator[tuple[int, int]]:
        """Yield the numbers that occur, in ascending order, and how many have them."""
        for index, count in enumerate(self.counts):
            if count:
                yield self.low + index, count

    def packed(self, bits: int) -> int:
        """Return the counts as one integer with so many bits for each."""
        if bits != self.bits:
            return packed(self.items(), self.low, bits)
        return int.from_bytes(self.counts, "little")


def width_of(paths: int) -> int | None:
    """Return the bits of a count that is at most ``paths``; None where that is too many."""
    if sys.byteorder != "little":  # arrays and integers would have different orders
        return None
    return next((bits for bits in CODES if paths < 1 << bits), None)


def packed(counts: Iterable[tuple[int, int]], low: int, bits: int) -> int:
    """Return counts by number, from ``low`` on, as one integer with so many bits for each."""
    items = dict(counts)
    size = max(items, default=low) - low + 1
    array = memoryview(bytearray(size * bits // 8)).cast(CODES[bits])
    for key, count in items.items():
        array[key - low] = count
    return int.from_bytes(array, "little")


def unpacked(number: int, start: int, low: int, high: int, bits: int) -> Dense:
    """Return a part of the counts in one integer, whose first one is that of ``start``."""
    if low > start:
        number >>= (low - start) * bits
    else:
        low = start
    size = min(max(0, high - low + 1), -(-number.bit_length() // bits))
    number &= (1 << size * bits) - 1
    data = number.to_bytes(size * bits // 8, "little")
    return Dense(low, memoryview(data).cast(CODES[bits]), bits)
