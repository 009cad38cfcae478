"""VGG, with and without batch normalization."""

from __future__ import annotations

from typing import Any

from torch import nn

from .parts import Classifier, variant

WIDTHS = (64, 128, 256, 512, 512)  # of the stages, each of which a pool ("M") ends


def stages(*counts: int) -> list[Any]:
    layers: list[Any] = []
    for width, count in zip(WIDTHS, counts, strict=True):
        layers += [*[width] * count, "M"]
    return layers


cfgs = {
    "A": stages(1, 1, 2, 2, 2),
    "B": stages(2, 2, 2, 2, 2),
    "D": stages(2, 2, 3, 3, 3),
    "E": stages(2, 2, 4, 4, 4),
}


def make_layers(cfg: list[Any], batch_norm: bool = False) -> nn.Sequential:
    layers: list[Any] = []
    inputs = 3
    for width in cfg:
        if width == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            norm = [nn.BatchNorm2d(width)] if batch_norm else []
            layers += [nn.Conv2d(inputs, width, 3, padding=1), *norm, nn.ReLU(True)]
            inputs = width
    return nn.Sequential(*layers)


def hidden(inputs: int, dropout: float) -> tuple[nn.Module, ...]:
    return nn.Linear(inputs, 4096), nn.ReLU(True), nn.Dropout(dropout)


class VGG(Classifier):
    def __init__(
        self, features: Any, num_classes: int = 1000, init_weights: Any = True, dropout: float = 0.5
    ) -> None:
        super().__init__()
        self.features = features
        self.avgpool = nn.AdaptiveAvgPool2d(7)
        head = (*hidden(512 * 7 * 7, dropout), *hidden(4096, dropout))
        self.classifier = nn.Sequential(*head, nn.Linear(4096, num_classes))


def configured(name: str, batch_norm: bool = False, **others: Any) -> VGG:
    return VGG(make_layers(cfgs[name], batch_norm), **others)


vgg11 = variant(configured, "A")
vgg13 = variant(configured, "B")
vgg16 = variant(configured, "D")
vgg19 = variant(configured, "E")
vgg11_bn = variant(configured, "A", True)
vgg13_bn = variant(configured, "B", True)
vgg16_bn = variant(configured, "D", True)
vgg19_bn = variant(configured, "E", True)
