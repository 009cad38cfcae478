"""``cnnsize check`` of many files: each is checked by itself, on all cores, and what has no finding is
remembered.
"""

from __future__ import annotations

from collections.abc import Iterable
from time import process_time
from typing import NamedTuple

from cnnsize.cli.arguments import Inputs, report_nothing_found
from cnnsize.cli.entries import Entries, Entry, Reading, SkippedFiles
from cnnsize.cli.errors import fail, warn
from cnnsize.cli.jobs import WorkerDiedError, apply
from cnnsize.cli.options import Options
from cnnsize.cli.remembered import open_cache, path_in_cache
from cnnsize.cli.reports import print_unread, selection_of, was_interrupted
from cnnsize.files.cache import NOTHING, Clean
from cnnsize.files.consulted import recording
from cnnsize.files.document import Document, SkippedFileError, UnreadableFileError
from cnnsize.limits import MAX_FINDINGS_PER_FILE, MAX_SOURCE_SECONDS
from cnnsize.record import replace
from cnnsize.report.make import report as make_report
from cnnsize.report.result import Report, Result
from cnnsize.report.texts import read_documents
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.source import Source

WITH_NETWORKS = ("json", "html", "junit", "github")  # formats that print networks without findings


class FileReport(NamedTuple):
    """What is said about an entry."""

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
        """Return what is said about an entry."""
        begin = process_time()
        with recording() as consulted:
            try:
                document = self.reading.read(entry)
            except SkippedFileError as error:
                return FileReport(skipped=error)
            except UnreadableFileError as error:
                return FileReport(unreadable=(str(error),))
            if document is None:
                return NOTHING
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


def check_tree(
    entries: Entries,
    arguments: tuple[str, ...],
    options: Options,
    *,
    jobs: int | None,
    use_cache: bool,
) -> tuple[Report, Inputs]:
    """Return the report on files and other entries, and inputs that hold what could not be read.

    ``jobs`` is the number of processes; None chooses it. Exit with a message when a worker dies.
    """
    keeps_networks = options.verbose or options.format in WITH_NETWORKS
    checker = Checker(options, entries.reading, keeps_networks)
    cache = open_cache(entries, options) if use_cache and not options.verbose else None
    outcomes: list[Outcome] = []
    unknown: list[int] = []  # numbers of entries that the cache does not know
    for number, entry in enumerate(entries.entries):
        clean = None if cache is None else cache.get(path_in_cache(entry))
        if clean is None or (keeps_networks and clean.networks):
            unknown.append(number)
        outcomes.append(clean or NOTHING)
    try:
        checked = apply(checker.check, [entries.entries[number] for number in unknown], jobs)
    except WorkerDiedError as error:
        fail(f"a worker process {error}; --jobs 1 works without any")
    for number, outcome in zip(unknown, checked, strict=True):
        outcomes[number] = outcome
        if cache is not None and isinstance(outcome, Clean):
            cache.put(path_in_cache(entries.entries[number]), outcome)
    if cache is not None:
        cache.save()
    inputs = print_messages(entries, outcomes, verbose=options.verbose)
    report = joined(entries, outcomes)
    has_models = any(outcome.has_models for outcome in outcomes)
    has_content = inputs.unreadable or any(outcome.has_content for outcome in outcomes)
    has_named = any(getattr(entry, "named", False) for entry in entries.entries)
    if not options.quiet or not has_models:
        warn(report.notes)
    if not has_content and not report.architectures:
        if any(outcome.has_unread for outcome in outcomes):
            print_unread(report, options, named=has_named)
        else:
            report_nothing_found(arguments, inputs, options.config, quiet=options.quiet)
    if options.verbose:
        warn(report.uncompared)
    return report, inputs


def print_messages(entries: Entries, outcomes: Iterable[Outcome], *, verbose: bool) -> Inputs:
    """Print what was skipped and not searched; return inputs that hold what could not be read."""
    inputs = Inputs([], entries.strings, [], entries.may_be_empty)
    skipped = SkippedFiles(verbose=verbose)
    is_any_read = False
    for entry, outcome in zip(entries.entries, outcomes, strict=True):
        if isinstance(outcome, Clean):
            is_any_read |= outcome is not NOTHING
        elif outcome.skipped is not None:
            skipped.add(outcome.skipped, entry)
        else:
            is_any_read = True
            inputs.unreadable.extend(outcome.unreadable)
            warn(outcome.notes if outcome.named or verbose else ())
    skipped.print_tables()
    entries.refuse_nothing(has_any=is_any_read)
    return inputs


def joined(entries: Entries, outcomes: Iterable[Outcome]) -> Report:
    """Return the reports on all entries as one, in their order."""
    networks: list[Result] = []
    reports: list[Report] = []
    diagnostics: list[Diagnostic] = []
    for entry, outcome in zip(entries.entries, outcomes, strict=True):
        if isinstance(outcome, Clean):
            if outcome.networks:
                source = Source("", getattr(entry, "path", None))
                bad, valid = Result(source, bad=True), Result(source)
                networks += [bad] * outcome.bad + [valid] * (outcome.networks - outcome.bad)
            continue
        reports.append(outcome.report)
        first = len(networks)
        diagnostics += (
            diagnostic
            if diagnostic.architecture is None
            else replace(diagnostic, architecture=diagnostic.architecture + first)
            for diagnostic in outcome.report.diagnostics
        )
        networks += outcome.report.architectures
    return Report(
        tuple(networks),
        tuple(diagnostics),
        notes=tuple(note for report in reports for note in report.notes),
        unread=tuple(line for report in reports for line in report.unread),
        uncompared=tuple(line for report in reports for line in report.uncompared),
    )
