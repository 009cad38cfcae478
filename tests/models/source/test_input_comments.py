"""Comments that say the size of an input: the network that each is about, and those that are not used."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnsize.models.source.file_input import input_comment_problems
from cnnsize.models.source.read import WHOLE_FILE, Request, SourceNetwork, read_source
from tests.helpers import cnnsize

HERE = "# cnnsize: input 20x10x3"
OTHER = "# cnnsize: input 40x30x3"
# Each <n> is a place for a comment.
SOURCE = """\
from torch import nn
<0>

<1>

class Block(nn.Module):
    def __init__(self, width):<2>
        super().__init__()
        self.conv = nn.Conv2d(3, width, 1)

    def forward(self, x):
        return self.conv(x)


class Net(nn.Module):<3>
    '''Layers.'''
    <4>

    class Settings:<5>
        width = 8

    def __init__(self):
        super().__init__()
        self.block = Block(8)<6>
        <7>

    <8>
    def forward(self, x):
        <9>
        return self.block(x)
    <10>
<11>
def build():
    return Net()


def build_other():
    <12>
    return nn.Sequential(nn.Conv2d(3, 4, 1))


<13>
plain = nn.Sequential(
    nn.Conv2d(3, 2, 1),<14>
)
<15>
"""


def with_comments(source: str = SOURCE, **comments: str) -> str:
    """Return the source with comments at places whose names are _0, _1, ..."""
    for number in range(15, -1, -1):
        comment = comments.get(f"_{number}", "")
        source = source.replace(f"<{number}>", comment)
    return source


# the place, and the networks that it is about
PLACES: list[tuple[int, set[str]]] = [
    (0, set()),
    (1, set()),  # above Block
    (2, set()),
    *((number, {"build"}) for number in (3, 4, 6, 7, 8, 9, 10, 11)),
    (5, set()),
    (12, {"build_other"}),
    (13, {"plain"}),
    (14, {"plain"}),
    (15, set()),
]


@pytest.mark.parametrize(("number", "names"), PLACES)
def test_a_comment_is_about_the_innermost_class(number: int, names: set[str]) -> None:
    comment = {f"_{number}": HERE}
    source = with_comments(SOURCE, **comment)
    line = source[: source.index("# cnnsize")].count("\n") + 1
    networks = read_source(source)
    assert {network.name for network in networks} == {"build", "build_other", "plain"}
    for network in networks:
        assert isinstance(network, SourceNetwork), network
        is_own = f"the comment on line {line}" in network.notes[0]
        assert is_own == (network.name in names), network
    assert bool(input_comment_problems(source, WHOLE_FILE)) == (not names)


def test_the_class_itself_and_a_function_of_its_own_comment() -> None:
    (network,) = read_source(with_comments(_9=HERE), Request(only="Net"))
    assert isinstance(network, SourceNetwork)
    assert network.text.startswith("net = INPUT[20x10x3]")
    sizes = {
        network.name: network.text.partition("INPUT[")[2][:7]
        for network in read_source(with_comments(_9=HERE, _11=OTHER))
        if isinstance(network, SourceNetwork)
    }
    assert sizes["build"] == "40x30x3"


KERAS = """\
from keras import layers, Sequential

class Small:
    @staticmethod
    def build():<0>
        return Sequential([layers.Input((None, None, 3)), layers.Conv2D(4, 3)])
    <1>
    @staticmethod
    def build_large():
        return Sequential([layers.Input((None, None, 3)), layers.Conv2D(8, 3)])
<2>
"""


@pytest.mark.parametrize(
    ("number", "sizes"),
    [(0, ["20x10x3", "224x224"]), (1, ["224x224", "20x10x3"]), (2, ["20x10x3", "20x10x3"])],
)
def test_methods_that_build_models(number: int, sizes: list[str]) -> None:
    text = with_comments(KERAS, **{f"_{number}": f"    {HERE}" if number == 2 else HERE})
    networks = [own for own in read_source(text) if isinstance(own, SourceNetwork)]
    assert [own.text.partition("INPUT[")[2][:7] for own in networks] == sizes


FORM = "it has no size W x H x D, as in `# cnnsize: input 32x32x3`"
PROBLEMS = [
    ({"_3": "# cnnsize: input 32x"}, [f"`# cnnsize: input 32x` is not used: {FORM}"]),
    ({"_9": "# cnnsize: input=3 x 4"}, [f"`# cnnsize: input=3 x 4` is not used: {FORM}"]),
    ({"_2": "# cnnsize: input"}, [f"`# cnnsize: input` is not used: {FORM}"]),
    (
        {"_5": "# cnnsize: input 8x8"},
        ["`# cnnsize: input 8x8` is not used: Settings is no network of its own"],
    ),
    (
        {"_3": HERE, "_7": OTHER},
        [
            f"`{HERE}` is not used: the one on line 25 says another size",
            f"`{OTHER}` is not used: the one on line 15 says another size",
        ],
    ),
    (
        {"_15": HERE},
        [
            f"`{HERE}` is not used: it is in no class or function with a network, nor right before one"
        ],
    ),
    ({"_3": HERE, "_7": HERE, "_12": OTHER}, []),
    ({"_15": f"text = '{HERE}'"}, []),  # no comment
]


@pytest.mark.parametrize(("comments", "expected"), PROBLEMS)
def test_a_comment_that_is_not_used_is_named(comments: dict[str, str], expected: list[str]) -> None:
    source = with_comments(SOURCE, **comments)
    lines = {line for line, row in enumerate(source.split("\n"), 1) if "cnnsize:" in row}
    problems = input_comment_problems(source, WHOLE_FILE)
    assert [reason for _, reason in problems] == expected
    assert {line for line, _ in problems} <= lines
    for network in read_source(source):
        assert isinstance(network, SourceNetwork), network


def test_the_notes_of_show_and_check(tmp_path: Path) -> None:
    (tmp_path / "nets.py").write_text(with_comments(_9="# cnnsize: input 32x"))
    note = f"cnnsize: nets.py:29: `# cnnsize: input 32x` is not used: {FORM}\n"
    for command in ("check", "show"):
        _, _, errors = cnnsize(command, "nets.py:Net", cwd=tmp_path)
        assert errors.count(note) == 1, errors
    (tmp_path / "none.py").write_text(f"import torch.nn\n{HERE}\n")
    _, _, errors = cnnsize("check", "none.py", cwd=tmp_path)
    assert "none.py:2: `# cnnsize: input 20x10x3` is not used" in errors
