"""Every block of README.md, of the guide and of data/rendered.md runs, and prints what it shows.

``python -m tests.test_readme`` writes the real output into the blocks: read the diff before you
commit it.
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

from tests.helpers import DATA, ROOT

README = ROOT / "README.md"
GUIDE = sorted((README.parent / "cnnsize" / "guide").glob("*.md"))
RENDERED = DATA / "rendered.md"
CONSOLE = re.compile(r"(?ms)^```console\n(.*?)^```$")
PYTHON = re.compile(r"(?ms)^```python\n(.*?)^```$")


def run(line: str) -> str:
    """Return what ``$ cnnsize ...`` prints on a pipe of 80 columns: stdout, then stderr."""
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
    """Return the block with the real output of each of its commands."""
    lines = []
    for line in block.splitlines():
        if line.startswith("$ "):
            lines += [line, *run(line[2:]).rstrip("\n").split("\n")]
    return "\n".join(lines) + "\n"


def executed_session(block: str) -> str:
    """Return the block with the real output of each statement after ``>>>``, 80 columns wide."""
    names: dict[str, object] = {}
    lines = []
    for example in doctest.DocTestParser().get_examples(block):
        first, *others = example.source.splitlines()
        lines += [f">>> {first}", *(f"... {line}" for line in others)]
        buffer = io.BytesIO()
        out = io.TextIOWrapper(buffer, encoding="utf-8", newline="\n")
        with (
            mock.patch.dict(os.environ, {"COLUMNS": "80"}),
            contextlib.redirect_stdout(out),
            mock.patch.object(sys, "displayhook", sys.__displayhook__),
        ):
            try:
                exec(compile(example.source, "<session>", "single"), names)
            except Exception as error:
                out.write(
                    f"Traceback (most recent call last):\n    ...\n{type(error).__qualname__}: {error}\n"
                )
        out.flush()
        printed = buffer.getvalue().decode().rstrip("\n")
        lines += printed.split("\n") if printed else []
    return "\n".join(lines) + "\n\n"


def blocks(pattern: re.Pattern[str], *paths: Path) -> list[str]:
    return [
        block
        for path in paths or (README, *GUIDE)
        for block in pattern.findall(path.read_text("utf-8"))
    ]


@pytest.mark.parametrize("block", blocks(CONSOLE), ids=lambda block: block.split("\n")[0][:60])
def test_commands_print_what_the_pages_show(block: str) -> None:
    assert executed(block) == block


@pytest.mark.parametrize(
    "block", blocks(CONSOLE, RENDERED), ids=lambda block: block.split("\n")[0][:80]
)
def test_whole_rendered_output(block: str) -> None:
    assert executed(block) == block


@pytest.mark.parametrize("block", blocks(PYTHON), ids=lambda block: block.split("\n")[0][:60])
def test_python_examples(block: str) -> None:
    assert ">>> " in block, "a python block shows a session"
    assert executed_session(block) == block


def test_there_are_blocks_to_run() -> None:
    assert len(blocks(CONSOLE, README)) >= 4
    assert len(blocks(PYTHON, README)) >= 1
    assert len(blocks(CONSOLE, *GUIDE)) >= 10


def test_readme_is_short_and_links_to_every_page_of_the_guide() -> None:
    text = README.read_text("utf-8")
    assert len(text.splitlines()) < 200
    assert {f"cnnsize/guide/{page.name}" for page in GUIDE} == set(
        re.findall(r"\((cnnsize/guide/[^)]*)\)", text)
    )


def test_readme_shows_pictures_that_are_compared_with_the_program() -> None:
    paths = re.findall(r"!\[[^]]+\]\(([^)]*)\)", README.read_text("utf-8"))
    kinds = [Path(path).name.partition("_")[0] for path in paths]
    assert kinds == ["tiling", "volumes", "graph", "profile"]
    for path in paths:
        svg = (ROOT / path).read_text("utf-8")
        assert "prefers-color-scheme:dark" in svg
        assert svg.count("http") == 1  # the namespace: an image loads nothing


def test_help_prints_every_page_and_lists_the_topics() -> None:
    topics = run("cnnsize help")
    for page in GUIDE:
        assert f"  {page.stem} " in topics
        assert run(f"cnnsize help {page.stem}").rstrip("\n") == page.read_text("utf-8").rstrip("\n")
    assert "did you mean 'notation'?" in run("cnnsize help notatoin")


if __name__ == "__main__":
    for path in (README, *GUIDE, RENDERED):
        text = path.read_text("utf-8")
        text = CONSOLE.sub(lambda match: f"```console\n{executed(match[1])}```", text)
        text = PYTHON.sub(lambda match: f"```python\n{executed_session(match[1])}```", text)
        path.write_text(text, "utf-8")
