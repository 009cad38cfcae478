"""Members counted by arithmetic, compared with a list of them."""

from __future__ import annotations

import json
import pickle
from collections import Counter

import pytest

import cnnsize
from cnnsize.patterns.counting import ranking, spread, two_axes
from cnnsize.patterns.query import facts
from cnnsize.text.diagnostic import ArchitectureError
from tests.helpers import cnnsize as program
from tests.patterns.random_families import Case, cases

# 4^20 members: twenty widths of four values
LARGE = (
    "INPUT[32x32x3] -> "
    + " -> ".join(f"CONV3-w{place} -> RELU" for place in range(20))
    + " -> GAP -> FC-10 where "
    + ", ".join(f"w{place} in {{16, 32, 64, 128}}" for place in range(20))
)

# as many: ten kernels and ten widths of four values
KERNELS_AND_WIDTHS = (
    "INPUT[32x32x3] -> "
    + " -> ".join(
        f"CONV(F=k{place}, K=w{place}) -> RELU{' -> POOL2' if place in (2, 5) else ''}"
        for place in range(10)
    )
    + " -> GAP -> FC-10 where "
    + ", ".join(
        f"k{place} in {{1, 3, 5, 7}}, w{place} in {{16, 32, 64, 128}}" for place in range(10)
    )
)
SAMPLED = "INPUT[16x16x3] -> [CONV3-a -> RELU -> POOL2?]*n -> CONV3-b -> GAP -> FC-4 where a in {4, 8, 12}, b in {4, 8}, n in 0..5"
KEYS = ("params", "macs", "memory", "flops", "W", "D", "receptive_field")


def assert_counts_agree(case: Case) -> None:
    for where in (None, case.condition(), case.condition(), case.condition()):
        for valid in (False, True):
            expected = len(case.selected(where, valid=valid))
            assert case.family.count(where, valid=valid) == expected, (case.family, where)


def assert_lists_agree(case: Case) -> None:
    """Compare the first, the random and the undominated members, and the histogram."""
    family, where = case.family, case.condition()
    selected = case.selected(where)
    letters = [choice.name for choice in family.choices if not choice.optional]
    first, second = case.random.sample([*KEYS, *letters], 2)
    values = [(value, member) for member in selected if (value := facts(member)[first]) is not None]
    values.sort(key=lambda pair: (pair[0], pair[1].number))
    assert family.top(5, first, where) == [member for _, member in values[:5]]
    values.sort(key=lambda pair: (-pair[0], pair[1].number))
    assert family.top(5, first, where, reverse=True) == [member for _, member in values[:5]]
    sample = family.sample(9, where, seed=3)
    assert len({member.number for member in sample}) == len(sample) == min(9, len(selected))
    assert all(member in selected for member in sample)
    histogram = family.histogram(first, where, bins=4)
    numbers = sorted(value for value, _ in values)
    assert histogram.members == sum(part.members for part in histogram.bins) == len(numbers)
    for part in histogram.bins:
        assert part.members == sum(part.low <= number <= part.high for number in numbers)
    if numbers:
        assert (histogram.lowest, histogram.highest) == (numbers[0], numbers[-1])
        assert histogram.quartiles[1] == numbers[(len(numbers) - 1) // 2]
    if {first, second} != {"macs", "flops"}:
        pairs = [(facts(member)[first], facts(member)[second]) for member in selected]
        points = {pair for pair in pairs if None not in pair}
        front = [
            (facts(member)[first], facts(member)[second])
            for member in family.pareto(first, second, where)
        ]
        assert front == sorted(
            point
            for point in points
            if not any(
                other != point and other[0] <= point[0] and other[1] <= point[1] for other in points
            )
        )


def test_counts_are_those_of_a_list() -> None:
    for case in cases(1, 12):
        assert_counts_agree(case)
        assert_lists_agree(case)


@pytest.mark.slow
def test_counts_of_many_families_are_those_of_a_list() -> None:
    for case in cases(2, 200):
        assert_counts_agree(case)
        assert_lists_agree(case)


def test_ranges_are_narrowed_down_where_a_search_takes_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for limit, number in (("VISITS", 2), ("VISITS_PER_MEMBER", 0), ("LISTED", 3), ("DRAWN", 16)):
        monkeypatch.setattr(ranking, limit, number)
    for case in cases(3, 8):
        assert_lists_agree(case)


def test_two_bounded_costs_are_joined_in_blocks_and_runs_of_any_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ranking, "VISITS", 0)
    monkeypatch.setattr(ranking, "VISITS_PER_MEMBER", 0)
    monkeypatch.setattr(spread, "MERGED", 2)
    for place, case in enumerate(cases(4, 12)):
        monkeypatch.setattr(two_axes, "BLOCK", place % 3 + 1)
        monkeypatch.setattr(two_axes, "MAX_STEPS", place % 2 * 1000)
        assert_counts_agree(case)
        assert_lists_agree(case)


