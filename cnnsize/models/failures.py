"""Why a module fails on an input, in words of the network where they are known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import prod
from typing import Any

from cnnsize.models.axes import Axes, is_map, size_of
from cnnsize.text.english import counted

# Attributes of modules: what they count, and the axis that must have that size.
EXPECTED = {
    "in_channels": ("channel", 1),
    "num_features": ("channel", 1),
    "in_features": ("input value", -1),
}
OTHER_RANKS = {"1d": "sequences (C, L)", "3d": "volumes (C, D, H, W)"}
# How torch says that code asks for the values of a tensor that has only a shape.
VALUES = r"item\(\) cannot be called on meta|Cannot copy out of meta|_local_scalar_dense"


def failure(module: Any, axes: Axes | None, error: BaseException) -> str:
    """Return why a module, or none that is known, fails on an input with these axes."""
    if re.search(VALUES, str(error)):
        return "uses the values of a tensor, as in `if x.mean() > 0`; a model is read with the sizes alone"
    reason = mismatch(module, axes) if axes is not None else ""
    return reason or f"raises {error_text(error)}"


def mismatch(module: Any, axes: Axes) -> str:
    """Return what a layer expects and what it receives; empty where these do not differ."""
    kind = type(module).__name__
    if not type(module).__module__.startswith("torch.nn."):
        return ""  # attributes of other modules may mean something else
    if is_map(axes) and kind[-2:].lower() in OTHER_RANKS:
        return (
            f"takes {OTHER_RANKS[kind[-2:].lower()]}; the notation has maps (C, H, W) and vectors"
        )
    sizes = [size_of(axis) for axis in axes]
    for name, (noun, place) in EXPECTED.items():
        expected = getattr(module, name, None)
        if not isinstance(expected, int) or sizes[place] == expected:
            continue
        text = f"expects {counted(expected, noun)} but receives {sizes[place]:,}"
        is_flat = len(sizes) == 2 or place == 1
        return text if is_flat else f"{text}: its input of {listed(sizes[1:])} is not flattened"
    return ""


def listed(sizes: Sequence[int]) -> str:
    """Return the sides of a map or sequence, as torch counts them."""
    return f"{' x '.join(f'{size:,}' for size in sizes)} ({prod(sizes):,} values)"


def error_text(error: BaseException) -> str:
    """Return the type of an exception, and the first line of its message."""
    lines = str(error).strip().splitlines()
    name = type(error).__name__
    return f"{name}: {lines[0][:300]}" if lines else name
