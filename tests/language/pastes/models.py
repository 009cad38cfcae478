"""Random PyTorch models, as modules and as the code that builds them."""

from __future__ import annotations

from typing import NamedTuple

import torch
from hypothesis import strategies as st
from torch import nn

CHANNELS = st.integers(1, 12)
SIDE = st.integers(12, 28)


class Model(NamedTuple):
    """A model, the code that builds it, and an input that it accepts."""

    module: nn.Sequential
    code: str
    input: tuple[int, int, int]  # W, H, D


def convolution(draw: st.DrawFn, depth: int) -> tuple[str, int]:
    """Draw a convolution in one of the ways in which people write its arguments."""
    filters, f, s, p = (
        draw(CHANNELS),
        draw(st.integers(1, 4)),
        draw(st.integers(1, 2)),
        draw(st.integers(0, 1)),
    )
    form = draw(st.integers(0, 4))
    if form == 0:
        return f"nn.Conv2d({depth}, {filters}, {f})", filters
    if form == 1:
        return f"nn.Conv2d({depth}, {filters}, {f}, {s}, {p})", filters
    if form == 2:
        return (
            f"nn.Conv2d({depth}, {filters}, kernel_size=({f}, {f + 1}), stride={s}, padding=({p}, 0), bias=False)",
            filters,
        )
    if form == 3:
        return (
            f"nn.Conv2d(in_channels={depth}, out_channels={filters}, kernel_size={f}, dilation=2, padding={p})",
            filters,
        )
    return f"nn.ConvTranspose2d({depth}, {filters}, {f}, stride={s})", filters


PLAIN = (
    "nn.ReLU()",
    "nn.ReLU(inplace=True)",
    "nn.LeakyReLU(0.2)",
    "nn.GELU()",
    "nn.Sigmoid()",
    "nn.Dropout2d(0.1)",
    "nn.Dropout(p=0.5)",
    "nn.MaxPool2d(2)",
    "nn.MaxPool2d(3, stride=2, padding=1)",
    "nn.MaxPool2d(kernel_size=(2, 1))",
    "nn.AvgPool2d(2)",  # its print does not say whether sizes are rounded up
    "nn.MaxPool2d(3, ceil_mode=True)",
    "nn.ZeroPad2d((1, 0, 2, 1))",
    "nn.Upsample(scale_factor=2)",
)


def layer(draw: st.DrawFn, depth: int) -> tuple[str, int]:
    """Draw one layer on maps of a depth; return its code, and the depth that it puts out."""
    sort = draw(st.integers(0, 5))
    if sort < 2:
        return convolution(draw, depth)
    if sort == 2:
        return f"nn.BatchNorm2d({depth})", depth
    return draw(st.sampled_from(PLAIN)), depth


@st.composite
def models(draw: st.DrawFn) -> Model:
    """Draw a model of a few groups of layers and a classifier, that runs on its input."""
    depth = first = draw(st.integers(1, 3))
    width, height = draw(SIDE), draw(SIDE)
    groups: list[list[str]] = []
    for _ in range(draw(st.integers(1, 3))):
        group: list[str] = []
        for _ in range(draw(st.integers(1, 4))):
            text, depth = layer(draw, depth)
            group.append(text)
        groups.append(group)
    maps = nn.Sequential(*[eval(text) for group in groups for text in group])
    try:
        shape = maps.eval()(torch.zeros(1, first, height, width)).shape
    except RuntimeError:  # a map became too small
        groups, shape = [["nn.ReLU()"]], torch.Size((1, first, height, width))
    values = shape[1] * shape[2] * shape[3]
    hidden = draw(st.integers(1, 30))
    groups.append(["nn.Flatten()", f"nn.Linear({values}, {hidden})", "nn.ReLU()"])
    groups.append(
        [f"nn.Linear(in_features={hidden}, out_features=10, bias=False)", "nn.Softmax(dim=1)"]
    )
    nested = draw(st.booleans())
    lines = [
        f"    nn.Sequential({', '.join(group)}),"
        if nested
        else "\n".join(f"    {text}," for text in group)
        for group in groups
    ]
    code = "nn.Sequential(\n" + "\n".join(lines) + "\n)"
    return Model(eval(code), code, (width, height, first))
