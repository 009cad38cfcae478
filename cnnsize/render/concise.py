"""Findings as text, one per line, for editors, terminals and problem matchers."""

from __future__ import annotations

from cnnsize.config.sources import DEFAULT_CONFIG, Config
from cnnsize.lint.selection import Selection
from cnnsize.render.places import STRING
from cnnsize.report.result import Report
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.source import Source
from cnnsize.text.terminal import safe


def render(
    report: Report,
    selection: Selection,
    config: Config = DEFAULT_CONFIG,
    unreadable: tuple[str, ...] = (),
) -> str:
    """Return the findings, one per line."""
    return "\n".join(map(finding_line, report.diagnostics))


def finding_line(diagnostic: Diagnostic) -> str:
    """Return ``FILE:LINE:COLUMN: severity[CODE] name: message (help: the first help)``."""
    source = diagnostic.source or Source("")
    line, column = diagnostic.location
    cell = source.in_cell(diagnostic.span.start)
    in_cell = "" if cell is None else f"cell {cell.number}, line {cell.line}: "
    help_text = "".join(f" (help: {line})" for line in diagnostic.help[:1])
    return safe(
        f"{source.file or STRING}:{line}:{column}: {diagnostic.severity}[{diagnostic.code}] "
        f"{in_cell}{diagnostic.name}: {diagnostic.summary}{help_text}"
    )
