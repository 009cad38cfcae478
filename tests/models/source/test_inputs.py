"""Where the size of the input comes from, and letters for arguments without a value."""

from __future__ import annotations

import pytest

from cnnsize.models.source.read import SourceNetwork, read_source
from tests.models.source.sources import LENET

FREE = """\
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)

    def forward(self, x):
        return self.conv(x)
"""
SOURCES = [
    (FREE, "input 224x224x3: 224x224 is used; other sizes fit too"),
    (LENET, "input 32x32x3: the view on line 16 fits W = H = 32..35"),
    (
        FREE.replace("class Net", "# cnnsize: input 40x30x3\nclass Net"),
        "input 40x30x3: the comment on line 3",
    ),
    (
        FREE.replace("    def __init__", '    """INPUT[20x10x3] -> CONV3-8"""\n\n    def __init__'),
        "input 20x10x3: the docstring on line 4",
    ),
    (
        FREE + "import torch\nnet = Net()\nnet(torch.randn(4, 3, 48, 64))\n",
        "input 64x48x3: the call on line 12",
    ),
    (
        FREE + "from torchsummary import summary\nsummary(Net(), (3, 48, 64))\n",
        "input 64x48x3: the call on line 11",
    ),
    (
        FREE + "data = datasets.CIFAR10('data', train=True)\n",
        "input 32x32x3: CIFAR10 on line 10",
    ),
    (FREE + "t = transforms.Resize((50, 60))\n", "input 60x50x3: Resize() on line 10"),
    (
        LENET + "t = transforms.Resize((64, 64))\n",
        "input 32x32x3: the view on line 16 fits W = H = 32..35",
    ),
]


@pytest.mark.parametrize(("source", "note"), SOURCES)
def test_the_source_of_the_size_is_said(source: str, note: str) -> None:
    (network,) = read_source(source)
    assert isinstance(network, SourceNetwork), network
    assert network.notes[0] == note


def test_a_given_size_comes_first() -> None:
    (network,) = read_source(LENET, input=(35, 35, 3))
    assert isinstance(network, SourceNetwork)
    assert network.notes[0] == "input 35x35x3: --input"
    assert network.text.startswith("lenet = INPUT[35x35x3] -> ")


def test_arguments_without_a_value_are_letters() -> None:
    source = FREE.replace("self):", "self, width, classes):", 1).replace(
        "3, 8, 3, padding=1", "3, width * 2, 3, padding=1"
    )
    source = source.replace(
        "        return self.conv(x)", "        return self.fc(self.conv(x).mean((2, 3)))"
    )
    source = source.replace(
        "\n    def forward", "        self.fc = nn.Linear(2 * width, classes)\n\n    def forward"
    )
    (network,) = read_source(source)
    assert isinstance(network, SourceNetwork), network
    assert network.text == "net = INPUT[224x224x3] -> CONV3-(2*width) -> GAP -> FC-n_classes"
    expected = (
        "arguments without a value are letters; --set width=N --set n_classes=N gives them one"
    )
    assert network.notes[1] == expected


def test_claims_say_what_each_fc_takes() -> None:
    (network,) = read_source(LENET, claims=True)
    assert isinstance(network, SourceNetwork)
    assert "FLATTEN -> FC-120(in=400) -> RELU -> FC-84(in=120)" in network.text
