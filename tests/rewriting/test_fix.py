"""``--fix``: only what is fixed changes, the network stays the same, and no safe fix remains."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations_with_replacement
from typing import Literal

import pytest

from cnnsize.files.document import Document
from cnnsize.lint.selection import RuleChoice, resolve_selection, rules
from cnnsize.report.make import report
from cnnsize.report.result import Report
from cnnsize.report.texts import read_documents
from cnnsize.rewriting.fix import FixedText, apply_fixes, overlaps
from cnnsize.sizing.settings import TORCH
from cnnsize.text.diagnostic import Diagnostic, Edit, Fix
from cnnsize.text.span import Span
from tests.helpers import BAD, GOOD
from tests.rewriting.helpers import SLOPPY, check_text, fixed, meaning, remaining


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_is_not_fixed_stays_byte_for_byte(end: str) -> None:
    lines = [
        "# zoo \t",
        "",
        "  a = INPUT[8x8x3]  ->\tCONV3-8(P=1) -> RELU -> RELU -> FC-10   # ünï 卷积  ",
        "",
        "b = INPUT[8x8x3] ->   # first",
        "   CONV3-8(P=1) -> RELU -> RELU ->  # second",
        "\t# third",
        "  FC-10",
        "# end",
    ]
    text = end.join(lines)
    selection = resolve_selection([RuleChoice("test", select=("CNN303",))], TORCH, rules())

    def only_303(text: str) -> Report:
        return report(read_documents([Document(text, "a.cnn")]), selection=selection)

    done = apply_fixes(text, only_303)
    assert [diagnostic.code for diagnostic in done.fixed] == ["CNN303", "CNN303"]
    assert done.text == text.replace("RELU -> RELU", "RELU")


def test_markdown_is_fixed_in_its_fences_and_nowhere_else() -> None:
    text = f"# {SLOPPY}\n\n```cnn\n{SLOPPY}\n```\n\n~~~ cnn skip\n{SLOPPY}\n~~~\n\n```cnn bad\n{SLOPPY}\n```\n\n```python\n{SLOPPY}\n```\n"
    after = fixed(text, file="a.md").text
    assert after.count(SLOPPY) == 4
    assert "```cnn\nINPUT[8x8x3]" in after or "```cnn\nInput[8x8x3] -> " in after


def test_a_fix_in_a_block_is_made_once_where_it_is_written() -> None:
    text = (
        "# blocks\ncb(k) = CONV3-k(P=1) => BN -> RELU -> RELU # of two\n\n"
        "a = INPUT[8x8x3] -> cb(8) -> FC-10\n\nb = INPUT[8x8x3] => cb(9) -> cb(4) -> FC-10 # end"
    )
    done = fixed(text)
    assert done.text == text.replace("=>", "->").replace("RELU -> RELU", "RELU")
    assert remaining(check_text(done.text)) == []


def test_a_string_is_fixed_as_it_was_given() -> None:
    assert fixed("# INPUT[8x8x3] => CONV3-8(P=1) -> RELU -> RELU -> FC-10", file=None).text in (
        "# INPUT[8x8x3] -> CONV3-8(P=1) -> RELU -> FC-10",
        # a pasted comment may stay unchanged
        "# INPUT[8x8x3] => CONV3-8(P=1) -> RELU -> RELU -> FC-10",
    )


@pytest.mark.parametrize(
    "text",
    [
        "INPUT[16x16x3] → Conv3-8 → Pool2\n→ FC-10",
        "Input(16x16x3) => conv(8, 3) + ReLU →\nFC(10)",
        "Input(16x16x3)\n  ↓\nConv3-8 + ReLU =>\n| # \nFC-10",
    ],
)
def test_informal_text_over_several_lines_is_fixed(text: str) -> None:
    done = fixed(text)
    assert done.fixed
    assert remaining(check_text(done.text)) == []
    assert list(map(meaning, check_text(text).architectures)) == list(
        map(meaning, check_text(done.text).architectures)
    )


def test_the_input_is_changed_only_where_nothing_else_works() -> None:
    text = "INPUT[227x227x3] -> CONV3-8(S=2, P=0) -> RELU -> POOL2(S=2) -> CONV3-8(P=1) -> RELU -> FC-10"
    assert fixed(text, unsafe=True).text == text.replace("POOL2(S=2)", "POOL2(S=2, P=1)")
    shrunk = "INPUT[9x9x3] -> PIXELUNSHUFFLE2 -> CONV3-8(P=1) -> RELU -> FC-10"
    assert fixed(shrunk, unsafe=True).text == shrunk.replace("9x9", "8x8")


def test_unused_comments_are_removed() -> None:
    text = (
        f"# one\n  # cnnsize: ignore[CNN101]\n{GOOD} # two # cnnsize: ignore[CNN101] -- x\n\n"
        f"{BAD} # cnnsize: ignore[CNN101, CNN102, CNN302]\n# cnnsize: ignore-file[CNN103]"
    )
    after = fixed(text).text
    assert after == f"# one\n{GOOD} # two\n\n{BAD} # cnnsize: ignore[CNN101, CNN302]\n"


def test_unsafe_fixes_are_applied_on_request_only() -> None:
    text = f"{BAD}\n\nINPUT[8x8x3] -> MaxPol2 -> FC-10"
    assert fixed(text).text == text
    done = fixed(text, unsafe=True)
    assert not [
        diagnostic
        for diagnostic in check_text(done.text).diagnostics
        if diagnostic.severity == "error"
    ]
    assert "INPUT[10x10x3] -> CONV3-64(S=2, P=1)" in done.text
    assert "POOL" in done.text


def test_unknown_suppressions_have_an_unsafe_fix() -> None:
    text = (
        "INPUT[10x10x3] -> CONV3-64(S=2, P=0) -> RELU -> FC-10 # cnnsize: ignore[fractional-ouput]"
    )
    assert fixed(text).text == text
    selection = resolve_selection([RuleChoice("test", select=("CNN9",))], TORCH, rules())

    def only_9(text: str) -> Report:
        return report(read_documents([Document(text, "a.cnn")]), selection=selection)

    assert apply_fixes(text, only_9, unsafe=True).text == text.replace("ouput", "output")


def with_fixes(
    *fixes: tuple[int, int, str], applicability: Literal["safe", "unsafe"] = "safe"
) -> Callable[[str], Report]:
    """Looks at a text, and finds these fixes in it as long as the text at their places is what it
    was.
    """
    begun: list[str] = []

    def look(text: str) -> Report:
        begun.append(text)
        checked = report(read_documents([Document(text, "a.cnn")]))
        source = checked.architectures[0].source
        diagnostics = [
            Diagnostic(
                "CNN303",
                "made up",
                Span(start, end),
                path=str(start),
                source=source,
                architecture=0,
                fixes=(Fix("x", (Edit(Span(start, end), new),), applicability),),
            )
            for start, end, new in fixes
            if text[start:end] == begun[0][start:end]
        ]
        return Report(checked.architectures, tuple(diagnostics))

    return look


BEGIN = "INPUT[8x8x3] -> CONV3-8(P=1) -> RELU -> FC-10"


@pytest.mark.parametrize(
    "new", ["", "POLL", "CONV3-9(P=1)", "POOL2", "POOL9", "RELU -> ", "\n\nRELU", "#"]
)
def test_a_safe_fix_that_changes_or_breaks_the_network_is_undone(new: str) -> None:
    done = apply_fixes(BEGIN, with_fixes((16, 28, new)))
    assert done == FixedText(BEGIN, ())


def test_an_unsafe_fix_may_change_the_network_and_not_break_it() -> None:
    assert apply_fixes(
        BEGIN, with_fixes((16, 28, "CONV3-9(P=1)"), applicability="unsafe"), unsafe=True
    ).text == BEGIN.replace("3-8", "3-9")
    assert (
        apply_fixes(BEGIN, with_fixes((16, 28, "POLL"), applicability="unsafe"), unsafe=True).text
        == BEGIN
    )
    assert (
        apply_fixes(BEGIN, with_fixes((16, 28, "CONV3-9(P=1)"), applicability="unsafe")).text
        == BEGIN
    )


def test_a_bad_fix_does_not_prevent_the_good_ones() -> None:
    done = apply_fixes(BEGIN, with_fixes((16, 28, "POLL"), (32, 36, "relu"), (40, 45, "FC-11")))
    assert done.text == BEGIN.replace("RELU", "relu")
    assert len(done.fixed) == 1


def test_of_overlapping_fixes_the_first_is_applied() -> None:
    done = apply_fixes(BEGIN, with_fixes((32, 36, "relu"), (33, 36, "ELU "), (34, 34, "")))
    assert done.text == BEGIN.replace("RELU", "relu")


def test_a_fix_that_is_proposed_again_and_again_ends() -> None:
    def look(text: str) -> Report:
        checked = report(read_documents([Document(text, "a.cnn")]))
        fix = Fix("one more blank", (Edit(Span(12, 12), " "),), "safe")
        diagnostic = Diagnostic(
            "CNN702", "made up", Span(12, 13), source=checked.architectures[0].source, fixes=(fix,)
        )
        return Report(checked.architectures, (diagnostic,))

    done = apply_fixes(BEGIN, look)
    assert 1 < len(done.fixed) <= 100
    assert done.text.replace(" ", "") == BEGIN.replace(" ", "")


def test_two_rules_that_disagree_end_and_do_not_block_others() -> None:
    text = (
        "block(k) = CONV3-k(P=1) => BN -> RELU -> RELU\n\n"
        "INPUT[16x16x3] -> RELU -> block(4) -> CONV3-8(P=1) -> block(4) -> FC-10\n"
    )
    done = fixed(text, unsafe=True)
    assert remaining(check_text(done.text)) == []
    assert len(done.fixed) < 5


def test_edits_overlap_if_they_share_a_character_or_a_start() -> None:
    """Against the definition, for all spans beside and within two spans that are taken."""
    taken = [(2, 5), (5, 8)]
    for start, end in combinations_with_replacement(range(11), 2):
        shares = any(set(range(start, end)) & set(range(*other)) for other in taken)
        is_within = any(first < start == end < last for first, last in taken)
        same_start = any(start == first for first, _ in taken)
        assert overlaps(taken, start, end) == (shares or is_within or same_start), (start, end)
