"""Pasted models through the commands: as a string, on stdin, as a file, in a fence and a marker."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers import cnnsize

PRINT = """Sequential(
  (0): Conv2d(1, 4, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))
  (1): ReLU()
  (2): ReLU()
  (3): Flatten(start_dim=1, end_dim=-1)
  (4): Linear(in_features=256, out_features=10, bias=True)
)
"""
CODE = """import torch.nn as nn

model = nn.Sequential(
    nn.Conv2d(1, 4, 3, padding=1),
    nn.ReLU(),
    nn.Flatten(),
    nn.Linear(256, 10),
)
"""
PARAMS = 4 * 9 + 4 + 256 * 10 + 10


def params(*arguments: str, stdin: bytes = b"") -> int:
    _, out, err = cnnsize("check", "--output-format", "json", *arguments, stdin=stdin)
    (network,) = json.loads(out)["architectures"]
    assert network["input"] == [8, 8, 1], err
    return int(network["params"])


@pytest.mark.slow
@pytest.mark.parametrize("text", [PRINT, CODE])
def test_every_way_in(text: str, tmp_path: Path) -> None:
    assert params(text) == PARAMS
    assert params("-", stdin=text.encode()) == PARAMS
    for name in ("model.txt", "model.py", "model.cnn", "model"):
        (tmp_path / name).write_text(text)
        assert params(str(tmp_path / name)) == PARAMS
    fence = tmp_path / "notes.md"
    fence.write_text(
        f"# Notes\n\n- a model\n\n  ```cnn\n  {text.strip().replace(chr(10), chr(10) + '  ')}\n  ```\n"
    )
    assert params(str(fence)) == PARAMS


def test_a_marker_before_a_model_in_a_comment(tmp_path: Path) -> None:
    lines = CODE[CODE.index("nn.Seq") :].strip().split("\n")
    file = tmp_path / "train.py"
    file.write_text("x = 1\n# cnnsize: " + "\n#   ".join(lines) + "\ny = 2\n")
    assert params(str(file)) == PARAMS


def test_a_folder_is_not_searched_for_code(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(CODE)
    status, _, err = cnnsize("check", str(tmp_path))
    assert status == 0
    assert "no architecture found" in err


def test_the_solved_input_is_said() -> None:
    _, out, _ = cnnsize("check", PRINT)
    assert "the network has no INPUT, and is sized on 8x8x1" in out
    assert "\nerror[CNN108]" in cnnsize("check", "-q", "--input", "9x9x1", PRINT)[1]


def test_fmt_prints_a_pasted_string_and_leaves_files_as_they_are(tmp_path: Path) -> None:
    canonical = "CONV3-4(P=1, in=1) -> RELU -> FLATTEN -> FC-10(in=256)\n"
    assert cnnsize("fmt", CODE) == (0, canonical, "")
    assert cnnsize("fmt", "-", stdin=CODE.encode()) == (0, canonical, "")
    file = tmp_path / "model.cnn"
    file.write_text(CODE)
    status, _, err = cnnsize("fmt", str(file))
    assert (status, file.read_text()) == (0, CODE)
    assert "not reformatted: it is Python code" in err


def test_no_fix_is_written_into_a_paste(tmp_path: Path) -> None:
    file = tmp_path / "model.cnn"
    file.write_text(PRINT)
    _, out, _ = cnnsize("check", "--fix", "--unsafe-fixes", "--input", "8x8x1", str(file))
    assert "RELU directly after RELU" in out
    assert file.read_text() == PRINT


def test_notes_on_a_listing_are_shown_for_files(tmp_path: Path) -> None:
    listing = (
        "Net(\n  (conv1): Conv2d(1, 4, kernel_size=(3, 3), stride=(1, 1))\n"
        "  (conv2): Conv2d(4, 4, kernel_size=(3, 3), stride=(1, 1))\n"
        "  (fc): Linear(in_features=64, out_features=10, bias=True)\n)\n"
    )
    file = tmp_path / "net.txt"
    file.write_text(listing)
    _, out, _ = cnnsize("check", "--input", "8x8x1", str(file))
    assert "net.txt:1: Net is read in the order in which it lists its layers" in out
    assert "CNN302" not in out  # forward() may apply activations
    _, out, _ = cnnsize("check", "--input", "20x20x1", str(file))
    assert "= note: the layers are read in the order of the listing" in out
    _, out, _ = cnnsize("check", "-q", "--input", "8x8x1", str(file))
    assert not out.strip()


def test_code_in_a_fence_between_prose() -> None:
    assert params(f"Here it is -> see:\n\n```python\n{CODE}```\n\nThanks!\n") == PARAMS
