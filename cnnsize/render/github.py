"""Findings as GitHub workflow commands: annotations on the lines of a pull request.

GitHub shows only the first ten of each kind per step. Errors therefore come first, and a line in
the log says when there are more.
"""

from __future__ import annotations

import os
import re
from collections import Counter

from cnnsize.config.sources import DEFAULT_CONFIG, Config
from cnnsize.lint.selection import Selection
from cnnsize.render.places import errors_first, file_of, message_of, path_of
from cnnsize.report.result import Report
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.terminal import safe

KINDS = {"error": "error", "warning": "warning", "info": "notice"}
MAX_ROWS = 200  # of a table: a page can hold 1 MiB
MAX_ANNOTATIONS = 10  # of each kind that GitHub shows per step


def render(
    report: Report,
    selection: Selection,
    config: Config = DEFAULT_CONFIG,
    unreadable: tuple[str, ...] = (),
) -> str:
    """Return the findings as workflow commands, one per line."""
    lines = [command(diagnostic) for diagnostic in errors_first(report)]
    lines += [f"::error title=cnnsize::{escape_data(safe(line))}" for line in unreadable]
    counts = Counter(KINDS[diagnostic.severity] for diagnostic in report.diagnostics)
    for kind, count in counts.items():
        if count > MAX_ANNOTATIONS:
            lines.append(
                f"cnnsize: GitHub shows {MAX_ANNOTATIONS} {kind}s per step; "
                f"all {count} are in this log"
            )
    return "\n".join(lines)


def command(diagnostic: Diagnostic) -> str:
    """Return ``::error file=...,line=...,col=...,endLine=...,endColumn=...,title=...::message``."""
    start, end = diagnostic.location, diagnostic.end_location
    properties = {"title": f"{diagnostic.code} {diagnostic.name}"}
    file = file_of(diagnostic)
    if file is not None:
        properties = {
            "file": path_of(file, os.environ.get("GITHUB_WORKSPACE")),
            "line": str(start.line),
            "endLine": str(end.line),
            **properties,
        }
        if start.line == end.line:  # columns are for spans of one line
            properties |= {"col": str(start.column), "endColumn": str(end.column)}
    property_list = ",".join(f"{key}={escape_property(value)}" for key, value in properties.items())
    return f"::{KINDS[diagnostic.severity]} {property_list}::{escape_data(message_of(diagnostic))}"


def escape_data(text: str) -> str:
    """Escape the message of a command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def step_summary(report: Report, unreadable: tuple[str, ...] = ()) -> str:
    """Return the summary page of a job in Markdown: the findings, and the networks."""
    counts = [
        (report.count("error"), "error"),
        (report.count("warning"), "warning"),
        (report.count("info"), "note"),
    ]
    totals = [f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts if count] or [
        "no findings"
    ]
    networks = len(report.architectures)
    lines = [
        f"### cnnsize: {networks} network{'' if networks == 1 else 's'}, {', '.join(totals)}",
        "",
    ]
    lines += [f"- {escape_cell(message)}" for message in unreadable] + ([""] if unreadable else [])
    root = os.environ.get("GITHUB_WORKSPACE")

    def place_cell(file: str | None, line: int) -> str:
        # between backticks, nothing else is special
        path = safe(path_of(file, root)).replace("|", "\\|").replace("`", "'")
        return f"`{path}:{line}`"

    lines += markdown_table(
        ("", "place", "rule", "finding"),
        [
            (
                diagnostic.severity,
                place_cell(file_of(diagnostic), diagnostic.location.line),
                f"[{diagnostic.code}]({diagnostic.url})" if diagnostic.url else diagnostic.code,
                escape_cell(diagnostic.summary),
            )
            for diagnostic in errors_first(report)
        ],
    )
    lines += markdown_table(
        ("network", "place", "input", "output", "params", "MACs", ""),
        [
            (
                escape_cell(result.name or ""),
                place_cell(result.file, result.line),
                str(result.input or ""),
                str(result.output or ""),
                number_cell(result.params),
                number_cell(result.macs),
                "errors as expected" if result.bad else "valid" if result.valid else "not valid",
            )
            for result in report.architectures
        ],
    )
    return "\n".join(lines) + "\n"


def markdown_table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """Return a table in Markdown, or nothing when it has no rows."""
    if not rows:
        return []
    lines = [f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows[:MAX_ROWS])]
    more = len(rows) - MAX_ROWS
    return [*lines, "", *([f"and {more:,} more", ""] if more > 0 else [])]


def escape_cell(text: str) -> str:
    """Escape text for a cell of a table, so that nothing in it is Markdown."""
    return re.sub(r"([\\`*_{}\[\]<>|~#])", r"\\\1", safe(" ".join(text.split())))


def number_cell(value: int | None) -> str:
    """Return a number with thousands separators, or nothing for an unknown one."""
    return "" if value is None else f"{value:,}"


def escape_property(text: str) -> str:
    """Escape the value of a property."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")
