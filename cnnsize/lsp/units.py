"""Places as an editor counts them: lines from 0, and columns in units of the encoding agreed on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from lsprotocol import types

from cnnsize.text.source import Source, line_starts
from cnnsize.text.span import Position, Span

WIDTHS: dict[types.PositionEncodingKind, Callable[[str], int]] = {  # of a character, in units
    types.PositionEncodingKind.Utf8: lambda char: len(char.encode("utf-8", "surrogatepass")),
    types.PositionEncodingKind.Utf16: lambda char: 1 + (char > "\uffff"),
    types.PositionEncodingKind.Utf32: lambda char: 1,
}


class Units:
    """Converts between the offsets of a text and the places of the editor.

    Only line feeds end lines, as everywhere in cnnsize. A form feed does not, so that the line
    numbers of an editor that counts by the rules of the protocol agree.
    """

    def __init__(
        self, text: str, encoding: types.PositionEncodingKind = types.PositionEncodingKind.Utf16
    ) -> None:
        self.text = text
        self.starts = line_starts(text)
        self.encoding = encoding
        self.is_plain = text.isascii() or encoding == types.PositionEncodingKind.Utf32

    def line_end(self, line: int) -> int:
        """Return the offset where a line ends, without its line break."""
        if line + 1 >= len(self.starts):
            return len(self.text)
        end = self.starts[line + 1] - 1
        return end - 1 if end > self.starts[line] and self.text[end - 1] == "\r" else end

    def width(self, start: int, end: int) -> int:
        """Return the units between two offsets of one line."""
        if self.is_plain:
            return end - start
        return sum(map(WIDTHS[self.encoding], self.text[start:end]))

    def position(self, place: Position) -> types.Position:
        """Return a line and a column, both from 1 and in characters, as the editor counts."""
        line = min(place.line, len(self.starts)) - 1
        start = self.starts[line]
        end = min(start + place.column - 1, self.line_end(line))
        return types.Position(line=line, character=self.width(start, end))

    def position_of(self, offset: int) -> types.Position:
        """Return the place of an offset of the text."""
        line = bisect_right(self.starts, offset) - 1
        return types.Position(line=line, character=self.width(self.starts[line], offset))

    def range_of(self, start: int, end: int) -> types.Range:
        """Return the range between two offsets of the text."""
        return types.Range(start=self.position_of(start), end=self.position_of(end))

    def range(self, source: Source, span: Span) -> types.Range:
        """Return the range of a span of the text of a network, which is in this text."""
        start, end = source.positions(span)
        return types.Range(start=self.position(start), end=self.position(end))

    def offset(self, position: types.Position) -> int:
        """Return the offset of a place; one beyond the end of its line is that end."""
        if position.line >= len(self.starts):
            return len(self.text)
        start, end = self.starts[position.line], self.line_end(position.line)
        if self.is_plain:
            return min(start + position.character, end)
        units, width = 0, WIDTHS[self.encoding]
        for offset in range(start, end):
            if units >= position.character:
                return offset
            units += width(self.text[offset])
        return end


def overlap(one: types.Range, other: types.Range) -> bool:
    """Return whether two ranges share a place; an empty range is a place."""
    return key(one.start) <= key(other.end) and key(other.start) <= key(one.end)


def key(position: types.Position) -> tuple[int, int]:
    """Return what places are ordered by."""
    return position.line, position.character
