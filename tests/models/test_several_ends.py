"""Models with several outputs and several inputs, from PyTorch and from ONNX."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import cnnsize
from cnnsize import UnreadableModelError
from cnnsize.models.onnx_file import read_onnx


class Agent(nn.Module):
    """Scores of actions, and a value."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 6, 4, 2)
        self.hidden = nn.Linear(6 * 9 * 9, 20)
        self.actor, self.critic = nn.Linear(20, 5), nn.Linear(20, 1)

    def forward(self, x: Tensor) -> Any:
        x = F.relu(self.conv(x))
        x = F.relu(self.hidden(x.flatten(1)))
        return self.actor(x), self.critic(x)


class Named(Agent):
    def forward(self, x: Tensor) -> Any:
        first, second = super().forward(x)
        return {"scores": first, "rest": [second, first]}


class TwoTowers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.image = nn.Sequential(nn.Conv2d(3, 7, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1))
        self.vector = nn.Sequential(nn.Linear(9, 11), nn.Tanh())
        self.out = nn.Linear(18, 4)

    def forward(self, image: Tensor, vector: Tensor) -> Tensor:
        x = torch.cat([self.image(image).flatten(1), self.vector(vector)], 1)
        y: Tensor = self.out(x)
        return y


class Summed(nn.Module):
    """Its second input comes first in the sum."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Conv2d(3, 4, 1), nn.Conv2d(2, 4, 3, padding=1), nn.Linear(4, 3)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        z: Tensor = self.c((self.b(y) + self.a(x)).mean((2, 3)))
        return z


class Unit(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.second(F.relu(self.first(x))))


class Supervised(nn.Module):
    """An output after each unit."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 1)
        self.units = nn.ModuleList([Unit(6) for _ in range(4)])
        self.heads = nn.ModuleList([nn.Conv2d(6, 2, 1) for _ in range(4)])

    def forward(self, x: Tensor) -> list[Tensor]:
        x, outputs = self.stem(x), []
        for unit, head in zip(self.units, self.heads, strict=True):
            x = unit(x)
            outputs.append(head(x))
        return outputs


class Pyramid(nn.Module):
    """The maps of three scales, each with the larger ones added (FPN)."""

    def __init__(self) -> None:
        super().__init__()
        widths = (4, 6, 8)
        self.stages = nn.ModuleList(
            [nn.Conv2d(a, b, 3, 2, 1) for a, b in zip((3, *widths), widths, strict=False)]
        )
        self.laterals = nn.ModuleList([nn.Conv2d(width, 5, 1) for width in widths])
        self.smooth = nn.ModuleList([nn.Conv2d(5, 5, 3, padding=1) for _ in widths])

    def forward(self, x: Tensor) -> list[Tensor]:
        maps = []
        for stage in self.stages:
            x = F.relu(stage(x))
            maps.append(x)
        top = self.laterals[2](maps[2])
        merged = [top]
        for index in (1, 0):
            top = self.laterals[index](maps[index]) + F.interpolate(top, scale_factor=2)
            merged.insert(0, top)
        return [layer(each) for layer, each in zip(self.smooth, merged, strict=True)]


class Trunk(nn.Module):
    """Two heads with layers of their own in common, and a third one before these."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.neck = nn.Conv2d(3, 6, 3), nn.Conv2d(6, 8, 3)
        self.boxes, self.classes = nn.Conv2d(8, 4, 1), nn.Conv2d(8, 3, 1)
        self.scene = nn.Linear(6, 10)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        x = F.relu(self.stem(x))
        y = F.relu(self.neck(x))
        return self.scene(x.mean((2, 3))), self.boxes(y), self.classes(y)


class OwnInput(nn.Module):
    """A further output with an input of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.out, self.own = nn.Linear(6, 5), nn.Linear(5, 3), nn.Linear(4, 5)

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        x = F.relu(self.stem(x))
        return self.out(x), x * self.own(y)


MODELS: list[tuple[Callable[[], nn.Module], list[tuple[int, ...]], str, str]] = [
    (Agent, [(2, 20, 20)],
     "agent = INPUT[20x20x2] -> CONV4-6(S=2) -> RELU -> FC-20 -> RELU -> OUTPUT{FC-1} -> FC-5", ""),
    (Named, [(2, 20, 20)],
     "named = INPUT[20x20x2] -> CONV4-6(S=2) -> RELU -> FC-20 -> RELU -> OUTPUT{FC-1} -> FC-5 -> "
     "OUTPUT{ID}", ""),
    (TwoTowers, [(3, 12, 12), (9,)],
     "two_towers = INPUT[12x12x3] -> CONV3-7(P=0) -> RELU -> GAP -> CAT{ID | INPUT[1x1x9] -> FC-11 "
     "-> TANH} -> FC-4", ""),
    (Summed, [(3, 8, 6), (2, 8, 6)],
     "summed = INPUT[6x8x3] -> CONV1-4 -> ADD{INPUT[6x8x2] -> CONV3-4 | ID} -> GAP -> FC-3", ""),
    (Supervised, [(3, 9, 9)],
     "unit() = ADD{ID | CONV3-6 -> RELU -> CONV3-6} -> RELU\n"
     "supervised = INPUT[9x9x3] -> CONV1-6 -> [unit() -> OUTPUT{CONV1-2}]*3 -> unit() -> CONV1-2",
     "the outputs of the text are numbers 4, 1, 2 and 3 of the model"),
    (Pyramid, [(3, 16, 16)],
     "pyramid = INPUT[16x16x3] -> CONV3-4(S=2, P=1) -> RELU -> ADD{CONV1-5 | CONV3-6(S=2, P=1) -> RELU"
     " -> ADD{CONV1-5 | CONV3-8(S=2, P=1) -> RELU -> CONV1-5 -> OUTPUT{CONV3-5} -> UP2} -> "
     "OUTPUT{CONV3-5} -> UP2} -> CONV3-5",
     "the outputs of the text are numbers 1, 3 and 2 of the model"),
    (Trunk, [(3, 9, 9)],
     "trunk = INPUT[9x9x3] -> CONV3-6(P=0) -> RELU -> OUTPUT{GAP -> FC-10} -> CONV3-8(P=0) -> RELU -> "
     "OUTPUT{CONV1-3} -> CONV1-4",
     "the outputs of the text are numbers 2, 1 and 3 of the model"),
    (OwnInput, [(6,), (4,)],
     "own_input = INPUT[1x1x6] -> FC-5 -> RELU -> OUTPUT{MUL{ID | INPUT[1x1x4] -> FC-5}} -> FC-3", ""),
]  # fmt: skip


