"""How long statements are broken into lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnsize
from cnnsize.language.layout import WIDTH
from cnnsize.rewriting.fmt import format_text
from tests.helpers import examples

LONG = """net = INPUT[224x224x3] -> CONV7-64(S=2, P=3, bias=no) -> BN -> RELU -> POOL3(S=2, P=1) -> [CONV3-64 -> BN -> RELU]*3 -> GAP -> FC-1000
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "net = INPUT[8x8x3]\n  -> CONV3-8\n  -> FC-10\n",
            "net = INPUT[8x8x3] -> CONV3-8 -> FC-10\n",
        ),
        (
            LONG,
            "net = INPUT[224x224x3] -> CONV7-64(S=2, P=3, bias=no) -> BN -> RELU -> POOL3(S=2, P=1)\n"
            "  -> [CONV3-64 -> BN -> RELU]*3 -> GAP -> FC-1000\n",
        ),
        (
            LONG.replace(" -> [", "\n -> ["),
            "net = INPUT[224x224x3] -> CONV7-64(S=2, P=3, bias=no) -> BN -> RELU -> POOL3(S=2, P=1)\n"
            "  -> [CONV3-64 -> BN -> RELU]*3 -> GAP -> FC-1000\n",
        ),
        (
            LONG.replace(" -> BN -> RELU -> POOL", " ->\nBN -> RELU\n-> POOL"),
            "net = INPUT[224x224x3] -> CONV7-64(S=2, P=3, bias=no)\n  -> BN -> RELU\n"
            "  -> POOL3(S=2, P=1) -> [CONV3-64 -> BN -> RELU]*3 -> GAP -> FC-1000\n",
        ),
        (
            "b(k) = ADD{CONV1-k(bias=no) -> BN -> RELU -> CONV3-k(bias=no) -> BN -> RELU -> CONV1-(4*k)(bias=no) -> BN | ID} -> RELU\n",
            "b(k) = ADD{\n    CONV1-k(bias=no) -> BN -> RELU -> CONV3-k(bias=no) -> BN -> RELU -> CONV1-(4*k)(bias=no) -> BN\n"
            "  | ID\n} -> RELU\n",
        ),
        ("b(w, h) = CONV-8(F=(w)x(h))\n", "b(w, h) = CONV-8(F=(w)x(h))\n"),
    ],
)
def test_long_statements_are_laid_out_and_stay_so(text: str, expected: str) -> None:
    assert format_text(text, "a.cnn")[:3] == (expected, [], [])
    assert format_text(expected, "a.cnn")[:3] == (expected, [], [])


NAMES = st.sampled_from(
    ["CONV3-64", "CONV1-256(bias=no)", "BN", "RELU", "POOL3(S=2, P=1)", "DROPOUT(0.5)", "ID"]
)
CHAINS: st.SearchStrategy[str] = st.recursive(
    st.lists(NAMES.filter(lambda name: name != "ID"), min_size=1, max_size=8).map(" -> ".join),
    lambda inner: st.one_of(
        st.tuples(
            st.sampled_from(["ADD", "CAT"]),
            st.lists(st.one_of(inner, st.just("ID")), min_size=2, max_size=3),
        ).map(lambda made: f"{made[0]}{{{' | '.join(made[1])}}}"),
        inner.map(lambda chain: f"[{chain}]*3"),
        st.lists(inner, min_size=2, max_size=4).map(" -> ".join),
    ),
    max_leaves=12,
)


@examples(200)
@given(CHAINS, st.randoms())
def test_layout_keeps_the_meaning_wherever_lines_were_broken(chain: str, random: object) -> None:
    words = f"net = INPUT[64x64x3] -> {chain}".split(" ")
    choice = random.random  # type: ignore[attr-defined]
    broken = words[0] + "".join(
        ("\n   " if word in ("->", "|") and choice() < 0.2 else " ") + word for word in words[1:]
    )
    once, failed, *_ = format_text(broken, "a.cnn")
    assert failed == []
    assert format_text(once, "a.cnn")[:3] == (once, [], [])
    assert str(cnnsize.parse(once)) == str(cnnsize.parse(" ".join(words)))
    assert all(
        len(line) <= WIDTH for line in once.splitlines() if "{" not in line and "[" not in line[3:]
    )
