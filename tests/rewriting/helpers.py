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


def check_text(text: str, file: str | None = "a.cnn") -> Report:
    """Return the report on the text of a file; of a string if ``file`` is None."""
    return report(read_documents([Document(text, file)]))


def fixed(text: str, *, unsafe: bool = False, file: str | None = "a.cnn") -> FixedText:
    """Return the text of a file after ``check --fix``."""
    return apply_fixes(text, lambda text: check_text(text, file), unsafe=unsafe)


def remaining(checked: Report, applicability: Literal["safe", "unsafe"] = "safe") -> list[str]:
    """Return the codes of the diagnostics that have a fix of this kind."""
    return [
        diagnostic.code
        for diagnostic in checked.diagnostics
        if any(fix.applicability == applicability for fix in diagnostic.fixes)
    ]


def meaning(result: Result) -> object:
    """Return what no safe fix may change: input, output, and every layer with weights."""
    if result.network is None:
        return None
    with_weights = [(step.kind, step.output, step.params) for step in result.layers if step.params]
    return result.input, result.output, result.params, result.valid, with_weights


def kinds(result: Result) -> list[str] | None:
    """Return the kinds of all layers; None for a family, and for too many layers."""
    assert result.architecture is not None
    try:
        return unrolled_kinds(result.architecture, bound_letters(result.architecture))
    except ArchitectureError:
        return None
