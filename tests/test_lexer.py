"""The Pygments lexer: what each part of a network is, and that no text is an error."""

from __future__ import annotations

import re

import pytest
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, Punctuation

from cnnsize.layers.names import CANONICAL
from cnnsize.lexer import CnnLexer
from tests.helpers import ROOT


def tokens(text: str) -> list[tuple[object, str]]:
    """The tokens of a text without blanks."""
    return [(kind, word) for kind, word in CnnLexer().get_tokens(text) if word.strip()]


def test_the_parts_of_a_network() -> None:
    text = "cb(f, k) = CONV-k(F=f, bias=no) -> BN\nINPUT[8x8x3] -> ADD{cb(3, N)*2 | ID} where N in {8, 16} # two"
    kinds = dict(reversed([(word, kind) for kind, word in tokens(text)]))
    assert kinds["cb"] is Name.Function
    assert kinds["CONV"] is kinds["BN"] is kinds["INPUT"] is Name.Builtin
    assert kinds["F"] is kinds["bias"] is Name.Attribute
    assert kinds["no"] is kinds["ID"] is Keyword.Constant
    assert kinds["ADD"] is kinds["where"] is kinds["in"] is Keyword
    assert kinds["N"] is Name.Variable
    assert kinds["->"] is kinds["|"] is kinds["x"] is Operator
    assert kinds["{"] is Punctuation
    assert kinds["16"] is Number
    assert kinds["# two"] is Comment.Single


def test_a_letter_for_a_width_is_no_call() -> None:
    assert (Name.Variable, "w") in tokens("CONV3-w(S=2)")
    assert (Name.Function, "stem") in tokens("CONV3-8 -> stem(2)")


@pytest.mark.parametrize("kind", CANONICAL)
def test_every_layer_is_a_name(kind: str) -> None:
    assert tokens(f"{kind}3-64")[0] == (Name.Builtin, kind)
    assert tokens(f"{kind.lower()}")[0] in [
        (Name.Builtin, kind.lower()),
        (Keyword.Constant, kind.lower()),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("MaxPool2d(2)", ["MaxPool2d", "(", "2", ")"]),
        ("CONV3x1-64", ["CONV", "3", "x", "1", "-", "64"]),
        ("INPUT[32x32x3]", ["INPUT", "[", "32", "x", "32", "x", "3", "]"]),
        ("N in 1..4", ["N", "in", "1", "..", "4"]),
        ("a => b → c", ["a", "=>", "b", "→", "c"]),
        ("# one\r\nFC", ["# one", "FC"]),
        ("=" * 50_000, ["=" * 50_000]),  # in linear time
        ("-" * 50_000, ["-" * 50_000]),
    ],
)
def test_words_are_cut_where_the_notation_cuts_them(text: str, words: list[str]) -> None:
    assert [word for _, word in tokens(text)] == words


def texts() -> list[str]:
    """The zoo, the blocks of the guide and the README, and informal strings."""
    pages = [*(ROOT / "cnnsize" / "guide").glob("**/*.md"), ROOT / "README.md"]
    fences = [
        block
        for page in pages
        for block in re.findall(r"(?ms)^```[^\n]*\n(.*?)^```", page.read_text("utf-8"))
    ]
    readings = (ROOT / "tests" / "data" / "readings.csv").read_text("utf-8")
    zoo = [path.read_text("utf-8") for path in (ROOT / "cnnsize" / "zoo").glob("*.cnn")]
    return [*zoo, *fences, readings, "\x00\x1b[1m𝔸 ~ @ `é"]


def test_no_text_is_an_error_and_none_is_lost() -> None:
    for text in texts():
        pairs = list(CnnLexer(stripnl=False, ensurenl=False).get_tokens(text))
        assert not [word for kind, word in pairs if kind is Error]
        assert "".join(word for _, word in pairs) == text.replace("\r\n", "\n").replace("\r", "\n")


def test_the_entry_point_is_declared() -> None:
    assert 'cnn = "cnnsize.lexer:CnnLexer"' in (ROOT / "pyproject.toml").read_text("utf-8")
    assert CnnLexer.aliases[0] == "cnn" and CnnLexer.filenames == ["*.cnn"]
