"""A chain with arrows, built from the layers of a paste, that knows where each character is from."""

from __future__ import annotations

import dataclasses

from cnnsize.language.informal.writer import StrictText, to_strict
from cnnsize.record import replace
from cnnsize.text.diagnostic import ArchitectureError
from cnnsize.text.span import Piece, PieceMap, Span


class ChainView:
    """Layers of a paste as one informal chain: ``nn.Conv2d(3, 64, 3) -> nn.ReLU()``.

    Layers are copied from the paste with ``copy``, or put in other words with ``write``.
    """

    def __init__(self, text: str) -> None:
        self.original = text
        self.notes: dict[str, None] = {}  # an ordered set
        self.order_known = True  # False where the layers may run in another order
        self.parts: list[str] = []
        self.pieces: list[Piece] = []
        self.length = 0
        self.needs_arrow = False

    @property
    def is_empty(self) -> bool:
        """Whether there is no layer yet."""
        return not self.parts

    def note(self, text: str) -> None:
        """Tell the author how something was read, once for each text."""
        self.notes[text] = None

    def write(self, part: str, span: Span) -> None:
        """Append text that was made of a span of the paste."""
        self._add(part, span, verbatim=False)

    def copy(self, start: int, end: int) -> None:
        """Append a stretch of the paste as it is."""
        self._add(self.original[start:end], Span(start, end), verbatim=True)

    def begin_item(self, start: int) -> None:
        """Append an arrow, unless the next item is the first of its chain.

        ``start`` is where the item begins in the paste.
        """
        if self.needs_arrow:
            self.write(" -> ", Span(start, start))
        self.needs_arrow = True

    def open_group(self, span: Span) -> None:
        """Begin a bracket, which ``close_group`` ends."""
        self.begin_item(span.start)
        self.write("[", span)
        self.needs_arrow = False

    def close_group(self, count: int, span: Span) -> None:
        """End a bracket that is repeated ``count`` times."""
        self.write(f"]*{count}", span)
        self.needs_arrow = True

    def read(self) -> StrictText:
        """Return the strict text of the chain. Raises ArchitectureError with spans of the paste."""
        map = PieceMap(self.pieces)
        try:
            strict = to_strict("".join(self.parts))
        except ArchitectureError as error:
            # a fix would write this notation into a paste
            diagnostic = replace(error.diagnostic, span=map.span(error.diagnostic.span), fixes=())
            raise ArchitectureError(diagnostic, self.original) from None
        return dataclasses.replace(
            strict,
            map=strict.map.inside(map),
            readings=tuple(
                reading._replace(span=map.span(reading.span)) for reading in strict.readings
            ),
            notes=(*self.notes, *filter(changes_sizes, strict.notes)),
            order_known=self.order_known,
            defaults=tuple((map.span(span), default) for span, default in strict.defaults),
        )

    def _add(self, part: str, span: Span, *, verbatim: bool) -> None:
        self.pieces.append(Piece(self.length, span, verbatim))
        self.parts.append(part)
        self.length += len(part)


def changes_sizes(note: str) -> bool:
    """Return whether a note says more than that an argument has no effect on any size.

    Every print of a module lists such arguments.
    """
    return not note.endswith("; it does not change any size")
