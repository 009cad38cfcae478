"""A text that was extracted from another one, with the place of each character there.

A code fence in a list loses its indentation, a string literal its quotes and escapes, and a
notebook cell is spread over many strings of JSON. A view records, piece by piece, where each
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
    """A text, and the pieces of another text that it consists of, in order."""

    text: str
    pieces: tuple[Piece, ...]

    @staticmethod
    def of(text: str, start: int = 0, end: int | None = None) -> View:
        """Return the view of one stretch of a text."""
        return View(
            text[start:end], (Piece(0, Span(start, len(text) if end is None else end), True),)
        )

    def pieces_with_ends(self, first: int = 0) -> Iterator[tuple[Piece, int]]:
        """Yield the pieces from number ``first`` on, each with its end in the text."""
        for number in range(first, len(self.pieces)):
            yield (
                self.pieces[number],
                self.pieces[number + 1].start if number + 1 < len(self.pieces) else len(self.text),
            )

    def span(self, start: int, end: int) -> Span:
        """Return the span of the other text that a stretch was made from."""
        return original_of(self.pieces, Span(start, end))

    def part(self, *spans: tuple[int, int]) -> View:
        """Return the view of some stretches of the text, one after the other."""
        builder = _Builder()
        for start, end in spans:
            self._copy(start, end, builder)
        return builder.view()

    def _copy(self, start: int, end: int, builder: _Builder) -> None:
        """Append one stretch of the text to a view that is being built."""
        first = max(0, bisect_right(self.pieces, start, key=start_of) - 1)
        for piece, piece_end in self.pieces_with_ends(first):
            if piece.start >= end:
                break
            left, right = max(start, piece.start), min(end, piece_end)
            if left < right:
                shift = piece.original.start - piece.start
                original = Span(left + shift, right + shift) if piece.verbatim else piece.original
                builder.add(self.text[left:right], original, verbatim=piece.verbatim)

    def changed(self, changes: Iterable[tuple[int, int, str]]) -> View:
        """Return the view with some stretches replaced, such as escapes by their characters.

        ``changes`` are (start, end, new text), in order.
        """
        builder = _Builder()
        unchanged = 0
        for start, end, new in changes:
            if unchanged < start:
                self._copy(unchanged, start, builder)
            builder.add(new, self.span(start, end), verbatim=False)
            unchanged = end
        self._copy(unchanged, len(self.text), builder)
        return builder.view()

    def lines(self) -> list[tuple[int, int]]:
        """Return where each line begins and ends, its newline included."""
        return [(a, b) for a, b in pairwise([*line_starts(self.text), len(self.text)]) if a < b]

    def inside(self, outer: View) -> View:
        """Return this view of ``outer``'s text as a view of the text that ``outer`` is from."""
        builder = _Builder()
        for piece, piece_end in self.pieces_with_ends():
            if piece.verbatim:
                builder.extend(outer.part(piece.original))
            else:
                builder.add(
                    self.text[piece.start : piece_end], outer.span(*piece.original), verbatim=False
                )
        return builder.view()


def joined(views: Iterable[View]) -> View:
    """Return several views of one text as one view, one after the other."""
    builder = _Builder()
    for view in views:
        builder.extend(view)
    return builder.view()


class _Builder:
    """Builds a view; pieces that are adjacent in both texts become one."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.pieces: list[Piece] = []
        self.length = 0

    def add(self, text: str, original: Span, *, verbatim: bool) -> None:
        """Append a text and the stretch that it was made from."""
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
        """Append the pieces of a view."""
        for piece, piece_end in view.pieces_with_ends():
            text = view.text[piece.start : piece_end]
            self.add(text, piece.original, verbatim=piece.verbatim)

    def view(self) -> View:
        """Return the view of all that was appended."""
        return View("".join(self.texts), tuple(self.pieces))
