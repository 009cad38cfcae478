"""Fixes of rules about the notation."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsize.language.tree import LayerNode
from cnnsize.lint.fixers.request import FixRequest, Proposal


def channels_first_input(request: FixRequest) -> Iterator[Proposal]:
    """Propose the same numbers in the order W x H x D (CNN007)."""
    node = request.architecture.chain.items[0].node
    shape = node.shape if isinstance(node, LayerNode) else None
    if shape is not None and len(shape) == 3:
        channels, height, width = shape
        yield from request.reshape_input((width, height, channels))
