"""Tables with a part missing: types cut off, no row for the input, prose after the last row."""

from __future__ import annotations

import json

import pytest

import cnnsize
from cnnsize.language.pastes.tables.readings import solved_numbers
from cnnsize.report.check import check
from tests.language.pastes.tables.printers import (
    KERAS,
    TORCH,
    keras_2,
    keras_3,
    rows_of,
    torchinfo,
    torchsummary,
)
from tests.language.pastes.tables.test_tables import Printer, message, numbers

CUT = """Layer (type)                 Output Shape              Param #
=================================================================
input_1 (InputLayer)         (None, 8, 8, 3)           0
_________________________________________________________________
block1_conv1 (C              (None, 8, 8, 4)           112
_________________________________________________________________
block1_pool (Max             (None, 4, 4, 4)           0
_________________________________________________________________
bn (B                        (None, 4, 4, 4)           16
_________________________________________________________________
flat (F                      (None, 64)                0
_________________________________________________________________
predictions (De              (None, 5)                 325
================================================================="""


def test_a_type_that_is_cut_off_follows_from_its_numbers() -> None:
    assert [kind for kind, _, _ in numbers(CUT)] == ["INPUT", "CONV", "POOL", "BN", "FLATTEN", "FC"]
    assert "cut off: G" in message(CUT.replace("flat (F   ", "gap (G    "))


STRIDED = """Layer (type)                 Output Shape              Param #
=================================================================
conv2d (Conv2D)              (None, 31, 31, 8)         224
_________________________________________________________________
dense (Dense)                (None, 2)                 15378
================================================================="""


@pytest.mark.parametrize(
    ("input", "stride"), [((64, 64, 3), 2), ((33, 33, 3), 1), ((94, 94, 3), 3)]
)
def test_the_input_that_is_given_decides(input: tuple[int, int, int], stride: int) -> None:
    table = STRIDED.replace("dense (Dense)  ", "flatten (Flatten)").replace(
        "(None, 2)    ", "(None, 7688) "
    )
    table = table.replace("15378", "0")
    (layers,) = [
        each["layers"] for each in json.loads(check(table, input=input).to_json())["architectures"]
    ]
    assert layers[1]["stride"] == [stride, stride]
    assert layers[1]["out"] == [31, 31, 8]


def test_prose_after_a_table_without_a_footer_is_not_read() -> None:
    assert numbers(CUT + "\nAs you can see, this is a small network.\n") == numbers(CUT)
    assert "not a row" in message(CUT + "\nbroken row here (None, 5)\n")


def test_a_table_of_markdown_without_bars_at_its_borders() -> None:
    table = (
        "Layer (type) | Output Shape | Param #\n---|---|---\ninput (InputLayer) | (None, 9, 9, 1) | 0\n"
        "conv2d (Conv2D) | (None, 7, 7, 2) | 20\nflatten (Flatten) | (None, 98) | 0\n"
    )
    assert [kind for kind, _, _ in numbers(table)] == ["INPUT", "CONV", "FLATTEN"]


def test_a_table_of_torchsummary_in_markdown() -> None:
    table = (
        "| Layer (type) | Output Shape | Param # |\n|---|:--|--:|\n"
        "| Conv2d-1 | [-1, 4, 7, 7] | 40 |\n| ReLU-2 | [-1, 4, 7, 7] | 0 |\n| Linear-3 | [-1, 2] | 394 |\n"
    )
    report = check(table, input=(9, 9, 1))
    assert json.loads(report.to_json())["architectures"][0]["params"] == 40 + 394


def test_classes_of_torch_in_a_table_like_that_of_keras() -> None:
    table = (
        "Layer (type)              Output Shape              Param #\n====\n"
        "features.0 (Conv2d)       [None, 6, 9, 9]           168\n____\n"
        "features.1 (ReLU)         [None, 6, 9, 9]           0\n____\n"
        "head (Linear)             [None, 2]                 974\n____\n"
    )
    report = check(table, input=(9, 9, 3))
    assert json.loads(report.to_json())["architectures"][0]["params"] == 168 + 974


@pytest.mark.parametrize("printer", [keras_2, keras_3, torchinfo, torchsummary])
def test_equal_rows_are_solved_once(printer: Printer) -> None:
    network = "INPUT[32x32x3] -> " + " -> ".join(["CONV3-8(P=1) -> RELU"] * 30)
    names = KERAS if printer in (keras_2, keras_3) else TORCH
    before = solved_numbers.cache_info().misses
    read_again = cnnsize.parse(printer(rows_of(network, names)))
    assert len(read_again.sized((32, 32, 3)).steps) == 61
    assert solved_numbers.cache_info().misses - before < 12
