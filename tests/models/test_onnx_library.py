"""``cnnsize.from_onnx``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import cnnsize
from tests.models.onnx_graphs import chain, op, saved


def test_a_file_is_a_network(tmp_path: Path) -> None:
    model = chain(op("Conv", (8, 3, 3, 3), (8,)), op("Relu"), op("Mul", 2.0))
    path = saved(model, tmp_path)
    network = cnnsize.from_onnx(path)
    assert network.text == "net = INPUT[32x32x3] -> CONV3-8(P=0) -> RELU"
    assert network.notes == ("arithmetic with plain numbers is left out",)
    assert cnnsize.from_onnx(Path(path)).sized().params == 224


def test_an_open_input_is_given(tmp_path: Path) -> None:
    layers = [op("Conv", (3, 3, 1, 1)), op("Relu"), op("Conv", (3, 3, 1, 1)), op("Relu")]
    path = saved(chain(*layers, input=("N", 3, "H", "W")), tmp_path)
    with pytest.raises(cnnsize.UnreadableModelError, match="the size of the input 'x' is open"):
        cnnsize.from_onnx(path)
    unit = "CONV1-3(bias=no) -> RELU"
    assert str(cnnsize.from_onnx(path, (3, 6, 8))) == f"net = INPUT[8x6x3] -> [{unit}]*2"
    flat = cnnsize.from_onnx(path, input=(3, 6, 8), flat=True)
    assert str(flat) == f"net = INPUT[8x6x3] -> {unit} -> {unit}"


def test_other_files_and_arguments_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        cnnsize.from_onnx(tmp_path / "none.onnx")
    (tmp_path / "text.onnx").write_text("INPUT")
    with pytest.raises(cnnsize.UnreadableModelError, match="not an ONNX model"):
        cnnsize.from_onnx(tmp_path / "text.onnx")
    with pytest.raises(ValueError, match="three integers"):
        cnnsize.from_onnx("model.onnx", (3, 0, 8))


@pytest.mark.parametrize(
    ("operators", "text"),
    [
        ([op("Relu"), op("Sub", "t0", "x")], "ADD{RELU | ID}"),
        ([op("GlobalAveragePool"), op("Expand", [1, 3, 32, 32]), op("Mul", "t1", "x")],
         "MUL{GAP | ID}"),
        ([op("GlobalAveragePool"), op("Reshape", [1, 1, 3]), op("Conv", (1, 1, 3), pads=[1, 1]),
          op("Reshape", [1, 3, 1, 1]), op("Mul", "t3", "x")],
         "MUL{GAP -> UNFLATTEN[3x1x1] -> CONV3x1-1(bias=no) -> FLATTEN | ID}"),
    ],
)  # fmt: skip
def test_operators(operators: list[Any], text: str, tmp_path: Path) -> None:
    network = cnnsize.from_onnx(saved(chain(*operators), tmp_path))
    assert network.text == f"net = INPUT[32x32x3] -> {text}"