def tensors_in(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    return [tensor for inner in (value.values() if isinstance(value, dict) else value)
            for tensor in tensors_in(inner)]  # fmt: skip


@pytest.mark.parametrize(("model", "inputs", "text", "note"), MODELS)
def test_models_are_read(
    model: Callable[[], nn.Module], inputs: list[tuple[int, ...]], text: str, note: str
) -> None:
    module = model().eval()
    read = cnnsize.from_torch(module, input=inputs)
    assert str(read) == text.replace("(S=2, P=1)", "(S=2)")
    assert read.notes == ((note,) if note else ())
    network = read.sized()
    assert network.params == sum(parameter.numel() for parameter in module.parameters())
    actual = [each.shape[1:] for each in tensors_in(module(*(torch.rand(2, *s) for s in inputs)))]
    shapes = [(W, H, D) for W, H, D in map(volume_of, actual)]
    assert sorted(map(str, network.outputs)) == sorted(str(cnnsize.Volume(*s)) for s in shapes)
    if not note:
        assert list(network.outputs) == shapes
    again = network.to_torch()(*(torch.rand(2, D, H, W) for W, H, D in network.inputs))
    assert [volume_of(each.shape[1:]) for each in tensors_in(again)] == list(network.outputs)


def volume_of(shape: tuple[int, ...]) -> tuple[int, int, int]:
    return (1, 1, shape[0]) if len(shape) == 1 else (shape[2], shape[1], shape[0])


def test_a_single_output_of_a_list_is_the_output() -> None:
    class Listed(nn.Module):
        def forward(self, x: Tensor) -> list[Tensor]:
            return [x.relu()]

    assert str(cnnsize.from_torch(Listed(), (3, 4, 4))) == "listed = INPUT[4x4x3] -> RELU"


class Siamese(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Conv2d(3, 4, 3)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        z: Tensor = self.encoder(x) + self.encoder(y)
        return z


class Crossed(nn.Module):
    """Both outputs take values from two others."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Conv2d(3, 3, 1) for _ in range(4)])

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        first, second, third, fourth = self.layers
        a, b = first(x), second(x)
        return third(a) + b, a + fourth(b)


class SecondTwice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Conv2d(3, 3, 1) for _ in range(2)])

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        first, second = self.layers
        z: Tensor = second(first(x) + y) + y
        return z


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Siamese, "two layers share the parameter encoder.weight, the second in encoder (Conv2d)"),
        (SecondTwice, "a further input is used more than once"),
    ],
)
def test_what_is_refused(model: Callable[[], nn.Module], message: str) -> None:
    with pytest.raises(UnreadableModelError) as raised:
        cnnsize.from_torch(model(), [(3, 6, 6), (3, 6, 6)])
    assert str(raised.value) == message


def test_outputs_of_a_graph_that_is_no_tree_are_refused() -> None:
    with pytest.raises(UnreadableModelError) as raised:
        cnnsize.from_torch(Crossed(), (3, 6, 6))
    assert "output 2 of 2 is computed from 2 values" in str(raised.value)


@pytest.mark.parametrize(("model", "inputs", "text", "note"), MODELS)
def test_onnx_files_are_read(
    tmp_path: Path,
    model: Callable[[], nn.Module],
    inputs: list[tuple[int, ...]],
    text: str,
    note: str,
) -> None:
    if model is Named:
        pytest.skip("the exporter copies a tensor that is returned twice")
    live = cnnsize.from_torch(model(), input=inputs).sized()
    read = read_onnx(exported(model(), inputs, tmp_path))
    network = cnnsize.parse(read.network.text, name=read.network.name).sized()
    assert (network.inputs, network.outputs) == (live.inputs, live.outputs)
    assert (network.params, network.macs) == (live.params, live.macs)
    kinds = [step.kind for step in network.steps if step.kind != "FLATTEN"]
    assert kinds == [step.kind for step in live.steps]
    assert read.notes == ((note,) if note else ())


def exported(module: nn.Module, inputs: list[tuple[int, ...]], folder: Path) -> str:
    """The path of a module that the exporter of TorchScript wrote."""
    path = str(folder / "net.onnx")
    given = tuple(torch.zeros(1, *size) for size in inputs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module.eval(), given, path, dynamo=False)
    return path
