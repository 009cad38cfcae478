"""Where the size of the input comes from, and letters for arguments without a value."""

from __future__ import annotations

import pytest

from cnnsize.models.source.read import Request, SourceNetwork, UnreadNetwork, read_source
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
# The map before the FC has 4 * 3 positions, which no square has.
LETTER_BOX = """\
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3, 4, padding=0)
        self.pool = nn.MaxPool2d(2)
        self.head = nn.Linear(8 * 6 * 2, 5)

    def forward(self, x):
        return self.head(self.pool(self.conv(x).relu()).flatten(1))
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
        FREE.replace("class Net(nn.Module):", "class Net(nn.Module):  # cnnsize: input=40x30x3"),
        "input 40x30x3: the comment on line 3",
    ),
    (
        FREE + "SIDE = 4 * 18\nt = Compose([Resize(90), RandomCrop(SIDE)])\n",
        "input 72x72x3: RandomCrop() on line 11",
    ),
    (
        FREE + "t = Resize(50)\nx = torch.zeros(1, 3, 44, 45)\n",
        "input 45x44x3: zeros() on line 11",
    ),
    (
        FREE.replace("(self, x):", "(self, x):  # (B, 3, 52, 52) -> (B, 8, 52, 52)"),
        "input 52x52x3: the comment on line 8",
    ),
    (
        LETTER_BOX,
        "input 31x23x1: nn.Linear on line 8 fits 31x23",
    ),
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
    (network,) = read_source(LENET, Request(input=(35, 35, 3)))
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


STRENGTHS = [
    (FREE, "solved"),
    (FREE + "t = Resize(50)\n", "mentioned"),
    (FREE + "import torch\nNet()(torch.randn(4, 3, 48, 64))\n", "called"),
    (FREE.replace("class Net", "# cnnsize: input 40x30x3\nclass Net"), "declared"),
]


@pytest.mark.parametrize(("source", "strength"), STRENGTHS)
def test_how_sure_a_size_is(source: str, strength: str) -> None:
    (network,) = read_source(source)
    assert isinstance(network, SourceNetwork), network
    assert network.run.strength == strength
    assert network.run.is_given == (strength in ("declared", "called"))


def test_the_configuration_comes_after_the_comment() -> None:
    (network,) = read_source(FREE, Request(inputs=[("Other", (9, 9, 3)), ("Net", (20, 10, 3))]))
    assert isinstance(network, SourceNetwork)
    assert network.notes[0] == "input 20x10x3: `inputs` of the configuration"
    source = FREE.replace("class Net", "# cnnsize: input 40x30x3\nclass Net")
    (network,) = read_source(source, Request(inputs=[("*", (20, 10, 3))]))
    assert isinstance(network, SourceNetwork)
    assert network.notes[0] == "input 40x30x3: the comment on line 3"


DUMMY = """\
import torch
from torch import nn
import torch.nn.functional as F

class Net(nn.Module):
    def __init__(self, shape{default}):
        super().__init__()
        self.convs = nn.Sequential(nn.Conv2d(shape[0], 8, 3), nn.ReLU(), nn.MaxPool2d(2))
        self.conv = nn.Conv2d(8, 4, 3)
        self.head = nn.Linear(self.count(shape), 6)

    def count(self, shape):
        with torch.no_grad():
            x = self.conv(self.convs(torch.zeros(1, *shape)))
            x = F.relu(x).view(1, -1)
        return x.size(1)

    def forward(self, x):
        return self.head(self.conv(self.convs(x)).flatten(1))
"""


def test_layers_that_run_on_a_dummy_say_the_features() -> None:
    (network,) = read_source(DUMMY.format(default="=(2, 20, 30)"))
    assert isinstance(network, SourceNetwork), network
    assert network.notes[0] == "input 30x20x2: nn.Linear on line 10 fits 30x20"
    assert network.text.startswith("net = INPUT[30x20x2] -> CONV3-8(P=0) -> RELU -> POOL2 -> ")


def test_features_of_a_dummy_without_sizes_are_those_of_the_input() -> None:
    (network,) = read_source(DUMMY.format(default=""), Request(input=(20, 20, 2)))
    assert isinstance(network, SourceNetwork), network
    assert network.notes[-1] == "the features that nn.Linear takes are computed from the input"
    assert network.text.endswith("CONV3-4(P=0) -> FLATTEN -> FC-6")


FITTED = """\
from torch import nn

class Net(nn.Module):
    def __init__(self, n_channels, features, classes):
        super().__init__()
        self.conv = nn.Conv2d(n_channels, 6, 3)
        self.head = nn.Linear(features, classes)

    def forward(self, x):
        return self.head(self.conv(x).flatten(1))
"""


def test_arguments_follow_from_a_size_that_is_said() -> None:
    (network,) = read_source(FITTED, Request(input=(12, 10, 4)))
    assert isinstance(network, SourceNetwork), network
    assert network.text == "net = INPUT[12x10x4] -> CONV3-6(P=0) -> FLATTEN -> FC-n_classes"
    assert network.run.flow.notes == (
        "n_channels is 4, so that the layer on line 6 fits",
        "features is 480, so that the layer on line 7 fits",
    )


def test_arguments_do_not_follow_from_a_guess() -> None:
    (network,) = read_source(FITTED)
    assert isinstance(network, UnreadNetwork)
    assert network.reason.startswith("nn.Linear fits only where features is 295704")
