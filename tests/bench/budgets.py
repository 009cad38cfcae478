"""Members counted under two budgets, beside a numpy loop over all of them with the formulas by hand."""

from __future__ import annotations

from importlib.util import find_spec
from time import perf_counter
from typing import NamedTuple

import cnnsize

WIDTHS = range(16, 257, 8)
TEXT = (
    "INPUT[32x32x3] -> CONV3-a -> RELU -> POOL2 -> CONV3-b -> RELU -> CONV3-c -> RELU -> POOL2 -> "
    "CONV3-d -> GAP -> FC-10 where " + ", ".join(f"{letter} in 16..256 step 8" for letter in "abcd")
)
LARGE = (  # 4^20
    "INPUT[32x32x3] -> "
    + " -> ".join(f"CONV(F=k{n}, K=w{n}) -> RELU{' -> POOL2' * (n in (2, 5))}" for n in range(10))
    + " -> GAP -> FC-10 where "
    + ", ".join(f"k{n} in {{1, 3, 5, 7}}, w{n} in {{16, 32, 64, 128}}" for n in range(10))
)
BUDGETS = {TEXT: (600_000, 40_000_000), LARGE: (5_000_000, 600_000_000)}


class Counted(NamedTuple):
    members: int
    satisfying: int
    seconds: float


def by_arithmetic(text: str) -> Counted:
    """Count the members of a text that keep its budgets as cnnsize does."""
    params, macs = BUDGETS[text]
    begin = perf_counter()
    family = cnnsize.parse(text).family()
    satisfying = family.count(f"params <= {params} and macs <= {macs}")
    return Counted(family.count, satisfying, perf_counter() - begin)


def by_numpy() -> Counted | None:
    """Count those of the small text one by one; None without numpy."""
    if find_spec("numpy") is None:
        return None
    import numpy as np

    most_params, most_macs = BUDGETS[TEXT]
    begin = perf_counter()
    widths = np.array(WIDTHS, dtype=np.int64)
    c, d = np.meshgrid(widths, widths, indexing="ij")
    satisfying = 0
    for a in WIDTHS:
        for b in WIDTHS:
            params = 28 * a + (9 * a + 1) * b + (9 * b + 1) * c + (9 * c + 1) * d + 10 * d + 10
            macs = 1024 * 27 * a + 256 * 9 * (a * b + b * c) + 64 * 9 * c * d + 10 * d
            satisfying += int(((params <= most_params) & (macs <= most_macs)).sum())
    return Counted(len(WIDTHS) ** 4, satisfying, perf_counter() - begin)
