"""What the rules report about a text, for the tests of rules."""

from __future__ import annotations

import cnnsize
from cnnsize.lint.catalogue import BY_CODE
from cnnsize.lint.rule import Rule
from cnnsize.lint.selection import RuleChoice, Selection, resolve_selection
from cnnsize.sizing.settings import TORCH, Settings
from cnnsize.text.diagnostic import Diagnostic


def selection(
    *codes: str, table: dict[str, Rule] | None = None, settings: Settings = TORCH
) -> Selection:
    """Select these rules and no others, or all rules if none is named."""
    return resolve_selection(
        [RuleChoice("test", select=codes or ("ALL",))], settings, table or BY_CODE
    )


def findings(text: str, *codes: str, settings: Settings = TORCH) -> list[Diagnostic]:
    """Return what these rules report, or all rules if none is named."""
    return list(
        cnnsize.check(
            text, selection=selection(*codes, settings=settings), settings=settings
        ).diagnostics
    )


def messages(text: str, *codes: str) -> list[tuple[str, str]]:
    """Return (text that is pointed at, message) of each finding."""
    return [
        (text[diagnostic.span.start : diagnostic.span.end], diagnostic.message)
        for diagnostic in findings(text, *codes)
    ]
