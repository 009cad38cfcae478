"""Networks in source whose forward returns several tensors, or takes several."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnsize
from cnnsize.models.source.read import SourceNetwork, UnreadNetwork, read_source
from tests.helpers import cnnsize as cli

HEAD = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n\n"
AGENT = """
class Agent(nn.Module):
    def __init__(self, moves=5):
        super().__init__()
        self.conv = nn.Conv2d(2, 6, 4, 2)
        self.hidden = nn.Linear(6 * 9 * 9, 20)
        self.actor, self.critic = nn.Linear(20, moves), nn.Linear(20, 1)

    def forward(self, x):
        x = F.relu(self.conv(x))
        x = F.relu(self.hidden(x.view(x.size(0), -1)))
        return {returned}
"""
TOWERS = """
class Towers(nn.Module):
    def __init__(self):
        super().__init__()
        self.image = nn.Sequential(nn.Conv2d(3, 7, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1))
        self.vector = nn.Linear(9, 11)
        self.out = nn.Linear(18, 4)

    def forward(self, image, vector):
        return self.out(torch.cat([self.image(image).flatten(1), F.relu(self.vector(vector))], 1))
"""
AGENT_TEXT = (
    "agent = INPUT[20x20x2] -> CONV4-6(S=2) -> RELU -> FLATTEN -> FC-20 -> RELU -> "
    "OUTPUT{FC-1} -> FC-5"
)


def only_network(source: str) -> SourceNetwork | UnreadNetwork:
    (network,) = read_source(HEAD + source)
    return network


@pytest.mark.parametrize(
    "returned",
    [
        "self.actor(x), self.critic(x)",
        "[self.actor(x), self.critic(x)]",
        '{"scores": self.actor(x), "value": self.critic(x), "aux": None}',
        "self.actor(x), (self.critic(x), None)",
    ],
)
def test_several_outputs(returned: str) -> None:
    network = only_network(AGENT.replace("{returned}", returned))
    assert isinstance(network, SourceNetwork) and network.text == AGENT_TEXT
    assert cnnsize.parse(network.text).sized().outputs == ((1, 1, 5), (1, 1, 1))


def test_the_order_of_outputs_is_noted() -> None:
    source = AGENT.replace("{returned}", "x, self.actor(x), self.critic(x)")
    network = only_network(source)
    assert isinstance(network, SourceNetwork)
    assert network.text.endswith("FC-20 -> RELU -> OUTPUT{FC-5 | FC-1}")
    assert not any("in another order" in note for note in network.notes)


def test_an_output_that_is_no_tensor() -> None:
    network = only_network(AGENT.replace("{returned}", "self.actor(x), 3"))
    assert isinstance(network, UnreadNetwork)
    assert network.reason == "the output is no tensor that comes from the input"


@pytest.mark.parametrize(
    "call",
    [
        "model = Towers()\nout = model(torch.randn(2, 3, 12, 12), torch.randn(2, 9))\n",
        "from torchinfo import summary\nsummary(Towers(), [(3, 12, 12), (9,)])\n",
        "from torchinfo import summary\nsummary(Towers(), input_size=[(1, 3, 12, 12), (1, 9)])\n",
    ],
)
def test_several_inputs_of_a_call(call: str) -> None:
    networks = read_source(HEAD + TOWERS + call)
    (network,) = [each for each in networks if each.name == "Towers"]
    assert isinstance(network, SourceNetwork)
    assert network.text == (
        "towers = INPUT[12x12x3] -> CONV3-7(P=0) -> RELU -> GAP -> FLATTEN -> "
        "CAT{ID | INPUT[1x1x9] -> FC-11 -> RELU} -> FC-4"
    ).replace(" -> FLATTEN", "")
    assert network.notes[0].startswith("input 12x12x3, 1x1x9: the call on line ")


def test_several_inputs_without_a_call_are_not_read() -> None:
    network = only_network(TOWERS)
    assert isinstance(network, UnreadNetwork)
    assert network.reason == (
        "forward takes 2 inputs; a call of it on as many tensors, made by torch.randn in this file, "
        "says their sizes"
    )


@pytest.mark.parametrize(
    ("critic", "status", "message"),
    [
        ("nn.Linear(20, 1)", 0, ""),
        ("nn.Linear(21, 1)", 1, "net.py:11:67: error[CNN121] features-mismatch"),
        ("nn.Sequential(nn.Linear(20, 1), nn.ReLU())", 1, "error[CNN304]"),
    ],
)
def test_each_output_is_checked(tmp_path: Path, critic: str, status: int, message: str) -> None:
    source = AGENT.replace("{returned}", "self.actor(x), self.critic(x)")
    path = tmp_path / "net.py"
    path.write_text(HEAD + source.replace("nn.Linear(20, 1)", critic), "utf-8")
    rules = ("--output-format", "concise", "-q", "--extend-select", "CNN304")
    done = cli("check", f"{path}:Agent", "--input", "20x20x2", *rules)
    assert done[0] == status, done
    assert message in done[1].replace("warning[", "error[")
