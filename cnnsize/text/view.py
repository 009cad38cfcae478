"""A text that was taken out of another one: which characters of it stand where.

A fence in a list has its indentation taken off, a string literal its escapes and its quotes, and a
cell of a notebook is spread over many strings of JSON. A view keeps, piece by piece, where each
character came from.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from cnnsize.text.source import line_starts
from cnnsize.text.span import Piece, Span, original_of, start_of


class View(NamedTuple):
    """A text, and the pieces of another one that it is made of, in order."""

    text: str
    pieces: tuple[Piece, ...]

    @staticmethod
    def of(text: str, start: int = 0, end: int | None = None) -> View:
        """A stretch of a text as it stands there."""
        return View(
            text[start:end], (Piece(0, Span(start, len(text) if end is None else end), True),)
        )

    def each(self, first: int = 0) -> Iterator[tuple[Piece, int]]:
        """The pieces from one on, and where each ends in the text."""
        for number in range(first, len(self.pieces)):
            yield (
                self.pieces[number],
                self.pieces[number + 1].start if number + 1 < len(self.pieces) else len(self.text),
            )

    def span(self, start: int, end: int) -> Span:
        """Where a stretch of the text stands in the other one."""
        return original_of(self.pieces, Span(start, end))

    def part(self, *spans: tuple[int, int]) -> View:
        """Some stretches of the text, one behind the other."""
        made = _Made()
        for start, end in spans:
            first = max(0, bisect_right(self.pieces, start, key=start_of) - 1)
            for piece, until in self.each(first):
                if piece.start >= end:
                    break
                left, right = max(start, piece.start), min(end, until)
                if left < right:
                    by = piece.original.start - piece.start
                    original = Span(left + by, right + by) if piece.verbatim else piece.original
                    made.add(self.text[left:right], original, piece.verbatim)
        return made.view()

    def changed(self, changes: Iterable[tuple[int, int, str]]) -> View:
        """The text with some stretches read as something else, as escapes are."""
        made = _Made()
        at = 0
        for start, end, new in changes:
            made.extend(self.part((at, start)))
            made.add(new, self.span(start, end), False)
            at = end
        made.extend(self.part((at, len(self.text))))
        return made.view()

    def lines(self) -> list[tuple[int, int]]:
        """Where each line begins and ends, its newline among it."""
        return [(a, b) for a, b in pairwise([*line_starts(self.text), len(self.text)]) if a < b]

    def inside(self, outer: View) -> View:
        """This view of ``outer``'s text as one of the text that ``outer`` was taken from."""
        made = _Made()
        for piece, until in self.each():
            if piece.verbatim:
                made.extend(outer.part(piece.original))
            else:
                made.add(self.text[piece.start : until], outer.span(*piece.original), False)
        return made.view()


def joined(views: Iterable[View]) -> View:
    """Several views of one text, one behind the other."""
    made = _Made()
    for view in views:
        made.extend(view)
    return made.view()


class _Made:
    """A view in the making; pieces that stand side by side in both texts are one."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.pieces: list[Piece] = []
        self.length = 0

    def add(self, text: str, original: Span, verbatim: bool) -> None:
        if not text:
            return
        last = self.pieces[-1] if self.pieces else None
        if last is not None and verbatim and last.verbatim and last.original.end == original.start:
            self.pieces[-1] = last._replace(original=Span(last.original.start, original.end))
        else:
            self.pieces.append(Piece(self.length, original, verbatim))
        self.texts.append(text)
        self.length += len(text)

    def extend(self, view: View) -> None:
        for piece, until in view.each():
            self.add(view.text[piece.start : until], piece.original, piece.verbatim)

    def view(self) -> View:
        return View("".join(self.texts), tuple(self.pieces))
