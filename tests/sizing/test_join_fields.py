"""Receptive fields after joins."""

from __future__ import annotations

import pytest

import cnnsize
from cnnsize import Network


def sized(text: str) -> Network:
    return cnnsize.parse(text).sized()


@pytest.mark.parametrize(
    ("chain", "largest", "smallest", "misaligned"),
    [
        ("ADD{CONV3-4 -> CONV3-4 | ID}", (5, 5), (1, 1), False),
        ("ADD{CONV3-4 -> CONV3-4 | ID}*3", (13, 13), (1, 1), False),
        ("ADD{CONV3-4(S=2, P=1) | CONV1-4(S=2)} -> CONV3-4", (7, 7), (5, 5), False),
        ("ADD{CONV3-4(S=2, P=1) | POOL2}", (3, 3), (2, 2), True),
        ("CAT{CONV3x1-4 | CONV1x5-4}", (3, 5), (1, 1), False),
        ("MUL{ID | GAP -> CONV1-4 -> SIGMOID} -> CONV3-4", (3, 3), (3, 3), False),
        ("ADD{POOL2 -> UP2 | ID}", (2, 2), (1, 1), True),
        ("ADD{CONV3-4(S=2, P=1) | POOL(to=8x8)}", (3, 3), (2, 2), True),
        # of equal branches one goes on to see more: the order in which they stand must not matter
        ("ADD{DWCONV3 | POOL3(S=1, P=1)} -> DWCONV3", (5, 5), (5, 5), False),
        ("ADD{CONV3-4 | CONV1-4(S=2) -> UP2} -> CONV5-4", (7, 7), (5, 5), True),
        ("ADD{CONV1-4(S=2) -> UP2 | CONV3-4} -> CONV5-4", (7, 7), (5, 5), True),
    ],
)
def test_the_field_behind_a_join(
    chain: str, largest: tuple[int, int], smallest: tuple[int, int], misaligned: bool
) -> None:
    network = sized(f"INPUT[16x16x4] -> {chain}")
    last = network.steps[-1]
    assert (last.receptive_field, last.smallest_receptive_field) == (largest, smallest)
    assert any(step.misaligned for step in network.steps) == misaligned
    assert network.receptive_field == largest


def test_branches_that_step_differently_have_no_one_field() -> None:
    network = sized("INPUT[16x16x4] -> ADD{CONV3-4(S=2, P=1) | CONV9-4(P=0)}")
    assert network.output == (8, 8, 4)
    assert (network.steps[-1].receptive_field, network.steps[-1].misaligned) == (None, True)


def test_a_gate_is_no_head_and_two_heads_are() -> None:
    assert sized("INPUT[16x16x4] -> MUL{ID | GAP -> FC-4} -> CONV3-4 -> FC-10").receptive_field == (
        3,
        3,
    )
    assert sized(
        "INPUT[16x16x4] -> CONV3-4 -> ADD{GAP -> FC-4 | FC-4} -> FC-10"
    ).receptive_field == (3, 3)
