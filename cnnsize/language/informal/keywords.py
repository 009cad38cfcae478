"""Keyword arguments of framework calls that say nothing about sizes."""

from __future__ import annotations

# words that change a network: they are never passed over
TELLING = frozenset(
    [
        "STRIDE",
        "STRIDES",
        "STRIDED",
        "PADDING",
        "PADDED",
        "PAD",
        "KERNEL",
        "DILATION",
        "DILATED",
        "GROUPS",
        "GROUPED",
        "TIMES",
        "TWICE",
        "REPEAT",
        "REPEATED",
        "DEPTHWISE",
        "TRANSPOSED",
        "SEPARABLE",
        "GLOBAL",
        "AVERAGE",
        "AVG",
    ]
)
# options of other frameworks' layers that change no size
HARMLESS = frozenset(
    [
        "inplace",
        "eps",
        "momentum",
        "track_running_stats",
        "dim",
        "start_dim",
        "end_dim",
        "negative_slope",
        "alpha",
        "data_format",
        "kernel_initializer",
        "kernel_regularizer",
        "align_corners",
        "axis",
        "epsilon",
        "input_dim",
    ]
)
WORKED_OUT = r"\((?:[\w\s+*/-]|\([\w\s+*/-]*\))*\)"  # a size with letters in it
