"""Architectures in files of every sort: which are found, where each of their characters stands,
what is left alone.
"""

from __future__ import annotations

import json
import time
from itertools import pairwise
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnsize.files.document import Document, UnreadableFileError
from cnnsize.files.extract import excerpts
from cnnsize.language.statements import statements
from cnnsize.report.make import report
from cnnsize.report.result import Report
from cnnsize.report.texts import read_documents
from cnnsize.text.offsets import Chart
from cnnsize.text.view import View, joined
from tests.helpers import BAD, GOOD, cnnsize

NET = "INPUT[4x4x3] -> FC-10"
BOTH = ("python", "raw")


def found(text: str, name: str, also: tuple[str, ...] = BOTH) -> list[str]:
    """``3:5 fence: INPUT[...] -> ...`` of each statement."""
    chart = Chart.of(text)
    lines = []
    for one in excerpts(text, name, also):
        origin = one.origin(name, chart)
        for start, end in statements(one.text):
            source = origin.source(one.text, start, end)
            sort = f"{one.kind} {one.expects}".strip()
            lines.append(f"{source.line}:{source.column} {sort}: {' '.join(source.text.split())}")
    return lines


def said(text: str, name: str) -> Report:
    return report(read_documents([Document(text, name, also=BOTH)]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"```cnn\n{NET}\n```", [f"2:1 fence: {NET}"]),
        (f"~~~ cnn\n{NET}\n~~~", [f"2:1 fence: {NET}"]),
        (f"````cnn title=x\n```\n{NET}\n````", ["2:1 fence: ```", f"3:1 fence: {NET}"]),
        (f"```cnn\n{NET}", [f"2:1 fence: {NET}"]),
        (f"```cnn bad\n{NET}\n```", [f"2:1 fence bad: {NET}"]),
        (f"```cnn skip\n{NET}\n```", [f"2:1 fence skip: {NET}"]),
        (f"```{{cnn}}\n{NET}\n```", [f"2:1 fence: {NET}"]),
        (f"```{{.cnn .bad}}\n{NET}\n```", [f"2:1 fence bad: {NET}"]),
        (f"```{{code-block}} cnn\n:caption: A\n:linenos:\n\n{NET}\n```", [f"5:1 fence: {NET}"]),
        (f"- a\n\n  ```cnn\n  {NET}\n  ```", [f"4:3 fence: {NET}"]),
        (f"- ```cnn\n  {NET}\n  ```", [f"2:3 fence: {NET}"]),
        (f"10. a\n    ```cnn\n    {NET}\n    ```", [f"3:5 fence: {NET}"]),
        (f"> ```cnn\n> {NET}\n> ```", [f"2:3 fence: {NET}"]),
        (f"> - > ~~~cnn\n>   > {NET}\n", [f"2:7 fence: {NET}"]),
        ("> ```cnn\n> INPUT[4x4x3] ->\n>   FC-10\n> ```", [f"2:3 fence: {NET}"]),
        (f"1. a\n\n\t```cnn\n\t{NET}\n\t```", [f"4:2 fence: {NET}"]),
        (f"```cnn\r\n{NET}\r\n```\r\n", [f"2:1 fence: {NET}"]),
        (f"<!-- cnnsize: {NET} -->", [f"1:15 marker: {NET}"]),
        ("<!--\ncnnsize: INPUT[4x4x3] ->\n  FC-10\n-->", [f"2:10 marker: {NET}"]),
        (f"```py\nx = 1  # cnnsize: {NET}\n```", [f"2:19 marker: {NET}"]),
        (
            f"<!-- cnnsize:off -->\n```cnn\n{NET}\n```\n<!-- cnnsize:on -->\n```cnn\n{NET}2\n```",
            [f"7:1 fence: {NET}2"],
        ),
        (f"```\n<!-- cnnsize:off -->\n```\n```cnn\n{NET}\n```", [f"5:1 fence: {NET}"]),
        (f"```{{code-block}} cnn\n---\ncaption: A -> B\n---\n{NET}\n```", [f"5:1 fence: {NET}"]),
        (f"````{{note}}\n```cnn\n{NET}\n```\n````", [f"3:1 fence: {NET}"]),
        (
            f"> `````{{tab-set}}\n> ````{{tab-item}} A\n> ```cnn bad\n> {NET}\n> ```\n> ````\n> `````",
            [f"4:3 fence bad: {NET}"],
        ),
        (f"```cnn{{1,2}}\n{NET}\n```", [f"2:1 fence: {NET}"]),
        (f'```cnn title="a bad one to skip"\n{NET}\n```', [f"2:1 fence: {NET}"]),
        (f"{{/* cnnsize: {NET} */}}", [f"1:14 marker: {NET}"]),
        (f"{{/* cnnsize:off */}}\n```cnn\n{NET}\n```\n{{/* cnnsize:on */}}", []),
        (f"---\na: |\n  ```cnn\n  {NET}\n---\n```cnn\n{NET}\n```", [f"7:1 fence: {NET}"]),
        (f'!!! note "A"\n\n    ```cnn\n    {NET}\n    ```', [f"4:5 fence: {NET}"]),
        (
            f'=== "A"\n\n    Text.\n\n    ??? tip\n\n        ```cnn bad\n        {NET}\n        ```\n',
            [f"8:9 fence bad: {NET}"],
        ),
        # not meant for us
        (f"Such as\n\n    ```cnn\n    {NET}\n    ```", []),
        (f"````md\n```cnn\n{NET}\n```\n````", []),
        (f"    ```cnn\n    {NET}\n    ```", []),
        (f"<!--\n```cnn\n{NET}\n```\n-->", []),
        (f"````{{code-block}} md\n```cnn\n{NET}\n```\n````", []),
        (f"````{{python}}\n```cnn\n{NET}\n```\n````", []),
        (f"```cnnx\n{NET}\n```", []),
        (f"```python cnn\n{NET}\n```", []),
        ("```mermaid\nstateDiagram\n  INPUT --> CONV\n```", []),
        ("```cs\nFunc<int, int> f = INPUT => FC(INPUT);\n```", []),
        (
            "Write `# cnnsize: INPUT[4x4x3] -> FC-10` or `<!-- cnnsize: INPUT[4x4x3] -> FC-10 -->`.",
            [],
        ),
        ("# cnnsize: INPUT[4x4x3] -> FC-10", []),  # a heading
    ],
)
def test_markdown(text: str, expected: list[str]) -> None:
    assert found(text, "a.md", ()) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f".. code-block:: cnn\n\n   {NET}\n", [f"3:4 directive: {NET}"]),
        (f".. code:: cnn\n   :name: x\n\n   {NET}\n\nprose -> {NET}", [f"4:4 directive: {NET}"]),
        (f".. code-block:: cnn bad\n\n   {NET}", [f"3:4 directive bad: {NET}"]),
        (f".. code-block:: cnn\n   :class: skip\n\n   {NET}", [f"4:4 directive skip: {NET}"]),
        (f"- .. code-block:: cnn\n\n     {NET}", [f"3:6 directive: {NET}"]),
        (
            f"   .. sourcecode:: cnn\n\n      INPUT[4x4x3]\n        -> FC-10\n      {NET}\n   x",
            [f"3:7 directive: {NET}", f"5:7 directive: {NET}"],
        ),
        (f".. note::\n\n   .. code-block:: cnn\n\n      {NET}", [f"5:7 directive: {NET}"]),
        (f".. cnnsize: {NET}", [f"1:13 marker: {NET}"]),
        (f".. cnnsize:off\n\n.. code-block:: cnn\n\n   {NET}\n\n.. cnnsize:on\n", []),
        (f"Such as::\n\n  .. code-block:: cnn\n\n     {NET}", []),
        (f".. code-block:: rst\n\n   .. code-block:: cnn\n\n      {NET}", []),
        (f".. a comment\n   .. code-block:: cnn\n\n      {NET}", []),
    ],
)
def test_rst(text: str, expected: list[str]) -> None:
    assert found(text, "a.rst", ()) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"# cnnsize: {NET}", [f"1:12 marker: {NET}"]),
        (f"#cnnsize:{NET}", [f"1:10 marker: {NET}"]),
        (f"  // cnnsize: net = {NET}", [f"1:15 marker: net = {NET}"]),
        (f"/* cnnsize: {NET} */ int x;", [f"1:13 marker: {NET}"]),
        ("/**\n * cnnsize: INPUT[4x4x3] ->\n *   FC-10\n */", [f"2:13 marker: {NET}"]),
        ("# cnnsize: INPUT[4x4x3] ->\n#   FC-10\n# and so on", [f"1:12 marker: {NET}"]),
        ("# cnnsize: INPUT[4x4x3]\n#   -> FC-10", [f"1:12 marker: {NET}"]),
        (
            f"-- cnnsize: {NET}\n% cnnsize: {NET}\n; cnnsize: {NET}",
            [f"1:13 marker: {NET}", f"2:12 marker: {NET}", f"3:12 marker: {NET}"],
        ),
        (f"cnnsize: {NET}", [f"1:10 marker: {NET}"]),
        (f"<a><!-- cnnsize: {NET} --></a>", [f"1:18 marker: {NET}"]),
        (f"{{# cnnsize: {NET} #}}", [f"1:13 marker: {NET}"]),
        (f"f();// cnnsize: {NET}", [f"1:17 marker: {NET}"]),
        (
            f"! cnnsize: {NET}\n:: cnnsize: {NET}\n#' cnnsize: {NET}",
            [f"1:12 marker: {NET}", f"2:13 marker: {NET}", f"3:13 marker: {NET}"],
        ),
        (
            f"// cnnsize: INPUT[4x4x3] ->\n// cnnsize: {NET}",
            ["1:13 marker: INPUT[4x4x3] ->", f"2:13 marker: {NET}"],
        ),
        (
            f"<# cnnsize: {NET} #>\n--[[ cnnsize: {NET} ]]\n<%-- cnnsize: {NET} --%>",
            [f"1:13 marker: {NET}", f"2:15 marker: {NET}", f"3:15 marker: {NET}"],
        ),
        (f"<?php // cnnsize: {NET} ?>", [f"1:19 marker: {NET}"]),
        ('a: "cnnsize: INPUT[4x4x3] -> FC-10"', [f"1:14 marker: {NET}"]),
        ("# cnnsize: INPTU[4x4x3] -> CONV3-8", ["1:12 marker: INPTU[4x4x3] -> CONV3-8"]),
        (
            "# cnnsize: ignore[CNN101]\n# cnnsize is a tool -> INPUT\n# see cnnsize: INPUT[4x4x3] -> FC",
            [],
        ),
        ("INPUT -> OUTPUT\nstate INPUT[idle] -> CONV\n", []),
    ],
)
def test_comments_of_any_file(text: str, expected: list[str]) -> None:
    assert found(text, "a.c", ()) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'x = "{NET}"', [f"1:6 string: {NET}"]),
        (f"x = r'''{NET}'''", [f"1:9 string: {NET}"]),
        (f'x = f"{NET}"', [f"1:7 string: {NET}"]),
        ('x = ("INPUT[4x4x3] -> "  # first\n     "FC-10")', [f"1:7 string: {NET}"]),
        ('x = "INPUT[4x4x3] -> " \\\n    "FC-10"', [f"1:6 string: {NET}"]),
        ('x = "INPUT[4x4x3] -> \\\n  FC-10"', [f"1:6 string: {NET}"]),
        ('x = "INPUT[4x4x3] \\u2192 FC-10"', ["1:6 string: INPUT[4x4x3] → FC-10"]),
        ('x = "é𝄞" " INPUT[4x4x3] \\\n-> FC-10"', [f"1:12 string: {NET}"]),
        (
            f'x = """\nnet = {NET}  # why\n{NET}\n"""',
            [f"2:1 string: net = {NET}", f"3:1 string: {NET}"],
        ),
        (f'raise E("use {NET}, which fits")', [f"1:14 string: {NET}"]),
        (f'"""Doc.\n\nWe use {NET}.\n"""', [f"3:8 string: {NET}"]),
        (f"# we use {NET}.", [f"1:10 comment: {NET}"]),
        ("# INPUT[4x4x3] ->\n# FC-10\n# done", [f"1:3 comment: {NET}"]),
        # what it says is not all, or no concrete network
        ('x = f"INPUT[4x4x3] -> FC-{n}"', []),
        ('x = "INPUT[4x4x3] -> " f"FC-{n}"', []),
        ('x = "INPUT[4x4x3] -> FC-%d" % n', []),
        ('x = "INPUT[4x4x3] -> FC-{}".format(n)', []),
        ('x = "INPUT[4x4x3] -> " + "FC-10"', []),
        ('x = "INPUT[4x4x3] -> FC-10" + tail', []),
        ('x = "INPUT -> FC"', []),
        ('x = "INPUT[NxNx3] -> FC"', []),
        ('x = "INPUT[4x4x3] -> ..."', []),
        ('x = b"INPUT[4x4x3] -> FC-10"', []),
        ("x = INPUT[4, 4] -> y", []),
    ],
)
def test_python_literals_and_comments(text: str, expected: list[str]) -> None:
    assert found(text, "a.py") == expected
    assert found(text, "a.py", ()) == []


