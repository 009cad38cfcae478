"""Small networks as torchvision's are built, in code of our own: functions that return a module."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint


class ConvNormAct(nn.Sequential):
    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 3,
        stride: int = 1,
        groups: int = 1,
        act: Callable[[], nn.Module] | None = nn.ReLU,
    ) -> None:
        layers: list[nn.Module] = [
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
            nn.BatchNorm2d(outputs),
        ]
        super().__init__(*layers, *([act()] if act else []))


class Basic(nn.Module):
    def __init__(self, inputs: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample: nn.Module | None = None
        if stride > 1 or inputs != width:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, width, 1, stride, bias=False), nn.BatchNorm2d(width)
            )

    def forward(self, x: Tensor) -> Tensor:
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


class ResNet(nn.Module):
    def __init__(self, norm: Callable[[int], nn.Module] = nn.BatchNorm2d) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 7, 2, 3, bias=False)
        self.norm = norm(16)
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(Basic(16, 16), Basic(16, 16))
        self.layer2 = nn.Sequential(Basic(16, 32, 2), Basic(32, 32), Basic(32, 32))
        self.layer3 = nn.Sequential(Basic(32, 64, 2), Basic(64, 64))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(F.relu(self.norm(self.stem(x)), inplace=True))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class FrozenBatchNorm2d(nn.Module):
    weight: Tensor
    bias: Tensor
    running_mean: Tensor
    running_var: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("weight", torch.ones(width))
        self.register_buffer("bias", torch.zeros(width))
        for name in ("running_mean", "running_var"):
            self.register_buffer(name, torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        w, b, mean, var = (
            t.reshape(1, -1, 1, 1)
            for t in (self.weight, self.bias, self.running_mean, self.running_var)
        )
        w = w * (var + 1e-5).rsqrt()
        return x * w + (b - mean * w)


class DenseLayer(nn.Module):
    def __init__(self, inputs: int, growth: int, *, save_memory: bool) -> None:
        super().__init__()
        self.norm1, self.relu1 = nn.BatchNorm2d(inputs), nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(inputs, 4 * growth, 1, bias=False)
        self.norm2, self.relu2 = nn.BatchNorm2d(4 * growth), nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)
        self.save_memory = save_memory

    def bottleneck(self, *features: Tensor) -> Tensor:
        return self.conv1(self.relu1(self.norm1(torch.cat(features, 1))))

    def forward(self, features: list[Tensor]) -> Tensor:
        if self.save_memory:
            x = checkpoint(self.bottleneck, *features, use_reentrant=False)
        else:
            x = self.bottleneck(*features)
        return F.dropout(self.conv2(self.relu2(self.norm2(x))), p=0.2, training=self.training)


class DenseBlock(nn.ModuleDict):
    def __init__(self, layers: int, inputs: int, growth: int, *, save_memory: bool) -> None:
        super().__init__()
        for i in range(layers):
            layer = DenseLayer(inputs + i * growth, growth, save_memory=save_memory)
            self.add_module(f"denselayer{i + 1}", layer)

    def forward(self, x: Tensor) -> Tensor:
        features = [x]
        for layer in self.values():
            features.append(layer(features))
        return torch.cat(features, 1)


class DenseNet(nn.Module):
    def __init__(self, *, save_memory: bool = False) -> None:
        super().__init__()
        self.features = nn.Sequential(
            OrderedDict(
                conv0=nn.Conv2d(3, 16, 3, 2, 1, bias=False),
                block1=DenseBlock(3, 16, 8, save_memory=save_memory),
                norm1=nn.BatchNorm2d(40),
                relu1=nn.ReLU(inplace=True),
                conv1=nn.Conv2d(40, 20, 1, bias=False),
                pool1=nn.AvgPool2d(2, 2),
                block2=DenseBlock(4, 20, 8, save_memory=save_memory),
                norm2=nn.BatchNorm2d(52),
            )
        )
        self.classifier = nn.Linear(52, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.features(x), inplace=True)
        return self.classifier(torch.flatten(F.adaptive_avg_pool2d(x, (1, 1)), 1))


class InceptionA(nn.Module):
    def __init__(self, inputs: int, pooled: int) -> None:
        super().__init__()
        self.branch1x1 = ConvNormAct(inputs, 16, 1)
        self.branch3x3 = ConvNormAct(inputs, 24, 1)
        self.branch3x3_a = nn.Conv2d(24, 12, (1, 3), padding=(0, 1))
        self.branch3x3_b = nn.Conv2d(24, 12, (3, 1), padding=(1, 0))
        self.branch_pool = ConvNormAct(inputs, pooled, 1)

    def branches(self, x: Tensor) -> list[Tensor]:
        wide = self.branch3x3(x)
        pool = F.avg_pool2d(x, kernel_size=3, stride=1, padding=1)
        split = torch.cat([self.branch3x3_a(wide), self.branch3x3_b(wide)], 1)
        return [self.branch1x1(x), split, self.branch_pool(pool)]

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat(self.branches(x), 1)


class AuxHead(nn.Module):
    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.conv = ConvNormAct(inputs, 8, 1)
        self.fc = nn.Linear(8 * 4 * 4, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(torch.flatten(self.conv(F.adaptive_avg_pool2d(x, (4, 4))), 1))


class Inception(nn.Module):
    """GoogLeNet and Inception: an auxiliary head in training, and a transform of the input."""

    def __init__(self, *, transform: bool = False) -> None:
        super().__init__()
        self.transform = transform
        self.conv = ConvNormAct(3, 32, 3, 2)
        self.a1 = InceptionA(32, 8)
        self.a2 = InceptionA(48, 16)
        self.aux = AuxHead(48)
        self.dropout = nn.Dropout(0.4)
        self.fc = nn.Linear(56, 10)

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        if self.transform:
            red = torch.unsqueeze(x[:, 0], 1) * (0.229 / 0.5) + (0.485 - 0.5) / 0.5
            green = torch.unsqueeze(x[:, 1], 1) * (0.224 / 0.5) + (0.456 - 0.5) / 0.5
            blue = torch.unsqueeze(x[:, 2], 1) * (0.225 / 0.5) + (0.406 - 0.5) / 0.5
            x = torch.cat((red, green, blue), 1)
        x = F.max_pool2d(self.a1(self.conv(x)), 3, stride=2, ceil_mode=True)
        aux = self.aux(x) if self.training else None
        x = self.fc(self.dropout(self.a2(x).mean([2, 3])))
        return x if aux is None else (x, aux)


class StochasticDepth(nn.Module):
    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return x
        noise = torch.empty(x.shape[0], 1, 1, 1).bernoulli_(1 - self.p)
        return x * noise


class SqueezeExcitation(nn.Module):
    def __init__(self, width: int, squeeze: int, scale: Callable[[], nn.Module]) -> None:
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(width, squeeze, 1)
        self.fc2 = nn.Conv2d(squeeze, width, 1)
        self.activation, self.scale_activation = nn.SiLU(inplace=True), scale()

    def forward(self, x: Tensor) -> Tensor:
        scale = self.fc2(self.activation(self.fc1(self.avgpool(x))))
        return self.scale_activation(scale) * x


class MBConv(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int, ratio: int, drop: float) -> None:
        super().__init__()
        wide = inputs * ratio
        layers: list[nn.Module] = [ConvNormAct(inputs, wide, 1, act=nn.SiLU)] if ratio > 1 else []
        layers += [
            ConvNormAct(wide, wide, 3, stride, groups=wide, act=nn.SiLU),
            SqueezeExcitation(wide, max(1, inputs // 4), nn.Sigmoid),
            ConvNormAct(wide, outputs, 1, act=None),
        ]
        self.block = nn.Sequential(*layers)
        self.stochastic_depth = StochasticDepth(drop)
        self.use_res_connect = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        result = self.block(x)
        if self.use_res_connect:
            result = self.stochastic_depth(result)
            result += x
        return result


class EfficientNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            ConvNormAct(3, 16, 3, 2, act=nn.SiLU),
            nn.Sequential(MBConv(16, 8, 1, 1, 0.0)),
            nn.Sequential(MBConv(8, 16, 2, 6, 0.0), MBConv(16, 16, 1, 6, 0.1)),
            nn.Sequential(MBConv(16, 24, 2, 6, 0.1), MBConv(24, 24, 1, 6, 0.2)),
            ConvNormAct(24, 96, 1, act=nn.SiLU),
        )
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(0.2, inplace=True), nn.Linear(96, 10))

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


def shuffled(x: Tensor, groups: int) -> Tensor:
    batch, channels, height, width = x.size()
    x = x.view(batch, groups, channels // groups, height, width)
    return torch.transpose(x, 1, 2).contiguous().view(batch, channels, height, width)


class ShuffleUnit(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.stride, half = stride, outputs // 2
        self.branch1 = nn.Sequential()
        if stride > 1:
            self.branch1 = nn.Sequential(
                nn.Conv2d(inputs, inputs, 3, stride, 1, bias=False, groups=inputs),
                ConvNormAct(inputs, half, 1),
            )
        self.branch2 = nn.Sequential(
            ConvNormAct(inputs if stride > 1 else half, half, 1),
            nn.Conv2d(half, half, 3, stride, 1, bias=False, groups=half),
            ConvNormAct(half, half, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        if self.stride == 1:
            first, second = x.chunk(2, dim=1)
            out = torch.cat((first, self.branch2(second)), dim=1)
        else:
            out = torch.cat((self.branch1(x), self.branch2(x)), dim=1)
        return shuffled(out, 2)


class ShuffleNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = ConvNormAct(3, 16, 3, 2)
        self.stage2: nn.Module
        self.stage3: nn.Module
        for stage, (inputs, outputs) in enumerate([(16, 32), (32, 64)], 2):
            units = [ShuffleUnit(inputs, outputs, 2)]
            units += [ShuffleUnit(outputs, outputs, 1) for _ in range(3)]
            setattr(self, f"stage{stage}", nn.Sequential(*units))
        self.fc = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.stage3(self.stage2(self.conv1(x))).mean([2, 3]))


class Permute(nn.Module):
    def __init__(self, *dims: int) -> None:
        super().__init__()
        self.dims = dims

    def forward(self, x: Tensor) -> Tensor:
        return torch.permute(x, self.dims)


class LayerNorm2d(nn.LayerNorm):
    def forward(self, x: Tensor) -> Tensor:
        x = F.layer_norm(
            x.permute(0, 2, 3, 1), self.normalized_shape, self.weight, self.bias, self.eps
        )
        return x.permute(0, 3, 1, 2)


class CNBlock(nn.Module):
    def __init__(self, width: int, drop: float) -> None:
        super().__init__()
        self.block = nn.Sequential(
            nn.Conv2d(width, width, 7, padding=3, groups=width),
            Permute(0, 2, 3, 1),
            nn.LayerNorm(width),
            nn.Linear(width, 4 * width),
            nn.GELU(),
            nn.Linear(4 * width, width),
            Permute(0, 3, 1, 2),
        )
        self.layer_scale = nn.Parameter(torch.ones(width, 1, 1) * 1e-6)
        self.stochastic_depth = StochasticDepth(drop)

    def forward(self, x: Tensor) -> Tensor:
        return self.stochastic_depth(self.layer_scale * self.block(x)) + x


class ConvNeXt(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(3, 16, 4, 4), LayerNorm2d(16)]
        layers += [CNBlock(16, 0.1), CNBlock(16, 0.2)]
        layers += [LayerNorm2d(16), nn.Conv2d(16, 32, 2, 2), CNBlock(32, 0.3), CNBlock(32, 0.4)]
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(LayerNorm2d(32), nn.Flatten(1), nn.Linear(32, 10))

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.avgpool(self.features(x)))


class Fire(nn.Module):
    def __init__(self, inputs: int, squeeze: int, expand: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeeze, 1)
        self.expand1x1 = nn.Conv2d(squeeze, expand, 1)
        self.expand3x3 = nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.squeeze(x), inplace=True)
        return torch.cat([F.relu(self.expand1x1(x)), F.relu(self.expand3x3(x))], 1)


def squeezenet() -> nn.Module:
    layers: list[nn.Module] = [nn.Conv2d(3, 16, 3, 2), nn.ReLU(True), nn.MaxPool2d(3, 2)]
    layers += [Fire(16, 8, 16), Fire(32, 8, 16), nn.MaxPool2d(3, 2, ceil_mode=True)]
    layers += [Fire(32, 12, 24), nn.Dropout(), nn.Conv2d(48, 10, 1), nn.ReLU(True)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten())


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "resnet": ResNet,
    "resnet_sync": lambda: ResNet(nn.SyncBatchNorm),
    "resnet_frozen": lambda: ResNet(FrozenBatchNorm2d),
    "resnet_group_norm": lambda: ResNet(lambda width: nn.GroupNorm(4, width)),
    "densenet": DenseNet,
    "densenet_checkpoint": lambda: DenseNet(save_memory=True),
    "inception": Inception,
    "inception_transform": lambda: Inception(transform=True),
    "efficientnet": EfficientNet,
    "shufflenet": ShuffleNet,
    "convnext": ConvNeXt,
    "squeezenet": squeezenet,
}
