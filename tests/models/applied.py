"""A module that runs a function, for tests of single operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

INPUT = (3, 64, 64)


class Applied(nn.Module):
    """A convolution of 8 channels, and a function of its output and of more modules."""

    def __init__(self, apply: Callable[..., Any], *more: nn.Module) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.more = nn.ModuleList(more)
        self.apply_to = apply

    def forward(self, x: Tensor) -> Any:
        return self.apply_to(self.conv(x), *self.more)
