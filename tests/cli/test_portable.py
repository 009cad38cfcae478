"""Windows and macOS, simulated: signals, line ends, closed pipes, code pages, missing modules."""

from __future__ import annotations

import csv
import errno
import json
import os
import sys
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest

from cnnsize.cli import main
from cnnsize.cli.families import interrupts_deferred
from cnnsize.files import write as writing
from cnnsize.files.globs import matches
from cnnsize.render.places import path_of
from cnnsize.smoke.child import system
from tests.helpers import BAD, GOOD

FAMILY = "INPUT[8x8x3] -> [CONV3-4 -> RELU]*N -> FC-2 where N in 0..2"


def output_of(
    monkeypatch: pytest.MonkeyPatch, *arguments: str, encoding: str = "utf-8"
) -> tuple[object, bytes]:
    """Return the exit status and the bytes on stdout, where text ends lines as on Windows."""
    written = BytesIO()
    stdout = TextIOWrapper(written, encoding=encoding, errors="strict", newline="\r\n")
    monkeypatch.setattr(sys, "stdout", stdout)
    monkeypatch.setattr(sys, "argv", ["cnnsize", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    stdout.flush()
    return end.value.code, written.getvalue()


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--output-format", "json", BAD),
        ("check", "--output-format", "gitlab", BAD),
        ("show", "--output-format", "json", GOOD),
        ("family", "--output-format", "csv", FAMILY),
        ("family", "--output-format", "jsonl", FAMILY),
        ("rules", "--output-format", "json"),
        ("schema",),
        ("emit", GOOD),
    ],
)
def test_no_output_has_carriage_returns(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    _, data = output_of(monkeypatch, *arguments)
    assert b"\n" in data
    assert b"\r" not in data
    text = data.decode()
    if "csv" in arguments:
        assert [len(row) for row in csv.reader(StringIO(text))] == [10] * 4
    elif "jsonl" in arguments:
        assert len([json.loads(line) for line in text.splitlines()]) == 3
    elif arguments[0] != "emit":
        json.loads(text)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_files_of_rows_have_no_carriage_returns(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, form: str
) -> None:
    file = tmp_path / "members"
    output_of(monkeypatch, "family", "--output-format", form, "--output-file", str(file), FAMILY)
    assert b"\r" not in file.read_bytes()
    assert file.read_bytes().count(b"\n") == 3 + (form == "csv")


@pytest.mark.parametrize("arguments", [("show",), ("check",), ("check", "--output-format", "full")])
def test_a_code_page_without_lines_gets_dashes(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    status, data = output_of(monkeypatch, *arguments, GOOD, encoding="cp1252")
    assert status == 0
    assert "-----" in data.decode("cp1252")
    assert b"\\u" not in data


def test_a_character_that_the_code_page_lacks_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    status, data = output_of(monkeypatch, "check", "INPUT → 卷积层x → FC", encoding="cp1252")
    assert status == 1
    assert rb"\u2192" in data


@pytest.mark.parametrize("code", [errno.EINVAL, errno.EPIPE])
def test_a_closed_pipe_on_windows_ends_without_a_message(
    capfd: pytest.CaptureFixture[str], code: int
) -> None:
    class Closed(TextIOWrapper):
        def write(self, text: str) -> int:
            raise OSError(code, "Invalid argument")

    with (
        Closed(open(os.devnull, "wb"), encoding="utf-8") as stdout,
        pytest.MonkeyPatch.context() as windows,
    ):
        windows.setattr(os, "name", "nt")
        windows.setattr(sys, "stdout", stdout)
        windows.setattr(sys, "argv", ["cnnsize", "check", "-q", BAD])
        try:
            main()
        except SystemExit as end:
            status = end.code
    assert status == 1
    assert capfd.readouterr().err == ""


def test_no_signal_is_sent_to_a_process_on_windows() -> None:
    sent: list[object] = []
    with pytest.MonkeyPatch.context() as windows:
        windows.setattr(os, "kill", lambda *arguments: sent.append(arguments))
        windows.setattr(os, "name", "nt")
        is_running = writing._is_running(12345)
    assert (is_running, sent) == (True, [])


def test_ctrl_c_needs_no_signal_mask(monkeypatch: pytest.MonkeyPatch) -> None:
    import signal

    monkeypatch.delattr(signal, "pthread_sigmask")
    with interrupts_deferred():
        pass


def test_memory_that_the_system_does_not_tell_is_unknown() -> None:
    """Neither /proc nor /sys, no module ``resource`` and no ``os.sysconf``, as on Windows."""

    def missing(path: str, *_: object, **__: object) -> None:
        raise FileNotFoundError(errno.ENOENT, "no such file", path)

    job = {"batch": 2, "needs": {"cpu": {"total": 10**18, "fixed": 0, "each": 10**17}}}
    with pytest.MonkeyPatch.context() as windows:
        windows.setattr("builtins.open", missing)
        windows.setitem(sys.modules, "resource", None)
        windows.delattr(os, "sysconf")
        free = system.available(None, "cpu")
        system.check_memory(None, job, "cpu")  # refuses nothing
    assert free is None


def become_windows(windows: pytest.MonkeyPatch, current: str) -> None:
    """Give the functions of ``os.path`` that the program calls backslashes and a current drive."""
    import ntpath

    relpath = ntpath.relpath

    def absolute(path: str) -> str:
        return ntpath.normpath(ntpath.join(current, path))

    def relative(path: str, start: str = current) -> str:
        # ntpath asks the system for the current directory, so both ends are absolute
        return relpath(absolute(path), absolute(start))

    windows.setattr(os, "sep", "\\")
    windows.setattr(os.path, "abspath", absolute)
    windows.setattr(os.path, "relpath", relative)
    for name in ("splitdrive", "isabs", "dirname", "join"):
        windows.setattr(os.path, name, getattr(ntpath, name))


@pytest.mark.parametrize(
    ("file", "pattern", "is_match"),
    [
        (r"zoo\a.cnn", "zoo/*.cnn", True),
        (r"C:\repo\zoo\a.cnn", "zoo/**", True),
        (r"zoo\old\a.cnn", "old", True),
        (r"zoo\a.cnn", "nets/*.cnn", False),
        (r"D:\other\a.cnn", "*.cnn", True),
    ],
)
def test_patterns_match_paths_with_backslashes(file: str, pattern: str, is_match: bool) -> None:
    with pytest.MonkeyPatch.context() as windows:
        become_windows(windows, r"C:\repo")
        result = matches(file, pattern)
    assert result is is_match


@pytest.mark.parametrize(
    ("file", "path"),
    [
        (r"docs\a b.md", "docs/a b.md"),
        (r"C:\repo\docs\a.md", "docs/a.md"),
        (r"D:\other\a.md", "D:/other/a.md"),
    ],
)
def test_reports_write_paths_with_slashes(file: str, path: str) -> None:
    with pytest.MonkeyPatch.context() as windows:
        become_windows(windows, r"C:\repo")
        windows.setattr("cnnsize.render.places.repository", lambda directory: None)
        result = path_of(file)
    assert result == path
