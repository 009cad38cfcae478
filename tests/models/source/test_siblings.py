"""Names that a file imports from files beside it; options of a command line; letters."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnsize.models.source.read import Request, SourceNetwork, UnreadNetwork, read_source

BLOCK = """\
from torch import nn
from .sizes import WIDTH

class Block(nn.Module):
    def __init__(self, inputs, width=WIDTH):
        super().__init__()
        self.conv = nn.Conv2d(inputs, width, 3, padding=1)

    def forward(self, x):
        return self.conv(x).relu()
"""
NET = """\
from torch import nn
{imports}

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = {block}(3)

    def forward(self, x):
        return self.block(x)
"""
IMPORTS = [
    ("from .blocks import Block", "Block"),
    ("from . import blocks", "blocks.Block"),
    ("from nets.blocks import Block as Part", "Part"),
    ("import nets.blocks", "nets.blocks.Block"),
    ("import nets.blocks as parts", "parts.Block"),
    ("from nets import blocks", "blocks.Block"),
    ("from .blocks import *", "Block"),
    ("from nets import Block", "Block"),
    ("from . import Block", "Block"),
    ("from ..nets.blocks import Block", "Block"),
    ("try:\n    from blocks import Block\nexcept ImportError:\n    pass", "Block"),
]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "nets"
    folder.mkdir()
    (tmp_path / "pyproject.toml").touch()
    (folder / "__init__.py").write_text("from .blocks import Block\nraise SystemExit\n")
    (folder / "blocks.py").write_text(BLOCK)
    (folder / "sizes.py").write_text("WIDTH = 12\n")
    return folder


@pytest.mark.parametrize(("imports", "block"), IMPORTS)
def test_names_of_files_beside_it(imports: str, block: str, package: Path) -> None:
    path = package / "net.py"
    (network,) = read_source(NET.format(imports=imports, block=block), Request(path=str(path)))
    assert isinstance(network, SourceNetwork), network
    assert network.text == "net = INPUT[224x224x3] -> CONV3-12 -> RELU"


def test_text_without_a_file_follows_no_imports(package: Path) -> None:
    source = NET.format(imports="from nets.blocks import Block", block="Block")
    (network,) = read_source(source)
    assert isinstance(network, UnreadNetwork)
    assert network.reason == "`Block` comes from nets.blocks, which is not read"


def test_the_place_in_another_file_is_in_the_reason(package: Path) -> None:
    (package / "blocks.py").write_text(BLOCK.replace("nn.Conv2d(", "nn.Conv3d("))
    source = NET.format(imports="from .blocks import Block", block="Block")
    (network,) = read_source(source, Request(path=str(package / "net.py")))
    assert isinstance(network, UnreadNetwork)
    assert network.line == 4
    assert network.reason.startswith("nn.Conv3d is not in the notation (")
    assert network.reason.endswith("blocks.py:7)")


HOSTILE_FILES = [
    "from .net import Net\nfrom .blocks import Block\n",  # circles
    "def broken(:\n",
    "x = [0] * 10**9\nwhile True: pass\n",
    "import os\nos.remove('net.py')\n",
    "Block = Block\n",
]


@pytest.mark.parametrize("source", HOSTILE_FILES)
def test_hostile_files_are_bounded(source: str, package: Path) -> None:
    (package / "blocks.py").write_text(source)
    net = NET.format(imports="from .blocks import Block", block="Block")
    (package / "net.py").write_text(net)
    (network,) = read_source(net, Request(path=str(package / "net.py")))
    assert isinstance(network, UnreadNetwork)


OPTIONS = """\
import argparse
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument('--ngf', '-g', type=int, default='24')
parser.add_argument('--kernel-size', dest='k', default=5)
group = parser.add_argument_group('more')
group.add_argument('--bias', action='store_true')
parser.add_argument('--classes', type=int, required=True)
opt = parser.parse_args()

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, opt.ngf * 2, opt.k, bias=opt.bias)
        self.head = nn.Conv2d(2 * opt.ngf, opt.classes, 1)

    def forward(self, x):
        return self.head(self.conv(x))
