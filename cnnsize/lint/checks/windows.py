"""Properties of layers with windows, convolutions and pools, that several checks use."""

from __future__ import annotations

from cnnsize.layers.conv import Conv
from cnnsize.layers.pool import Pool
from cnnsize.layers.volume import Window
from cnnsize.lint.context import Context
from cnnsize.lint.flags import HAS_STRIDE
from cnnsize.sizing.rows import Row

DOWNSAMPLING = frozenset({"GAP", "GMP", "FC", "FLATTEN"})  # kinds that shrink the map at once


def window_of(row: Row, axis: int) -> Window:
    """Return the window of a convolution or a pool along an axis."""
    assert isinstance(row.layer, (Conv, Pool))
    return row.layer.windows[axis]


def reads_single_cells(row: Row) -> bool:
    """Return whether each output position of a layer reads one input position."""
    return not isinstance(row.layer, (Conv, Pool)) or all(
        window.F == 1 for window in row.layer.windows
    )


def has_stride_one(context: Context, index: int) -> bool:
    """Return whether a layer is a convolution or a pool with stride 1."""
    row = context.rows[index]
    if row is None or not isinstance(row.layer, (Conv, Pool)):
        return False
    is_adaptive = isinstance(row.layer, Pool) and row.layer.to is not None
    return not is_adaptive and not context.flags[index] & HAS_STRIDE


def shrinks_map(context: Context, index: int) -> bool:
    """Return whether a layer has a stride, or turns the map into a single position."""
    layer = context.row(index).layer
    if isinstance(layer, Conv):
        return max(layer.S) > 1
    return bool(context.flags[index] & HAS_STRIDE) or layer.kind in DOWNSAMPLING


def leaves_remainder(row: Row, axis: int) -> bool:
    """Return whether the windows of a layer do not fit a whole number of times along an axis."""
    windows, volume = getattr(row.layer, "windows", None), row.inputs[0]
    if windows is None or volume is None:
        return False
    return bool(windows[axis].span(volume[axis]) % windows[axis].S)
