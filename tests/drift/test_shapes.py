"""CNN127: comments with shapes are compared with the shapes of the layers beside them."""

from __future__ import annotations

from textwrap import dedent

import pytest

from cnnsize.drift.shape_comments import find_claims
from cnnsize.drift.shapes import check_shapes
from cnnsize.files.document import Document
from cnnsize.report.make import report
from cnnsize.report.result import Report
from cnnsize.report.texts import read_documents
from cnnsize.rewriting.fix import apply_fixes

HEAD = """\
import torch
import torch.nn as nn
import torch.nn.functional as F

maps = 16

"""


def net(*, first: str = "", said: str = "# cnnsize: input 40x40x3", **comments: str) -> str:
    """A network with comments beside its layers."""
    texts = {"conv": "", "pool": "", "line": "", "flat": "", "out": "", **comments}
    return HEAD + dedent(f"""\
        {said}
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.conv1 = nn.Conv2d(3, maps, 5)  {texts["conv"]}
                {first}
                self.pool = nn.MaxPool2d(2)  {texts["pool"]}
                self.conv2 = nn.Conv2d(maps, 2 * maps, 3)
                self.fc = nn.Linear(2 * maps * 64, 7)

            def forward(self, x):
                x = self.pool(F.relu(self.conv1(x)))  {texts["line"]}
                x = self.pool(F.relu(self.conv2(x)))
                x = x.view(x.size(0), -1)  {texts["flat"]}
                return self.fc(x)  {texts["out"]}
        """)


def summaries(text: str) -> list[str]:
    return [found.message for found in check_shapes(text, "net.py")]


@pytest.mark.parametrize(
    "comments",
    [
        {"conv": "# 40x40x3 -> 36x36x16"},
        {"conv": "# 3 x 40 x 40 => 16 x 36 x 36"},
        {"conv": "# -> 16x36x36"},
        {"conv": "# (B, 3, 40, 40) -> (B, 16, 36, 36)"},
        {"conv": "# output: 16 x 36 x 36"},
        {"conv": "# Output shape: [N, 16, 36, 36]"},
        {"conv": "# state size. (maps) x 36 x 36"},
        {"first": "# state size. maps x 36 x 36"},
        {"line": "# [N, 16, 18, 18]"},
        {"line": "# (batch_size, maps, 18, 18)"},
        {"line": "# (B, 18, 18, 16)"},
        {"line": "# torch.Size([8, 16, 18, 18])"},
        {"line": "# (B, 3, 40, 40)"},  # that of the input
        {"flat": "# (B, 2048)"},
        {"flat": "# [N, 32, 8, 8] -> [N, 2048]"},
        {"out": "# (B, 7)"},
        {"pool": "# -> 16x18x18"},  # once; it is applied twice
    ],
)
def test_comments_that_agree(comments: dict[str, str]) -> None:
    claims, _ = find_claims(net(**comments))
    assert len(claims) == 1
    assert summaries(net(**comments)) == []


@pytest.mark.parametrize(
    ("comments", "message", "fixed"),
    [
        (
            {"conv": "# 40x40x3 -> 38x38x16"},
            "the comment says 38x38x16, but the output is 16 x 36 x 36",
            "36x36x16",
        ),
        (
            {"conv": "# 32x32x3 -> 36x36x16"},
            "the comment says 32x32x3, but the input is 3 x 40 x 40",
            "40x40x3",
        ),
        (
            {"line": "# (B, 16, 18, 19)"},
            "the comment says (B, 16, 18, 19), but the output is 16 x 18 x 18",
            "(B, 16, 18, 18)",
        ),
        (
            {"line": "# [4, 32, 18, 18]"},
            "the comment says [4, 32, 18, 18], but the output is 16 x 18 x 18",
            "[4, 16, 18, 18]",
        ),
        (
            {"first": "# state size. (maps) x 35 x 36"},
            "the comment says (maps) x 35 x 36, but the output is 16 x 36 x 36",
            "(maps) x 36 x 36",
        ),
        (
            {"first": "# state size. (maps*2) x 36 x 36"},
            "the comment says (maps*2) x 36 x 36, but the output is 16 x 36 x 36",
            None,
        ),
        (
            {"flat": "# (B, 2047)"},
            "the comment says (B, 2047), but the output is 2048",
            "(B, 2048)",
        ),
        (
            {"out": "# output: (B, 10)"},
            "the comment says (B, 10), but the output is 7",
            "(B, 7)",
        ),
    ],
)
def test_comments_that_differ(comments: dict[str, str], message: str, fixed: str | None) -> None:
    (found,) = check_shapes(net(**comments), "net.py")
    assert found.message == message
    assert found.notes == ("input 40x40x3: the comment on line 7",)
    assert found.help == (() if fixed is None else (f"write {fixed}",))


@pytest.mark.parametrize(
    "comments",
    [
        {"conv": "# 3x3 filters"},
        {"conv": "# 16x35x35"},
        {"conv": "# (16, 3, 5, 5)"},  # the shape of its weights
        {"conv": "# -> 16x35x35 after padding"},
        {"conv": "# -> 35x35"},
        {"line": "# (B, C, H, W)"},
        {"line": "# (B, width, 17, 17)"},
        {"line": "# (B, 16, 324)"},  # of another rank
        {"flat": "# (B, 16, 17, 17)"},
        {"pool": "# -> 16x17x17"},  # it is applied twice
    ],
)
def test_comments_that_are_not_read(comments: dict[str, str]) -> None:
    assert summaries(net(**comments)) == []


