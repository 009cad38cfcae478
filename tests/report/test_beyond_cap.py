"""Findings beyond those that are reported are counted as if each were put into words."""

from __future__ import annotations

import pytest

from cnnsize.files.document import Document
from cnnsize.report.make import report
from cnnsize.report.result import Report
from cnnsize.report.texts import read_documents

NETWORKS = (
    "INPUT[10x10x3] -> CONV3-{i}(S=2, P=0) -> FC-10",
    "INPUT[8x8x3] -> [CONV3-{i} -> POOL2]*5 -> FC-10",
    "INPUT[8x8x3] -> [POOL2]*{i} -> FC-10",
    "INPUT[8x8x3] -> CONV9-{i}(P=0) -> FC-10",
    "INPUT[8x8x3] -> CONV3-k -> FC-{i} where k in 1..3",
    "conv 3x3 {i}, relu, fc 10",
    "INPUT[8x8x3] -> CONW3-{i} -> FC-2",
    "INPUT[8x8x3] -> CONV3-{i}: [9x9x9] -> FC-2",
    "INPUT[8x8x3] -> CAT{{CONV3-{i}(S=2) | CONV3-2}} -> FC-2",
    "INPUT[8x8x3] -> CONV3-4 -> RELU -> FC-{i}",
)
BLOCK = "b(k) = CONV3-k(S=2, P=0)\n"


def shown(report: Report) -> tuple[object, ...]:
    return (
        [str(diagnostic) for diagnostic in report.diagnostics],
        report.notes,
        [(result.line, result.network is None) for result in report.architectures],
    )


@pytest.mark.parametrize(("cap", "file"), [(2, "a.cnn"), (9, "a.md")])
@pytest.mark.parametrize("before", ["", "# cnnsize: ignore-file[CNN301]\n", BLOCK])
def test_the_report_is_that_of_findings_in_words(
    monkeypatch: pytest.MonkeyPatch, cap: int, file: str, before: str
) -> None:
    lines = [network.format(i=i) for i in (1, 3) for network in NETWORKS]
    text = before + "\n".join(lines)
    texts = read_documents([Document(text if file == "a.cnn" else f"```cnn\n{text}\n```\n", file)])
    counted = shown(report(texts, cap=cap))
    monkeypatch.setattr("cnnsize.report.beyond_cap.BeyondCap.of", lambda *_: None)
    assert counted == shown(report(texts, cap=cap))
    assert f"only the first {cap} of " in str(counted[1])
