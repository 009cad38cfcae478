"""The input of a network without INPUT, solved from the sizes that its layers declare."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnsize import check, parse
from cnnsize.inputs.solve import solve_input
from cnnsize.sizing.settings import TORCH
from tests.helpers import examples


def solved(text: str) -> tuple[tuple[int, ...] | None, str]:
    found = solve_input(parse(text), TORCH, {})
    return (None if found.input is None else tuple(found.input)), found.reason


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("CONV5-6(in=3, P=0) -> POOL2 -> CONV5-16(P=0) -> POOL2 -> FC-120(in=400)", (32, 32, 3)),
        ("CONV3-8(in=1, P=0) -> FC-10(in=5408)", (28, 28, 1)),
        ("BN(in=4) -> RELU -> FC-10(in=36)", (3, 3, 4)),
        ("[CONV3-8(in=8) -> RELU]*3 -> FC-2(in=32)", (2, 2, 8)),
        ("FLATTEN -> FC-128(in=784) -> RELU -> FC-10(in=128)", (1, 1, 784)),
        ("FC-128(in=784)", (1, 1, 784)),
    ],
)
def test_one_input_fits(text: str, size: tuple[int, int, int]) -> None:
    assert solved(text)[0] == size


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("CONV3-8(in=3) -> FC-10(in=100)", "no square input gives"),
        ("CONV3-8(in=3) -> AVGPOOL(to=2x2) -> FC-10(in=32)", "any W"),
        ("CONV7-8(in=3, S=4, P=3) -> FC-10(in=72)", "W = 9, 10, 11, 12"),
        ("CONV3-8(in=3) -> GAP -> FC-10", "3 input channels, but no width or height"),
        ("CONV3-8 -> FC-10(in=100)", ""),
        ("RELU -> POOL2", ""),
        ("CAT{CONV3-8(in=3) | ID} -> FC-10(in=100)", ""),
    ],
)
def test_several_or_none_fit(text: str, reason: str) -> None:
    size, why = solved(text)
    assert size is None
    assert reason in why


def test_the_only_input_without_unread_cells_is_taken_and_the_others_are_named() -> None:
    size, why = solved("CONV3-8(in=3, P=0) -> POOL2 -> FC-10(in=128)")
    assert size == (10, 10, 3)
    assert "PyTorch also runs 11" in why


def test_a_report_says_which_input_it_is_sized_on() -> None:
    text = "CONV3-8(in=3, P=0) -> POOL2 -> FC-10(in=128)"
    report = check(text)
    (note,) = [each for each in report.diagnostics if each.code == "CNN005"]
    assert note.severity == "info"
    assert note.message == "the network has no INPUT, and is sized on 10x10x3"
    assert report.architectures[0].network is not None
    given = check(text, input=(11, 11, 3)).diagnostics
    assert "CNN005" not in [each.code for each in given]
    (error,) = [each for each in check("CONV3-8(in=3) -> GAP").diagnostics if each.code == "CNN005"]
    assert error.severity == "error"


@examples(100)
@given(
    st.integers(4, 40), st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), st.integers(0, 2)
)
def test_a_solved_input_is_one_that_torch_would_run(
    side: int, depth: int, f: int, s: int, p: int
) -> None:
    body = f"CONV{f}-5(S={s}, P={p}, in={depth}) -> RELU -> POOL2"
    network = parse(f"INPUT[{side}x{side}x{depth}] -> {body}").sized()
    if network.output is None:
        return
    values = network.output.W * network.output.H * network.output.D
    size, _ = solved(f"{body} -> FC-7(in={values})")
    if size is not None:
        width, height, channels = size
        again = parse(f"{body} -> FC-7(in={values})").sized((width, height, channels))
        assert again.output is not None
        if network.valid:
            assert size == (side, side, depth)
