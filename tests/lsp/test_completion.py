"""Completion: the text after each item is accepted where the cursor (``^``) is."""

from __future__ import annotations

import pytest

from cnnsize.lsp.completion import completion
from tests.lsp.helpers import checked, edited

BLOCK = "cb(n) = CONV3-n\n"


def accepted(text: str, name: str = "net.cnn") -> dict[str, str]:
    """Return the text after each item is accepted, by the item's label."""
    before, _, after = text.partition("^")
    file = checked(before + after, name)
    items = completion(file, file.units.position(len(before)))
    return {item.label: edited(file, [item.text_edit]) for item in items}  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("text", "label", "expected"),
    [
        ("INPUT[8x8x3] -> CO^", "CONV", "INPUT[8x8x3] -> CONV"),
        ("INPUT[8x8x3] -> CO^NV3-64 -> RELU", "CONV", "INPUT[8x8x3] -> CONV3-64 -> RELU"),
        ("INPUT[8x8x3] -> [[^", "POOL", "INPUT[8x8x3] -> [[POOL"),
        ("INPUT[8x8x3] -> CAT{CONV|^}", "INPUT", "INPUT[8x8x3] -> CAT{CONV|INPUT}"),
        ("INPUT[8x8x3] -> AD^", "ADD{...}", "INPUT[8x8x3] -> ADD{"),
        ("INPUT[8x8x3] -> AD^{ID | CONV}", "ADD{...}", "INPUT[8x8x3] -> ADD{ID | CONV}"),
        ("INPUT[8x8x3] -> CONV3-8(^", "S=", "INPUT[8x8x3] -> CONV3-8(S="),
        ("INPUT[8x8x3] -> CONV3-8(str^ide=2)", "S=", "INPUT[8x8x3] -> CONV3-8(S=2)"),
        ("INPUT[8x8x3] -> CONV3-8(P=^)", "same", "INPUT[8x8x3] -> CONV3-8(P=same)"),
        ("INPUT[8x8x3] -> CONV3-8(padding=^)", "same", "INPUT[8x8x3] -> CONV3-8(padding=same)"),
        ("INPUT[8x8x3] -> CONV3-8(bias=^)", "no", "INPUT[8x8x3] -> CONV3-8(bias=no)"),
        (
            "INPUT[8x8x3] -> UP(factor=2, mode=b^)",
            "bicubic",
            "INPUT[8x8x3] -> UP(factor=2, mode=bicubic)",
        ),
        (f"{BLOCK}INPUT[8x8x3] -> c^", "cb(n)", f"{BLOCK}INPUT[8x8x3] -> cb("),
        (f"{BLOCK}INPUT[8x8x3] -> c^(8)", "cb(n)", f"{BLOCK}INPUT[8x8x3] -> cb(8)"),
        ("cb(n) = CONV3-^", "n", "cb(n) = CONV3-n"),
        ("INPUT[8x8x3] -> CONV3-^ where k in 1..2", "k", "INPUT[8x8x3] -> CONV3-k where k in 1..2"),
        ("net = I^", "INPUT", "net = INPUT"),
    ],
)
def test_the_half_typed_word_is_replaced(text: str, label: str, expected: str) -> None:
    assert accepted(text)[label] == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("README.md", "# CONV 🙂\n\n```cnn\nINPUT[8x8x3] -> CO^\n```\n"),
        ("README.md", "> 🙂\n>\n> ```cnn\n> INPUT[8x8x3] -> CO^\n> ```\n"),
        ("model.py", "x = 1  # cnnsize: INPUT[8x8x3] -> CO^\n"),
        ("model.py", '"""Doc.\n\n```cnn\nINPUT[8x8x3] -> CO^\n```\n"""\n'),
        ("doc.rst", ".. code-block:: cnn\n\n   INPUT[8x8x3] -> CO^\n"),
        (
            "n.ipynb",
            '{"cells": [{"cell_type": "markdown", "metadata": {}, "source": ["```cnn\\n", '
            '"INPUT[8x8x3] -> CO^\\n", "```"]}], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
        ),
    ],
)
def test_networks_in_other_text(name: str, text: str) -> None:
    assert accepted(text, name)["CONV"] == text.replace("CO^", "CONV")
    assert not accepted(text.replace("^", "").replace("CO", "CO", 1) + "\nCO^", name)


@pytest.mark.parametrize(
    "text",
    [
        "INPUT[^",
        "INPUT[8x8x3] -> CONV3-8(S=^",
        "INPUT[8x8x3] -> CONV3-^",
        "INPUT[8x8x3] # CO^",
        "INPUT[8x8x3] -> POOL*^",
    ],
)
def test_nothing_where_a_number_or_a_comment_is(text: str) -> None:
    assert accepted(text) == {}


def test_what_cannot_come_next_is_not_offered() -> None:
    assert "INPUT" not in accepted("INPUT[8x8x3] -> ^")
    assert "S=" not in accepted("INPUT[8x8x3] -> CONV3-8(S=2, ^")
    assert "vgg16" not in accepted("INPUT[8x8x3] ->\n  ^")
    assert "vgg16" not in accepted("x = 1  # cnnsize: ^ INPUT[8x8x3] -> CONV\n", "model.py")
    assert "vgg16" in accepted("# one\nvg^")
