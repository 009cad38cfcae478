"""The windows of convolutions and pools, as PyTorch takes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnsize.torch_code.site import Site


def of_windows(field: str) -> Callable[[Any], tuple[int, int]]:
    """Return a function that reads a field of a layer's windows, as (W, H)."""
    return lambda layer: (getattr(layer.windows[0], field), getattr(layer.windows[1], field))


def four_sides(layer: Any) -> tuple[int, int, int, int]:
    """Return the padding of a layer's windows at the left, right, top and bottom."""
    w, h = layer.windows
    return w.before, w.after, h.before, h.after


def uneven_padding(site: Site) -> str | None:
    """Return TensorFlow's P=same as (left, right, top, bottom); None where both sides are alike."""
    differ = any(
        left != right or top != bottom for left, right, top, bottom in site.at_each(four_sides)
    )
    return str(site.common(four_sides)) if differ else None
