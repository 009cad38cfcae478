"""AlexNet, as one tower."""

from __future__ import annotations

from typing import Any

from torch import nn

from .parts import Classifier, variant

CONVOLUTIONS = (  # width, kernel, stride, padding, whether a pool follows
    (64, 11, 4, 2, True),
    (192, 5, 1, 2, True),
    (384, 3, 1, 1, False),
    (256, 3, 1, 1, False),
    (256, 3, 1, 1, True),
)


def hidden(inputs: int, dropout: float) -> tuple[nn.Module, ...]:
    return nn.Dropout(dropout), nn.Linear(inputs, 4096), nn.ReLU(True)


class AlexNet(Classifier):
    def __init__(self, num_classes: int = 1000, dropout: float = 0.5) -> None:
        super().__init__()
        layers: list[Any] = []
        inputs = 3
        for width, kernel, stride, padding, pooled in CONVOLUTIONS:
            layers += [nn.Conv2d(inputs, width, kernel, stride, padding), nn.ReLU(True)]
            if pooled:
                layers.append(nn.MaxPool2d(3, 2))
            inputs = width
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(6)
        head = (*hidden(256 * 6 * 6, dropout), *hidden(4096, dropout))
        self.classifier = nn.Sequential(*head, nn.Linear(4096, num_classes))


alexnet = variant(AlexNet)
