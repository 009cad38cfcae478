"""Fixes inside a block are proposed only if they harm no other network that calls it."""

from __future__ import annotations

import pytest

import cnnsize

BLOCK = "cbr(k) = CONV3-k(S=2, P=0) -> RELU\n"


def proposals(text: str) -> list[str]:
    return [fix.message for each in cnnsize.check(text).diagnostics for fix in each.fixes]


def test_a_fix_that_breaks_another_caller_is_not_proposed() -> None:
    alone = proposals(BLOCK + "a = INPUT[32x32x3] -> cbr(8) -> GAP -> FC-2\n")
    assert "use a 2x2 filter" in alone and "use a 31x31 input" in alone
    shared = proposals(
        BLOCK
        + "a = INPUT[32x32x3] -> cbr(8) -> GAP -> FC-2\n"
        + "b = INPUT[33x33x3] -> cbr(8) -> GAP -> FC-2\n"
    )
    assert "use a 2x2 filter" not in shared and "use a 31x31 input" in shared


@pytest.mark.parametrize("side", ["32", "30", "n where n in {30, 32}"])
def test_a_fix_that_helps_every_caller_is_proposed(side: str) -> None:
    side, _, where = side.partition(" ")
    second = f"b = INPUT[{side} x {side} x 3] -> cbr(8) -> GAP -> FC-2 {where}\n"
    text = BLOCK + "a = INPUT[32x32x3] -> cbr(8) -> GAP -> FC-2\n" + second
    assert "use a 2x2 filter" in proposals(text)


def test_a_fix_that_loses_members_of_a_family_is_not_proposed() -> None:
    family = "b = INPUT[n x n x 3] -> cbr(8) -> GAP -> FC-2 where n in {31, 33}\n"
    text = BLOCK + "a = INPUT[32x32x3] -> cbr(8) -> GAP -> FC-2\n" + family
    assert "use a 2x2 filter" not in proposals(text)
