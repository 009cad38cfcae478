"""EfficientNet B0 to B7."""

from __future__ import annotations

from functools import partial
from math import ceil
from typing import Any

from torch import nn

from .parts import Classifier, MBConv, SqueezeExcitation, rounded, unit, variant

STAGES = (  # kernel, width, blocks, stride of the first of them
    *((3, 16, 1, 1), (3, 24, 2, 2), (5, 40, 2, 2), (3, 80, 3, 2)),
    *((5, 112, 3, 1), (5, 192, 4, 2), (3, 320, 1, 1)),
)
LARGE_NORM = partial(nn.BatchNorm2d, eps=0.001, momentum=0.01)


def block(inputs: int, outputs: int, expansion: int, kernel: int, stride: int, norm: Any) -> MBConv:
    width = rounded(inputs * expansion)
    gate = SqueezeExcitation(width, max(1, inputs // 4), nn.SiLU(True), nn.Sigmoid())
    return MBConv((inputs, width, outputs), kernel, stride, nn.SiLU, gate, norm)


class EfficientNet(Classifier):
    def __init__(
        self,
        wider: float,
        deeper: float,
        dropout: float,
        norm_layer: Any = nn.BatchNorm2d,
        num_classes: int = 1000,
    ) -> None:
        super().__init__()
        inputs = rounded(32 * wider)
        layers = [unit(3, inputs, 3, 2, act=nn.SiLU, norm=norm_layer)]
        for stage, (kernel, width, count, stride) in enumerate(STAGES):
            outputs, expansion = rounded(width * wider), 6 if stage else 1
            blocks = []
            for index in range(ceil(count * deeper)):
                step = 1 if index else stride
                blocks.append(block(inputs, outputs, expansion, kernel, step, norm_layer))
                inputs = outputs
            layers.append(nn.Sequential(*blocks))
        last = 4 * inputs
        self.features = nn.Sequential(*layers, unit(inputs, last, act=nn.SiLU, norm=norm_layer))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(dropout, True), nn.Linear(last, num_classes))


efficientnet_b0 = variant(EfficientNet, 1.0, 1.0, dropout=0.2)
efficientnet_b1 = variant(EfficientNet, 1.0, 1.1, dropout=0.2)
efficientnet_b2 = variant(EfficientNet, 1.1, 1.2, dropout=0.3)
efficientnet_b3 = variant(EfficientNet, 1.2, 1.4, dropout=0.3)
efficientnet_b4 = variant(EfficientNet, 1.4, 1.8, dropout=0.4)
efficientnet_b5 = variant(EfficientNet, 1.6, 2.2, dropout=0.4, norm_layer=LARGE_NORM)
efficientnet_b6 = variant(EfficientNet, 1.8, 2.6, dropout=0.5, norm_layer=LARGE_NORM)
efficientnet_b7 = variant(EfficientNet, 2.0, 3.1, dropout=0.5, norm_layer=LARGE_NORM)
