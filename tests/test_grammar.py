"""README's grammar is the parser's: strings are generated from its text, and the parser must read them.

So are the laws of the formatter, on the same strings: formatting is idempotent, keeps the meaning, and
canonical text round-trips.
"""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from cnnsize.language.format import formatted
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.parser import Parser
from cnnsize.network import Network
from cnnsize.reading.document import parse_statement
from cnnsize.sizing.size import sized
from cnnsize.text.diagnostic import ArchitectureError
from cnnsize.text.source import Source

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
TOKEN = re.compile(r'"[^"]*"|[a-zA-Z]+|[\[\]{}()|]')
LEAVES = {
    "NAME": st.sampled_from(["CONV", "POOL", "FC", "RELU", "BN", "DWCONV", "TCONV", "DROPOUT", "GAP", "UP", "SLICE"]),
    "name": st.sampled_from(["n", "width", "k2", "_a"]),
    "integer": st.integers(1, 99).map(str),
    "number": st.sampled_from(["0.5", "0.25", "1e-2"]),
    "word": st.sampled_from(["same", "yes", "bilinear"]),
    "key": st.sampled_from(["S", "P", "D", "G", "bias", "rate", "to", "mode", "stride"]),
}
# what the grammar's text says in words, or leaves to the layers
SAID = (
    "reserved name",
    "bound twice",
    "is empty",
    "two sizes or three",
    "one INPUT",
    "next to an x",
    "bracket nest",
    "names for",
    "terms",
    "factors",
    "it is the next layer",  # a block behind a hyphen
)


def grammar() -> dict[str, str]:
    """The productions of README's grammar block."""
    block = next(part for part in README.split("```") if part.lstrip().startswith("document"))
    rules: dict[str, str] = {}
    name = ""
    for line in block.strip().splitlines():
        head = re.match(r"(\w+)\s+= (.*)", line)
        if head:
            name = head[1]
            rules[name] = head[2]
        else:
            rules[name] += " " + line.strip()
    rules["expression"] = 'size { ("+" | "-" | "*" | "//") size }'  # said in words
    rules["where"] = rules["where"].replace('{ "," the same }', "")
    return rules


RULES = grammar()


Node = tuple[str, object]  # ("alternatives", [[node, ...], ...]), ("literal", text), ("rule", name), ("[", node) ...


def read(tokens: list[str], stop: str) -> Node:
    """The tree of a production's right side; takes its tokens off the front."""
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
def said(draw: st.DrawFn, rule: str) -> str:
    """A string of a production."""

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


@settings(max_examples=400)
@given(said("architecture"))
def test_what_readme_allows_is_read(text: str) -> None:
    blocks = frozenset(name for name in ("n", "width", "k2", "_a") if f"{name}(" in text)
    refused: ArchitectureError | None = None
    try:
        statement = Parser(text, blocks).statement()
    except ArchitectureError as wrong:
        refused = wrong
    if refused is not None:
        found = refused.diagnostic
        assert found.code in ("CNN004", "CNN009") or any(part in found.message for part in SAID), str(refused)
        return
    canonical = formatted(statement)
    again = Parser(canonical, blocks).statement()
    assert formatted(again) == canonical


@settings(max_examples=300)
@given(said("architecture"))
def test_formatting_keeps_the_meaning(text: str) -> None:
    blocks = frozenset(name for name in ("n", "width", "k2", "_a") if f"{name}(" in text)
    try:
        net = parse_statement(Source(text), blocks)
    except ArchitectureError:
        return
    again = parse_statement(Source(str(net)), blocks)
    assert str(again) == str(net)

    def outcome(one: ParsedArchitecture) -> object:
        try:
            network = Network.from_record(sized(one, (16, 16, 4)))
            return network.output, network.params, network.macs, [problem.fault.code for problem in network.problems]
        except ArchitectureError as wrong:
            return wrong.diagnostic.code

    assert outcome(again) == outcome(net)
