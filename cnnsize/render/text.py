"""Findings as text: the line, carets under the smallest span, notes and computed help.

Colour never carries meaning alone: without it every word is still there.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

from cnnsize.diagnostic import Diagnostic
from cnnsize.render.tiling import tiling
from cnnsize.source import Source, Span

TAB = 4
NEAR = 1000  # characters around a span that are looked at in a very long line
COLOURS = {"error": "red", "warning": "yellow", "info": "cyan"}


class Style(NamedTuple):
    """How to print: how wide, in colour or not, which signs the terminal has."""

    width: int = 80
    colour: bool = False
    verbose: bool = False

    def paint(self, text: str, colour: str, bold: bool = True) -> str:
        if not self.colour or not text:
            return text
        from click import style

        return style(text, fg=colour, bold=bold)


def cells(character: str, column: int) -> str:
    """What stands on the screen for one character: controls and marks that reorder text are spelled."""
    if " " <= character <= "~":
        return character
    if character == "\t":
        return " " * (TAB - column % TAB)
    code = ord(character)
    if code < 32 or 0x7F <= code < 0xA0 or character in "\u2028\u2029\ufeff\u200b\u200e\u200f":
        return f"<{code:02X}>" if code < 256 else f"<U+{code:04X}>"
    if 0xD800 <= code <= 0xDFFF or 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069:
        return f"<U+{code:04X}>"
    return character


def wide(text: str) -> int:
    """How many columns a text takes: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(0 if category(c) in ("Mn", "Me", "Cf") else 2 if east_asian_width(c) in "WF" else 1 for c in text)


class _Line:
    """One line of source on the screen."""

    def __init__(self, text: str) -> None:
        self.starts: list[int] = []
        shown: list[str] = []
        column = 0
        for character in text:
            self.starts.append(column)
            cell = cells(character, column)
            shown.append(cell)
            column += wide(cell)
        self.starts.append(column)
        self.cells = shown
        self.text = "".join(shown)

    def columns(self, start: int, end: int) -> tuple[int, int]:
        """Where the characters start to end stand; at least one column."""
        last = len(self.starts) - 1
        left = self.starts[min(start, last)]
        right = self.starts[min(end, last)]
        return left, max(left + 1, right)

    def cut(self, left: int, room: int) -> tuple[str, int]:
        """The text from column ``left`` on, ``room`` columns of it, and what was taken off in front."""
        if self.starts[-1] <= room:
            return self.text, 0
        front = "..." if left > 0 else ""
        out, used, taken = "", 0, 0
        for start, cell in zip(self.starts, self.cells, strict=False):
            if start < left:
                continue
            if not out:
                taken = start
            w = wide(cell)
            if used + w > room - len(front) - 3:
                return front + out + "...", taken - len(front)
            out += cell
            used += w
        return front + out, taken - len(front)


def full(found: Diagnostic, style: Style) -> str:
    """One finding with its line, its carets, its notes and its help."""
    paint = style.paint
    colour = COLOURS[found.severity]
    lines = [
        paint(f"{found.severity}[{found.code}]", colour) + paint(f" {found.name}: ", "white") + safe(found.message)
    ]
    source = found.source or Source("")
    place = found.location
    where = f"{source.file or '<string>'}:{place.line}:{place.column}"
    cell = source.in_cell(found.span.start)
    if cell is not None:
        where += f", cell {cell.number}, line {cell.line}, column {cell.column}"
    offsets = source.rows()
    texts = [source.text[a:b].removesuffix("\n") for a, b in pairwise([*offsets, len(source.text)])]
    marks = [(found.span, found.label, True)] + [(label.span, label.message, False) for label in found.related]
    by_line: dict[int, list[tuple[Span, str, bool]]] = {}
    for span, label, primary in marks:
        line = bisect_right(offsets, span.start) - 1
        end = min(span.end, offsets[line] + len(texts[line]))  # a span over lines is marked on its first
        by_line.setdefault(line, []).append((Span(span.start - offsets[line], end - offsets[line]), label, primary))
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
    if found.code in ("CNN101", "CNN102", "CNN103", "CNN105") and (style.verbose or style.width >= 100):
        drawn = tiling(found.facts, style.width - digits - 4)
        if drawn:
            lines.append(f"{pad} {bar}")
            lines += [f"{pad} {bar} {line}" for line in drawn]
            lines.append(f"{pad} {bar}")
    for hint in found.help:
        lines += _hang(pad, "help", hint, style)
    if found.fixes and not any(map(found.reaches, found.fixes)):
        lines += _hang(pad, "note", "--fix leaves it to you: what is to change is not written in one piece", style)
    return "\n".join(lines)