def test_a_finding_as_text() -> None:
    (found,) = check_shapes(net(line="# (B, 16, 18, 19)"), "net.py")
    assert str(found) == dedent("""\
        info[CNN127] shape-comment-drift: the comment says (B, 16, 18, 19), but the output is 16 x 18 x 18
          --> net.py:18:49
           |
        18 |         x = self.pool(F.relu(self.conv1(x)))  # (B, 16, 18, 19)
           |                                                 ^^^^^^^^^^^^^^^
           = note: input 40x40x3: the comment on line 7
           = help: write (B, 16, 18, 18)""")


RIGHT = {"conv": "# 40x40x3 -> 36x36x16", "line": "# (B, 16, 18, 18)"}


@pytest.mark.parametrize(
    ("said", "comments", "count"),
    [
        ("", {**RIGHT, "flat": "# (B, 2000)"}, 1),  # the comments agree on the input
        ("", {**RIGHT, "flat": "# (B, 2000)", "out": "# (B, 8)"}, 2),
        ("", {"line": "# (B, 16, 17, 17)"}, 0),
        ("", {"conv": "# 36x36x3 -> 32x32x16", "line": "# (B, 16, 16, 16)"}, 0),
        ("# cnnsize: input 41x41x3", {"line": "# (B, 16, 17, 17)"}, 1),
        # written for another input
        ("# cnnsize: input 41x41x3", {"conv": "# -> 16x28x28", "line": "# (B, 16, 14, 14)"}, 0),
    ],
)
def test_only_a_known_input_makes_a_finding(
    said: str, comments: dict[str, str], count: int
) -> None:
    assert len(summaries(net(said=said, **comments))) == count


GENERATOR = (
    HEAD
    + """\
class Generator(nn.Module):
    def __init__(self, nz, ngf):
        super().__init__()
        self.main = nn.Sequential(
            # input is Z
            nn.ConvTranspose2d(nz, ngf * 4, 4, 1, 0),
            nn.ReLU(),
            # state size. (ngf*4) x 4 x 4
            nn.ConvTranspose2d(ngf * 4, ngf * 2, 4, 2, 1),
            nn.ReLU(),
            # state size. (ngf*2) x 8 x 8
            nn.ConvTranspose2d(ngf * 2, ngf, 4, 2, 1),
            nn.ReLU(),
            # state size. (ngf) x 16 x 16
            nn.ConvTranspose2d(ngf, 3, 4, 2, 1),
            nn.Tanh()
            # state size. (3) x 32 x 32
        )

    def forward(self, z):
        return self.main(z)
"""
)


def test_letters_are_compared_with_letters() -> None:
    assert summaries(GENERATOR) == []
    assert summaries(GENERATOR.replace("(ngf*2) x 8", "(ngf*3) x 8")) == [
        "the comment says (ngf*3) x 8 x 8, but the output is (2*ngf) x 8 x 8"
    ]
    assert summaries(GENERATOR.replace("(ngf) x 16 x 16", "(ngf) x 18 x 18")) == [
        "the comment says (ngf) x 18 x 18, but the output is ngf x 16 x 16"
    ]
    assert summaries(GENERATOR.replace("(ngf*2) x 8", "(ndf*3) x 8")) == []


BLOCKS = (
    HEAD
    + """\
class Block(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, 2, 1)

    def forward(self, x):
        x = self.conv(x)  # (B, 8, 15, 15)
        return F.relu(x)


# cnnsize: input 32x32x3
class Net(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.stem = Block(3, 8)  # -> 8x16x16
        self.body = nn.Sequential(
            Block(8, 16),  # -> 16x8x8
            Block(16, 32),  # -> 32x4x5
        )
        self.head = nn.Linear(32, classes)

    def forward(self, x):
        x = self.body(self.stem(x))  # (B, 32, 4, 4)
        x = x.mean([2, 3])  # (B, 33)
        return self.head(x)  # (B, 1000)
"""
)


def test_modules_of_the_file_have_shapes_too() -> None:
    """A block that runs on several sizes says nothing, and a default may be another number."""
    assert summaries(BLOCKS) == [
        "the comment says 32x4x5, but the output is 32 x 4 x 4",
        "the comment says (B, 33), but the output is 32",
    ]


def checked(text: str) -> Report:
    return report(read_documents([Document(text, "net.py", models=True)]))


def test_the_fix_changes_the_number_alone() -> None:
    text = net(conv="# 40x40x3 -> 38x38x16", line="# (B, 16, 18, 19)")
    fixed = apply_fixes(text, checked)
    assert fixed.text == net(conv="# 40x40x3 -> 36x36x16", line="# (B, 16, 18, 18)")
    assert len(fixed.fixed) == 2


def test_the_file_is_read_for_comments_only_where_models_are_asked_for() -> None:
    text = net(line="# (B, 16, 18, 19)")
    assert [found.code for found in checked(text).diagnostics] == ["CNN127"]
    assert report(read_documents([Document(text, "net.py")])).diagnostics == ()


@pytest.mark.parametrize(
    "text",
    [
        "x = (  # -> 16x5x5\n",
        "# (" * 2_000 + "B, 64, 7, 7)",
        "import torch.nn as nn\nx = 1  # " + "(B, 64, 7, 7) -> " * 200,
        "import torch.nn as nn\nx = 1  # (B, " + "9" * 400 + ", 7, 7)",
        "import torch.nn as nn\nx = 1  # (B, 8**9**9, 7, 7)\n" * 50,
        "é = 1  # -> 16x5x5",
    ],
)
def test_odd_files_are_silent(text: str) -> None:
    assert summaries(text) == []
