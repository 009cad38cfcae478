"""A PyTorch model as an argument, as in package.module:name: what is imported, and every refusal."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import pytest

from cnnsize.cli.live_models import TargetError, call_arguments, model_document
from cnnsize.cli.options import ModelRequest
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
TABLE = {"sizes": [4]}
"""
TEXT = "net = INPUT[32x32x3] -> CONV3-8(bias=no) -> RELU -> POOL2 -> FC-10"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "pkg").mkdir()
    (folder / "pkg" / "nets.py").write_text(CODE)
    (folder / "pkg" / "broken.py").write_text("import nolibrary")
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
            "fc (Linear) expects 2,048 input values but receives 100,352",
        ),
        (
            "pkg.nets:Wide",
            "Wide needs arguments (width); give them as in --args 'width=...', or name a function "
            "without any that returns the model",
        ),
        ("pkg.nets:broken", r"the code raises KeyError: 'weights\nsecond line'"),
        ("pkg.nets:leaving", "the code raises SystemExit: usage: nets"),
        ("pkg.nets:text", "text returns str, not a torch.nn.Module"),
        ("pkg.nets:TABLE", "TABLE is a dict, not a torch.nn.Module"),
        ("pkg.nets:Nett", "pkg.nets has no 'Nett'; did you mean Net?"),
        ("pkg.net:Net", "there is no module pkg.net, here or among the installed packages"),
        ("nowhere.net:Net", "there is no module nowhere, here or among the installed packages"),
        ("pkg.broken:Net", "the code raises ModuleNotFoundError: No module named 'nolibrary'"),
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


@pytest.mark.parametrize(
    ("arguments", "result"),
    [
        ("", ([], {})),
        ("8, classes=-1", ([8], {"classes": -1})),
        ("(8, [2, 2.5])", ([8, [2, 2.5]], {})),
        ("((2, 2),)", ([(2, 2)], {})),
        ("{'a': None}, 'same', True", ([{"a": None}, "same", True], {})),
        ("sqrt, e", ([math.sqrt, math.e], {})),
        ("sqr", "math has no 'sqr'; did you mean sqrt?"),
        ("sqrt(4)", "--args takes literals and names, not 'sqrt(4)'"),
        ("4 if e else 5", "--args takes literals and names, not '4 if e else 5'"),
        ("8) + f(", "--args '8) + f(' is no list of arguments"),
        ("[8", "--args '[8' is no list of arguments"),
    ],
)
def test_arguments_are_literals_and_names(arguments: str, result: object) -> None:
    if not isinstance(result, str):
        assert call_arguments(arguments, math) == result
        return
    with pytest.raises(TargetError) as caught:
        call_arguments(arguments, math)
    assert str(caught.value) == result


def test_models_are_built_with_arguments(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setattr(sys, "path", list(sys.path))
    document = model_document("pkg.nets:Net", ModelRequest((32, 32, 3), True, "classes=4"))
    assert document is not None and document.generated
    assert document.text == TEXT.replace("10", "4")
    with pytest.raises(SystemExit):
        model_document("pkg.nets:small", ModelRequest(None, False, "4"))
    message = "cnnsize: pkg.nets:small: small takes no arguments: it is a Net"
    assert capsys.readouterr().err.splitlines()[-1] == message


@pytest.mark.slow
def test_a_remainder_is_a_warning_and_model_flags_need_a_model(project: Path) -> None:
    text = "from torch import nn\nnet = nn.Sequential(nn.MaxPool2d(2))"
    (project / "odd.py").write_text(text)
    call = ("check", "odd:net", "--input", "33x33x3", "--output-format", "concise")
    status, out, _ = cnnsize(*call, cwd=project)
    assert status == 1
    assert "warning[CNN101]" in out and "error" not in out
    for flag, reason in [
        (("--args", "4"), "--args is for a PyTorch model, as in package.module:name"),
        (("--flat",), "--flat is for PyTorch and ONNX models"),
    ]:
        status, _, err = cnnsize("show", "INPUT[8x8x3] -> FC-10", *flag)
        assert (status, err.splitlines()[-1]) == (2, f"Error: {reason}")


@pytest.mark.parametrize("argument", ["pkg/nets.py:Net", "input:conv", "conv:64"])
def test_other_arguments_are_no_models(argument: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert model_document(argument) is None
    assert capsys.readouterr() == ("", "")


@pytest.mark.slow
@pytest.mark.parametrize("option", ["--force-exclude", "-e"])
def test_hooks_and_strings_import_nothing(project: Path, option: str) -> None:
    _, out, err = cnnsize("check", option, "pkg.nets:Net", cwd=project)
    assert "importing" not in err and "printed by the code" not in out + err