def test_docstrings_hold_blocks_and_markers() -> None:
    text = dedent(f'''\
        class Net:
            """A net.

            ```cnn
            {NET}
            ```

            .. code-block:: cnn bad

                {NET}

            cnnsize: {NET}
            """

            text = """
            ```cnn
            {NET}
            ```
            """
        # cnnsize: {NET}
        y = "# cnnsize: {NET}"
        ''')
    assert found(text, "a.py", ()) == [
        f"5:5 fence: {NET}",
        f"10:9 directive bad: {NET}",
        f"12:14 marker: {NET}",
        f"20:12 marker: {NET}",
    ]


@pytest.mark.parametrize(
    "broken", ["x = (\n", "if:\n  y\n z\n", "print 'x'\n", "'''\n", "\tx\n  y\n"]
)
def test_what_is_no_python_ends_nothing(broken: str) -> None:
    assert found(f"# cnnsize: {NET}\n{broken}", "a.py")[0] == f"1:12 marker: {NET}"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.yaml", f"net: {NET}  # why\n", [f"1:6 raw: {NET}"]),
        ("a.yaml", "net: >\n  INPUT[4x4x3] ->\n  FC-10\nb: c -> d\n", [f"2:3 raw: {NET}"]),
        (
            "a.yaml",
            "net: 'INPUT[4x4x3] -> FC 10 -> FC'\n",
            ["1:7 raw: INPUT[4x4x3] -> FC 10 -> FC"],
        ),
        (
            "a.yaml",
            "net: INPUT[4x4x3] -> FC 10 -> FC-2\n",
            ["1:6 raw: INPUT[4x4x3] -> FC 10 -> FC-2"],
        ),
        ("a.toml", f'net = "{NET}"\n', [f"1:8 raw: {NET}"]),
        ("a.yaml", 'net: "INPUT[4x4x3] -> \\\n   FC-10\\n"\n', [f"1:7 raw: {NET}"]),
        ("a.toml", 'net = "INPUT[4x4x3] \\u2192 FC-10"\n', ["1:8 raw: INPUT[4x4x3] → FC-10"]),
        ("a.toml", f'net = """\\\n  {NET}\\\n  """\n', [f"2:3 raw: {NET}"]),
        (
            "a.jsonl",
            '{"net": "INPUT[4x4x3] \\u2192 FC-10"}\n{}\n',
            ["1:10 raw: INPUT[4x4x3] → FC-10"],
        ),
        ("a.tex", f"${NET}$ and ${NET}$", [f"1:2 raw: {NET}", f"1:30 raw: {NET}"]),
        ("a.txt", f"({NET} and {NET})", [f"1:2 raw: {NET}", f"1:28 raw: {NET}"]),
        ("a.txt", "x: INPUT[4x4x3] -> RELU => FC-10", ["1:4 raw: INPUT[4x4x3] -> RELU => FC-10"]),
        ("a.json", f'{{"net": "{NET}"}}', [f"1:10 raw: {NET}"]),
        (
            "a.json",
            '{"net": "INPUT[4x4x3] \\u2192 [CONV\\t3]*2 -> FC-10"}',
            ["1:10 raw: INPUT[4x4x3] → [CONV 3]*2 -> FC-10"],
        ),
        ("a.txt", f"We use {NET}, then A -> B.", [f"1:8 raw: {NET}"]),
        (
            "a.txt",
            "ADD: INPUT[4x4x3] -> ADD{CONV3-3 | ID} -> [FC-10]*2? or so",
            ["1:6 raw: INPUT[4x4x3] -> ADD{CONV3-3 | ID} -> [FC-10]*2?"],
        ),
        (
            "a.md",
            f"Text with `{NET}` in it.\n```cnn\n{NET}\n```",
            [f"1:12 raw: {NET}", f"3:1 fence: {NET}"],
        ),
        ("a.yaml", "a: INPUT[4x4] -> FC\nb: INPUT[4x4x3]\nc: INPUT[4x4x3] -> ...", []),
    ],
)
def test_other_text_where_it_is_asked_for(name: str, text: str, expected: list[str]) -> None:
    assert found(text, name) == expected
    assert [one for one in found(text, name, ()) if "raw" in one] == []


