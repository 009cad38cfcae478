"""Against measured and published truth: torch's verdicts, the notes, Dumoulin & Visin, Araujo et
al.

The tables in ``tests/data`` were measured with torch 2.13.0 on the CPU, or copied from the sources
named. Their pairs are H x W and their shapes N x C x H x W; the language says W x H x D.
"""

from __future__ import annotations

import csv
from fractions import Fraction

import pytest

import cnnsize
from cnnsize import ArchitectureError, Network
from tests.helpers import DATA

Row = dict[str, str]


def table(name: str) -> list[Row]:
    with open(DATA / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sized(text: str) -> Network:
    return cnnsize.parse(text).sized()


def accepted(text: str) -> Network | None:
    """The network, or None where it is refused."""
    try:
        network = sized(text)
    except ArchitectureError:
        return None
    if network.output is None:
        assert not network.valid, text
        assert network.diagnostics, f"{text}: refused without a diagnostic"
        return None
    return network


# -- torch's verdict on single layers ----------------------------------------


def flipped(pair: str) -> str:
    """H x W as W x H; one number, or a word, stays."""
    return "x".join(reversed(pair.split("x")))


def whole(scale: str) -> str:
    """2.0x3.0 as 2x3."""
    return "x".join(str(int(float(part))) for part in scale.split("x"))


def option(key: str, value: str) -> str:
    return f"{key}={value}" if value else ""


def flag(key: str, value: str) -> str:
    return {"": "", "0": f"{key}=no", "1": f"{key}=yes"}[value]


def layer_of(row: Row) -> str:
    """The layer of a row of torch_edge_cases.csv in our language."""
    op = row["op"]
    options: list[str]
    if op in ("Conv2d", "ConvTranspose2d"):
        options = [
            option("K", row["out_c"]),
            option("F", flipped(row["kernel"])),
            option("S", flipped(row["stride"])),
            option("P", flipped(row["padding"]) or "0"),
            option("D", flipped(row["dilation"])),
            option("G", row["groups"]),
            option("output_padding", flipped(row["output_padding"])),
            flag("bias", row["bias"]),
            option("in", row["in"]),
        ]
        kind = "CONV" if op == "Conv2d" else "TCONV"
    elif op in ("MaxPool2d", "AvgPool2d"):
        options = [
            option("F", flipped(row["kernel"])),
            option("S", flipped(row["stride"])),
            option("P", flipped(row["padding"])),
            option("D", flipped(row["dilation"])),
            flag("ceil", row["ceil_mode"]),
            flag("include_pad", row["count_include_pad"]),
        ]
        kind = "POOL" if op == "MaxPool2d" else "AVGPOOL"
    elif op in ("AdaptiveMaxPool2d", "AdaptiveAvgPool2d"):
        sides = row["output_size"].split("x")
        height, width = sides if len(sides) == 2 else sides * 2
        height = row["in_h"] if height == "None" else height
        width = row["in_w"] if width == "None" else width
        options = [f"to={width}x{height}"]
        kind = "POOL" if op == "AdaptiveMaxPool2d" else "AVGPOOL"
    elif op == "ZeroPad2d":
        sides = row["padding"].split("x")
        left, right, top, bottom = sides if len(sides) == 4 else sides * 4
        options = [f"left={left}", f"top={top}", f"right={right}", f"bottom={bottom}"]
        kind = "PAD"
    elif op == "PixelShuffle":
        options = [f"factor={row['factor']}"]
        kind = "PIXELSHUFFLE"
    else:
        assert op == "Upsample"
        options = [f"factor={flipped(whole(row['scale_factor']))}", option("mode", row["mode"])]
        kind = "UP"
    return f"{kind}({', '.join(filter(None, options))})"


EDGE_CASES = table("torch_edge_cases.csv")


@pytest.mark.parametrize("op", sorted({row["op"] for row in EDGE_CASES}))
def test_the_verdict_of_torch(op: str) -> None:
    differences = []
    for row in EDGE_CASES:
        if row["op"] != op:
            continue
        text = f"INPUT[{row['in_w']}x{row['in_h']}x{row['in_c']}] -> {layer_of(row)}"
        expected: tuple[tuple[int, ...], int] | None = None
        if row["cpu_status"] == "ok":
            _, depth, height, width = map(int, row["cpu_out_shape"].split("x"))
            if min(depth, height, width) > 0:
                expected = (width, height, depth), int(row["params"])
        network = accepted(text)
        result = None
        if network is not None:
            assert network.output is not None
            assert network.params is not None
            result = tuple(network.output), network.params
        if result != expected:
            differences.append(f"{row['id']}: {text}: torch {expected}, here {result}")
    assert not differences, "\n".join(differences)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("INPUT[7x7x2] -> FC-10(in=98)", True),
        ("INPUT[7x7x2] -> FC-10(in=2)", False),
        ("INPUT[7x7x2] -> FLATTEN -> FC-10(in=98)", True),
        ("INPUT[7x7x2] -> CONV3-4(in=2)", True),
        ("INPUT[7x7x2] -> CONV3-4(in=3)", False),
        ("INPUT[7x7x2] -> TCONV3-4(in=2)", True),
        ("INPUT[7x7x2] -> TCONV3-4(in=4)", False),
    ],
)
def test_a_claim_of_what_comes_in_is_checked(text: str, fits: bool) -> None:
    assert (accepted(text) is not None) == fits


