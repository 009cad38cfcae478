"""A match as text: the letters, or where the network differs, marked in both texts."""

from __future__ import annotations

from cnnsize.patterns.matching.match import Match, Mismatch
from cnnsize.render.carets import marked_line
from cnnsize.text.source import Source
from cnnsize.text.span import Span
from cnnsize.text.terminal import Style, safe

MAX_SOLUTIONS = 20  # that are listed


def match_text(result: Match, style: Style) -> str:
    """Return the solutions, one per line, or the first difference."""
    if not result:
        assert result.mismatch is not None
        return mismatch_text(result, result.mismatch, style)
    count = len(result)
    ways = "" if count == 1 else f" in {'at least ' if result.more else ''}{count:,} ways"
    lines = [f"matches the pattern{ways}"]
    lines += [f"  {solution_text(result, solution)}" for solution in list(result)[:MAX_SOLUTIONS]]
    if count > MAX_SOLUTIONS:
        lines.append(f"  ... and {count - MAX_SOLUTIONS:,} more")
    return "\n".join(lines)


def solution_text(result: Match, solution: dict[str, int | bool]) -> str:
    """Return ``N = 2, M = 3, with POOL``; letters that make no difference come last, as ``any K``."""
    parts = []
    for name, value in solution.items():
        if isinstance(value, bool):
            parts.append(f"{'with' if value else 'without'} {name.removesuffix('?')}")
        else:
            parts.append(f"{name} = {value}")
    free = [name for name in result.names if name not in solution]
    if free:
        letters = [name for name in free if not name.endswith("?")]
        parts += [f"any {', '.join(letters)}"] if letters else []
        parts += [f"with or without {name[:-1]}" for name in free if name.endswith("?")]
    return safe(", ".join(parts)) or "as written"


def mismatch_text(result: Match, mismatch: Mismatch, style: Style) -> str:
    """Return where the network differs from the pattern, marked in both texts."""
    actual, wanted = mismatch.actual, mismatch.expected
    if actual in wanted:  # the kind is right, but the sizes differ: show the layers as written
        actual = result.network.source.text[mismatch.span.start : mismatch.span.end]
        pattern = result.pattern.source.text
        wanted = tuple(dict.fromkeys(pattern[start:end] for start, end in mismatch.pattern_spans))
    expected = " or ".join(wanted)
    message = (
        f"does not match the pattern at layer {mismatch.layer}: found {actual}, expected {expected}"
    )
    if mismatch.bound:
        message += f" (so far: {', '.join(mismatch.bound)})"
    network_marks = [(mismatch.span, actual, True)]
    label = "" if len(mismatch.pattern_spans) > 1 else expected
    pattern_marks = [(span, label, True) for span in mismatch.pattern_spans]
    return "\n".join(
        [
            safe(message),
            *marked_text("network", result.network.source, network_marks, style),
            *marked_text("pattern", result.pattern.source, pattern_marks, style),
        ]
    )


def marked_text(
    name: str, source: Source, marks: list[tuple[Span, str, bool]], style: Style
) -> list[str]:
    """Return the line of a text that holds the first mark, with the marks under it."""
    begin = source.text.rfind("\n", 0, marks[0][0].start) + 1
    end = source.text.find("\n", begin)
    line = source.text[begin : len(source.text) if end < 0 else end]
    marks_in_line = [
        (Span(max(0, span.start - begin), max(span.end, span.start + 1) - begin), label, primary)
        for span, label, primary in marks
        if begin <= span.start <= begin + len(line)
    ]
    lead = f"  {name} "
    width = max(20, style.width - len(lead))
    text, under = marked_line(line, marks_in_line, width, style, "red")
    return [lead + text, *(" " * len(lead) + row for row in under)]
