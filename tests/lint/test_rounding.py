"""CNN101 and CNN110: cells that no window reads, with torch as the test oracle."""

from __future__ import annotations

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

import cnnsize
from cnnsize.lint.catalogue import BY_CODE
from cnnsize.lint.selection import resolve_selection
from cnnsize.sizing.settings import Rounding, Settings
from tests.lint.findings import findings


@given(
    st.integers(1, 24), st.integers(1, 7), st.integers(1, 5), st.integers(0, 3), st.integers(1, 3)
)
def test_the_rows_that_are_never_read_are_those_that_torch_gives_no_gradient(
    W: int, F: int, S: int, P: int, D: int
) -> None:
    F_eff = D * (F - 1) + 1
    n = W - F_eff + 2 * P
    assume(n >= 0 and F_eff >= S)
    text = f"INPUT[{W}x1x1] -> CONV{F}x1-1(S={S}x1, P={P}x0, D={D}x1)"
    codes = [diagnostic.code for diagnostic in findings(text, "CNN101", "CNN110")]
    r = n % S
    assert codes == (["CNN101"] if r > P else ["CNN110"] if r else [])
    signal = torch.zeros(1, 1, W, dtype=torch.float64, requires_grad=True)
    out = torch.nn.functional.conv1d(
        signal, torch.ones(1, 1, F, dtype=torch.float64), stride=S, padding=P, dilation=D
    )
    out.sum().backward()  # type: ignore[no-untyped-call]
    assert signal.grad is not None
    unread = int((signal.grad == 0).sum())
    edge = int((signal.grad.flip(2) != 0).to(torch.int8).argmax()) if unread < W else W
    assert edge >= max(0, r - P)
    if D == 1 and F >= S:
        assert unread == max(0, r - P)


@pytest.mark.parametrize(
    ("text", "rounding", "severities"),
    [
        ("INPUT[10x10x3] -> CONV3-4(S=2, P=0) -> RELU", "torch", [("CNN101", "error")]),
        ("INPUT[10x10x3] -> CONV3-4(S=2, P=0) -> RELU", "floor", [("CNN101", "warning")]),
        ("INPUT[10x10x3] -> CONV3-4(S=2, P=0) -> RELU", "strict", [("CNN101", "error")]),
        ("INPUT[5x5x3] -> CONV3-4(S=3, P=1) -> RELU", "torch", []),
        (
            "INPUT[5x5x3] -> CONV3-4(S=3, P=1) -> RELU",
            "strict",
            [("CNN110", "error")],
        ),  # the figure of the notes
        ("INPUT[6x6x3] -> CONV1-4(S=2) -> RELU", "strict", [("CNN110", "error")]),
    ],
)
def test_rounding_is_a_setting(
    text: str, rounding: Rounding, severities: list[tuple[str, str]]
) -> None:
    settings = Settings(rounding=rounding)
    result = cnnsize.check(
        text, settings=settings, selection=resolve_selection((), settings, BY_CODE)
    )
    assert [
        (diagnostic.code, diagnostic.severity)
        for diagnostic in result.diagnostics
        if diagnostic.code.startswith("CNN1")
    ] == severities
    assert result.architectures[0].valid == (not any(level == "error" for _, level in severities))


@pytest.mark.parametrize(
    ("text", "note", "help_"),
    [
        (
            "INPUT[32x32x3] -> CONV3-4(S=2, P=1)",
            "only padding goes unread, but more of it at one edge",
            "31 or 33",
        ),
        (
            "INPUT[16x16x3] -> CONV3-4(S=2, P=1, D=3)",
            "the dilated filter leaves real cells unread elsewhere",
            "15 or 17",
        ),
        (
            "INPUT[16x16x3] -> CONV3-4(S=2, P=3, D=3)",
            "only padding goes unread, but more of it at one edge",
            "15 or 17",
        ),
        (
            "INPUT[6x6x3] -> CONV2-4(S=5, P=1)",
            "a filter smaller than its stride skips real cells",
            "5 or 10",
        ),
        (
            "INPUT[1x1x3] -> CONV3-4(S=4, P=2)",
            "only padding goes unread, but more of it at one edge",
            "3 or 7",
        ),
    ],
)
def test_what_uneven_padding_leaves_is_what_it_says(text: str, note: str, help_: str) -> None:
    (diagnostic,) = findings(f"{text} -> RELU", "CNN110")
    assert diagnostic.notes == (note,)
    assert diagnostic.help == (f"an input size of {help_} at this layer leaves no remainder",)