# -- convolution arithmetic: Dumoulin & Visin, and the notes ----------------------------------------

ARITHMETIC = table("conv_arithmetic.csv")
ONLY_PADDING_IS_LOST = (
    "ca168"  # the notes call 5/3/3 with P=1 impossible; nothing of the input is lost
)


def pair(row: Row, letter: str) -> str:
    return f"{row[letter + '_w']}x{row[letter + '_h']}"


def line_of(row: Row) -> str | None:
    """A row of conv_arithmetic.csv in our language; None where it is no layer."""
    kind, filters = row["kind"], row["c_out"] or row["o_c"] or "1"
    start = f"INPUT[{row['i_w']}x{row['i_h']}x{row['c_in'] or 1}]"
    if kind == "volume":
        return start if row["i_w"] else None
    if kind == "relu":
        return f"{start} -> RELU"
    if kind == "fc":
        return f"{start} -> FC-{filters}"
    if kind == "conv-unspecified":
        return f"{start} -> CONV-{filters}"
    if kind == "neuron-weights":
        neuron = f"CONV-1(F={pair(row, 'k')}, P=0)" if row["k_w"] else "FC-1"
        return f"{start} -> {neuron}"
    if kind == "memory":
        return None
    window = f"F={pair(row, 'k')}, S={pair(row, 's')}, P={pair(row, 'p')}"
    if kind == "pool":
        return f"{start} -> POOL({window})"
    window += f", D={pair(row, 'd')}"
    if kind == "deconv":
        return f"{start} -> TCONV-{filters}({window}, output_padding={pair(row, 'a')})"
    if kind == "conv-asymmetric-pad":  # 3 more pixels on one axis, in whichever way
        return f"{start} -> PAD(left=1, top=1, right=2, bottom=2) -> CONV-{filters}({window})"
    assert kind == "conv", kind
    return f"{start} -> CONV-{filters}({window})"


@pytest.mark.parametrize("row", ARITHMETIC, ids=[row["id"] for row in ARITHMETIC])
def test_convolution_arithmetic(row: Row) -> None:
    text = line_of(row)
    if text is None:
        assert row["kind"] in ("memory", "volume")
        return
    network = sized(text)
    assert network.output is not None
    last = network.steps[-1]
    assert last.params is not None
    if row["o_w"]:
        assert network.output[:2] == (int(row["o_w"]), int(row["o_h"])), text
    if row["o_c"]:
        assert network.output[2:] == (int(row["o_c"]),)
    if row["torch_out"] and row["kind"] != "pool":
        depth, height, width = map(int, row["torch_out"].split("x"))
        assert network.output == (width, height, depth), text
    if row["params"] and row["kind"] != "neuron-weights":
        assert network.params == int(row["params"])
    if row["weights"]:
        biases = 0 if row["kind"] in ("pool", "volume") else network.output.D
        assert last.params - biases == int(row["weights"])
    if row["elems"]:
        assert last.activations == int(row["elems"])
    if row["exact_h"]:
        exact, S = Fraction(row["exact_h"]), int(row["s_h"])
        remainder = (exact - exact.__floor__()) * S
        assert last.remainder is not None
        assert [Fraction(r) for r in last.remainder] == [remainder] * 2
        loses = remainder > int(row["p_h"]) and 1 + int(row["d_h"]) * (int(row["k_h"]) - 1) >= S
        assert network.valid == (not loses)
    if row["valid"] == "0":
        assert network.valid == (row["id"] == ONLY_PADDING_IS_LOST), text


def test_the_rows_that_the_notes_call_impossible_are_there() -> None:
    impossible = {row["id"] for row in ARITHMETIC if row["valid"] == "0"}
    assert ONLY_PADDING_IS_LOST in impossible
    assert len(impossible) > 3


