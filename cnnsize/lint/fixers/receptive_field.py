"""Fixes of rules about the receptive field."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsize.language import tree
from cnnsize.layers.conv import Conv
from cnnsize.layers.names import OPTION_WORDS
from cnnsize.lint.fixers.request import FixRequest, Proposal
from cnnsize.lint.fixers.sizing import one_option


def dense(job: FixRequest) -> Iterator[Proposal]:
    """CNN503, CNN504: without dilation, padded as before where that kept the size."""
    node, layer = job.item.node, job.row.layer
    windows = getattr(layer, "windows", None)
    if not isinstance(node, tree.LayerNode) or windows is None:
        return
    padded = any(
        option.key is not None and OPTION_WORDS.get(option.key.lower()) == "P"
        for option in node.options
    )
    P = one_option(tuple((window.F - 1) // 2 for window in windows))
    yield from job.change(
        "use dilation 1",
        D=1,
        **({"P": P} if padded and isinstance(layer, Conv) and not layer.same else {}),
    )
