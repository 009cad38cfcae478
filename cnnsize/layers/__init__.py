"""The layer kinds: one class for each, and the table of all of them."""

from __future__ import annotations

from cnnsize.layers.base import Layer
from cnnsize.layers.conv import Conv, DepthwiseConv, TransposedConv
from cnnsize.layers.dense import FullyConnected
from cnnsize.layers.ends import Input, Loss, Output
from cnnsize.layers.joins import Add, Cat, Joined, Mul
from cnnsize.layers.pointwise import (
    ACTIVATION_KINDS,
    BatchNorm,
    Dropout,
    Dropout2d,
    DropPath,
    GroupNorm,
    Identity,
    InstanceNorm,
    LayerNorm,
    LocalResponseNorm,
    Scale,
)
from cnnsize.layers.pool import AvgPool, GlobalMaxPool, GlobalPool, Pool
from cnnsize.layers.reshape import (
    ChannelShuffle,
    Crop,
    Flatten,
    Pad,
    PixelShuffle,
    PixelUnshuffle,
    Slice,
    Unflatten,
    Up,
)

_ALL: tuple[type[Layer], ...] = (
    Input,
    Conv,
    DepthwiseConv,
    TransposedConv,
    Pool,
    AvgPool,
    GlobalPool,
    GlobalMaxPool,
    FullyConnected,
    *ACTIVATION_KINDS.values(),
    BatchNorm,
    GroupNorm,
    LayerNorm,
    InstanceNorm,
    LocalResponseNorm,
    Scale,
    Dropout,
    Dropout2d,
    DropPath,
    Identity,
    Flatten,
    Unflatten,
    Up,
    PixelShuffle,
    PixelUnshuffle,
    ChannelShuffle,
    Pad,
    Crop,
    Slice,
    Output,
    Loss,
)
KINDS: dict[str, type[Layer]] = {cls.kind: cls for cls in _ALL}
JOINS: dict[str, Joined] = {"ADD": Add(), "CAT": Cat(), "MUL": Mul()}
__all__ = ["JOINS", "KINDS", "Layer"]
