"""``model.py:Net`` as the argument of commands."""

from __future__ import annotations

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
