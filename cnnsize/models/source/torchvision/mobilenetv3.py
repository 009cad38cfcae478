"""MobileNet v3."""

from __future__ import annotations

from functools import partial
from typing import Any

from torch import nn

from .parts import Classifier, MBConv, SqueezeExcitation, rounded, unit, variant

SMALL = (  # of each block: kernel, expanded width, outputs, stride, gate, hard swish
    (3, 16, 16, 2, True, False),
    (3, 72, 24, 2, False, False),
    (3, 88, 24, 1, False, False),
    (5, 96, 40, 2, True, True),
    *[(5, 240, 40, 1, True, True)] * 2,
    (5, 120, 48, 1, True, True),
    (5, 144, 48, 1, True, True),
    (5, 288, 96, 2, True, True),
    *[(5, 576, 96, 1, True, True)] * 2,
)
LARGE = (
    (3, 16, 16, 1, False, False),
    (3, 64, 24, 2, False, False),
    (3, 72, 24, 1, False, False),
    (5, 72, 40, 2, True, False),
    *[(5, 120, 40, 1, True, False)] * 2,
    (3, 240, 80, 2, False, True),
    (3, 200, 80, 1, False, True),
    *[(3, 184, 80, 1, False, True)] * 2,
    (3, 480, 112, 1, True, True),
    (3, 672, 112, 1, True, True),
    (5, 672, 160, 2, True, True),
    *[(5, 960, 160, 1, True, True)] * 2,
)
NORM = partial(nn.BatchNorm2d, eps=0.001, momentum=0.01)


class MobileNetV3(Classifier):
    def __init__(
        self, rows: Any, last_channel: int, num_classes: int = 1000, dropout: float = 0.2
    ) -> None:
        super().__init__()
        inputs = 16
        layers: list[nn.Module] = [unit(3, inputs, 3, 2, act=nn.Hardswish, norm=NORM)]
        for kernel, width, outputs, stride, gated, hard in rows:
            gate = None
            if gated:
                squeezed = rounded(width // 4)
                gate = SqueezeExcitation(width, squeezed, nn.ReLU(), nn.Hardsigmoid())
            act = nn.Hardswish if hard else nn.ReLU
            layers.append(MBConv((inputs, width, outputs), kernel, stride, act, gate, NORM))
            inputs = outputs
        last = 6 * inputs
        self.features = nn.Sequential(*layers, unit(inputs, last, act=nn.Hardswish, norm=NORM))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        hidden = (nn.Linear(last, last_channel), nn.Hardswish(True), nn.Dropout(dropout, True))
        self.classifier = nn.Sequential(*hidden, nn.Linear(last_channel, num_classes))


mobilenet_v3_small = variant(MobileNetV3, SMALL, 1024)
mobilenet_v3_large = variant(MobileNetV3, LARGE, 1280)