def notebook(*cells: tuple[str, str | list[str]], indent: int | None = None) -> str:
    return json.dumps(
        {"cells": [{"cell_type": kind, "source": source} for kind, source in cells]}, indent=indent
    )


def test_notebooks_by_cell_and_line() -> None:
    text = notebook(
        ("markdown", ["# Net\n", "```cnn\n", f"{BAD}\n", "```"]),
        ("code", f'%matplotlib inline\n!ls\n# cnnsize: {BAD}\nx = "{BAD}"'),
        ("raw", BAD),
        indent=1,
    )
    made = said(text, "a.ipynb")
    errors = [one for one in made.diagnostics if one.code == "CNN101"]
    lines = text.split("\n")
    for one in errors:
        place, end = one.location, one.end_location
        assert lines[place.line - 1][place.column - 1 : end.column - 1] == "CONV3-64(S=2, P=0)"
    cells = [one.source.in_cell(one.span.start) for one in errors if one.source]
    assert cells == [(1, 3, 19), (2, 3, 30), (2, 4, 24), (3, 1, 19)]
    assert made.to_dict()["diagnostics"][0]["cell"] == {"number": 1, "line": 3, "column": 19}


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
def test_what_is_no_notebook_is_said(text: str) -> None:
    with pytest.raises(UnreadableFileError, match="no notebook"):
        Document(text, "a.ipynb").excerpts()


