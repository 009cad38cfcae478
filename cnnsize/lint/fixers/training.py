"""Fixes of rules about training."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsize.language import tree
from cnnsize.lint.fixers.request import FixRequest, Proposal
from cnnsize.text.diagnostic import Edit


def bias_before_norm(job: FixRequest) -> Iterator[Proposal]:
    yield from job.change("write bias=no", bias="no")


def softmax_on_one_unit(job: FixRequest) -> Iterator[Proposal]:
    if isinstance(job.item.node, tree.LayerNode):
        yield Proposal("use SIGMOID", (Edit(job.architecture.original(job.item.span), "SIGMOID"),))
