"""A problem matcher: how GitHub Actions, and editors that learned it from them, read the lines of
``concise``.
"""

from __future__ import annotations

import json

# notes are left out: a severity that a reader does not know counts as an error there
LINE = r"^(.+?):(\d+):(\d+): (error|warning)\[([A-Z]+\d+)\] (.+)$"


def matcher() -> str:
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
