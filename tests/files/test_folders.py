"""Folders: which of their files are read, and which are skipped."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from cnnsize.limits import MAX_FILE
from tests.files.helpers import FENCED, FIXED, SLOPPY, list_extracted, write_files
from tests.helpers import GOOD, cnnsize

pytestmark = pytest.mark.slow


def test_folders_are_searched_as_git_sees_them(tmp_path: Path) -> None:
    (tmp_path / ".git" / "info").mkdir(parents=True)
    write_files(
        tmp_path,
        {
            ".gitignore": "build/\n*.tmp.cnn\n/top.cnn\n!kept.tmp.cnn\n",
            ".git/info/exclude": "private.cnn\n",
            "top.cnn": GOOD,
            "sub/top.cnn": GOOD,
            "a.tmp.cnn": GOOD,
            "kept.tmp.cnn": GOOD,
            "private.cnn": GOOD,
            "build/x.cnn": GOOD,
            "sub/build/x.cnn": GOOD,
            "sub/deep/.gitignore": "*\n!keep.cnn\n",
            "sub/deep/lost.cnn": GOOD,
            "sub/deep/keep.cnn": GOOD,
            "node_modules/a.cnn": GOOD,
            ".venv/a.md": FENCED,
            ".github/a.md": FENCED,
            "a.md": FENCED,
            "z.py": f"# cnnsize: {GOOD}\n",
        },
    )
    everything = [
        "a.md",
        "kept.tmp.cnn",
        "z.py",
        ".github/a.md",
        "sub/top.cnn",
        "sub/deep/keep.cnn",
    ]
    assert list_extracted(tmp_path) == everything
    assert list_extracted(tmp_path / "sub") == [
        "top.cnn",
        "deep/keep.cnn",
    ]  # the .gitignore above counts
    assert list_extracted(tmp_path, "build", "top.cnn") == [
        "build/x.cnn",
        "top.cnn",
    ]  # a file that is named is read, even if git ignores it
    assert list_extracted(tmp_path, ".", "a.md", "sub") == everything  # no file is read twice
    assert list_extracted(tmp_path, "--exclude", "sub/**", "--exclude", "*.md", ".") == [
        "kept.tmp.cnn",
        "z.py",
    ]


def test_outside_a_repository_files_above_do_not_count(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {".gitignore": "*\n", "sub/a.cnn": GOOD, "sub/b.cnn": GOOD, "sub/.gitignore": "b.cnn\n"},
    )
    assert list_extracted(tmp_path / "sub") == ["a.cnn"]


def test_verbose_lists_what_is_skipped(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {
            "a.cnn": GOOD,
            "b.bin": b"cnn\0cnn",
            "c.txt": b"cnn" + b"x" * MAX_FILE,
            "latin.py": "# cnn \xe9\n".encode("latin-1"),
        },
    )
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "link.cnn").symlink_to("a.cnn")
    (tmp_path / "broken.cnn").symlink_to("nowhere")
    with socket.socket(socket.AF_UNIX) as pipe:
        pipe.bind(str(tmp_path / "socket"))
        os.mkfifo(tmp_path / "fifo.cnn")
        status, out, err = cnnsize("check", "-v", ".", cwd=tmp_path)
    assert status == 0
    assert out.endswith("1 network: valid (1 note)\n")
    assert [line.removeprefix("cnnsize: skipped ") for line in err.splitlines()] == [
        "b.bin: binary file",
        "broken.cnn: symbolic link",
        f"c.txt: larger than {MAX_FILE:,} bytes",
        "link.cnn: symbolic link",
        "loop: symbolic link",
    ]
    assert cnnsize("check", ".", cwd=tmp_path)[2] == ""


def test_links_that_are_named_are_followed(tmp_path: Path) -> None:
    write_files(tmp_path, {"nets/a.cnn": SLOPPY})
    (tmp_path / "link.cnn").symlink_to("nets/a.cnn")
    (tmp_path / "folder").symlink_to("nets")
    assert list_extracted(tmp_path, "link.cnn") == ["link.cnn"]
    assert list_extracted(tmp_path, "folder") == ["folder/a.cnn"]
    assert cnnsize("check", "--fix", "-q", "link.cnn", cwd=tmp_path)[0] == 0
    assert (tmp_path / "link.cnn").is_symlink()
    assert (tmp_path / "nets" / "a.cnn").read_text() == FIXED
    status, _, err = cnnsize("check", "broken.cnn", cwd=tmp_path)
    assert (status, err) == (2, "cnnsize: broken.cnn: no such file (for a string, use -e)\n")
    (tmp_path / "self.cnn").symlink_to("self.cnn")
    assert cnnsize("check", "self.cnn", cwd=tmp_path)[0] == 2


def test_a_file_that_a_hook_names_is_skipped_if_it_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "big.csv").write_bytes(b"x" * (MAX_FILE + 1))
    assert cnnsize("check", "big.csv", cwd=tmp_path)[0] == 2
    status, _, err = cnnsize("check", "--force-exclude", "big.csv", cwd=tmp_path)
    assert (status, err.splitlines()[0]) == (
        0,
        f"cnnsize: skipped big.csv: larger than {MAX_FILE:,} bytes",
    )


def test_an_invalid_line_of_gitignore_does_not_affect_the_others(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_bytes(
        b"\xef\xbb\xbfa.cnn\r\n!\nb\\\ntrail\\ \nc[[:digit:]].cnn\n"
    )
    for name in ("a.cnn", "b.cnn", "c1.cnn", "trail "):
        (tmp_path / name).write_text("INPUT[4x4x3] -> FC-10\n", "utf-8")
    _, out, err = cnnsize("check", "--extract-only", ".", cwd=tmp_path)
    assert (out, err) == ("b.cnn:1:1: file: INPUT[4x4x3] -> FC-10\n", "")


def test_including_a_folder_again_includes_no_file_in_it_again(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "sub" / "keep").mkdir(parents=True)
    (tmp_path / ".gitignore").write_text("old.cnn\n", "utf-8")
    (tmp_path / "sub" / ".gitignore").write_text("!keep/\n", "utf-8")
    for name in ("old.cnn", "new.cnn"):
        (tmp_path / "sub" / "keep" / name).write_text("INPUT[4x4x3] -> FC-10\n", "utf-8")
    _, out, _ = cnnsize("check", "--extract-only", ".", cwd=tmp_path)
    assert out == "sub/keep/new.cnn:1:1: file: INPUT[4x4x3] -> FC-10\n"


def test_info_exclude_of_the_repository_counts(tmp_path: Path) -> None:
    (tmp_path / ".git" / "info").mkdir(parents=True)
    (tmp_path / ".git" / "info" / "exclude").write_text("*\n", "utf-8")
    (tmp_path / "a.cnn").write_text("INPUT[4x4x3] -> FC-10\n", "utf-8")
    assert cnnsize("check", "--extract-only", ".", cwd=tmp_path)[1] == ""
