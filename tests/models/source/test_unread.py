"""What is not read is named with its place and the reason, and hostile source is bounded."""

from __future__ import annotations

import builtins
import sys
from time import process_time
from typing import Any

import pytest

from cnnsize.models.source.read import (
    SourceNetwork,
    UnreadableSourceError,
    UnreadNetwork,
    read_source,
)

HEAD = """\
import torch
from torch import nn
import torch.nn.functional as F
from settings import make_backbone, WIDTH

class Net(nn.Module):
"""
INIT = """\
    def __init__(self, depth=2):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
"""
FORWARD = """\
    def forward(self, x):
        return self.conv(x)
"""
REASONS = [
    (
        INIT + "        self.conv = make_backbone()\n" + FORWARD,
        (5, 1, "`make_backbone` comes from settings, which is not read"),
    ),
    (
        INIT + "        self.conv = nn.Conv2d(3, 4, WIDTH)\n" + FORWARD,
        (4, 1, "kernel_size of nn.Conv2d: `WIDTH` comes from settings, which is not read"),
    ),
    (
        INIT + "    def forward(self, x):\n        return torch.fft.fft2(self.conv(x))\n",
        (11, 16, "torch.fft.fft2() is not read"),
    ),
    (
        INIT + "    def forward(self, x):\n        return self.conv(x), 2\n",
        (10, 5, "the output is no tensor that comes from the input"),
    ),
    (
        INIT + "    def forward(self, x, y):\n        return self.conv(x)\n",
        (
            10,
            5,
            "forward takes 2 inputs; a call of it on as many tensors, made by torch.randn in this "
            "file, says their sizes",
        ),
    ),
    (
        INIT + "    def forward(self, x):\n        return self.conv(self.conv(x))\n",
        (11, 16, "nn.Conv2d takes in_channels=3 but receives 8"),
    ),
    (
        INIT + "        if WIDTH > 3:\n            self.conv = nn.Conv2d(3, 9, 3)\n" + FORWARD,
        (10, 12, "the condition `WIDTH > 3` is not known"),
    ),
    (
        INIT + "        self.conv = nn.Conv3d(3, 9, 3)\n" + FORWARD,
        (10, 21, "nn.Conv3d is not in the notation"),
    ),
]


@pytest.mark.parametrize(("body", "expected"), REASONS)
def test_the_reason_and_the_place(body: str, expected: tuple[int, int, str]) -> None:
    (network,) = read_source(HEAD + body)
    assert isinstance(network, UnreadNetwork), network
    line, column, reason = expected
    assert (network.reason, network.column) == (reason, column)
    assert network.line in (line, line - 1)


def test_columns_count_characters() -> None:
    body = INIT + "        é = 'ä'; self.conv = nn.Conv3d(3, 9, 3)\n" + FORWARD
    (network,) = read_source(HEAD + body)
    assert isinstance(network, UnreadNetwork)
    assert (network.line, network.column) == (10, 30)


HOSTILE = [
    "        global f\n        f = lambda: f()\n        f()\n",
    "        import argparse\n        p = argparse.ArgumentParser()\n        for i in range(10**6): p.add_argument('--x%d' % i, default=1)\n",
    "        for _ in range(10**5): self.conv(torch.zeros(1, 3, 32, 32))\n",
    "        self.conv(torch.zeros(1, 3, 10**9, 10**9))\n",
    "        self.conv = Net()\n",  # a recursive class
    "        for _ in range(10**6): Net\n",
    "        self.conv = [nn.Conv2d(3, 3, 3) for _ in range(10**6)]\n",
    "        for i in range(10**6):\n            self.conv = nn.Conv2d(3, 3, 3)\n",
    "        while True:\n            pass\n",
    "        x = 'a' * 10**9\n",
    "        x = [0] * 10**9\n        self.conv = x\n",
    "        x = 10**10**8\n        self.conv = nn.Conv2d(x, 3, 3)\n",
    "        x = [0]\n        while len(x) < 10**8:\n            x = x + x\n",
    "        x = ()\n        for _ in range(99):\n            x = (x, x)\n        y = {x: 1}\n        z = x == x\n",
    "        f = lambda g: g(g)\n        self.conv = f(f)\n",
    "        self.conv = __import__('os').system('true')\n",
    "        self.conv = eval('1')\n",
    "        self.conv = open('/etc/passwd').read()\n",
    "        self.conv = " + "(" * 300 + "1" + ")" * 300 + "\n",
    "        self.conv = " + "-" * 20_000 + "1\n",
]


@pytest.mark.parametrize("line", HOSTILE)
def test_hostile_source_is_bounded(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **named: object) -> Any:
        raise AssertionError("the reader opened a file")

    modules = set(sys.modules)
    begin = process_time()
    with monkeypatch.context() as patched:
        patched.setattr(builtins, "open", refuse)
        try:
            networks = read_source(HEAD + INIT + line + FORWARD)
        except UnreadableSourceError:
            networks = []
    assert process_time() - begin < 4
    new = {name for name in set(sys.modules) - modules if not name.startswith("cnnsize")}
    assert not new & {"os.path", "settings", "torch.fft"}
    for network in networks:
        if isinstance(network, SourceNetwork):
            assert network.text == "net = INPUT[224x224x3] -> CONV3-8(P=0)"


def test_a_file_that_is_not_python() -> None:
    with pytest.raises(UnreadableSourceError, match="not Python") as raised:
        read_source("import torch\nclass Net(nn.Module:\n")
    assert raised.value.line == 2


def test_a_long_file_is_read() -> None:
    source = HEAD + INIT + FORWARD + "def f():\n    return 1\n" * 2_500
    begin = process_time()
    (network,) = read_source(source)
    assert isinstance(network, SourceNetwork)
    assert process_time() - begin < 4


def test_an_empty_container_is_false_and_a_plain_list_is_noted() -> None:
    body = INIT + (
        "        self.convs = nn.ModuleList()\n"
        "        self.plain = [nn.Conv2d(3, 4, 1)]\n"
        "    def forward(self, x):\n"
        "        return self.conv(x) if self.convs else self.plain[0](x)\n"
    )
    (network,) = read_source(HEAD + body)
    assert isinstance(network, SourceNetwork), network
    assert network.text == "net = INPUT[224x224x3] -> CONV1-4"
    assert network.notes[-1].startswith("some layers are in a plain list")
