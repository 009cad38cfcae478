"""Loops and comprehensions that make layers or run them, over values that are in the text."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from cnnsize.language.pastes.code.loops import MAX_ROUNDS
from cnnsize.network import Network
from cnnsize.sizing.size import sized
from tests.language.pastes.test_printed import read, refused

CLASS = """class Net(nn.Module):
    def __init__(self, n=2):
        super().__init__()
{}

    def forward(self, x):
{}
        return x
"""
CONVS = "self.convs = nn.ModuleList([nn.Conv2d(3 if i == 0 else 4, 4, 3) for i in range(n)])"


def net(init: str, forward: str) -> str:
    indent = " " * 8
    bodies = (
        "\n".join(indent + line for line in dedent(text).strip("\n").split("\n"))
        for text in (init, forward)
    )
    return CLASS.format(*bodies)


MODELS = [
    net("self.body = nn.Sequential(*[nn.Conv2d(3, 3, 3) for _ in range(3)])", "x = self.body(x)"),
    net(
        """
        parts = []
        depth = 3
        for width in (4, 6):
            parts.append(nn.Conv2d(depth, width, 3))
            parts += [nn.ReLU(), nn.BatchNorm2d(width)]
            depth = width
        self.body = nn.Sequential(*parts)
        """,
        "x = self.body(x)",
    ),
    net(
        """
        parts = []
        depth = 3
        for part in [4, "M", 6]:
            if part == "M":
                parts.append(nn.MaxPool2d(2))
            else:
                parts.append(nn.Conv2d(depth, part, 3, padding=1))
                depth = part
        self.body = nn.Sequential(*parts)
        """,
        "x = self.body(x)",
    ),
    net(CONVS, "for conv in self.convs:\n    x = F.relu(conv(x))"),
    net(
        CONVS,
        "for i, c in enumerate(self.convs):\n    x = c(x)\n    if i < len(self.convs) - 1:\n        x = x.relu()",
    ),
    net(CONVS, "x = self.convs[1](F.relu(self.convs[0](x)))"),
    net(
        CONVS + "\nself.norms = nn.ModuleList(nn.BatchNorm2d(4) for _ in self.convs)",
        "for conv, norm in zip(self.convs, self.norms):\n    x = norm(conv(x))",
    ),
    net(
        """
        for i in range(n):
            setattr(self, f"conv{i}", nn.Conv2d(3, 3, 2 * i + 1))
            self.add_module("act" + str(i), nn.Tanh())
        """,
        "for i in range(2):\n    x = getattr(self, f'conv{i}')(x)\nx = self.act1(self.act0(x))",
    ),
    net(
        "cfg = {'small': [(4, 3), (5, 1)]}\nself.layers = nn.Sequential()\ndepth = 3\n"
        "for out, k in cfg['small']:\n    self.layers.append(nn.Conv2d(depth, out, k))\n    depth = out",
        "x = self.layers(x)",
    ),
    net(
        "self.blocks = nn.ModuleList(nn.Sequential(nn.Conv2d(3, 3, k), nn.ReLU()) for k in (1, 3))",
        "for block in reversed(self.blocks):\n    x = block(x)",
    ),
]


@pytest.mark.parametrize("text", MODELS)
def test_a_loop_means_what_it_means_in_torch(text: str) -> None:
    names: dict[str, Any] = {"nn": nn, "F": F, "torch": torch}
    exec(text, names)
    module = names["Net"]().eval()
    network = Network.from_record(sized(read(text), (17, 19, 3)))
    _, D, H, W = module(torch.zeros(1, 3, 19, 17)).shape
    assert network.output == (W, H, D)
    assert network.params == sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (net("self.a = nn.Conv2d(3, 3, 3)", "for _ in range(2):\n    x = self.a(x)"), "nn.Conv2d(3, 3, 3)", "used twice"),
        (net(CONVS, "for conv in self.convs:\n    x = x + conv(x)"), "x + conv(x)", "branches"),
        (net(CONVS, "x = self.convs(x)"), "self.convs", "does not run its modules"),
        (net(CONVS.replace("range(n)", "range(cfg.n)"), "x = self.convs[0](x)"), "", ""),
        (net("while n:\n    self.a = nn.ReLU()", "x = self.a(x)"), "while n:", "a loop"),
        (net("self.a = nn.Sequential(*[nn.ReLU() for _ in range(10**9)])", "x = self.a(x)"), "range(10**9)", f"more than {MAX_ROUNDS:,} times"),
        (net("for i in range(2):\n    setattr(self, name(i), nn.ReLU())", "x = x"), "setattr(self, name(i), nn.ReLU())", "changes the layers"),
        (net("widths = [4]\nwidths.append(n)\nself.a = nn.Conv2d(3, widths[0], 3)", "x = self.a(x)"), "widths[0]", "has no value"),
    ],
)  # fmt: skip
def test_other_loops_are_refused_by_name(text: str, place: str, words: str) -> None:
    characters, diagnostic = refused(text)
    if place:
        assert characters == place
    assert words in diagnostic.message


def test_a_loop_that_trains_is_not_followed() -> None:
    text = net("self.a = nn.Conv2d(3, 3, 3)", "x = self.a(x)") + (
        "model = Net()\nfor epoch in range(10):\n    for x, y in loader:\n        out = model(x)\n"
    )
    assert str(read(text)) == "CONV3-3(P=0, in=3)"
