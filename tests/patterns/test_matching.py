"""Matching: against all members of small patterns, the first mismatch, and hostile patterns."""

from __future__ import annotations

from math import prod
from time import process_time

import pytest

import cnnsize
from cnnsize import ArchitectureError
from cnnsize.limits import MAX_MATCH_STEPS
from cnnsize.patterns.matching.match import Match
from cnnsize.patterns.matching.search import CS231N
from cnnsize.render.match import match_text
from cnnsize.text.terminal import Style


def match(pattern: str, network: str) -> Match:
    return cnnsize.parse(pattern).match(cnnsize.parse(network))


PATTERNS = [
    "INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> [FC -> RELU]*K -> FC",
    "INPUT -> [[CONV]*N -> [POOL]*M]*2 -> FC?",
    "INPUT -> ADD{[CONV -> BN?]*N | ID} -> [RELU]*(N + 1)",
    "INPUT -> CONV3-k -> [CONV3-(2*k)]*N -> FC",
    "INPUT -> [[[RELU]*A -> BN?]*B]*C -> FC",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_member_matches_with_its_own_letters_and_with_those_that_give_the_same_layers(
    pattern: str,
) -> None:
    """Every member against every assignment: brute force on the layers is the test oracle."""
    net = cnnsize.parse(pattern)
    members = list(net.family(k=range(1, 3)) if "-k" in pattern else net.family())
    lists = [(member, flat(member.text)) for member in members][:: max(1, len(members) // 24)]
    every = [(member, flat(member.text)) for member in members]
    for member, layers in lists:
        result = net.match(cnnsize.parse(member.text))
        assert not result.more
        same = [other.values for other, theirs in every if theirs == layers]
        assert same, "it matches with its own letters"
        for values in same:  # each is among the answers, and some letters may make no difference
            assert any(solution.items() <= values.items() for solution in result), (
                member.text,
                values,
            )
        for solution in result:
            inside = [v for other, _ in every if solution.items() <= (v := other.values).items()]
            assert all(values in same for values in inside), (member.text, solution)


def flat(text: str) -> list[tuple[str, object]]:
    sized = cnnsize.parse(text).sized((32, 32, 3))
    return [
        (step.kind, getattr(step.layer, "K", None) if "k" not in text else None)
        for step in sized.steps
    ]


@pytest.mark.parametrize(
    ("pattern", "network", "solutions"),
    [
        (
            CS231N,
            "INPUT -> [[CONV -> RELU]*2 -> POOL]*3 -> [FC -> RELU]*2 -> FC",
            [{"M": 3, "N": 2, "POOL?": True, "K": 2}],
        ),
        (CS231N, "INPUT -> FC", [{"N": 0, "POOL?": False, "K": 0}, {"M": 0, "K": 0}]),
        ("[[CONV]*N]*M where M in 2..3", "[CONV]*6", [{"M": 2, "N": 3}, {"M": 3, "N": 2}]),
        ("CONV3-k -> CONV3-(2*k)", "CONV3-8 -> CONV3-16", [{"k": 8}]),
        ("CONV3-k -> CONV3-(2*k)", "CONV3-8 -> CONV3-17", []),
        ("CONV3 -> RELU", "CONV5-8 -> RELU", []),
        ("CONV(P=same, bias=no)", "CONV3-8(P=same, bias=no)", [{}]),
        ("CONV(bias=no)", "CONV3-8", []),
        ("POOL3(S=2)", "POOL3(S=2)", [{}]),
        ("POOL3(S=s)", "POOL3(S=2)", [{"s": 2}]),
        ("ADD{[CONV]*N | ID}", "ADD{CONV -> CONV | ID}", [{"N": 2}]),
        ("ADD{[CONV]*N | ID}", "CAT{CONV -> CONV | ID}", []),
        ("INPUT[(n)x(n)x3] -> FC", "INPUT[8x8x3] -> FC", [{"n": 8}]),
        ("INPUT[(n)x(n)x3] -> FC", "INPUT[8x9x3] -> FC", []),
        ("[CONV -> RELU]*N", "INPUT[8x8x3] -> CONV -> RELU", [{"N": 1}]),
    ],
)
def test_solutions(pattern: str, network: str, solutions: list[dict[str, int | bool]]) -> None:
    result = list(match(pattern, network))
    assert sorted(map(str, result)) == sorted(map(str, solutions))


def test_blocks_are_written_out_on_both_sides() -> None:
    block = "basic(k) = ADD{CONV3-k -> BN -> RELU -> CONV3-k -> BN | ID} -> RELU\n"
    pattern = cnnsize.parse(block + "p = INPUT -> basic(a)*N -> GAP -> FC", name="p")
    network = cnnsize.parse(
        block + "n = INPUT[8x8x16] -> basic(16) -> basic(16) -> GAP -> FC", name="n"
    )
    assert list(pattern.match(network)) == [{"N": 2, "a": 16}]


def test_the_first_mismatch() -> None:
    result = match(
        CS231N, "INPUT -> [[CONV -> RELU]*2 -> POOL]*2 -> [CONV -> RELU]*3 -> POOL -> FC"
    )
    assert not result
    mismatch = result.mismatch
    assert mismatch is not None
    assert (mismatch.layer, mismatch.actual, mismatch.expected, mismatch.bound) == (
        15,
        "CONV",
        ("POOL",),
        ("N = 2", "with POOL"),
    )
    assert result.network.text[slice(*mismatch.span)] == "CONV"
    assert [result.pattern.text[slice(*span)] for span in mismatch.pattern_spans] == ["POOL"]
    short = match("CONV -> RELU -> POOL", "CONV -> RELU").mismatch
    assert short is not None
    assert (short.actual, short.expected) == ("the end", ("POOL",))


@pytest.mark.parametrize(
    "pattern",
    [
        "[CONV -> RELU]*N -> FC where N in 1..3",
        "[CONV -> RELU]*(N + 1) -> FC where N in 0..2",
        "[ADD{CONV | ID} -> RELU]*N -> FC where N in 1..3",
    ],
)
def test_a_repetition_has_no_more_iterations_than_its_letter_allows(pattern: str) -> None:
    body = "ADD{CONV | ID} -> RELU" if "ADD" in pattern else "CONV -> RELU"
    mismatch = match(pattern, f"[{body}]*5 -> FC").mismatch
    assert mismatch is not None
    assert (mismatch.actual, mismatch.expected) == (
        body[:3] if "ADD" in pattern else "CONV",
        ("FC",),
    )


def test_the_caret_is_after_the_end_of_a_long_network() -> None:
    result = match("[CONV]*N -> FC", " -> ".join(["CONV"] * 1000))
    shown, under = match_text(result, Style()).splitlines()[1:3]
    assert (shown[-4:], under) == ("CONV", f"{'^ the end':>{len(shown) + 9}}")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pattern", "network", "answer"),
    [
        ("[[CONV]*N]*M", "[CONV]*10000", 25),
        ("[[CONV]*N]*M", "[CONV]*3000 -> FC", 0),
        ("[CONV]*A -> [CONV]*B -> [CONV]*C -> [CONV]*D", "[CONV]*3000 -> FC", None),
        ("[[[[[[CONV]*A]*B]*C]*D]*E]*F", "[CONV]*5040 -> FC", None),
        ("[[[[RELU?]*A]*B]*C]*D -> CONV", "FC", 0),
        ("[[[[RELU?]*0]*B]*C]*1000000000000 -> FC", "FC", 3),
        ("[CONV?]*N -> [CONV?]*M -> FC", "[CONV]*500 -> FC", 503),
        (" -> ".join(["CONV?"] * 40) + " -> FC", "[CONV]*20 -> POOL", 0),
        ("[CONV]*N", "[CONV]*100000", 1),
        ("[[CONV]*N -> POOL?]*M", "[CONV]*10000", 25),
        ("[[CONV]*N -> RELU?]*M -> FC", "[CONV]*10000", 0),
        ("[CONV]*(N*M*K) where N in 0..9999, M in 0..9999, K in 0..9999", "[CONV]*10000", None),
        # the search for more solutions stops at its limit, after the first was found
        ("[" * 60 + "CONV" + "".join(f"]*N{number}" for number in range(60)), "[CONV]*10000", 1),
        ("[CONV]*A -> [CONV]*B", "[CONV]*10000", 1000),
    ],
)
def test_hostile_patterns_are_answered_or_refused_in_bounded_time(
    pattern: str, network: str, answer: int | None
) -> None:
    begin = process_time()
    if answer is None:
        with pytest.raises(ArchitectureError, match=f"{MAX_MATCH_STEPS:,} steps"):
            match(pattern, network)
    else:
        assert len(match(pattern, network)) == answer
    assert process_time() - begin < 30


def test_solutions_that_were_found_are_kept_where_the_search_for_more_stops() -> None:
    result = match("[[[[CONV]*A]*B]*C]*D", "[CONV]*10000")
    assert result.more
    assert all(prod(solution.values()) == 10_000 for solution in result)
    result = match("[CONV]*A -> [CONV]*B", "[CONV]*10000")
    assert [(solution["A"], solution["B"]) for solution in result] == [
        (10_000 - b, b) for b in range(1000)
    ]


def test_a_pattern_of_too_many_choices_is_refused() -> None:
    with pytest.raises(
        ArchitectureError, match="9,000 letters and `\\?`; at most 1,000 are supported"
    ):
        match(" -> ".join(["CONV?"] * 9000), "CONV")


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("[CONV]*(N*M)", "cannot solve for N: it has no range of values"),
        (
            "[CONV]*(N*M) where N in 0..20000, M in 0..9",
            "cannot solve for N: its range has more than 10,000 values",
        ),
        ("CONV -> ... -> FC", "a pattern cannot contain `...` or a list of counts"),
    ],
)
def test_an_error_says_why_a_pattern_cannot_be_matched(pattern: str, message: str) -> None:
    with pytest.raises(ArchitectureError) as raised:
        match(pattern, "[CONV]*4")
    assert raised.value.diagnostic.message == message
