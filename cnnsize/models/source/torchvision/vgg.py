"""VGG, with and without batch normalization."""

from __future__ import annotations

from typing import Any

from torch import Tensor, flatten, nn

cfgs = {
    "A": [64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
    "B": [64, 64, "M", 128, 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
    "D": [64, 64, "M", 128, 128, "M", *[256] * 3, "M", *[512] * 3, "M", *[512] * 3, "M"],
    "E": [64, 64, "M", 128, 128, "M", *[256] * 4, "M", *[512] * 4, "M", *[512] * 4, "M"],
}


class VGG(nn.Module):
    def __init__(
        self,
        features: nn.Module,
        num_classes: int = 1000,
        init_weights: bool = True,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.features = features
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096),
            nn.ReLU(True),
            nn.Dropout(p=dropout),
            nn.Linear(4096, 4096),
            nn.ReLU(True),
            nn.Dropout(p=dropout),
            nn.Linear(4096, num_classes),
        )

    def forward(self, x: Tensor) -> Any:
        return self.classifier(flatten(self.avgpool(self.features(x)), 1))


def make_layers(cfg: list[Any], batch_norm: bool = False) -> nn.Sequential:
    layers: list[nn.Module] = []
    inputs = 3
    for width in cfg:
        if width == "M":
            layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
            continue
        layers.append(nn.Conv2d(inputs, width, kernel_size=3, padding=1))
        if batch_norm:
            layers.append(nn.BatchNorm2d(width))
        layers.append(nn.ReLU(inplace=True))
        inputs = width
    return nn.Sequential(*layers)


def vgg11(pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any) -> VGG:
    return VGG(make_layers(cfgs["A"]), **more)


def vgg13(pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any) -> VGG:
    return VGG(make_layers(cfgs["B"]), **more)


def vgg16(pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any) -> VGG:
    return VGG(make_layers(cfgs["D"]), **more)


def vgg19(pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any) -> VGG:
    return VGG(make_layers(cfgs["E"]), **more)


def vgg11_bn(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> VGG:
    return VGG(make_layers(cfgs["A"], batch_norm=True), **more)


def vgg13_bn(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> VGG:
    return VGG(make_layers(cfgs["B"], batch_norm=True), **more)


def vgg16_bn(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> VGG:
    return VGG(make_layers(cfgs["D"], batch_norm=True), **more)


def vgg19_bn(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> VGG:
    return VGG(make_layers(cfgs["E"], batch_norm=True), **more)
