"""The grammar of the guide is the parser's: strings are generated from its text, and the parser
must read them.

So are the laws of the formatter, on the same strings: formatting is idempotent, keeps the meaning,
and canonical text round-trips.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnsize
from cnnsize.language.cursor import Cursor
from cnnsize.language.format import formatted, layer_text, suffix_text
from cnnsize.language.layout import laid_out
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.parser import parse_statement as parse_strict
from cnnsize.language.tree import Chain, Group, Join, LayerNode
from cnnsize.limits import MAX_NESTING
from cnnsize.network import Network
from cnnsize.reading.statement import parse_statement
from cnnsize.sizing.layer_errors import check_layers
from cnnsize.sizing.size import sized
from cnnsize.text.diagnostic import ArchitectureError
from cnnsize.text.source import Source
from tests.helpers import ROOT, examples
from tests.strategies import networks

NOTATION = (ROOT / "cnnsize" / "guide" / "notation.md").read_text("utf-8")
TOKEN = re.compile(r'"[^"]*"|[a-zA-Z]+|[\[\]{}()|]')
LEAVES = {
    "NAME": st.sampled_from(
        ["CONV", "POOL", "FC", "RELU", "BN", "DWCONV", "TCONV", "DROPOUT", "GAP", "UP", "SLICE"]
    ),
    "name": st.sampled_from(["n", "width", "k2", "_a"]),
    "integer": st.integers(1, 99).map(str),
    "number": st.sampled_from(["0.5", "0.25", "1e-2"]),
    "word": st.sampled_from(["same", "yes", "bilinear"]),
    "key": st.sampled_from(["S", "P", "D", "G", "bias", "rate", "to", "mode", "stride"]),
}
# messages for what the grammar says in words, or leaves to the layers
BEYOND_GRAMMAR = (
    "reserved name",
    "gets a value twice",
    "is empty",
    "two or three sizes",
    "one INPUT",
    "joined by 'x'",
    "nested more than",
    "name for a parameter",
    "terms",
    "factors",
    "is a layer or a block",  # after a hyphen
)


def grammar() -> dict[str, str]:
    """Return the productions of the grammar block."""
    block = next(part for part in NOTATION.split("```") if part.lstrip().startswith("document"))
    rules: dict[str, str] = {}
    name = ""
    for line in block.strip().splitlines():
        head = re.match(r"(\w+)\s+= (.*)", line)
        if head:
            name = head[1]
            rules[name] = head[2]
        else:
            rules[name] += " " + line.strip()
    rules["expression"] = 'size { ("+" | "-" | "*" | "//") size }'  # the page says it in words
    rules["where"] = rules["where"].replace('{ "," the same }', "")
    return rules


RULES = grammar()


Node = tuple[
    str, object
]  # ("alternatives", [[node, ...], ...]), ("literal", text), ("rule", name), ("[", node) ...


def read(tokens: list[str], stop: str) -> Node:
    """Return the tree of a production's right side, and take its tokens off the front."""
    options: list[list[Node]] = [[]]
    while tokens and tokens[0] != stop:
        token = tokens.pop(0)
        if token == "|":
            options.append([])
        elif token in "[{(":
            options[-1].append((token, read(tokens, {"[": "]", "{": "}", "(": ")"}[token])))
        elif token.startswith('"'):
            options[-1].append(("literal", token[1:-1]))
        else:
            options[-1].append(("rule", token))
    if tokens:
        tokens.pop(0)
    return "alternatives", options


TREES = {name: read(TOKEN.findall(text), "") for name, text in RULES.items()}
SPACED = ("->", "where", "in", "=")
MINIMAL = {
    "shape": "[8x8]",
    "kernel": "3",
    "count": "*2",
    "size": "8",
    "value": "8",
    "option": "S=1",
    "expression": "8",
}


@st.composite
def sentence(draw: st.DrawFn, rule: str) -> str:
    """Return a string of a production."""

    def make(node: Node, depth: int) -> str:
        kind, inside = node
        if kind == "alternatives":
            assert isinstance(inside, list)
            return "".join(make(part, depth) for part in draw(st.sampled_from(inside)))
        if kind == "literal":
            return f" {inside} " if inside in SPACED else str(inside)
        if kind in "[{(":
            assert isinstance(inside, tuple)
            times = 1 if kind == "(" else draw(st.integers(0, 1 if kind == "[" or depth > 4 else 2))
            return "".join(make(inside, depth) for _ in range(times))
        name = str(inside)
        if name in LEAVES:
            return draw(LEAVES[name])
        if depth > 7:
            return MINIMAL.get(name, "RELU")
        return make(TREES[name], depth + 1)

    return make(TREES[rule], 0)


