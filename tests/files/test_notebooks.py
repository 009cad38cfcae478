"""Networks in notebooks, by cell and line."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest

from cnnsize.files.document import Document, UnreadableFileError
from tests.files.extract_helpers import NET, check_document, find_networks, notebook
from tests.helpers import BAD, cnnsize


def test_notebooks_by_cell_and_line() -> None:
    text = notebook(
        ("markdown", ["# Net\n", "```cnn\n", f"{BAD}\n", "```"]),
        ("code", f'%matplotlib inline\n!ls\n# cnnsize: {BAD}\nx = "{BAD}"'),
        ("raw", BAD),
        indent=1,
    )
    checked = check_document(text, "a.ipynb")
    errors = [diagnostic for diagnostic in checked.diagnostics if diagnostic.code == "CNN101"]
    lines = text.split("\n")
    for error in errors:
        place, end = error.location, error.end_location
        assert lines[place.line - 1][place.column - 1 : end.column - 1] == "CONV3-64(S=2, P=0)"
    cells = [error.source.in_cell(error.span.start) for error in errors if error.source]
    assert cells == [(1, 3, 19), (2, 3, 30), (2, 4, 24), (3, 1, 19)]
    assert checked.to_dict()["diagnostics"][0]["cell"] == {"number": 1, "line": 3, "column": 19}


@pytest.mark.parametrize(
    "text",
    [
        "cnn",
        '{"cnn',
        '["cnn"]',
        '{"cells": 3, "cnn": 0}',
        "[" * 100_000 + "cnn",
        '{"cells": [1, {}, {"source": 3}]} cnn',
    ],
)
def test_a_broken_notebook_is_reported(text: str) -> None:
    with pytest.raises(UnreadableFileError, match="not a notebook"):
        Document(text, "a.ipynb").excerpts()


def test_whole_messages_about_texts_in_pieces(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        'NET = ("INPUT[10x10x3] -> "\n       "CONV3-64(S=2, P=0) -> RELU -> FC-10")\n', "utf-8"
    )
    (tmp_path / "b.ipynb").write_text(notebook(("markdown", f"a\n```cnn\n{BAD}\n```")), "utf-8")
    _, out, _ = cnnsize(
        "check", "-q", "--extract", "python", "--select", "CNN101", "a.py", "b.ipynb", cwd=tmp_path
    )
    assert out == dedent("""\
        error[CNN101] fractional-output: the output size is not a whole number
         --> a.py:2:9
          |
        1 | INPUT[10x10x3] ->
          | -------------- W = H = 10
        2 | CONV3-64(S=2, P=0) -> RELU -> FC-10
          | ^^^^^^^^^^^^^^^^^^ (10 - 3 + 2*0)/2 + 1 = 9/2 = 4.5
          = note: PyTorch rounds down to 4, so the last column and row are never read
          = help: P = 1 works: only padding goes unread
          = help: exact: S = 1, or F = 2 or 4
          = help: fits: input 9 or 11

        error[CNN101] fractional-output: the output size is not a whole number
         --> b.ipynb:1:78, cell 1, line 3, column 19
          |
        1 | INPUT[10x10x3] -> CONV3-64(S=2, P=0) -> FC-10
          | --------------    ^^^^^^^^^^^^^^^^^^ (10 - 3 + 2*0)/2 + 1 = 9/2 = 4.5
          | |
          | W = H = 10
          = note: PyTorch rounds down to 4, so the last column and row are never read
          = help: P = 1 works: only padding goes unread
          = help: exact: S = 1, or F = 2 or 4
          = help: fits: input 9 or 11
        """)


def test_old_notebooks_and_notebooks_without_networks() -> None:
    old = {
        "nbformat": 3,
        "worksheets": [{"cells": [{"cell_type": "code", "input": [f"# cnnsize: {NET}"]}]}],
    }
    assert [line.split(": ", 1)[1] for line in find_networks(json.dumps(old), "a.ipynb")] == [NET]
    assert find_networks("", "a.ipynb") == find_networks("{ broken", "a.ipynb") == []
