"""Checks of what hurts training."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsize.lint.checks.hit import NO_FACTS, Hit, related_to
from cnnsize.lint.context import WITH_WEIGHTS, Context
from cnnsize.lint.path_flags import NO_BN_FOLLOWS


def bias_before_norm(context: Context) -> Iterator[Hit]:
    """Find biases right before BN, which subtracts the mean and with it every bias (CNN601)."""
    branches = context.graph.branch_numbers
    for norm in context.indices_of("BN"):
        predecessors = context.graph.predecessors[norm]
        if len(predecessors) != 1:
            continue
        index = predecessors[0]
        if context.kinds[index] not in WITH_WEIGHTS or branches[index] != branches[norm]:
            continue
        if getattr(context.row(index).layer, "bias", False):
            yield Hit(index, NO_FACTS, related_to(context, norm, "subtracts the mean"))


def dropout_before_norm(context: Context) -> Iterator[Hit]:
    """Find dropout before BN, whose variance differs when nothing is dropped (CNN602)."""
    norms = context.indices_of("BN")
    if not norms:
        return
    for index in context.indices_of("DROPOUT", "DROPOUT2D"):
        rate = getattr(context.row(index).layer, "rate", 0)
        if not rate or context.backward[index] & NO_BN_FOLLOWS:
            continue
        following = next((norm for norm in norms if norm > index), None)
        related = (
            () if following is None else related_to(context, following, "the first BN after it")
        )
        yield Hit(index, NO_FACTS, related)
