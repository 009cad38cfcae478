"""One text with architectures that was found in a file, and where it stands there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cnnsize.extract.view import View
from cnnsize.source import Chart, Origin, Span

INLINE = ("marker", "string", "comment", "raw")  # in what may not be broken over lines


class Excerpt(NamedTuple):
    """A text to be read as a document of its own. Offsets of ``view`` are those of the file's text."""

    view: View
    kind: str  # file, fence, directive, marker, string, comment or raw
    head: Span = Span(0, 0)  # what announces it: the words behind a fence's mark
    expects: str = ""  # bad: something must be found; skip: it is not read
    cell: int | None = None  # of a notebook, from 1
    in_cell: Chart | None = None  # where the text stands in it

    @property
    def text(self) -> str:
        return self.view.text

    @property
    def where(self) -> Span:
        """From what announces it to its end."""
        return Span(self.head.start, max(self.head.end, *(piece.original.end for piece in self.view.pieces[-1:]), 0))

    def starts_in(self, spans: Iterable[Span]) -> bool:
        return any(span.start <= self.head.start < span.end for span in spans)

    def inside(self, outer: View) -> Excerpt:
        """This excerpt of ``outer``'s text as one of the text that ``outer`` was taken from."""
        return self._replace(view=self.view.inside(outer), head=outer.span(*self.head))

    def origin(self, file: str | None, chart: Chart) -> Origin:
        """What tells its statements their places; ``chart`` is that of all of the file's text."""
        return Origin(file, chart._replace(pieces=self.view.pieces), self.cell, self.in_cell, self.kind in INLINE)


def unmarked(view: View, kind: str) -> Excerpt:
    """A network that nothing announces but its own INPUT."""
    return Excerpt(view, kind, Span(view.pieces[0].original.start, view.pieces[-1].original.end))


def switched_off(text: str, switch: str, code: Sequence[Span] = ()) -> list[Span]:
    """What stands between cnnsize:off and cnnsize:on, but for those that stand in code: they are somebody's example."""
    off: list[Span] = []
    start: int | None = None
    for found in re.finditer(switch, text):
        if any(one.start <= found.start() < one.end for one in code):
            continue
        if found[1] == "off":
            start = found.start() if start is None else start
        elif start is not None:
            off.append(Span(start, found.end()))
            start = None
    return off if start is None else [*off, Span(start, len(text))]
