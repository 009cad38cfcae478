"""The whole report as JSON; ``cnnsize schema`` prints its schema."""

from __future__ import annotations

from cnnsize.config.sources import DEFAULT_CONFIG, Config
from cnnsize.lint.selection import Selection
from cnnsize.report.result import Report
from cnnsize.text.indented import indented_json


def render(
    report: Report,
    selection: Selection,
    config: Config = DEFAULT_CONFIG,
    unreadable: tuple[str, ...] = (),
) -> str:
    """Return the report as JSON, indented by two spaces, with the files that could not be read."""
    if not unreadable:
        return report.to_json(2)
    return indented_json({**report.to_dict(), "unreadable": unreadable})
