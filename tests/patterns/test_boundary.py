"""The boundary between valid and invalid members: in words, and its reduction to few axes."""

from __future__ import annotations

import itertools

import pytest

from cnnsize.patterns.boundary import reduced, set_words
from cnnsize.patterns.choices import Choice
from cnnsize.patterns.survey import Survey
from cnnsize.text.span import Span
from tests.patterns.families import family


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        (
            "INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> [FC -> RELU]*K -> FC "
            "where N in 0..3, M in 0..7, K in 0..2",
            "168 of 192 members are valid; with POOL, valid if M <= 5 for a 32x32 input; M = 6 pools a 1x1 volume",
        ),
        (
            "INPUT[32x32x3] -> CONV3-k -> ADD{CONV3-64 -> BN? | CONV1-k} -> FC-10 "
            "where k in {64,32,16}",
            "2 of 6 members are valid; valid if k = 64 for a 32x32 input; k = 16 joins 32x32x64 and 32x32x16",
        ),
        (
            "INPUT[32x32x3] -> [CONV3-8(P=0)]*(N - 1) -> FC where N in 0..3",
            "3 of 4 members are valid; valid if N >= 1 for a 32x32 input; N = 0: the count is -1, but it must be at least 0",
        ),
        ("INPUT -> [CONV -> RELU]*N -> FC", "all 4 members are valid"),
        (
            "INPUT[4x4x3] -> CONV5-1(P=0) -> FC?",
            "none of the 2 members is valid; every member slides CONV5-1(P=0) over a 4x4 volume",
        ),
        (
            "INPUT[64x64x3] -> [POOL]*M -> [UP2]*N where M in 0..9, N in 0..2",
            "21 of 30 members are valid; valid if M <= 6 for a 64x64 input; M = 7 pools a 1x1 volume",
        ),
        (
            # with the second, the first does not matter
            "INPUT[8x8x3] -> POOL? -> POOL(to=2x2)? -> [POOL]*N",
            "11 of 16 members are valid; with POOL(to=2x2), valid if N <= 1 for an 8x8 input; "
            "with POOL and without POOL(to=2x2), valid if N <= 2 for an 8x8 input; N = 2 pools a 1x1 volume",
        ),
        # in the smallest example of the first cause, a later layer cannot be made
        (
            "INPUT[16x16x4] -> CONV3-6(S=2, P=0, D=3) -> RELU?",
            "none of the 2 members is valid; every member leaves 3 of 16 cells unread at CONV3-6(S=2, P=0, D=3)",
        ),
        (
            "INPUT[12x12x4] -> CONV3-6(S=3) -> BN*(N - 1) -> RELU?",
            "none of the 8 members is valid; every member leaves 1 of 12 cells unread at CONV3-6(S=3); "
            "N = 0: the count is -1, but it must be at least 0",
        ),
        # three `?` are listed by their cases, four by what the valid members have in common
        (
            "INPUT[4x4x3] -> POOL2? -> POOL(to=4x4)? -> POOL4?",
            "7 of 8 members are valid; with POOL2 and without POOL(to=4x4) and with POOL4, no member is valid "
            "for a 4x4 input; with POOL2, without POOL(to=4x4), with POOL4 slides POOL4 over a 2x2 volume",
        ),
        (
            "INPUT[8x8x3] -> POOL2? -> POOL2? -> POOL2? -> POOL2?",
            "15 of 16 members are valid; all members without POOL2 are valid for an 8x8 input; "
            "all members without POOL2?2 are valid for an 8x8 input; "
            "all members without POOL2?3 are valid for an 8x8 input; "
            "all members without POOL2?4 are valid for an 8x8 input; "
            "with POOL2, with POOL2?2, with POOL2?3, with POOL2?4 pools a 1x1 volume",
        ),
    ],
)
def test_the_boundary_in_words(text: str, summary: str) -> None:
    assert Survey(family(text)).run().summary == summary


def test_the_boundary_reduction_keeps_just_the_axes_that_matter() -> None:
    sizes = (3, 2, 4, 2)
    for axes in itertools.product((0, 1), repeat=4):
        table = bytes(
            sum(index * axis for index, axis in zip(place, axes, strict=True)) % 3 > 0
            for place in itertools.product(*map(range, sizes))
        )
        kept, smaller = reduced(table, sizes)
        assert kept == [axis for axis in range(4) if axes[axis]]
        expected = [
            sum(place) % 3 > 0
            for place in itertools.product(*[range(sizes[axis]) for axis in kept])
        ]
        assert list(smaller) == expected


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([2], "N = 2"),
        ([0, 1, 2], "N <= 2"),
        ([7, 8, 9], "N >= 7"),
        ([3, 4], "3 <= N <= 4"),
        ([0, 1, 3, 5, 7, 8, 9], "N other than 2, 4, 6"),
        ([0, 1, 3, 5, 7, 9], "N = 0, 1, 3, 5, 7, 9"),  # four are missing
        ([1, 4, 7], "N = 1, 4, 7"),  # no shorter as steps
        ([0, 3, 6, 9], "N = 0, 3, ..., 9 (in steps of 3)"),
        ([0, 2, 3, 5, 9], "N = 0, 2, 3, 5, 9"),
    ],
)
def test_values_are_named_in_the_shortest_words(values: list[int], words: str) -> None:
    assert set_words(Choice("N", range(10), Span(0, 1)), values) == words


def test_an_interval_of_one_value_has_one_member() -> None:
    assert [member.choices for member in family("INPUT -> [RELU]*N where N in 2..2")] == [()]
