"""``check`` of many files: the same output for every number of processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.files.helpers import write_files
from tests.helpers import BAD, GOOD, cnnsize

CLEAN = "INPUT[32x32x3] -> [[CONV3-8 -> RELU]*2 -> POOL]*3 -> FC-10"  # without any note

NETWORK = """import torch.nn as nn
from {module} import WIDTH

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, WIDTH, 3)
        self.second = nn.Conv2d(16, 32, 3)

    def forward(self, x):
        return self.second(self.first(x))
"""
TREE: dict[str, str | bytes] = {
    "a.cnn": f"first = {GOOD}\nsecond = {BAD}\n",
    "b.cnn": f"{GOOD}\nINPUT[8x8x3] -> CONVX\n",
    "c.md": f"# Page\n\n```cnn\n{GOOD}\n```\n\n```cnn bad\n{BAD}\n```\n",
    "d.md": f"<!-- cnnsize: ignore[CNN101] -->\n```cnn\n{BAD}\n```\n",
    "e.py": f"# cnnsize: {GOOD}\n\n\ndef f():\n    return 1\n",
    "f.py": f"'''cnn\n\n```cnn\n{BAD}\n```\n'''\nbroken = (\n",
    "family.cnn": "INPUT[32x32x3] -> [CONV3-8 -> RELU]*N -> FC-10\n",
    "latin.cnn": b"\xe9\xff\n",
    "clean.cnn": f"{CLEAN}\n{CLEAN}\n",
    "nothing.txt": "cnn and nothing else\n",
    "other.yaml": "key: value\n",
    "table.cnn": "a\tb\tc\n1\t2\t3\n",
    "notebook.ipynb": "{cnn",
    "binary.bin": b"cnn\0cnn",
    "model.py": NETWORK.format(module="sizes"),
    "sizes.py": "WIDTH = 8\n",
    **{f"many/{number}.cnn": f"net{number} = {GOOD}\n" for number in range(20)},
}
FLAGS = [[], ["-v"], ["--output-format", "json"], ["--extract", "models", "--select", "ALL"]]


@pytest.mark.parametrize("flags", FLAGS, ids=" ".join)
def test_the_output_is_the_same_for_every_number_of_jobs(tmp_path: Path, flags: list[str]) -> None:
    write_files(tmp_path, TREE)
    outputs = [
        cnnsize("check", ".", *flags, *speed, cwd=tmp_path)
        for speed in (["--jobs", "1", "--no-cache"], ["--jobs", "3", "--no-cache"], [])
    ]
    assert outputs[0] == outputs[1] == outputs[2]
    assert outputs[0][0] == 2  # latin.cnn is unreadable


@pytest.mark.parametrize(
    "flags", [["--check"], ["--diff", "-v"], ["--diff", "--skip-invalid"], []], ids=" ".join
)
def test_fmt_does_the_same_for_every_number_of_jobs(tmp_path: Path, flags: list[str]) -> None:
    outcomes = []
    for jobs in (["--jobs", "1"], ["--jobs", "3"], []):
        folder = tmp_path / "".join(["tree", *jobs])
        write_files(folder, {**TREE, "wide.cnn": "INPUT[8x8x3]  ->  FC-10\n"})
        printed = cnnsize("fmt", ".", *flags, *jobs, cwd=folder)
        outcomes.append((printed, [path.read_bytes() for path in sorted(folder.rglob("*.*"))]))
    assert outcomes[0] == outcomes[1] == outcomes[2]
    assert outcomes[0][0][0] == 2  # latin.cnn is unreadable
    assert "wide.cnn" in "".join(outcomes[0][0][1:])
