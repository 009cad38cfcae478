"""Every proposed fix holds: applied to the text and checked again, its finding is gone and nothing
worse has come.
"""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnsize
from cnnsize.text.edits import apply_edits
from tests.helpers import examples

TEXTS = (
    "INPUT[26x21x2] -> POOL5*N -> TANH*2",
    "INPUT[28x28x3] -> [CONV3-64 -> RELU -> POOL2]*(2*k) -> AVGPOOL7(S=1) -> FC-10 where k in 1..3",
    "INPUT -> CONV2 -> CONV*2",
    "INPUT[32x32x3] -> CONV3-16 -> ADD{[CONV3-k]*N | ID} -> FC-10 where k in {8, 16, 32}",
    "INPUT[32x32x3] -> CONV3-16 -> ADD{CONV3-8*2 | ID} -> FC-10",
    "INPUT -> AVGPOOL7(P=1x1) -> [DWCONV1x7(P=1) -> LN]*3 -> PIXELSHUFFLE2",
    "INPUT[3x25x2] -> RELU*2 -> DWCONV6*N -> DWCONV6*2 -> GMP -> RELU",
    "INPUT[10x36x4] -> RELU -> SOFTMAX -> [MISH -> DROPOUT2D -> POOL -> SLICE(from=1)]*(n)",
    "INPUT[12x34x3] -> MUL{CONV3(S=1x1) | TCONV3-17*N}*2",
    "INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> FC where M in 0..7",
    "INPUT[16x16x3] -> CONV3-8(D=3, S=2, P=0) -> RELU -> FC-10",
    "INPUT[30x30x2] -> LRELU*0 -> TCONV1-17 -> CONV-k*0 where k in {8, 16}",
    "INPUT[8x8x2] -> [CONV3-8*0 -> RELU]*2 -> RELU -> FLATTEN*0 -> POOL4",
    "INPUT[8x8x2] -> [CONV3-8*0 -> TANH*0]*2 -> POOL4",
    "INPUT[33x18x2] -> DROPOUT(0.5) -> POOL",
    "INPUT[36x36x4] -> CONV5-2(P=same, D=3) -> DROPOUT(0.5) -> POOL(S=1, P=1x1) -> POOL -> RELU",
    "INPUT[8x8x8] -> [ADD{PRELU | FC-1 -> LN} -> SIGMOID -> AVGPOOL7]*4",
)


def counted(report: cnnsize.Report) -> Counter[tuple[str, str]]:
    return Counter((diagnostic.severity, diagnostic.code) for diagnostic in report.diagnostics)


def check_every_fix(text: str) -> None:
    report = cnnsize.check(text)
    before = counted(report)
    for diagnostic in report.diagnostics:
        for fix in diagnostic.fixes:
            assert fix.edits, f"{fix.message}: a fix without an edit"
            changed = apply_edits(text, fix.edits)
            changed_report = cnnsize.check(changed)
            after = counted(changed_report)
            code = diagnostic.code
            unknown = any(result.output is None for result in report.architectures)
            if unknown and not any(
                d.code == code and d.path == diagnostic.path for d in changed_report.diagnostics
            ):
                continue  # what comes after an impossible volume could not be reported before
            assert sum(n for key, n in after.items() if key[1] == code) < sum(
                n for key, n in before.items() if key[1] == code
            ), f"{code} stays: {fix.message}: {changed}"
            assert after["error", code] <= before["error", code]
            if diagnostic.severity != "error":
                warnings = [
                    sum(n for key, n in c.items() if key[0] != "info") for c in (before, after)
                ]
                assert warnings[1] <= warnings[0], (
                    f"{code}: {fix.message} adds a finding: {changed}"
                )


@pytest.mark.parametrize("text", TEXTS)
def test_the_fixes_of_families_and_repetitions_hold_for_every_member(text: str) -> None:
    check_every_fix(text)


LAYERS = st.sampled_from(
    [
        "CONV3-8",
        "CONV2-4",
        "CONV3-8(P=0)",
        "CONV3-8(S=2, P=0)",
        "CONV5-6(S=3)",
        "CONV3-4(D=3, S=2, P=0)",
        "CONV1-5",
        "RELU",
        "TANH",
        "POOL",
        "POOL3",
        "POOL2(S=3)",
        "AVGPOOL3(S=2)",
        "BN",
        "DROPOUT(0.7)",
        "FC-10",
        "POOL*2",
        "CONV3-8*N",
        "POOL?",
        "[CONV3-8 -> RELU]*N",
        "ADD{CONV3-8 | ID}",
        "ADD{CONV3-8*2 | ID}",
        "CAT{CONV3-4(S=2) | POOL}",
        "RELU*2",
        "GAP",
        "DWCONV3(S=2)",
        "PIXELSHUFFLE2",
    ]
)


@examples(60)
@given(
    st.integers(4, 33), st.integers(4, 33), st.lists(LAYERS, min_size=1, max_size=5), st.booleans()
)
def test_every_fix_of_random_networks_and_families_holds(
    w: int, h: int, layers: list[str], square: bool
) -> None:
    check_every_fix(f"INPUT[{w}x{w if square else h}x4] -> {' -> '.join(layers)}")
