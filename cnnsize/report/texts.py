"""Read the networks and suppression comments of documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from cnnsize.files.document import Document, UnreadableFileError
from cnnsize.language.parsed import Failed, ParsedArchitecture
from cnnsize.limits import MAX_FINDINGS_WITH_FIXES, MAX_UNREADABLE
from cnnsize.reading.allowance import FixAllowance
from cnnsize.reading.document import parse_document, parse_string
from cnnsize.record import Record, replace
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.offsets import Chart
from cnnsize.text.source import Source

if TYPE_CHECKING:
    from cnnsize.drift.ties import TiedText
    from cnnsize.files.extract.excerpt import Excerpt
    from cnnsize.report.comments import FileSuppressions

Statement = ParsedArchitecture | Failed


class BadBlock(Record):
    """A block that is marked bad, so that it must have an error or a warning."""

    announcement: Source  # the line that marks it
    last: int  # the number of its last line
    networks: range  # the numbers of its networks

    def contains(self, diagnostic: Diagnostic) -> bool:
        """Return whether a diagnostic is about a network of the block, or a comment in it."""
        if diagnostic.architecture is not None:
            return diagnostic.architecture in self.networks
        source = diagnostic.source
        same_file = source is not None and source.file == self.announcement.file
        return same_file and self.announcement.line <= diagnostic.location.line <= self.last


class Texts(Record):
    """The networks, comments and notes that were read from documents."""

    architectures: list[Statement]
    suppressions: tuple[FileSuppressions, ...] = ()
    bad_blocks: tuple[BadBlock, ...] = ()
    unreadable: tuple[str, ...] = ()  # why documents could not be read
    notes: tuple[tuple[Document, str], ...] = ()  # what was not searched, and why
    ties: tuple[TiedText, ...] = ()  # networks that are about a class of Python source
    models: tuple[Document, ...] = ()  # Python files whose networks are checked as well

    def only(self, picked: list[Statement]) -> Texts:
        """Return some of the networks, with the comments that apply to them."""
        old_numbers = {
            id(architecture): number
            for number, architecture in enumerate(numbered(self.architectures))
        }
        new_numbers = {
            old_numbers[id(architecture)]: number
            for number, architecture in enumerate(numbered(picked))
        }
        suppressions = [
            file._replace(
                networks=tuple(new_numbers[old] for old in file.networks if old in new_numbers)
            )
            for file in self.suppressions
        ]
        ties = [
            tied._replace(
                networks=tuple(new_numbers[old] for old in tied.networks if old in new_numbers)
            )
            for tied in self.ties
        ]
        return Texts(
            picked,
            tuple(file for file in suppressions if file.networks),
            ties=tuple(tied for tied in ties if tied.networks),
        )

    def first(self, count: int) -> Texts:
        """Return the comments and bad blocks of the first networks alone."""
        suppressions = [
            file._replace(networks=tuple(number for number in file.networks if number < count))
            for file in self.suppressions
        ]
        return replace(
            self,
            suppressions=tuple(file for file in suppressions if file.networks),
            bad_blocks=tuple(block for block in self.bad_blocks if block.networks.stop <= count),
        )


def numbered(architectures: Iterable[Statement]) -> list[Statement]:
    """Return those that have a number in the report.

    A definition of a block that could not be read has none.
    """
    return [
        architecture
        for architecture in architectures
        if not (isinstance(architecture, Failed) and architecture.block)
    ]


def parsed(architectures: Iterable[Statement]) -> list[ParsedArchitecture]:
    """Return those that could be read."""
    return [network for network in architectures if isinstance(network, ParsedArchitecture)]


def read_documents(documents: Sequence[Document], *, fixes: int = MAX_FINDINGS_WITH_FIXES) -> Texts:
    """Return the networks of documents, in order.

    Of each document, the fixes of at most ``fixes`` statements that cannot be read are verified.
    """
    reader = _Reader(fixes)
    for document in documents:
        reader.read(document)
    return Texts(
        reader.architectures,
        tuple(reader.suppressions),
        tuple(reader.bad_blocks),
        tuple(reader.unreadable),
        tuple(reader.notes),
        tuple(reader.ties),
        tuple(document for document in documents if document.models),
    )


def may_be_tied(document: Document) -> bool:
    """Return whether networks of a document may be about a class of Python source."""
    is_source = is_python(document) and ("class" in document.text or "def" in document.text)
    return is_source or "model=" in document.text.replace(" ", "")


def is_python(document: Document) -> bool:
    """Return whether a document is a file of Python source."""
    return (document.file or "").lower().endswith((".py", ".pyi", ".pyw"))


class _Reader:
    """The networks read so far; the next one gets the number ``number``."""

    def __init__(self, fixes: int) -> None:
        self.fixes = fixes
        self.number = 0
        self.architectures: list[Statement] = []
        self.suppressions: list[FileSuppressions] = []
        self.bad_blocks: list[BadBlock] = []
        self.unreadable: list[str] = []
        self.notes: list[tuple[Document, str]] = []
        self.ties: list[TiedText] = []

    def read(self, document: Document) -> None:
        """Add the networks and the comments of one document."""
        if document.network is not None:
            return
        if document.file is None and "cnnsize:" not in document.text:
            self._add(parse_string(document.text))
            return
        try:
            excerpts = document.excerpts()
        except UnreadableFileError as error:
            self.unreadable.append(str(error))
            return
        self.notes += [(document, note) for note in document.notes(excerpts)]
        chart, allowance = Chart.of(document.text), FixAllowance(self.fixes)
        first, count_before = self.number, len(self.architectures)
        numbered_lines: list[tuple[Excerpt, list[tuple[int, int]]]] = []
        if document.file is None:
            self._add(parse_string(document.text))
        else:
            for excerpt in excerpts:
                if allowance.stopped:
                    break
                begin = self.number
                if excerpt.expects != "skip" and excerpt.text:
                    origin = excerpt.origin(document.file, chart)
                    architectures = parse_document(
                        excerpt.text, document.file, origin, allowance=allowance
                    )
                    self._add(architectures)
                    lines = [network.source.line for network in numbered(architectures)]
                    numbered_lines.append((excerpt, list(enumerate(lines, begin))))
                if excerpt.expects == "bad":
                    last = chart.position(excerpt.extent.end - 1).line
                    networks = range(begin, self.number)
                    self.bad_blocks.append(BadBlock(document.announcement(excerpt), last, networks))
        if allowance.stopped:
            # said here too, because the finding is beyond those that are reported
            last = self.architectures[-1].source.line
            self.unreadable.append(
                f"{document.file}:{last}: {MAX_UNREADABLE:,} statements cannot be read, so the rest "
                "of the file is not read"
            )
        if numbered_lines and may_be_tied(document):
            from cnnsize.drift.ties import find_ties  # late: few texts are about a class

            self.ties += find_ties(document, numbered_lines, chart)
        if "cnnsize:" in document.text and self.number > first:
            from cnnsize.report.comments import read_suppressions  # late: most texts have none

            file_suppressions = read_suppressions(
                document.text,
                document.file,
                networks=range(first, self.number),
                total=len(self.architectures) - count_before,
                excerpts=excerpts,
                chart=chart,
            )
            if file_suppressions is not None:
                if document.models:  # other comments are about the code
                    comments = [item for item in file_suppressions.comments if item.statement]
                    file_suppressions = file_suppressions._replace(comments=tuple(comments))
                self.suppressions.append(file_suppressions)

    def _add(self, architectures: list[Statement]) -> None:
        self.architectures.extend(architectures)
        self.number += len(numbered(architectures))
