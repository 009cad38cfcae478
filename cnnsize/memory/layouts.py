"""How PyTorch lays out the output of each layer kind in memory."""

from __future__ import annotations

from cnnsize.layers.base import Layer
from cnnsize.layers.conv import Conv, TransposedConv
from cnnsize.layers.pointwise import Dropout, Scale
from cnnsize.layers.pool import Pool
from cnnsize.torch_code.strides import (
    Numbers,
    Strided,
    as_suggested,
    convolved,
    copied,
    elementwise,
    is_packed,
    packed,
    suggests_channels_last,
)

# Kinds by how their kernel allocates its output: in the memory format that the input suggests,
SUGGESTED_FORMAT = frozenset(
    {"POOL", "AVGPOOL", "GAP", "GMP", "UP", "PIXELSHUFFLE", "PIXELUNSHUFFLE", "CHSHUFFLE", "GN"}
)
# contiguous whatever the input,
CONTIGUOUS = frozenset({"IN", "SOFTMAX", "LOGSOFTMAX", "FC"})
# or with empty_like(input).
EMPTY_LIKE = frozenset({"RELU6", "PRELU"})
SCALAR = packed(())


def output_layout(layer: Layer, x: Strided, shape: Numbers) -> Strided:
    """Return the output of a layer for the input ``x``; ``shape`` is that of the output."""
    kind = layer.kind
    if isinstance(layer, Conv):
        return _conv_layout(layer, x, shape)
    if isinstance(layer, TransposedConv):
        return convolved(x, (x.shape[1], shape[1] // layer.G, layer.F[1], layer.F[0]), shape)
    if kind in SUGGESTED_FORMAT or (kind == "PAD" and shape != x.shape):
        return as_suggested(x, shape)
    if kind in CONTIGUOUS:
        return packed(shape)
    if kind == "LN":  # of a map, LayerNorm2d moves the channels to the end and back
        return packed(shape, channels_last=len(shape) == 4)
    if kind == "BN":
        is_last = is_packed(x, channels_last=True) or suggests_channels_last(x)
        return packed(shape, channels_last=is_last and not is_packed(x))
    if kind in EMPTY_LIKE or kind == "PAD":
        return copied(x)
    if kind == "LRN":
        return elementwise(x, packed(shape))
    if isinstance(layer, Scale):
        factors = packed((1 if layer.per_layer else shape[1], 1, 1))
        scaled = elementwise(x, factors)
        return elementwise(scaled, factors) if layer.bias else scaled
    if isinstance(layer, Dropout):
        return _dropout_layout(layer, x, shape)
    return elementwise(x)


def _conv_layout(layer: Conv, x: Strided, shape: Numbers) -> Strided:
    """Return the output of a convolution, whose input may be padded in a copy first."""
    sides = copied_padding(layer)
    if sides != (0, 0):
        x = as_suggested(x, (*x.shape[:2], x.shape[2] + sides[1], x.shape[3] + sides[0]))
    w, h = layer.windows
    channels = x.shape[1]
    return convolved(x, (shape[1], channels // layer.groups(channels), h.F, w.F), shape)


def _dropout_layout(layer: Dropout, x: Strided, shape: Numbers) -> Strided:
    """Return the output of a dropout: the product of its input and its mask."""
    if layer.kind == "DROPPATH":
        return elementwise(x, packed((shape[0], *(1 for _ in shape[1:]))))
    if layer.rate == 1:
        return elementwise(x, SCALAR)
    if layer.kind == "DROPOUT2D" and len(shape) == 4:
        return elementwise(x, packed((*shape[:2], 1, 1)))
    return elementwise(x)


def copied_padding(layer: Conv | Pool) -> tuple[int, int]:
    """Return how many columns and rows are padded in a copy before the convolution or the pool.

    The kernel itself pads both sides alike, which gives (0, 0). For ``padding="same"`` PyTorch
    copies only what one side has more than the other; TensorFlow's padding is emitted as a
    module of its own, which copies everything.
    """
    if all(window.before == window.after for window in layer.windows):
        return 0, 0
    w, h = (
        window.after - window.before if layer.same else window.before + window.after
        for window in layer.windows
    )
    return w, h
