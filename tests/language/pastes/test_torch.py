"""Pasted models against PyTorch: their parameters, and the shape of what they put out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnsize import parse
from tests.helpers import examples

torch = pytest.importorskip("torch")

from tests.language.pastes.models import Model, models  # noqa: E402


def agrees(text: str, model: Model) -> None:
    """Compare what a text is read as with the model that it was made from."""
    width, height, depth = model.input
    network = parse(text).sized((width, height, depth))
    assert network.params == sum(each.numel() for each in model.module.parameters())
    shape = model.module.eval()(torch.zeros(1, depth, height, width)).shape
    assert network.output is not None
    assert tuple(network.output) == (1, 1, shape[1])


@examples(200)
@given(models())
def test_prints_agree_with_the_model(model: Model) -> None:
    agrees(str(model.module), model)


@pytest.mark.slow
@examples(200)
@given(models(), st.sampled_from(("", "model = ", "    self.net = ", ">>> ")))
def test_code_agrees_with_the_model(model: Model, head: str) -> None:
    if head == ">>> ":
        text = ">>> " + model.code.replace("\n", "\n... ")
    else:
        text = head + model.code
    agrees(text, model)


@pytest.mark.slow
@examples(100)
@given(models(), st.booleans())
def test_lists_that_grow_agree_with_the_model(model: Model, windows: bool) -> None:
    elements = [line.strip().rstrip(",") for line in model.code.split("\n")[1:-1]]
    text = "layers = []\n" + "".join(f"layers.append({each})\n" for each in elements)
    text += "net = nn.Sequential(*layers)\nprint(net)\n"
    agrees(text.replace("\n", "\r\n") if windows else text, model)


@pytest.mark.slow
@examples(100)
@given(models())
def test_classes_with_a_forward_method_agree_with_the_model(model: Model) -> None:
    elements = [line.strip().rstrip(",") for line in model.code.split("\n")[1:-1]]
    lines = ["class Net(nn.Module):", "    def __init__(self):", "        super().__init__()"]
    lines += [f"        self.part{number} = {text}" for number, text in enumerate(elements)]
    lines += ["    def forward(self, x):"]
    for number in range(len(elements)):
        call = f"self.part{number}(x)"
        lines.append(f"        x = {f'torch.tanh({call})' if number % 2 else call}")
    agrees("\n".join([*lines, "        return x"]), model)
