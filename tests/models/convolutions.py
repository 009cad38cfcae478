"""Convolutions as timm's are written, in code of our own: padding, weights and filters computed."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def pad_same(x: Tensor, kernel: int, stride: int) -> Tensor:
    height, width = x.size()[-2:]
    down = max((-(height // -stride) - 1) * stride + kernel - height, 0)
    right = max((-(width // -stride) - 1) * stride + kernel - width, 0)
    return F.pad(x, (right // 2, right - right // 2, down // 2, down - down // 2))


class Conv2dSame(nn.Conv2d):
    def forward(self, x: Tensor) -> Tensor:
        x = pad_same(x, self.kernel_size[0], self.stride[0])
        return F.conv2d(x, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


class MixedConv2d(nn.ModuleDict):
    """Depthwise convolutions of several sizes, each on its part of the channels."""

    def __init__(self, width: int, stride: int) -> None:
        super().__init__()
        half = width // 2
        self.splits = [half, width - half]
        for i, kernel in enumerate((3, 5)):
            conv = Conv2dSame(half, half, kernel, stride, groups=half, bias=False)
            self.add_module(str(i), conv)

    def forward(self, x: Tensor) -> Tensor:
        parts = torch.split(x, self.splits, 1)
        return torch.cat([conv(parts[i]) for i, conv in enumerate(self.values())], 1)


class ScaledStdConv2d(nn.Conv2d):
    """A convolution whose weights are normalized, and scaled by a gain."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> None:
        super().__init__(inputs, outputs, kernel, stride, kernel // 2)
        self.gain = nn.Parameter(torch.full((outputs, 1, 1, 1), 1.0))
        self.scale = (inputs * kernel * kernel) ** -0.5

    def forward(self, x: Tensor) -> Tensor:
        weight = F.batch_norm(
            self.weight.reshape(1, self.out_channels, -1),
            None,
            None,
            weight=(self.gain * self.scale).view(-1),
            training=True,
            momentum=0.0,
        ).reshape_as(self.weight)
        return F.conv2d(x, weight, self.bias, self.stride, self.padding)


class StdConv2d(nn.Conv2d):
    def forward(self, x: Tensor) -> Tensor:
        var, mean = torch.var_mean(self.weight, dim=[1, 2, 3], keepdim=True, unbiased=False)
        weight = (self.weight - mean) / torch.sqrt(var + 1e-5)
        return F.conv2d(x, weight, self.bias, self.stride, self.padding)


class BlurPool2d(nn.Module):
    filt: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        coefficients = torch.tensor([0.25, 0.5, 0.25])
        filt = (coefficients[:, None] * coefficients[None, :])[None, None].repeat(width, 1, 1, 1)
        self.register_buffer("filt", filt, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        x = F.pad(x, (1, 1, 1, 1), "reflect")
        return F.conv2d(x, self.filt, stride=2, groups=self.width)
