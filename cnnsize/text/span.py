"""Spans and positions, and maps from rewritten text to the original."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from cnnsize.record import NamedTuple, Record, public


@public
class Span(NamedTuple):
    """A half-open range of code points of one text."""

    start: int
    end: int

    def shifted(self, by: int) -> Span:
        """Return the span moved by an offset."""
        return Span(self.start + by, self.end + by)


@public
class Position(NamedTuple):
    """A line and a column, both from 1."""

    line: int
    column: int


class Piece(NamedTuple):
    """A stretch of rewritten text and the stretch of the original that it was made from."""

    start: int  # in the rewritten text
    original: Span
    verbatim: bool  # both have the same characters, so offsets inside map one to one


class PieceMap:
    """A map from the spans of a rewritten text to the text as written."""

    def __init__(self, pieces: list[Piece]) -> None:
        self._pieces = pieces
        self.sharing: frozenset[int] | None = None  # computed by ``faults.edit`` when needed

    def moved(self, start: int, original: int) -> list[Piece]:
        """Return the pieces with the text moved by ``start`` and its original by ``original``."""
        return [
            Piece(piece.start + start, piece.original.shifted(original), piece.verbatim)
            for piece in self._pieces
        ]

    def span(self, span: Span) -> Span:
        """Return the smallest original span that ``span`` was made from."""
        return original_of(self._pieces, span)

    def inside(self, outer: PieceMap) -> PieceMap:
        """Return the map to the text that ``outer`` maps the original of this one to."""
        return PieceMap(
            [
                Piece(
                    piece.start,
                    outer.span(piece.original),
                    piece.verbatim and outer.is_verbatim(piece.original),
                )
                for piece in self._pieces
            ]
        )

    def is_verbatim(self, span: Span) -> bool:
        """Return whether a span lies in one piece that has the characters of its original."""
        first = max(0, bisect_right(self._pieces, span.start, key=start_of) - 1)
        is_last = first + 1 == len(self._pieces) or span.end <= self._pieces[first + 1].start
        return self._pieces[first].verbatim and is_last


def original_of(pieces: Sequence[Piece], span: Span) -> Span:
    """Return the smallest original span that ``span`` of a text of these pieces was made from."""
    if not pieces:
        return Span(0, 0)
    first = pieces[max(0, bisect_right(pieces, span.start, key=start_of) - 1)]
    start = first.original.start
    if first.verbatim:
        start = min(start + span.start - first.start, first.original.end)
    if span.end <= span.start:
        return Span(start, start)
    last = pieces[max(0, bisect_right(pieces, span.end - 1, key=start_of) - 1)]
    end = last.original.end
    if last.verbatim:
        end = min(end, last.original.start + span.end - last.start)
    return Span(start, max(start, end))


class Stretch(Record):
    """A stretch of a source's text: where it begins in the text, and in the file."""

    start: int
    line: int
    column: int
    width: int | None = None  # in the file, where it is written differently, as an escape


def start_of(part: Piece | Stretch) -> int:
    """Return where a part begins in its text: the key of binary searches."""
    return part.start
