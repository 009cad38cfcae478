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
    made: Report,
    selection: Selection,
    config: Config = DEFAULT_CONFIG,
    unreadable: tuple[str, ...] = (),
) -> str:
    found = errors_first(made)
    root = os.environ.get("CI_PROJECT_DIR")
    return json.dumps(
        [
            {
                "type": "issue",
                "check_name": one.code,
                "description": f"{one.code} {message_of(one)}",
                "categories": ["Bug Risk" if one.severity != "info" else "Style"],
                "severity": SEVERITIES[one.severity],
                "fingerprint": mark,
                "location": {
                    "path": path_of(file_of(one), root),
                    "lines": {"begin": one.location.line, "end": one.end_location.line},
                    "positions": {
                        "begin": {"line": one.location.line, "column": one.location.column},
                        "end": {"line": one.end_location.line, "column": one.end_location.column},
                    },
                },
            }
            for one, mark in zip(found, fingerprints(found), strict=True)
        ],
        indent=2,
    )
