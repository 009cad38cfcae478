"""A check without flags does not import click, and prints what click's command prints."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from cnnsize.cli.check import check
from cnnsize.cli.checking import check_once
from cnnsize.cli.options import read_options
from cnnsize.cli.plain import is_plain_check
from tests.files.helpers import write_files
from tests.helpers import BAD, GOOD, cnnsize

TEXTS = (
    "INPUT[32x32x3] -> CONV3-64 -> RELU -> FC-10",
    "INPUT[32x32x3] -> CONV3-64(S=2, P=0) -> POLL -> FC-10",
    "INPUT[10x10x3] -> CONV3-8(S=2, P=0) -> FC-10",
    "INPUT[32x32x3] -> [CONV3-8 -> RELU]*N -> FC-10",
    "INPUT 32x32x3 -> conv 3x3 64 -> relu -> fc 10",
    "net = INPUT[8x8x3] -> FC-2  # cnnsize: ignore",
    " -> ",
    "INPUT[8x8x3] -> é\x1b[31m -> FC-2",
)


@pytest.mark.parametrize("text", TEXTS)
def test_the_output_is_that_of_the_command(text: str, tmp_path: Path) -> None:
    assert is_plain_check(["cnnsize", "check", text])
    plain = cnnsize("check", text, cwd=tmp_path)
    assert plain == cnnsize("check", text, "--color", "auto", cwd=tmp_path)


@pytest.mark.parametrize("format", ["json", "concise", "full"])
def test_the_configuration_may_ask_for_another_format(format: str, tmp_path: Path) -> None:
    (tmp_path / "cnnsize.toml").write_text(f'output-format = "{format}"\nfail-on = "info"\n')
    text = "INPUT[8x8x3] -> CONV3-8 -> FC-10"
    plain = cnnsize("check", text, cwd=tmp_path)
    assert plain == cnnsize("check", text, "--color", "auto", cwd=tmp_path)


def test_the_defaults_are_those_of_a_call_without_flags() -> None:
    passed = check.make_context("check", ["A -> B"]).params
    defaults = {
        name: parameter.default
        for function in (check_once, read_options)
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    }
    assert {name: defaults[name] for name in passed if name in defaults} == {
        name: passed[name] for name in passed if name in defaults
    }
    others = {name: passed[name] for name in passed if name not in defaults}
    assert others.pop("sources") == ("A -> B",)
    assert not any(others.values())  # as if they were not given


FILES = {"a.cnn": f"{GOOD}\n{BAD}\n", "b.md": "nothing\n", "c.py": "", "d.cnn": "\0", "-": ""}


@pytest.mark.parametrize(
    "paths",
    [
        ["."],
        ["a.cnn"],
        ["a.cnn", "a.cnn"],
        ["b.md"],
        ["b.md", "c.py"],
        ["c.py"],
        ["d.cnn"],
        ["a -> b"],
    ],
    ids=" ".join,
)
def test_paths_are_checked_as_by_the_command(paths: list[str], tmp_path: Path) -> None:
    write_files(tmp_path, {**FILES, "a -> b": GOOD})
    plain = cnnsize("check", *paths, cwd=tmp_path)
    assert plain == cnnsize("check", *paths, "--color", "auto", cwd=tmp_path)


@pytest.mark.parametrize(
    "words",
    [
        ["check"],
        ["check", "-q"],
        ["check", ".", "-q"],
        ["check", "-"],
        ["check", "missing.cnn"],
        ["check", "-> A -> B"],
        ["check", "A -> B", "B -> C"],
        ["show", "A -> B"],
    ],
)
def test_other_calls_are_left_to_click(words: list[str]) -> None:
    assert not is_plain_check(["cnnsize", *words])


@pytest.mark.parametrize(
    ("argument", "absent"),
    [
        ("INPUT[8x8x3] -> FC-2", ["click", "inspect", "fractions", "json"]),
        (".", ["click", "inspect", "fractions", "json", "hashlib", "subprocess", "importlib.util"]),
    ],
)
def test_what_is_not_imported(argument: str, absent: list[str], tmp_path: Path) -> None:
    write_files(tmp_path, {"a.cnn": GOOD})
    script = (
        f"import sys; sys.argv = ['cnnsize', 'check', {argument!r}]\n"
        "from cnnsize.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print([name for name in {absent} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
