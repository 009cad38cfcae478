"""SqueezeNet 1.0 and 1.1."""

from __future__ import annotations

from typing import Any

from torch import Tensor, cat, flatten, nn

from .parts import variant

FIRST = {"1_0": (96, 7), "1_1": (64, 3)}  # width and kernel of the first convolution
POOLED = {"1_0": (0, 3, 7), "1_1": (0, 2, 4)}  # indices of the Fire modules that follow a pool
FIRES = (  # squeezed width, width of each of the two expansions
    *((16, 64), (16, 64), (32, 128), (32, 128)),
    *((48, 192), (48, 192), (64, 256), (64, 256)),
)


class Fire(nn.Module):
    def __init__(
        self, inplanes: int, squeeze_planes: int, expand1x1_planes: int, expand3x3_planes: int
    ) -> None:
        super().__init__()
        self.squeeze, self.squeeze_activation = conv(inplanes, squeeze_planes, 1)
        self.expand1x1, self.expand1x1_activation = conv(squeeze_planes, expand1x1_planes, 1)
        self.expand3x3, self.expand3x3_activation = conv(squeeze_planes, expand3x3_planes, 3)

    def forward(self, x: Tensor) -> Any:
        x = self.squeeze_activation(self.squeeze(x))
        small = self.expand1x1_activation(self.expand1x1(x))
        large = self.expand3x3_activation(self.expand3x3(x))
        return cat((small, large), 1)


def conv(inputs: int, width: int, kernel: int) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(inputs, width, kernel, padding=kernel // 2), nn.ReLU(True)


class SqueezeNet(nn.Module):
    def __init__(self, version: str = "1_0", num_classes: int = 1000, dropout: float = 0.5) -> None:
        super().__init__()
        inputs, kernel = FIRST[version]
        layers: list[nn.Module] = [nn.Conv2d(3, inputs, kernel, 2), nn.ReLU(True)]
        for index, (squeezed, width) in enumerate(FIRES):
            if index in POOLED[version]:
                layers.append(nn.MaxPool2d(3, 2, ceil_mode=True))
            layers.append(Fire(inputs, squeezed, width, width))
            inputs = 2 * width
        self.features = nn.Sequential(*layers)
        scores = nn.Conv2d(inputs, num_classes, 1)
        head = (nn.Dropout(dropout), scores, nn.ReLU(True), nn.AdaptiveAvgPool2d(1))
        self.classifier = nn.Sequential(*head)

    def forward(self, x: Tensor) -> Any:
        return flatten(self.classifier(self.features(x)), 1)


squeezenet1_0 = variant(SqueezeNet, "1_0")
squeezenet1_1 = variant(SqueezeNet, "1_1")