def test_whole_messages_of_texts_in_pieces(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        'NET = ("INPUT[10x10x3] -> "\n       "CONV3-64(S=2, P=0) -> RELU -> FC-10")\n', "utf-8"
    )
    (tmp_path / "b.ipynb").write_text(notebook(("markdown", f"a\n```cnn\n{BAD}\n```")), "utf-8")
    _, out, _ = cnnsize(
        "check", "-q", "--extract", "python", "--select", "CNN101", "a.py", "b.ipynb", cwd=tmp_path
    )
    assert out == dedent("""\
        error[CNN101] fractional-output: the filter does not fit its input a whole number of times
         --> a.py:2:9
          |
        1 | INPUT[10x10x3] ->
          | -------------- W = H = 10
        2 | CONV3-64(S=2, P=0) -> RELU -> FC-10
          | ^^^^^^^^^^^^^^^^^^ (10 - 3 + 2*0)/2 + 1 = 9/2 = 4.5
          = note: PyTorch rounds down to 4, so the last column and row are never read
          = help: exact: W = 9 or 11, F = 2 or 4, S = 1
          = help: P = 1 also works: only padding goes unread

        error[CNN101] fractional-output: the filter does not fit its input a whole number of times
         --> b.ipynb:1:78, cell 1, line 3, column 19
          |
        1 | INPUT[10x10x3] -> CONV3-64(S=2, P=0) -> FC-10
          | --------------    ^^^^^^^^^^^^^^^^^^ (10 - 3 + 2*0)/2 + 1 = 9/2 = 4.5
          | |
          | W = H = 10
          = note: PyTorch rounds down to 4, so the last column and row are never read
          = help: exact: W = 9 or 11, F = 2 or 4, S = 1
          = help: P = 1 also works: only padding goes unread
        """)


