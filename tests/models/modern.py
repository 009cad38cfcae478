"""Small networks as timm's are built, in code of our own: functions that return a module."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.models.convolutions import BlurPool2d, MixedConv2d, ScaledStdConv2d, StdConv2d


class BatchNormAct2d(nn.BatchNorm2d):
    """A norm with its activation, which calls the function of torch itself."""

    def __init__(self, width: int, act: Callable[[], nn.Module] | None = nn.ReLU) -> None:
        super().__init__(width)
        self.drop = nn.Identity()
        self.act = act() if act else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        x = F.batch_norm(
            x,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training,
            self.momentum or 0.0,
            self.eps,
        )
        return self.act(self.drop(x))


class GroupNormAct(nn.GroupNorm):
    def __init__(self, width: int) -> None:
        super().__init__(4, width)
        self.act = nn.SiLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.act(F.group_norm(x, self.num_groups, self.weight, self.bias, self.eps))


class ConvNormAct(nn.Module):
    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 1,
        stride: int = 1,
        norm: Callable[[int], nn.Module] = BatchNormAct2d,
        groups: int = 1,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False
        )
        self.bn = norm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.conv(x))


class SelectAdaptivePool2d(nn.Module):
    def __init__(self, kind: str = "avg") -> None:
        super().__init__()
        self.kind = kind
        self.flatten = nn.Flatten(1)

    def forward(self, x: Tensor) -> Tensor:
        if self.kind == "avgmax":
            x = 0.5 * (F.adaptive_avg_pool2d(x, 1) + F.adaptive_max_pool2d(x, 1))
        elif self.kind == "catavgmax":
            x = torch.cat((F.adaptive_avg_pool2d(x, 1), F.adaptive_max_pool2d(x, 1)), 1)
        elif self.kind == "fast":
            return x.mean((2, 3))
        else:
            x = F.adaptive_avg_pool2d(x, 1)
        return self.flatten(x)


class Network(nn.Module):
    """A stem, blocks and a head: what differs between the networks here is the blocks."""

    def __init__(self, width: int, *blocks: nn.Module, outputs: int = 0, pool: str = "avg") -> None:
        super().__init__()
        self.stem = ConvNormAct(3, width, 3, 2)
        self.blocks = nn.Sequential(*blocks)
        self.global_pool = SelectAdaptivePool2d(pool)
        self.drop_rate = 0.0
        features = (outputs or width) * (2 if pool == "catavgmax" else 1)
        self.fc = nn.Linear(features, 10)

    def forward_features(self, x: Tensor) -> Tensor:
        return self.blocks(self.stem(x))

    def forward(self, x: Tensor) -> Tensor:
        x = self.global_pool(self.forward_features(x))
        if self.drop_rate:
            x = F.dropout(x, p=self.drop_rate, training=self.training)
        return self.fc(x)


class SEModule(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(width, width // 4, 1)
        self.fc2 = nn.Conv2d(width // 4, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        gate = x.mean((2, 3), keepdim=True)
        gate = self.fc2(F.relu(self.fc1(gate), inplace=True))
        return x * gate.sigmoid()


class SELayer(nn.Module):
    """The gate of many repositories: views, Linear and expand_as."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(
            nn.Linear(width, width // 4, bias=False),
            nn.ReLU(inplace=True),
            nn.Linear(width // 4, width, bias=False),
            nn.Sigmoid(),
        )

    def forward(self, x: Tensor) -> Tensor:
        b, c, _, _ = x.size()
        y = self.avg_pool(x).view(b, c)
        return x * self.fc(y).view(b, c, 1, 1).expand_as(x)


class EcaModule(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(1, 1, kernel_size=3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x.mean((2, 3)).view(x.shape[0], 1, -1))
        return x * y.view(x.shape[0], -1, 1, 1).sigmoid().expand_as(x)


class Residual(nn.Module):
    """A bottleneck of ResNet-D, with attention and anti-aliasing."""

    def __init__(
        self,
        inputs: int,
        width: int,
        stride: int = 1,
        attention: Callable[[int], nn.Module] = SEModule,
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1, self.act1 = nn.BatchNorm2d(width), nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, groups=4, bias=False)
        self.bn2, self.act2 = nn.BatchNorm2d(width), nn.ReLU(inplace=True)
        self.aa = BlurPool2d(width) if stride > 1 else nn.Identity()
        self.conv3 = nn.Conv2d(width, 2 * width, 1, bias=False)
        self.bn3, self.act3 = nn.BatchNorm2d(2 * width), nn.ReLU(inplace=True)
        self.se = attention(2 * width)
        self.downsample: nn.Module | None = None
        if stride > 1 or inputs != 2 * width:
            pool = nn.AvgPool2d(2, 2, ceil_mode=True, count_include_pad=False)
            self.downsample = nn.Sequential(
                pool if stride > 1 else nn.Identity(),
                nn.Conv2d(inputs, 2 * width, 1, bias=False),
                nn.BatchNorm2d(2 * width),
            )

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x
        x = self.act1(self.bn1(self.conv1(x)))
        x = self.aa(self.act2(self.bn2(self.conv2(x))))
        x = self.se(self.bn3(self.conv3(x)))
        if self.downsample is not None:
            shortcut = self.downsample(shortcut)
        x += shortcut
        return self.act3(x)


def residuals(attention: Callable[[int], nn.Module], pool: str = "avg") -> nn.Module:
    blocks = [Residual(16, 16, 1, attention), Residual(32, 16, 1, attention)]
    blocks += [Residual(32, 32, 2, attention), Residual(64, 32, 1, attention)]
    return Network(16, *blocks, outputs=64, pool=pool)


class MixBlock(nn.Module):
    def __init__(self, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv_pw = nn.Conv2d(width, 2 * width, 1, bias=False)
        self.bn1 = BatchNormAct2d(2 * width, nn.SiLU)
        self.conv_dw = MixedConv2d(2 * width, stride)
        self.bn2 = BatchNormAct2d(2 * width, nn.SiLU)
        self.conv_pwl = nn.Conv2d(2 * width, width, 1, bias=False)
        self.bn3 = BatchNormAct2d(width, None)
        self.has_residual = stride == 1

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x
        x = self.bn2(self.conv_dw(self.bn1(self.conv_pw(x))))
        x = self.bn3(self.conv_pwl(x))
        return x + shortcut if self.has_residual else x


class NormFreeBlock(nn.Module):
    def __init__(self, width: int, conv: Callable[..., nn.Module], *, gain: bool) -> None:
        super().__init__()
        self.alpha, self.beta = 0.2, 0.9
        self.act1, self.act2 = nn.SiLU(inplace=True), nn.SiLU()
        self.conv1 = conv(width, width // 2, 1)
        self.conv2 = conv(width // 2, width, 3)
        if isinstance(self.conv2, StdConv2d):
            self.conv2.padding = (1, 1)
        self.skipinit_gain = nn.Parameter(torch.tensor(0.0)) if gain else None

    def forward(self, x: Tensor) -> Tensor:
        out = self.act1(x.clone()) * self.beta
        out = self.conv2(self.act2(self.conv1(out)))
        if self.skipinit_gain is not None:
            out.mul_(self.skipinit_gain)
        return out * self.alpha + x


class LayerNormCF(nn.Module):
    """LayerNorm over the channels of N x C x H x W, written out."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        u = x.mean(1, keepdim=True)
        s = (x - u).pow(2).mean(1, keepdim=True)
        x = (x - u) / torch.sqrt(s + 1e-6)
        return self.weight[:, None, None] * x + self.bias[:, None, None]


class Grn(nn.Module):
    """Global response normalization, of channels last."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1, 1, 1, width))
        self.beta = nn.Parameter(torch.zeros(1, 1, 1, width))

    def forward(self, x: Tensor) -> Tensor:
        g = torch.norm(x, p=2, dim=(1, 2), keepdim=True)
        return self.gamma * (x * (g / (g.mean(dim=-1, keepdim=True) + 1e-6))) + self.beta + x


class ConvNeXtBlock(nn.Module):
    def __init__(self, width: int, *, grn: bool = False) -> None:
        super().__init__()
        self.conv_dw = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.fc1, self.act = nn.Linear(width, 4 * width), nn.GELU()
        self.grn = Grn(4 * width) if grn else nn.Identity()
        self.fc2 = nn.Linear(4 * width, width)
        self.gamma = nn.Parameter(1e-6 * torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x
        x = self.norm(self.conv_dw(x).permute(0, 2, 3, 1))
        x = self.fc2(self.grn(self.act(self.fc1(x)))).permute(0, 3, 1, 2)
        return x.mul(self.gamma.reshape(1, -1, 1, 1)) + shortcut


class SpaceToDepth(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        n, c, h, w = x.size()
        x = x.view(n, c, h // 4, 4, w // 4, 4).permute(0, 3, 5, 1, 2, 4).contiguous()
        return x.view(n, c * 16, h // 4, w // 4)


class CrossStage(nn.Module):
    """A stage of CSPNet: half of the channels pass the blocks by."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.conv_down = ConvNormAct(inputs, width, 3, 2)
        self.conv_exp = ConvNormAct(width, width)
        half = width // 2
        self.blocks = nn.Sequential(ConvNormAct(half, half, 3), ConvNormAct(half, half, 3))
        self.conv_transition = ConvNormAct(width, width)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv_exp(self.conv_down(x))
        split = x.shape[1] // 2
        xs, xb = x[:, :split], x[:, split:]
        return self.conv_transition(torch.cat([xs, self.blocks(xb).contiguous()], dim=1))


class GhostModule(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.outputs = outputs
        half = -(-outputs // 2)
        self.primary_conv = ConvNormAct(inputs, half)
        self.cheap_operation = ConvNormAct(half, half, 3, groups=half)

    def forward(self, x: Tensor) -> Tensor:
        x1 = self.primary_conv(x)
        out = torch.cat([x1, self.cheap_operation(x1)], dim=1)
        return out[:, : self.outputs, :, :]


class RepVggBlock(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        same = inputs == outputs and stride == 1
        self.identity = nn.BatchNorm2d(inputs) if same else None
        norm = nn.BatchNorm2d
        self.conv_kxk = ConvNormAct(inputs, outputs, 3, stride, norm)
        self.conv_1x1 = ConvNormAct(inputs, outputs, 1, stride, norm)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        if self.identity is None:
            x = self.conv_1x1(x) + self.conv_kxk(x)
        else:
            identity = self.identity(x)
            x = self.conv_1x1(x) + self.conv_kxk(x)
            x = x + identity
        return self.act(x)


class OsaBlock(nn.Module):
    """One-shot aggregation of VoVNet."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            ConvNormAct(inputs if i == 0 else width, width, 3) for i in range(3)
        )
        self.conv_concat = ConvNormAct(inputs + 3 * width, inputs)

    def forward(self, x: Tensor) -> Tensor:
        output = [x]
        for conv in self.layers:
            x = conv(x)
            output.append(x)
        return self.conv_concat(torch.cat(output, dim=1)) + output[0]


class OptionA(nn.Module):
    """The shortcut of the first ResNets: every second position, and channels of zeros."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, 2 * width, 3, 2, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        half = x.shape[1] // 2
        return F.relu(self.conv(x) + F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, half, half)))


class HardSwish(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * F.relu6(x + 3.0) / 6.0


class CoordPool(nn.Module):
    """A gate of each row: a mean over the width."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean(3).mean(2)[:, :, None, None] * x


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "seresnext": lambda: residuals(SEModule),
    "selayer": lambda: residuals(SELayer, "fast"),
    "avgmax": lambda: residuals(SEModule, "avgmax"),
    "catavgmax": lambda: residuals(SEModule, "catavgmax"),
    "mixnet": lambda: Network(16, MixBlock(16), MixBlock(16, 2), MixBlock(16)),
    "group_norm_act": lambda: Network(16, ConvNormAct(16, 16, 3, norm=GroupNormAct)),
    "nfnet": lambda: Network(
        16, *(NormFreeBlock(16, ScaledStdConv2d, gain=True) for _ in range(3))
    ),
    "std_conv": lambda: Network(16, NormFreeBlock(16, StdConv2d, gain=False)),
    "convnext": lambda: Network(16, LayerNormCF(16), ConvNeXtBlock(16), ConvNeXtBlock(16)),
    "space_to_depth": lambda: Network(16, SpaceToDepth(), nn.Conv2d(256, 16, 3, 1, 1)),
    "cspnet": lambda: Network(16, CrossStage(16, 32), CrossStage(32, 64), outputs=64),
    "ghostnet": lambda: Network(16, GhostModule(16, 24), GhostModule(24, 32), outputs=32),
    "repvgg": lambda: Network(
        16, RepVggBlock(16, 32, 2), RepVggBlock(32, 32), RepVggBlock(32, 32), outputs=32
    ),
    "vovnet": lambda: Network(16, OsaBlock(16, 8), OsaBlock(16, 8)),
    "option_a": lambda: Network(16, OptionA(16), OptionA(32), outputs=64),
    "hard_swish": lambda: Network(16, HardSwish()),
    "coord_pool": lambda: Network(16, CoordPool()),
}
