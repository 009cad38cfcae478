"""Every layer kind in text, as short as it can be."""

from __future__ import annotations

from cnnsize.layers.base import Layer

# How a kind is written with as little as it needs, on a volume of 8x8x16.
WRITTEN = {
    "INPUT": "INPUT[8x8x16]",
    "CONV": "CONV3-4",
    "DWCONV": "DWCONV3",
    "TCONV": "TCONV2-4",
    "FC": "FC-10",
    "GN": "GN(4)",
    "POOL": "POOL2",
    "AVGPOOL": "AVGPOOL2",
    "UNFLATTEN": "UNFLATTEN[4x4x64]",
    "UP": "UP2",
    "PIXELSHUFFLE": "PIXELSHUFFLE2",
    "PIXELUNSHUFFLE": "PIXELUNSHUFFLE2",
    "CHSHUFFLE": "CHSHUFFLE(4)",
    "PAD": "PAD1",
    "CROP": "CROP[4x4]",
    "SLICE": "SLICE(to=4)",
    "DROPOUT": "DROPOUT(0.3)",
    "DROPOUT2D": "DROPOUT2D(0.3)",
    "DROPPATH": "DROPPATH(0.3)",
}


def text_of(cls: type[Layer]) -> str:
    layer = WRITTEN.get(cls.kind, cls.kind)
    return layer if cls.kind == "INPUT" else f"INPUT[8x8x16] -> {layer}"