def test_a_marker_between_literals_in_a_row() -> None:
    assert found(f'x = (\n  "a"\n  # cnnsize: {NET}\n  "b"\n)\n', "a.py") == [f"3:14 marker: {NET}"]


def test_notebooks_that_are_older_or_hold_nothing_for_us() -> None:
    old = {
        "nbformat": 3,
        "worksheets": [{"cells": [{"cell_type": "code", "input": [f"# cnnsize: {NET}"]}]}],
    }
    assert [one.split(": ", 1)[1] for one in found(json.dumps(old), "a.ipynb")] == [NET]
    assert found("", "a.ipynb") == found("{ broken", "a.ipynb") == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", "`" * 300_000 + "cnn"),
        ("a.txt", "INPUT[4x4x3] -> ((((((" * 20_000),
        ("a.md", "# cnnsize: CONV " * 20_000),
        ("a.py", '"cnnsize: INPUT[4x4x3] -> FC-1"\n' * 5_000),
        ("a.c", "# cnnsize: INPUT[4x4x3] ->\n" * 10_000),
        ("a.rst", ".. code-block:: cnn\n\n   INPUT[4x4x3] -> FC-1\n\n" * 10_000),
    ],
)
def test_hostile_text_costs_about_what_its_length_does(name: str, text: str) -> None:
    """Quadratic work on one of these takes minutes."""
    started = time.process_time()
    excerpts(text, name, BOTH)
    assert time.process_time() - started < 30


# -- laws ----------------------------------------

TEXTS = st.text("ab→\n \"\\'\té𝄞", max_size=30)


@given(TEXTS, st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=5))
def test_a_part_says_where_each_of_its_characters_stands(
    text: str, spans: list[tuple[int, int]]
) -> None:
    spans = [(min(a, b, len(text)), min(max(a, b), len(text))) for a, b in spans]
    view = View.of(text).part(*spans)
    assert view.text == "".join(text[a:b] for a, b in spans)
    for at, character in enumerate(view.text):
        start, end = view.span(at, at + 1)
        assert text[start:end] == character
    again = joined(
        [View.of(view.text).part((0, 3)), View.of(view.text).part((3, len(view.text)))]
    ).inside(view)
    assert again == view


@given(TEXTS)
def test_escapes_in_json_and_python_are_mapped_character_by_character(text: str) -> None:
    from cnnsize.files.extract.notebook import strings
    from cnnsize.files.extract.python import _texts

    for written, views in (
        (json.dumps(text), list(strings(json.dumps(text)))),
        (ascii(text), [one.view for one in _texts(f"x = {text!a}")]),
    ):
        (view,) = views
        assert view.text == text
        pieces = [view.span(at, at + 1) for at in range(len(text))]
        assert all(a.end <= b.start for a, b in pairwise(pieces))
        assert all(a.start < a.end for a in pieces)
        assert len(written) >= len(text)


LINES = st.lists(
    st.sampled_from(["INPUT[10x10x3]", "CONV3-64(S=2, P=0)", "RELU", "[CONV3-8 -> RELU]*2"]),
    min_size=1,
    max_size=4,
)
CONTAINERS = {
    "> ": "a.md",
    "  > > ": "a.md",
    "- ": "a.md",
    "12. ": "a.md",
    "": "a.md",
    "> * ": "a.md",
}


@given(LINES, st.sampled_from(sorted(CONTAINERS)), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_every_character_of_a_fence_is_found_again(
    steps: list[str], lead: str, ending: str, broken: bool
) -> None:
    body = (" ->\n" if broken else " -> ").join(["INPUT[16x16x3]", *steps[1:], "FC-10"])
    rest = "".join(c if c in "> " else " " for c in lead)
    lines = ["```cnn", *body.split("\n"), "```"]
    text = ending.join([lead + lines[0], *(rest + line for line in lines[1:])]) + ending
    (one,) = excerpts(text, CONTAINERS[lead])
    assert one.text.split() == body.split()
    chart = Chart.of(text)
    source = one.origin("a.md", chart).source(one.text, 0, len(one.text.rstrip()))
    rows = text.split("\n")
    for at, character in enumerate(source.text):
        place = source.position(at)
        assert (rows[place.line - 1] + "\n")[place.column - 1] == character


@given(
    st.text("`~> -*#cn\n{}.:ab\t<!0123INPUT[]x/\"'", max_size=60),
    st.sampled_from(["md", "rst", "py", "c", "ipynb", "json", "txt", "yaml"]),
)
def test_junk_is_read_without_a_fault(text: str, ending: str) -> None:
    for written in (
        text,
        f"```cnn\n{text}",
        f"# cnnsize: INPUT[4x4x3] -> {text}",
        f"INPUT[4x4x3] -> {text}",
        json.dumps(text),
    ):
        name = f"a.{ending}"
        try:
            for one in filter(lambda one: one.text, excerpts(written, name, BOTH)):
                one.origin(name, Chart.of(written)).source(one.text, 0, len(one.text))
        except ValueError:
            assert ending == "ipynb"


