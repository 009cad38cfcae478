"""Emitted source of networks with several outputs and inputs: it runs, and returns what is predicted."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given

import cnnsize
from tests.emitted import ran, source
from tests.helpers import examples
from tests.several_ends import Node, Shape, input_text, networks, written

ACTOR_CRITIC = "INPUT[8x8x4] -> CONV3-8 -> RELU -> FC-16 -> RELU -> OUTPUT{FC-1} -> FC-4"
TWO_TOWERS = "INPUT[8x8x3] -> FC-9 -> RELU -> CAT{ID | INPUT[1x1x10] -> FC-5 -> RELU} -> FC-2"


@pytest.mark.slow
@examples(300)
@given(networks())
def test_the_source_returns_every_output(drawn: tuple[Shape, list[Node]]) -> None:
    """Shapes of all layers and outputs, parameters, and every byte that autograd saves."""
    shape, nodes = drawn
    text = f"{input_text(shape)} -> {written(nodes)} -> CONV1-2"
    result = ran(cnnsize.parse(text).sized())
    assert result.ok, f"{text}: {result.findings}"


def test_an_actor_critic() -> None:
    assert source(ACTOR_CRITIC).endswith(
        """
        self.head = nn.Linear(16, 1)
        self.fc = nn.Linear(16, num_classes)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        # 4 x 8 x 8
        x = self.layers(x)  # 16
        y1 = self.head(x)  # 1
        x = self.fc(x)  # 4
        return x, y1
"""
    )


def test_two_inputs() -> None:
    text = source(TWO_TOWERS)
    assert "    def forward(self, x: Tensor, x2: Tensor) -> Tensor:\n" in text
    assert "        # x: 3 x 8 x 8, x2: 10 x 1 x 1\n" in text
    assert "        x = torch.cat([x, self.branch(x2)], 1)  # 14\n" in text


@pytest.mark.parametrize("text", [ACTOR_CRITIC, TWO_TOWERS])
def test_the_test_in_the_source_passes(text: str) -> None:
    names: dict[str, Any] = {}
    exec(cnnsize.parse(text).sized().torch_source(test=True), names)
    names["test_net"]()


def test_outputs_are_in_order_and_of_what_they_say() -> None:
    """The volume of an ID is the one before it, however often it is written over later."""
    text = "INPUT[4x4x2] -> OUTPUT{ID} -> RELU -> OUTPUT{ID | GAP} -> TANH"
    x = torch.randn(2, 2, 4, 4)
    y, first, second, third = cnnsize.parse(text).sized().to_torch()(x)
    assert first.equal(x) and second.equal(x.relu())
    assert y.equal(x.relu().tanh()) and third.shape == (2, 2, 1, 1)


def test_a_wrong_output_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    network = cnnsize.parse(ACTOR_CRITIC).sized()
    outputs = [(cnnsize.Volume(1, 1, 4), "vector"), (cnnsize.Volume(1, 1, 2), "vector")]
    monkeypatch.setattr("cnnsize.smoke.compare.ranked_outputs", lambda network: outputs)
    assert ran(network).findings == ("output 2 of the model is 2 x 1, but 2 x 2 was predicted",)
