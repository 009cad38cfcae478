"""SqueezeNet 1.0 and 1.1."""

from __future__ import annotations

from typing import Any

from torch import Tensor, cat, flatten, nn


class Fire(nn.Module):
    def __init__(
        self, inplanes: int, squeeze_planes: int, expand1x1_planes: int, expand3x3_planes: int
    ) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(inplanes, squeeze_planes, 1)
        self.squeeze_activation = nn.ReLU(inplace=True)
        self.expand1x1 = nn.Conv2d(squeeze_planes, expand1x1_planes, 1)
        self.expand1x1_activation = nn.ReLU(inplace=True)
        self.expand3x3 = nn.Conv2d(squeeze_planes, expand3x3_planes, 3, padding=1)
        self.expand3x3_activation = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Any:
        x = self.squeeze_activation(self.squeeze(x))
        small = self.expand1x1_activation(self.expand1x1(x))
        return cat([small, self.expand3x3_activation(self.expand3x3(x))], 1)


def fire(inputs: int, squeezed: int, width: int) -> Fire:
    return Fire(inputs, squeezed, width, width)


def pool() -> nn.MaxPool2d:
    return nn.MaxPool2d(3, 2, ceil_mode=True)


class SqueezeNet(nn.Module):
    def __init__(self, version: str = "1_0", num_classes: int = 1000, dropout: float = 0.5) -> None:
        super().__init__()
        early = [fire(64 if version == "1_1" else 96, 16, 64), fire(128, 16, 64)]
        middle = [fire(256, 48, 192), fire(384, 48, 192), fire(384, 64, 256)]
        if version == "1_0":
            layers = [nn.Conv2d(3, 96, 7, 2), nn.ReLU(inplace=True), pool(), *early]
            layers += [fire(128, 32, 128), pool(), fire(256, 32, 128), *middle, pool()]
            layers += [fire(512, 64, 256)]
        else:
            layers = [nn.Conv2d(3, 64, 3, 2), nn.ReLU(inplace=True), pool(), *early, pool()]
            layers += [fire(128, 32, 128), fire(256, 32, 128), pool(), *middle, fire(512, 64, 256)]
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Dropout(p=dropout),
            nn.Conv2d(512, num_classes, kernel_size=1),
            nn.ReLU(inplace=True),
            nn.AdaptiveAvgPool2d((1, 1)),
        )

    def forward(self, x: Tensor) -> Any:
        return flatten(self.classifier(self.features(x)), 1)


def squeezenet1_0(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> SqueezeNet:
    return SqueezeNet("1_0", **more)


def squeezenet1_1(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> SqueezeNet:
    return SqueezeNet("1_1", **more)