# -- blocks that are meant to be bad ----------------------------------------


def test_bad_blocks_are_quiet_until_nothing_is_wrong_in_them() -> None:
    made = said(
        f"```cnn bad\n{BAD}\n```\n\n> ```cnn bad\n> {GOOD}\n> ```\n\n```cnn\n{GOOD}\n```\n", "a.md"
    )
    assert [(one.code, one.location) for one in made.diagnostics if one.severity != "info"] == [
        ("CNN903", (5, 6))
    ]
    assert [one.bad for one in made.architectures] == [True, True, False]


def test_comments_in_bad_blocks_are_findings_of_the_block() -> None:
    made = said(f"```cnn bad\n# cnnsize: ignore[CNN555]\n{GOOD}\n```\n", "a.md")
    assert made.diagnostics == ()


def test_a_block_that_cannot_be_read_is_no_network_and_shifts_no_number() -> None:
    broken = f"```cnn\nb(k) = CNV3-k -> RELU\n{BAD}\n```\n"
    made = said(f"{broken}\n```cnn bad\n{BAD}\n```\n", "a.md")
    assert [
        (one.code, one.architecture) for one in made.diagnostics if one.severity == "error"
    ] == [("CNN002", None), ("CNN101", 0)]
    assert [one.bad for one in made.architectures] == [False, True]
    assert (
        said(broken.replace("```cnn\n", "```cnn bad\n").replace(f"{BAD}\n", ""), "a.md").diagnostics
        == ()
    )
    made = said(f"# cnnsize: ignore-file[CNN101]\nb(k) = CNV3-k -> RELU\n{BAD}", "a.cnn")
    assert [one.code for one in made.diagnostics if one.severity == "error"] == ["CNN002"]