def test_a_transposed_convolution_undoes_the_size_of_its_convolution() -> None:
    """Relationship 14: with a = (i + 2p - k) mod s the size comes back."""
    for i in range(1, 15):
        for k, s, p in ((1, 1, 0), (3, 2, 1), (4, 3, 1), (5, 2, 2), (2, 2, 0), (5, 1, 4)):
            if i + 2 * p < k:
                continue
            there = sized(f"INPUT[{i}x{i}x1] -> CONV-1(F={k}, S={s}, P={p})").output
            assert there is not None
            a = (i + 2 * p - k) % s
            back = sized(
                f"INPUT[{there.W}x{there.H}x1] -> TCONV-1(F={k}, S={s}, P={p}, output_padding={a})"
            )
            assert back.output == (i, i, 1)


# -- the notes ----------------------------------------

VGG_D = (
    "INPUT[224x224x3] -> [CONV3-64 -> RELU]*2 -> POOL2 -> [CONV3-128 -> RELU]*2 -> POOL2 -> "
    "[CONV3-256 -> RELU]*3 -> POOL2 -> [[CONV3-512 -> RELU]*3 -> POOL2]*2 -> [FC-4096 -> RELU]*2 -> FC-1000"
)


def test_the_vgg_table_of_the_notes() -> None:
    rows = [row for row in ARITHMETIC if row["location"].startswith("VGGNet in detail, row")]
    network = sized(VGG_D)
    steps = [step for step in network.steps if step.kind != "RELU"]
    assert len(rows) == len(steps) == 22
    for row, step in zip(rows, steps, strict=True):
        assert step.params is not None
        assert step.output == (
            int(row["o_w"]),
            int(row["o_h"]),
            int(row["o_c"] or row["c_out"] or row["c_in"]),
        )
        assert step.activations == int(row["elems"]), row["location"]
        biases = step.output.D if step.kind in ("CONV", "FC") else 0
        assert step.params - biases == int(row["weights"] or 0), row["location"]
    assert (network.params, network.activations) == (138_357_544, 15_237_608)


def test_three_volumes_of_224x224x64_hold_nearly_ten_million_values() -> None:
    (row,) = (row for row in ARITHMETIC if row["kind"] == "memory")
    network = sized("INPUT[224x224x3] -> [CONV3-64 -> RELU]*3")
    assert network.activations == int(row["elems"]) + 224 * 224 * 3


@pytest.mark.parametrize(
    ("text", "shapes", "params"),
    [
        (
            "INPUT[32x32x3] -> CONV-12 -> RELU -> POOL -> FC-10",
            [(32, 32, 3), (32, 32, 12), (32, 32, 12), (16, 16, 12), (1, 1, 10)],
            3 * 3 * 3 * 12 + 12 + 16 * 16 * 12 * 10 + 10,
        ),
        ("INPUT -> FC", [(32, 32, 3), (1, 1, 10)], 3072 * 10 + 10),
        (
            "INPUT -> CONV -> RELU -> FC",
            [(32, 32, 3), (32, 32, 64), (32, 32, 64), (1, 1, 10)],
            1792 + 32 * 32 * 64 * 10 + 10,
        ),
        (
            "INPUT -> [CONV -> RELU -> POOL]*2 -> FC -> RELU -> FC",
            [
                (32, 32, 3),
                *[(32, 32, 64)] * 2,
                *[(16, 16, 64)] * 3,
                (8, 8, 64),
                (1, 1, 512),
                (1, 1, 512),
                (1, 1, 10),
            ],
            1792 + 36_928 + 4096 * 512 + 512 + 5130,
        ),
        (
            "INPUT -> [CONV -> RELU -> CONV -> RELU -> POOL]*3 -> [FC -> RELU]*2 -> FC",
            [
                (32, 32, 3),
                *[(32, 32, 64)] * 4,
                *[(16, 16, 64)] * 5,
                *[(8, 8, 64)] * 5,
                (4, 4, 64),
                *[(1, 1, 512)] * 4,
                (1, 1, 10),
            ],
            1792 + 5 * 36_928 + 1024 * 512 + 512 + 512 * 512 + 512 + 5130,
        ),
    ],
)
def test_the_example_architectures_of_the_notes(
    text: str, shapes: list[tuple[int, int, int]], params: int
) -> None:
    network = sized(text)
    assert [step.output for step in network.steps] == shapes
    assert network.params == params
    assert network.valid


def test_a_stack_of_three_small_filters_reads_as_much_as_one_large_one() -> None:
    """7x7 from C to C channels: 49 C^2 weights; three 3x3: 27 C^2, with the same field."""
    C = 16
    large = sized(f"INPUT[32x32x{C}] -> CONV7-{C}(bias=no)")
    small = sized(f"INPUT[32x32x{C}] -> [CONV3-{C}(bias=no) -> RELU]*3")
    assert (large.params, small.params) == (49 * C * C, 27 * C * C)
    assert large.receptive_field == small.receptive_field == (7, 7)
    assert [s.receptive_field for s in small.steps if s.kind == "CONV"] == [(3, 3), (5, 5), (7, 7)]
