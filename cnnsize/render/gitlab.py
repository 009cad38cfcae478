"""Findings as a GitLab Code Quality report, for ``artifacts: reports: codequality``."""

from __future__ import annotations

import json
import os

from cnnsize.config.sources import DEFAULT_CONFIG, Config
from cnnsize.lint.selection import Selection
from cnnsize.render.places import errors_first, file_of, fingerprints, message_of, path_of
from cnnsize.report.result import Report

SEVERITIES = {"error": "critical", "warning": "major", "info": "info"}


def render(
    report: Report,
    selection: Selection,
    config: Config = DEFAULT_CONFIG,
    unreadable: tuple[str, ...] = (),
) -> str:
    """Return the findings as a JSON array of issues."""
    diagnostics = errors_first(report)
    root = os.environ.get("CI_PROJECT_DIR")
    return json.dumps(
        [
            {
                "type": "issue",
                "check_name": diagnostic.code,
                "description": f"{diagnostic.code} {message_of(diagnostic)}",
                "categories": ["Bug Risk" if diagnostic.severity != "info" else "Style"],
                "severity": SEVERITIES[diagnostic.severity],
                "fingerprint": fingerprint,
                "location": {
                    "path": path_of(file_of(diagnostic), root),
                    "lines": {
                        "begin": diagnostic.location.line,
                        "end": diagnostic.end_location.line,
                    },
                    "positions": {
                        "begin": {
                            "line": diagnostic.location.line,
                            "column": diagnostic.location.column,
                        },
                        "end": {
                            "line": diagnostic.end_location.line,
                            "column": diagnostic.end_location.column,
                        },
                    },
                },
            }
            for diagnostic, fingerprint in zip(diagnostics, fingerprints(diagnostics), strict=True)
        ],
        indent=2,
    )