def test_the_last_line_tells_bad_networks_from_valid_ones(tmp_path: Path) -> None:
    bad, good = f"```cnn bad\n{BAD}\n```\n", f"```cnn\n{GOOD}\n```\n"
    for text, said_ in (
        (bad, "1 network: errors as expected"),
        (bad * 2 + good, "1 network: valid (1 note); 2 networks: errors as expected"),
    ):
        (tmp_path / "a.md").write_text(text, "utf-8")
        status, out, _ = cnnsize("check", "a.md", cwd=tmp_path)
        assert (status, out.splitlines()[-1]) == (0, said_)


def test_a_bad_block_without_a_network_has_nothing_wrong() -> None:
    assert [one.code for one in said("```cnn bad\n```\n", "a.md").diagnostics] == ["CNN903"]


def test_comments_hold_for_what_stands_in_pieces() -> None:
    text = f"> ```cnn\n> # cnnsize: ignore[CNN101] -- why\n> {BAD}\n> ```\n"
    assert "CNN101" not in [one.code for one in said(text, "a.md").diagnostics]
    made = said(text.replace("CNN101]", "CNN102]"), "a.md")
    (unused,) = [one for one in made.diagnostics if one.code == "CNN901"]
    assert (unused.location, unused.end_location) == ((2, 21), (2, 27))