@pytest.mark.slow
def test_kernels_and_widths_are_counted_under_two_budgets() -> None:
    family = cnnsize.parse(KERNELS_AND_WIDTHS).family()
    where = "params <= 5M and macs <= 600M"
    assert family.count == 4**20
    # as counted by an earlier program that visited every pair of a beginning and an end
    assert family.count(where, time_limit=None) == 1_028_568_740_986
    (highest,) = family.top(1, "params", where, reverse=True, time_limit=None)
    assert family.count(f"{where} and params > {highest.params}", time_limit=None) == 0


def test_random_members_are_equally_probable() -> None:
    family = cnnsize.parse(SAMPLED).family()
    where = "params <= 900 and macs >= 10k"
    drawn = Counter(
        member.number for seed in range(150) for member in family.sample(3, where, seed=seed)
    )
    members = family.count(where)
    assert set(drawn) == {member.number for member in family.sample(members, where)}
    expected = 450 / members
    chi_square = sum((number - expected) ** 2 / expected for number in drawn.values())
    degrees = members - 1
    assert chi_square < degrees + 4 * (2 * degrees) ** 0.5  # its deviation is sqrt(2 x degrees)


def test_the_same_seed_draws_the_same_members() -> None:
    family = cnnsize.parse(LARGE).family()
    first, second = (
        family.sample(4, "params <= 300k", seed=1),
        family.sample(4, "params <= 300k", seed=1),
    )
    assert first == second != family.sample(4, "params <= 300k", seed=2)
    assert all(member.params <= 300_000 for member in first)
    assert [member.params for member in family.top(2)] == [44698, 47178]


def test_counts_of_a_large_domain_are_kept_in_arrays() -> None:
    text = "INPUT[8x8x3] -> CONV3-a -> CONV3-b -> CONV3-c -> CONV3-d -> FC-2 where " + ", ".join(
        f"{letter} in 1..20" for letter in "abcd"
    )
    family = cnnsize.parse(text).family()
    bound = 6000
    expected = sum(
        28 * a + (9 * a + 1) * b + (9 * b + 1) * c + (9 * c + 1) * d + 128 * d + 2 <= bound
        for a in range(1, 21)
        for b in range(1, 21)
        for c in range(1, 21)
        for d in range(1, 21)
    )
    assert family.count(f"params <= {bound}") == expected


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


def test_the_command_lists_members_with_their_texts() -> None:
    text = "INPUT[32x32x3] -> [CONV3-a -> RELU -> POOL2]*n -> FC-10 where a in {8, 16}, n in 0..6"
    assert program("family", "--pareto", "params,-RF", "--where", "params < 3k", text)[1] == (
        "n  a  params     MACs    memory     RF  output\n"
        "4  8   2,306  415,040  65.2 KiB  46x46  1x1x10\n"
        "  INPUT[32x32x3] -> [CONV3-8 -> RELU -> POOL2]*4 -> FC-10\n"
        "5  8   2,650  417,104  65.3 KiB  94x94  1x1x10\n"
        "  INPUT[32x32x3] -> [CONV3-8 -> RELU -> POOL2]*5 -> FC-10\n"
    )
    top = program("family", "--top", "1", "--sort", "macs", "--output-format", "jsonl", text)[1]
    assert json.loads(top)["values"] == {"n": 0, "a": 8}
    header, row = program("family", "--sample", "1", "--output-format", "csv", text)[1].splitlines()
    assert header.endswith(",text") and "INPUT[32x32x3]" in row


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--count", "--top", "3"), "--count and --top exclude each other"),
        (("--top", "3", "--limit", "2"), "--top and --limit exclude each other"),
        (("--seed", "3"), "--seed requires --sample"),
        (("--count", "--bins", "3"), "--bins requires --histogram"),
        (
            ("--count", "--time-limit", "nan"),
            "Invalid value for '--time-limit': expected a number of seconds",
        ),
        (("--pareto", "params"), "--pareto: give two different facts, as in params,macs"),
        (("--pareto", "macs,flops"), "--pareto: give two different facts, as in params,macs"),
        (("--histogram", "parms"), "--histogram: unknown key 'parms'; did you mean 'params'?"),
        (("--sample", "3", "--sort", "macs"), "--sort and --reverse are for lists: add --top N"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(
    arguments: tuple[str, ...], message: str
) -> None:
    status, _, err = program("family", *arguments, "INPUT -> [CONV -> RELU]*N -> FC")
    assert status == 2 and message in err