@examples(400)
@given(sentence("architecture"))
def test_what_readme_allows_is_read(text: str) -> None:
    blocks = frozenset(name for name in ("n", "width", "k2", "_a") if f"{name}(" in text)
    refusal: ArchitectureError | None = None
    try:
        statement = parse_strict(Cursor(text, blocks))
    except ArchitectureError as error:
        refusal = error
    if refusal is not None:
        diagnostic = refusal.diagnostic
        out_of_range = diagnostic.code in ("CNN004", "CNN009")
        assert out_of_range or any(part in diagnostic.message for part in BEYOND_GRAMMAR), refusal
        return
    canonical = formatted(statement)
    again = parse_strict(Cursor(canonical, blocks))
    assert formatted(again) == canonical


@examples(300)
@given(sentence("architecture"))
def test_formatting_keeps_the_meaning(text: str) -> None:
    blocks = frozenset(name for name in ("n", "width", "k2", "_a") if f"{name}(" in text)
    try:
        net = parse_statement(Source(text), blocks)
    except ArchitectureError:
        return
    again = parse_statement(Source(str(net)), blocks)
    assert str(again) == str(net)
    assert outcome(again) == outcome(net)


def outcome(net: ParsedArchitecture) -> object:
    """Return the numbers and faults of a network, or the code of the error."""
    try:
        network = Network.from_record(sized(net, (16, 16, 4)))
        return (
            network.output,
            network.params,
            network.macs,
            [problem.fault.code for problem in network.problems],
        )
    except ArchitectureError as error:
        return error.diagnostic.code


def shape_of(chain: Chain) -> list[object]:
    """Return a tree without its places, with each layer in one spelling."""
    parts: list[object] = []
    for item in chain.items:
        node = item.node
        if isinstance(node, Group):
            parts.append(("group", shape_of(node.chain)))
        elif isinstance(node, Join):
            parts.append((node.op, [shape_of(branch) for branch in node.branches]))
        else:
            assert isinstance(node, LayerNode)
            parts.append(layer_text(node))
        parts.append(suffix_text(item))
    return parts


@examples(400)
@given(networks)
def test_canonical_text_is_read_as_the_tree_that_it_was_written_from(text: str) -> None:
    tree = parse_strict(Cursor(text))
    canonical = formatted(tree)
    try:
        check_layers(tree.chain)
    except ArchitectureError as error:  # an impossible layer: the same in both texts
        with pytest.raises(ArchitectureError, match=error.diagnostic.code):
            parse_statement(Source(canonical))
        return
    net = parse_statement(Source(canonical))
    assert net.map is None, "informal text was not needed"
    assert shape_of(net.chain) == shape_of(tree.chain)
    assert str(net) == canonical
    assert outcome(net) == outcome(ParsedArchitecture(Source(text), tree))


STEPS = [
    "conv1",
    "conv2",
    "Conv3",
    "CONV1",
    "CONV2",
    "CONV3-8",
    "Conv32",
    "conv1_1",
    "Conv1(6@5x5)",
    "conv3x3(8)",
    "3x3 conv, 8",
    "Conv2D(8, 3x3)",
    "pool1",
    "pool2",
    "POOL2",
    "POOL3",
    "MaxPool2d(2)",
    "max pool",
    "AvgPool2",
    "relu1",
    "RELU6",
    "fc6",
    "fc7",
    "FC8",
    "FC10",
    "Dense 10",
    "UP2",
    "up1",
    "up2",
    "PAD1",
    "pad2",
    "BN",
    "dropout(0.5)",
    "2x [conv -> relu]",
    "[POOL1 -> POOL2]*2",
    "ADD{conv3 -> conv4 | ID}",
    "conv-relu",
    "softmax",
]


@examples(400)
@given(
    st.lists(st.sampled_from(STEPS), min_size=1, max_size=6),
    st.sampled_from([" -> ", " => ", " → ", "->", "\n-> "]),
)
def test_informal_text_means_what_its_canonical_text_means(steps: list[str], arrow: str) -> None:
    try:
        net = cnnsize.parse(arrow.join(["INPUT[16x16x4]", *steps]))
    except ArchitectureError:
        return
    again = cnnsize.parse(str(net))
    assert again.map is None
    assert str(again) == str(net)
    assert again.kinds() == net.kinds()
    assert outcome(again) == outcome(net)
    assert laid_out(again.statement) == laid_out(net.statement)


@pytest.mark.parametrize(
    ("operator", "word"), [("+", "terms"), ("-", "terms"), ("*", "factors"), ("//", "factors")]
)
def test_an_expression_of_a_size_may_have_max_nesting_operators(operator: str, word: str) -> None:
    def text(operators: int) -> str:
        return f"INPUT[8x8x3] -> FC-({f' {operator} '.join(['99'] + ['1'] * operators)})"

    cnnsize.parse(text(MAX_NESTING))
    with pytest.raises(ArchitectureError, match=f"more than {MAX_NESTING} {word}"):
        cnnsize.parse(text(MAX_NESTING + 1))