"""


def test_options_have_their_defaults() -> None:
    (network,) = read_source(OPTIONS)
    assert isinstance(network, SourceNetwork), network
    expected = "net = INPUT[224x224x3] -> CONV5-48(P=0, bias=no) -> CONV1-n_classes"
    assert network.text == expected
    assert network.notes[1] == "options of the command line have their defaults"


LETTERS = """\
from torch import nn
from settings import cfg, CLASSES

class Net(nn.Module):
    def __init__(self, args):
        super().__init__()
        first, second = args.sizes
        self.a = nn.Conv2d(3, cfg.width, 3)
        self.b = nn.Conv2d(cfg.width, first, 1)
        self.c = nn.Conv2d(first, cfg['width'] + 2, 1)
        self.d = nn.Conv2d(cfg.width + 2, {width}, 1)

    def forward(self, x):
        return self.d(self.c(self.b(self.a(x))))
"""
WIDTHS = [
    ("CLASSES", "n_CLASSES"),
    ("len(cfg.names)", "cfg_names_len"),
    ("args.classes", "args_classes"),
    ("second", "args_sizes_1"),
    ("args.last()", "args_last"),
]


@pytest.mark.parametrize(("width", "letter"), WIDTHS)
def test_numbers_that_are_not_known_are_letters(width: str, letter: str) -> None:
    (network,) = read_source(LETTERS.format(width=width))
    assert isinstance(network, SourceNetwork), network
    assert network.text == (
        "net = INPUT[224x224x3] -> CONV3-cfg_width(P=0) -> CONV1-args_sizes_0 -> "
        f"CONV1-(cfg_width + 2) -> CONV1-{letter}"
    )


UNDECIDED = [
    "nn.Conv2d(first, cfg.other, 1)\n        self.d = nn.Conv2d(cfg.width, 4, 1)",  # another number
    "nn.Conv2d(first, args.f(), 1)\n        self.d = nn.Conv2d(args.f(), 4, 1)",  # two calls
    "nn.Conv2d(first, 4, cfg.kernel)",
    "nn.Conv2d(first, 4, 1) if cfg.flag else None",
    "nn.Conv2d(first, 4, 1) if args else None",
]


@pytest.mark.parametrize("line", UNDECIDED)
def test_letters_decide_nothing(line: str) -> None:
    source = LETTERS.format(width="4").replace("nn.Conv2d(first, cfg['width'] + 2, 1)", line)
    (network,) = read_source(source)
    assert isinstance(network, UnreadNetwork), network


def test_a_value_that_the_source_assigns_is_no_letter() -> None:
    source = LETTERS.format(width="5").replace("class Net", "cfg.width = 7\n\nclass Net")
    (network,) = read_source(source)
    assert isinstance(network, SourceNetwork), network
    assert "CONV3-7(P=0) -> " in network.text


DEPTH = """\
from torch import nn

class Net(nn.Module):
    def __init__(self, depth, bn, width):
        super().__init__()
        layers = [nn.Conv2d(3, width, 1)]
        for _ in range({18: 2, 34: 3}[depth]):
            layers.append(nn.Conv2d(width, width, 1))
            if bn:
                layers.append(nn.BatchNorm2d(width))
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x)
"""


def test_a_value_for_an_argument_that_decides_layers() -> None:
    (network,) = read_source(DEPTH)
    assert isinstance(network, UnreadNetwork)
    assert network.reason == ("the argument depth has no value; --set depth=N gives depth a value")
    (network,) = read_source(DEPTH, Request(values={"depth": 18, "bn": 0}))
    assert isinstance(network, SourceNetwork), network
    assert network.text == "net = INPUT[224x224x3] -> CONV1-width -> CONV1-width -> CONV1-width"
    assert set(network.values) == {"depth", "bn"}
