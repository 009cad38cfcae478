"""Networks in other text: YAML, TOML, JSON, prose, and hostile input."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnsize.files.extract import excerpts
from cnnsize.text.offsets import Chart
from tests.files.extract_helpers import BOTH, NET, find_networks


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
def test_other_text_on_request(name: str, text: str, expected: list[str]) -> None:
    assert find_networks(text, name) == expected
    assert [line for line in find_networks(text, name, ()) if "raw" in line] == []


@pytest.mark.slow
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
def test_hostile_text_takes_linear_time(name: str, text: str) -> None:
    """Quadratic time on one of these would be minutes."""
    started = time.process_time()
    excerpts(text, name, BOTH)
    assert time.process_time() - started < 30


@given(
    st.text("`~> -*#cn\n{}.:ab\t<!0123INPUT[]x/\"'", max_size=60),
    st.sampled_from(["md", "rst", "py", "c", "ipynb", "json", "txt", "yaml"]),
)
def test_junk_is_read_without_an_error(text: str, ending: str) -> None:
    for written in (
        text,
        f"```cnn\n{text}",
        f"# cnnsize: INPUT[4x4x3] -> {text}",
        f"INPUT[4x4x3] -> {text}",
        json.dumps(text),
    ):
        name = f"a.{ending}"
        try:
            for excerpt in filter(lambda excerpt: excerpt.text, excerpts(written, name, BOTH)):
                excerpt.origin(name, Chart.of(written)).source(excerpt.text, 0, len(excerpt.text))
        except ValueError:
            assert ending == "ipynb"
