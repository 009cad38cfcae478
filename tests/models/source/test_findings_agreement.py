"""Networks with one wrong number: PyTorch refuses exactly those that are reported, and fixes mend them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnsize.models.source.check import check_source, with_replacements
from cnnsize.models.source.findings.finding import Finding
from cnnsize.models.source.read import Request

torch = pytest.importorskip("torch")
SIDE = 12
WIDTHS = st.integers(1, 6)


def source(widths: list[int], kernels: list[int], wrong: dict[str, int]) -> str:
    """Return a network of convolutions and a linear layer; ``wrong`` replaces numbers by place."""
    lines, side = [], SIDE
    for index, ((before, after), F) in enumerate(pairwise_with(widths, kernels)):
        lines.append(
            f"nn.Conv2d({wrong.get(f'in{index}', before)}, {after}, {wrong.get(f'F{index}', F)})"
        )
        lines.append(f"nn.BatchNorm2d({wrong.get(f'bn{index}', after)})")
        lines.append("nn.ReLU()")
        side -= F - 1
    lines.append("nn.Flatten()")
    lines.append(f"nn.Linear({wrong.get('fc', widths[-1])} * {side} * {side}, 3)")
    body = "".join(f"    {line},\n" for line in lines)
    return (
        f"from torch import nn\n# cnnsize: input {SIDE}x{SIDE}x2\nnet = nn.Sequential(\n{body})\n"
    )


def pairwise_with(widths: list[int], kernels: list[int]) -> list[tuple[tuple[int, int], int]]:
    return list(zip(pairwise([2, *widths]), kernels, strict=False))


def runs(text: str) -> bool:
    """Return whether PyTorch runs a network."""
    names: dict[str, Any] = {}
    try:
        exec(text, names)
        names["net"](torch.zeros(3, 2, SIDE, SIDE))
    except (RuntimeError, ValueError):
        return False
    return True


def refusals(text: str) -> list[Finding]:
    (network,) = check_source(text, Request(input=(SIDE, SIDE, 2)))
    assert network.unread is None
    return list(network.findings)


@st.composite
def networks(draw: st.DrawFn) -> tuple[str, str]:
    """Draw a network that works, and the same with one other number."""
    widths = draw(st.lists(WIDTHS, min_size=1, max_size=3))
    kernels = draw(st.lists(st.integers(1, 4), min_size=len(widths), max_size=len(widths)))
    places = [f"{kind}{index}" for index in range(len(widths)) for kind in ("in", "bn", "F")]
    place = draw(st.sampled_from([*places, "fc"]))
    return source(widths, kernels, {}), source(widths, kernels, {place: draw(WIDTHS)})


@pytest.mark.slow
@given(networks())
def test_pytorch_refuses_what_is_reported(pair: tuple[str, str]) -> None:
    good, mutant = pair
    assert refusals(good) == []
    findings = refusals(mutant)
    assert bool(findings) != runs(mutant), findings
    text = mutant
    for _ in range(8):  # a wrong filter size changes several layers
        if not findings or not findings[0].edits:
            break
        text = with_replacements(text, findings[0].edits)
        findings = refusals(text)
    assert not findings or findings[0].code == "CNN102"
    assert bool(findings) != runs(text)
