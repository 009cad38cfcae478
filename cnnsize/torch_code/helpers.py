"""What torch has no module for, written into the source where it is used."""

from __future__ import annotations

JOINS = ("Residual", "Add", "Cat", "Mul")
HELPERS: dict[str, str] = {
    "LayerNorm2d": '''
class LayerNorm2d(nn.LayerNorm):
    """Normalizes over the channels at each position."""

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input.movedim(1, -1)).movedim(-1, 1)
''',
    "Scale": '''
class Scale(nn.Module):
    """A learned factor for each channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight
''',
    "ScaleShift": '''
class ScaleShift(nn.Module):
    """A learned factor and a learned shift for each channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight + self.bias
''',
    "DropPath": '''
class DropPath(nn.Module):
    """Drops whole samples of a batch in training (stochastic depth)."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return x
        keep = x.new_full((x.shape[0],) + (1,) * (x.dim() - 1), 1 - self.p)
        return x * (keep.bernoulli() / max(1 - self.p, 1e-12))
''',
    "Crop": '''
class Crop(nn.Module):
    """Cuts height x width out of a map, from (top, left) on."""

    def __init__(self, height: int, width: int, top: int, left: int) -> None:
        super().__init__()
        self.rows = slice(top, top + height)
        self.columns = slice(left, left + width)

    def forward(self, x: Tensor) -> Tensor:
        return x[:, :, self.rows, self.columns]
''',
    "CenterCrop": '''
class CenterCrop(nn.Module):
    """Cuts height x width out of the middle of a map."""

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.height = height
        self.width = width

    def forward(self, x: Tensor) -> Tensor:
        top = (x.shape[2] - self.height) // 2
        left = (x.shape[3] - self.width) // 2
        return x[:, :, top : top + self.height, left : left + self.width]
''',
    "Slice": '''
class Slice(nn.Module):
    """Keeps the channels from start up to, and not with, stop."""

    def __init__(self, start: int, stop: int) -> None:
        super().__init__()
        self.channels = slice(start, stop)

    def forward(self, x: Tensor) -> Tensor:
        return x[:, self.channels]
''',
    "Residual": '''
class Residual(nn.Module):
    """Residual connection: adds the input to the output of its layers."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        x = self.layers(x) + x
        return x
''',
    "Add": '''
class Add(nn.Module):
    """The sum of its branches."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        first, *others = [branch(x) for branch in self.branches]
        for other in others:
            first = first + other
        x = first
        return x
''',
    "Cat": '''
class Cat(nn.Module):
    """Its branches stacked along the channels."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self.branches], 1)
''',
    "Mul": '''
class Mul(nn.Module):
    """The product of its branches."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        first, *others = [branch(x) for branch in self.branches]
        for other in others:
            first = first * other
        x = first
        return x
''',
}
LEAVES = [name for name in HELPERS if name not in JOINS]  # these are layers, and no joins of layers
