"""Fixes are applied to the text and remove what they claim to fix; safe ones change no number."""

from __future__ import annotations

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

import cnnsize
from cnnsize.files.document import Document
from cnnsize.lint.catalogue import BY_CODE
from cnnsize.report.make import report
from cnnsize.report.texts import read_documents
from cnnsize.text.edits import apply_edits
from tests.lint.findings import findings, selection

PIECES = [
    "RELU",
    "RELU -> RELU",
    "POOL2 -> POOL2",
    "RELU -> POOL2",
    "POOL2",
    "[RELU]",
    "[RELU -> POOL2]*1",
    "POOL3 -> POOL2",
    "TANH -> POOL2",
    "CONV3-4",
    "[CONV3-4 -> RELU]",
    "BN",
    "relu",
    "[RELU -> RELU]*2",
    "POOL2x3 -> POOL3x2",
]


def run(network: cnnsize.Network, volume: torch.Tensor) -> torch.Tensor:
    """The network in torch: pools, activations and filters with weights that follow from their
    place alone.
    """
    filters = 0
    for step in network.steps:
        if step.kind in ("RELU", "TANH"):
            volume = volume.relu() if step.kind == "RELU" else volume.tanh()
        elif step.kind == "POOL":
            assert step.kernel is not None and step.stride is not None
            volume = torch.nn.functional.max_pool2d(volume, step.kernel[::-1], step.stride[::-1])
        elif step.kind == "CONV":
            filters += 1
            weight = torch.sin(
                torch.arange(4 * volume.shape[1] * 9, dtype=torch.float64) + filters
            ).reshape(4, -1, 3, 3)
            volume = torch.nn.functional.conv2d(volume, weight, padding=1)
    return volume


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6), st.integers(0, 2**31))
def test_a_safe_fix_changes_no_number_that_comes_out(pieces: list[str], seed: int) -> None:
    text = " -> ".join(["INPUT[96x96x4]", *pieces])
    before = cnnsize.parse(text).sized()
    assume(before.valid)
    volume = torch.randn(
        1, 4, 96, 96, generator=torch.Generator().manual_seed(seed), dtype=torch.float64
    )
    for diagnostic in cnnsize.check(text, selection=selection()).diagnostics:
        for fix in diagnostic.fixes:
            if fix.applicability != "safe":
                continue
            after = cnnsize.parse(apply_edits(text, fix.edits)).sized()
            assert (after.output, after.params, after.macs) == (
                before.output,
                before.params,
                before.macs,
            )
            assert torch.equal(run(after, volume), run(before, volume))


FAULTY = [
    "INPUT[3x32x32] -> CONV3-8 -> RELU -> FC-10",
    "INPUT[30x30x3] -> [CONV3-8(P=1) -> RELU -> POOL2]*1 -> CONV2-8 -> RELU -> FC-10 -> RELU",
    "INPUT[32x32x3] -> CONV3-8(P=0) -> BN -> RELU -> CONV3-8(S=4, P=1) -> RELU -> FC-10 -> DROPOUT(0.7)",
    "INPUT[32x32x3] -> CONV3-8 -> BN -> BN -> RELU -> POOL4 -> CONV7-8 -> RELU -> DROPOUT(0.2) -> CONV1-4 -> BN -> RELU -> FC-1 -> SOFTMAX",
    "INPUT[32x32x3] -> CONV3-8(S=2, P=1) -> RELU -> TCONV3-4(S=2, P=1, output_padding=1) -> CONV1-4(S=3) -> RELU -> FC-10",
    "INPUT[8x8x3] -> [CONV3-8(D=2) -> RELU]*3 -> CONV3-8(D=8, P=8) -> GAP -> CONV3-8 -> RELU*0 -> FC-10",
]


@pytest.mark.parametrize("text", FAULTY)
def test_every_fix_is_made_in_the_text_and_its_rule_has_less_to_say(text: str) -> None:
    fixed = 0
    for diagnostic in findings(text):
        if diagnostic.code in BY_CODE and BY_CODE[diagnostic.code].scope == "core":
            continue
        for fix in diagnostic.fixes:
            fixed += 1
            after = findings(apply_edits(text, fix.edits), diagnostic.code)
            assert len(after) <= sum(
                other.code == diagnostic.code for other in findings(text, diagnostic.code)
            )
            assert apply_edits(text, fix.edits) != text
            assert cnnsize.parse(apply_edits(text, fix.edits)).sized().output is not None
    assert fixed


def test_a_fix_in_a_block_edits_its_definition() -> None:
    text = "b(k) = CONV3-k(P=1) -> RELU -> RELU\nINPUT[8x8x3] -> b(8) -> b(16) -> FC-10"
    (diagnostic,) = findings(text, "CNN303")
    assert (
        apply_edits(text, diagnostic.fixes[0].edits)
        == "b(k) = CONV3-k(P=1) -> RELU\nINPUT[8x8x3] -> b(8) -> b(16) -> FC-10"
    )
    assert diagnostic.fixes[0].applicability == "safe"


def test_a_fix_is_not_safe_where_it_would_change_the_first_iteration() -> None:
    text = "INPUT[8x8x3] -> [RELU -> CONV3-3(P=1) -> RELU]*2 -> FC-10"
    (diagnostic,) = findings(text, "CNN303")
    assert diagnostic.message.endswith("in 1 of its 2 places")
    assert all(fix.applicability == "unsafe" for fix in diagnostic.fixes)


def test_a_search_for_fixes_that_stops_says_so() -> None:
    stopped = "the search for fixes stopped after 20,000 layers; there may be others"
    (diagnostic,) = cnnsize.parse("INPUT[10x10x3] -> POOL3(S=2)").sized().diagnostics
    assert diagnostic.fixes
    assert stopped not in diagnostic.notes
    # to size this once is a third of the limit, and W = 20009 alone takes as much
    long = f"INPUT[20010x20010x3] -> {' -> '.join(['CONV3-3(P=0)'] * 6000)} -> POOL3(S=2)"
    (diagnostic,) = cnnsize.parse(long).sized().diagnostics
    assert diagnostic.notes[-1] == stopped


def test_findings_whose_fixes_are_not_looked_for_say_so() -> None:
    documents = [Document("INPUT[9x9x3] -> CONV2-8 -> RELU -> CONV2-8 -> RELU -> CONV2-8")]
    for most, fixed in ((100, [True] * 3), (0, [False] * 3)):
        even = [
            diagnostic
            for diagnostic in report(read_documents(documents), fixes=most).diagnostics
            if diagnostic.code == "CNN205"
        ]
        assert [bool(diagnostic.fixes) for diagnostic in even] == fixed
        assert [
            "fixes are only looked for in the first 0 findings" in diagnostic.notes
            for diagnostic in even
        ] == [not has_fix for has_fix in fixed]
