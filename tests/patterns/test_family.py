"""Families: every member against its own text, and counts against brute force."""

from __future__ import annotations

import itertools
import json
import pickle

import pytest

import cnnsize
from cnnsize import ArchitectureError
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.patterns.counting.verdicts import Region
from cnnsize.patterns.family import Family
from cnnsize.patterns.member import Member
from cnnsize.patterns.survey import Survey
from cnnsize.reading.document import parse_string
from cnnsize.report.contract import Report
from tests.patterns.families import command, family
from tests.patterns.random_families import cases

NOTES = "INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> [FC -> RELU]*K -> FC where N in 0..3, M in 0..7, K in 0..2"
BLOCKS = "b(k, s) = CONV3-k(S=s) -> BN? -> POOL?\n"
TEXTS = [
    NOTES,
    "INPUT[32x32x3] -> [[CONV3-8(P=0)]*N -> POOL?]*M -> FC where N in 0..3, M in 0..7",
    "INPUT[32x32x3] -> CONV3-k -> ADD{CONV3-64 -> BN? | CONV1-k} -> FC-10 where k in {64,32,16}",
    "INPUT[(n)x(n)x3] -> CONV11-96(S=4, P=0) -> POOL3(S=2) -> POOL3(S=2) -> FC-10 where n in 190..230",
    BLOCKS + "INPUT[32x32x3] -> [b(16, 1)]*N -> b(8, 2)? -> FC -> RELU -> FC?",
    "INPUT[32x32x3] -> [CONV3-8(P=0)]*(N - 1) -> FC where N in 0..3",
    "INPUT[16x16x4] -> CAT{[POOL]*A | [POOL3(S=2, P=1)]*B | CONV1-2(S=4)?} -> GAP? -> FC",
    "INPUT[9x9x4] -> [CONV3-6(G=g, P=0)]*N -> GN(g)? -> FC-2 where g in 1..4",
    "INPUT[14x14x4] -> PAD1? -> CONV3-k(S=2, P=0) -> [PAD1]*N -> POOL3(S=2) -> GAP where k in 2..3",
    "edge() = PAD1?\nINPUT[14x14x4] -> edge() -> CONV3-2(S=2, P=0) -> edge() -> POOL3(S=2)? -> GAP",
    "INPUT[12x12x4] -> CONV3-6(S=3)? -> BN*(N - 1) -> [POOL]*M -> RELU?",
    "INPUT[12x12x3] -> [[POOL]*N -> UP2?]*M -> [FC]? -> [FC -> RELU]*K",
    "INPUT[9x9x3] -> CONV3-4 -> [CONV3-4(P=0)*K]? -> BN? -> FC -> RELU? -> FC?",
    "INPUT[8x8x3] -> [CONV3-a -> [CONV3-a]*(N - 1)]*0 -> CONV3-a -> GN(b) where a in {4, 6}, b in 1..3",
    "INPUT[8x8x3] -> [CONV3-4 -> [RELU]? -> POOL: [4x4x4]]*N -> ADD{CONV1-4? | ID}",
]


def numbers(network: cnnsize.Network) -> tuple[object, ...]:
    return (
        network.valid,
        network.output,
        network.params,
        network.macs,
        network.activations,
        network.receptive_field,
    )


def member_numbers(member: Member) -> tuple[object, ...]:
    return (
        member.valid,
        member.output,
        member.params,
        member.macs,
        member.activations,
        member.receptive_field,
    )


@pytest.mark.parametrize("text", TEXTS)
def test_every_member_is_what_its_own_text_says(text: str) -> None:
    members = list(family(text))
    assert [member.number for member in members] == list(range(family(text).count))
    assert len({member.choices for member in members}) == len(members)
    for member in members:
        try:
            sized, own_text = member.sized(), parse_string(member.text)[-1]
            assert isinstance(own_text, ParsedArchitecture)
            expected = cnnsize.Architecture.from_record(own_text).sized()
        except ArchitectureError:
            assert not member.valid
            continue
        assert numbers(sized) == numbers(expected)
        if sized.output is None:
            assert member_numbers(member) == (False, None, None, None, None, None)
        else:
            assert member_numbers(member) == numbers(sized)


def belongs(region: Region, member: Member) -> bool:
    """Return whether a member belongs to a region."""
    assert region.flags is not None
    place = 0
    for axis in region.axes:
        values = member.family.choices[axis].values
        place = place * len(values) + values.index(member.choices[axis])
    return bool(region.flags[place])


def check_survey(pattern: Family) -> Survey:
    """Return the survey of a family, after a comparison with all of its members."""
    survey, members = Survey(pattern).run(), list(pattern)
    valid = [member for member in members if member.valid]
    assert (survey.members, survey.valid, survey.complete) == (len(members), len(valid), True)
    assert survey.region is not None
    assert [belongs(survey.region, member) for member in members] == [m.valid for m in members]
    if valid:
        for kind in ("params", "macs", "activations"):
            numbers = [getattr(member, kind) for member in valid]
            assert getattr(survey, kind) == (min(numbers), max(numbers)), kind
        fields = [member.receptive_field for member in valid if member.receptive_field]
        sides = list(zip(*fields, strict=True))
        ends = (tuple(map(min, sides)), tuple(map(max, sides))) if fields else None
        assert survey.receptive_field == ends
        assert survey.smallest == min(valid, key=lambda m: (m.params, m.number))
        assert survey.largest == max(valid, key=lambda m: (m.params, -m.number))
    assert list(survey.failing) == list(dict.fromkeys(c for m in members for c in m.causes))
    for cause, failing in survey.failing.items():
        failed = [member for member in members if cause in member.causes]
        assert (failing.cause, failing.members) == (cause, len(failed))
        assert failing.example == min(failed, key=lambda m: (sum(m.choices), m.number))
        assert failing.last == failed[-1].choices
        assert [belongs(failing.region, m) for m in members] == [cause in m.causes for m in members]
    return survey


