"""Families: every member against its own text, counts against brute force, and the boundary in
words.
"""

from __future__ import annotations

import csv
import itertools
import json
import os
import pickle
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import cnnsize
from cnnsize import ArchitectureError
from cnnsize.files.document import Document
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.patterns.boundary import reduced, set_words
from cnnsize.patterns.choices import Choice
from cnnsize.patterns.family import Family, Member
from cnnsize.patterns.query import QueryError, chosen_members
from cnnsize.patterns.survey import Survey
from cnnsize.reading.document import parse_string
from cnnsize.render.family import csv_lines, text_lines
from cnnsize.report.contract import Report
from cnnsize.report.make import report
from cnnsize.report.texts import read_documents
from cnnsize.text.span import Span

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


def family(text: str) -> Family:
    """The family of the last statement."""
    found = parse_string(text)[-1]
    assert isinstance(found, ParsedArchitecture)
    found = cnnsize.Architecture.from_record(found)
    return found.family()


def numbers(network: cnnsize.Network) -> tuple[object, ...]:
    return (
        network.valid,
        network.output,
        network.params,
        network.macs,
        network.activations,
        network.receptive_field,
    )


def own(member: Member) -> tuple[object, ...]:
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
            one, other = member.sized(), parse_string(member.text)[-1]
            assert isinstance(other, ParsedArchitecture)
            other = cnnsize.Architecture.from_record(other)
            again = other.sized()
        except ArchitectureError:
            assert not member.valid
            continue
        assert numbers(one) == numbers(again)
        if one.output is None:
            assert own(member) == (False, None, None, None, None, None)
        else:
            assert own(member) == numbers(one)


@pytest.mark.parametrize("text", TEXTS)
def test_the_survey_counts_what_is_there(text: str) -> None:
    one = family(text)
    survey, members = Survey(one).run(), list(one)
    good = [member for member in members if member.valid]
    assert (survey.members, survey.valid) == (len(members), len(good))
    assert survey.params == (min(m.params or 0 for m in good), max(m.params or 0 for m in good))
    assert survey.macs == (min(m.macs or 0 for m in good), max(m.macs or 0 for m in good))
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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            NOTES,
            "168 of 192 members are valid; with POOL, valid if M <= 5 for a 32x32 input; M = 6 pools a 1x1 volume",
        ),
        (
            TEXTS[2],
            "2 of 6 members are valid; valid if k = 64 for a 32x32 input; k = 16 joins 32x32x64 and 32x32x16",
        ),
        (
            TEXTS[5],
            "3 of 4 members are valid; valid if N >= 1 for a 32x32 input; N = 0: the count is -1, but it must be at least 0",
        ),
        ("INPUT -> [CONV -> RELU]*N -> FC", "all 4 members are valid"),
        (
            "INPUT[4x4x3] -> CONV5-1(P=0) -> FC?",
            "0 of 2 members are valid; no member is valid; every member slides CONV5-1(P=0) over a 4x4 volume",
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
        # the smallest example of the first cause has a layer behind it that cannot be made
        (
            "INPUT[16x16x4] -> CONV3-6(S=2, P=0, D=3) -> RELU?",
            "0 of 2 members are valid; no member is valid; every member leaves 3 of 16 cells unread at CONV3-6(S=2, P=0, D=3)",
        ),
        (
            "INPUT[12x12x4] -> CONV3-6(S=3) -> BN*(N - 1) -> RELU?",
            "0 of 8 members are valid; no member is valid; every member leaves 1 of 12 cells unread at CONV3-6(S=3); "
            "N = 0: the count is -1, but it must be at least 0",
        ),
    ],
)
def test_the_boundary_in_words(text: str, said: str) -> None:
    assert Survey(family(text)).run().summary == said


