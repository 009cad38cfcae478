"""Findings whose layers ran apart from the network: on a dummy, on another size, in a function."""

from __future__ import annotations

import pytest

from cnnsize.models.source.check import check_source
from cnnsize.models.source.read import Request, SourceNetwork, UnreadNetwork, read_source
from tests.models.source.test_findings import HEAD, findings, in_class, marked

CONVOLUTIONS = "self.a = nn.Conv2d(3, 8, 3)\nself.b = nn.Conv2d({}, 16, 3)\n"
POOLED = "return self.f(F.avg_pool2d(self.b(self.a(x)), x.size(3) - 4).flatten(1))"
# the source, and what is marked
REPORTED = [
    (  # on a dummy, in __init__
        in_class(
            CONVOLUTIONS.format(4) + "n = self.b(self.a(torch.zeros(1, 3, 20, 20))).view(1, -1)\n"
            "self.f = nn.Linear(n.size(1), 5)",
            "return self.f(self.b(self.a(x)).flatten(1))",
        ),
        ["4"],
    ),
    (  # a function that calls the network is no network
        in_class(CONVOLUTIONS.format(4), "return self.b(self.a(x))")
        + "def probe():\n    net = Net()\n    return net(torch.zeros(1, 3, 20, 20))\n",
        ["4"],
    ),
    (  # a window before the layer that no size fits is no fault after it
        in_class(
            CONVOLUTIONS.format(8) + "self.f = nn.Linear(100, 5)",
            "return self.f(F.max_pool2d(self.b(self.a(x)), 4).flatten(1))",
        ),
        ["100"],
    ),
    (  # a pool of the whole map has the size of the input, and no size gives 100
        in_class(CONVOLUTIONS.format(8) + "self.f = nn.Linear(100, 5)", POOLED),
        ["100"],
    ),
]


@pytest.mark.parametrize(("text", "expected"), REPORTED)
def test_layers_of_the_error_are_described(text: str, expected: list[str]) -> None:
    assert [marked(text, finding) for finding in findings(text)] == expected


TWO = in_class(
    "self.a = nn.Conv2d(1, 4, 3)\nself.f = nn.Linear(4 * 6 * 6, 2)",
    "once = lambda v: self.f(self.a(v).flatten(1))\nreturn once(x) - once(y)",
).replace("forward(self, x)", "forward(self, x, y)")
DEFAULT = in_class(
    "self.a = nn.Conv2d(1, 4, 3)\nself.f = nn.Linear(4 * (side - 4) ** 2, 2)",
    "return self.f(self.a(x).flatten(1))",
    ", side=10",
)


@pytest.mark.parametrize("text", [TWO, DEFAULT])
def test_named_network_is_checked_on_the_input_that_is_given(text: str) -> None:
    for only, count in (("Net", 1), (None, 0)):
        networks = check_source(text, Request(only, input=(10, 10, 1)))
        assert sum(len(network.findings) for network in networks) == count


LIGHTNING = (
    HEAD + "import pytorch_lightning as pl\nclass Net(pl.LightningModule):\n"
    "    def __init__(self, width=8, classes=3, **kwargs):\n        super().__init__()\n"
    "        self.save_hyperparameters({})\n"
    "        self.a = nn.Conv2d(1, self.hparams.width, 3)\n"
    "    def forward(self, x):\n        return self.a(x)\n"
)


@pytest.mark.parametrize("arguments", ["", "'width'", "ignore=['classes']", "{'width': 8}"])
def test_hyperparameters_are_arguments(arguments: str) -> None:
    (network,) = read_source(LIGHTNING.replace("{}", arguments, 1))
    assert isinstance(network, SourceNetwork)
    assert network.text.endswith("CONV3-8(P=0)")


@pytest.mark.parametrize("arguments", ["'classes'", "ignore='width'"])
def test_other_hyperparameters_are_not(arguments: str) -> None:
    (network,) = read_source(LIGHTNING.replace("{}", arguments, 1))
    assert isinstance(network, UnreadNetwork)
    assert "no attribute `width`" in network.reason


# networks without a text whose sizes are checked: what is applied, and the fault in another size
CHECKED = [
    (
        "self.w = nn.Parameter(torch.ones(8))",
        "x = self.w[:, None, None] * ((x - x.mean(1, keepdim=True)) / 2)",
        "w = nn.Parameter(torch.ones(8))",
        "w = nn.Parameter(torch.ones(6))",
    ),
    (
        "self.t = nn.Linear(8, 6)",
        "grid = F.affine_grid(self.t(x.mean([2, 3])).view(-1, 2, 3), x.size())\n"
        "x = F.grid_sample(x, grid)",
        "self.b = nn.Conv2d(8,",
        "self.b = nn.Conv2d(6,",
    ),
]


@pytest.mark.parametrize(("init", "forward", "good", "bad"), CHECKED)
def test_sizes_are_known_without_a_text(init: str, forward: str, good: str, bad: str) -> None:
    text = in_class(CONVOLUTIONS.format(8) + init, f"x = self.a(x)\n{forward}\nreturn self.b(x)")
    (network,) = check_source(text)
    assert network.unread is not None
    assert network.unread.runs
    assert not network.findings
    assert good in text
    assert len(list(findings(text.replace(good, bad)))) == 1
