"""Networks as timm's are built that the notation cannot describe, in code of our own."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.models.modern import ConvNeXtBlock, ConvNormAct, Network


class Res2Block(nn.Module):
    """Res2Net: each part of the channels takes the result of the part before it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(width // 4, width // 4, 3, 1, 1) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        parts = torch.split(x, x.shape[1] // 4, 1)
        out, outs = parts[0], []
        for i, conv in enumerate(self.convs):
            out = conv(out if i == 0 else out + parts[i])
            outs.append(out)
        return torch.cat([*outs, parts[3]], 1)


class SplitAttention(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, 2 * width, 3, padding=1, groups=2)
        self.fc1, self.fc2 = nn.Conv2d(width, width // 2, 1), nn.Conv2d(width // 2, 2 * width, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        b, rc, h, w = x.shape
        x = x.reshape((b, 2, rc // 2, h, w))
        gate = self.fc2(F.relu(self.fc1(x.sum(dim=1).mean((2, 3), keepdim=True))))
        gate = F.softmax(gate.view(b, 1, 2, -1).transpose(1, 2), dim=1).reshape(b, -1)
        return (x * gate.reshape(b, 2, rc // 2, 1, 1)).sum(dim=1)


class SelectiveKernel(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.paths = nn.ModuleList(ConvNormAct(width, width, 3) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        return torch.stack([op(x) for op in self.paths], dim=1).sum(dim=1)


class DualPath(nn.Module):
    """DPN: a sum and a concatenation, of which later blocks take parts."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = ConvNormAct(width, width)
        self.width = width

    def forward(self, x: Tensor) -> Tensor:
        out, half = self.conv(x), self.width // 2
        total = x[:, :half] + out[:, :half]
        return torch.cat([total, x[:, half:], out[:, half:]], 1)


REFUSED: dict[str, Callable[[], nn.Module]] = {
    "grn": lambda: Network(16, ConvNeXtBlock(16, grn=True)),
    "res2net": lambda: Network(16, Res2Block(16)),
    "resnest": lambda: Network(16, SplitAttention(16)),
    "sknet": lambda: Network(16, SelectiveKernel(16)),
    "dpn": lambda: Network(16, DualPath(16), outputs=24),
}
