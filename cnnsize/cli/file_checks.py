"""The check of one file of many, perhaps in a process of its own."""

from __future__ import annotations

from time import process_time

from cnnsize.cli.entries import Entry, Reading
from cnnsize.cli.options import Options
from cnnsize.cli.reports import selection_of, was_interrupted
from cnnsize.files.cache import NOTHING, Clean
from cnnsize.files.consulted import recording
from cnnsize.files.document import Document, SkippedFileError, UnreadableFileError
from cnnsize.limits import MAX_FINDINGS_PER_FILE, MAX_SOURCE_SECONDS
from cnnsize.record import NamedTuple, replace
from cnnsize.report.result import Report, Result


class FileReport(NamedTuple):
    """The outcome of checking an entry."""

    report: Report = Report((), ())
    has_content: bool = False  # networks, or blocks that are marked bad
    has_models: bool = False  # it is searched for networks of Python source
    named: bool = False
    notes: tuple[str, ...] = ()  # what was not searched
    unreadable: tuple[str, ...] = ()
    skipped: SkippedFileError | None = None

    @property
    def has_unread(self) -> bool:
        """Whether networks of Python source are not read."""
        return bool(self.report.unread)


Outcome = FileReport | Clean


class Checker(NamedTuple):
    """How entries are checked."""

    options: Options
    reading: Reading
    keeps_networks: bool  # also those of files without findings

    def check(self, entry: Entry) -> Outcome:
        """Return the outcome of checking an entry."""
        try:
            document = self.reading.read(entry)
        except SkippedFileError as error:
            return FileReport(skipped=error)
        except UnreadableFileError as error:
            return FileReport(unreadable=(str(error),))
        if document is None:
            return NOTHING
        begin = process_time()
        with recording() as consulted:
            result = self.check_document(document)
        networks = result.report.architectures
        # a result that may depend on the time that it took is not remembered
        may_be_timed = process_time() - begin > MAX_SOURCE_SECONDS / 2
        if self.is_clean(result) and not may_be_timed:
            bad = sum(network.bad for network in networks)
            has_unread = bool(result.report.unread)
            return Clean(
                len(networks), bad, result.has_content, result.has_models, has_unread, consulted
            )
        if self.keeps_networks:
            return result
        lighter = replace(result.report, architectures=tuple(map(light, networks)))
        return result._replace(report=lighter)

    def check_document(self, document: Document) -> FileReport:
        """Return the report on one document."""
        # late: most files hold no network
        from cnnsize.report.make import report as make_report
        from cnnsize.report.texts import read_documents

        texts = read_documents([document])
        report = make_report(
            texts,
            input=self.options.input,
            values=self.options.values,
            settings=self.options.settings,
            selection=selection_of(self.options),
            cap=MAX_FINDINGS_PER_FILE,
        )
        if was_interrupted(report):
            raise KeyboardInterrupt
        return FileReport(
            report,
            has_content=bool(texts.architectures or texts.bad_blocks),
            has_models=bool(texts.models),
            named=document.named,
            notes=tuple(note for _, note in texts.notes),
            unreadable=texts.unreadable,
        )

    def is_clean(self, result: FileReport) -> bool:
        """Return whether nothing is printed about a file but how many networks it has."""
        report = result.report
        says_something = report.diagnostics or report.notes or result.unreadable
        says_more_if_named = result.named and (report.unread or result.notes)
        shows_networks = report.architectures and (
            self.keeps_networks or any(map(is_paste, report.architectures))
        )
        return not (says_something or says_more_if_named or shows_networks)


def is_paste(result: Result) -> bool:
    """Return whether a network is a pasted model: how it was read is printed."""
    return result.architecture is not None and bool(result.architecture.paste)


def light(result: Result) -> Result:
    """Return a network without its layers."""
    return result if is_paste(result) else Result(result.source, bad=result.bad)
