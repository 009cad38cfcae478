"""Flags of one layer on one volume. They tell which checks can apply to a network at all."""

from __future__ import annotations

from cnnsize.layers.base import Layer
from cnnsize.layers.conv import Conv, TransposedConv
from cnnsize.layers.names import of_role
from cnnsize.layers.pool import Pool
from cnnsize.lint.cache import LayerKey, layer_key
from cnnsize.record import NamedTuple
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


class LayerFlags(NamedTuple):
    """The flags of one layer on one volume, and its number of parameters."""

    layer: Layer
    flags: int
    parameters: int


_cache: dict[LayerKey, LayerFlags] = {}  # shared between networks; emptied when it is full


def layer_flags(row: Row) -> LayerFlags:
    """Return the flags and the parameters of a row; both are 0 where a volume is unknown."""
    key = layer_key(row)
    cached = _cache.get(key)
    if cached is not None and (cached.layer is row.layer or cached.layer == row.layer):
        return cached
    if len(_cache) >= MAX_CACHED:
        _cache.clear()
    volume = row.inputs[0]
    sized = volume is not None and row.sizing.output is not None
    parameters = sum(row.layer.weights(volume)) if volume is not None and sized else 0
    result = _cache[key] = LayerFlags(row.layer, _flags(row), parameters)
    return result


def _flags(row: Row) -> int:
    layer, volume, output = row.layer, row.inputs[0], row.sizing.output
    if volume is None or output is None:
        return 0
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
