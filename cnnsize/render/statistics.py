"""Count how often each rule is violated, the most frequent first."""

from __future__ import annotations

from collections import Counter

from cnnsize.report.result import Report


def statistics(report: Report, *, as_json: bool) -> str:
    """Return a line per rule: count, code, severity, name, and how many findings --fix can fix."""
    counts = Counter(
        (diagnostic.code, diagnostic.severity, diagnostic.name) for diagnostic in report.diagnostics
    )
    fixable = Counter(
        (diagnostic.code, diagnostic.severity, diagnostic.name)
        for diagnostic in report.diagnostics
        if any(fix.applicability == "safe" for fix in diagnostic.fixes)
    )
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    if as_json:
        import json

        return json.dumps(
            [
                {
                    "code": key[0],
                    "name": key[2],
                    "severity": key[1],
                    "count": count,
                    "fixable": fixable[key],
                }
                for key, count in rows
            ],
            indent=2,
        )
    count_width = max((len(f"{count:,}") for _, count in rows), default=0)
    code_width = max((len(key[0]) for key, _ in rows), default=0)
    lines = []
    for key, count in rows:
        note = f" ({fixable[key]:,} fixable with --fix)" if fixable[key] else ""
        lines.append(
            f"{count:>{count_width},}  {key[0]:<{code_width}}  {key[1]:<7}  {key[2]}{note}"
        )
    return "\n".join(lines)
