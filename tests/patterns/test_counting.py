"""Members counted by arithmetic, compared with a list of them."""

from __future__ import annotations

import json
import pickle

import pytest

import cnnsize
from cnnsize.text.diagnostic import ArchitectureError
from tests.helpers import cnnsize as program
from tests.patterns.random_families import cases

# 4^20 members: twenty widths of four values
LARGE = (
    "INPUT[32x32x3] -> "
    + " -> ".join(f"CONV3-w{place} -> RELU" for place in range(20))
    + " -> GAP -> FC-10 where "
    + ", ".join(f"w{place} in {{16, 32, 64, 128}}" for place in range(20))
)


def assert_counts_agree(seed: int, families: int) -> None:
    for case in cases(seed, families):
        for where in (None, case.condition(), case.condition(), case.condition()):
            for valid in (False, True):
                expected = len(case.selected(where, valid=valid))
                assert case.family.count(where, valid=valid) == expected, (case.family, where)


def test_counts_are_those_of_a_list() -> None:
    assert_counts_agree(1, 12)


@pytest.mark.slow
def test_counts_of_many_families_are_those_of_a_list() -> None:
    assert_counts_agree(2, 200)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("params <= 20k", 0),  # the smallest has 44,778
        ("w0 + w1 + w2 + w3 == 64", 4**16),
        ("w0 == 16 and w19 in (16, 128)", 2 * 4**18),
        ("D == 10", 4**20),
        ("valid and macs > 0", 4**20),
    ],
)
def test_large_families_are_counted(where: str, expected: int) -> None:
    assert cnnsize.parse(LARGE).family().count(where) == expected


def test_the_count_is_a_number_that_can_be_called() -> None:
    family = cnnsize.parse("INPUT -> [CONV -> RELU]*N -> FC").family()
    assert family.count == family.members == 4 and f"{family.count:,}" == "4"
    assert family.count() == 4 and family.count(where="N < 3") == 3
    assert family.count(valid=True) == 4
    assert pickle.loads(pickle.dumps(family.count)) == 4
    with pytest.raises(ValueError, match="unknown fact 'prams'"):
        family.count("prams < 3")


def test_two_letters_of_an_input_size_every_member() -> None:
    family = cnnsize.parse("INPUT[(w)x(h)x3] -> CONV3-4 where w in {8, 9}, h in {8, 9}").family()
    assert [member.output for member in family] == [(8, 8, 4), (8, 9, 4), (9, 8, 4), (9, 9, 4)]
    assert family.count("W == 8") == 2


def test_a_question_ends_at_its_time_limit() -> None:
    with pytest.raises(ArchitectureError, match="the time limit of 1e-06 s was reached while"):
        cnnsize.parse(LARGE).family().count("params <= 5M", time_limit=1e-6)


def test_the_command_prints_counts_in_each_format() -> None:
    text = "INPUT[32x32x3] -> [CONV3-a -> RELU -> POOL2]*n -> FC-10 where a in {8, 16}, n in 0..6"
    arguments = ("family", "--count", "--where", "params <= 3k", text, "--output-format")
    numbers = {"members": 14, "valid": 12, "satisfying": 3}
    assert json.loads(program(*arguments, "json")[1]) == numbers
    assert json.loads(program(*arguments, "jsonl")[1]) == numbers
    assert program(*arguments, "csv")[1] == "members,valid,satisfying\n14,12,3\n"
    assert program(*arguments, "full")[1] == (
        "members     14\nvalid       12 (85.7 %)\nsatisfying  3 (21.4 %)\n"
    )
