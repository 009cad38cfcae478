"""A match in words: the letters, or where the network leaves the pattern, with a caret in both
texts.
"""

from __future__ import annotations

from typing import Any

from cnnsize.patterns.matching.search import Leaving, Match
from cnnsize.render.carets import excerpt
from cnnsize.text.source import Source
from cnnsize.text.span import Span
from cnnsize.text.terminal import Style, safe

SHOWN = 20  # assignments that are listed


def match_text(found: Match, style: Style) -> str:
    if found:
        count = len(found)
        ways = "" if count == 1 else f", in {'at least ' if found.more else ''}{count:,} ways"
        lines = [f"follows the pattern{ways}"]
        lines += [f"  {words(found, one)}" for one in list(found)[:SHOWN]]
        if count > SHOWN:
            lines.append(f"  ... and {count - SHOWN:,} more")
        return "\n".join(lines)
    assert found.leaving is not None
    return leaving_text(found, found.leaving, style)


def words(found: Match, one: dict[str, int | bool]) -> str:
    """``N = 2, M = 3, with POOL``; what has no say is named as such."""
    parts = []
    for name, value in one.items():
        if isinstance(value, bool):
            parts.append(f"{'with' if value else 'without'} {name.removesuffix('?')}")
        else:
            parts.append(f"{name} = {value}")
    free = [name for name in found.names if name not in one]
    if free:
        parts.append(f"any {', '.join(free)}")
    return safe(", ".join(parts)) or "as it is written"


def leaving_text(found: Match, leaving: Leaving, style: Style) -> str:
    """Where the network leaves the pattern, in both texts."""
    wanted = " or ".join(leaving.wanted)
    lines = [
        f"leaves the pattern at layer {leaving.layer}: {leaving.found}, where the pattern has {wanted}"
    ]
    if leaving.bound:
        lines[0] += f" ({', '.join(leaving.bound)} by then)"
    lines = [safe(lines[0])]
    lines += placed("network", found.network.source, [(leaving.at, leaving.found, True)], style)
    marks = [(span, "" if len(leaving.places) > 1 else wanted, True) for span in leaving.places]
    lines += placed("pattern", found.pattern.source, marks, style)
    return "\n".join(lines)


def placed(
    what: str, source: Source, marks: list[tuple[Span, str, bool]], style: Style
) -> list[str]:
    """One text with its marks."""
    begin = source.text.rfind("\n", 0, marks[0][0].start) + 1
    end = source.text.find("\n", begin)
    line = source.text[begin : len(source.text) if end < 0 else end]
    inside = [
        (Span(max(0, span.start - begin), max(span.end, span.start + 1) - begin), label, first)
        for span, label, first in marks
        if begin <= span.start <= begin + len(line)
    ]
    lead = f"  {what} "
    shown, under = excerpt(line, inside, max(20, style.width - len(lead)), style, "red")
    return [lead + shown, *(" " * len(lead) + row for row in under)]


def match_dict(found: Match) -> dict[str, Any]:
    """The same as plain data."""
    leaving = found.leaving
    return {
        "pattern": found.pattern.text,
        "network": found.network.text,
        "follows": bool(found),
        "solutions": list(found),
        "more": found.more,
        "leaves": None
        if leaving is None
        else {
            "span": list(leaving.at),
            "found": leaving.found,
            "wanted": list(leaving.wanted),
            "pattern_spans": [list(span) for span in leaving.places],
            "layer": leaving.layer,
            "bound": list(leaving.bound),
        },
    }
