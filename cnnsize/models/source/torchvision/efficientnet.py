"""EfficientNet B0 to B7."""

from __future__ import annotations

from math import ceil
from typing import Any

import torch
from torch import Tensor, nn

STAGES = (  # expansion, kernel, stride, inputs, outputs, blocks
    (1, 3, 1, 32, 16, 1),
    (6, 3, 2, 16, 24, 2),
    (6, 5, 2, 24, 40, 2),
    (6, 3, 2, 40, 80, 3),
    (6, 5, 1, 80, 112, 3),
    (6, 5, 2, 112, 192, 4),
    (6, 3, 1, 192, 320, 1),
)


def rounded(width: float) -> int:
    """Return a multiple of 8 that is not more than a tenth below the width."""
    result = max(8, int(width + 4) // 8 * 8)
    return result + 8 if result < 0.9 * width else result


def unit(
    inputs: int, width: int, kernel: int = 3, stride: int = 1, groups: int = 1, act: Any = None
) -> nn.Sequential:
    padding = (kernel - 1) // 2
    layers = [
        nn.Conv2d(inputs, width, kernel, stride, padding, groups=groups, bias=False),
        nn.BatchNorm2d(width),
    ]
    return nn.Sequential(*layers, *([] if act is None else [act(inplace=True)]))


class SqueezeExcitation(nn.Module):
    def __init__(self, input_channels: int, squeeze_channels: int) -> None:
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(input_channels, squeeze_channels, 1)
        self.fc2 = nn.Conv2d(squeeze_channels, input_channels, 1)
        self.activation = nn.SiLU(inplace=True)
        self.scale_activation = nn.Sigmoid()

    def forward(self, x: Tensor) -> Any:
        scale = self.fc2(self.activation(self.fc1(self.avgpool(x))))
        return self.scale_activation(scale) * x


class MBConv(nn.Module):
    def __init__(self, inputs: int, outputs: int, expansion: int, kernel: int, stride: int) -> None:
        super().__init__()
        width = rounded(inputs * expansion)
        layers: list[nn.Module] = []
        if width != inputs:
            layers.append(unit(inputs, width, 1, act=nn.SiLU))
        layers += [
            unit(width, width, kernel, stride, width, nn.SiLU),
            SqueezeExcitation(width, max(1, inputs // 4)),
            unit(width, outputs, 1),
        ]
        self.block = nn.Sequential(*layers)
        self.use_res_connect = stride == 1 and inputs == outputs
        self.out_channels = outputs

    def forward(self, x: Tensor) -> Any:
        return self.block(x) + x if self.use_res_connect else self.block(x)


class EfficientNet(nn.Module):
    def __init__(
        self, wider: float, deeper: float, dropout: float, num_classes: int = 1000
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = [unit(3, rounded(32 * wider), 3, 2, act=nn.SiLU)]
        outputs = 0
        for expansion, kernel, stride, inputs, outputs, count in STAGES:
            inputs, outputs = rounded(inputs * wider), rounded(outputs * wider)
            stage: list[nn.Module] = []
            for index in range(ceil(count * deeper)):
                first = index == 0
                step = stride if first else 1
                stage.append(MBConv(inputs if first else outputs, outputs, expansion, kernel, step))
            layers.append(nn.Sequential(*stage))
        layers.append(unit(outputs, 4 * outputs, 1, act=nn.SiLU))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(
            nn.Dropout(p=dropout, inplace=True), nn.Linear(4 * outputs, num_classes)
        )

    def forward(self, x: Tensor) -> Any:
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


def efficientnet_b0(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> EfficientNet:
    return EfficientNet(1.0, 1.0, **{"dropout": 0.2, **more})


def efficientnet_b1(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> EfficientNet:
    return EfficientNet(1.0, 1.1, **{"dropout": 0.2, **more})


def efficientnet_b2(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> EfficientNet:
    return EfficientNet(1.1, 1.2, **{"dropout": 0.3, **more})


def efficientnet_b3(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> EfficientNet:
    return EfficientNet(1.2, 1.4, **{"dropout": 0.3, **more})


def efficientnet_b4(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> EfficientNet:
    return EfficientNet(1.4, 1.8, **{"dropout": 0.4, **more})


def efficientnet_b5(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> EfficientNet:
    return EfficientNet(1.6, 2.2, **{"dropout": 0.4, **more})


def efficientnet_b6(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> EfficientNet:
    return EfficientNet(1.8, 2.6, **{"dropout": 0.5, **more})


def efficientnet_b7(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> EfficientNet:
    return EfficientNet(2.0, 3.1, **{"dropout": 0.5, **more})
