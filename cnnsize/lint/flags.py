"""Flags of one layer on one volume. They tell which checks can apply to a network at all."""

from __future__ import annotations

from cnnsize.layers.base import Layer
from cnnsize.layers.conv import Conv, TransposedConv
from cnnsize.layers.names import of_role
from cnnsize.layers.pool import Pool
from cnnsize.layers.volume import Volume
from cnnsize.lint.cache import MapKey, alike, map_key
from cnnsize.sizing.rows import Row
from cnnsize.sizing.strip import Strip

COLLAPSIBLE = 1  # collapses with a second such layer if no nonlinearity separates them
STRIDED_POOL = 2  # a pool with a stride larger than 1
HAS_STRIDE = 4  # any window with a stride larger than 1
SKIPS_CELLS = 8  # some cells between the windows are never read
IRREGULAR_SIZE = 16  # the output size is not the input size divided by the stride, rounded
DILATED = 32
FLAGGED_KINDS = frozenset(of_role("convolution", "dense", "pool"))
MAX_CACHED = 50_000  # layers on volumes


# Of a layer, with its number of input channels where it has groups. Shared between networks, and
# emptied when it is full.
_cache: dict[tuple[MapKey, int], tuple[Layer, int]] = {}


def layer_flags(row: Row) -> int:
    """Return the flags of a row; 0 where a volume is unknown."""
    layer, volume, output = row.layer, row.inputs[0], row.sizing.output
    if volume is None or output is None:
        return 0
    has_groups = isinstance(layer, (Conv, TransposedConv)) and layer.G > 1
    key = map_key(row, volume, output), volume.D if has_groups else 0
    cached = _cache.get(key)
    if cached is not None and alike(cached[0], layer):
        return cached[1]
    if len(_cache) >= MAX_CACHED:
        _cache.clear()
    flags = _flags(row, volume, output)
    _cache[key] = layer, flags
    return flags


def _flags(row: Row, volume: Volume, output: Volume) -> int:
    layer = row.layer
    flags = COLLAPSIBLE if is_collapsible(row) else 0
    adaptive = isinstance(layer, Pool) and layer.to is not None
    if adaptive or not isinstance(layer, (Conv, Pool)):
        return flags
    for window, side, out in zip(layer.windows, volume[:2], output[:2], strict=True):
        if window.S > 1:
            flags |= HAS_STRIDE | (STRIDED_POOL if isinstance(layer, Pool) else 0)
            if Strip(side, window).skipped_by_stride():
                flags |= SKIPS_CELLS
        if out not in (side // window.S, -(-side // window.S)):
            flags |= IRREGULAR_SIZE
        if window.D > 1 and window.F > 1:
            flags |= DILATED
    return flags


def is_collapsible(row: Row) -> bool:
    """Return whether this layer and a second one like it collapse into one linear layer.

    Depthwise and 1x1 convolutions do not count, nor do 3x1 and 1x3 on a feature map: such filters
    factorize a larger one on purpose.
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
    spans_axis = [F > 1 for F, size in zip(sides, volume[:2], strict=True) if size > 1]
    return any(F > 1 for F in sides) and all(spans_axis)
