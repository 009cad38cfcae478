"""Commands on ONNX files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers import cnnsize
from tests.models.onnx_graphs import chain, op, saved

LAYERS = [
    op("Conv", (8, 3, 3, 3), (8,), pads=[1] * 4),
    op("Relu"),
    op("Flatten"),
    op("Gemm", (8192, 10), (10,)),
]
TEXT = "net = INPUT[32x32x3] -> CONV3-8 -> RELU -> FLATTEN -> FC-10"


@pytest.mark.slow
def test_commands(tmp_path: Path) -> None:
    content = Path(saved(chain(*LAYERS), tmp_path)).read_bytes()
    assert cnnsize("fmt", "net.onnx", cwd=tmp_path) == (0, TEXT + "\n", "")
    status, out, err = cnnsize("show", "net.onnx", cwd=tmp_path)
    assert (status, err) == (0, "")
    assert "82,154" in out
    status, out, err = cnnsize("emit", "net.onnx", cwd=tmp_path)
    assert (status, err) == (0, "")
    assert "class Net(nn.Module)" in out
    status, out, err = cnnsize("check", "net.onnx", "--fix", "--add-ignore", cwd=tmp_path)
    assert status == 0
    assert (tmp_path / "net.onnx").read_bytes() == content
    assert cnnsize("inputs", "net.onnx", cwd=tmp_path)[0] == 0
    status, _, err = cnnsize("show", "none.onnx", cwd=tmp_path)
    assert (status, err) == (2, "cnnsize: none.onnx: no such file (for a string, use -e)\n")


@pytest.mark.slow
def test_findings_name_the_file(tmp_path: Path) -> None:
    saved(chain(*LAYERS, op("Tanh"), op("Tanh")), tmp_path)
    _, out, _ = cnnsize("check", "net.onnx", "--output-format", "concise", cwd=tmp_path)
    assert "net.onnx:1:" in out


@pytest.mark.slow
def test_refusals(tmp_path: Path) -> None:
    saved(chain(op("Relu"), input=("N", 3, "H", "W")), tmp_path)
    status, _, err = cnnsize("show", "net.onnx", cwd=tmp_path)
    assert (status, err) == (
        2,
        "cnnsize: net.onnx: the size of the input 'x' is open (N x 3 x H x W); "
        "give it with --input 224x224x3, or in Python with input=(3, 224, 224)\n",
    )
    assert cnnsize("show", "net.onnx", "--input", "8x6x3", cwd=tmp_path)[0] == 0
    (tmp_path / "text.onnx").write_text("INPUT[8x8x3] -> FC-10")
    assert cnnsize("check", "text.onnx", cwd=tmp_path) == (
        2,
        "",
        "cnnsize: text.onnx: not an ONNX model\n",
    )


@pytest.mark.slow
def test_without_onnx(tmp_path: Path) -> None:
    saved(chain(op("Relu")), tmp_path)
    (tmp_path / "onnx").mkdir()
    (tmp_path / "onnx" / "__init__.py").write_text("raise ImportError\n")
    from tests.helpers import ROOT

    path = f"{tmp_path}:{ROOT}"
    assert cnnsize("show", "net.onnx", cwd=tmp_path, PYTHONPATH=path) == (
        2,
        "",
        "cnnsize: net.onnx: ONNX files are read with the package onnx: pip install "
        "'cnnsize[onnx]'\n",
    )
