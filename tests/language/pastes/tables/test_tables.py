"""Tables that frameworks print are read as the networks that they claim."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnsize
from cnnsize.text.diagnostic import ArchitectureError
from tests.helpers import examples
from tests.language.pastes.tables.printers import (
    KERAS,
    KERAS_PRINTERS,
    TORCH,
    TORCH_PRINTERS,
    TableRow,
    keras_2,
    keras_3,
    rows_of,
    torchinfo,
    torchinfo_inputs,
    torchsummary,
)

Printer = Callable[[list[TableRow]], str]
NETWORKS = (
    "INPUT[32x32x3] -> CONV3-16(P=1) -> BN -> RELU -> POOL2 -> CONV3-32(P=0) -> RELU -> POOL2 -> "
    "FLATTEN -> FC-64 -> RELU -> DROPOUT -> FC-10 -> SOFTMAX",
    "INPUT[28x28x1] -> CONV5-6(P=0) -> RELU -> AVGPOOL2 -> CONV5-16(P=0) -> RELU -> AVGPOOL2 -> "
    "FLATTEN -> FC-120 -> FC-84 -> FC-10",
    "INPUT[64x48x3] -> CONV3-8(P=1, bias=no) -> BN -> LRELU -> DWCONV3(P=1, bias=no) -> BN -> "
    "CONV1-24(P=0, bias=no) -> POOL2 -> UP2 -> FLATTEN -> FC-2",
    "INPUT[9x9x4] -> PAD1 -> CONV3-5(P=0) -> TCONV2-3(S=2) -> FLATTEN -> FC-7",
)
NETWORK = NETWORKS[0]


def numbers(network: str) -> list[tuple[str, object, int]]:
    """Return kind, volume and parameters of every layer."""
    steps = cnnsize.parse(network).sized().steps
    return [(step.kind, step.output, step.params or 0) for step in steps]


def message(table: str) -> str:
    """Return the message of a table that cannot be read, after its place and code."""
    with pytest.raises(ArchitectureError) as raised:
        cnnsize.parse(table)
    return str(raised.value).split(": ", 2)[-1]


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("printer", KERAS_PRINTERS)
def test_a_keras_table_is_read_as_its_network(printer: Printer, network: str) -> None:
    table = printer(rows_of(network, KERAS))
    assert numbers(table) == numbers(network)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("printer", TORCH_PRINTERS)
def test_a_torch_table_is_read_as_its_network(printer: Printer, network: str) -> None:
    rows = rows_of(network, TORCH)
    if printer is not torchinfo_inputs:
        W, H, D = cnnsize.parse(network).sized().input
        rows = [TableRow("Input", (H, W, D), 0), *rows]
    assert numbers(printer(rows)) == numbers(network)


@pytest.mark.parametrize(
    ("text", "network"),
    [
        (  # the convolutions after it have no padding, so the first has none
            "INPUT[28x28x1] -> CONV3-32(P=0) -> POOL2 -> CONV3-64(P=0) -> POOL2 -> FLATTEN -> "
            "DROPOUT -> FC-10",
            34_826,
        ),
        ("INPUT[32x32x3] -> CONV3-32(P=1) -> CONV3-32(P=1) -> POOL2 -> FLATTEN -> FC-9", 83_881),
        ("INPUT[1x1x784] -> FC-64 -> RELU -> FC-10", 50_890),
    ],
)
@pytest.mark.parametrize("printer", KERAS_PRINTERS)
def test_the_input_follows_from_the_first_rows(printer: Printer, text: str, network: int) -> None:
    table = printer(rows_of(text, KERAS)[1:])
    assert numbers(table) == numbers(text)
    assert cnnsize.parse(table).sized().params == network


ALEXNET = (
    "INPUT[224x224x3] -> CONV11-64(S=4, P=2) -> RELU -> POOL3(S=2) -> CONV5-192(P=2) -> RELU -> "
    "POOL3(S=2) -> CONV3-384(P=1) -> RELU -> CONV3-256(P=1) -> RELU -> CONV3-256(P=1) -> RELU -> "
    "POOL3(S=2) -> FLATTEN -> DROPOUT -> FC-4096 -> RELU -> DROPOUT -> FC-4096 -> RELU -> FC-1000"
)


def test_the_size_of_the_input_in_megabytes_decides_the_first_stride() -> None:
    table = torchsummary(rows_of(ALEXNET, TORCH)) + "\nInput size (MB): 0.57\n"
    assert numbers(table) == numbers(ALEXNET)
    assert cnnsize.parse(table).sized().params == 61_100_840


def test_pools_of_odd_maps_are_those_that_read_all_of_them() -> None:
    """AlexNet's 3x3 pools read all of 55, 27 and 13; 2x2 pools would lose a row on each."""
    notes = cnnsize.parse(torchsummary(rows_of(ALEXNET, TORCH)) + "\nInput size (MB): 0.57").notes
    assert any("POOL3(S=2) was taken; POOL2 would give the same size" in note for note in notes)


