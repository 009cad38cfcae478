"""``check --fix`` and ``fmt`` in files: they change the networks and nothing else."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.files.helpers import FIXED, SLOPPY
from tests.helpers import cnnsize

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        (
            "a.md",
            f"\ufeff> - ```cnn\r\n>   {SLOPPY[:-1]}\r\n>   ```\r\n\tx",
            f"\ufeff> - ```cnn\r\n>   {FIXED[:-1]}\r\n>   ```\r\n\tx",
        ),
        (
            "a.py",
            f'x = 1\t#  cnnsize: {SLOPPY}y = "INPUT[4x4x3] -> RELU -> relu -> FC-9"',
            f'x = 1\t#  cnnsize: {FIXED}y = "INPUT[4x4x3] -> RELU -> FC-9"',
        ),
        (
            "a.ipynb",
            '{"cells": [{"cell_type": "code", "source": "# cnnsize: INPUT[8x8x3] => FC-10\\nx"}]}',
            '{"cells": [{"cell_type": "code", "source": "# cnnsize: INPUT[8x8x3] -> FC-10\\nx"}]}',
        ),
        # an edit across two literals is reported, but not applied
        (
            "b.py",
            'x = ("INPUT[8x8x3] -> RELU -> RE"\n  "LU -> FC-10")\n',
            'x = ("INPUT[8x8x3] -> RELU -> RE"\n  "LU -> FC-10")\n',
        ),
        ("c.json", '{"a": "INPUT[8x8x3] \\u2192 FC-10"}', '{"a": "INPUT[8x8x3] \\u2192 FC-10"}'),
    ],
)
def test_a_fix_changes_what_it_is_about_and_nothing_else(
    tmp_path: Path, name: str, before: str, after: str
) -> None:
    (tmp_path / name).write_bytes(before.encode())
    (tmp_path / name).chmod(0o640)
    cnnsize("check", "--fix", "-q", "--extract", "python,raw", name, cwd=tmp_path)
    assert (tmp_path / name).read_bytes().decode() == after
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o640
    assert [path.name for path in tmp_path.iterdir()] == [name]


WIDE = "INPUT[8x8x3] -> " + "CONV3-8(P=1) -> RELU -> " * 5 + "RELU => FC-10"  # wider than a line


@pytest.mark.parametrize(
    ("name", "before", "after", "left"),
    [
        (
            "a.md",
            f"> ```cnn\r\n> {SLOPPY[:-1]}\r\n> ```",
            "> ```cnn\r\n> INPUT[8x8x3] -> CONV3-8(P=1) -> RELU -> RELU -> FC-10\r\n> ```",
            "",
        ),
        (
            "a.md",
            "> ```cnn\n> INPUT[8x8x3] =>  # why\n>  fc-10\n> ```",
            "> ```cnn\n> # why\n> INPUT[8x8x3] -> FC-10\n> ```",
            "",
        ),
        ("a.c", "// cnnsize: INPUT[8x8x3] => fc 10\nx", "// cnnsize: INPUT[8x8x3] -> FC-10\nx", ""),
        (
            "a.c",
            "// cnnsize: INPUT[8x8x3] =>\n//  fc 10\n",
            "// cnnsize: INPUT[8x8x3] =>\n//  fc 10\n",
            "a.c:1: not reformatted: the network is not contiguous in the file\n",
        ),
        # strings of JSON and texts with escapes stay on one line
        (
            "a.ipynb",
            f'{{"cells": [{{"cell_type": "markdown", "source": "```cnn\\n{WIDE}\\n```"}}]}}',
            f'{{"cells": [{{"cell_type": "markdown", "source": "```cnn\\n{WIDE.replace("=>", "->")}\\n```"}}]}}',
            "",
        ),
        (
            "a.ipynb",
            '{"cells": [{"cell_type": "markdown", "source": ["```cnn\\n", "INPUT[8x8x3] =>\\n", " fc 10\\n"]}]}',
            '{"cells": [{"cell_type": "markdown", "source": ["```cnn\\n", "INPUT[8x8x3] =>\\n", " fc 10\\n"]}]}',
            "a.ipynb:1: not reformatted: the network is not contiguous in the file\n",
        ),
        (
            "a.py",
            f'"""a\\n\\n```cnn\\n{WIDE}\\n```"""\n',
            f'"""a\\n\\n```cnn\\n{WIDE.replace("=>", "->")}\\n```"""\n',
            "",
        ),
        (
            "a.py",
            '"""\n```cnn\nINPUT[8x8x3] \\u2192 FC-10\n```"""',
            '"""\n```cnn\nINPUT[8x8x3] \\u2192 FC-10\n```"""',
            "a.py:3: not reformatted: the network is not contiguous in the file\n",
        ),
        ("a.md", f"```cnn bad\n{SLOPPY}```", f"```cnn bad\n{SLOPPY}```", ""),
    ],
)
def test_fmt_in_place(tmp_path: Path, name: str, before: str, after: str, left: str) -> None:
    (tmp_path / name).write_bytes(before.encode())
    status, _, err = cnnsize("fmt", "--check", name, cwd=tmp_path)
    assert (status, err) == ((1, f"would reformat {name}\n") if before != after else (0, left))
    said = f"reformatted {name}\n" if before != after else left
    assert cnnsize("fmt", name, cwd=tmp_path) == (0, "", said)
    assert (tmp_path / name).read_bytes().decode() == after
    assert cnnsize("fmt", "--check", name, cwd=tmp_path)[0] == 0


def test_stdin_comes_back_byte_for_byte() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cnnsize", "fmt", "--stdin-filename", "a.md", "-"],
        capture_output=True,
        check=False,
        input=b"\xef\xbb\xbf\xff\r\n```cnn\r\nINPUT[4x4x3] => FC-10\r\n```",
    )
    assert done.stdout == b"\xef\xbb\xbf\xff\r\n```cnn\r\nINPUT[4x4x3] -> FC-10\r\n```"
