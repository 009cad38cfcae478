"""A size that a data set or a tensor says is no fact where the file changes the data on the way."""

from __future__ import annotations

import pytest

from cnnsize.models.source.check import check_source

NET = """\
import torch
from torch import nn
import torch.nn.functional as F
from torchvision import datasets

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3)
        self.fc = nn.Linear(8 * 10 * 10, 10)  # fits 32x32

    def forward(self, x):
        return self.fc(F.max_pool2d(self.conv(x), 3).flatten(1))

"""
LOADER = "net = Net()\nloader = DataLoader(datasets.MNIST('data'))\n"
LOOPS = {
    "top": "for x, y in loader:\n    {}\n    out = net(x)\n",
    "function": "def train(model, loader):\n    for x, y in loader:\n        {}\n        model(x)\n",
    "method": (
        "class Trainer:\n    def fit(self, loader):\n        for batch in loader:\n"
        "            x, y = batch\n            {}\n            self.model(x)\n"
    ),
}
CHANGES = [
    "x = F.pad(x, (2, 2, 2, 2))",
    "x = x[:, :, 2:-2]",
    "x = torch.cat([x, x], 3)",
    "x = prepared(x)",
    "x = nn.ZeroPad2d(2)(x)",
    "x = x.view(-1, 1, 32, 32)",
]
KEPT = ["pass", "x, y = x.to(device), y.to(device)", "x = Variable(x).cuda()", "y = y.long()"]


def codes(text: str) -> list[str]:
    """Return the codes of the findings about a file."""
    return [finding.code for network in check_source(text) for finding in network.findings]


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_batch_says_nothing(loop: str, change: str) -> None:
    assert codes(NET + LOADER + LOOPS[loop].format(change)) == []


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("statement", KEPT)
def test_a_batch_that_keeps_its_shape_is_that_of_the_data_set(loop: str, statement: str) -> None:
    assert codes(NET + LOADER + LOOPS[loop].format(statement)) == ["CNN121"]


TENSOR = "net = Net()\nx = torch.randn(2, 1, 28, 28)\n"
IN_PLACE = [
    "x.resize_(2, 1, 32, 32)",
    "x.resize_as_(torch.randn(2, 1, 32, 32))",
    "x.data = torch.randn(2, 1, 32, 32)",
    "for _ in range(2):\n    x.resize_(2, 1, 32, 32)",
    "if torch.cuda.is_available():\n    x.resize_(2, 1, 32, 32)",
    "x = F.pad(x, (2, 2, 2, 2))",
    "while x.size(2) < 32:\n    x = F.pad(x, (1, 1, 1, 1))",
]


@pytest.mark.parametrize("change", IN_PLACE)
def test_a_changed_tensor_says_nothing(change: str) -> None:
    assert codes(f"{NET}{TENSOR}{change}\nnet(x)\n") == []
    assert codes(f"{NET}{TENSOR}net(x)\n{change}\n") == ["CNN121"]  # PyTorch refuses the call


@pytest.mark.parametrize("flat", ["x.view(-1, 784)", "x.reshape(x.size(0), -1)", "flat(x)"])
def test_images_that_are_flattened_outside_of_the_network(flat: str) -> None:
    net = NET.replace("nn.Conv2d(1, 8, 3)", "nn.Linear(28 * 28, 10)")
    net = net.replace("self.fc(F.max_pool2d(self.conv(x), 3).flatten(1))", "self.conv(x)")
    assert "CNN121" not in codes(f"{net}{LOADER}for x, y in loader:\n    net({flat})\n")
