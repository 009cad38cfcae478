"""Small networks with operations that few networks have, as timm's are built, in code of our own."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from tests.models.modern import BatchNormAct2d, ConvNormAct, EcaModule, Network, residuals


class WiderResidual(nn.Module):
    """ReXNet: the input is added to the first channels of a wider output."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.expand = ConvNormAct(inputs, 2 * inputs)
        self.project = ConvNormAct(2 * inputs, outputs)
        self.inputs = inputs

    def forward(self, x: Tensor) -> Tensor:
        out = self.project(self.expand(x))
        return torch.cat([out[:, : self.inputs] + x, out[:, self.inputs :]], 1)


class RepMixer(nn.Module):
    """FastViT: the difference of two branches, scaled, is added to the input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mixer = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.norm = BatchNormAct2d(width, None)
        self.gamma = nn.Parameter(torch.ones(width, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.gamma * (self.mixer(x) - self.norm(x))


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "eca": lambda: residuals(EcaModule),
    "rexnet": lambda: Network(16, WiderResidual(16, 20), WiderResidual(20, 27), outputs=27),
    "rep_mixer": lambda: Network(16, RepMixer(16), RepMixer(16)),
    "weight_norm": lambda: Network(16, weight_norm(nn.Conv2d(16, 24, 3)), outputs=24),
}
