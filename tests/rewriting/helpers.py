"""Shared by the tests of fixes: reports, fixed texts, and what a fix must not change."""

from __future__ import annotations

from typing import Literal

from cnnsize.files.document import Document
from cnnsize.report.make import report
from cnnsize.report.result import Report, Result
from cnnsize.report.texts import read_documents
from cnnsize.rewriting.fix import FixedText, apply_fixes
from cnnsize.sizing.letters import bound_letters
from cnnsize.sizing.unrolled import kinds as unrolled_kinds
from cnnsize.text.diagnostic import ArchitectureError

SLOPPY = "Input[8x8x3] => conv3-8(P=1) -> relu -> RELU -> fc-10"


def look(text: str, file: str | None = "a.cnn") -> Report:
    return report(read_documents([Document(text, file)]))


def fixed(text: str, unsafe: bool = False, file: str | None = "a.cnn") -> FixedText:
    return apply_fixes(text, lambda text: look(text, file), unsafe=unsafe)


def left(checked: Report, applicability: Literal["safe", "unsafe"] = "safe") -> list[str]:
    return [
        diagnostic.code
        for diagnostic in checked.diagnostics
        if any(fix.applicability == applicability for fix in diagnostic.fixes)
    ]


def meaning(result: Result) -> object:
    """What no safe fix may change: what every layer with weights is and gives, and what comes
    out.
    """
    if result.network is None:
        return None
    weighty = [(step.kind, step.output, step.params) for step in result.layers if step.params]
    return result.input, result.output, result.params, result.valid, weighty


def kinds(result: Result) -> list[str] | None:
    assert result.architecture is not None
    try:
        return unrolled_kinds(result.architecture, bound_letters(result.architecture))
    except ArchitectureError:
        return None
