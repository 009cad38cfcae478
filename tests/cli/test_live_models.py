"""A PyTorch model as an argument, as in package.module:name: what is imported, and every refusal."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from cnnsize.cli.live_models import model_document
from tests.helpers import cnnsize

CODE = """
import torch.nn.functional as F
from torch import nn

print("printed by the code")


class Net(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.fc = nn.Linear(8 * 16 * 16, classes)

    def forward(self, x):
        return 2 * self.fc(F.max_pool2d(self.conv(x).relu(), 2).flatten(1))


class Wide(Net):
    def __init__(self, width, depth=1):
        super().__init__()


def broken():
    raise KeyError("weights\\nsecond line")


def leaving():
    raise SystemExit("usage: nets")


def text():
    return "Net"


small = Net(2)
"""
TEXT = "net = INPUT[32x32x3] -> CONV3-8(bias=no) -> RELU -> POOL2 -> FC-10"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "pkg").mkdir()
    (folder / "pkg" / "nets.py").write_text(CODE)
    (folder / "single.py").write_text("from pkg.nets import Net")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("target", ["pkg.nets:Net", "single:Net"])
def test_a_model_is_imported_and_read(project: Path, target: str) -> None:
    status, out, err = cnnsize(
        "show", target, "--input", "32x32x3", "--output-format", "json", cwd=project
    )
    assert status == 0
    assert json.loads(out)["architectures"][0]["canonical"] == TEXT
    assert err.splitlines() == [
        f"cnnsize: importing {target[:-4]} and running Net on an input of 32x32x3",
        "printed by the code",
        f"cnnsize: {target}: note: arithmetic with constants is left out (in Net)",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "words"), [("emit", "class Net(nn.Module):"), ("inputs", "smallest")]
)
def test_other_commands_take_a_model(project: Path, command: str, words: str) -> None:
    status, out, _ = cnnsize(command, "pkg.nets:small", "--input", "32x32x3", cwd=project)
    assert status == 0
    assert words in out


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (
            "pkg.nets:Net",
            "fc (Linear) raises RuntimeError: a and b must have same reduction dim, but got [2, 100352] X [2048, 10].",
        ),
        (
            "pkg.nets:Wide",
            "Wide needs arguments (width); name a function without any that returns the model",
        ),
        ("pkg.nets:broken", r"the code raises KeyError: 'weights\nsecond line'"),
        ("pkg.nets:leaving", "the code raises SystemExit: usage: nets"),
        ("pkg.nets:text", "text is a str, not a torch.nn.Module"),
        ("pkg.nets:Nett", "pkg.nets has no 'Nett'"),
        ("pkg.net:Net", "the code raises ModuleNotFoundError: No module named 'pkg.net'"),
    ],
)
def test_refusals_are_one_line(
    project: Path,
    target: str,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setattr(sys, "path", list(sys.path))
    with pytest.raises(SystemExit) as caught:
        model_document(target)
    assert caught.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[0].endswith("on an input of 224x224x3; --input sets another size")
    assert err.splitlines()[-1] == f"cnnsize: {target}: {message}"


@pytest.mark.parametrize("argument", ["nets.py:Net", "pkg/nets.py:Net", "input:conv", "conv:64"])
def test_other_arguments_are_no_models(argument: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert model_document(argument) is None
    assert capsys.readouterr() == ("", "")


@pytest.mark.slow
@pytest.mark.parametrize("option", ["--force-exclude", "-e"])
def test_hooks_and_strings_import_nothing(project: Path, option: str) -> None:
    _, out, err = cnnsize("check", option, "pkg.nets:Net", cwd=project)
    assert "importing" not in err and "printed by the code" not in out + err
