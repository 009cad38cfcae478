"""Findings propose inputs with which the whole network fits."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnsize
from tests.helpers import examples

ENCODER = "[CONV3-8(S=2, P=1) -> RELU]*3"
SKIP = "CAT{ID | CONV3-8(S=2, P=1) -> RELU -> TCONV2-8(S=2)}"
BACKBONE = "CONV11-8(S=4, P=0) -> RELU -> POOL3(S=2, ceil=yes) -> CONV3-8 -> POOL3(S=2, ceil=yes)"
CASES = {
    f"INPUT[120x120x3] -> {ENCODER} -> {SKIP} -> CONV1-1": ["fits: input 112 or 121"],
    "INPUT[31x31x3] -> ADD{ID | POOL2(ceil=yes) -> UP2} -> RELU": ["fits: input 30 or 32"],
    "INPUT[31x31x3] -> MUL{ID | CONV3-3(S=2, P=1) -> UP2} -> RELU": ["fits: input 30 or 32"],
    # inputs of which only one side has to change
    "INPUT[64x21x3] -> CONV3-8 -> POOL2 -> CONV3-8 -> POOL2": ["fits: input 64x20 or 64x24"],
    "INPUT[50x37x3] -> CONV3-8 -> POOL2 -> CONV3-8 -> POOL2": ["fits: input 48x36 or 52x40"],
    # windows that differ along W and H have no square input that fits
    "INPUT[7x9x3] -> CONV7x9-8(P=0) -> RELU -> FC-4(in=8) -> ADD{ID | FC-5}": [],
    f"INPUT[100x100x3] -> {BACKBONE} -> FC-64(in=72)": [
        "72 values come in for W from 55 to 70",
        "fits: input 67",
    ],
    "INPUT[32x32x3] -> CONV3-8 -> RELU: [28x28x8] -> POOL2": ["fits: input 28"],
    "INPUT[9x9x3] -> PIXELUNSHUFFLE2 -> RELU": ["fits: input 8 or 10"],
    "INPUT[32x32x3] -> CONV3-8(G=2) -> POOL2": [],  # no input helps
    "INPUT[20x20x3] -> MUL{ID | POOL3(S=3, P=1) -> UP2} -> RELU": [],  # none but 1x1 and 4x4
}


def helps(report: cnnsize.Report) -> list[list[str]]:
    """Return the lines about inputs of each finding."""
    return [
        [line for line in diagnostic.help if "input " in line or "come in" in line]
        for diagnostic in report.diagnostics
        if diagnostic.severity == "error"
    ]


@pytest.mark.parametrize("text", CASES)
def test_every_finding_ends_with_the_inputs_that_fit_the_network(text: str) -> None:
    found = helps(cnnsize.check(text))
    assert found
    for lines in found:
        expected = CASES[text]
        assert lines == (expected if len(lines) > 1 else expected[-1:])


def test_an_input_of_the_caller_is_proposed_as_the_flag() -> None:
    text = "INPUT[32x32x3] -> CONV3-8 -> POOL2 -> CONV3-8 -> POOL2"
    report = cnnsize.check(text, input=(50, 37, 3))
    lines = {line for each in helps(report) for line in each}
    assert lines == {"fits: --input 48x36x3 or --input 52x40x3"}
    assert not any("input" in fix.message for d in report.diagnostics for fix in d.fixes)
    fragment = cnnsize.check("CONV3-8 -> POOL2", input=(9, 9, 3))
    assert helps(fragment) == [["fits: --input 8x8x3 or --input 10x10x3"]]


@pytest.mark.parametrize("text", CASES)
def test_the_library_proposes_the_same_inputs(text: str) -> None:
    diagnostics = cnnsize.parse(text).sized().diagnostics
    lines = [[line for line in each.help if line in CASES[text]] for each in diagnostics]
    assert lines
    assert all(CASES[text][-1:] == each[-1:] for each in lines)


def test_with_rounding_floor_only_exact_inputs_avoid_the_warning() -> None:
    settings = cnnsize.Settings(rounding="floor")
    (diagnostic, *_) = cnnsize.check(
        "INPUT[33x33x3] -> POOL2 -> FC-9", settings=settings
    ).diagnostics
    assert diagnostic.severity == "warning"
    assert diagnostic.help[-1] == "fits: input 32 or 34"


LAYERS = st.sampled_from(
    [
        "CONV3-8(S=2, P=0)",
        "CONV3-8(S=2, P=1)",
        "CONV3-8(P=0)",
        "CONV5x3-4(S=2x1, P=0)",
        "CONV3-4(D=2, S=2, P=0)",
        "POOL2",
        "POOL3(S=2)",
        "POOL3(S=2, ceil=yes)",
        "AVGPOOL7",
        "RELU",
        "UP2",
        "TCONV2-8(S=2)",
        "PIXELUNSHUFFLE2",
        "CAT{ID | POOL2(ceil=yes) -> UP2}",
        "ADD{CONV3-8(P=0) | CONV3-8(P=0)}",
        "CAT{POOL2 | CONV3-8(S=2, P=1)}",
        "CONV3-8: [12x12x8]",
        "FC-5(in=128)",
    ]
)


@examples(60)
@given(
    st.integers(4, 40), st.integers(4, 40), st.lists(LAYERS, min_size=1, max_size=5), st.booleans()
)
def test_the_proposed_inputs_clear_all_findings(
    w: int, h: int, layers: list[str], square: bool
) -> None:
    text = f"INPUT[{w}x{w if square else h}x4] -> {' -> '.join(layers)}"
    network = cnnsize.parse(text)
    for lines in helps(cnnsize.check(text)):
        if not lines or not re.match(r"fits: input \d", lines[-1]):
            continue  # "fits: input W = 15" is about this layer alone
        for size in lines[-1].removeprefix("fits: input ").split(" or "):
            sides = [int(side) for side in size.split("x")] * 2
            sized = network.sized(input=(sides[0], sides[1], 4))
            assert sized.valid, f"{text}: {size}"
