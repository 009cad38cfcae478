"""Places as an editor counts them: lines from 0, and columns in units of the encoding agreed on."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import partial

from lsprotocol import types

from cnnsize.text.source import Source
from cnnsize.text.span import Span
from cnnsize.text.units import TextUnits

LINE_BREAKS = re.compile("\r\n?|\n")  # by the rules of the protocol


class Units(TextUnits):
    """Converts between the offsets of a text and the places of the editor.

    Lines of our own end at line feeds only. Those of the editor also end at a carriage return.
    """

    def __init__(
        self, text: str, encoding: types.PositionEncodingKind = types.PositionEncodingKind.Utf16
    ) -> None:
        super().__init__(text, encoding.value)
        self.encoding = encoding
        self.lines = self.our_lines
        if "\r" in text:
            self.lines = [0, *(match.end() for match in LINE_BREAKS.finditer(text))]

    def line_end(self, line: int) -> int:
        """Return the offset where a line of the editor ends, without its line break."""
        if line + 1 >= len(self.lines):
            return len(self.text)
        end = self.lines[line + 1] - 1
        return end - (self.text[end - 1 : end + 1] == "\r\n")

    def position(self, offset: int) -> types.Position:
        """Return the place of an offset of the text."""
        line = bisect_right(self.lines, offset) - 1
        return types.Position(line=line, character=self.width(self.lines[line], offset))

    def range_of(self, start: int, end: int) -> types.Range:
        """Return the range between two offsets of the text."""
        return types.Range(start=self.position(start), end=self.position(end))

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


def overlap(first: types.Range, second: types.Range) -> bool:
    """Return whether two ranges share a place; an empty range is a place."""
    return key(first.start) <= key(second.end) and key(second.start) <= key(first.end)


def key(position: types.Position) -> tuple[int, int]:
    """Return what places are ordered by."""
    return position.line, position.character
