"""MobileNet v3."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

SMALL = (  # of each block: inputs, kernel, expanded width, outputs, gate, hard swish, stride
    (16, 3, 16, 16, True, False, 2),
    (16, 3, 72, 24, False, False, 2),
    (24, 3, 88, 24, False, False, 1),
    (24, 5, 96, 40, True, True, 2),
    (40, 5, 240, 40, True, True, 1),
    (40, 5, 240, 40, True, True, 1),
    (40, 5, 120, 48, True, True, 1),
    (48, 5, 144, 48, True, True, 1),
    (48, 5, 288, 96, True, True, 2),
    (96, 5, 576, 96, True, True, 1),
    (96, 5, 576, 96, True, True, 1),
)
LARGE = (
    (16, 3, 16, 16, False, False, 1),
    (16, 3, 64, 24, False, False, 2),
    (24, 3, 72, 24, False, False, 1),
    (24, 5, 72, 40, True, False, 2),
    (40, 5, 120, 40, True, False, 1),
    (40, 5, 120, 40, True, False, 1),
    (40, 3, 240, 80, False, True, 2),
    (80, 3, 200, 80, False, True, 1),
    (80, 3, 184, 80, False, True, 1),
    (80, 3, 184, 80, False, True, 1),
    (80, 3, 480, 112, True, True, 1),
    (112, 3, 672, 112, True, True, 1),
    (112, 5, 672, 160, True, True, 2),
    (160, 5, 960, 160, True, True, 1),
    (160, 5, 960, 160, True, True, 1),
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
        nn.BatchNorm2d(width, eps=0.001, momentum=0.01),
    ]
    return nn.Sequential(*layers, *([] if act is None else [act(inplace=True)]))


class SqueezeExcitation(nn.Module):
    def __init__(self, input_channels: int, squeeze_channels: int) -> None:
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(input_channels, squeeze_channels, 1)
        self.fc2 = nn.Conv2d(squeeze_channels, input_channels, 1)
        self.activation = nn.ReLU()
        self.scale_activation = nn.Hardsigmoid()

    def forward(self, x: Tensor) -> Any:
        scale = self.fc2(self.activation(self.fc1(self.avgpool(x))))
        return self.scale_activation(scale) * x


class InvertedResidual(nn.Module):
    def __init__(self, row: Any) -> None:
        super().__init__()
        inputs, kernel, width, outputs, gate, hard, stride = row
        act = nn.Hardswish if hard else nn.ReLU
        layers: list[nn.Module] = [unit(inputs, width, 1, act=act)] if width != inputs else []
        layers.append(unit(width, width, kernel, stride, width, act))
        if gate:
            layers.append(SqueezeExcitation(width, rounded(width // 4)))
        layers.append(unit(width, outputs, 1))
        self.block = nn.Sequential(*layers)
        self.use_res_connect = stride == 1 and inputs == outputs
        self.out_channels = outputs

    def forward(self, x: Tensor) -> Any:
        return self.block(x) + x if self.use_res_connect else self.block(x)


class MobileNetV3(nn.Module):
    def __init__(
        self, rows: Any, last_channel: int, num_classes: int = 1000, dropout: float = 0.2
    ) -> None:
        super().__init__()
        last = rows[-1][3]
        self.features = nn.Sequential(
            unit(3, 16, 3, 2, act=nn.Hardswish),
            *[InvertedResidual(row) for row in rows],
            unit(last, 6 * last, 1, act=nn.Hardswish),
        )
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(
            nn.Linear(6 * last, last_channel),
            nn.Hardswish(inplace=True),
            nn.Dropout(p=dropout, inplace=True),
            nn.Linear(last_channel, num_classes),
        )

    def forward(self, x: Tensor) -> Any:
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


def mobilenet_v3_small(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> MobileNetV3:
    return MobileNetV3(SMALL, 1024, **more)


def mobilenet_v3_large(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> MobileNetV3:
    return MobileNetV3(LARGE, 1280, **more)
