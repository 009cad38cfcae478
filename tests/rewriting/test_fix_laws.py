"""Laws of fixes, on random files."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cnnsize.rewriting.fix import FixedText
from tests.rewriting.helpers import check_text, fixed, kinds, meaning, remaining

ARROWS = st.sampled_from(
    [" -> ", " -> ", "->", " => ", " → ", " ->\n  ", " ->  # why\n\t", "  -> "]
)


CASES = st.sampled_from([str, str, str.lower, str.title])
LAYERS = st.sampled_from(
    [
        "CONV3-8(P=1)",
        "CONV3-8(S=2, P=0)",
        "conv(8, 3)",
        "Conv2d(3, 8, 3)",
        "POOL2",
        "maxpool2",
        "AVGPOOL3(S=1)",
        "RELU",
        "RELU",
        "RELU",
        "relu",
        "SIGMOID",
        "BN",
        "BATCHNORM",
        "DROPOUT(0.5)",
        "[RELU]",
        "[[POOL2]]",
        "[CONV1-8]*1",
        "[CONV3-8(P=1) -> RELU]*2",
        "POLL",
        "FLATTEN",
        "ADD{CONV3-8(P=1) => BN | CONV1-8}",
        "CAT{ID | [RELU -> RELU]}",
        "block(4)",
        "block(3)",
    ]
)


COMMENTS = st.sampled_from(
    [
        "",
        "",
        "  # ünï",
        "# cnnsize: ignore[CNN101]",
        " # cnnsize: ignore[CNN101, CNN303] -- x",
        " # cnnsize: ignore",
        " # cnnsize: ignore[zzz]",
    ]
)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Files as people leave them: sloppy arrows, letter cases, brackets and comments."""
    lines = ["block(k) = CONV3-k(P=1) => BN -> RELU -> RELU" + draw(COMMENTS), ""]
    for _ in range(draw(st.integers(1, 4))):
        above = draw(COMMENTS).strip()
        if above:
            lines.append(above)
        text = draw(st.sampled_from(["INPUT[16x16x3]", "input[17x17x3]", "a = INPUT[16x15x3]"]))
        for layer in draw(st.lists(LAYERS, max_size=6)):
            text += draw(ARROWS) + layer
        text += draw(ARROWS) + draw(st.sampled_from(["FC-10", "fc 10", "Dense(10)", "GAP", "FC"]))
        lines += [text + draw(COMMENTS), ""]
    return draw(st.sampled_from(["\n", "\r\n"])).join("\n".join(lines).split("\n"))


@given(documents())
def test_no_safe_fix_remains_and_the_meaning_stays(text: str) -> None:
    before = check_text(text)
    done = fixed(text)
    after = check_text(done.text)
    assert remaining(after) == []
    assert list(map(meaning, before.architectures)) == list(map(meaning, after.architectures))
    if all(diagnostic.code.startswith(("CNN7", "CNN9")) for diagnostic in done.fixed):
        assert [kinds(result) for result in before.architectures if result.architecture] == [
            kinds(result) for result in after.architectures if result.architecture
        ]
    assert fixed(done.text) == FixedText(done.text, ())
    assert ("\r\n" in text) == ("\r\n" in done.text)
    assert "\r\n" not in text or done.text.count("\n") == done.text.count("\r\n")


@given(documents())
def test_unsafe_fixes_end_and_add_no_error(text: str) -> None:
    before, done = check_text(text), fixed(text, unsafe=True)
    after = check_text(done.text)
    assert len(before.architectures) == len(after.architectures)
    assert after.count("error") <= before.count("error") or any(
        result.network is None for result in before.architectures
    )
    assert remaining(after) == []
