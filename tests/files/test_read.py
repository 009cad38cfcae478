"""Reading files: bytes, encodings, and what cannot be read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cnnsize.cli.unmarked_hint import unmarked_hint
from cnnsize.config.sources import Config
from cnnsize.files.document import decode
from tests.files.helpers import run_in_process, write_files
from tests.helpers import BAD, GOOD, cnnsize

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", "# Nothing\n"),
        ("a.md", "see cnn.com\n"),
        ("a.py", "x = 'INPUT[4x4x3] : FC'\n"),
        ("a.rst", ""),
        ("notes.txt", "Input images are -> read\n"),
        ("LICENSE", "INPUT\n"),
        ("a.ipynb", '{"cells": []}'),
    ],
)
def test_a_file_without_networks_is_an_error_where_it_is_named(
    tmp_path: Path, name: str, text: str
) -> None:
    write_files(tmp_path, {name: text})
    for command in ("check", "fmt"):
        status, out, err = cnnsize(command, name, cwd=tmp_path)
        assert (status, out) == (2, "")
        assert err.startswith(f"cnnsize: no architecture found in {name}; ")
        assert "(see `cnnsize help files`)" in err
        # a hook names whatever is committed, and a directory may hold anything
        assert cnnsize(command, "--force-exclude", name, cwd=tmp_path)[0] == 0
        assert cnnsize(command, ".", cwd=tmp_path)[0] == 0
    assert (tmp_path / name).read_text() == text


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a.md", "# Net\n\nIt is conv -> tanh -> fc.\n", 3),
        ("a.py", "x = 'INPUT[4x4x3] -> FC'\n", 1),
        ("docs/a.html", "<p>conv &rarr; tanh &rarr; fc</p>\n", 1),
    ],
)
def test_where_no_network_is_marked_the_first_without_a_mark_is_named(
    tmp_path: Path, name: str, text: str, line: int
) -> None:
    write_files(tmp_path, {name: text, "b.md": "nothing -> here\n"})
    for command, argument, status in (("check", ".", 0), ("check", name, 2), ("show", name, 2)):
        code, _, err = cnnsize(command, argument, cwd=tmp_path)
        assert code == status
        assert err.startswith(
            f"cnnsize: no architecture found in {argument}; --extract raw finds networks that "
            f"nothing marks, as in {name}:{line}; put one in a "
        )
    assert "--extract" not in cnnsize("fmt", ".", cwd=tmp_path)[2]
    assert cnnsize("check", "--extract", "raw", ".", cwd=tmp_path)[2] == ""


@pytest.mark.parametrize("name", ["a.txt", "NETS"])
def test_plain_text_that_begins_with_a_network_is_one(tmp_path: Path, name: str) -> None:
    write_files(tmp_path, {name: f"# nets\n\nnet = {BAD}\n"})
    assert (
        f"{name}:3:25: error[CNN101]"
        in cnnsize("check", "--output-format", "concise", name, cwd=tmp_path)[1]
    )


def test_a_broken_notebook_is_reported_once(tmp_path: Path) -> None:
    write_files(tmp_path, {"a.ipynb": "{cnn", "b.cnn": GOOD})
    status, out, err = cnnsize("check", "a.ipynb", "b.cnn", cwd=tmp_path)
    assert (status, err.count("not a notebook")) == (2, 1)
    assert "1 network: valid" in out


def test_bytes_that_are_not_text_are_kept(tmp_path: Path) -> None:
    before = b"\xef\xbb\xbf# caf\xe9\r\n# cnnsize: INPUT[8x8x3] => FC-10\r\n\ttail \xff"
    (tmp_path / "a.c").write_bytes(before)
    assert cnnsize("check", "--fix", "-q", "a.c", cwd=tmp_path)[0] == 0
    assert (tmp_path / "a.c").read_bytes() == before.replace(b"=>", b"->")


@pytest.mark.parametrize(
    "data",
    [b"\xef\xbb\xbfx\r\n", b"caf\xe9", b"\xff\xfe", "→\ud800".encode("utf-8", "surrogatepass")],
)
def test_every_byte_of_a_text_comes_back(data: bytes) -> None:
    from cnnsize.files.document import BYTE_ORDER_MARK, Document

    document = Document(
        decode(data, "a.md"), "a.md", "a.md", data[:3] if data.startswith(BYTE_ORDER_MARK) else b""
    )
    assert document.to_bytes() == data


def test_a_file_that_is_not_utf_8_is_read(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_bytes(b"# caf\xe9, cnn\n# cnnsize: INPUT[4x4x3] => FC-10\n")
    status, _, err = cnnsize("fmt", "Makefile", cwd=tmp_path)
    assert (status, err) == (0, "reformatted Makefile\n")
    assert (
        tmp_path / "Makefile"
    ).read_bytes() == b"# caf\xe9, cnn\n# cnnsize: INPUT[4x4x3] -> FC-10\n"


@pytest.mark.parametrize("sort", ["a pipe", "a link to /dev/zero"])
@pytest.mark.parametrize(
    "name", ["pyproject.toml", "cnnsize.toml", ".gitignore", ".git/info/exclude", "rules/team.md"]
)
def test_a_file_that_is_not_regular_is_refused_in_one_line(
    tmp_path: Path, name: str, sort: str
) -> None:
    write_files(tmp_path, {"a.cnn": GOOD, ".git/info/x": "", "rules/readme.md": ""})
    if name == "rules/team.md":
        write_files(tmp_path, {"cnnsize.toml": 'rule-dirs = ["rules"]\n'})
    os.mkfifo(tmp_path / name) if sort == "a pipe" else (tmp_path / name).symlink_to("/dev/zero")
    status, _, err = cnnsize("check", ".", cwd=tmp_path)
    assert (status, err.count("\n")) == (2, 1)
    assert name in err
    assert err.endswith(": not a regular file\n")


def test_stdin_is_read_up_to_a_limit() -> None:
    for command in ("check", "fmt"):
        with open("/dev/zero", "rb") as zeros:
            done = subprocess.run(
                [sys.executable, "-m", "cnnsize", command, "-"],
                stdin=zeros,
                capture_output=True,
                timeout=60,
                check=False,
            )
        assert (done.returncode, done.stderr) == (
            2,
            b"cnnsize: <stdin>: larger than 100,000,000 bytes\n",
        )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("[" * 3000 + "]" * 3000, "nested too deeply"),
        ("9" * 5000, "a number has too many digits"),
        ("0x" + "f" * 9000, "a number too long to show"),
    ],
)
def test_toml_that_python_cannot_parse_is_an_error_of_its_file(
    tmp_path: Path, value: str, message: str
) -> None:
    write_files(tmp_path, {"a.cnn": GOOD, "pyproject.toml": f"[tool.cnnsize]\ntarget = {value}\n"})
    status, out, err = cnnsize("check", "a.cnn", cwd=tmp_path)
    assert (status, out, err.startswith("cnnsize: pyproject.toml:"), message in err) == (
        2,
        "",
        True,
        True,
    )
    write_files(tmp_path, {"pyproject.toml": f"# cnnsize\nx = {value}\n"})  # not our table
    assert cnnsize("check", "a.cnn", cwd=tmp_path)[0] == 0
    write_files(
        tmp_path,
        {
            "pyproject.toml": '[tool.cnnsize]\nrule-dirs = ["rules"]\n',
            "rules/team.md": f"+++\ncode = {value}\n+++\n",
        },
    )
    status, out, err = cnnsize("check", "a.cnn", cwd=tmp_path)
    assert (status, out, "team.md:" in err, err.count("\n")) == (2, "", True, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "# cnnsize: INPUT[8x8x3] -> FC-2\nx = [1,\n  (2, 3)\n",
            "a.py:2: '[' is never closed, so the text after it is not fully searched",
        ),
        (
            '# cnnsize: INPUT[8x8x3] -> FC-2\nx = """',
            "a.py:2: not Python from here on (EOF in multi-line string), so the rest is not searched",
        ),
        ("# cnnsize: INPUT[8x8x3] -> FC-2\n", None),
        ("x = (\n", None),  # it cannot hold a network
    ],
)
def test_broken_python_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str | None
) -> None:
    write_files(tmp_path, {"a.py": text, "b.cnn": GOOD})
    monkeypatch.chdir(tmp_path)
    line = f"cnnsize: {message}\n" if message else ""
    for command in ("check", "fmt", "check --extract-only"):
        words = command.split()
        assert run_in_process(*words, "a.py", "b.cnn").stderr == line
        assert run_in_process(*words, "-v", ".").stderr == line
        assert run_in_process(*words, ".").stderr == ""


def test_the_hint_searches_a_long_file_part_by_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "nothing -> here\n" * 20_000
    write_files(tmp_path, {"a.html": f"{words}<p>conv &rarr; tanh &rarr; fc</p>\n"})
    config = Config()
    assert unmarked_hint((str(tmp_path / "a.html"),), config).endswith("a.html:20001")
    # no time is left for more than the first part
    monkeypatch.setattr("cnnsize.cli.unmarked_hint.process_time", iter(range(9)).__next__)
    assert unmarked_hint((str(tmp_path / "a.html"),), config) == ""
