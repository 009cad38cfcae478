"""``model.py:Net`` as the argument of commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers import cnnsize
from tests.models.source.sources import FORMS, LENET


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lenet.py").write_text(LENET)
    (tmp_path / "forms.py").write_text(FORMS)
    return tmp_path


@pytest.mark.slow
def test_show_prints_the_text_and_says_where_the_input_comes_from(folder: Path) -> None:
    status, out, err = cnnsize("show", "lenet.py", cwd=folder)
    assert status == 0
    assert out.startswith("lenet = INPUT[32x32x3] -> CONV5-6(P=0) -> RELU -> POOL2 -> ")
    assert "62,006" in out
    assert err == "cnnsize: lenet.py:4: input 32x32x3: the view on line 16 fits W = H = 32..35\n"


@pytest.mark.slow
def test_a_network_that_is_not_read_is_named_with_its_place(folder: Path) -> None:
    status, out, err = cnnsize("show", "lenet.py:LeNet", "--input", "64x64x3", cwd=folder)
    assert (status, out) == (1, "")
    reason = "not read: LeNet: the view takes 400 values an image but receives 2,704"
    where = "`cnnsize check lenet.py:LeNet` shows where"
    assert err == f"cnnsize: lenet.py:16:13: {reason}; {where}\n"


@pytest.mark.slow
def test_several_networks_are_listed(folder: Path) -> None:
    status, _, err = cnnsize("show", "forms.py", cwd=folder)
    names = "forms.py:resnet, forms.py:VGG, forms.py:UNet, forms.py:Dense"
    assert (status, err) == (2, f"cnnsize: 4 networks found; pick one: {names}\n")
    assert cnnsize("show", "forms.py:Missing", cwd=folder)[0] == 2
    assert cnnsize("emit", "forms.py:VGG", "-q", cwd=folder)[0] == 0


@pytest.mark.slow
def test_inputs_and_check_take_a_class(folder: Path) -> None:
    status, out, _ = cnnsize("inputs", "lenet.py:LeNet", cwd=folder)
    assert (status, out.split("\n")[1]) == (
        0,
        "works     W = 32, 33, 34, 35; 32 fits, and next to it 33",
    )
    status, out, _ = cnnsize("check", "lenet.py:LeNet", cwd=folder)
    assert status == 0
    assert "1 network: valid (2 notes)" in out
    status, _, err = cnnsize("check", "--fix", "lenet.py:LeNet", cwd=folder)
    assert (status, err.count("fixed")) == (0, 0)


WIDE = """\
from torch import nn

class Wide(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3)

    def forward(self, x):
        return self.conv(x)
"""
LINE = """\
import torch
from torch import nn

class Line(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(4, 8, 3)

    def forward(self, x):
        return self.conv(x)

Line()(torch.zeros(4, 100))
"""
TEXT = "wide = INPUT[224x224x3] -> CONV3-width(P=0)"
MESSAGES = [
    ("show wide.py", 0, TEXT),
    ("emit wide.py:Wide", 1, "wide.py:Wide: width has no value; give one as in --set width=64"),
    ("show mide.py:Wide", 2, "mide.py: no such file; did you mean wide.py?"),
    (
        "check wode:Wide",
        2,
        "wode:Wide: there is no module wode, here or among the installed packages; did you mean "
        "wide.py:Wide?",
    ),
    (
        "show line.py",
        1,
        "line.py:10:16: not read: Line: nn.Conv1d takes N x C x L here, but receives a tensor with "
        "2 axes",
    ),
    ("check --force-exclude net.onnx", 0, "skipped net.onnx: a model, which only an argument "),
    (
        "show net.ipynb:LeNet",
        0,
        "net.ipynb, cell 2, line 4: input 32x32x3: the view on line 16 of ",
    ),
    (
        "check net.ipynb:LeNet",
        0,
        "net.ipynb, cell 2, line 4: input 32x32x3: the view on line 16 of ",
    ),
    ("show net.ipynb:Other", 2, "net.ipynb: no network Other"),
]


@pytest.mark.parametrize(("command", "status", "message"), MESSAGES)
def test_what_an_argument_names(folder: Path, command: str, status: int, message: str) -> None:
    (folder / "wide.py").write_text(WIDE)
    (folder / "line.py").write_text(LINE)
    (folder / "net.onnx").write_bytes(b"\x08\x07\x00")
    cells = [
        {"cell_type": kind, "metadata": {}, "source": source}
        for kind, source in (("markdown", "A network"), ("code", LENET))
    ]
    (folder / "net.ipynb").write_text(json.dumps({"cells": cells, "nbformat": 4}))
    own, out, err = cnnsize(*command.split(), cwd=folder)
    assert own == status, err
    assert message in out + err
    assert "<string>" not in out + err
