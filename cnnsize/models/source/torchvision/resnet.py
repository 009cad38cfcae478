"""ResNet, ResNeXt and Wide ResNet."""

from __future__ import annotations

from typing import Any

from torch import Tensor, flatten, nn

from .parts import variant


def conv3x3(
    in_planes: int, out_planes: int, stride: int = 1, groups: int = 1, dilation: int = 1
) -> nn.Conv2d:
    return nn.Conv2d(in_planes, out_planes, 3, stride, dilation, dilation, groups, bias=False)


def conv1x1(in_planes: int, out_planes: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(in_planes, out_planes, 1, stride, bias=False)


class Residual(nn.Module):
    """Convolutions with a shortcut around them."""

    expansion = 1
    relu: nn.Module

    def __init__(
        self,
        inplanes: int,
        planes: int,
        stride: int = 1,
        downsample: Any = None,
        groups: int = 1,
        base_width: int = 64,
        dilation: int = 1,
        norm_layer: Any = None,
    ) -> None:
        super().__init__()
        shape = (inplanes, planes, stride, groups, base_width, dilation)
        self.add_layers(shape, norm_layer or nn.BatchNorm2d)
        self.downsample = downsample
        self.stride = stride

    def add_layers(self, shape: tuple[int, ...], norm: Any) -> None:
        raise NotImplementedError

    def convolved(self, x: Tensor) -> Any:
        raise NotImplementedError

    def forward(self, x: Tensor) -> Any:
        shortcut = x if self.downsample is None else self.downsample(x)
        return self.relu(self.convolved(x) + shortcut)


class BasicBlock(Residual):
    def add_layers(self, shape: tuple[int, ...], norm: Any) -> None:
        inputs, width, stride, groups, base_width, dilation = shape
        if (groups, base_width, dilation) != (1, 64, 1):
            raise ValueError("BasicBlock has no groups, no other base width and no dilation")
        self.conv1, self.bn1 = conv3x3(inputs, width, stride), norm(width)
        self.relu = nn.ReLU(True)
        self.conv2, self.bn2 = conv3x3(width, width), norm(width)

    def convolved(self, x: Tensor) -> Any:
        hidden = self.relu(self.bn1(self.conv1(x)))
        return self.bn2(self.conv2(hidden))


class Bottleneck(Residual):
    expansion = 4

    def add_layers(self, shape: tuple[int, ...], norm: Any) -> None:
        inputs, planes, stride, groups, base_width, dilation = shape
        width, outputs = planes * base_width // 64 * groups, planes * self.expansion
        self.conv1, self.bn1 = conv1x1(inputs, width), norm(width)
        self.conv2, self.bn2 = conv3x3(width, width, stride, groups, dilation), norm(width)
        self.conv3, self.bn3 = conv1x1(width, outputs), norm(outputs)
        self.relu = nn.ReLU(True)

    def convolved(self, x: Tensor) -> Any:
        squeezed = self.relu(self.bn1(self.conv1(x)))
        hidden = self.relu(self.bn2(self.conv2(squeezed)))
        return self.bn3(self.conv3(hidden))


class ResNet(nn.Module):
    def __init__(
        self,
        block: Any,
        layers: Any,
        num_classes: int = 1000,
        zero_init_residual: Any = False,
        groups: int = 1,
        width_per_group: int = 64,
        replace_stride_with_dilation: Any = None,
        norm_layer: Any = None,
    ) -> None:
        super().__init__()
        self._norm_layer = norm_layer or nn.BatchNorm2d
        self.inplanes, self.dilation = 64, 1
        self.groups, self.base_width = groups, width_per_group
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False), self._norm_layer(64)
        self.relu, self.maxpool = nn.ReLU(True), nn.MaxPool2d(3, 2, 1)
        dilated = replace_stride_with_dilation or (False, False, False)
        self.layer1 = self._make_layer(block, 64, layers[0])
        self.layer2 = self._make_layer(block, 128, layers[1], 2, dilated[0])
        self.layer3 = self._make_layer(block, 256, layers[2], 2, dilated[1])
        self.layer4 = self._make_layer(block, 512, layers[3], 2, dilated[2])
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(512 * block.expansion, num_classes)

    def _make_layer(
        self, block: Any, planes: int, blocks: int, stride: int = 1, dilate: Any = False
    ) -> nn.Sequential:
        inputs, outputs, first_dilation = self.inplanes, planes * block.expansion, self.dilation
        if dilate:
            self.dilation, stride = self.dilation * stride, 1
        shortcut = None
        if (inputs, 1) != (outputs, stride):
            norm = self._norm_layer(outputs)
            shortcut = nn.Sequential(conv1x1(inputs, outputs, stride), norm)
        widths = {"groups": self.groups, "base_width": self.base_width}
        shared: dict[str, Any] = {**widths, "norm_layer": self._norm_layer}
        steps = [block(inputs, planes, stride, shortcut, dilation=first_dilation, **shared)]
        others = range(1, blocks)
        steps += [block(outputs, planes, dilation=self.dilation, **shared) for _ in others]
        self.inplanes = outputs
        return nn.Sequential(*steps)

    def _forward_impl(self, x: Tensor) -> Any:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = layer(x)
        return self.fc(flatten(self.avgpool(x), 1))

    def forward(self, x: Tensor) -> Any:
        return self._forward_impl(x)


resnet18 = variant(ResNet, BasicBlock, (2, 2, 2, 2))
resnet34 = variant(ResNet, BasicBlock, (3, 4, 6, 3))
resnet50 = variant(ResNet, Bottleneck, (3, 4, 6, 3))
resnet101 = variant(ResNet, Bottleneck, (3, 4, 23, 3))
resnet152 = variant(ResNet, Bottleneck, (3, 8, 36, 3))
resnext50_32x4d = variant(resnet50, groups=32, width_per_group=4)
resnext101_32x8d = variant(resnet101, groups=32, width_per_group=8)
resnext101_64x4d = variant(resnet101, groups=64, width_per_group=4)
wide_resnet50_2 = variant(resnet50, width_per_group=128)
wide_resnet101_2 = variant(resnet101, width_per_group=128)
