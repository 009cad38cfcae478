"""``check --add-ignore``: comments are written where they suppress."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers import cnnsize

BAD = "INPUT[10x10x3] -> CONV3-64(S=2, P=0) -> RELU -> FC-10"
REPEATED = "conv -> relu -> relu -> pool"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.cnn", f"{BAD}\n", f"{BAD}  # cnnsize: ignore[CNN101]\n"),
        ("a.cnn", f"{BAD}\r\n", f"{BAD}  # cnnsize: ignore[CNN101]\r\n"),
        (
            "a.cnn",
            f"{BAD}  # cnnsize: ignore[CNN305] -- why\n",
            f"{BAD}  # cnnsize: ignore[CNN305, CNN101] -- why\n",
        ),
        ("a.md", f"```cnn\n{BAD}\n```\n", f"```cnn\n{BAD}  # cnnsize: ignore[CNN101]\n```\n"),
        ("a.md", f"- {REPEATED}.\n", f"- {REPEATED}.  <!-- cnnsize: ignore[CNN303] -->\n"),
        ("a.rst", f"{REPEATED}\n", f".. cnnsize: ignore[CNN303]\n\n{REPEATED}\n"),
        ("a.tex", f"{REPEATED}\n", f"{REPEATED}  % cnnsize: ignore[CNN303]\n"),
        ("a.py", f'x = "{BAD}"\n', f'x = "{BAD}"  # cnnsize: ignore[CNN101]\n'),
        (
            "a.py",
            f'def f():\n    """A net.\n\n    {REPEATED}\n    {REPEATED}\n    """\n',
            "def f():\n    # cnnsize: ignore[CNN303]\n"
            f'    """A net.\n\n    {REPEATED}\n    {REPEATED}\n    """\n',
        ),
    ],
)
def test_a_comment_is_written(tmp_path: Path, name: str, text: str, expected: str) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode())
    options = ("--extract", "raw", "--ignore", "CNN901")
    _, out, err = cnnsize("check", "-q", "--add-ignore", *options, name, cwd=tmp_path)
    assert path.read_bytes().decode() == expected
    assert "suppressed" in err
    assert "CNN303" not in out + cnnsize("check", "-q", *options, name, cwd=tmp_path)[1]


def test_what_no_comment_can_suppress_is_said(tmp_path: Path) -> None:
    text = '{"cells": [{"cell_type": "markdown", "source": ["' + REPEATED + '"]}]}'
    (tmp_path / "a.ipynb").write_text(text)
    err = cnnsize("check", "--add-ignore", "--extract", "raw", "a.ipynb", cwd=tmp_path)[2]
    assert "a.ipynb: 1 finding cannot be suppressed by a comment" in err
    assert (tmp_path / "a.ipynb").read_text() == text


def test_a_table_with_the_name_of_ours_is_skipped_with_one_note(tmp_path: Path) -> None:
    table = "chromosome\tstart\tend\tgene\tlog2\n" + "chr1\t1\t2\tA\t0.5\n" * 9
    for name in ("a.cnn", "b.cnn"):
        (tmp_path / name).write_text(table)
    (tmp_path / "net.cnn").write_text("INPUT[8x8x3]\t->\tFC-10\n")
    status, out, err = cnnsize("check", ".", cwd=tmp_path)
    assert (status, out.count("valid")) == (0, 1)
    assert err == "cnnsize: skipped a.cnn: a table of columns, not architectures, and 1 more\n"
