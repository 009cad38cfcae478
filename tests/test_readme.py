"""Every block of README.md runs and prints what it says; so does every one of data/rendered.md, whole messages
and tables at many widths.

``python -m tests.test_readme`` writes the real output into the blocks: read the diff before you commit it.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
import sys
from pathlib import Path
from unittest import mock

import pytest

README = Path(__file__).parent.parent / "README.md"
RENDERED = Path(__file__).parent / "data" / "rendered.md"
CONSOLE = re.compile(r"(?ms)^```console\n(.*?)^```$")
PYTHON = re.compile(r"(?ms)^```python\n(.*?)^```$")


def run(line: str) -> str:
    """What a ``$ cnnsize ...`` line prints on a pipe of 80 columns, stderr behind stdout."""
    from cnnsize.cli import main

    words = shlex.split(line)
    environment = {"COLUMNS": "80", "NO_COLOR": "1"}
    while "=" in words[0]:
        name, value = words.pop(0).split("=")
        environment[name] = value
    assert words[0] == "cnnsize", f"README shows cnnsize, not {words[0]}"
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n")
    err = io.StringIO()
    with (
        mock.patch.dict(os.environ, environment),
        mock.patch.object(sys, "argv", words),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        contextlib.suppress(SystemExit),
    ):
        main()
    out.flush()
    assert isinstance(out.buffer, io.BytesIO)
    return out.buffer.getvalue().decode() + err.getvalue()


def executed(block: str) -> str:
    """The block with the real output of each of its commands."""
    lines = []
    for line in block.splitlines():
        if line.startswith("$ "):
            lines += [line, *run(line[2:]).rstrip("\n").split("\n")]
    return "\n".join(lines) + "\n"


def blocks(pattern: re.Pattern[str], path: Path = README) -> list[str]:
    return pattern.findall(path.read_text("utf-8"))


@pytest.mark.parametrize("block", blocks(CONSOLE), ids=lambda block: block.split("\n")[0][:60])
def test_commands_print_what_readme_shows(block: str) -> None:
    assert executed(block) == block


@pytest.mark.parametrize("block", blocks(CONSOLE, RENDERED), ids=lambda block: block.split("\n")[0][:80])
def test_whole_rendered_output(block: str) -> None:
    assert executed(block) == block


@pytest.mark.parametrize("block", blocks(PYTHON), ids=lambda block: block.split("\n")[0][:60])
def test_python_examples(block: str) -> None:
    test = doctest.DocTestParser().get_doctest(block, {}, "README", "README.md", 0)
    assert test.examples, "a python block shows a session"
    report = io.StringIO()
    failures = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=report.write)
    assert failures.failed == 0, report.getvalue()


def test_there_are_blocks_to_run() -> None:
    assert len(blocks(CONSOLE)) >= 4
    assert len(blocks(PYTHON)) >= 1


if __name__ == "__main__":
    for path in (README, RENDERED):
        text = path.read_text("utf-8")
        path.write_text(CONSOLE.sub(lambda found: f"```console\n{executed(found[1])}```", text), "utf-8")
