"""``print(model)`` of PyTorch: what is read as a chain, and what is refused, with its place."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnsize.language.parsed import Failed, ParsedArchitecture
from cnnsize.reading.document import parse_string
from cnnsize.text.diagnostic import Diagnostic
from tests.helpers import examples

SMALL = """Sequential(
  (0): Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))
  (1): ReLU(inplace=True)
  (2): Flatten(start_dim=1, end_dim=-1)
  (3): Linear(in_features=512, out_features=10, bias=True)
)"""
CHAIN = "CONV3-8(S=1, P=1, in=3) -> RELU -> FLATTEN -> FC-10(in=512)"


def read(text: str) -> ParsedArchitecture:
    (network,) = parse_string(text)
    assert isinstance(network, ParsedArchitecture), network.diagnostic
    return network


def refused(text: str) -> tuple[str, Diagnostic]:
    """Return the characters that an error points at, and the error."""
    (network,) = parse_string(text)
    assert isinstance(network, Failed), str(network)
    span = network.diagnostic.span
    return text[span.start : span.end], network.diagnostic


@pytest.mark.parametrize(
    "text",
    [
        SMALL,
        SMALL.replace("\n", "\r\n"),
        " ".join(SMALL.split()),
        "\n".join("        " + line for line in SMALL.split("\n")),
        "\n".join(line.strip() for line in SMALL.split("\n")),
        f">>> print(net)\n{SMALL}\n>>> ",
        f"In [4]: net\nOut[4]: \n{SMALL}",
        f"Out[12]: {SMALL}",
        f"net = {SMALL}",
        f"```\n{SMALL}\n```",
        f"\x1b[1m{SMALL}\x1b[0m",
        SMALL.split("\n", 1)[1],  # without the first line
        SMALL.split("\n", 1)[1].rsplit("\n", 1)[0],  # and without the last one
        SMALL.replace("\n  (", "\n  * ("),
        SMALL.replace("inplace=True)", "inplace=True)  # 8x8x8, keeps its size"),
        "\n".join(f"12:0{n} INFO {line}" for n, line in enumerate(SMALL.split("\n"))).replace(
            "INFO", "INFO:"
        ),
        "\n".join(f"INFO:root:{line}" for line in SMALL.split("\n")),
        re.sub(r"([A-Z]\w+)\(", r"\1 (", SMALL),  # PyTorch 0.3
        f"DataParallel(\n  (module): {SMALL}\n)",
        f"Sequential(\n  (a): Sequential()\n  (b): {SMALL}\n)",
    ],
)
def test_one_print_in_many_surroundings(text: str) -> None:
    assert str(read(text)) == CHAIN


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("Sequential(\n  (0-2): 3 x ReLU()\n)", "[RELU]*3"),
        (
            "Sequential(\n  (0-1): 2 x Sequential(\n    (0): Tanh()\n    (1): Dropout(p=0.5, inplace=False)\n  )\n)",
            "[TANH -> DROPOUT(0.5)]*2",
        ),
        ("Sequential(\n  (0): Tanh()\n  ...\n  (9): Sigmoid()\n)", "TANH -> ... -> SIGMOID"),
        (
            "Sequential(\n  (conv): Conv2d(3, 8, kernel_size=(1, 1), stride=(1, 1), padding=same)\n)",
            "CONV1-8(S=1, P=same, in=3)",
        ),
        (
            "Conv2dNormActivation(\n  (0): Conv2d(3, 8, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), bias=False)\n  (1): ReLU6(inplace=True)\n)",
            "CONV3-8(S=2, P=1, in=3, bias=no) -> RELU6",
        ),
    ],
)
def test_forms_of_a_print(text: str, canonical: str) -> None:
    assert str(read(text)) == canonical


def test_carets_point_into_the_print() -> None:
    network = read(SMALL)
    places = [network.piece(item.span)[1] for item in network.chain.items]
    assert places[0].startswith("Conv2d(3, 8") and places[0].endswith(")")
    assert places[1:] == [
        "ReLU(inplace=True)",
        "Flatten(start_dim=1, end_dim=-1)",
        "Linear(in_features=512, out_features=10, bias=True)",
    ]
    assert network.paste


def test_a_class_with_layers_is_read_in_the_order_of_its_list_and_says_so() -> None:
    listing = SMALL.replace("Sequential", "Digits").replace("(0)", "(conv)").replace("(3)", "(fc)")
    network = read(listing)
    assert str(network) == CHAIN
    assert network.notes[0].startswith("Digits is read in the order in which it lists its layers")
    assert not network.order_known  # its convolution may run anywhere
    features = f"Digits(\n  (features): {SMALL}\n  (head): Linear(in_features=10, out_features=2, bias=True)\n)"
    assert read(features).order_known
    assert not read(SMALL).notes


def test_a_class_in_lower_case_is_named_in_the_note() -> None:
    assert read(SMALL.replace("Sequential", "digits")).notes[0].startswith("digits is read in")


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("Net(\n  (layer1): Sequential(\n    (0): BasicBlock(\n      (conv1): ReLU()\n    )\n  )\n)",
         "BasicBlock", "BasicBlock has branches"),
        ("Net(\n  (stem): Stem(\n    (conv): ReLU()\n  )\n)", "Stem", "Stem is not a layer of this notation"),
        ("Net(\n  (parts): ModuleList(\n    (0): ReLU()\n  )\n)", "ModuleList", "does not run its modules"),
        ("Sequential(\n  (0): LSTM(3, 4)\n)", "LSTM", "LSTM is not a layer"),
        ("Sequential(\n  (0): Warp(3)\n)", "Warp", "Warp is not a layer"),
        ("Net(\n  (conv): ReLU()\n  (shortcut): Sequential(\n    (0): ReLU()\n  )\n)",
         "Sequential(\n    (0): ReLU()\n  )", "(shortcut) names a branch"),
        (SMALL.rsplit("\n", 1)[0], "Sequential", "is never closed: the print is cut off"),
        (SMALL[: SMALL.index("end_dim")], "(", "this parenthesis is never closed"),
        (SMALL[: SMALL.index("(2)") + 2], "Sequential", "the print is cut off"),
        ("Net(\n  (0): Sequential(\n    (0): Block(\n      (0): ReLU()", "Block", "Block is not a layer"),
        (f"{SMALL}\n{SMALL}", "S", "more than one module"),
        ("Sequential(\n  (0): ReLU()\n  Sigmoid\n  (1): ReLU()\n)", "Sigmoid", "expected a module"),
        ("Sequential(\n  (0-1): 0 x ReLU()\n)", "R", "cannot be repeated 0 times"),
    ],
)  # fmt: skip
def test_what_is_no_chain_is_refused_by_its_name(text: str, place: str, words: str) -> None:
    characters, diagnostic = refused(text)
    assert characters == place
    assert words in diagnostic.message
    assert not diagnostic.fixes


def test_arguments_that_were_left_out_are_not_guessed() -> None:
    characters, _ = refused("Sequential(\n  (0): Conv2d(...)\n  (1): ReLU()\n)")
    assert characters.startswith("Conv2d") or "..." in characters


@examples(300)
@given(
    st.integers(0, len(SMALL)),
    st.integers(0, len(SMALL)),
    st.sampled_from(["", "(", ")", "\n", "...", "x", "(0): "]),
)
def test_a_damaged_print_is_read_or_refused_with_a_place(start: int, end: int, new: str) -> None:
    text = SMALL[:start] + new + SMALL[max(start, end) :]
    for network in parse_string(text):
        if isinstance(network, Failed):
            assert 0 <= network.diagnostic.span.start <= len(text)


def test_no_module_after_other_text_is_dropped() -> None:
    text = "(a): Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))\n\nactivation: relu\n\n(b): Linear(in_features=8, out_features=2)\n"
    assert refused(text)[0] == "activation: relu"
