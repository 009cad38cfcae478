"""Models that PyTorch exports, read back: the numbers are those of the model itself."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import cnnsize
from cnnsize.models.onnx_file import read_onnx
from cnnsize.sizing.size import sized
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.sizing.totals import totals
from tests.models.convolutions import StdConv2d
from tests.models.modern import EcaModule

BIASED = ("CONV", "DWCONV", "TCONV", "FC")


def exported(module: nn.Module, size: tuple[int, int, int], folder: Path) -> str:
    """The path of a module that the exporter of TorchScript wrote, for an input of C x H x W."""
    path = str(folder / "net.onnx")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module.eval(), (torch.zeros(1, *size),), path, dynamo=False)
    return path


def without_norms(network: SizedNetwork) -> tuple[int, int, object]:
    """Parameters but those of BN and biases, MACs, and the output: what a folded BN leaves."""
    steps = cnnsize.parse(network.architecture.text, name=network.architecture.name).sized().steps
    norms = sum(step.params for step in steps if step.kind == "BN")
    biases = sum(
        step.output.D
        for step in steps
        if step.kind in BIASED and getattr(step.layer, "bias", False)
    )
    sums = totals(network)
    return sums.params - norms - biases, sums.macs, network.output


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "convnext_tiny",
        "dcgan_discriminator",
        "dcgan_generator",
        "efficientnet_b0",
        "googlenet",
        "googlenet_paper",
        "lenet5",
        "mobilenet_v2",
        "mobilenet_v3_small",
        "resnet18",
        "squeezenet1_1",
    ],
)
def test_networks_of_the_zoo(name: str, tmp_path: Path) -> None:
    own = cnnsize.load(name).sized()
    size = (own.input.D, own.input.H, own.input.W)
    read = read_onnx(exported(own.to_torch(), size, tmp_path))
    assert without_norms(sized(read.network)) == without_norms(own)


class Shuffle(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        x = x.view(x.size(0), 2, 4, x.size(2), x.size(3)).transpose(1, 2)
        return x.reshape(x.size(0), 8, x.size(3), x.size(4))


class Gate(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.squeeze = nn.Linear(3, 2)
        self.excite = nn.Linear(2, 3)

    def forward(self, x: Tensor) -> Tensor:
        gate = torch.relu(self.squeeze(x.mean((2, 3))))
        return x * torch.sigmoid(self.excite(gate))[:, :, None, None]


class ChannelsLast(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(3)
        self.linear = nn.Linear(3, 5)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.linear(self.norm(x.permute(0, 2, 3, 1)))
        return out.permute(0, 3, 1, 2)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "text"),
    [
        (lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.GroupNorm(4, 8), nn.SiLU()),
         "CONV3-8(P=0) -> GN(4) -> SILU"),
        (lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.InstanceNorm2d(8), nn.GELU()),
         "CONV3-8(P=0) -> IN -> GELU"),
        (lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.InstanceNorm2d(8, affine=True), nn.Mish()),
         "CONV3-8(P=0) -> IN(affine=yes) -> MISH"),
        (lambda: nn.Sequential(nn.ConvTranspose2d(3, 8, 3, 2, 1, 1), nn.PReLU(8)),
         "TCONV3-8(S=2, P=1, output_padding=1) -> PRELU(per=channel)"),
        (lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.LocalResponseNorm(5), nn.Hardswish()),
         "CONV3-8(P=0) -> LRN -> HSWISH"),
        (lambda: nn.Sequential(nn.Upsample(scale_factor=2), nn.PixelUnshuffle(2), nn.ReLU6()),
         "UP2 -> PIXELUNSHUFFLE2 -> RELU6"),
        (lambda: nn.Sequential(nn.MaxPool2d(3, 2, 1, ceil_mode=True), nn.AvgPool2d(2, 2, 1)),
         "POOL3(S=2, P=1, ceil=yes) -> AVGPOOL2(P=1)"),
        (lambda: nn.Sequential(nn.Flatten(), nn.Linear(768, 64), nn.Unflatten(1, (4, 4, 4))),
         "FLATTEN -> FC-64 -> UNFLATTEN[4x4x4]"),
        (Shuffle, "CONV1-8 -> CHSHUFFLE(2)"),
        (Gate, "MUL{ID | GAP -> FC-2 -> RELU -> FC-3 -> SIGMOID}"),
        (ChannelsLast, "LN -> CONV1-5"),
        (lambda: StdConv2d(3, 8, 3), "CONV3-8(P=0)"),
        (lambda: EcaModule(3),
         "MUL{ID | GAP -> UNFLATTEN[3x1x1] -> CONV3x1-1(bias=no) -> FLATTEN -> SIGMOID}"),
    ],
)  # fmt: skip
def test_modules(module: Callable[[], nn.Module], text: str, tmp_path: Path) -> None:
    read = read_onnx(exported(module(), (3, 16, 16), tmp_path))
    assert read.network.text == f"net = INPUT[16x16x3] -> {text}"
