"""What reading a module leaves as it was, and modules that are wrapped, compiled or hooked."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import prune, spectral_norm
from torch.nn.utils.parametrizations import orthogonal

import cnnsize
from tests.models.applied import INPUT

CONV = "INPUT[64x64x3] -> CONV3-8"


class Stateful(nn.Module):
    """Counts its calls, keeps its input, updates a buffer and draws random numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.steps: Tensor
        self.register_buffer("steps", torch.zeros(1))
        self.calls = 0
        self.last: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        self.last = x
        self.steps += 1
        out: Tensor = self.conv(x)
        return out * (1 + random.random()) + torch.randn(1)


def test_attributes_buffers_and_random_numbers_stay() -> None:
    module = Stateful()
    draws, generator = random.getstate(), torch.get_rng_state()
    assert cnnsize.from_torch(module, INPUT).text == f"stateful = {CONV}"
    assert (module.calls, module.last, module.steps.tolist()) == (0, None, [0.0])
    assert random.getstate() == draws
    assert torch.equal(torch.get_rng_state(), generator)


def compiled_in_place() -> nn.Module:
    module = nn.Sequential(conv())
    module.compile()
    return module


def conv() -> nn.Conv2d:
    return nn.Conv2d(3, 8, 3, padding=1)


def hooked() -> nn.Module:
    module = nn.Sequential(conv())
    module[0].register_forward_hook(lambda _, inputs, output: output.relu())
    return module


def pruned() -> nn.Module:
    return nn.Sequential(prune.random_unstructured(conv(), "weight", 0.5))  # type: ignore[no-untyped-call]


class Stage(nn.Sequential):
    """A subclass of Sequential is a block of its own."""


@pytest.mark.parametrize(
    ("module", "text"),
    [
        (lambda: nn.DataParallel(nn.Sequential(conv())), f"network = {CONV}"),
        (lambda: nn.Sequential(conv()).to("meta"), f"network = {CONV}"),
        (lambda: nn.Sequential(conv()).half(), f"network = {CONV}"),
        (lambda: torch.fx.symbolic_trace(nn.Sequential(conv())), f"network = {CONV}"),
        (lambda: nn.Sequential(spectral_norm(conv())), f"network = {CONV}"),
        (lambda: nn.Sequential(orthogonal(conv())), f"network = {CONV}"),
        (pruned, f"network = {CONV}"),
        (hooked, f"network = {CONV} -> RELU"),
        (
            lambda: Stage(*(Stage(nn.Conv2d(3, 3, 3), nn.ReLU(), nn.MaxPool2d(2)) for _ in "12")),
            "stage2() = CONV3-3(P=0) -> RELU -> POOL2\nstage = INPUT[64x64x3] -> stage2()*2",
        ),
    ],
)
def test_wrapped_modules_are_read(module: Callable[[], Any], text: str) -> None:
    assert cnnsize.from_torch(module(), INPUT).text == text


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_compiled_modules_are_read() -> None:
    compiled: Any = torch.compile
    modules = compiled(nn.Sequential(conv())), nn.Sequential(compiled(conv())), compiled_in_place()
    for module in modules:
        assert cnnsize.from_torch(module, INPUT).text == f"network = {CONV}"
