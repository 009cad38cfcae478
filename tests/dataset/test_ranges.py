"""Ranges of members in tables: row for row what the family itself sizes one by one."""

from __future__ import annotations

import random
from typing import Any

import pytest

from cnnsize.dataset import ranges, rows
from cnnsize.dataset.ranges import RangeSizer
from cnnsize.patterns.domains import open_choices
from cnnsize.patterns.family import Family
from cnnsize.patterns.linear import PRODUCTS, PROPORTIONAL
from cnnsize.patterns.member import Member
from cnnsize.patterns.memo import Work
from cnnsize.patterns.sizer import Sizer
from tests.layers.written import WRITTEN
from tests.patterns.families import family
from tests.patterns.test_family import TEXTS

WIDTHS = [
    "INPUT[9x9x4] -> CONV3-a -> RELU -> CONV3-b(S=s, P=0) -> BN -> POOL -> FC-5 where a in 1..4, b in 1..30, s in 1..2",
    "INPUT[9x9x4] -> [CONV-8(F=f)]? -> CONV3-a -> [CONV3-8 -> POOL]*N -> GAP -> FC-c where f in {1,3}, a in 1..3, N in 0..4, c in 1..14",
    "INPUT[9x9x4] -> CONV3-a -> CONV3-a(G=2) -> FC-c -> GN(2) -> FC-c where a in 1..5, c in 1..13",
    "INPUT[9x9x4] -> [CONV3-a -> RELU]*N -> [CONV(K=b) -> RELU]*2 where a in 1..3, N in 0..3, b in 1..13",
    "INPUT[9x9x4] -> [CONV3-8(P=0)]*N -> CONV1-b -> DWCONV3(M=2) -> [BN -> RELU]*3 -> FLATTEN where N in 0..5, b in 1..13",
    "b(k) = CONV3-k -> RELU\nINPUT[9x9x4] -> b(k)*N -> ADD{b(k) | ID} -> POOL? -> FC-k where N in 0..2, k in 1..13",
    "INPUT[(n)x(n)x3] -> CONV3-k(P=0) -> POOL2 -> FC-m where n in 4..9, k in 1..2, m in {2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377}",
    "INPUT[9x9x3] -> CONV3-k(in=3) -> BN(in=8) -> FC-2 where k in 1..20",
    "INPUT[9x9x3] -> CONV3-4 -> PIXELSHUFFLE2 -> FC-2",
]


def sizer_of(members: Family) -> RangeSizer:
    choices = open_choices(members.architecture, members.given, members.settings.defaults)
    return RangeSizer(choices, Sizer(choices, members.input, members.settings, Work()))


def expected(member: Member) -> tuple[Any, ...]:
    sums = (member.params, member.macs, member.activations)
    ends = (*(member.output or (None,) * 3), member.valid)
    return (*sums, *ends, *(member.receptive_field or (None, None)))


def sized(sizer: RangeSizer, begin: int, end: int) -> list[tuple[Any, ...]]:
    columns = [column.to_pylist() for column in sizer.columns(begin, end)]
    return list(zip(*columns, strict=True))


@pytest.mark.parametrize("text", [*WIDTHS, *TEXTS])
@pytest.mark.parametrize("tables", ["one", "nested"])
def test_ranges_are_what_the_family_lists(
    text: str, tables: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if tables == "nested":
        monkeypatch.setattr(ranges, "MAX_LEAF_ROWS", 3)
        monkeypatch.setattr(rows, "MAX_LEAF_ROWS", 1)
        monkeypatch.setattr(ranges, "MAX_BLOCK_ROWS", 40)
        monkeypatch.setattr(ranges, "MAX_CACHED_ROWS", 90)
        monkeypatch.setattr(rows, "MAX_KEPT_VIEWS", 2)
    members = family(text)
    listed = [expected(member) for member in members]
    sizer, chance = sizer_of(members), random.Random(text)
    assert sized(sizer, 0, len(listed)) == listed
    for _ in range(3):
        begin = chance.randrange(len(listed))
        end = chance.randrange(begin + 1, len(listed) + 1)
        assert sized(sizer, begin, end) == listed[begin:end]


@pytest.mark.parametrize("steps", range(2, 16))
def test_a_limit_of_steps_is_that_of_each_member(steps: int) -> None:
    text = "INPUT[30x30x3] -> [CONV3-4(P=0)]*M -> [CONV3-4(P=0) -> RELU]*N -> POOL? -> [CONV-k]*2"
    members = family(f"{text} where M in 0..4, N in 0..4, k in 1..3")
    sizer = sizer_of(members)
    members._sizer.max_steps = sizer.sizer.max_steps = sizer._trail_sizer.max_steps = steps
    assert sized(sizer, 0, members.count) == [expected(member) for member in members]


@pytest.mark.parametrize("kind", sorted(PRODUCTS | PROPORTIONAL))
def test_costs_are_linear_in_the_width_before_each_kind(kind: str) -> None:
    layer = WRITTEN.get(kind, kind)
    for form in (f"CONV3-k -> {layer}", f"{layer} -> CONV3-k -> RELU -> FC-3", f"FC-k -> {layer}"):
        members = family(f"INPUT[8x8x16] -> {form} where k in 1..12")
        assert sized(sizer_of(members), 0, 12) == [expected(member) for member in members]