def test_pools_of_odd_maps_are_2x2_where_no_convolution_strides() -> None:
    text = "INPUT[29x29x3] -> CONV3-8(P=0) -> POOL2 -> CONV3-16(P=0) -> POOL2 -> FLATTEN -> FC-9"
    rows = rows_of(text, KERAS)
    assert numbers(KERAS_PRINTERS[0](rows)) == numbers(text)
    notes = cnnsize.parse(KERAS_PRINTERS[0](rows)).notes
    assert any("POOL2 was taken; POOL3(S=2) would give the same size" in note for note in notes)


@st.composite
def keras_rows(draw: st.DrawFn) -> list[TableRow]:
    """Draw the rows of a Keras model, sized by the arithmetic of Keras."""
    H, W, D = draw(st.integers(20, 40)), draw(st.integers(20, 40)), draw(st.sampled_from((1, 3)))
    rows = [TableRow("InputLayer", (H, W, D), 0)]
    for _ in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(("Conv2D", "MaxPooling2D", "BatchNormalization", "Separable")))
        F, S = draw(st.sampled_from(((1, 1), (3, 1), (3, 2), (5, 1), (5, 2))))
        if kind == "MaxPooling2D":
            F, S = 2, 2
        if min(H, W) < F:
            break
        if kind == "BatchNormalization":
            rows.append(TableRow(kind, (H, W, D), 4 * D))
            continue
        same = draw(st.booleans())
        H, W = ((-(-side // S) if same else (side - F) // S + 1) for side in (H, W))
        if kind == "MaxPooling2D":
            rows.append(TableRow(kind, (H, W, D), 0))
            continue
        K, bias = draw(st.sampled_from((8, 12, 20))), draw(st.booleans())
        if kind == "Conv2D":
            rows.append(TableRow(kind, (H, W, K), F * F * D * K + bias * K))
        else:
            params = F * F * D + D * K + bias * K
            rows.append(TableRow("SeparableConv2D", (H, W, K), params))
        D = K
    return [*rows, TableRow("Flatten", (H * W * D,), 0)]


@given(rows=keras_rows(), printer=st.sampled_from((keras_2, keras_3)))
@examples(200)
def test_volumes_and_parameters_are_those_of_keras(rows: list[TableRow], printer: Printer) -> None:
    try:
        network = cnnsize.parse(printer(rows)).sized()
    except ArchitectureError as error:  # filters and pools with several readings are asked
        if " may be " not in error.diagnostic.message:
            raise
        return
    statistics = sum(row.params // 2 for row in rows if row.type == "BatchNormalization")
    assert network.params == sum(row.params for row in rows) - statistics
    volumes = [tuple(step.output) for step in network.steps if step.output is not None]
    for row in rows:
        H, W, D = row.shape if len(row.shape) == 3 else (1, 1, row.shape[0])
        assert (W, H, D) in volumes


@pytest.mark.parametrize("printer", [keras_3, torchsummary, torchinfo, torchinfo_inputs])
def test_no_number_of_a_table_can_be_wrong(printer: Printer) -> None:
    """A changed size or number of parameters is refused, or another network."""
    rows = rows_of(NETWORK, KERAS if printer is keras_3 else TORCH)
    if printer in (torchsummary, torchinfo):
        rows = [TableRow("Input", (32, 32, 3), 0), *rows]
    table = printer(rows)
    right = numbers(table)
    header = table.index("Param #")
    shown = re.compile(r"(?<=[ \[])\d+(?:,\d{3})*(?=[,\])\s]|$)")
    for match in shown.finditer(table, header):
        line = table[table.rfind("\n", 0, match.start()) + 1 : match.start()]
        is_batch = line.endswith("[")
        is_note = "rainable" in line or "mult-adds" in line or "size" in line
        if is_batch or is_note:
            continue
        changed = table[: match.start()] + match[0] + "1" + table[match.end() :]
        with suppress(ArchitectureError):
            assert numbers(changed) != right, changed


FUNCTIONAL = "INPUT[28x28x1] -> CONV5-10(P=0) -> POOL2 -> CONV5-20(P=0) -> POOL2 -> FLATTEN -> FC-50 -> FC-10"


@pytest.mark.parametrize("printer", TORCH_PRINTERS)
def test_the_rows_that_help_lines_name_complete_a_table(printer: Printer) -> None:
    """A table without the pools of forward() asks for them one by one."""
    rows = [row for row in rows_of(FUNCTIONAL, TORCH) if row.type not in ("MaxPool2d", "Flatten")]
    lines = printer(rows).split("\n")
    for _ in range(2):
        with pytest.raises(ArchitectureError) as raised:
            cnnsize.parse("\n".join(lines))
        row = re.split("its row: |before it: ", raised.value.diagnostic.help[0])[1]
        lines.insert(raised.value.diagnostic.location.line - 1, row)
    network = cnnsize.parse("\n".join(lines))
    kinds = [kind for kind, _, _ in numbers("\n".join(lines))]
    assert kinds == ["INPUT", "CONV", "POOL", "CONV", "POOL", "FC", "FC"]
    assert network.sized().params == cnnsize.parse(FUNCTIONAL).sized().params


def codes(table: str) -> set[str]:
    """Return the codes of all findings about a table."""
    return {finding.code for finding in cnnsize.check(table).diagnostics}


def test_activations_that_a_table_may_hide_are_not_missed() -> None:
    hidden = "INPUT[32x32x3] -> CONV3-8(P=1) -> CONV3-8(P=1) -> FLATTEN -> FC-10 -> SOFTMAX"
    shown = hidden.replace("FLATTEN", "RELU -> FLATTEN")
    assert "CNN302" in codes(hidden)
    assert "CNN302" not in codes(keras_3(rows_of(hidden, KERAS)))
    assert "CNN302" in codes(keras_3(rows_of(shown, KERAS)))


def test_what_a_table_does_not_give_is_noted() -> None:
    rows = rows_of(
        "INPUT[28x28x1] -> CONV3-8(P=0) -> RELU -> POOL2 -> CONV3-8(P=0) -> RELU -> FLATTEN -> "
        "DROPOUT -> FC-10",
        TORCH,
    )
    table = "epoch 3: loss 0.25\n" + torchsummary(rows).partition("Total")[0]
    assert cnnsize.parse(table).notes == (
        "the table has no input: 28x28x1 was taken from Conv2d-1",
        "the table does not give the windows of pools: POOL2 was taken; POOL3(S=2, P=1) would give "
        "the same size",
        "the table has no total, so its end may be missing",
        "the table does not give the rates of dropout: 0.5 was taken",
        "the table shows modules only: functions in forward(), such as F.relu, are not read",
        "1 line around the table is not read",
    )


def test_a_table_of_many_rows_is_refused_in_time() -> None:
    rows = "".join(f"re_lu_{number} (ReLU)  (None, 8, 8, 4)  0\n" for number in range(20_000))
    assert message(rows) == "the table has more than 2,000 rows"


REFUSED = [
    (
        "conv2d (Conv2D)  (None, 8, 8, 4)  40\nlambda (Lambda)  (None, 8, 8, 4)  0",
        "lambda (Lambda) is not a layer of this notation",
    ),
    (
        "lstm (LSTM)  (None, 50)  10800\ndense (Dense)  (None, 1)  51",
        "lstm (LSTM) is not a layer of this notation",
    ),
    (
        "input (InputLayer)  (None, 9, 9, 1)  0\nconv2d (Conv2D)  (None, 7, 7, 4)  41",
        "conv2d (Conv2D) cannot have 41 parameters: no filter from depth 1 to 4 has",
    ),
    (
        "input (InputLayer)  (None, 9, 9, 1)  0\nconv2d (Conv2D)  (None, 8, 8, 4)  40",
        "conv2d (Conv2D) has 40 parameters, as a 3x3 filter has, but none makes 8x8 of 9x9",
    ),
    (
        "input (InputLayer)  (None, 8, 8, 1)  0\nup (Conv2DTranspose)  (None, 8, 8, 16)  80",
        "up (Conv2DTranspose) has 80 parameters, as a 2x2 filter has, but none makes 8x8 of 8x8",
    ),
    (
        "input (InputLayer)  (None, 9, 9, 2)  0\nflatten (Flatten)  (None, 162)  0\n"
        "dense (Dense)  (None, 10)  1640",
        "dense (Dense) expects 163 input values but receives 162: 1,640 parameters, on 1x1x162",
    ),
    (
        "input (InputLayer)  (None, 11, 11, 2)  0\nmax_pooling2d (MaxPooling2D)  (None, 5, 5, 2)  0",
        "max_pooling2d (MaxPooling2D) may be POOL2 or POOL3(S=2): 11x11x2 to 5x5x2 with 0 "
        "parameters; write the network with the one that it is",
    ),
    (
        "input (InputLayer)  (None, 9, 9, 7)  0\nconv2d (Conv2D)  (None, 9, 9, 7)  154",
        "conv2d (Conv2D) may be CONV1x3-7(P=0x1) or CONV3x1-7(P=1x0): 9x9x7 to 9x9x7 with 154 "
        "parameters; write the network with the one that it is",
    ),
    (
        "conv2d (Conv2D)  (None, 26, 26, 4)  40\n...\ndense (Dense)  (None, 10)  27050",
        "the table leaves rows out here; paste the whole table",
    ),
    (
        "input (InputLayer)  (None, 9, 9, 1)  0\nconv2d (Conv2D)  (None, 7, 7, 4)  40\n"
        "Total params: 41",
        "the total is 41 parameters, but the rows have 40",
    ),
    (
        "input (InputLayer)  (None, None, None, 1)  0\nconv2d (Conv2D)  (None, None, None, 4)  40",
        "the table gives no sizes of input (InputLayer); print the table of a model with a fixed "
        "input size",
    ),
    (
        "input (InputLayer)  (None, 9, 9, 1)  0\nmodel (Functional)  (None, 4)  400",
        "model (Functional) is a model of its own, and the table does not show its layers; print "
        "the table with expand_nested=True",
    ),
    (
        "input (InputLayer)  (None, 9, 9, 1)  0\nadd (Add)  (None, 9, 9, 1)  0",
        "add (Add) joins branches, and the table does not say which; print a functional model, "
        'whose table has the column "Connected to"',
    ),
    (
        "Conv2d-1  [-1, 10, 24, 24]  260\nConv2d-2  [-1, 20, 8, 8]  5,020",
        "Conv2d-2 may be CONV5-20(S=3, P=1), or POOL2 -> CONV5-20(P=0): 24x24x10 to 8x8x20; if "
        "forward() calls a pool before it, add its row: MaxPool2d-0  [-1, 10, 12, 12]  0",
    ),
    (
        "input (InputLayer)  (None, 9, 9, 2)  0\nbn (BatchNormalization)  (None, 9, 9, 2)  6",
        "bn (BatchNormalization) has 3 parameters for each channel",
    ),
    (
        "  | Name | Type | Params\n-----------\n0 | conv | Conv2d | 9.4 K\n",
        "this is the table of PyTorch Lightning, which rounds its numbers of parameters; print the "
        "model with torchinfo, or paste print(model)",
    ),
    (
        "input (InputLayer)  (None, 9, 9, 2)  0\nconv2d (Conv2D)  (None, 9, 9, 9",
        "the shape (None, 9, 9, is cut off; print the table with a larger line_length, or complete "
        "the shape",
    ),
    (
        "Sequential  [1, 8, 9, 9]  --\n├─Conv2d: 1-1  [1, 8, 9, 9]  80\n"
        "├─ReLU: 1-2  [1, 8, 8, 8]  --",
        "the output of Sequential is not that of its last layer, ReLU: 1-2",
    ),
    (
        "Conv2d-1  [-1, 8, 28, 28]  80\nBasicBlock-2  [-1, 8, 28, 28]  0",
        "BasicBlock-2 is not a layer of this notation; if BasicBlock runs its layers one after "
        "the other, remove its row",
    ),
]


@pytest.mark.parametrize(("table", "expected"), REFUSED)
def test_what_cannot_be_read_is_refused_by_name(table: str, expected: str) -> None:
    assert message(table) == expected or message(table).startswith(expected + ";")


def test_a_first_filter_for_each_channel_is_not_taken_for_one_of_a_gray_image() -> None:
    rows = "Conv2d-1           [-1, 3, 32, 32]              27\nReLU-2           [-1, 3, 32, 32]               0\n"
    with pytest.raises(ArchitectureError, match="fits 32x32x1 or 32x32x3"):
        cnnsize.parse(rows)


def test_a_long_thin_filter_is_not_taken_for_one_of_each_channel() -> None:
    rows = "Input-0 [-1, 8, 32, 32] 0\nConv2d-1 [-1, 8, 32, 32] 584\nConv2d-2 [-1, 8, 32, 32] 200\n"
    with pytest.raises(ArchitectureError, match="CONV1x3-8"):
        cnnsize.parse(rows)
