"""A finding as text: its line with carets under the smallest span, then notes and help.

Colour never carries meaning alone: without it, the words still say everything.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise

from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.source import Source
from cnnsize.text.span import Span
from cnnsize.text.terminal import Style, safe

COLOURS = {"error": "red", "warning": "yellow", "info": "cyan"}


def finding_text(diagnostic: Diagnostic, style: Style) -> str:
    """Return a finding with its line, its carets, its notes and its help."""
    paint = style.paint
    colour = COLOURS[diagnostic.severity]
    lines = [
        paint(f"{diagnostic.severity}[{diagnostic.code}]", colour)
        + paint(f" {diagnostic.name}: ")
        + safe(diagnostic.message)
    ]
    source = diagnostic.source or Source("")
    location = diagnostic.location
    where = f"{safe(source.file or '<string>')}:{location.line}:{location.column}"
    cell = source.in_cell(diagnostic.span.start)
    if cell is not None:
        where += f", cell {cell.number}, line {cell.line}, column {cell.column}"
    offsets = source.line_offsets()
    texts = [source.text[a:b].removesuffix("\n") for a, b in pairwise([*offsets, len(source.text)])]
    marks = [(diagnostic.span, diagnostic.label, True)] + [
        (label.span, label.message, False) for label in diagnostic.related
    ]
    by_line: dict[int, list[tuple[Span, str, bool]]] = {}
    for span, label, primary in marks:
        line = bisect_right(offsets, span.start) - 1
        # a span over several lines is marked on the first of them
        end = min(span.end, offsets[line] + len(texts[line]))
        by_line.setdefault(line, []).append(
            (Span(span.start - offsets[line], end - offsets[line]), label, primary)
        )
    numbers = {line: source.position(offsets[line]).line for line in by_line}
    digits = len(str(max(numbers.values())))
    margin = " " * digits
    rule_bar = paint("|", "blue")
    lines.append(f"{margin}{paint('-->', 'blue')} {where}")
    from cnnsize.render.carets import marked_line  # late: most texts have no finding

    lines.append(f"{margin} {rule_bar}")
    width = max(24, style.width - digits - 4)
    previous: int | None = None
    for line in sorted(by_line):
        if previous is not None and numbers[line] != numbers[previous] + 1:
            lines.append(paint("." * max(3, digits), "blue"))
        previous = line
        number = str(numbers[line]).rjust(digits)
        text, under = marked_line(texts[line].rstrip("\r"), by_line[line], width, style, colour)
        lines.append(f"{paint(number, 'blue')} {rule_bar} {text}".rstrip())
        lines += [f"{margin} {rule_bar} {mark}".rstrip() for mark in under]
    for note in diagnostic.notes:
        lines += _hang(margin, "note", note, style)
    is_window_fault = diagnostic.code in ("CNN101", "CNN102", "CNN103", "CNN105")
    has_space = style.verbose or style.width >= 100
    if is_window_fault and has_space:
        from cnnsize.render.tiling import tiling  # late: only windows that do not fit

        tiling_lines = tiling(diagnostic.facts, style.width - digits - 4)
        if tiling_lines:
            lines.append(f"{margin} {rule_bar}")
            lines += [f"{margin} {rule_bar} {line}" for line in tiling_lines]
            lines.append(f"{margin} {rule_bar}")
    for hint in diagnostic.help:
        lines += _hang(margin, "help", hint, style)
    if diagnostic.fixes and not any(map(diagnostic.can_apply, diagnostic.fixes)):
        lines += _hang(
            margin,
            "note",
            "--fix cannot apply this: the text to change is not contiguous in the file",
            style,
        )
    return "\n".join(lines)


def _hang(margin: str, label: str, text: str, style: Style) -> list[str]:
    """Return ``= note: ...``, wrapped and indented under itself."""
    from textwrap import wrap

    lead = f"{margin} = {label}: "
    lines = wrap(
        safe(text), max(30, style.width - len(lead)), break_long_words=False, break_on_hyphens=False
    ) or [""]
    head = f"{margin} {style.paint('=', 'blue')} {style.paint(label + ':')} "
    return [head + lines[0]] + [" " * len(lead) + line for line in lines[1:]]


def summary(
    *, errors: int, warnings: int, notes: int, networks: int, expected_errors: int = 0
) -> str:
    """Return the last line of a report.

    ``expected_errors`` is how many of the networks are marked as bad and have errors.
    """
    if expected_errors:
        checked = networks - expected_errors
        line = f"{_counted(expected_errors, 'network')}: errors as expected"
        if not checked:
            return line
        others = summary(errors=errors, warnings=warnings, notes=notes, networks=checked)
        return f"{others}; {line}"
    counts = [
        _counted(count, word)
        for count, word in ((errors, "error"), (warnings, "warning"), (notes, "note"))
        if count
    ]
    result = ", ".join(counts)
    if not errors and not warnings:
        result = f"valid ({result})" if result else "valid"
    return f"{_counted(networks, 'network')}: {result}"


def _counted(count: int, word: str) -> str:
    """Return ``1 error`` or ``2 errors``."""
    return f"{count} {word}{'' if count == 1 else 's'}"
