"""One iteration of a repetition while matching."""

from __future__ import annotations

from typing import NamedTuple

from cnnsize.patterns.matching.wants import Want


class Pass(NamedTuple):
    """One pass of an item in which no choice is left and no join stands: it is as long wherever it
    begins.
    """

    width: int
    want: Want | None  # of one layer
    parts: list[tuple[Pass, int]]  # of a group: what follows one another, and how often
    runs: dict[tuple[int, int], int]  # how many passes fit from a place on
