"""The commands on families: ``family``, ``match`` and ``inputs``."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from cnnsize.report.contract import Report
from tests.patterns.families import LARGE, RANGES, command


@pytest.mark.parametrize("letters", [(), ("--set", "N=1")])
def test_the_rule_about_patterns_knows_the_letters_of_the_network(letters: tuple[str, ...]) -> None:
    arguments = ("check", "--output-format", "concise", "--select", "CNN801", *letters)
    done = command(*arguments, "INPUT -> [CONV-8 -> BN -> RELU]*N -> POOL -> FC-10")
    assert done.stdout.startswith("<string>:1:21: info[CNN801]")
    assert command(*arguments, "INPUT -> [CONV-8 -> RELU]*N -> POOL -> FC-10").stdout == ""


@pytest.mark.slow
def test_a_configured_json_format_is_for_reports_only(tmp_path: Path) -> None:
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
    (network,) = report["architectures"]
    assert (network["family"]["members"], "layers" in network) == (8, False)
    assert network["family"]["params"] == [
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
        (("family", "--set", "N=0..999999999", "--time-limit", "0.1", "INPUT -> [CONV]*N"), 1),
        (("match", "INPUT -> FC"), 0),
        (("match", "INPUT -> CONV -> POOL"), 1),
        (("match",), 2),
        (("match", "INPUT -> [CONV]*N", "INPUT -> [CONV]*N"), 1),
        (("inputs", "INPUT -> CONV -> POOL"), 0),
        (("inputs", "INPUT -> CAT{CONV3(P=0) | ID}"), 1),
        (("inputs", "--set", "N=0..3", "INPUT -> [CONV]*N"), 2),
        (
            ("family", "--output-format", "json", "--config", "fail-on=info", "INPUT -> [CONV]*N"),
            1,
        ),
        (("family", "--output-format", "json", "--limit", "2", "INPUT -> [CONV]*N"), 2),
        (("family", "--output-format", "json", "--valid", "INPUT -> [CONV]*N"), 2),
        (("match", "--input", "8x8x3", "INPUT -> FC"), 2),
    ],
)
def test_exit_status(arguments: tuple[str, ...], status: int) -> None:
    assert command(*arguments).returncode == status


@pytest.mark.slow
def test_the_report_of_a_family_is_that_of_check() -> None:
    for pairs in ((), ("ignore=CNN006",), ("select=CNN006",), ("fail-on=info",)):
        flags = [word for pair in pairs for word in ("--config", pair)]
        arguments = ("--output-format", "json", *flags, "INPUT -> [CONV -> RELU]*N -> POOL? -> FC")
        family, check = command("family", *arguments), command("check", *arguments)
        assert (family.stdout, family.returncode) == (check.stdout, check.returncode)
    listed = command(
        "family", "--output-format", "json", "--config", "ignore=CNN006", "INPUT -> [CONV]*N"
    ).stdout
    assert "CNN006" not in listed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "{file}: no such file (for a string, use -e)"),
        (
            "",
            "no architecture found in {file}; write one per line, as in "
            "INPUT[32x32x3] -> CONV3-64 -> FC-10",
        ),
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
        # a process that was started in the background ignores Ctrl-C
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    head, first = process.stdout.readline(), process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert head.startswith("M,N,POOL?,K,k,valid") and first.startswith("0,0,0,0,1,1")
    assert out == "" or out.endswith("\n")
    assert process.returncode == 130
    assert "interrupted after" in err
    assert "Traceback" not in err
