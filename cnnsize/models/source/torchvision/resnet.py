"""ResNet, ResNeXt and Wide ResNet."""

from __future__ import annotations

from typing import Any

from torch import Tensor, flatten, nn


def projection(inputs: int, width: int, stride: int, norm_layer: Any) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, width, 1, stride, bias=False), norm_layer(width))


class BasicBlock(nn.Module):
    expansion: int = 1

    def __init__(
        self,
        inplanes: int,
        planes: int,
        stride: int = 1,
        downsample: nn.Module | None = None,
        groups: int = 1,
        base_width: int = 64,
        dilation: int = 1,
        norm_layer: Any = None,
    ) -> None:
        super().__init__()
        norm_layer = norm_layer or nn.BatchNorm2d
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
        self.bn1 = norm_layer(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = norm_layer(planes)
        self.downsample = downsample
        self.stride = stride

    def forward(self, x: Tensor) -> Any:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        shortcut = x if self.downsample is None else self.downsample(x)
        return self.relu(out + shortcut)


class Bottleneck(nn.Module):
    expansion: int = 4

    def __init__(
        self,
        inplanes: int,
        planes: int,
        stride: int = 1,
        downsample: nn.Module | None = None,
        groups: int = 1,
        base_width: int = 64,
        dilation: int = 1,
        norm_layer: Any = None,
    ) -> None:
        super().__init__()
        norm_layer = norm_layer or nn.BatchNorm2d
        width = int(planes * (base_width / 64.0)) * groups
        self.conv1 = nn.Conv2d(inplanes, width, 1, bias=False)
        self.bn1 = norm_layer(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, dilation, dilation, groups, bias=False)
        self.bn2 = norm_layer(width)
        self.conv3 = nn.Conv2d(width, planes * self.expansion, 1, bias=False)
        self.bn3 = norm_layer(planes * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample
        self.stride = stride

    def forward(self, x: Tensor) -> Any:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        shortcut = x if self.downsample is None else self.downsample(x)
        return self.relu(out + shortcut)


class ResNet(nn.Module):
    def __init__(
        self,
        block: Any,
        layers: list[int],
        num_classes: int = 1000,
        zero_init_residual: bool = False,
        groups: int = 1,
        width_per_group: int = 64,
        replace_stride_with_dilation: list[bool] | None = None,
        norm_layer: Any = None,
    ) -> None:
        super().__init__()
        norm_layer = norm_layer or nn.BatchNorm2d
        self._norm_layer = norm_layer
        self.inplanes = 64
        self.dilation = 1
        self.groups = groups
        self.base_width = width_per_group
        dilate = replace_stride_with_dilation or [False, False, False]
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = norm_layer(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = self._make_layer(block, 64, layers[0])
        self.layer2 = self._make_layer(block, 128, layers[1], 2, dilate[0])
        self.layer3 = self._make_layer(block, 256, layers[2], 2, dilate[1])
        self.layer4 = self._make_layer(block, 512, layers[3], 2, dilate[2])
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(512 * block.expansion, num_classes)

    def _make_layer(
        self, block: Any, planes: int, blocks: int, stride: int = 1, dilate: bool = False
    ) -> nn.Sequential:
        before = self.dilation
        if dilate:
            self.dilation *= stride
            stride = 1
        width = planes * block.expansion
        shortcut = None
        if stride != 1 or self.inplanes != width:
            shortcut = projection(self.inplanes, width, stride, self._norm_layer)
        others = (self.groups, self.base_width)
        layers = [block(self.inplanes, planes, stride, shortcut, *others, before, self._norm_layer)]
        self.inplanes = width
        layers += [
            block(width, planes, 1, None, *others, self.dilation, self._norm_layer)
            for _ in range(1, blocks)
        ]
        return nn.Sequential(*layers)

    def _forward_impl(self, x: Tensor) -> Any:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(flatten(self.avgpool(x), 1))

    def forward(self, x: Tensor) -> Any:
        return self._forward_impl(x)


def resnet18(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> ResNet:
    return ResNet(BasicBlock, [2, 2, 2, 2], **more)


def resnet34(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> ResNet:
    return ResNet(BasicBlock, [3, 4, 6, 3], **more)


def resnet50(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> ResNet:
    return ResNet(Bottleneck, [3, 4, 6, 3], **more)


def resnet101(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> ResNet:
    return ResNet(Bottleneck, [3, 4, 23, 3], **more)


def resnet152(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> ResNet:
    return ResNet(Bottleneck, [3, 8, 36, 3], **more)


def resnext50_32x4d(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> ResNet:
    return ResNet(Bottleneck, [3, 4, 6, 3], groups=32, width_per_group=4, **more)


def resnext101_32x8d(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> ResNet:
    return ResNet(Bottleneck, [3, 4, 23, 3], groups=32, width_per_group=8, **more)


def wide_resnet50_2(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> ResNet:
    return ResNet(Bottleneck, [3, 4, 6, 3], width_per_group=128, **more)


def wide_resnet101_2(
    pretrained: Any = False, progress: bool = True, weights: Any = None, **more: Any
) -> ResNet:
    return ResNet(Bottleneck, [3, 4, 23, 3], width_per_group=128, **more)
