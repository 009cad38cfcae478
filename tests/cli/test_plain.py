"""A check without flags does not import click, and prints what click's command prints."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cnnsize.cli.check import check
from cnnsize.cli.plain import NO_FLAGS, is_plain_check
from tests.helpers import cnnsize

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


def test_the_options_are_those_of_a_call_without_flags() -> None:
    passed = check.make_context("check", ["A -> B"]).params
    assert {key: passed[key] for key in NO_FLAGS} == NO_FLAGS


@pytest.mark.parametrize(
    "words",
    [["check"], ["check", "-q"], ["check", "a.cnn"], ["check", "-> A -> B"], ["show", "A -> B"]],
)
def test_other_calls_are_left_to_click(words: list[str]) -> None:
    assert not is_plain_check(["cnnsize", *words])


def test_click_is_not_imported(tmp_path: Path) -> None:
    script = (
        "import sys; sys.argv = ['cnnsize', 'check', 'INPUT[8x8x3] -> FC-2']\n"
        "from cnnsize.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([name for name in ('click', 'inspect', 'fractions', 'json') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
