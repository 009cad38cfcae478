"""How often each rule is broken, the most frequent first."""

from __future__ import annotations

from collections import Counter

from cnnsize.lint.selection import Selection
from cnnsize.report.result import Report


def statistics(made: Report, selection: Selection, as_json: bool) -> str:
    """A line a rule: its count, its code, its severity, its name, and a mark where ``--fix`` mends
    some.
    """
    counts = Counter((one.code, one.severity, one.name) for one in made.diagnostics)
    mendable = Counter(
        (one.code, one.severity, one.name)
        for one in made.diagnostics
        if any(fix.applicability == "safe" for fix in one.fixes)
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
                    "fixable": mendable[key],
                }
                for key, count in rows
            ],
            indent=2,
        )
    wide = max((len(f"{count:,}") for _, count in rows), default=0)
    code = max((len(key[0]) for key, _ in rows), default=0)
    lines = []
    for key, count in rows:
        tail = f" ({mendable[key]:,} with --fix)" if mendable[key] else ""
        lines.append(f"{count:>{wide},}  {key[0]:<{code}}  {key[1]:<7}  {key[2]}{tail}")
    return "\n".join(lines)
