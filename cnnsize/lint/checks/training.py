"""Checks of what hurts training."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsize.lint.checks.hit import NOTHING, Hit
from cnnsize.lint.context import NO_BN, WEIGHERS, Context


def bias_before_norm(c: Context) -> Iterator[Hit]:
    """CNN601: BN takes away the mean, and with it any bias that was added before."""
    before, branches = c.graph.predecessors, c.graph.branches
    for norm in c.indices_of("BN"):
        befores = before[norm]
        if (
            len(befores) == 1
            and c.kinds[befores[0]] in WEIGHERS
            and branches[befores[0]] == branches[norm]
        ):
            index = befores[0]
            if getattr(c.row(index).layer, "bias", False):
                yield Hit(index, NOTHING, ((c.row(norm).item.span, "subtracts the mean"),))


def dropout_before_norm(c: Context) -> Iterator[Hit]:
    """CNN602: BN learns the variance of what dropout leaves, and meets another one when nothing is
    dropped.
    """
    found = [
        index
        for index in c.indices_of("DROPOUT", "DROPOUT2D")
        if (rate := getattr(c.row(index).layer, "rate", 0)) and rate > 0
    ]
    if not found or not c.indices_of("BN"):
        return
    for index in found:
        if not c.backward[index] & NO_BN:
            norm = next((one for one in c.indices_of("BN") if one > index), None)
            yield Hit(
                index,
                NOTHING,
                ((c.row(norm).item.span, "the first BN behind it"),) if norm is not None else (),
            )
