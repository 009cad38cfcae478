"""Findings as GitHub workflow commands: annotations on the lines of a pull request.

GitHub shows ten of each kind a step, the first that it meets: so errors come first, and where there are more
a plain line in the log says so.
"""

from __future__ import annotations

import os
from collections import Counter

from cnnsize.config import PLAIN, Config
from cnnsize.diagnostic import Diagnostic
from cnnsize.render.places import errors_first, file_of, message_of, path_of
from cnnsize.report import Report
from cnnsize.selection import Selection

KINDS = {"error": "error", "warning": "warning", "info": "notice"}
SHOWN = 10  # annotations of a kind that a step shows


def render(made: Report, selection: Selection, config: Config = PLAIN, unreadable: tuple[str, ...] = ()) -> str:
    lines = [command(one) for one in errors_first(made)]
    lines += [f"::error title=cnnsize::{data(line)}" for line in unreadable]
    counts = Counter(KINDS[one.severity] for one in made.diagnostics)
    for kind, count in counts.items():
        if count > SHOWN:
            lines.append(f"cnnsize: GitHub shows {SHOWN} {kind}s a step; here are {count}, all of them in this log")
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


def escaped(text: str) -> str:
    """The value of a property."""
    return data(text).replace(":", "%3A").replace(",", "%2C")