def safe(text: str) -> str:
    """A message that may hold what the user typed: controls are spelled."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(cells(c, 0) if c != "\t" else " " for c in text)


def _hang(pad: str, word: str, text: str, style: Style) -> list[str]:
    """``= note: ...``, folded under itself."""
    from textwrap import wrap

    lead = f"{pad} = {word}: "
    lines = wrap(safe(text), max(30, style.width - len(lead)), break_long_words=False, break_on_hyphens=False) or [""]
    head = f"{pad} {style.paint('=', 'blue')} {style.paint(word + ':', 'white')} "
    return [head + lines[0]] + [" " * len(lead) + line for line in lines[1:]]


def excerpt(
    text: str, marks: list[tuple[Span, str, bool]], room: int, style: Style, colour: str
) -> tuple[str, list[str]]:
    """The line and what stands under it: carets, dashes, and their labels hung on bars."""
    primary = next((mark for mark in marks if mark[2]), marks[0])
    if len(text) > 4 * NEAR:  # only what can be shown is looked at
        low = max(0, primary[0].start - NEAR)
        front = "..." if low else ""
        text = front + text[low : low + 3 * NEAR]
        moved = [(mark[0].shifted(len(front) - low), *mark[1:]) for mark in marks]
        marks = [mark for mark in moved if 0 <= mark[0].start <= len(text)]  # a mark may stand behind the last one
        primary = next((mark for mark in marks if mark[2]), primary)
    line = _Line(text)
    left, right = line.columns(*primary[0])
    longest = max((len(label) for _, label, _ in marks), default=0)
    begin = 0
    if line.starts[-1] > room:
        begin = max(0, min(left - room // 3, right + min(longest, room // 2) - room + 8))
        if left < room // 2 and right + 10 < room:
            begin = 0
    shown, off = line.cut(begin, room)
    edge = wide(shown)
    spans: list[tuple[int, int, str, bool]] = []
    for span, label, is_primary in marks:
        a, b = line.columns(*span)
        a, b = a - off, b - off
        if b <= 0 or a >= edge + 1:
            continue
        spans.append((max(a, 0), min(max(b, 1), max(edge, a + 1)), label, is_primary))
    spans.sort(key=lambda mark: (mark[0], mark[3]))
    paint: Callable[[str, bool], str] = lambda part, is_primary: style.paint(part, colour if is_primary else "blue")  # noqa: E731
    under: list[tuple[str, bool]] = [(" ", False)] * (max((b for _, b, _, _ in spans), default=0) + 1)
    for a, b, _, is_primary in sorted(spans, key=lambda mark: mark[3]):
        for at in range(a, b):
            under[at] = ("^" if is_primary else "-", is_primary)
    row = "".join(paint(sign, is_primary) if sign != " " else " " for sign, is_primary in under).rstrip()
    plain = "".join(sign for sign, _ in under).rstrip()
    labels = [mark for mark in spans if mark[2]]
    rows: list[str] = []
    if labels:
        last = labels[-1]
        overlapped = any(mark is not last and mark[0] == last[0] for mark in labels)
        ends_last = len(plain) == last[1]
        if ends_last and not overlapped and len(plain) + 1 + len(last[2]) <= room:
            row += " " + paint(safe(last[2]), last[3])
            labels = labels[:-1]
    rows.append(row)
    for index in range(len(labels) - 1, -1, -1):
        a, _, label, is_primary = labels[index]
        bars = list(labels[: index + 1])
        if index == len(labels) - 1:
            rows.append(_bars(bars, paint))
        shift = max(0, min(a, room - len(label)))
        ahead = [mark for mark in labels[:index] if mark[0] < shift]
        body = _bars(ahead, paint, shift)
        rows.append(body + paint(safe(label), is_primary))
    return shown, rows


def _bars(marks: list[tuple[int, int, str, bool]], paint: Callable[[str, bool], str], width: int | None = None) -> str:
    """``|`` under the first column of each mark."""
    out = ""
    column = 0
    for a, _, _, is_primary in sorted(marks):
        if a < column:
            continue
        out += " " * (a - column) + paint("|", is_primary)
        column = a + 1
    if width is not None and column < width:
        out += " " * (width - column)
    return out


def concise(found: Diagnostic) -> str:
    """FILE:LINE:COLUMN: severity[CODE] name: message"""
    source = found.source or Source("")
    place = found.location
    cell = source.in_cell(found.span.start)
    where = "" if cell is None else f"cell {cell.number}, line {cell.line}: "
    return safe(
        f"{source.file or '<string>'}:{place.line}:{place.column}: {found.severity}[{found.code}] {where}{found.name}: "
        + found.summary + "".join(f" (help: {line})" for line in found.help[:1])
    )  # fmt: skip


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
