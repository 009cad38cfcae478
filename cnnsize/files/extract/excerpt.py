"""One text with architectures that was found in a file, and where it stands there."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

from cnnsize.text.offsets import Chart, Origin
from cnnsize.text.span import Span
from cnnsize.text.view import View

INLINE = (
    "marker",
    "string",
    "comment",
    "raw",
)  # in what may not be broken over lines; nor may cells of notebooks


class Excerpt(NamedTuple):
    """A text to be read as a document of its own. Offsets of ``view`` are those of the file's
    text.
    """

    view: View
    kind: str  # file, fence, directive, marker, string, comment or raw
    head: Span = Span(0, 0)  # what announces it: the words behind a fence's mark
    expects: str = ""  # bad: something must be found; skip: it is not read
    cell: int | None = None  # of a notebook, from 1
    in_cell: Chart | None = None  # where the text stands in it
    note: str = ""  # no text, but why there may be others from ``head`` on that were not found

    @property
    def text(self) -> str:
        return self.view.text

    @property
    def where(self) -> Span:
        """From what announces it to its end."""
        end = self.view.pieces[-1].original.end if self.view.pieces else 0
        return Span(self.head.start, max(self.head.end, end))

    def inside(self, outer: View) -> Excerpt:
        """This excerpt of ``outer``'s text as one of the text that ``outer`` was taken from."""
        return self._replace(view=self.view.inside(outer), head=outer.span(*self.head))

    def origin(self, file: str | None, chart: Chart) -> Origin:
        """What tells its statements their places; ``chart`` is that of all of the file's text."""
        inline = self.kind in INLINE or self.cell is not None
        return Origin(
            file, chart._replace(pieces=self.view.pieces), self.cell, self.in_cell, inline
        )


class Spans:
    """Spans of a text, to be asked whether one of them holds an offset."""

    def __init__(self, spans: Iterable[Span]) -> None:
        found = sorted(spans)
        self.starts = [span.start for span in found]
        self.ends = list(accumulate((span.end for span in found), max))

    def hold(self, at: int) -> bool:
        number = bisect_right(self.starts, at) - 1
        return number >= 0 and at < self.ends[number]


def unmarked(view: View, kind: str) -> Excerpt:
    """A network that nothing announces but its own INPUT."""
    return Excerpt(view, kind, Span(view.pieces[0].original.start, view.pieces[-1].original.end))


def switched_off(text: str, switch: str, code: Iterable[Span] = ()) -> list[Span]:
    """What stands between cnnsize:off and cnnsize:on, but for those that stand in code: they are
    somebody's example.
    """
    off: list[Span] = []
    start: int | None = None
    example = Spans(code)
    for found in re.finditer(switch, text):
        if example.hold(found.start()):
            continue
        if found[1] == "off":
            start = found.start() if start is None else start
        elif start is not None:
            off.append(Span(start, found.end()))
            start = None
    return off if start is None else [*off, Span(start, len(text))]
