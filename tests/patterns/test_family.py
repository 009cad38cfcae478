"""Families: every member against its own text, and counts against brute force."""

from __future__ import annotations

import itertools
import json
import pickle
import re

import pytest

import cnnsize
from cnnsize import ArchitectureError
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.patterns.member import Member
from cnnsize.patterns.survey import Survey
from cnnsize.reading.document import parse_string
from cnnsize.report.contract import Report
from tests.patterns.families import command, family

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


@pytest.mark.parametrize("text", TEXTS)
def test_the_survey_counts_what_is_there(text: str) -> None:
    survey, members = Survey(family(text)).run(), list(family(text))
    valid = [member for member in members if member.valid]
    assert (survey.members, survey.valid) == (len(members), len(valid))
    assert survey.params == (min(m.params or 0 for m in valid), max(m.params or 0 for m in valid))
    assert survey.macs == (min(m.macs or 0 for m in valid), max(m.macs or 0 for m in valid))
    assert survey.smallest is not None
    assert survey.smallest.params == survey.params[0]
    for failing in survey.failing.values():
        assert failing.members == sum(failing.cause in member.causes for member in members)
        assert failing.cause in failing.example.causes
    assert len(survey.diagnostics) == len(survey.failing)
    for cause, worded in survey.worded.items():
        assert worded is not None
        assert (cause.code, worded.code) in {(cause.code, cause.code), ("CNN102", "CNN103")}
    Report.model_validate(json.loads(cnnsize.check(text).to_json()))


def test_counts_are_computed_and_large_families_refused_before_any_work() -> None:
    huge = cnnsize.parse("INPUT -> [CONV]*N -> " + " -> ".join(["RELU?"] * 40)).family(
        N=range(10**9)
    )
    assert huge.count == 10**9 * 2**40
    with pytest.raises(ArchitectureError, match="1,099,511,627,776,000,000,000 members"):
        next(iter(huge))
    report = cnnsize.check(
        "INPUT[9000000x9000000x3] -> [CONV3-1(P=0)]*N -> [FC]*M", N=range(40_000), M=range(20)
    )
    assert [diagnostic.code for diagnostic in report.diagnostics] == ["CNN009"]
    assert "800,000 members" in report.diagnostics[0].message


@pytest.mark.slow
def test_a_family_that_takes_too_long_is_refused_with_how_far_it_came() -> None:
    text = "INPUT[8x8x3] -> CONV3-k -> FC-2 where k in 1..65536"
    (diagnostic,) = cnnsize.check(text).diagnostics
    assert diagnostic.code == "CNN009"
    message = re.fullmatch(
        r"a family of 65,536 members is too much to check: the limit was reached after ([\d,]+) of them",
        diagnostic.message,
    )
    assert message is not None
    checked = int(message[1].replace(",", ""))
    assert diagnostic.help == ("narrow k, which takes 65,536 values: --set k=1..3",)
    listed = command("family", "--output-format", "jsonl", text)
    assert listed.returncode == 1
    rows = [json.loads(line) for line in listed.stdout.splitlines() if line.startswith("{")]
    assert 0 < len(rows) <= checked
    # 28k of CONV and 128k + 2 of FC: all members before the limit are listed
    assert rows[-1]["params"] == 156 * len(rows) + 2
    # iterating in Python has no limit, because the caller decides when to stop
    last = next(itertools.islice(cnnsize.parse(text).members(), checked + 500, None))
    assert (last.number, last.params) == (checked + 500, 156 * (checked + 501) + 2)
    assert Survey(family(text.replace("65536", "6000")), None).run().params == (158, 156 * 6000 + 2)


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
