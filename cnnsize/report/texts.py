"""Read the networks and suppression comments of documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from cnnsize.files.document import Document, UnreadableFileError
from cnnsize.language.parsed import Failed, ParsedArchitecture
from cnnsize.reading.document import parse_document, parse_string
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.offsets import Chart
from cnnsize.text.source import Source

if TYPE_CHECKING:
    from cnnsize.report.comments import Marks


class Bad(NamedTuple):
    """A block that is marked bad: where it says so, its last line, and the numbers of its
    networks.
    """

    head: Source
    last: int
    networks: range

    def holds(self, one: Diagnostic) -> bool:
        """Is a finding about the block: one of its networks, or a comment in it?"""
        if one.architecture is not None:
            return one.architecture in self.networks
        same = one.source is not None and one.source.file == self.head.file
        return same and self.head.line <= one.location.line <= self.last


class Texts(NamedTuple):
    """What was read: the networks, the suppression comments of the text of each that has some, what
    is meant bad, and why a text could not be read.
    """

    found: list[ParsedArchitecture | Failed]
    marked: Mapping[int, Marks] = MappingProxyType({})
    bad: tuple[Bad, ...] = ()
    unreadable: tuple[str, ...] = ()
    notes: tuple[tuple[Document, str], ...] = ()  # what was not searched, and why

    def only(self, picked: list[ParsedArchitecture | Failed]) -> Texts:
        """Some of the networks, and the comments by their new numbers."""
        numbers = {id(one): number for number, one in enumerate(counted(self.found))}
        marked = {
            new: self.marked[old]
            for new, one in enumerate(counted(picked))
            if (old := numbers[id(one)]) in self.marked
        }
        return Texts(picked, marked)

    def before(self, end: int) -> Texts:
        """What is said of the first networks alone."""
        return self._replace(
            marked={number: marks for number, marks in self.marked.items() if number < end},
            bad=tuple(block for block in self.bad if block.networks.stop <= end),
        )


def counted(found: Iterable[ParsedArchitecture | Failed]) -> list[ParsedArchitecture | Failed]:
    """Those that a report numbers: all but definitions of blocks that could not be read."""
    return [one for one in found if not (isinstance(one, Failed) and one.block)]


def read_documents(documents: Iterable[Document]) -> Texts:
    """The networks of texts, in order."""
    found: list[ParsedArchitecture | Failed] = []
    marked: dict[int, Marks] = {}
    bad: list[Bad] = []
    unreadable: list[str] = []
    notes: list[tuple[Document, str]] = []
    number = 0  # of the next network

    def add(there: list[ParsedArchitecture | Failed]) -> None:
        nonlocal number
        found.extend(there)
        number += len(counted(there))

    for document in documents:
        before, first = len(found), number
        if document.file is None and "cnnsize:" not in document.text:
            add(parse_string(document.text))
            continue
        try:
            excerpts = document.excerpts()
        except UnreadableFileError as wrong:
            unreadable.append(str(wrong))
            continue
        notes += [(document, note) for note in document.notes(excerpts)]
        chart = Chart.of(document.text)
        if document.file is None:
            add(parse_string(document.text))
        else:
            for one in excerpts:
                begin = number
                if one.expects != "skip" and one.text:
                    add(parse_document(one.text, document.file, one.origin(document.file, chart)))
                if one.expects == "bad":
                    last = chart.position(one.where.end - 1).line
                    bad.append(Bad(document.head(one), last, range(begin, number)))
        if "cnnsize:" in document.text:
            from cnnsize.report.comments import marks  # late: most texts have none

            comments = marks(document.text, document.file, len(found) - before, excerpts, chart)
            if comments is not None:
                marked |= dict.fromkeys(range(first, number), comments)
    return Texts(found, marked, tuple(bad), tuple(unreadable), tuple(notes))
