"""What the notation cannot describe is refused by name, and leaves the module as it was."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import cnnsize
from cnnsize import UnreadableModelError
from tests.models.applied import INPUT, Applied
from tests.models.classic import Inception, ResNet
from tests.models.unreadable import REFUSED


def assigned(x: Tensor) -> Tensor:
    x[:, :4] = 0
    return x.relu()


def changed_through_view(x: Tensor) -> Tensor:
    x[:, :4].relu_()
    return x.tanh()


def swish(x: Tensor) -> Tensor:
    return x * x.sigmoid()


def scripted(function: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return torch.jit.script(function)


class Shared(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        twice: Tensor = self.conv(self.conv(x))
        return twice


class TwoInputs(nn.Module):
    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return x + y


class Raising(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        raise ValueError("no weights\nanywhere")


IN_APPLIED = "the notation cannot describe {} in Applied"


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (REFUSED["grn"], "the notation cannot describe norm() in blocks.0.grn (Grn)"),
        (REFUSED["res2net"], "branches that meet in CAT in Res2Block share layers"),
        (
            REFUSED["resnest"],
            "the notation cannot describe sum() over other axes than height and width in blocks.0 "
            "(SplitAttention)",
        ),
        (REFUSED["sknet"], "the notation cannot describe stack() in blocks.0 (SelectiveKernel)"),
        (REFUSED["dpn"], "branches that meet in CAT in DualPath share layers"),
        (
            lambda: Applied(assigned),
            IN_APPLIED.format("a tensor that was changed in place through a view of it"),
        ),
        (
            lambda: Applied(changed_through_view),
            IN_APPLIED.format("a tensor that was changed in place through a view of it"),
        ),
        (
            lambda: Applied(lambda x: x.view(-1, 128)),
            IN_APPLIED.format("a view that mixes the images of a batch"),
        ),
        (
            lambda: Applied(lambda x: x.flatten()),
            IN_APPLIED.format("a view that mixes the images of a batch"),
        ),
        (lambda: Applied(lambda x: x @ x), IN_APPLIED.format("matmul()")),
        (
            lambda: Applied(lambda x: x * x.mean(1, keepdim=True)),
            IN_APPLIED.format("mean() over other axes than height and width"),
        ),
        (lambda: Applied(lambda x: F.glu(x, 1)), IN_APPLIED.format("glu()")),
        (lambda: Applied(lambda x: x * (x > 0)), IN_APPLIED.format("gt()")),
        (
            lambda: Applied(lambda x: x.clamp(-1, 1)),
            IN_APPLIED.format("clamp() with other limits than those of RELU and RELU6"),
        ),
        (
            lambda: Applied(lambda x: (x, torch.zeros(2))),
            "output 2 of 2 does not depend on the input",
        ),
        (lambda: Applied(lambda x: torch.zeros(2)), "the output does not depend on the input"),
        (
            lambda: Applied(lambda x: F.linear(x.mean((2, 3)), x.mean((2, 3)))),
            IN_APPLIED.format("linear() of several tensors that come from the input"),
        ),
        (Shared, "two layers share the parameter conv.weight, the second in conv (Conv2d)"),
        (
            TwoInputs,
            "the model has 2 inputs (x, y), and the size of one is given; from_torch takes all, as in "
            "input=[(3, 224, 224), (10,)]",
        ),
        (Raising, "Raising raises ValueError: no weights"),
        (
            lambda: nn.Sequential(nn.LazyConv2d(8, 3)),
            "the parameter 0.weight has no shape yet; call the module once to initialize it",
        ),
        (
            lambda: scripted(nn.Sequential(nn.ReLU())),
            "the model is compiled by torch.jit; give the module that was compiled",
        ),
        (
            lambda: nn.Sequential(*(nn.ReLU() for _ in range(20_000))),
            "the model runs more than 10,000 layers",
        ),
        (
            lambda: nn.Sequential(nn.Flatten(), nn.Linear(10, 4)),
            "1 (Linear) expects 10 input values but receives 12,288",
        ),
        (
            lambda: nn.Sequential(nn.Linear(10, 4)),
            "0 (Linear) expects 10 input values but receives 64: its input of 3 x 64 x 64 "
            "(12,288 values) is not flattened",
        ),
        (
            lambda: nn.Sequential(nn.BatchNorm2d(8)),
            "0 (BatchNorm2d) expects 8 channels but receives 3",
        ),
        (
            lambda: nn.Sequential(nn.Conv1d(3, 8, 3)),
            "0 (Conv1d) takes sequences (C, L) but receives a map of 3 x 64 x 64 (12,288 values)",
        ),
        (
            lambda: nn.Sequential(nn.BatchNorm1d(3)),
            "0 (BatchNorm1d) takes sequences (C, L) but receives a map of 3 x 64 x 64 (12,288 values)",
        ),
        (
            lambda: nn.Sequential(nn.Flatten(), nn.Conv2d(3, 4, 1)),
            "1 (Conv2d) takes maps (C, H, W) but receives a vector of 12,288 values",
        ),
        (
            lambda: nn.Sequential(nn.MaxPool2d(65)),
            "0 (MaxPool2d) raises RuntimeError: Given input size: (3x64x64). Calculated output size: (3x0x0). Output size is too small",
        ),
        (
            lambda: Applied(lambda x: x if x.mean() > 0 else -x),
            "Applied uses the values of a tensor, as in `if x.mean() > 0`; a model is read with the sizes alone",
        ),
    ],
)
def test_what_the_notation_cannot_describe_is_refused_by_name(
    module: Callable[[], nn.Module], message: str
) -> None:
    with pytest.raises(UnreadableModelError) as caught:
        cnnsize.from_torch(module(), INPUT)
    assert str(caught.value) == message


@pytest.mark.filterwarnings("ignore")
def test_quantized_modules_are_refused() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 4))
    quantization: Any = torch.ao.quantization
    quantized = quantization.quantize_dynamic(model, {nn.Linear}, dtype=torch.qint8)
    with pytest.raises(UnreadableModelError) as caught:
        cnnsize.from_torch(quantized, (3, 2, 2))
    assert str(caught.value) == "1 (Linear) is quantized; give the module that was quantized"


def test_inputs_of_any_size_are_refused_by_name() -> None:
    with pytest.raises(
        UnreadableModelError, match=r"the input \(3, .*, 9\) has more than 1,000,000,"
    ):
        cnnsize.from_torch(nn.ReLU(), (3, 10**18, 9))


def test_a_vector_as_the_only_input() -> None:
    text = cnnsize.from_torch(nn.Sequential(nn.Linear(10, 4)), (10,)).text
    assert text == "network = INPUT[1x1x10] -> FC-4"


def test_code_that_pytorch_does_not_show_is_refused() -> None:
    function = scripted(swish)
    with pytest.raises(UnreadableModelError, match=r"the notation cannot describe .* in Applied"):
        cnnsize.from_torch(Applied(lambda x: x * function(x)), INPUT)


def test_a_module_is_as_before() -> None:
    module = ResNet()
    module.layer1.eval()
    modes = [inner.training for inner in module.modules()]
    state = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    cnnsize.from_torch(module, INPUT)
    for broken in (Raising(), module):
        with pytest.raises(UnreadableModelError):
            cnnsize.from_torch(broken, (4, 64, 64))
    assert [inner.training for inner in module.modules()] == modes
    assert all(torch.equal(tensor, state[name]) for name, tensor in module.state_dict().items())
    hooks = nn.modules.module
    assert not hooks._global_forward_hooks and not hooks._global_forward_pre_hooks


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            ("resnet18",),
            TypeError,
            "from_torch() expects a torch.nn.Module, not str; as in from_torch(model)",
        ),
        (
            (ResNet,),
            TypeError,
            "from_torch() expects a torch.nn.Module, not the class ResNet; as in from_torch(ResNet())",
        ),
        (
            (ResNet(), 224),
            TypeError,
            "input must be three integers (C, H, W) of at least 1, as in input=(3, 224, 224), not 224",
        ),
        (
            (ResNet(), (1, 3, 64, 64)),
            ValueError,
            "input must be three integers (C, H, W) of at least 1, as in input=(3, 224, 224) (no batch size), not (1, 3, 64, 64)",
        ),
        (
            (ResNet(), (3, 0, 64)),
            ValueError,
            "input must be three integers (C, H, W) of at least 1, as in input=(3, 224, 224), not (3, 0, 64)",
        ),
    ],
)
def test_wrong_arguments_are_named(
    arguments: tuple[Any, ...], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as caught:
        cnnsize.from_torch(*arguments)
    assert str(caught.value) == message


def test_channels_last_get_a_hint() -> None:
    with pytest.raises(UnreadableModelError) as caught:
        cnnsize.from_torch(Inception(), (64, 64, 3))
    assert str(caught.value).endswith("; input is (C, H, W), as in (3, 64, 64)")
