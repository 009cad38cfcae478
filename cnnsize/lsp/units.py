"""Places as an editor counts them: lines from 0, and columns in units of the encoding agreed on."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from functools import partial

from lsprotocol import types

from cnnsize.text.source import Source, line_starts
from cnnsize.text.span import Position, Span

LINE_BREAKS = re.compile("\r\n?|\n")  # by the rules of the protocol
# characters that take several units, and how many more than one
WIDE: dict[types.PositionEncodingKind, tuple[str, Callable[[str], int]]] = {
    types.PositionEncodingKind.Utf8: (
        "[^\x00-\x7f]",
        lambda char: len(char.encode("utf-8", "surrogatepass")) - 1,
    ),
    types.PositionEncodingKind.Utf16: ("[\U00010000-\U0010ffff]", lambda char: 1),
}


class Units:
    """Converts between the offsets of a text and the places of the editor.

    Lines of our own end at line feeds only. Those of the editor also end at a carriage return.
    """

    def __init__(
        self, text: str, encoding: types.PositionEncodingKind = types.PositionEncodingKind.Utf16
    ) -> None:
        self.text = text
        self.encoding = encoding
        self.our_lines = line_starts(text)
        self.lines = self.our_lines
        if "\r" in text:
            self.lines = [0, *(match.end() for match in LINE_BREAKS.finditer(text))]
        self.extra: list[int] = []  # the offset of each wide character, once for each further unit
        if encoding in WIDE and not text.isascii():
            pattern, more = WIDE[encoding]
            for match in re.finditer(pattern, text):
                self.extra += [match.start()] * more(match[0])

    def width(self, start: int, end: int) -> int:
        """Return the units between two offsets."""
        extra = self.extra
        return end - start + (bisect_left(extra, end) - bisect_left(extra, start) if extra else 0)

    def line_end(self, line: int) -> int:
        """Return the offset where a line of the editor ends, without its line break."""
        if line + 1 >= len(self.lines):
            return len(self.text)
        end = self.lines[line + 1] - 1
        return end - (self.text[end - 1 : end + 1] == "\r\n")

    def offset_of(self, place: Position) -> int:
        """Return the offset of a line and a column of our own, both from 1."""
        line = min(place.line, len(self.our_lines))
        end = self.our_lines[line] - 1 if line < len(self.our_lines) else len(self.text)
        end -= self.text[end - 1 : end + 1] == "\r\n"
        return min(self.our_lines[line - 1] + place.column - 1, end)

    def position(self, offset: int) -> types.Position:
        """Return the place of an offset of the text."""
        line = bisect_right(self.lines, offset) - 1
        return types.Position(line=line, character=self.width(self.lines[line], offset))

    def range_of(self, start: int, end: int) -> types.Range:
        """Return the range between two offsets of the text."""
        return types.Range(start=self.position(start), end=self.position(end))

    def span(self, source: Source, span: Span) -> Span:
        """Return the span in this text of a span of the text of a network, which is in it."""
        start, end = source.positions(span)
        return Span(self.offset_of(start), self.offset_of(end))

    def range(self, source: Source, span: Span) -> types.Range:
        """Return the range of a span of the text of a network, which is in this text."""
        return self.range_of(*self.span(source, span))

    def offset(self, position: types.Position) -> int:
        """Return the offset of a place; one beyond the end of its line is that end."""
        if position.line >= len(self.lines):
            return len(self.text)
        start, end = self.lines[position.line], self.line_end(position.line)
        if not self.extra:
            return min(start + position.character, end)
        line = range(start, end)
        return start + bisect_left(line, position.character, key=partial(self.width, start))


def overlap(one: types.Range, other: types.Range) -> bool:
    """Return whether two ranges share a place; an empty range is a place."""
    return key(one.start) <= key(other.end) and key(other.start) <= key(one.end)


def key(position: types.Position) -> tuple[int, int]:
    """Return what places are ordered by."""
    return position.line, position.character
