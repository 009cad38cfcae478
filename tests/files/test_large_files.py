"""Files that are too large: what is still read, what is refused, and which are named."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cnnsize.files.document import Document, UnreadableFileError
from cnnsize.files.read import OVERLAP, SEARCHED_BLOCK, occurs_in_file
from tests.files.helpers import run_in_process, write_files

NET = "INPUT[8x8x3] -> FC-2"
PROSE = "A line of words about a cnn.\n" * 50


@pytest.fixture(autouse=True)
def limits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Set limits of some hundred bytes, and work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cnnsize.files.document.MAX_SMALL_FILE", 100)
    monkeypatch.setattr("cnnsize.files.document.MAX_FILE", 5_000)
    for name, limit in (("PYTHON_FILE", 1_000), ("NOTEBOOK_VALUES", 50), ("ESCAPES", 20)):
        monkeypatch.setattr(f"cnnsize.files.extract.MAX_{name}", limit)


def test_a_folder_names_files_that_are_too_large_and_have_a_mark_of_ours(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {
            "fence.md": PROSE * 4 + f"```cnn\n{NET}\n```\n",
            "marker.txt": PROSE * 4 + f"# cnnsize: {NET}\n",
            "net.cnn": f"# words\n{NET}\n" * 500,
            "prose.md": PROSE * 4,
            "data.bin": f"cnnsize: {PROSE}" * 4,
            "marked.py": f"# cnnsize: {NET}\n" + "x = 1\n" * 200,
            "words.py": "# cnn\n" + "x = 1\n" * 200,
        },
    )
    named = run_in_process("check", "--no-cache", ".").stderr.splitlines()
    assert named[:-1] == [
        "cnnsize: skipped fence.md: larger than 5,000 bytes",
        "cnnsize: skipped marked.py: Python source of more than 1,000 bytes",
        "cnnsize: skipped marker.txt: larger than 5,000 bytes",
        "cnnsize: skipped net.cnn: larger than 5,000 bytes",
    ]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.md", PROSE * 4, "larger than 5,000 bytes"),
        ("a.py", "# cnnsize:\n" + "x = 1\n" * 200, "Python source of more than 1,000 bytes"),
        ("b.py", "import torch.nn as nn\n" * 60, "Python source of more than 1,000 bytes"),
        (
            "a.ipynb",
            json.dumps({"cells": [{"source": ["cnn\n"] * 200}]}),
            "a notebook of more than 50 values",
        ),
        (
            "b.ipynb",
            json.dumps({"cells": [{"source": "cnn\n" * 30}]}),
            "a notebook with more than 20 escapes",
        ),
    ],
)
def test_a_file_that_is_named_is_refused(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    write_files(tmp_path, {name: text})
    for command in ("check", "fmt"):
        result = run_in_process(command, name)
        assert (result.exit_code, result.stderr) == (2, f"cnnsize: {name}: {message}\n")


def test_large_source_without_a_mark_holds_no_network(tmp_path: Path) -> None:
    write_files(tmp_path, {"a.py": "# cnn\n" + "x = 1\n" * 200})
    result = run_in_process("check", "a.py")
    assert (result.exit_code, result.stderr[:38]) == (2, "cnnsize: no architecture found in a.py")


def test_escapes_only_count_where_unmarked_networks_are_searched() -> None:
    data = json.dumps("cnnsize\n" * 30).encode()
    assert Document.from_bytes(data, "a.json", None, ()).excerpts() == []
    with pytest.raises(UnreadableFileError, match="a text with more than 20 escapes"):
        Document.from_bytes(data, "a.json", None, ("raw",))


@pytest.mark.parametrize(
    "before", [0, SEARCHED_BLOCK - 3, SEARCHED_BLOCK, SEARCHED_BLOCK + OVERLAP]
)
def test_a_mark_is_found_across_blocks(tmp_path: Path, before: int) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * before + b"cnnsize:")
    mark = re.compile(rb"cnnsize:")
    assert occurs_in_file(mark, path, 3 * SEARCHED_BLOCK)
    assert occurs_in_file(mark, path, SEARCHED_BLOCK) == (before < SEARCHED_BLOCK - 8)
