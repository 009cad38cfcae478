"""Every place that a finding names lies in its text, whatever the text: spans, labels, edits, lines
and columns.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnsize
from cnnsize import ArchitectureError
from cnnsize.files.document import Document
from cnnsize.lint.selection import RuleChoice, resolve_selection, rules
from cnnsize.report.make import report
from cnnsize.report.result import Report
from cnnsize.report.texts import read_documents
from cnnsize.rewriting.fmt import format_string, format_text
from cnnsize.sizing.settings import TORCH
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.span import Position, Span
from tests.helpers import examples
from tests.strategies import networks

EVERY_RULE = resolve_selection([RuleChoice("here", ("ALL",))], TORCH, rules())
VALID = [
    "INPUT[32x32x3] -> [[CONV3-64 -> RELU]*2 -> POOL2]*3 -> FC-512 -> RELU -> FC-10",
    "INPUT[11x11x4] -> CONV3-4(S=4, P=0) -> ADD{CONV3-8 -> RELU | ID} -> POOL3 -> POOL2 -> FC(K=10)",
    "INPUT[28x28x1] -> [CONV5-k -> TANH -> POOL?]*N -> FC-10: [1x1x10] where N in 0..3, k = 8",
    "INPUT -> CAT{CONV1-8 | CONV(F=5, K=(2*4)) | [POOL3(S=1, P=1)]*2} -> GAP -> ... -> FC",
    "b(k) = CONV3-k -> BN\nc(k, s) = ADD{b(k)*2 | CONV1-k(S=s)}\nnet = INPUT[33x33x3] -> c(8, 2) -> POOL2 -> b(9) -> FC-10",
    "c1(k) = conv(3x3, k)\nd(k) = c1(k) => relu\n\nINPUT[8x8x3] => d(8) => POOL3\nnet2 = INPUT[9x9x3] -> d(8) -> Conv2D(8, 3x3)",
    "e(k) =\n  CONV3-k ->  # filters\n  RELU\n# a comment\nINPUT[8x8x3]\n -> e(5)\n -> POOL3\n -> FC-10",
    "conv1 -> pool1 -> conv2 -> pool2 -> fc3 -> softmax",
    "28x28x1 -> 3x3 conv, 64 -> 2x2 max pool -> Dense 10 (softmax)",
    "Input\n  ↓\nConv2D(32, 3x3)\n  ↓\nMaxPool2d(2)\n  ↓\nFC 10",
    "# INPUT[8x8x3] => CONV => POOL3\n# => FC-10",
    "// INPUT[8x8x3] -> CONV3-8 -> RELU",
    "Conv2d(3, 32, 3)\nReLU\nMaxPool2d(2)\nLinear(128, 10)",
]
BITS = [
    "->",
    " -> ",
    "=>",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    "*",
    "*N",
    "*2",
    "?",
    ":",
    "-",
    "|",
    "=",
    ",",
    "x",
    "..",
    "\n",
    "\n# ",
    "#",
    "//",
    " ",
    "3",
    "1",
    "k",
    "POOL2",
    "conv1",
    "fc6",
    "RELU",
    ": [8x8x3]",
    "(S=2)",
    "INPUT",
    "b(k) = ",
    "b(8)",
    "net = ",
    " where ",
    "N in 0..2",
    "↓",
    "→",
    "é",
    "卷积",
    "`",
    "'",
    "$",
    "/",
    ">",
    ";",
    "POLL",
    "FC-10",
    "×",
    "ADD{",
    " | ID}",
    "3x ",
]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A valid text with some changes: a piece put in, taken out, or said twice; an end cut off;
    other lines.
    """
    text = draw(st.one_of(st.sampled_from(VALID), networks))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(text)))
        end = min(len(text), at + draw(st.sampled_from([0, 0, 1, 1, 2, 3, 8, 30])))
        change = draw(
            st.sampled_from(
                ["put", "put", "put", "drop", "again", "cut", "lines", "comment", "behind"]
            )
        )
        if change == "put":
            text = text[:at] + draw(st.sampled_from(BITS)) + text[end:]
        elif change == "drop":
            text = text[:at] + text[end:]
        elif change == "again":
            text = text[:end] + text[at:]
        elif change == "cut":
            text = text[:at]
        elif change == "lines":
            text = text.replace(" -> ", " \n ")
        elif change == "comment":
            text = "\n".join(f"# {line}" for line in text.split("\n"))
        else:
            text += "\n" + draw(st.sampled_from(VALID))
    return text


def between(text: str, start: Position, end: Position) -> str:
    """The characters of a file from one place to another."""
    lines = text.split("\n")

    def offset(place: Position) -> int:
        assert 1 <= place.line <= len(lines)
        assert 1 <= place.column <= len(lines[place.line - 1]) + 1
        return sum(len(line) + 1 for line in lines[: place.line - 1]) + place.column - 1

    assert start <= end
    return text[offset(start) : offset(end)]


def check_places(found: Diagnostic, file: str, mark: str = "") -> None:
    """``mark`` begins every line of the file, and is not in the text of the finding."""
    source = found.source
    assert source is not None
    spans = [found.span, *(label.span for label in found.related)]
    spans += [edit.span for fix in found.fixes for edit in fix.edits]
    for span in spans:
        assert 0 <= span.start <= span.end <= len(source.text)
        there = between(file, *source.positions(span))
        assert re.sub(f"\n{mark}", "\n", there) == source.text[slice(*span)]
    assert (found.location, found.end_location) == source.positions(found.span)


def check_report(found: Report, file: str, mark: str = "") -> None:
    for one in found.diagnostics:
        check_places(one, file, mark)
    for net in found.architectures:
        for step in net.layers:
            assert net.text[slice(*step.span)] == step.text
        for span, _, _ in net.architecture.readings if net.architecture else ():
            assert 0 <= span.start <= span.end <= len(net.text)