@pytest.mark.parametrize("text", TEXTS)
def test_the_survey_counts_what_is_there(text: str) -> None:
    survey = check_survey(family(text))
    assert len(survey.diagnostics) == len(survey.failing)
    for cause, worded in survey.worded.items():
        assert worded is not None
        assert (cause.code, worded.code) in {(cause.code, cause.code), ("CNN102", "CNN103")}
    Report.model_validate(json.loads(cnnsize.check(text).to_json()))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_surveys_of_random_families_count_what_is_there(seed: int) -> None:
    for case in cases(seed, 60, most=600):
        check_survey(case.family)


@pytest.mark.parametrize(
    "text",
    [
        "INPUT[9x9x3] -> CONV3-w -> CONV3-8(G=4)?",
        "INPUT[9x9x3] -> CONV3-w -> CONV3-8(in=16)",
        "INPUT[9x9x3] -> CONV3-w: [9x9x16] -> FC",
        "INPUT[9x9x3] -> CONV3-w -> ADD{ID | CONV3-16}",
        "b() = GN(4)\nINPUT[9x9x3] -> CONV3-w -> b()",
        "INPUT[8x8x3] -> CONV3-w -> PIXELSHUFFLE2",
        "INPUT[9x9x3] -> CONV3-((w - 8) * (38 - w))",
        "b(k) = CONV3-k\nINPUT[9x9x3] -> CONV3-w -> b((w - 8) * (38 - w))",
        # 10^17 positions are too many with ten values each
        "INPUT[999999999x99999999x3] -> CONV3-w -> FLATTEN -> FC",
    ],
)
def test_depths_that_decide_are_all_tried(text: str) -> None:
    survey = check_survey(family(f"{text} where w in 8..40 step 2"))
    assert 0 < survey.valid < survey.members


@pytest.mark.parametrize("layer", ["CONV3-(40 - w)", "CONV3-(w * w)", "CONV3-(w // 3 + 1)", "FC-w"])
def test_numbers_of_widths_in_expressions_are_those_of_a_list(layer: str) -> None:
    check_survey(family(f"INPUT[9x9x3] -> CONV3-w -> {layer} -> FC-5 where w in 1..39"))


def test_widths_of_any_number_of_values_are_checked_at_once() -> None:
    domains = "a in 1..1000000, b in 1..1000000"
    text = f"INPUT[32x32x3] -> CONV3-a -> RELU -> [POOL -> CONV3-b]*N -> FC where {domains}"
    survey = family(text).survey()
    assert (survey.members, survey.valid) == (4 * 10**12, 4 * 10**12)
    assert survey.largest is not None and survey.largest.choices == (10**6, 3, 10**6)
    assert survey.counted == "all 4,000,000,000,000 members are valid"


def test_families_of_any_size_are_listed_as_far_as_is_asked() -> None:
    huge = cnnsize.parse("INPUT -> [CONV]*N -> " + " -> ".join(["RELU?"] * 40)).family(
        N=range(10**9)
    )
    assert huge.count == 10**9 * 2**40
    assert [member.number for member in itertools.islice(huge, 3)] == [0, 1, 2]
    report = cnnsize.check(
        "INPUT[9000000x9000000x3] -> [CONV3-1(P=0)]*N -> [FC]*M", N=range(40_000), M=range(20)
    )
    (diagnostic,) = report.diagnostics
    assert diagnostic.code == "CNN009"
    assert diagnostic.message == (
        "a family of 800,000 members is too much to check: "
        "the limit was reached while sizing choice 1 of 2"
    )


def test_a_list_stops_at_its_time_limit() -> None:
    text = "INPUT[8x8x3] -> CONV3-k -> FC-j where k in 1..1000000, j in 1..1000000"
    done = command("family", "--time-limit", "0.2", "--output-format", "jsonl", text)
    assert done.returncode == 1
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [row["index"] for row in rows] == list(range(len(rows))) != []
    assert f"while listing member {len(rows) + 1:,} of 1,000,000,000,000" in done.stderr
    assert "raise --time-limit" in done.stderr


def test_the_last_fc_is_found_whatever_follows_it() -> None:
    text = "INPUT[8x8x3] -> FC -> RELU? -> FC? -> [FC]*N -> RELU? -> FC? where N in 0..1"
    for member in family(text):
        assert member.params == cnnsize.parse(member.text).sized().params, member.words


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("INPUT -> CONV3-k", {}, "k has no value"),
        ("INPUT -> [CONV]*k -> CONV3-k", {}, "k has no value"),
        ("INPUT -> [CONV]*N", {"M": 2}, "has no letter M"),
        ("INPUT -> [CONV]*N", {"N": "two"}, "takes a number"),
        ("INPUT -> [CONV]*N", {"N": ()}, "the range of N is empty"),
        ("INPUT -> [CONV]*N where M in 0..2", {}, "has no letter M"),
    ],
)
def test_a_pattern_without_a_family_is_refused(
    text: str, values: dict[str, object], message: str
) -> None:
    with pytest.raises(ArchitectureError, match=message):
        cnnsize.parse(text).family(**values)  # type: ignore[arg-type]


def test_the_library() -> None:
    net = cnnsize.parse("INPUT -> [CONV -> RELU]*N -> POOL? -> FC")
    assert net.family().count == net.family().members == 8
    assert net.family(N=range(3)).count == 6
    assert net.family(N=2).count == 2
    first = next(net.members(N=(5, 4)))
    assert first.values == {"N": 4, "POOL?": False}
    assert pickle.loads(pickle.dumps(net.family(N=3))).count == 2
