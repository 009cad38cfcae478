"""A finding as text: its line with carets under the smallest span, then notes and help.

Colour never carries meaning alone: without it, the words still say everything.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnsize.text.diagnostic import Diagnostic, Label
from cnnsize.text.source import Source
from cnnsize.text.span import Span
from cnnsize.text.terminal import Style, safe

if TYPE_CHECKING:
    from cnnsize.report.result import Report

COLOURS = {"error": "red", "warning": "yellow", "info": "cyan"}


def finding_text(diagnostic: Diagnostic, style: Style) -> str:
    """Return a finding with its lines, its carets, its notes and its help."""
    severity = style.paint(
        f"{diagnostic.severity}[{diagnostic.code}]", COLOURS[diagnostic.severity]
    )
    name = style.paint(f" {diagnostic.name}: ")
    lines, margin = excerpt_lines(diagnostic, style)
    bar = style.paint("|", "blue")
    lines.insert(0, severity + name + safe(diagnostic.message))
    for note in diagnostic.notes:
        lines += _hang(margin, "note", note, style)
    drawing = window_drawing(diagnostic, style, style.width - len(margin) - 4)
    if drawing:
        lines += [f"{margin} {bar}", *(f"{margin} {bar} {line}" for line in drawing)]
        lines.append(f"{margin} {bar}")
    for hint in diagnostic.help:
        lines += _hang(margin, "help", hint, style)
    if diagnostic.fixes and not any(map(diagnostic.can_apply, diagnostic.fixes)):
        note = "--fix cannot apply this: the text to change is not contiguous in the file"
        lines += _hang(margin, "note", note, style)
    return "\n".join(lines)


def excerpt_lines(diagnostic: Diagnostic, style: Style) -> tuple[list[str], str]:
    """Return the place of a finding and its lines with carets, and the margin before them."""
    source = diagnostic.source or Source("")
    offsets = source.line_offsets()
    marks = _marks_by_line(diagnostic, source, offsets)
    numbers = {line: source.position(offsets[line]).line for line in marks}
    elsewhere = [label for label in diagnostic.related if label.source is not None]
    digits = len(str(max([*numbers.values(), *map(_line_number, elsewhere)])))
    margin = " " * digits
    bar = style.paint("|", "blue")
    width = max(24, style.width - digits - 4)
    colour = COLOURS[diagnostic.severity]
    lines = [
        f"{margin}{style.paint('-->', 'blue')} {_place(diagnostic, source)}",
        f"{margin} {bar}",
    ]
    from cnnsize.render.carets import marked_line  # late: most texts have no finding

    previous: int | None = None
    for line in sorted(marks):
        if previous is not None and numbers[line] != numbers[previous] + 1:
            lines.append(style.paint("." * max(3, digits), "blue"))
        previous = line
        number = style.paint(str(numbers[line]).rjust(digits), "blue")
        written = _line_text(source, offsets, line).rstrip("\r")
        text, under = marked_line(written, marks[line], width, style, colour)
        lines.append(f"{number} {bar} {text}".rstrip())
        lines += [f"{margin} {bar} {mark}".rstrip() for mark in under]
    for label in elsewhere:
        assert label.source is not None
        lines.append(f"{margin}{style.paint(':::', 'blue')} {_place_in(label.source, label.span)}")
        mark = (label.span, label.message, False)
        text, under = marked_line(label.source.text, [mark], width, style, colour)
        number = style.paint(str(_line_number(label)).rjust(digits), "blue")
        lines += [f"{margin} {bar}", f"{number} {bar} {text}".rstrip()]
        lines += [f"{margin} {bar} {part}".rstrip() for part in under]
    return lines, margin


def _place(diagnostic: Diagnostic, source: Source) -> str:
    """Return ``FILE:LINE:COLUMN``, and the place in the cell of a notebook."""
    place = _place_in(source, diagnostic.span)
    cell = source.in_cell(diagnostic.span.start)
    if cell is None:
        return place
    return f"{place}, cell {cell.number}, line {cell.line}, column {cell.column}"


def _place_in(source: Source, span: Span) -> str:
    """Return ``FILE:LINE:COLUMN``."""
    location = source.positions(span)[0]
    return f"{safe(source.file or '<string>')}:{location.line}:{location.column}"


def _line_number(label: Label) -> int:
    """Return the number of the line of another text in which a label is."""
    return label.source.line if label.source is not None else 0


def _line_text(source: Source, offsets: Sequence[int], line: int) -> str:
    """Return one line of a source without its line break."""
    end = offsets[line + 1] if line + 1 < len(offsets) else len(source.text)
    return source.text[offsets[line] : end].removesuffix("\n")


def _marks_by_line(
    diagnostic: Diagnostic, source: Source, offsets: Sequence[int]
) -> dict[int, list[tuple[Span, str, bool]]]:
    """Return the spans to mark in each line, with their labels, and whether each is the primary one.

    A span over several lines is marked on the first of them.
    """
    marks: dict[int, list[tuple[Span, str, bool]]] = {}
    for span, label, primary in (
        (diagnostic.span, diagnostic.label, True),
        *(
            (related.span, related.message, False)
            for related in diagnostic.related
            if related.source is None
        ),
    ):
        line = bisect_right(offsets, span.start) - 1
        start = offsets[line]
        end = min(span.end, start + len(_line_text(source, offsets, line)))
        marks.setdefault(line, []).append((Span(span.start - start, end - start), label, primary))
    return marks


def window_drawing(diagnostic: Diagnostic, style: Style, width: int) -> list[str]:
    """Return how the windows of a fault tile the input, if there is space to draw it."""
    is_window_fault = diagnostic.code in ("CNN101", "CNN102", "CNN103", "CNN105")
    has_space = style.verbose or style.width >= 100
    if not (is_window_fault and has_space):
        return []
    from cnnsize.render.tiling import tiling  # late: only windows that do not fit

    return tiling(diagnostic.facts, width)


def _hang(margin: str, label: str, text: str, style: Style) -> list[str]:
    """Return ``= note: ...``, wrapped and indented under itself."""
    lead = f"{margin} = {label}: "
    lines = _wrapped(safe(text), max(30, style.width - len(lead))) or [""]
    head = f"{margin} {style.paint('=', 'blue')} {style.paint(label + ':')} "
    return [head + lines[0]] + [" " * len(lead) + line for line in lines[1:]]


def _wrapped(text: str, width: int) -> list[str]:
    """Return the lines of a text, none of which is wider than its longest word or ``width``."""
    if len(text) <= width and text.isprintable() and text[-1:].strip():
        return [text]
    from textwrap import wrap  # late: most texts are short

    return wrap(text, width, break_long_words=False, break_on_hyphens=False)


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


def summary_of(report: Report, notes: int | None = None) -> str:
    """Return the last line of a report. ``notes`` is how many are shown; None means all."""
    return summary(
        errors=report.count("error"),
        warnings=report.count("warning"),
        notes=report.count("info") if notes is None else notes,
        networks=len(report.architectures),
        expected_errors=sum(result.bad for result in report.architectures) if report.ok else 0,
    )


def _counted(count: int, word: str) -> str:
    """Return ``1 error`` or ``2 errors``."""
    return f"{count} {word}{'' if count == 1 else 's'}"
