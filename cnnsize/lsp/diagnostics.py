"""The findings about a text, as an editor lists them."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types

from cnnsize.lsp.checked import CheckedText
from cnnsize.lsp.units import Units
from cnnsize.text.diagnostic import Diagnostic, Label
from cnnsize.text.source import Source
from cnnsize.text.span import Span

SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "info": types.DiagnosticSeverity.Information,
}
UNNECESSARY = ("CNN704", "CNN901")  # what they mark has no effect; editors fade it


def diagnostics(checked: CheckedText, uri: str) -> list[types.Diagnostic]:
    """Return the findings about a text that are placed in it."""
    return [
        as_lsp(finding, checked, uri)
        for finding in checked.report.diagnostics
        if finding.source is not None
    ]


def as_lsp(finding: Diagnostic, checked: CheckedText, uri: str) -> types.Diagnostic:
    """Return a finding in the form of the protocol."""
    assert finding.source is not None
    related = [related_place(label, finding, checked, uri) for label in finding.related]
    return types.Diagnostic(
        range=checked.units.range(finding.source, finding.span),
        message=message_of(finding),
        severity=SEVERITIES[finding.severity],
        code=finding.code,
        code_description=types.CodeDescription(href=finding.url) if finding.url else None,
        source="cnnsize",
        related_information=related or None,
        tags=[types.DiagnosticTag.Unnecessary] if finding.code in UNNECESSARY else None,
    )


def message_of(finding: Diagnostic) -> str:
    """Return what is wrong with its arithmetic, the notes and the help, each on a line."""
    notes = [f"note: {note}" for note in finding.notes]
    return "\n".join([finding.summary, *notes, *(f"help: {line}" for line in finding.help)])


def related_place(
    label: Label, finding: Diagnostic, checked: CheckedText, uri: str
) -> types.DiagnosticRelatedInformation:
    """Return a further place that a finding concerns, in this text or in another file."""
    source = label.source or finding.source
    assert source is not None
    if source.file is None or source.file == checked.name:
        location = types.Location(uri=uri, range=checked.units.range(source, label.span))
    else:
        location = other_location(source, label.span, checked.units.encoding)
    return types.DiagnosticRelatedInformation(location=location, message=label.message)


def other_location(
    source: Source, span: Span, encoding: types.PositionEncodingKind
) -> types.Location:
    """Return a place in a file that the editor may not have open; its line is the source."""
    units = Units(source.text, encoding)
    place = units.range_of(*span)
    for position in (place.start, place.end):
        position.line += source.line - 1
    return types.Location(uri=Path(source.file or "").absolute().as_uri(), range=place)
