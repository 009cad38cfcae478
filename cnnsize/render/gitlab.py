"""Findings as a GitLab Code Quality report, for ``artifacts: reports: codequality``."""

from __future__ import annotations

import json
import os
from typing import Any

from cnnsize.config.sources import DEFAULT_CONFIG, Config
from cnnsize.lint.selection import Selection
from cnnsize.render.places import errors_first, file_of, fingerprints, message_of, path_of
from cnnsize.report.result import Report
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.terminal import safe

SEVERITIES = {"error": "critical", "warning": "major", "info": "info"}


def render(
    report: Report,
    selection: Selection,
    config: Config = DEFAULT_CONFIG,
    unreadable: tuple[str, ...] = (),
) -> str:
    """Return the findings, and the files that could not be read, as a JSON array of issues."""
    diagnostics = errors_first(report)
    root = os.environ.get("CI_PROJECT_DIR")
    issues = [
        issue_of(diagnostic, fingerprint, root)
        for diagnostic, fingerprint in zip(diagnostics, fingerprints(diagnostics), strict=True)
    ]
    return json.dumps([*map(unreadable_issue, unreadable), *issues], indent=2)


def issue_of(diagnostic: Diagnostic, fingerprint: str, root: str | None) -> dict[str, Any]:
    """Return the issue for a finding, with its path relative to the root of the repository."""
    begin, end = diagnostic.location, diagnostic.end_location
    return {
        "type": "issue",
        "check_name": diagnostic.code,
        "description": f"{diagnostic.code} {message_of(diagnostic)}",
        "categories": ["Bug Risk" if diagnostic.severity != "info" else "Style"],
        "severity": SEVERITIES[diagnostic.severity],
        "fingerprint": fingerprint,
        "location": {
            "path": path_of(file_of(diagnostic), root),
            "lines": {"begin": begin.line, "end": end.line},
            "positions": {
                "begin": {"line": begin.line, "column": begin.column},
                "end": {"line": end.line, "column": end.column},
            },
        },
    }


def unreadable_issue(message: str) -> dict[str, Any]:
    """Return the issue for a file that could not be read. Its message names the file."""
    from hashlib import sha256  # late: seldom needed

    return {
        "type": "issue",
        "check_name": "cnnsize",
        "description": safe(message),
        "categories": ["Bug Risk"],
        "severity": "critical",
        "fingerprint": sha256(message.encode("utf-8", "backslashreplace")).hexdigest(),
        "location": {"path": ".", "lines": {"begin": 1, "end": 1}},
    }
