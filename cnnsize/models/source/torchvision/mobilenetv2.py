"""MobileNet v2."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SETTINGS = (  # of each stage: expansion, width, blocks, stride
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def rounded(width: float) -> int:
    """Return a multiple of 8 that is not more than a tenth below the width."""
    result = max(8, int(width + 4) // 8 * 8)
    return result + 8 if result < 0.9 * width else result


def unit(
    inputs: int, width: int, kernel: int = 3, stride: int = 1, groups: int = 1
) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, width, kernel, stride, (kernel - 1) // 2, groups=groups, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU6(inplace=True),
    )


class InvertedResidual(nn.Module):
    def __init__(self, inp: int, oup: int, stride: int, expand_ratio: int) -> None:
        super().__init__()
        width = round(inp * expand_ratio)
        self.use_res_connect = stride == 1 and inp == oup
        layers: list[nn.Module] = [unit(inp, width, 1)] if expand_ratio != 1 else []
        layers += [
            unit(width, width, 3, stride, width),
            nn.Conv2d(width, oup, 1, bias=False),
            nn.BatchNorm2d(oup),
        ]
        self.conv = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Any:
        return x + self.conv(x) if self.use_res_connect else self.conv(x)


class MobileNetV2(nn.Module):
    def __init__(
        self, num_classes: int = 1000, width_mult: float = 1.0, dropout: float = 0.2
    ) -> None:
        super().__init__()
        inputs = rounded(32 * width_mult)
        self.last_channel = rounded(1280 * max(1.0, width_mult))
        layers: list[nn.Module] = [unit(3, inputs, 3, 2)]
        for expansion, width, count, stride in SETTINGS:
            width = rounded(width * width_mult)
            for index in range(count):
                layers.append(
                    InvertedResidual(inputs, width, stride if index == 0 else 1, expansion)
                )
                inputs = width
        layers.append(unit(inputs, self.last_channel, 1))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Dropout(p=dropout), nn.Linear(self.last_channel, num_classes)
        )

    def forward(self, x: Tensor) -> Any:
        x = F.adaptive_avg_pool2d(self.features(x), (1, 1))
        return self.classifier(torch.flatten(x, 1))


def mobilenet_v2(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> MobileNetV2:
    return MobileNetV2(**more)
