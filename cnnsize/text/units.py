"""Offsets of a text in units of an encoding: editors and browsers do not count in characters."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable

from cnnsize.text.source import Source, line_starts
from cnnsize.text.span import Position, Span

# characters that take several units, and how many more than a single one
WIDE: dict[str, tuple[str, Callable[[str], int]]] = {
    "utf-8": ("[^\x00-\x7f]", lambda char: len(char.encode("utf-8", "surrogatepass")) - 1),
    "utf-16": ("[\U00010000-\U0010ffff]", lambda char: 1),
}


class TextUnits:
    """Converts the places of the networks in a text to offsets, and offsets to units.

    ``encoding`` is utf-8, utf-16 or utf-32, whose units are characters.
    """

    def __init__(self, text: str, encoding: str = "utf-16") -> None:
        self.text = text
        self.our_lines = line_starts(text)
        self.extra: list[int] = []  # the offset of each wide character, once for each further unit
        if encoding in WIDE and not text.isascii():
            pattern, more = WIDE[encoding]
            for match in re.finditer(pattern, text):
                self.extra += [match.start()] * more(match[0])

    def width(self, start: int, end: int) -> int:
        """Return the units between two offsets."""
        extra = self.extra
        return end - start + (bisect_left(extra, end) - bisect_left(extra, start) if extra else 0)

    def offset_of(self, place: Position) -> int:
        """Return the offset of a line and a column of our own, both from 1."""
        line = min(place.line, len(self.our_lines))
        end = self.our_lines[line] - 1 if line < len(self.our_lines) else len(self.text)
        end -= self.text[end - 1 : end + 1] == "\r\n"
        return min(self.our_lines[line - 1] + place.column - 1, end)

    def span(self, source: Source, span: Span) -> Span:
        """Return the span in this text of a span of the text of a network, which is in it."""
        start, end = source.positions(span)
        return Span(self.offset_of(start), self.offset_of(end))
