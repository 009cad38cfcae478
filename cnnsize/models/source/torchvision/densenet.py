"""DenseNet."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class _DenseLayer(nn.Module):
    def __init__(self, inputs: int, growth_rate: int, bn_size: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(inputs)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(inputs, bn_size * growth_rate, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(bn_size * growth_rate)
        self.relu2 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(bn_size * growth_rate, growth_rate, 3, padding=1, bias=False)

    def forward(self, features: list[Tensor]) -> Any:
        x = self.conv1(self.relu1(self.norm1(torch.cat(features, 1))))
        return self.conv2(self.relu2(self.norm2(x)))


class _DenseBlock(nn.ModuleDict):
    def __init__(self, count: int, inputs: int, bn_size: int, growth_rate: int) -> None:
        super().__init__()
        for index in range(count):
            layer = _DenseLayer(inputs + index * growth_rate, growth_rate, bn_size)
            self.add_module(f"denselayer{index + 1}", layer)

    def forward(self, x: Tensor) -> Any:
        features = [x]
        for layer in self.values():
            features.append(layer(features))
        return torch.cat(features, 1)


class _Transition(nn.Sequential):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(inputs)
        self.relu = nn.ReLU(inplace=True)
        self.conv = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.pool = nn.AvgPool2d(2, 2)


class DenseNet(nn.Module):
    def __init__(
        self,
        growth_rate: int = 32,
        block_config: tuple[int, ...] = (6, 12, 24, 16),
        num_init_features: int = 64,
        bn_size: int = 4,
        drop_rate: float = 0,
        num_classes: int = 1000,
        memory_efficient: bool = False,
    ) -> None:
        super().__init__()
        width = num_init_features
        self.features = nn.Sequential()
        self.features.add_module("conv0", nn.Conv2d(3, width, 7, 2, 3, bias=False))
        self.features.add_module("norm0", nn.BatchNorm2d(width))
        self.features.add_module("relu0", nn.ReLU(inplace=True))
        self.features.add_module("pool0", nn.MaxPool2d(3, 2, 1))
        for index, count in enumerate(block_config):
            block = _DenseBlock(count, width, bn_size, growth_rate)
            self.features.add_module(f"denseblock{index + 1}", block)
            width += count * growth_rate
            if index < len(block_config) - 1:
                transition = _Transition(width, width // 2)
                self.features.add_module(f"transition{index + 1}", transition)
                width //= 2
        self.features.add_module("norm5", nn.BatchNorm2d(width))
        self.classifier = nn.Linear(width, num_classes)

    def forward(self, x: Tensor) -> Any:
        x = F.relu(self.features(x), inplace=True)
        return self.classifier(torch.flatten(F.adaptive_avg_pool2d(x, (1, 1)), 1))


def densenet121(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> DenseNet:
    return DenseNet(32, (6, 12, 24, 16), 64, **more)


def densenet161(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> DenseNet:
    return DenseNet(48, (6, 12, 36, 24), 96, **more)


def densenet169(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> DenseNet:
    return DenseNet(32, (6, 12, 32, 32), 64, **more)


def densenet201(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> DenseNet:
    return DenseNet(32, (6, 12, 48, 32), 64, **more)
