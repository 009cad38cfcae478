"""Flags of a network that tell which rules can apply to it at all."""

from __future__ import annotations

from typing import Any

from cnnsize.layers.conv import Conv, TransposedConv
from cnnsize.layers.names import of_role
from cnnsize.layers.pool import Pool
from cnnsize.sizing.rows import Row

# Marks of one layer on one volume, worked out once.
STEM = 1  # a filter or FC that a second one, without a bend between, makes pointless
STRIDED = 2  # a pool with a stride
STEPS = 4  # any window with a stride
SKIPS = 8  # cells of every stride that no window reads
RAGGED = 16  # what comes out is not what comes in, divided by the stride and rounded
DILATED = 32
MARKED = frozenset(of_role("convolution", "dense", "pool"))
MARKS = 50_000  # of how many layers on volumes they are kept
_known: dict[
    int, tuple[Any, int, int]
] = {}  # what is kept, so that its identity stays its own; marks; parameters


def known(row: Row) -> tuple[Any, int, int]:
    """(key, marks, parameters) of a row whose volumes are known."""
    sizing = row.sizing
    found = _known.get(id(sizing))
    if found is None:
        if len(_known) > MARKS:
            _known.clear()
        volume = row.inputs[0]
        params = 0 if volume is None or sizing.output is None else sum(row.layer.weights(volume))
        found = _known[id(sizing)] = (sizing, _marks(row), params)
    return found


def _marks(row: Row) -> int:
    layer, volume, output = row.layer, row.inputs[0], row.sizing.output
    if volume is None or output is None:
        return 0
    marks = STEM if bends_not(row) else 0
    if (isinstance(layer, Pool) and layer.to is not None) or not isinstance(layer, (Conv, Pool)):
        return marks
    for window, side, out in zip(layer.windows, volume[:2], output[:2], strict=True):
        if window.S > 1:
            marks |= STEPS | (STRIDED if isinstance(layer, Pool) else 0)
            if window.skipped(side):
                marks |= SKIPS
        if out not in (side // window.S, -(-side // window.S)):
            marks |= RAGGED
        if window.D > 1 and window.F > 1:
            marks |= DILATED
    return marks


def bends_not(row: Row) -> bool:
    """Is this filter or FC one that a second one without a bend between makes pointless?

    Depthwise and 1x1 filters are factors of a larger one, and so are 3x1 and 1x3 on a map.
    """
    layer, volume = row.layer, row.inputs[0]
    if layer.kind == "FC":
        return True
    if volume is None or layer.kind == "DWCONV":
        return False
    if isinstance(layer, Conv):
        if layer.G > 1 and layer.G == volume.D:
            return False
        sides = [window.F for window in layer.windows]
    elif isinstance(layer, TransposedConv):
        sides = list(layer.F)
    else:
        return False
    wide = [F > 1 for F, size in zip(sides, volume[:2], strict=True) if size > 1]
    return any(F > 1 for F in sides) and all(wide)
