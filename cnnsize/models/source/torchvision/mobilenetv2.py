"""MobileNet v2."""

from __future__ import annotations

from typing import Any

from torch import Tensor, flatten, nn
from torch.nn.functional import adaptive_avg_pool2d

from .parts import rounded, unit, variant

STAGES = (  # width, blocks, stride of the first of them
    *((16, 1, 1), (24, 2, 2), (32, 3, 2), (64, 4, 2)),
    *((96, 3, 1), (160, 3, 2), (320, 1, 1)),
)


class InvertedResidual(nn.Module):
    def __init__(self, inp: int, oup: int, stride: int, expand_ratio: int) -> None:
        super().__init__()
        width = round(inp * expand_ratio)
        expansion = [] if expand_ratio == 1 else [unit(inp, width, act=nn.ReLU6)]
        depthwise = unit(width, width, 3, stride, width, nn.ReLU6)
        self.conv = nn.Sequential(*expansion, depthwise, *unit(width, oup))
        self.use_res_connect = stride == 1 and inp == oup

    def forward(self, x: Tensor) -> Any:
        return x + self.conv(x) if self.use_res_connect else self.conv(x)


class MobileNetV2(nn.Module):
    def __init__(
        self, num_classes: int = 1000, width_mult: float = 1.0, dropout: float = 0.2
    ) -> None:
        super().__init__()
        inputs = rounded(32 * width_mult)
        layers: list[nn.Module] = [unit(3, inputs, 3, 2, act=nn.ReLU6)]
        for stage, (width, count, stride) in enumerate(STAGES):
            outputs, expansion = rounded(width * width_mult), 6 if stage else 1
            for index in range(count):
                step = 1 if index else stride
                layers.append(InvertedResidual(inputs, outputs, step, expansion))
                inputs = outputs
        self.last_channel = rounded(1280 * max(1.0, width_mult))
        self.features = nn.Sequential(*layers, unit(inputs, self.last_channel, act=nn.ReLU6))
        scores = nn.Linear(self.last_channel, num_classes)
        self.classifier = nn.Sequential(nn.Dropout(dropout), scores)

    def forward(self, x: Tensor) -> Any:
        pooled = adaptive_avg_pool2d(self.features(x), 1)
        return self.classifier(flatten(pooled, 1))


mobilenet_v2 = variant(MobileNetV2)
