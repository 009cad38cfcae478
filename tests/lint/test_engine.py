"""The engine of the rules: what rules report, where, and how often."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

import cnnsize
from cnnsize.files.document import Document
from cnnsize.lint.engine import linter_for
from cnnsize.report.make import report
from cnnsize.report.texts import read_documents
from tests.helpers import DATA
from tests.lint.findings import findings, messages, selection

PACKAGE = Path(cnnsize.__file__).parent
ZOO = sorted((PACKAGE / "zoo").glob("*.cnn"))
NOTES = DATA / "zoo_notes.csv"


# -- what rules report ----------------------------------------


def test_one_axis_is_named_where_the_two_differ() -> None:
    assert messages("INPUT[36x36x3] -> CONV3-4 -> RELU -> POOL3x2 -> FC-10", "CNN207")[0][
        1
    ].endswith(", along W")
    assert messages("INPUT[36x32x3] -> CONV3-4 -> RELU -> POOL2x4 -> FC-10", "CNN207")[0][
        1
    ].endswith(", along H")
    assert (
        "along W"
        in messages("INPUT[36x36x3] -> CONV3-4 -> RELU -> POOL3x4 -> FC-10", "CNN207")[0][1]
    )
    assert (
        "along H"
        in messages("INPUT[36x36x3] -> CONV3-4 -> RELU -> POOL3x4 -> FC-10", "CNN207")[0][1]
    )
    assert (
        "along"
        not in messages("INPUT[36x36x3] -> CONV3-4 -> RELU -> POOL3 -> FC-10", "CNN207")[0][1]
    )


def test_a_rule_reports_once_what_is_written_once() -> None:
    text = "INPUT[64x64x3] -> [CONV3-8(P=1) -> RELU -> POOL4]*3 -> FC-10"
    assert [what for what, _ in messages(text, "CNN207")] == ["POOL4"]
    text = "b(k) = CONV3-k(P=1) -> RELU -> POOL4\nINPUT[64x64x3] -> b(8) -> b(16) -> FC-10"
    assert len(findings(text, "CNN207")) == 1


def test_the_places_are_counted_where_only_some_of_them_are_meant() -> None:
    text = "INPUT[32x32x3] -> [RELU -> CONV3-3(P=1) -> RELU]*1000000 -> FC-10"
    assert messages(text, "CNN303")[0][1].endswith(", in 999,999 of its 1,000,000 places")
    text = "INPUT[32x32x3] -> [FC-4096 -> RELU]*2 -> FC-10"
    assert messages(text, "CNN401")[0][1].endswith(", in 1 of its 2 places")


def test_rules_report_nothing_after_an_impossible_volume() -> None:
    text = "INPUT[4x4x3] -> CONV9-8(P=0) -> RELU -> RELU -> POOL4 -> CONV3-8(P=1) -> CONV3-8(P=1) -> DROPOUT(0.9)"
    assert [diagnostic.code for diagnostic in findings(text)] == ["CNN102"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("FC-32 -> CONV3-8(P=1)", "CNN301"),  # and not the missing nonlinearity
        ("CONV3-8(P=1) -> CONV3-8(P=1)", "CNN302"),
        ("RELU", "CNN303"),
        ("POOL2 -> RELU -> POOL2", "CNN305"),
        ("CONV2-8", "CNN205"),
        ("CONV5-8(S=3, P=2)", "CNN206"),
        ("POOL4", "CNN207"),
        ("CONV1-8(S=2)", "CNN404"),
        ("TCONV3-8(S=2, P=1)", "CNN405"),
        ("CONV3-8(D=30, P=30)", "CNN504"),
        ("BN -> BN", "CNN310"),
        ("DROPOUT(0.9)", "CNN605"),
        ("POOL2 -> [CONV3-8(P=2, D=2) -> RELU]*3 -> CONV1-8", "CNN503"),
        ("[CONV3-8(P=1) -> RELU]*0 -> CONV3-8(P=1)", "CNN311"),
    ],
)
def test_one_fault_is_one_finding(fault: str, code: str) -> None:
    result = cnnsize.check(
        f"INPUT[16x16x3] -> CONV3-8(P=1) -> RELU -> {fault} -> CONV1-8 -> RELU -> GAP -> FC-10"
    )
    assert [
        diagnostic.code for diagnostic in result.diagnostics if diagnostic.severity != "info"
    ] == [code]


def test_a_family_is_asked_about_its_text_as_written_and_once_about_its_largest_valid_member() -> (
    None
):
    codes = [
        diagnostic.code
        for diagnostic in findings("INPUT[32x32x3] => [CONV3-8 => RELU => RELU]*N => FC-10", "CNN")
    ]
    assert codes == ["CNN303", "CNN801", "CNN702", "CNN006", "CNN212"]


@pytest.mark.parametrize("path", ZOO, ids=lambda path: path.stem)
def test_published_networks_have_neither_errors_nor_warnings(path: Path) -> None:
    text = path.read_text("utf-8")
    result = report(read_documents([Document(text, str(path))]))
    loud = [
        (result.architectures[diagnostic.architecture or 0].name, diagnostic.code)
        for diagnostic in result.diagnostics
        if diagnostic.severity != "info"
    ]
    assert loud == []


def zoo_notes() -> str:
    """network,code,count of every note on the published networks; CNN006 is left out."""
    lines = ["network,code,count"]
    for path in ZOO:
        result = report(read_documents([Document(path.read_text("utf-8"), str(path))]))
        notes = Counter(
            (result.architectures[diagnostic.architecture or 0].name or "", diagnostic.code)
            for diagnostic in result.diagnostics
            if diagnostic.severity == "info" and diagnostic.code != "CNN006"
        )
        lines += [f"{name},{code},{count}" for (name, code), count in sorted(notes.items())]
    return "\n".join(lines) + "\n"


def test_the_notes_on_published_networks_are_those_that_we_know() -> None:
    """ZOO_UPDATE=1 writes the table anew; read what has changed."""
    now = zoo_notes()
    if os.environ.get("ZOO_UPDATE"):
        NOTES.write_text(now, "utf-8")
    assert now == NOTES.read_text("utf-8")


# -- caches ----------------------------------------


def test_equal_text_on_equal_volumes_is_not_taken_for_the_same_layer() -> None:
    text = (
        "b(d) = CONV3-8(D=d, P=d) -> RELU\n"
        "INPUT[16x16x8] -> {} -> CONV3-8(P=1) -> RELU -> GAP -> FC-10"
    )
    for calls in ("b(1) -> b(16)", "b(16) -> b(1)", "b(1) -> b(1)", "b(16) -> b(16)"):
        codes = [diagnostic.code for diagnostic in findings(text.format(calls), "CNN504")]
        assert codes == (["CNN504"] if "16" in calls else [])


def test_selections_with_equal_values_share_a_linter() -> None:
    assert linter_for(selection("CNN3")) is linter_for(selection("CNN3"))
    assert linter_for(selection("CNN3")) is not linter_for(selection("CNN4"))
