"""The configuration as a user sees it: in the output of commands."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cnnsize.lint.selection import (
    rules,
)
from tests.helpers import BAD, GOOD, cnnsize

pytestmark = pytest.mark.slow


def test_exit_status_follows_fail_on(tmp_path: Path) -> None:
    statuses = [
        cnnsize("check", "-q", "--fail-on", on, BAD, cwd=tmp_path)[0]
        for on in ("error", "warning", "info", "never")
    ]
    assert statuses == [1, 1, 1, 0]
    note = "INPUT[32x32x3] -> CONV3-64 -> RELU -> FC-10"
    statuses = [
        cnnsize("check", "-q", "--fail-on", on, note, cwd=tmp_path)[0]
        for on in ("error", "warning", "info", "never")
    ]
    assert statuses == [0, 0, 1, 0]
    assert cnnsize("check", "--fail-on", "never", "INPUT -> POLL", cwd=tmp_path)[0] == 0
    assert cnnsize("check", "--exit-zero", BAD, cwd=tmp_path)[0] == 0
    assert cnnsize("show", "--config", "fail-on=never", BAD, cwd=tmp_path)[0] == 0
    status, out, err = cnnsize("check", "--fail-on", "errors", BAD, cwd=tmp_path)
    assert (status, out) == (2, "")
    assert "did you mean 'error'?" in err


def test_a_syntax_error_is_reported_whatever_is_ignored(tmp_path: Path) -> None:
    for flags in (("--ignore", "ALL"), ("--select", "CNN101"), ("--per-file-ignores", "*:CNN0")):
        status, out, _ = cnnsize("check", *flags, "INPUT -> POLL", cwd=tmp_path)
        assert (status, "CNN002" in out) == (1, True)


def test_selection_from_the_command_line(tmp_path: Path) -> None:
    assert "CNN101" in cnnsize("check", "-q", BAD, cwd=tmp_path)[1]
    status, out, _ = cnnsize("check", "-q", "--ignore", "fractional-output,CNN3", BAD, cwd=tmp_path)
    assert (status, out) == (0, "")
    (tmp_path / "cnnsize.toml").write_text('ignore = ["CNN101", "CNN302"]')
    assert cnnsize("check", "-q", BAD, cwd=tmp_path)[:2] == (0, "")
    assert cnnsize("check", "-q", "--isolated", BAD, cwd=tmp_path)[0] == 1
    assert cnnsize("check", "-q", "--extend-select", "CNN101", BAD, cwd=tmp_path)[0] == 1
    assert cnnsize("check", "-q", BAD, cwd=tmp_path, CNNSIZE_EXTEND_SELECT="CNN101")[0] == 1
    assert (
        cnnsize("check", "-q", "--config", "ignore=CNN302", "--isolated", BAD, cwd=tmp_path)[0] == 1
    )
    status, out, err = cnnsize("check", "--ignore", "CNN10l", BAD, cwd=tmp_path)
    assert (status, out) == (2, "")
    assert "did you mean CNN101?" in err


def test_output_format_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "cnnsize.toml").write_text('output-format = "json"')
    assert json.loads(cnnsize("check", GOOD, cwd=tmp_path)[1])["version"]
    assert json.loads(cnnsize("show", GOOD, cwd=tmp_path)[1])["version"]
    (tmp_path / "cnnsize.toml").write_text('output-format = "sarif"')
    assert json.loads(cnnsize("check", GOOD, cwd=tmp_path)[1])["runs"]
    assert "WxHxD" in cnnsize("show", GOOD, cwd=tmp_path)[1]


def test_files_are_excluded(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "a.cnn").write_text(BAD)
    (tmp_path / "b.cnn").write_text(GOOD)
    assert cnnsize("check", ".", cwd=tmp_path)[0] == 1
    assert cnnsize("check", "--exclude", "old/**", ".", cwd=tmp_path)[0] == 0
    assert cnnsize("check", "--exclude", "old", "old/a.cnn", cwd=tmp_path)[0] == 1
    status, out, err = cnnsize(
        "check", "--exclude", "old", "--force-exclude", "old/a.cnn", cwd=tmp_path
    )
    assert (status, out) == (0, "")
    assert "excluded" in err
    (tmp_path / "cnnsize.toml").write_text('exclude = ["old"]')
    assert cnnsize("check", ".", cwd=tmp_path)[0] == 0
    assert (
        cnnsize(
            "check",
            "--force-exclude",
            "--stdin-filename",
            "old/b.cnn",
            "-",
            cwd=tmp_path,
            stdin=BAD.encode(),
        )[0]
        == 0
    )


def test_what_is_excluded_is_not_rewritten(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    for name in ("old/a.cnn", "b.cnn"):
        (tmp_path / name).write_text("conv => relu")
    (tmp_path / "cnnsize.toml").write_text('exclude = ["old"]')
    assert cnnsize("fmt", ".", cwd=tmp_path)[0] == 0
    assert (tmp_path / "old" / "a.cnn").read_text() == "conv => relu"
    assert (tmp_path / "b.cnn").read_text() == "CONV -> RELU"


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("cnnsize check --output-format g", {"github", "gitlab"}),
        ("cnnsize check --fail-on e", {"error"}),
        ("cnnsize check --ignore fractional", {"fractional-output"}),
        ("cnnsize check --select CNN10", {code for code in rules() if code.startswith("CNN10")}),
        ("cnnsize ch", {"check"}),
    ],
)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete(words: str, offered: set[str], shell: str) -> None:
    last = words.rpartition(" ")[2]
    count = last if shell == "fish" else str(words.count(" "))
    _, out, _ = cnnsize(COMP_WORDS=words, COMP_CWORD=count, _CNNSIZE_COMPLETE=f"{shell}_complete")
    completions = set(re.split(r"[\n,\t]", out)) - {"plain", "", "_"}
    assert completions >= offered
    assert shell != "bash" or all(word.startswith(last) for word in completions)


def test_per_file_ignores_and_the_name_of_stdin(tmp_path: Path) -> None:
    (tmp_path / "a.cnn").write_text(BAD)
    (tmp_path / "cnnsize.toml").write_text('[per-file-ignores]\n"a.cnn" = ["CNN101", "CNN302"]')
    assert cnnsize("check", "a.cnn", cwd=tmp_path)[0] == 0
    assert cnnsize("check", "-", cwd=tmp_path, stdin=BAD.encode())[0] == 1
    assert (
        cnnsize("check", "--stdin-filename", "a.cnn", "-", cwd=tmp_path, stdin=BAD.encode())[0] == 0
    )
    _, out, _ = cnnsize(
        "check",
        "--output-format",
        "concise",
        "--stdin-filename",
        "x.md",
        "-",
        cwd=tmp_path,
        stdin=f"# x\n\n```cnn\n{BAD}\n```\n".encode(),
    )
    assert out.startswith("x.md:4:19: error[CNN101]")


def test_statistics(tmp_path: Path) -> None:
    (tmp_path / "a.cnn").write_text("\n\n".join([BAD, BAD, "INPUT[8x8x3] -> POLL"]))
    status, out, _ = cnnsize("check", "--statistics", "--select", "CNN1", "a.cnn", cwd=tmp_path)
    assert status == 1
    assert out == "2  CNN101  error    fractional-output\n1  CNN002  error    unknown-layer\n"
    _, out, _ = cnnsize(
        "check",
        "--statistics",
        "--output-format",
        "json",
        "--select",
        "CNN1",
        "a.cnn",
        cwd=tmp_path,
    )
    assert json.loads(out)[0] == {
        "code": "CNN101",
        "name": "fractional-output",
        "severity": "error",
        "count": 2,
        "fixable": 0,
    }
    assert (
        cnnsize("check", "--statistics", "--output-format", "sarif", "a.cnn", cwd=tmp_path)[0] == 2
    )
    assert cnnsize("check", "--statistics", "--select", "CNN1", GOOD, cwd=tmp_path)[:2] == (0, "")
