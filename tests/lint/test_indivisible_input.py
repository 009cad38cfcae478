"""CNN201: the multiples of the total stride that it proposes fit the whole network."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnsize
from tests.helpers import examples
from tests.lint.findings import findings

HALVING = "[CONV3-8(S=2, P=1) -> RELU]*3"


@pytest.mark.parametrize(
    ("text", "proposed"),
    [
        (f"INPUT[20x20x3] -> {HALVING} -> GAP -> FC-5", "20 mod 8 = 4; try 16 or 24"),
        (f"INPUT[20x33x3] -> {HALVING} -> GAP -> FC-5", "20 mod 8 = 4; try 16 or 24"),
        # the multiples next to 20 give other sizes than the declared one
        (f"INPUT[20x20x3] -> {HALVING} -> RELU: [3x3x8] -> FC-5", "20 mod 8 = 4; try 24"),
        (f"INPUT[5x5x3] -> {HALVING} -> GAP -> FC-5", "5 mod 8 = 5; try 8"),
        # every window fits exactly
        (f"INPUT[17x17x3] -> {HALVING} -> GAP -> FC-5", None),
        ("INPUT[7x7x3] -> CONV3-8 -> RELU -> POOL3(S=2) -> FC-5", None),
        ("INPUT[11x15x3] -> CONV3-8 -> RELU -> POOL3(S=4) -> FC-5", None),
    ],
)
def test_multiples_that_fit_are_proposed(text: str, proposed: str | None) -> None:
    labels = [diagnostic.label for diagnostic in findings(text, "CNN201")]
    assert labels == ([] if proposed is None else [proposed])


LAYERS = st.sampled_from(
    ["CONV3-8(S=2, P=1)", "CONV3-8", "RELU", "POOL3(S=2, P=1)", "POOL(ceil=yes)", "CONV1-8(S=2)"]
)


@examples(60)
@given(st.integers(3, 40), st.integers(3, 40), st.lists(LAYERS, min_size=1, max_size=6))
def test_the_proposed_sides_fit(w: int, h: int, layers: list[str]) -> None:
    for side in (w, h):
        text = f"INPUT[{w}x{side}x8] -> {' -> '.join(layers)} -> GAP -> FC-5"
        for diagnostic in findings(text, "CNN201"):
            for size in map(int, re.findall(r"\d+", diagnostic.label.partition("try")[2])):
                volume = (size, size if side == w else side, 8)
                if not diagnostic.message.startswith("W"):
                    volume = (w, size, 8)
                assert cnnsize.parse(text).sized(input=volume).diagnostics == ()
