"""Findings as text: the line, carets under the smallest span, notes and computed help.

Colour never carries meaning alone: without it every word is still there.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise

from cnnsize.render.carets import excerpt
from cnnsize.render.tiling import tiling
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.source import Source
from cnnsize.text.span import Span
from cnnsize.text.terminal import Style, safe

COLOURS = {"error": "red", "warning": "yellow", "info": "cyan"}


def full(found: Diagnostic, style: Style) -> str:
    """One finding with its line, its carets, its notes and its help."""
    paint = style.paint
    colour = COLOURS[found.severity]
    lines = [
        paint(f"{found.severity}[{found.code}]", colour)
        + paint(f" {found.name}: ")
        + safe(found.message)
    ]
    source = found.source or Source("")
    place = found.location
    where = f"{safe(source.file or '<string>')}:{place.line}:{place.column}"
    cell = source.in_cell(found.span.start)
    if cell is not None:
        where += f", cell {cell.number}, line {cell.line}, column {cell.column}"
    offsets = source.line_offsets()
    texts = [source.text[a:b].removesuffix("\n") for a, b in pairwise([*offsets, len(source.text)])]
    marks = [(found.span, found.label, True)] + [
        (label.span, label.message, False) for label in found.related
    ]
    by_line: dict[int, list[tuple[Span, str, bool]]] = {}
    for span, label, primary in marks:
        line = bisect_right(offsets, span.start) - 1
        end = min(
            span.end, offsets[line] + len(texts[line])
        )  # a span over lines is marked on its first
        by_line.setdefault(line, []).append(
            (Span(span.start - offsets[line], end - offsets[line]), label, primary)
        )
    numbers = {line: source.position(offsets[line]).line for line in by_line}
    digits = len(str(max(numbers.values())))
    pad = " " * digits
    bar = paint("|", "blue")
    lines.append(f"{pad}{paint('-->', 'blue')} {where}")
    lines.append(f"{pad} {bar}")
    room = max(24, style.width - digits - 4)
    before: int | None = None
    for line in sorted(by_line):
        if before is not None and numbers[line] != numbers[before] + 1:
            lines.append(paint("." * max(3, digits), "blue"))
        before = line
        number = str(numbers[line]).rjust(digits)
        text, under = excerpt(texts[line].rstrip("\r"), by_line[line], room, style, colour)
        lines.append(f"{paint(number, 'blue')} {bar} {text}".rstrip())
        lines += [f"{pad} {bar} {mark}".rstrip() for mark in under]
    for note in found.notes:
        lines += _hang(pad, "note", note, style)
    if found.code in ("CNN101", "CNN102", "CNN103", "CNN105") and (
        style.verbose or style.width >= 100
    ):
        drawn = tiling(found.facts, style.width - digits - 4)
        if drawn:
            lines.append(f"{pad} {bar}")
            lines += [f"{pad} {bar} {line}" for line in drawn]
            lines.append(f"{pad} {bar}")
    for hint in found.help:
        lines += _hang(pad, "help", hint, style)
    if found.fixes and not any(map(found.can_apply, found.fixes)):
        lines += _hang(
            pad,
            "note",
            "--fix leaves it to you: what is to change is not written in one piece",
            style,
        )
    return "\n".join(lines)


def _hang(pad: str, word: str, text: str, style: Style) -> list[str]:
    """``= note: ...``, folded under itself."""
    from textwrap import wrap

    lead = f"{pad} = {word}: "
    lines = wrap(
        safe(text), max(30, style.width - len(lead)), break_long_words=False, break_on_hyphens=False
    ) or [""]
    head = f"{pad} {style.paint('=', 'blue')} {style.paint(word + ':')} "
    return [head + lines[0]] + [" " * len(lead) + line for line in lines[1:]]


def concise(found: Diagnostic) -> str:
    """FILE:LINE:COLUMN: severity[CODE] name: message"""
    source = found.source or Source("")
    place = found.location
    cell = source.in_cell(found.span.start)
    where = "" if cell is None else f"cell {cell.number}, line {cell.line}: "
    return safe(
        f"{source.file or '<string>'}:{place.line}:{place.column}: {found.severity}[{found.code}] {where}{found.name}: "
        + found.summary
        + "".join(f" (help: {line})" for line in found.help[:1])
    )


def summary(errors: int, warnings: int, infos: int, networks: int, bad: int = 0) -> str:
    """The one line at the end. ``bad`` is how many of the networks are meant to be so."""
    if bad:
        rest = f"{summary(errors, warnings, infos, networks - bad)}; " if networks > bad else ""
        return f"{rest}{bad} network{'s' if bad != 1 else ''}: bad, as marked"
    of = f"{networks} network{'s' if networks != 1 else ''}"
    parts = [
        f"{count} {word}{'s' if count != 1 else ''}"
        for count, word in ((errors, "error"), (warnings, "warning"), (infos, "note"))
        if count
    ]
    if not errors and not warnings:
        return f"{of}: valid" + (f" ({parts[0]})" if parts else "")
    return f"{of}: {', '.join(parts)}"
