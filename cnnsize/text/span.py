"""Spans and positions, and maps from rewritten text to the original."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """A half-open range of code points of one text."""

    start: int
    end: int

    def shifted(self, by: int) -> Span:
        return Span(self.start + by, self.end + by)


class Position(NamedTuple):
    line: int
    column: int


class Piece(NamedTuple):
    """A stretch of rewritten text and the stretch of the original that it stands for."""

    start: int  # in the rewritten text
    original: Span
    verbatim: bool  # the same characters: offsets inside map one to one


class PieceMap:
    """Maps spans of a rewritten text back to the text that was written."""

    def __init__(self, pieces: list[Piece]) -> None:
        self._pieces = pieces

    def moved(self, start: int, original: int) -> list[Piece]:
        """The pieces, for a text that begins ``start`` further on, and its original
        ``original``.
        """
        return [
            Piece(one.start + start, one.original.shifted(original), one.verbatim)
            for one in self._pieces
        ]

    def span(self, span: Span) -> Span:
        """The smallest original span that holds what ``span`` was made from."""
        return original_of(self._pieces, span)


def original_of(pieces: Sequence[Piece], span: Span) -> Span:
    """The smallest original span that holds what ``span`` of the text made of these pieces was made
    from.
    """
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


class Stretch(NamedTuple):
    """Where a stretch of a source's text begins, in the text and in the file."""

    start: int
    line: int
    column: int
    width: int | None = (
        None  # in the file, of what is written otherwise there, as an escape in a string is
    )


def start_of(part: Piece | Stretch) -> int:
    return part.start
