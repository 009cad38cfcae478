"""DenseNet."""

from __future__ import annotations

from typing import Any

from torch import Tensor, cat, flatten, nn
from torch.nn.functional import adaptive_avg_pool2d, relu

from .parts import variant


def before(inputs: int, width: int, kernel: int) -> tuple[nn.Module, ...]:
    """Return a convolution with the normalization and activation before it."""
    conv = nn.Conv2d(inputs, width, kernel, padding=kernel // 2, bias=False)
    return nn.BatchNorm2d(inputs), nn.ReLU(True), conv


class _DenseLayer(nn.Module):
    def __init__(self, inputs: int, growth: int, bottleneck: int) -> None:
        super().__init__()
        self.norm1, self.relu1, self.conv1 = before(inputs, bottleneck * growth, 1)
        self.norm2, self.relu2, self.conv2 = before(bottleneck * growth, growth, 3)

    def forward(self, features: list[Tensor]) -> Any:
        squeezed = self.conv1(self.relu1(self.norm1(cat(features, 1))))
        return self.conv2(self.relu2(self.norm2(squeezed)))


class _DenseBlock(nn.ModuleDict):
    def __init__(self, count: int, inputs: int, growth: int, bottleneck: int) -> None:
        super().__init__()
        for index in range(count):
            layer = _DenseLayer(inputs + index * growth, growth, bottleneck)
            self.add_module(f"denselayer{index + 1}", layer)

    def forward(self, x: Tensor) -> Any:
        features = [x]
        for layer in self.values():
            features.append(layer(features))
        return cat(features, 1)


class _Transition(nn.Sequential):
    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.norm, self.relu, self.conv = before(inputs, inputs // 2, 1)
        self.pool = nn.AvgPool2d(2)


def stem(width: int) -> tuple[nn.Module, ...]:
    """Return the layers after the first convolution."""
    return nn.BatchNorm2d(width), nn.ReLU(True), nn.MaxPool2d(3, 2, 1)


class DenseNet(nn.Module):
    def __init__(
        self,
        growth_rate: int = 32,
        block_config: Any = (6, 12, 24, 16),
        num_init_features: int = 64,
        bn_size: int = 4,
        drop_rate: Any = 0,
        num_classes: int = 1000,
        memory_efficient: Any = False,
    ) -> None:
        super().__init__()
        width = num_init_features
        self.features = nn.Sequential()
        self.features.add_module("conv0", nn.Conv2d(3, width, 7, 2, 3, bias=False))
        for name, layer in zip(("norm0", "relu0", "pool0"), stem(width), strict=True):
            self.features.add_module(name, layer)
        for stage, count in enumerate(block_config, 1):
            block = _DenseBlock(count, width, growth_rate, bn_size)
            self.features.add_module(f"denseblock{stage}", block)
            width += count * growth_rate
            if stage < len(block_config):
                self.features.add_module(f"transition{stage}", _Transition(width))
                width //= 2
        self.features.add_module("norm5", nn.BatchNorm2d(width))
        self.classifier = nn.Linear(width, num_classes)

    def forward(self, x: Tensor) -> Any:
        pooled = adaptive_avg_pool2d(relu(self.features(x)), 1)
        return self.classifier(flatten(pooled, 1))


densenet121 = variant(DenseNet, 32, (6, 12, 24, 16), 64)
densenet161 = variant(DenseNet, 48, (6, 12, 36, 24), 96)
densenet169 = variant(DenseNet, 32, (6, 12, 32, 32), 64)
densenet201 = variant(DenseNet, 32, (6, 12, 48, 32), 64)