@pytest.mark.parametrize(
    ("chosen", "words"),
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
def test_values_are_named_in_the_shortest_words(chosen: list[int], words: str) -> None:
    assert set_words(Choice("N", range(10), Span(0, 1)), chosen) == words


def test_an_interval_of_one_value_has_one_member() -> None:
    assert [member.choices for member in family("INPUT -> [RELU]*N where N in 2..2")] == [()]


def test_counts_are_computed_and_large_families_refused_before_any_work() -> None:
    huge = cnnsize.parse("INPUT -> [CONV]*N -> " + " -> ".join(["RELU?"] * 40)).family(
        N=range(10**9)
    )
    assert huge.count == 10**9 * 2**40
    with pytest.raises(ArchitectureError, match="1,099,511,627,776,000,000,000 members"):
        next(iter(huge))
    found = cnnsize.check(
        "INPUT[9000000x9000000x3] -> [CONV3-1(P=0)]*N -> [FC]*M", N=range(40_000), M=range(20)
    )
    assert [one.code for one in found.diagnostics] == ["CNN009"]
    assert "800,000 members" in found.diagnostics[0].message


@pytest.mark.slow
def test_a_family_that_takes_too_long_is_refused_with_how_far_it_came() -> None:
    text = "INPUT[8x8x3] -> CONV3-k -> FC-2 where k in 1..65536"
    (found,) = cnnsize.check(text).diagnostics
    assert found.code == "CNN009"
    said = re.fullmatch(
        r"a family of 65,536 members is too much to check: the limit was reached after ([\d,]+) of them",
        found.message,
    )
    assert said is not None
    looked = int(said[1].replace(",", ""))
    assert found.help == ("narrow k, which takes 65,536 values: --set k=1..3",)
    listed = command("family", "--output-format", "jsonl", text)
    assert listed.returncode == 1
    rows = [json.loads(line) for line in listed.stdout.splitlines() if line.startswith("{")]
    assert 0 < len(rows) <= looked
    assert (
        rows[-1]["params"] == 156 * len(rows) + 2
    )  # 28k of CONV, 128k + 2 of FC: what came before is all there
    # nobody waits for a whole family in Python: there is no limit
    last = next(itertools.islice(cnnsize.parse(text).members(), looked + 500, None))
    assert (last.number, last.params) == (looked + 500, 156 * (looked + 501) + 2)
    assert Survey(family(text.replace("65536", "6000")), None).run().params == (158, 156 * 6000 + 2)


def test_the_last_fc_is_found_whatever_stands_behind_it() -> None:
    text = "INPUT[8x8x3] -> FC -> RELU? -> FC? -> [FC]*N -> RELU? -> FC? where N in 0..1"
    one = family(text)
    for member in one:
        assert member.params == cnnsize.parse(member.text).sized().params, member.words


@pytest.mark.parametrize(
    ("text", "values", "words"),
    [
        ("INPUT -> CONV3-k", {}, "k has no value"),
        ("INPUT -> [CONV]*k -> CONV3-k", {}, "k has no value"),
        ("INPUT -> [CONV]*N", {"M": 2}, "no letter M"),
        ("INPUT -> [CONV]*N", {"N": "two"}, "takes a number"),
        ("INPUT -> [CONV]*N", {"N": ()}, "no value at all"),
        ("INPUT -> [CONV]*N where M in 0..2", {}, "no letter M"),
    ],
)
def test_what_no_family_is(text: str, values: dict[str, object], words: str) -> None:
    with pytest.raises(ArchitectureError, match=words):
        cnnsize.parse(text).family(**values)  # type: ignore[arg-type]


def test_the_library() -> None:
    net = cnnsize.parse("INPUT -> [CONV -> RELU]*N -> POOL? -> FC")
    assert net.family().count == net.family().members == 8
    assert net.family(N=range(3)).count == 6
    assert net.family(N=2).count == 2
    first = next(net.members(N=(5, 4)))
    assert first.values == {"N": 4, "POOL?": False}
    assert pickle.loads(pickle.dumps(net.family(N=3))).count == 2
    one = Survey(net.family())
    found = chosen_members(
        one,
        valid=True,
        limit=2,
        sort="params",
        reverse=True,
        where="receptive_field >= 5 and not POOL",
    )
    assert [member.words for member in found] == ["N = 3, without POOL", "N = 2, without POOL"]
    for where, sort in (
        ("prams < 3", None),
        ("params", None),
        (None, "prams"),
        ("().__class__", None),
    ):
        with pytest.raises(QueryError):
            chosen_members(one, sort=sort, where=where)


def test_a_name_of_two_things_is_none_of_a_condition() -> None:
    one = Survey(family("INPUT -> [CONV]*D -> [CONV]*N -> POOL? -> POOL? -> FC where D in 1..2"))
    found = chosen_members(one, sort="POOL2", reverse=True, where="N == 1 and POOL2 and not POOL")
    assert [member.words for member in found] == [
        f"D = {depth}, N = 1, without POOL, with POOL?2" for depth in (1, 2)
    ]
    for where, sort in (("D == 1", None), (None, "D")):
        with pytest.raises(
            QueryError,
            match="'D' is ambiguous: it is a letter or a `\\?` of the pattern and also another fact",
        ):
            chosen_members(one, sort=sort, where=where)


def stopping(members: int) -> Callable[[int, int], None]:
    """A watch with somebody who presses Ctrl-C behind so many members."""

    def watch(done: int, total: int) -> None:
        if done >= members:
            raise KeyboardInterrupt

    return watch


def printed(lines: Iterator[str]) -> list[str]:
    found: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        found.extend(lines)
    return found


def test_what_was_found_before_an_interruption_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnsize.patterns.survey.PAUSE", 0.0)
    one = family("INPUT -> [CONV -> RELU]*N -> POOL? -> FC where N in 0..9")
    for sort, numbers in ((None, [0, 2, 4]), ("params", [4, 2, 0])):
        found = chosen_members(
            Survey(one), stopping(6), sort=sort, reverse=sort is not None, where="not POOL"
        )
        rows = printed(csv_lines(one, found))
        assert rows[1:] == [
            ",".join(row)
            for row in (
                [str(at // 2), "0", *rows[1 + index].split(",")[2:]]
                for index, at in enumerate(numbers)
            )
        ]
        found = chosen_members(
            Survey(one), stopping(6), sort=sort, reverse=sort is not None, where="not POOL"
        )
        assert [row.split()[0] for row in printed(text_lines(one, found))] == [
            "N",
            *(str(at // 2) for at in numbers),
        ]


def test_one_interruption_ends_all_families_of_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnsize.patterns.survey.PAUSE", 0.0)
    text = "a = INPUT -> [CONV]*N -> FC  # cnnsize: ignore[CNN006]\nb = INPUT -> [POOL]*N -> FC  # cnnsize: ignore[CNN101]\n"
    documents = [Document(text, "nets.cnn"), Document(f"```cnn bad\n{text}```\n", "nets.md")]
    made = report(read_documents(documents), watch=stopping(2))
    assert [(one.name, one.interrupted) for one in made.architectures] == [("a", True)]


def test_a_watch_is_told_of_slow_members_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr("cnnsize.patterns.survey.PAUSE", 0.0)
    Survey(family("INPUT -> [CONV]*N -> FC")).run(lambda done, total: told.append((done, total)))
    assert told == [(done, 4) for done in range(1, 5)]


@pytest.mark.parametrize("letters", [(), ("--set", "N=1")])
def test_the_rule_about_patterns_knows_the_letters_of_the_network(letters: tuple[str, ...]) -> None:
    arguments = ("check", "--output-format", "concise", "--select", "CNN801", *letters)
    done = command(*arguments, "INPUT -> [CONV-8 -> BN -> RELU]*N -> POOL -> FC-10")
    assert done.stdout.startswith("<string>:1:21: info[CNN801]")
    assert command(*arguments, "INPUT -> [CONV-8 -> RELU]*N -> POOL -> FC-10").stdout == ""


@pytest.mark.slow
def test_the_configuration_speaks_of_reports(tmp_path: Path) -> None:
    file = tmp_path / "cnnsize.toml"
    file.write_text('[tool.cnnsize]\noutput-format = "json"\n')
    text = "INPUT -> [CONV]*N -> POOL? -> FC"
    listed = command("family", "--config", str(file), "--limit", "2", text).stdout
    assert listed == command("family", "--output-format", "jsonl", "--limit", "2", text).stdout
    assert (
        json.loads(command("family", "--config", str(file), text).stdout)["summary"][
            "architectures"
        ]
        == 1
    )


def test_the_boundary_reduction_keeps_just_the_axes_that_matter() -> None:
    sizes = (3, 2, 4, 2)
    for axes in itertools.product((0, 1), repeat=4):
        table = bytes(
            sum(v * a for v, a in zip(at, axes, strict=True)) % 3 > 0
            for at in itertools.product(*map(range, sizes))
        )
        kept, less = reduced(table, sizes)
        assert kept == [axis for axis in range(4) if axes[axis]]
        expected = [
            sum(at) % 3 > 0 for at in itertools.product(*[range(sizes[axis]) for axis in kept])
        ]
        assert list(less) == expected


LARGE = "INPUT[32x32x3] -> [[CONV3-8 -> RELU]*N -> POOL?]*M -> [FC-k -> RELU]*K -> FC-10"
RANGES = (
    "--set",
    "N=0..99",
    "--set",
    "M=0..9",
    "--set",
    "K=0..4",
    "--set",
    "k=1..100",
)  # a million members


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "cnnsize", *arguments], capture_output=True, text=True, timeout=60
    )
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.slow
def test_the_formats_of_the_list_agree() -> None:
    text = "INPUT -> [CONV -> RELU]*N -> POOL? -> FC"
    lines = [
        json.loads(line)
        for line in command("family", "--output-format", "jsonl", text).stdout.splitlines()
    ]
    rows = list(
        csv.DictReader(command("family", "--output-format", "csv", text).stdout.splitlines())
    )
    assert [line["params"] for line in lines] == [int(row["params"]) for row in rows]
    assert (
        [line["values"]["N"] for line in lines]
        == [int(row["N"]) for row in rows]
        == [0, 0, 1, 1, 2, 2, 3, 3]
    )
    report = json.loads(command("family", "--output-format", "json", text).stdout)
    Report.model_validate(report)
    (one,) = report["architectures"]
    assert (one["family"]["members"], "layers" in one) == (8, False)
    assert one["family"]["params"] == [
        min(line["params"] for line in lines),
        max(line["params"] for line in lines),
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("check", LARGE.replace("-k", "-5")), 0),
        (("check", "INPUT[4x4x3] -> [POOL]*N"), 1),
        (("family", "INPUT[4x4x3] -> [POOL]*N"), 0),
        (("family", "INPUT[4x4x3] -> CONV5-1(P=0) -> FC?"), 1),
        (("family", "--reverse", LARGE.replace("-k", "-5")), 2),
        (("family", "--where", "1 +", LARGE.replace("-k", "-5")), 2),
        (("family", "--sort", "params", *RANGES, LARGE), 2),
        (("family", "INPUT -> [CONV]*N -> CONV3-k"), 1),
        (("family", "--set", "N=0..999999999", "INPUT -> [CONV]*N"), 1),
        (("match", "INPUT -> FC"), 0),
        (("match", "INPUT -> CONV -> POOL"), 1),
        (("match",), 2),
        (("match", "INPUT -> [CONV]*N", "INPUT -> [CONV]*N"), 1),
        (("inputs", "INPUT -> CONV -> POOL"), 0),
        (("inputs", "INPUT -> CAT{CONV3(P=0) | ID}"), 1),
        (("inputs", "--set", "N=0..3", "INPUT -> [CONV]*N"), 2),
        (("family", "--output-format", "json", "--fail-on", "info", "INPUT -> [CONV]*N"), 1),
        (("family", "--output-format", "json", "--limit", "2", "INPUT -> [CONV]*N"), 2),
        (("family", "--output-format", "json", "--valid", "INPUT -> [CONV]*N"), 2),
        (("match", "--input", "8x8x3", "INPUT -> FC"), 2),
    ],
)
def test_exit_status(arguments: tuple[str, ...], status: int) -> None:
    assert command(*arguments).returncode == status


@pytest.mark.slow
def test_the_report_of_a_family_is_that_of_check() -> None:
    for flags in ((), ("--ignore", "CNN006"), ("--select", "CNN006"), ("--fail-on", "info")):
        arguments = ("--output-format", "json", *flags, "INPUT -> [CONV -> RELU]*N -> POOL? -> FC")
        family, check = command("family", *arguments), command("check", *arguments)
        assert (family.stdout, family.returncode) == (check.stdout, check.returncode)
    listed = command(
        "family", "--output-format", "json", "--ignore", "CNN006", "INPUT -> [CONV]*N"
    ).stdout
    assert "CNN006" not in listed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "{file}: no such file (for a string, use -e)"),
        ("", "no architecture found in {file}"),
        ("a = INPUT -> FC\nb = INPUT -> CONV\n", "2 patterns found; give one: a, b"),
    ],
)
def test_a_pattern_is_one(tmp_path: Path, text: str | None, message: str) -> None:
    file = tmp_path / "pattern.cnn"
    if text is not None:
        file.write_text(text)
    done = command("match", str(file), "INPUT -> FC")
    assert (done.returncode, done.stderr) == (2, f"cnnsize: {message.format(file=file)}\n")


def test_the_list_streams_in_flat_memory_and_a_closed_pipe_is_no_error() -> None:
    line = f'"{sys.executable}" -m cnnsize family {" ".join(RANGES)} "{LARGE}" | head -n 2'
    done = subprocess.run(
        ["bash", "-c", f"ulimit -v 400000; {line}"], capture_output=True, text=True, timeout=60
    )
    assert (len(done.stdout.splitlines()), done.stderr) == (2, "")


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGINT to send")
def test_an_interruption_prints_what_is_done() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "cnnsize", "family", "--output-format", "csv", *RANGES, LARGE],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    head = process.stdout.readline()
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert head.startswith("M,N,POOL?,K,k,valid")
    assert out.endswith("\n")
    assert process.returncode == 130
    assert "interrupted after" in err
    assert "Traceback" not in err
