"""Fixes of rules about training."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsize.lint.fixers.request import FixRequest, Proposal
from cnnsize.text.diagnostic import Edit


def bias_before_norm(request: FixRequest) -> Iterator[Proposal]:
    """Propose to leave out the bias (CNN601)."""
    yield from request.change("set bias=no", bias="no")


def softmax_on_one_unit(request: FixRequest) -> Iterator[Proposal]:
    """Propose SIGMOID, which works for one score (CNN604)."""
    if request.node is not None:
        yield Proposal("use SIGMOID", (Edit(request.original(request.item), "SIGMOID"),))
