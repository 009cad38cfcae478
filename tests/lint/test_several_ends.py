"""Rules about the end of a network hold for each output, and branches of OUTPUT hide nothing."""

from __future__ import annotations

import pytest

import cnnsize

START = "INPUT[16x16x3] -> CONV3-8 -> RELU -> "


def found(chain: str) -> list[tuple[str, str]]:
    """The code and the text of each warning or error."""
    text = START + chain
    return [
        (item.code, text[item.span.start : item.span.end])
        for item in cnnsize.check(text).diagnostics
        if item.severity != "info"
    ]


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        # scores of an output
        ("OUTPUT{POOL2 -> FC-4 -> RELU} -> POOL2 -> FC-5", [("CNN304", "RELU")]),
        ("OUTPUT{POOL2 -> FC-4 -> DROPOUT} -> POOL2 -> FC-5", [("CNN309", "DROPOUT")]),
        ("OUTPUT{POOL2 -> FC-4 -> SOFTMAX} -> POOL2 -> FC-5 -> SOFTMAX", []),
        ("OUTPUT{POOL2 -> FC-4} -> POOL2 -> FC-5 -> RELU", [("CNN304", "RELU")]),
        # maps are no scores, and neither are the values before the last OUTPUT
        ("OUTPUT{CONV3-4 -> RELU} -> POOL2 -> FC-5", []),
        ("FC-9 -> RELU -> OUTPUT{FC-4 | FC-5}", []),
        # what is an output is not merged with the next layer, but a head does not hide one
        ("FC-40 -> OUTPUT{ID} -> FC-90", []),
        ("FC-90 -> OUTPUT{GAP} -> FC-40 -> RELU -> FC-5", [("CNN302", "FC-40")]),
        ("POOL2 -> FC-90 -> OUTPUT{FC-40} -> RELU -> FC-5", [("CNN302", "FC-40")]),
        ("FC-9 -> RELU -> OUTPUT{CONV3-4} -> FC-5", [("CNN301", "CONV3-4")]),
        ("OUTPUT{POOL2 -> POOL2 -> FC-4} -> POOL2 -> FC-5", [("CNN305", "POOL2")]),
        # a further input begins anew
        ("CAT{ID | INPUT[16x16x2] -> CONV3-4 -> RELU} -> FC-5", []),
        ("FC-9 -> RELU -> CAT{ID | INPUT[8x8x2] -> CONV3-4 -> RELU -> FC-9 -> RELU} -> FC-5", []),
        ("CAT{ID | INPUT[16x16x2] -> CONV3-4 -> CONV3-4 -> RELU} -> FC-5",
         [("CNN302", "CONV3-4")]),
    ],
)  # fmt: skip
def test_rules_about_outputs(chain: str, expected: list[tuple[str, str]]) -> None:
    assert found(chain) == expected


@pytest.mark.parametrize(
    "chain",
    [
        "OUTPUT{POOL5(S=4) -> FC-4} -> POOL2 -> FC-5",
        "CAT{ID | INPUT[16x16x2] -> CONV3-4(P=0)} -> FC-5",
        "[CONV3-8 -> RELU -> OUTPUT{POOL5(S=3) -> FC-2} -> POOL2]*3 -> FC-5",
        "OUTPUT{ADD{CONV3-4 | ID} -> FC-2} -> FC-5",
    ],
)
def test_fixes_inside_branches_hold(chain: str) -> None:
    text = START + chain
    diagnostics = [item for item in cnnsize.parse(text).sized().diagnostics if item.fixes]
    assert diagnostics
    for diagnostic in diagnostics:
        for fix in diagnostic.fixes:
            changed = text
            for edit in sorted(fix.edits, key=lambda edit: -edit.span.start):
                changed = changed[: edit.span.start] + edit.text + changed[edit.span.end :]
            codes = [item.code for item in cnnsize.parse(changed).sized().diagnostics]
            assert codes.count(diagnostic.code) < len(
                [
                    item
                    for item in cnnsize.parse(text).sized().diagnostics
                    if item.code == diagnostic.code
                ]
            ), changed


def test_the_label_is_that_of_the_own_input() -> None:
    text = START + "CAT{ID | INPUT[17x17x2] -> POOL2 -> UP2} -> FC-5"
    (fraction,) = [
        item for item in cnnsize.parse(text).sized().diagnostics if item.code == "CNN101"
    ]
    label = fraction.related[0]
    assert text[label.span.start : label.span.end] == "INPUT[17x17x2]"
    assert label.message == "W = H = 17"


def test_a_pattern_with_outputs_matches_only_outputs() -> None:
    pattern = cnnsize.parse("INPUT -> [CONV -> RELU]*N -> OUTPUT{FC-K} -> FC")
    network = cnnsize.parse("INPUT[8x8x3] -> [CONV3-4 -> RELU]*3 -> OUTPUT{FC-7} -> FC-5")
    (solution,) = pattern.match(network).solutions
    assert solution == {"N": 3, "K": 7}
    for other in ("OUTPUT", "OUTPUT{FC | FC}", "OUTPUT{ID}"):
        unlike = cnnsize.parse(f"INPUT -> [CONV -> RELU]*N -> {other} -> FC")
        assert not unlike.match(network)


def test_letters_and_choices_in_outputs_make_a_family() -> None:
    family = cnnsize.parse(
        "INPUT[16x16x3] -> CONV3-8 -> OUTPUT{FC-K -> RELU -> FC-2}? -> FC-5"
    ).family(K=(4, 8))
    members = {member.values["K"]: member for member in family if member.choices[0]}
    text = "INPUT[16x16x3] -> CONV3-8 -> OUTPUT{{FC-{} -> RELU -> FC-2}} -> FC-5"
    for width, member in members.items():
        assert member.params == cnnsize.parse(text.format(width)).sized().params
