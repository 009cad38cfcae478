"""Classes for what PyTorch has no module for. Source that uses one of them defines it."""

from __future__ import annotations

JOINS = ("Residual", "Add", "Cat", "Mul")
HELPERS: dict[str, str] = {
    "LayerNorm2d": '''
class LayerNorm2d(nn.LayerNorm):
    """Layer normalization over the channels of each position."""

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input.movedim(1, -1)).movedim(-1, 1)
''',
    "Scale": '''
class Scale(nn.Module):
    """Multiplies each channel by a learned factor."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight
''',
    "ScaleShift": '''
class ScaleShift(nn.Module):
    """Multiplies each channel by a learned factor and adds a learned bias."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight + self.bias
''',
    "DropPath": '''
class DropPath(nn.Module):
    """Zeroes random samples of a batch during training (stochastic depth)."""

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
    """Crops height x width, starting at row top and column left."""

    def __init__(self, height: int, width: int, top: int, left: int) -> None:
        super().__init__()
        self.rows = slice(top, top + height)
        self.columns = slice(left, left + width)

    def forward(self, x: Tensor) -> Tensor:
        return x[:, :, self.rows, self.columns]
''',
    "CenterCrop": '''
class CenterCrop(nn.Module):
    """Crops height x width from the center."""

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
    """Keeps the channels start:stop."""

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
    """Adds the outputs of its branches."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        outputs = [branch(x) for branch in self.branches]
        x = outputs[0]
        for output in outputs[1:]:
            x = x + output
        return x
''',
    "Cat": '''
class Cat(nn.Module):
    """Concatenates the outputs of its branches along the channels."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self.branches], 1)
''',
    "Mul": '''
class Mul(nn.Module):
    """Multiplies the outputs of its branches."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        outputs = [branch(x) for branch in self.branches]
        x = outputs[0]
        for output in outputs[1:]:
            x = x * output
        return x
''',
}
LAYER_HELPERS = [name for name in HELPERS if name not in JOINS]
