"""What an editor offers at a place: the fixes of a finding, all safe fixes, a suppression."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from cnnsize.lsp.checked import CheckedText
from cnnsize.lsp.diagnostics import as_lsp
from cnnsize.lsp.units import overlap
from cnnsize.rewriting.changes import Change
from cnnsize.text.diagnostic import Diagnostic

QUICK_FIX, FIX_ALL = types.CodeActionKind.QuickFix, "source.fixAll.cnnsize"
KINDS = [QUICK_FIX, types.CodeActionKind.SourceFixAll, FIX_ALL]


def actions(
    checked: CheckedText, uri: str, place: types.Range, only: list[str] | None
) -> list[types.CodeAction]:
    """Return the actions at a place. ``only`` are the kinds that the editor asks for."""
    offered: list[types.CodeAction] = []
    if is_wanted(QUICK_FIX.value, only):
        for number, finding in enumerate(checked.report.diagnostics):
            if finding.source is None:
                continue
            if overlap(checked.units.range(finding.source, finding.span), place):
                offered += fixes_of(number, finding, checked, uri)
                offered += suppressions(finding, checked, uri)
    if is_wanted(FIX_ALL, only):
        offered += fix_all(checked, uri)
    return offered


def is_wanted(kind: str, only: list[str] | None) -> bool:
    """Return whether an editor that asks for some kinds gets this one; a kind has those below it."""
    return not only or any(f"{kind}.".startswith(f"{asked}.") for asked in only)


def fixes_of(
    number: int, finding: Diagnostic, checked: CheckedText, uri: str
) -> Iterator[types.CodeAction]:
    """Yield the fixes of a finding; a safe one is preferred if it is the only one."""
    changes = [change for change in checked.changes if change.number == number]
    safe = [change for change in changes if change.fix.applicability == "safe"]
    for change in changes:
        is_safe = change.fix.applicability == "safe"
        code = finding.code if is_safe else f"{finding.code}, changes the network"
        yield types.CodeAction(
            title=f"{change.fix.message} ({code})",
            kind=QUICK_FIX,
            diagnostics=[as_lsp(finding, checked, uri)],
            is_preferred=True if [change] == safe else None,
            edit=workspace_edit(uri, text_edits(change, checked)),
        )


def text_edits(change: Change, checked: CheckedText) -> list[types.TextEdit]:
    """Return the edits of a fix."""
    return [
        types.TextEdit(range=checked.range_of(start, end), new_text=new)
        for start, end, new in change.edits
    ]


def suppressions(finding: Diagnostic, checked: CheckedText, uri: str) -> Iterator[types.CodeAction]:
    """Yield the comment that suppresses a finding on its line, if one can."""
    if finding.severity == "info":
        return
    line = finding.location.line
    text = checked.text_with_ignore(line, finding.code)
    if text is not None:
        yield types.CodeAction(
            title=f"Ignore {finding.code} on this line",
            kind=QUICK_FIX,
            diagnostics=[as_lsp(finding, checked, uri)],
            edit=workspace_edit(uri, checked.edit(text)),
        )


def fix_all(checked: CheckedText, uri: str) -> Iterator[types.CodeAction]:
    """Yield the action that applies all safe fixes, as ``check --fix`` does."""
    edits = checked.edit(checked.text_with_fixes)
    if edits:
        yield types.CodeAction(
            title="Fix all: apply the safe fixes of cnnsize",
            kind=FIX_ALL,
            edit=workspace_edit(uri, edits),
        )


def workspace_edit(uri: str, edits: list[types.TextEdit]) -> types.WorkspaceEdit:
    """Return the edits of one text as the protocol wants them."""
    return types.WorkspaceEdit(changes={uri: edits})