@examples(200)
@given(mutated())
def test_every_place_lies_in_its_text(text: str) -> None:
    check_report(cnnsize.check(text, selection=EVERY_RULE), text)
    check_report(report(read_documents([Document(text, "a.cnn")]), selection=EVERY_RULE), text)
    quoted = "Read this:\n\n> ```cnn\n> " + text.replace("\n", "\n> ") + "\n> ```\n"
    check_report(
        report(read_documents([Document(quoted, "a.md")]), selection=EVERY_RULE), quoted, "> ?"
    )
    try:
        cnnsize.parse(text)
    except ArchitectureError as wrong:
        if wrong.diagnostic.source is not None:
            check_places(wrong.diagnostic, text)


@examples(200)
@given(mutated())
def test_what_fmt_writes_is_read_as_what_it_was_written_from(text: str) -> None:
    for name, whole in (("<string>", True), ("a.cnn", False)):
        rewrite = format_string if whole else format_text
        done = rewrite(text, name)
        for one in done.diagnostics:
            check_places(one, text)
        again = rewrite(done.text, name)
        assert again.text == done.text
        if done.diagnostics or done.unchanged:
            continue
        assert not again.diagnostics
        before, after = (
            report(read_documents([Document(one, None if whole else name)]))
            for one in (text, done.text)
        )
        check_report(after, done.text)
        assert [str(net.architecture) for net in after.architectures] == [
            str(net.architecture) for net in before.architectures
        ]
        assert [net.output for net in after.architectures] == [
            net.output for net in before.architectures
        ]
        assert [net.params for net in after.architectures] == [
            net.params for net in before.architectures
        ]


@examples(200)
@given(mutated())
def test_what_str_prints_is_what_parse_reads(text: str) -> None:
    try:
        net = cnnsize.parse(text)
    except ArchitectureError:
        return
    assert str(cnnsize.parse(str(net))) == str(net)
    assert str(cnnsize.parse(str(net), name=net.name)) == str(net)


ENDS = [  # (text, code, the characters that the finding is about)
    ("INPUT[-", "CNN004", "-"),
    ("INPUT[8x8x3] -> FC[-", "CNN004", "-"),
    ("[ADD{CONV1-4 -> RELU | CONV1-4}]*-", "CNN004", "*-"),
    ("INPUT[9x13x3] -> AVGPOOL3*N..", "CNN008", ".."),
    ("b(k) = CONV3-k\nINPUT[9x13x3] -> b(3)*N..", "CNN008", ".."),
    ("#$", "CNN001", "#$"),
    ("# INPUT -> CONV -> POLL", "CNN002", "POLL"),
    ("// INPUT -> POLL -> CONV", "CNN002", "POLL"),
    ("\n# INPUT -> CONV\n#  -> POLL", "CNN002", "POLL"),
    ("b(k) = CONV3-k -> POLL\nINPUT[8x8x3] -> b(8)", "CNN002", "POLL"),
    ("b(k) = CONV3-k", "CNN001", "b"),
    ("b(k) = CONV3-LU", "CNN008", "CONV3-LU"),
]


@pytest.mark.parametrize(("text", "code", "about"), ENDS)
def test_places_at_the_end_in_comments_and_in_blocks(text: str, code: str, about: str) -> None:
    found = next(one for one in cnnsize.check(text).diagnostics if one.severity == "error")
    check_places(found, text)
    assert found.code == code
    assert found.source is not None
    assert found.source.text[slice(*found.span)] == about
    assert between(text, found.location, found.end_location) == about


def test_an_empty_span_behind_a_block_ends_where_it_begins() -> None:
    found = cnnsize.check("b(k) = CONV3x1-k\nRELU -> b(9)").diagnostics[0]
    assert (found.code, found.span) == ("CNN005", Span(17, 17))
    assert found.location == found.end_location == Position(2, 1)


@pytest.mark.parametrize(
    "text",
    ["down(k) = CONV(8)", "b(g) = -> FC", 'b10() = -> FC"', "res() = DROPOUT", "# b(k) = CONV-k"],
)
def test_a_block_alone_is_no_network(text: str) -> None:
    with pytest.raises(ArchitectureError):
        cnnsize.parse(text)
    assert cnnsize.check(text).count("error") == 1


def test_an_error_knows_its_place_in_the_text() -> None:
    text = "b(k) = CONV3-k\nnet = INPUT[8x8x3] ->\n  b(j)"
    with pytest.raises(ArchitectureError) as wrong:
        cnnsize.parse(text).sized()
    assert wrong.value.diagnostic.location == Position(3, 5)
    assert str(wrong.value).startswith("3:5: CNN008")
    with pytest.raises(ArchitectureError) as wrong:
        cnnsize.parse("INPUT[8x8x3] -> POLL")
    assert wrong.value.diagnostic.location == Position(1, 17)


def test_layers_one_a_line_are_no_networks_however_they_are_written() -> None:
    text = "Conv2d(3, 32, 3)\nReLU\nLinear(64, 10)"
    found = cnnsize.check(text).diagnostics[0]
    assert "one per line" in found.message
    assert found.help == ("CONV3-32(P=0, in=3) -> RELU -> FC-10(in=64)",)
    assert format_text(text, "a.cnn").diagnostics
    assert format_string(text, "<string>").diagnostics


def test_fmt_leaves_lines_alone_that_would_become_one_network() -> None:
    done = format_string("conv > relu\nelu > pool", "<string>")
    assert done.text == "conv > relu\nelu > pool"
    assert "2 networks" in done.diagnostics[0].message
