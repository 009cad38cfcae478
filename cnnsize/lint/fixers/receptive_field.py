"""Fixes of rules about the receptive field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cnnsize.layers.conv import Conv
from cnnsize.layers.names import OPTION_WORDS
from cnnsize.lint.fixers.request import FixRequest, Proposal
from cnnsize.lint.fixers.values import option_value


def without_dilation(request: FixRequest) -> Iterator[Proposal]:
    """Propose dilation 1, and the padding that keeps the size if one is written (CNN503, CNN504)."""
    node, layer = request.node, request.layer
    windows = getattr(layer, "windows", None)
    if node is None or windows is None:
        return
    has_padding = any(
        option.key is not None and OPTION_WORDS.get(option.key.lower()) == "P"
        for option in node.options
    )
    options: dict[str, Any] = {"D": 1}
    has_fixed_padding = isinstance(layer, Conv) and not layer.same  # P=same adapts by itself
    if has_padding and has_fixed_padding:
        options["P"] = option_value(((windows[0].F - 1) // 2, (windows[1].F - 1) // 2))
    yield from request.change("use dilation 1", **options)
