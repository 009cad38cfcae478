"""Patterns for files: those of git, with git as the test oracle, and those of the configuration."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from cnnsize.files.folders import find_files
from cnnsize.files.globs import matches
from tests.files.helpers import run_in_process, write_files
from tests.helpers import GOOD

NAMES = ("a", "b", "ab", "a-b", "z", "a b", "x.c", "y.c", "[a]", "a]", "A", "1")
PIECES = (
    "a",
    "b",
    "*",
    "?",
    "**",
    "/",
    "**/",
    "/**",
    "***/",
    "[a-c]",
    "[!a]",
    "[z-a]",
    "[z-aa]",
    "[[:alpha:]-z]",
    "[!]",
    "[]a]",
    "[",
    "]",
    "\\*",
    "\\",
    "\\/",
    "[a/b]",
    "x.c",
    ".c",
    "*.c",
    " ",
    "\\ ",
    "!",
    "#",
    "[[:foo:]]",
    "[a-",
    "[^b]",
    "[\\]]",
    "-",
    "[a-b-z]",
    "[[:upper:][:digit:]]",
    "/**/",
    "[--a]",
)


@pytest.mark.parametrize("seed", range(40))
def test_the_files_of_a_folder_are_those_that_git_lists(tmp_path: Path, seed: int) -> None:
    """Random lines of .gitignore, most of them odd, with git itself as the test oracle."""
    draw = Random(seed)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for _ in range(25):
        # a file is where a folder is needed, or the other way round
        with contextlib.suppress(OSError):
            folder = tmp_path.joinpath(*draw.choices(NAMES, k=draw.randint(0, 3)))
            folder.mkdir(parents=True, exist_ok=True)
            (folder / draw.choice(NAMES)).touch()
    folders = [
        tmp_path,
        *(path for path in sorted(tmp_path.iterdir()) if path.is_dir() and path.name != ".git"),
    ]
    for folder in draw.sample(folders, min(2, len(folders))):
        lines = [
            "".join(draw.choices(PIECES, k=draw.randint(1, 5))) for _ in range(draw.randint(1, 4))
        ]
        (folder / ".gitignore").write_text("\n".join(lines) + "\n")
    git = subprocess.run(
        ["git", "ls-files", "-o", "-z", "--exclude-standard"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
        text=True,
    )
    ours = {
        os.path.relpath(path, tmp_path)
        for path in find_files(
            str(tmp_path), is_excluded=lambda _: False, on_skip=print, on_error=pytest.fail
        )
    }
    assert ours == set(filter(None, git.stdout.split("\0")))


HOSTILE = {
    "*a" * 30 + "b": "a" * 200,
    "**/" * 40 + "b": "a/" * 100 + "c",
    "**/*a" * 30 + "b": "a/" * 200 + "c",
    "/".join(["**", "*a*a*a*b"] * 20): "aaaaaaaaaaaa/" * 60 + "c",
    "[ab]*" * 40 + "c": "ab" * 100,
}


def test_a_pattern_takes_polynomial_time(tmp_path: Path) -> None:
    """In a process that may use five seconds of CPU time; exponential matching takes years."""
    for number, (pattern, name) in enumerate(HOSTILE.items()):
        folder = tmp_path / str(number)
        write_files(
            folder,
            {
                "/".join(path[:200] for path in name.split("/")[:40]): GOOD,
                ".gitignore": pattern,
                ".git/x": "",
            },
        )
    script = (
        "import resource; resource.setrlimit(resource.RLIMIT_CPU, (5, 5))\n"
        "from cnnsize.files.folders import find_files\n"
        "from cnnsize.files.globs import matches\n"
        f"for pattern, name in {HOSTILE!r}.items(): assert not matches(name, pattern)\n"
        "for number in range(5): assert len(list(find_files(str(number), is_excluded=lambda path: False, on_skip=print, on_error=print))) == 2\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("[z-a]", "the range z-a is reversed"),
        ("[!]", "'[' is never closed"),
        ("x/[a", "'[' is never closed"),
        ("[[:foo:]]", "unknown character class [:foo:]"),
        ("a\\", "it ends with a backslash"),
        ("!./[z-a]/", "the range z-a is reversed"),
    ],
)
def test_an_invalid_pattern_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, why: str
) -> None:
    write_files(
        tmp_path,
        {
            "a.cnn": GOOD,
            "b.toml": f"exclude = ['{pattern}']\n",
            "c.toml": f"per-file-ignores = {{ '{pattern}' = ['CNN1'] }}\n",
        },
    )
    monkeypatch.chdir(tmp_path)
    for flags, place in (
        (("--exclude", pattern), "--exclude"),
        (("--config", "b.toml"), "b.toml:1: exclude"),
        (("--per-file-ignores", f"{pattern}:CNN1"), "--per-file-ignores"),
        (("--config", "c.toml"), "c.toml:1: per-file-ignores"),
    ):
        done = run_in_process("check", *flags, ".")
        assert (done.exit_code, done.stdout) == (2, "")
        assert done.stderr == f"cnnsize: {place}: invalid pattern {pattern!r}: {why}\n"


@pytest.mark.parametrize(
    ("pattern", "file", "match"),
    [
        ("a.cnn", "a.cnn", True),
        ("a.cnn", "x/y/a.cnn", True),
        ("a.cnn", "aa.cnn", False),
        ("*.cnn", "x/a.cnn", True),
        ("zoo", "zoo/a.cnn", True),
        ("zoo/", "x/zoo/a.cnn", True),
        ("zoo/*.cnn", "zoo/a.cnn", True),
        ("zoo/*.cnn", "x/zoo/a.cnn", False),
        ("zoo/*.cnn", "zoo/x/a.cnn", False),
        ("**/zoo/*.cnn", "x/zoo/a.cnn", True),
        ("**/zoo/*.cnn", "zoo/a.cnn", True),
        ("zoo/**", "zoo/x/a.cnn", True),
        ("./zoo/?.cnn", "zoo/a.cnn", True),
        ("zoo/?.cnn", "zoo/ab.cnn", False),
        ("[ab].cnn", "a.cnn", True),
        ("[!ab].cnn", "a.cnn", False),
        ("[a-c].cnn", "b.cnn", True),
        ("a+(b).cnn", "a+(b).cnn", True),
        ("é*.cnn", "été.cnn", True),
    ],
)
def test_patterns_of_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, file: str, match: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    assert matches(file, pattern) is match
    assert matches(str(Path(file).absolute()), pattern) is match
