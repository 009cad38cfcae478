"""The inputs with which every member of a family is valid."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnsize
from tests.helpers import examples

CASES = {
    "INPUT[30x30x3] -> [CONV3-8 -> RELU -> POOL2]*N -> FC-5 where N in 1..3": "input 24 or 32",
    "INPUT[30x30x3] -> [CONV3-8 -> RELU -> POOL?]*N -> FC-5 where N in 0..2": "input 28 or 32",
    # the smallest member that fails needs a multiple of 4, the largest one of 32
    "INPUT[50x50x3] -> POOL2*N -> FC-5 where N in 1..5": "input 32 or 64",
    "INPUT[21x21x4] -> CONV3-k -> CAT{ID | POOL2(ceil=yes) -> UP2} where k in {4, 8}": (
        "input 20 or 22"
    ),
    "INPUT[50x37x3] -> [CONV3-8 -> POOL2]*N -> FC-5 where N in {1, 2}": "input 48x36 or 52x40",
    "half() = POOL2? -> RELU\nINPUT[9x9x3] -> CONV3-8 -> half() -> FC-5": "input 8 or 10",
    "INPUT[9x9x3] -> CONV3-k(G=2) -> POOL2 where k in {4, 8}": "",  # no input helps
}


@pytest.mark.parametrize("text", CASES)
def test_findings_propose_the_inputs_that_fit_all_members(text: str) -> None:
    diagnostics = [each for each in cnnsize.check(text).diagnostics if each.severity == "error"]
    assert diagnostics
    for diagnostic in diagnostics:
        lines = [line for line in diagnostic.help if line.startswith("fits: input ")]
        assert lines == ([f"fits: {CASES[text]}"] if CASES[text] else [])


def test_an_input_of_the_caller_is_proposed_as_the_flag() -> None:
    text = "INPUT[32x32x3] -> [CONV3-8 -> RELU -> POOL?]*N -> FC-5 where N in 0..2"
    (diagnostic, *_) = cnnsize.check(text, input=(30, 30, 3)).diagnostics
    assert diagnostic.help[-1] == "fits: --input 28x28x3 or --input 32x32x3"


def test_a_pattern_with_optional_layers_has_fixes() -> None:
    text = "INPUT[9x9x3] -> CONV3-8 -> RELU -> POOL2? -> FC-5"
    (diagnostic, *_) = cnnsize.check(text).diagnostics
    assert [fix.message for fix in diagnostic.fixes] == [
        "use padding 1",
        "use stride 1",
        "use a 3x3 window",
        "use an 8x8 input",
        "use a 10x10 input",
    ]


LAYERS = st.sampled_from(
    [
        "POOL2",
        "POOL?",
        "[CONV3-8 -> POOL2]*N",
        "CONV3-8(S=2, P=0)",
        "CONV3-4*N",
        "CAT{ID | POOL2(ceil=yes) -> UP2}?",
        "ADD{CONV3-4(S=2, P=1) | POOL2?}",
        "TCONV2-4(S=2)",
        "FC-5(in=64)?",
    ]
)


@examples(40)
@given(st.integers(5, 40), st.lists(LAYERS, min_size=1, max_size=4))
def test_no_member_has_a_fault_with_a_proposed_input(side: int, layers: list[str]) -> None:
    text = f"INPUT[{side}x{side}x4] -> {' -> '.join(layers)}"
    for diagnostic in cnnsize.check(text).diagnostics:
        for line in diagnostic.help:
            match = re.fullmatch(r"fits: input (\d+)(?: or (\d+))?", line)
            for size in filter(None, match.groups()) if match else ():
                report = cnnsize.check(text, input=(int(size), int(size), 4))
                faults = [item for item in report.diagnostics if item.severity == "error"]
                assert not faults, f"{text}: {size}"
