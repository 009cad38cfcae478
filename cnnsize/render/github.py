"""Findings as GitHub workflow commands: annotations on the lines of a pull request.

GitHub shows ten of each kind a step, the first that it meets: so errors come first, and where there
are more a plain line in the log says so.
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
LISTED = 200  # rows of a table: a page may hold no more than 1 MiB
SHOWN = 10  # annotations of a kind that a step shows


def render(
    made: Report,
    selection: Selection,
    config: Config = DEFAULT_CONFIG,
    unreadable: tuple[str, ...] = (),
) -> str:
    lines = [command(one) for one in errors_first(made)]
    lines += [f"::error title=cnnsize::{data(safe(line))}" for line in unreadable]
    counts = Counter(KINDS[one.severity] for one in made.diagnostics)
    for kind, count in counts.items():
        if count > SHOWN:
            lines.append(
                f"cnnsize: GitHub shows {SHOWN} {kind}s a step; here are {count}, all of them in this log"
            )
    return "\n".join(lines)


def command(found: Diagnostic) -> str:
    """``::error file=...,line=...,col=...,endLine=...,endColumn=...,title=...::message``"""
    start, end = found.location, found.end_location
    properties = {"title": f"{found.code} {found.name}"}
    file = file_of(found)
    if file is not None:
        properties = {
            "file": path_of(file, os.environ.get("GITHUB_WORKSPACE")),
            "line": str(start.line),
            "endLine": str(end.line),
            **properties,
        }
        if start.line == end.line:  # columns are for spans of one line
            properties |= {"col": str(start.column), "endColumn": str(end.column)}
    listed = ",".join(f"{key}={escaped(value)}" for key, value in properties.items())
    return f"::{KINDS[found.severity]} {listed}::{data(message_of(found))}"


def data(text: str) -> str:
    """What stands behind ``::``."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def step_summary(made: Report, unreadable: tuple[str, ...] = ()) -> str:
    """The page of a job, in Markdown: what was found, and the networks."""
    counts = [
        (made.count("error"), "error"),
        (made.count("warning"), "warning"),
        (made.count("info"), "note"),
    ]
    said = [f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts if count] or [
        "no findings"
    ]
    networks = len(made.architectures)
    lines = [
        f"### cnnsize: {networks} network{'' if networks == 1 else 's'}, {', '.join(said)}",
        "",
    ]
    lines += [f"- {cell(message)}" for message in unreadable] + ([""] if unreadable else [])
    root = os.environ.get("GITHUB_WORKSPACE")

    def where(file: str | None, line: int) -> str:
        path = (
            safe(path_of(file, root)).replace("|", "\\|").replace("`", "'")
        )  # in code nothing else needs a mark
        return f"`{path}:{line}`"

    lines += table(
        ("", "where", "rule", "what"),
        [
            (
                one.severity,
                where(file_of(one), one.location.line),
                f"[{one.code}]({one.url})" if one.url else one.code,
                cell(one.summary),
            )
            for one in errors_first(made)
        ],
    )
    lines += table(
        ("network", "where", "input", "output", "params", "MACs", ""),
        [
            (
                cell(one.name or ""),
                where(one.file, one.line),
                str(one.input or ""),
                str(one.output or ""),
                number(one.params),
                number(one.macs),
                "bad, as marked" if one.bad else "valid" if one.valid else "not valid",
            )
            for one in made.architectures
        ],
    )
    return "\n".join(lines) + "\n"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    if not rows:
        return []
    lines = [f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows[:LISTED])]
    more = len(rows) - LISTED
    return [*lines, "", *([f"and {more:,} more", ""] if more > 0 else [])]


def cell(text: str) -> str:
    """Text in a cell of a table: nothing in it is Markdown."""
    return re.sub(r"([\\`*_{}\[\]<>|~#])", r"\\\1", safe(" ".join(text.split())))


def number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def escaped(text: str) -> str:
    """The value of a property."""
    return data(text).replace(":", "%3A").replace(",", "%2C")
