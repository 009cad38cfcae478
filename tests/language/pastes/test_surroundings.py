"""What stands around a paste: marks before its lines, prose, and output after code."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import pytest

from cnnsize.language.pastes.clean import clean
from cnnsize.language.pastes.registry import find_reader
from cnnsize.text.span import Span
from tests.language.pastes.test_printed import CHAIN, SMALL, read, refused

CODE = dedent("""\
    class Small(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 8, 3)
            self.head = nn.Linear(8, 2)

        def forward(self, x):
            x = F.relu(self.conv(x)).mean((2, 3))
            return self.head(x)
    """)
CODE_CHAIN = "CONV3-8(P=0, in=3) -> RELU -> GAP -> FC-2(in=8)"
OUTPUT = """Small(
  (conv): Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))
  (head): Linear(in_features=8, out_features=2, bias=True)
)"""
TABLE = """Layer (type)                 Output Shape              Param #
=================================================================
conv2d (Conv2D)              (None, 9, 9, 7)           70
_________________________________________________________________
dense (Dense)                (None, 2)                 16
================================================================="""


def numbered(text: str, form: str, first: int = 1) -> str:
    return "\n".join(
        form.format(number) + line for number, line in enumerate(text.split("\n"), first)
    )


def quoted(text: str, mark: str = "> ") -> str:
    return "\n".join(mark + line for line in text.split("\n"))


@pytest.mark.parametrize(
    "mark",
    [
        *(lambda text, form=form: numbered(text, form, 8) for form in ("{}: ", "{:>4} | ", "{}\t")),
        *(lambda text, mark=mark: quoted(text, mark) for mark in ("> ", ">", "> > ", " >> ")),
        lambda text: f"`{text}`",
        lambda text: numbered(quoted(text), "{} "),
        *(lambda text, mark=mark: quoted(text, mark) for mark in ("# ", "    //")),
    ],
)
def test_marks_before_lines_are_taken_off(mark: Callable[[str], str]) -> None:
    assert str(read(mark(SMALL))) == CHAIN
    assert str(read(mark(CODE))) == CODE_CHAIN


def test_places_are_those_of_the_marked_text() -> None:
    text = quoted("Hello,\n" + SMALL.replace("ReLU(inplace=True)", "Residual(3)"))
    assert refused(text)[0] == "Residual"
    network = read(quoted(CODE))
    span = network.original(Span(0, len("CONV3-8")))
    assert network.text[span.start : span.end] == "nn.Conv2d(3, 8, 3)"


def test_two_lines_are_not_marked() -> None:
    text = "1 conv\n2 conv"
    assert clean(text).map is None
    assert clean("> conv\n> conv").map is None
    assert clean(">>> a\n>>> b\n>>> c").text == ">>> a\n>>> b\n>>> c"


@pytest.mark.parametrize(
    ("text", "canonical", "ignored"),
    [
        (f"Here is my model:\n\n{CODE}", CODE_CHAIN, "Here is my model:"),
        (f"{CODE}\n\nWhy does it not learn? I don't know.", CODE_CHAIN, "Why does it not learn"),
        (f"{CODE}\nOutput:\n", CODE_CHAIN, "Output:"),
        (
            f'{CODE}\nTraceback (most recent call last):\n  File "a.py", line 3\nValueError: no',
            CODE_CHAIN,
            "the traceback",
        ),
        (f"{CODE}\nnet = Small()\nprint(net)\n\n{OUTPUT}\n", CODE_CHAIN, "and not the print"),
        (
            "m = Sequential([Input((9, 9, 1)), Conv2D(7, 3, padding='same'), Flatten(), Dense(2)])\n"
            f"m.summary()\n{TABLE}",
            "INPUT[9x9x1] -> CONV3-7(P=same) -> FLATTEN -> FC-2",
            "and not the table",
        ),
    ],
)
def test_what_is_not_the_model_is_ignored_with_a_note(
    text: str, canonical: str, ignored: str
) -> None:
    network = read(text)
    assert str(network) == canonical
    assert any(ignored in note for note in network.notes), network.notes


def test_output_is_read_where_the_code_before_it_builds_no_model() -> None:
    text = f"import torch\nfrom models import small\nnet = small()\nprint(net)\n{OUTPUT}"
    assert str(read(text)) == "CONV3-8(S=1, P=0, in=3) -> FC-2(in=8)"


@pytest.mark.parametrize(
    "line",
    [
        "so I use self.pool = nn.MaxPool2d(2)",  # a layer
        "nn.ReLU() nn.Sigmoid()",
        "x = = 3",
    ],
)
def test_a_line_that_may_be_code_is_not_ignored(line: str) -> None:
    _, diagnostic = refused(f"{CODE}\n{line}\n")
    assert diagnostic.message.startswith("this is not complete Python code")


def test_a_plain_list_with_numbers_is_no_paste() -> None:
    assert find_reader("1. conv\n2. relu\n3. pool") is None
