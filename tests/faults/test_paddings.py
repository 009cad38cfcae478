"""Where a declared number fits the other default of the paddings, the message says so."""

from __future__ import annotations

import pytest

import cnnsize

KEEPS = "INPUT[32x32x3] -> conv 5x5, 6 -> relu -> pool 2 -> conv 5x5, 16 -> relu -> pool 2 -> "
PADS = "INPUT[28x28x1] -> Conv2d(1, 4, 3) -> ReLU -> MaxPool2d(2, 2, 1) -> "


@pytest.mark.parametrize(
    ("text", "help"),
    [
        (KEEPS + "Linear(400, 10)", "P=0 in 2 convolutions fits 400 values: in PyTorch and Keras,"),
        (KEEPS + "FC-10(in=400)", "P=0 in 2 convolutions fits 400 values: in PyTorch and Keras,"),
        (PADS + "Linear(900, 10)", "padding that keeps the size in the convolution fits 900"),
        ("INPUT[9x9x1] -> CONV3-4: [7x7x4]", "P=0 in the convolution fits 7x7x4"),
        ("INPUT[9x9x1] -> [CONV3-4 -> RELU]*2 -> Flatten(100)", "P=0 in the convolution fits"),
    ],
)
def test_the_other_padding_fits(text: str, help: str) -> None:
    found = [each for each in cnnsize.check(text).diagnostics if each.code == "CNN108"]
    assert len(found) == 1
    assert found[0].help[0].startswith(help)


@pytest.mark.parametrize(
    "text",
    [
        KEEPS + "Linear(401, 10)",
        "INPUT[9x9x1] -> CONV3-4(P=1) -> FC-10(in=196)",
        "INPUT[9x9x1] -> CONV3-4(in=2, P=0)",
    ],
)
def test_no_other_padding_fits(text: str) -> None:
    found = [each for each in cnnsize.check(text).diagnostics if each.code == "CNN108"]
    assert len(found) == 1
    assert not any(" fits" in line for line in found[0].help)
