"""Why a module fails on an input, in words of the network where they are known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import prod
from typing import Any

from cnnsize.models.axes import Axes, size_of
from cnnsize.text.english import counted

# Attributes of modules: what they count, and the axis that must have that size.
EXPECTED = {
    "in_channels": ("channel", 1),
    "num_features": ("channel", 1),
    "in_features": ("input value", -1),
}
RANKS = {"1d": "sequences (C, L)", "2d": "maps (C, H, W)", "3d": "volumes (C, D, H, W)"}
FORMS = {4: ("a map", "2d"), 2: ("a vector", "1d")}  # by axes: its name, and who may take it
# How torch says that code asks for the values of a tensor that has only a shape.
VALUES = r"item\(\) cannot be called on meta|Cannot copy out of meta|_local_scalar_dense"


def failure(module: Any, axes: Axes | None, error: BaseException) -> str:
    """Return why a module fails on an input with these axes; both are None where not known."""
    if re.search(VALUES, str(error)):
        return "uses the values of a tensor, as in `if x.mean() > 0`; a model is read with the sizes alone"
    reason = mismatch(module, axes) if axes is not None else ""
    return reason or f"raises {error_text(error)}"


def mismatch(module: Any, axes: Axes) -> str:
    """Return what a layer expects and what it receives; empty where these do not differ."""
    if not type(module).__module__.startswith("torch.nn."):
        return ""  # attributes of other modules may mean something else
    sizes = [size_of(axis) for axis in axes]
    given, taken = FORMS.get(len(sizes), ()), type(module).__name__[-2:].lower()
    if given and taken in RANKS and taken not in given:
        return f"takes {RANKS[taken]} but receives {given[0]} of {listed(sizes[1:])}"
    for name, (noun, place) in EXPECTED.items():
        expected = getattr(module, name, None)
        has_axis = len(sizes) in FORMS or place == -1
        if not isinstance(expected, int) or not has_axis or sizes[place] == expected:
            continue
        text = f"expects {counted(expected, noun)} but receives {sizes[place]:,}"
        is_map = len(sizes) == 4 and place == -1
        return f"{text}: its input of {listed(sizes[1:])} is not flattened" if is_map else text
    return ""


def listed(sizes: Sequence[int]) -> str:
    """Return the sides of a map or vector, as torch counts them, and the number of its values."""
    values = f"{prod(sizes):,} values"
    return f"{' x '.join(f'{size:,}' for size in sizes)} ({values})" if len(sizes) > 1 else values


def error_text(error: BaseException) -> str:
    """Return the type of an exception, and the first line of its message."""
    lines = str(error).strip().splitlines()
    name = type(error).__name__
    return f"{name}: {lines[0][:300]}" if lines else name
