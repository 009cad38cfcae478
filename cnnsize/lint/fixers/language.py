"""Fixes of rules about the notation."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsize.language import tree
from cnnsize.lint.fixers.request import FixRequest, Proposal


def channels_first_input(job: FixRequest) -> Iterator[Proposal]:
    """CNN007: the same numbers, W x H x D."""
    first = job.architecture.chain.items[0]
    if (
        isinstance(first.node, tree.LayerNode)
        and first.node.shape is not None
        and len(first.node.shape) == 3
    ):
        channels, height, width = first.node.shape
        yield from job.reshaped((width, height, channels))
