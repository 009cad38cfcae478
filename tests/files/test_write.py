"""Writing files: in one step, or not at all."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from cnnsize.cli.commands import cli
from cnnsize.files.write import WriteRefusedError, _is_running, write_text
from tests.files.helpers import FIXED, SLOPPY
from tests.helpers import GOOD, cnnsize

pytestmark = pytest.mark.slow


def test_a_read_only_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.cnn"
    path.write_text(SLOPPY)
    path.chmod(0o444)
    for command in (("check", "--fix", "-q"), ("fmt",)):
        status, _, err = cnnsize(*command, "a.cnn", cwd=tmp_path)
        assert (status, "cnnsize: a.cnn: not written: the file is read-only" in err) == (2, True)
    assert path.read_text() == SLOPPY


def test_a_file_that_has_changed_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.cnn"
    path.write_bytes(b"theirs")
    with pytest.raises(WriteRefusedError, match="has changed since it was read"):
        write_text(str(path), b"read before", b"ours")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.cnn", b"theirs")]


def test_a_full_disk_leaves_the_old_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "a.cnn"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_text(str(path), b"old", b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.cnn", b"old")]


def test_a_kill_at_any_moment_leaves_the_old_text_or_the_new(tmp_path: Path) -> None:
    """The process writes all the time, so that most kills interrupt a write."""
    texts = [(f"{letter}{SLOPPY}" * 2000).encode() for letter in "ab"]
    path = tmp_path / "a.cnn"
    path.write_bytes(texts[0])
    loop = (
        "import sys; from cnnsize.files.write import write_text\n"
        "path = sys.argv[1]\n"
        "print(flush=True)\n"
        "while True:\n"
        "    before = open(path, 'rb').read()\n"
        "    write_text(path, before, before.translate(bytes.maketrans(b'ab', b'ba')))\n"
    )
    swapped = {texts[0], texts[0].translate(bytes.maketrans(b"ab", b"ba"))}
    for attempt in range(25):
        writer = subprocess.Popen([sys.executable, "-c", loop, str(path)], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"\n"
        time.sleep(attempt % 7 / 500)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        assert path.read_bytes() in swapped
    write_text(str(path), path.read_bytes(), texts[0])
    assert [path.name for path in tmp_path.iterdir()] == [
        "a.cnn"
    ]  # no leftovers of killed processes


def test_two_writers_never_leave_a_mixture(tmp_path: Path) -> None:
    text = SLOPPY * 50
    for _ in range(3):
        (tmp_path / "a.cnn").write_text(text)
        both = [
            subprocess.Popen(
                [sys.executable, "-m", "cnnsize", "check", "-q", "--fix", "a.cnn"],
                cwd=tmp_path,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        errors = [process.communicate(timeout=60)[1] for process in both]
        assert all(
            process.returncode == 0 or "has changed since it was read" in err
            for process, err in zip(both, errors, strict=True)
        )
        assert (tmp_path / "a.cnn").read_text() == FIXED * 50
        assert [path.name for path in tmp_path.iterdir()] == ["a.cnn"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("emit", "lenet5", "--force"),
        ("check", "lenet5"),
        ("show", "lenet5"),
        ("family", "--output-format", "csv", "INPUT[8x8x3] -> [CONV3-4]*N -> FC-2"),
    ],
)
def test_an_output_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "out"
    path.write_text("old")
    path.chmod(0o640)
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        done = CliRunner().invoke(cli, [*arguments, "--output-file", str(path), "--isolated"])
    assert (done.exit_code, done.stdout, done.stderr) == (
        2,
        "",
        f"cnnsize: {path}: No space left on device\n",
    )
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("out", "old")]
    assert CliRunner().invoke(
        cli, [*arguments, "--output-file", str(path), "--isolated"]
    ).exit_code in (0, 1)
    assert path.read_bytes() not in (b"", b"old")
    assert b"\r" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_output_file_may_be_new_a_pipe_or_read_only(tmp_path: Path) -> None:
    assert cnnsize("check", "--output-file", "new", GOOD, cwd=tmp_path)[:2] == (0, "")
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o666 & ~umask
    assert (
        "1 network: valid"
        in cnnsize("check", "--output-file", "/dev/stdout", GOOD, cwd=tmp_path)[1]
    )
    (tmp_path / "new").chmod(0o444)
    assert cnnsize("check", "--output-file", "new", GOOD, cwd=tmp_path) == (
        2,
        "",
        "cnnsize: new: not written: the file is read-only\n",
    )


def test_no_signal_is_sent_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows, signal 0 is Ctrl-C."""
    with monkeypatch.context() as windows:
        windows.setattr(os, "name", "nt")
        windows.setattr(os, "kill", pytest.fail)
        assert _is_running(os.getpid())
