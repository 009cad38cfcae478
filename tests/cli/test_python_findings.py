"""``check`` on Python source: messages, fixes, suppression, folders and what is not read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers import cnnsize
from tests.models.source.sources import LENET

CALL = "LeNet()(torch.randn(4, 3, 32, 32))\n"
WRONG = LENET.replace("5 * 5, 120", "4 * 4, 120").replace("x.view(-1, 16 * 5 * 5)", "x.flatten(1)")
MESSAGE = """\
error[CNN121] features-mismatch: nn.Linear expects 256 input values but receives 400
  --> net.py:10:30
   |
10 |         self.fc1 = nn.Linear(16 * 4 * 4, 120)
   |                              ^^^^^^^^^^
   |                              |
   |                   16 x 5 x 5 = 400 for a 32x32 input (the call on line 20)
...
17 |         x = F.relu(self.fc1(x))
   |                    ----------- applied here
   = help: nn.Linear(16 * 5 * 5, 120)

1 network: 1 error; 1 fixable with --fix
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "net.py").write_text(WRONG + CALL)
    return tmp_path


@pytest.mark.slow
def test_a_fault_is_shown_at_its_argument_and_fixed(folder: Path) -> None:
    status, out, err = cnnsize("check", "net.py", cwd=folder)
    assert (status, out, err) == (1, MESSAGE, "")
    status, out, err = cnnsize("check", "--fix", "net.py", cwd=folder)
    assert (status, out, err) == (0, "1 network: valid\n", "fixed 1 finding in net.py\n")
    assert (folder / "net.py").read_text() == WRONG.replace("4 * 4", "5 * 5") + CALL


@pytest.mark.slow
@pytest.mark.parametrize(("line", "codes"), [(4, "CNN121"), (10, "CNN121"), (17, "CNN120, CNN121")])
def test_a_comment_on_the_class_the_constructor_or_the_application_suppresses(
    folder: Path, line: int, codes: str
) -> None:
    lines = (WRONG + CALL).split("\n")
    lines[line - 1] += f"  # cnnsize: ignore[{codes}]"
    (folder / "net.py").write_text("\n".join(lines))
    assert cnnsize("check", "net.py", cwd=folder)[:2] == (0, "1 network: valid\n")


@pytest.mark.slow
def test_folders_and_hooks_need_the_option(folder: Path) -> None:
    assert cnnsize("check", "-q", ".", cwd=folder)[:2] == (0, "")
    assert cnnsize("check", "-q", "--force-exclude", "net.py", cwd=folder)[:2] == (0, "")
    (folder / "pyproject.toml").write_text("[tool.cnnsize]\nextract = ['models']\n")
    for arguments in ((".",), ("--force-exclude", "net.py")):
        status, out, _ = cnnsize(
            "check", "-q", "--output-format", "concise", *arguments, cwd=folder
        )
        assert (status, out.partition(" ")[0]) == (1, "net.py:10:30:")


@pytest.mark.slow
def test_json_has_places_in_the_file(folder: Path) -> None:
    status, out, _ = cnnsize("check", "--output-format", "json", "net.py", cwd=folder)
    report = json.loads(out)
    (finding,) = report["diagnostics"]
    assert (status, finding["code"], finding["location"]) == (
        1,
        "CNN121",
        {"line": 10, "column": 30},
    )
    assert finding["file"] == "net.py"
    (edit,) = finding["fixes"][0]["edits"]
    text = WRONG + CALL
    assert (text[slice(*edit["span"])], edit["text"]) == ("16 * 4 * 4", "16 * 5 * 5")


@pytest.mark.slow
def test_what_is_not_read_is_said_on_request(folder: Path) -> None:
    (folder / "net.py").write_text(WRONG.replace("F.relu(self.fc1(x))", "torch.fft.fft(x)"))
    status, out, err = cnnsize("check", "net.py", cwd=folder)
    assert (status, out) == (0, "")
    assert err.startswith("cnnsize: net.py:17:13: not read: LeNet: torch.fft.fft() is not read")
    status, out, _ = cnnsize("check", "-v", "net.py", cwd=folder)
    assert (status, out.partition(":")[0]) == (0, "info[CNN130] unread-code")
    (folder / "net.py").write_text("import torch.nn as nn\nnn.Linear(\n")
    status, out, err = cnnsize("check", "net.py", cwd=folder)
    assert (status, out, "net.py:2: not read: not Python" in err) == (0, "", True)


@pytest.mark.slow
def test_other_rules_apply_to_a_network_that_is_named(folder: Path) -> None:
    (folder / "net.py").write_text(
        LENET.replace("F.relu(self.fc1(x))", "F.relu(F.relu(self.fc1(x)))")
    )
    assert cnnsize("check", "net.py", cwd=folder)[1] == "1 network: valid\n"
    for arguments in (("net.py:LeNet",), ("net.py", "--extend-select", "CNN303")):
        _, out, _ = cnnsize("check", "--output-format", "concise", *arguments, cwd=folder)
        assert "net.py:17:13: warning[CNN303] repeated-activation" in out


@pytest.mark.slow
def test_the_code_cells_of_a_notebook_are_one_source(folder: Path) -> None:
    head, _, rest = (WRONG + CALL).partition("class")
    cells = [["# LeNet"], [f"%matplotlib inline\n{head}"], f"class{rest}".splitlines(keepends=True)]
    kinds = ("markdown", "code", "code")
    notebook = {
        "cells": [
            {"cell_type": kind, "source": source} for kind, source in zip(kinds, cells, strict=True)
        ]
    }
    path = folder / "net.ipynb"
    path.write_text(json.dumps(notebook, indent=1))
    status, out, _ = cnnsize("check", "net.ipynb", cwd=folder)
    assert (status, ", cell 3, line 7, column 30" in out) == (1, True)
    assert cnnsize("check", "--fix", "net.ipynb", cwd=folder)[:2] == (0, "1 network: valid\n")
    fixed = json.loads(path.read_text())
    assert fixed["cells"][2]["source"][6].strip() == "self.fc1 = nn.Linear(16 * 5 * 5, 120)"
