"""Excerpts: texts with architectures that were found in a file, and where they are in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import NamedTuple

from cnnsize.record import replace
from cnnsize.text.offsets import Chart, Origin
from cnnsize.text.span import Span
from cnnsize.text.view import View

# kinds of excerpts whose lines must not be broken; nor must those in the cells of a notebook
INLINE = ("marker", "string", "comment", "raw", "chain")
UNMARKED = ("string", "comment", "raw", "chain")  # kinds of excerpts that nothing announces
EXPECTATIONS = ("skip", "bad")
# a comment that switches extraction off or on: in HTML, in MDX, and in reStructuredText
SWITCHES = (
    r"(?:<!--|\{/\*)\s*cnnsize:\s*(off|on)\s*(?:-->|\*/\})",
    r"(?m)^[ \t]*\.\.[ \t]+cnnsize:[ \t]*(off|on)[ \t]*$",
)


class Excerpt(NamedTuple):
    """A text to be read as a document of its own. The offsets in ``view`` are those of the file."""

    view: View
    kind: str  # file, fence, directive, marker, string, comment, raw or chain
    announcement: Span = Span(0, 0)  # what announces it, such as the words after a fence's mark
    expects: str = ""  # "bad": it must have a finding; "skip": it is not read
    cell: int | None = None  # the number of its cell in a notebook, from 1
    in_cell: Chart | None = None  # where the text is in that cell
    literal: Span | None = None  # the literal of Python that holds it
    is_cut: bool = False  # a chain that goes on with what is not read
    note: str = ""  # in place of a text: why what is at ``announcement`` was not read

    @property
    def text(self) -> str:
        """The text of the excerpt."""
        return self.view.text

    @property
    def extent(self) -> Span:
        """The span from its announcement to its end."""
        end = self.view.pieces[-1].original.end if self.view.pieces else 0
        return Span(self.announcement.start, max(self.announcement.end, end))

    def inside(self, outer: View) -> Excerpt:
        """Return this excerpt of ``outer``'s text as one of the text that ``outer`` is a view of."""
        announcement = outer.span(*self.announcement)
        literal = self.literal and outer.span(*self.literal)
        view = self.view.inside(outer)
        return self._replace(view=view, announcement=announcement, literal=literal)

    def origin(self, file: str | None, chart: Chart) -> Origin:
        """Return what gives the statements their places in the file.

        ``chart`` is the chart of all of the file's text.
        """
        inline = self.kind in INLINE or self.cell is not None
        chart = replace(chart, pieces=self.view.pieces)
        unmarked = self.kind in UNMARKED
        return Origin(file, chart, self.cell, self.in_cell, inline, unmarked, self.is_cut)


class Spans:
    """A set of spans that answers whether one of them contains an offset."""

    def __init__(self, spans: Iterable[Span]) -> None:
        ordered = sorted(spans)
        self.starts = [span.start for span in ordered]
        self.ends = list(accumulate((span.end for span in ordered), max))

    def contains(self, offset: int) -> bool:
        """Return whether an offset is in one of the spans."""
        index = bisect_right(self.starts, offset) - 1
        return index >= 0 and offset < self.ends[index]


def expected(words: Iterable[str]) -> str:
    """Return what the words of an announcement expect of a block: "bad", "skip" or ""."""
    words = set(words)
    return next((expectation for expectation in EXPECTATIONS if expectation in words), "")


def unmarked_excerpt(view: View, kind: str) -> Excerpt:
    """Return the excerpt for a network that nothing but its own text announces."""
    extent = Span(view.pieces[0].original.start, view.pieces[-1].original.end)
    return Excerpt(view, kind, extent)


def not_read(view: View, note: str) -> Excerpt:
    """Return the excerpt for a text that is not read, with a note that says why."""
    return Excerpt(View("", ()), "chain", unmarked_excerpt(view, "chain").extent, "skip", note=note)


def apart_from(taken: Iterable[Excerpt], excerpts: Iterable[Excerpt]) -> Iterator[Excerpt]:
    """Yield the excerpts that share no text with those that are already taken."""
    spans = Spans(excerpt.extent for excerpt in taken)
    for excerpt in excerpts:
        start, end = excerpt.extent
        if not spans.contains(start) and not spans.contains(end - 1):
            yield excerpt


def switched_off(text: str, examples: Iterable[Span] = ()) -> Spans:
    """Return what is between ``cnnsize:off`` and ``cnnsize:on``.

    A switch within ``examples``, the spans of code blocks, is an example and has no effect.
    """
    in_examples = Spans(examples)
    off: list[Span] = []
    for switch in SWITCHES:
        start: int | None = None
        for match in re.finditer(switch, text):
            if in_examples.contains(match.start()):
                continue
            if match[1] == "off":
                start = match.start() if start is None else start
            elif start is not None:
                off.append(Span(start, match.end()))
                start = None
        if start is not None:
            off.append(Span(start, len(text)))
    return Spans(off)
