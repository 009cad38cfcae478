"""The sums of beginnings, or ends, of members in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, compress
from operator import ne, sub
from typing import NamedTuple

from cnnsize.patterns.counting.dense import Dense

Counts = dict[int, int] | Dense  # how many beginnings, or ends, have these packed sums


class Sums(NamedTuple):
    """Packed sums in ascending order, and how many beginnings or ends have them."""

    keys: list[int]
    counts: list[int]

    @classmethod
    def of(cls, counts: Counts) -> Sums:
        """Return the sums of a node."""
        if isinstance(counts, Dense):
            keys = [counts.low + index for index, count in enumerate(counts.counts) if count]
            return cls(keys, [count for count in counts.counts if count])
        bits = max(counts.values(), default=0).bit_length()
        return cls.merged(with_counts(counts.items(), bits), bits)

    @classmethod
    def merged(cls, items: list[int], bits: int) -> Sums:
        """Return the sums of ``with_counts``, which may repeat; sorts ``items``."""
        items.sort()
        mask = (1 << bits) - 1
        keys, counts = [item >> bits for item in items], [item & mask for item in items]
        is_last = [*map(ne, keys, keys[1:]), True]  # of those that are equal
        if all(is_last):
            return cls(keys, counts)
        totals = [*compress(accumulate(counts), is_last)]
        return cls([*compress(keys, is_last)], [*map(sub, totals, [0, *totals])])


class Run(NamedTuple):
    """Beginnings with two sums, highest first, and how many have them. To all of them ``first`` and
    ``second`` are added, and each of them stands for ``times`` as many.
    """

    firsts: Sequence[int]
    seconds: Sequence[int]
    counts: Sequence[int]
    first: int = 0
    second: int = 0
    times: int = 1


def with_counts(sums: Iterable[tuple[int, int]], bits: int) -> list[int]:
    """Return sums and their counts in ascending order, each as one integer.

    Such integers are sorted faster than counts are looked up. ``bits`` are those of a count.
    """
    return sorted([key << bits | count for key, count in sums])
