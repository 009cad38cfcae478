"""A problem matcher, which tells GitHub Actions and editors how to read ``concise`` lines."""

from __future__ import annotations

import json

# Notes are omitted, because a matcher treats a severity that it does not know as an error.
LINE = r"^(.+?):(\d+):(\d+): (error|warning)\[([A-Z]+\d+)\] (.+)$"


def problem_matcher() -> str:
    """Return the problem matcher as JSON."""
    pattern = {
        "regexp": LINE,
        "file": 1,
        "line": 2,
        "column": 3,
        "severity": 4,
        "code": 5,
        "message": 6,
    }
    return json.dumps({"problemMatcher": [{"owner": "cnnsize", "pattern": [pattern]}]}, indent=2)
