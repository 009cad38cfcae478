"""``cnnsize check`` of many files: each is checked by itself, on all cores, and what has no finding is
remembered.
"""

from __future__ import annotations

from cnnsize.cli.arguments import Inputs, report_nothing_found
from cnnsize.cli.entries import Entries, Entry, SkippedFiles
from cnnsize.cli.errors import warn
from cnnsize.cli.file_checks import Checker, Outcome
from cnnsize.cli.options import Options
from cnnsize.cli.remembered import open_cache, path_in_cache
from cnnsize.cli.reports import print_unread
from cnnsize.files.cache import NOTHING, Clean
from cnnsize.record import replace
from cnnsize.report.result import Report, Result
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.source import Source

WITH_NETWORKS = ("json", "html", "junit", "github")  # formats that print networks without findings


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
    checked = check_entries(checker, [entries.entries[number] for number in unknown], jobs)
    for number, outcome in zip(unknown, checked, strict=True):
        outcomes[number] = outcome
        if cache is not None and isinstance(outcome, Clean):
            cache.put(path_in_cache(entries.entries[number]), outcome)
    if cache is not None:
        cache.save()
    pairs = [pair for pair in zip(entries.entries, outcomes, strict=True) if pair[1] != NOTHING]
    inputs = print_messages(entries, pairs, verbose=options.verbose)
    report = joined(pairs)
    has_models = any(outcome.has_models for _, outcome in pairs)
    has_content = inputs.unreadable or any(outcome.has_content for _, outcome in pairs)
    if not options.quiet or not has_models:
        warn(report.notes)
    if not has_content and not report.architectures:
        if any(outcome.has_unread for _, outcome in pairs):
            has_named = any(getattr(entry, "named", False) for entry in entries.entries)
            print_unread(report, options, named=has_named)
        else:
            report_nothing_found(arguments, inputs, options.config, quiet=options.quiet)
    if options.verbose:
        warn(report.uncompared)
    return report, inputs


def check_entries(checker: Checker, entries: list[Entry], jobs: int | None) -> list[Outcome]:
    """Return the outcome of each entry. Exit with a message when a worker process dies."""
    if not entries:
        return []
    from cnnsize.cli.jobs import apply_or_fail  # late: nothing may have changed

    return apply_or_fail(checker.check, entries, jobs)


def print_messages(
    entries: Entries, pairs: list[tuple[Entry, Outcome]], *, verbose: bool
) -> Inputs:
    """Print what was skipped and not searched; return inputs that hold what could not be read."""
    inputs = Inputs([], entries.strings, [], entries.may_be_empty)
    skipped = SkippedFiles(verbose=verbose)
    is_any_read = False
    for entry, outcome in pairs:
        if isinstance(outcome, Clean):
            is_any_read = True
        elif outcome.skipped is not None:
            skipped.add(outcome.skipped, entry)
        else:
            is_any_read = True
            inputs.unreadable.extend(outcome.unreadable)
            warn(outcome.notes if outcome.named or verbose else ())
    skipped.print_tables()
    entries.refuse_nothing(has_any=is_any_read)
    return inputs


def joined(pairs: list[tuple[Entry, Outcome]]) -> Report:
    """Return the reports on all entries as one, in their order."""
    networks: list[Result] = []
    reports: list[Report] = []
    diagnostics: list[Diagnostic] = []
    for entry, outcome in pairs:
        if isinstance(outcome, Clean):
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
