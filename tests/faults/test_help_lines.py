"""Whatever a line of help shows is read and applied here, and does what the line says."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnsize
from cnnsize import ArchitectureError
from cnnsize.faults.edit import items, layer_edits, with_option
from cnnsize.language.tree import LayerNode
from cnnsize.layers.names import NOT_OURS
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.edits import apply_edits
from tests.helpers import examples

QUOTED = re.compile(r"`([^`]+)`")
JOINS = re.compile(r"(?:ADD|MUL|CAT)\{[^{}]*\}")
OPTION_LINE = re.compile(r"(?:exact: |fits: |use )?[A-Z] = ")
OPTIONS = re.compile(r"\b(\w+) = (\d+(?:x\d+)?(?: or \d+(?:x\d+)?)*)(?!x)")
INPUTS = re.compile(r"^fits: input (\d.*)$")


def codes(text: str) -> list[tuple[str, str | None]]:
    return [(diagnostic.code, diagnostic.path) for diagnostic in cnnsize.check(text).diagnostics]


def applied(text: str, diagnostic: Diagnostic, key: str, value: str) -> str | None:
    """Return the text with an option of the layer that a finding is about."""
    network = cnnsize.parse(text)
    for item in items(network):
        if network.original(item.span) == diagnostic.span and isinstance(item.node, LayerNode):
            pair = tuple(map(int, value.split("x")))
            node = with_option(item.node, key, pair if len(pair) == 2 else pair[0])
            return apply_edits(text, layer_edits(network, item, node))
    return None


def check_line(text: str, diagnostic: Diagnostic, line: str) -> int:
    """Read and apply all that a line of help shows. Return how many things these are."""
    count = 0
    for quoted in QUOTED.findall(line):
        if quoted.startswith("*"):
            assert re.fullmatch(r"\*\d+", quoted)
        elif quoted != " -> ":
            cnnsize.parse(f"INPUT[8x8x3] -> CAT{{{quoted} | ID}}")
        count += 1
    if match := INPUTS.match(line):
        for size in match[1].split(" or "):
            sides = [int(side) for side in size.split("x")] * 2
            depth = cnnsize.parse(text).sized().input.D
            assert cnnsize.parse(text).sized(input=(sides[0], sides[1], depth)).valid, line
            count += 1
        return count
    if OPTION_LINE.match(line):
        for key, values in OPTIONS.findall(line):
            for value in values.split(" or "):
                changed = applied(text, diagnostic, key, value)
                assert changed is not None and changed != text, (text, line)
                assert (diagnostic.code, diagnostic.path) not in codes(changed), (changed, line)
                count += 1
    return count


FAULTY = {
    "INPUT[10x10x3] -> CONV3-8(S=2, P=0) -> RELU": 6,
    "INPUT[8x8x3] -> CONV3-8 -> AVGPOOL7 -> FC-10": 6,
    "INPUT[8x8x96] -> CONV3-64(G=5) -> RELU": 2,
    "INPUT[8x8x6] -> CONV3-8(G=3) -> RELU": 4,
    "INPUT[8x8x3] -> CONV3-8(S=2, P=same) -> RELU": 2,
    "INPUT[8x8x3] -> POOL2(P=2) -> RELU": 1,
    "INPUT[31x31x3] -> CAT{ID | POOL2(ceil=yes) -> UP2} -> RELU": 3,
    "INPUT[16x16x3] -> CONV3-8 -> ADD{CONV3-16(S=2, P=1) | ID} -> RELU": 3,
}


@pytest.mark.parametrize("text", FAULTY)
def test_the_help_of_a_fault_does_what_it_says(text: str) -> None:
    (diagnostic, *_) = [
        each for each in cnnsize.check(text).diagnostics if each.severity == "error"
    ]
    shown = sum(check_line(text, diagnostic, line) for line in diagnostic.help)
    assert shown == FAULTY[text], diagnostic.help


CHAIN = st.sampled_from(
    [
        "CONV3-8(S=2, P=0)",
        "CONV5-6(S=3, P=0)",
        "CONV3x5-6(S=3, P=0, D=2)",
        "CONV3-8(G=3)",
        "CONV3-8(S=2, P=same)",
        "CONV9-4(P=0)",
        "POOL",
        "POOL3",
        "POOL2(P=2)",
        "AVGPOOL7",
        "AVGPOOL5(S=2)",
        "[CONV3-8 -> RELU -> POOL2]*3",
        "RELU",
        "BN",
        "UP2",
        "TCONV2-8(S=2)",
        "PIXELUNSHUFFLE2",
        "CAT{ID | POOL2(ceil=yes) -> UP2}",
        "ADD{CONV3-8(S=2, P=1) -> BN | ID}",
        "CONV3-8: [12x12x8]",
        "FC-5(in=128)",
        "GAP",
    ]
)


@examples(80)
@given(
    st.integers(3, 40), st.integers(3, 40), st.lists(CHAIN, min_size=1, max_size=5), st.booleans()
)
def test_the_help_of_random_networks_does_what_it_says(
    w: int, h: int, chain: list[str], square: bool
) -> None:
    text = f"INPUT[{w}x{w if square else h}x4] -> {' -> '.join(chain)}"
    try:
        report = cnnsize.check(text)
    except ArchitectureError:
        return
    for diagnostic in report.diagnostics:
        for line in diagnostic.help:
            check_line(text, diagnostic, line)


@pytest.mark.parametrize("word", NOT_OURS)
def test_what_is_shown_for_a_word_that_is_no_layer_can_be_read(word: str) -> None:
    for example in JOINS.findall(NOT_OURS[word]):
        text = example.replace("a | b", "RELU | TANH").replace("...", "RELU")
        if "{RELU}" not in text:  # MUL{...} shows no branches
            cnnsize.parse(f"INPUT[8x8x64] -> {text}").sized()
