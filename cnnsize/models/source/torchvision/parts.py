"""Parts that several of these networks share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, flatten, nn


class Classifier(nn.Module):
    """Features of a map, pooled to a fixed size and classified."""

    features: nn.Module
    avgpool: nn.Module
    classifier: nn.Module

    def forward(self, x: Tensor) -> Any:
        return self.classifier(flatten(self.avgpool(self.features(x)), 1))


class SqueezeExcitation(nn.Module):
    """A weight for each channel, from the means of all channels."""

    def __init__(
        self, input_channels: int, squeeze_channels: int, activation: Any, scale_activation: Any
    ) -> None:
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(input_channels, squeeze_channels, 1)
        self.fc2 = nn.Conv2d(squeeze_channels, input_channels, 1)
        self.activation = activation
        self.scale_activation = scale_activation

    def forward(self, x: Tensor) -> Any:
        hidden = self.activation(self.fc1(self.avgpool(x)))
        return self.scale_activation(self.fc2(hidden)) * x


class MBConv(nn.Module):
    """Expansion, depthwise convolution, gate and projection, with a shortcut around them."""

    def __init__(
        self,
        widths: tuple[int, int, int],
        kernel: int,
        stride: int,
        act: Any,
        gate: nn.Module | None = None,
        norm: Any = nn.BatchNorm2d,
    ) -> None:
        super().__init__()
        inputs, expanded, self.out_channels = widths
        self.use_res_connect = stride == 1 and inputs == self.out_channels
        steps: list[nn.Module] = []
        if expanded != inputs:
            steps.append(unit(inputs, expanded, act=act, norm=norm))
        steps.append(unit(expanded, expanded, kernel, stride, expanded, act, norm))
        if gate is not None:
            steps.append(gate)
        self.block = nn.Sequential(*steps, unit(expanded, self.out_channels, norm=norm))

    def forward(self, x: Tensor) -> Any:
        return self.block(x) + x if self.use_res_connect else self.block(x)


def unit(
    inputs: int,
    width: int,
    kernel: int = 1,
    stride: int = 1,
    groups: int = 1,
    act: Any = None,
    norm: Any = nn.BatchNorm2d,
) -> nn.Sequential:
    """Return a convolution that keeps the size at stride 1, its normalization and activation."""
    conv = nn.Conv2d(inputs, width, kernel, stride, kernel // 2, groups=groups, bias=False)
    steps = [conv, norm(width)]
    return nn.Sequential(*steps) if act is None else nn.Sequential(*steps, act(inplace=True))


def rounded(width: float) -> int:
    """Return a multiple of 8 that is not more than a tenth below the width."""
    nearest = max(8, int(width + 4) // 8 * 8)
    return nearest if nearest >= 0.9 * width else nearest + 8


def variant(build: Callable[..., nn.Module], *arguments: Any, **defaults: Any) -> Any:
    """Return the function that builds a network with some of its arguments given."""

    def network(
        pretrained: Any = False, progress: bool = True, weights: Any = None, **others: Any
    ) -> nn.Module:
        return build(*arguments, **{**defaults, **others})

    return network
