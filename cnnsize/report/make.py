"""Check texts: size every network and collect every diagnostic in one report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from cnnsize.language.parsed import Failed, ParsedArchitecture
from cnnsize.layers.volume import Volume
from cnnsize.limits import MAX_FINDINGS_WITH_FIXES, MAX_HELP_INPUT_STEPS
from cnnsize.lint.allowance import FindingAllowance
from cnnsize.lint.context import Context
from cnnsize.lint.engine import linter_for
from cnnsize.lint.selection import (
    RANK,
    Selection,
    default_selection,
)
from cnnsize.network import Network
from cnnsize.reading.document import read_table_again
from cnnsize.record import replace
from cnnsize.report.beyond_cap import BeyondCap
from cnnsize.report.defaults import defaults_used
from cnnsize.report.job import Job
from cnnsize.report.result import Report, Result
from cnnsize.report.texts import BadBlock, Texts
from cnnsize.sizing.arguments import single_values
from cnnsize.sizing.rows import rows_of
from cnnsize.sizing.settings import TORCH, Settings
from cnnsize.sizing.size import sized
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic
from cnnsize.text.span import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnsize.faults.fitting_inputs import FittingInputs
    from cnnsize.lint.engine import Linter
    from cnnsize.patterns.counting.verdicts import Progress


def report(
    texts: Texts,
    *,
    input: tuple[int, int, int] | None = None,
    values: Mapping[str, int | Sequence[int]] | None = None,
    settings: Settings = TORCH,
    selection: Selection | None = None,
    fixes: int = MAX_FINDINGS_WITH_FIXES,
    cap: int | None = None,
    families: bool = True,
    progress: Progress | None = None,
) -> Report:
    """Return the report on architectures, including those that could not be parsed.

    Its diagnostics are ordered by file and line. Fixes are looked for in at most ``fixes``
    diagnostics, and ``cap`` is how many are kept of one file. With ``families``, every member of a
    family is checked, and ``progress`` is called with the progress.
    """
    if selection is None:
        selection = default_selection() if settings is TORCH else default_selection(settings)
    job = Job(
        input=input,
        settings=settings,
        values=values or {},
        linter=linter_for(selection),
        allowance=FindingAllowance(fixes),
        families=families,
        progress=progress,
    )
    beyond_cap = None if cap is None else BeyondCap.of(texts, cap, selection)
    results, diagnostics = _check_all(texts.architectures, job, beyond_cap)
    if results and results[-1].interrupted:
        texts = texts.first(len(results))
    uncompared: tuple[str, ...] = ()
    if texts.ties:
        from cnnsize.report.drift import compare_with_classes  # late: few texts are about a class

        diagnostics, uncompared = compare_with_classes(texts.ties, results, diagnostics)
    diagnostics = selection.applied(diagnostics)
    any_calls_blocks = any(result.source.begin for result in results)
    if len(results) > 1 and any_calls_blocks:
        from cnnsize.report.shared_blocks import without_harmful_fixes  # late: blocks are rare

        diagnostics = without_harmful_fixes(diagnostics, results, job.linter)
    notes: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    if texts.models:
        from cnnsize.report.models import check_models  # late: asked for explicitly

        checked = check_models(texts.models, job, selection, _check_one, len(results))
        results += checked.results
        diagnostics += selection.applied(checked.diagnostics)
        notes, unread = tuple(checked.notes), tuple(checked.unread)
    if texts.suppressions:
        from cnnsize.report.suppress import apply_suppressions  # late: most texts have none

        diagnostics = apply_suppressions(
            diagnostics, results=results, files=texts.suppressions, selection=selection
        )
    for block in texts.bad_blocks:
        diagnostics = _expect_bad(block, diagnostics, selection)
        for number in block.networks:
            results[number] = replace(results[number], bad=True)
    ordered = sorted(_without_repeats(diagnostics), key=_order(results))
    report = Report(tuple(results), tuple(ordered), notes, unread, uncompared)
    return report if cap is None else _capped(report, cap, beyond_cap)


def _check_all(
    architectures: Iterable[ParsedArchitecture | Failed], job: Job, beyond_cap: BeyondCap | None
) -> tuple[list[Result], list[Diagnostic]]:
    """Return the result of each network, and all diagnostics, up to where the user interrupted.

    Diagnostics that come after those that are reported are only counted.
    """
    results: list[Result] = []
    diagnostics: list[Diagnostic] = []
    in_blocks: list[Diagnostic] = []  # in definitions that several networks may call
    noted = 0  # diagnostics that ``beyond_cap`` knows
    for architecture in architectures:
        number = len(results)
        if job.input is not None and _may_be_table(architecture):
            architecture = read_table_again(architecture, Volume(*job.input))
        if beyond_cap is not None:
            beyond_cap.add(diagnostics[noted:])
            noted = len(diagnostics)
            counted = beyond_cap.result(architecture, job)
            if counted is not None:
                results.append(counted)
                continue
        if isinstance(architecture, Failed):
            diagnostic = architecture.diagnostic
            if not architecture.block:
                results.append(Result(architecture.source))
            if architecture.source.unmarked:
                from cnnsize.report.unmarked import is_reported  # late: asked for explicitly

                if not is_reported(diagnostic.code, architecture.source):
                    continue
            if _is_in_own_text(architecture):
                own_number = None if architecture.block else number
                diagnostics.append(
                    replace(diagnostic, source=architecture.source, architecture=own_number)
                )
            elif diagnostic not in in_blocks:
                in_blocks.append(diagnostic)
                diagnostics.append(diagnostic)
            continue
        if architecture.source.unmarked:
            from cnnsize.report.unmarked import check_unmarked  # late: asked for explicitly

            result, own_diagnostics = check_unmarked(architecture, job, _check_one)
        else:
            result, own_diagnostics = _check_one(architecture, job)
        results.append(result)
        diagnostics += (
            replace(
                diagnostic,
                source=architecture.source,
                architecture=number,
                fixes=() if architecture.paste else diagnostic.fixes,  # they are in this notation
            )
            for diagnostic in own_diagnostics
        )
        if result.interrupted:
            break
    return results, diagnostics


def _may_be_table(architecture: ParsedArchitecture | Failed) -> bool:
    """Return whether a network may be a pasted table, whose layers follow from its input."""
    if isinstance(architecture, Failed):
        return architecture.diagnostic.code == "CNN005"
    return bool(architecture.paste)


def _is_in_own_text(failed: Failed) -> bool:
    """Return whether a statement failed for its own text, rather than for a block's definition."""
    source = failed.diagnostic.source
    return source is None or (source == failed.source and not failed.block)


def _check_one(architecture: ParsedArchitecture, job: Job) -> tuple[Result, list[Diagnostic]]:
    """Return the result for one network, or for a family, and its diagnostics."""
    try:
        record = sized(architecture, job.input, job.settings, job.values)  # type: ignore[arg-type]
        network = Network.from_record(record)
    except ArchitectureError as error:
        result = Result(architecture.source, architecture)
        diagnostics = [error.diagnostic]
        if error.diagnostic.code == "CNN005" and job.input is None:
            return _check_without_input(architecture, error.diagnostic, job)
        is_family = error.diagnostic.code == "CNN008"
        if is_family and job.families:
            from cnnsize.report.family import check_family  # late: one network is no family

            result, diagnostics = check_family(architecture, error, job)
    else:
        result = Result(architecture.source, architecture, network)
        diagnostics = [
            *_faults(network, job.linter, job.allowance),
            *defaults_used(network),
            *job.linter.lint(network, job.allowance),
        ]
    return result, [*diagnostics, *job.linter.lint_text(architecture, job.allowance)]


def _check_without_input(
    architecture: ParsedArchitecture, missing: Diagnostic, job: Job
) -> tuple[Result, list[Diagnostic]]:
    """Return the result for a network without INPUT, on the only input that its layers allow.

    Where they do not leave a single one, the network is not sized.
    """
    from cnnsize.inputs.solve import solve_input  # late: most texts have an INPUT

    values = single_values(job.values)
    solved = solve_input(architecture, job.settings, values)
    if solved.input is None:
        diagnostic = replace(missing, notes=(solved.reason,) if solved.reason else ())
        if architecture.paste:
            diagnostic = replace(diagnostic, help=("pass --input, as in --input 32x32x3",))
        texts = job.linter.lint_text(architecture, job.allowance)
        return Result(architecture.source, architecture), [diagnostic, *texts]
    result, diagnostics = _check_one(architecture, replace(job, input=solved.input))
    sized_note = replace(
        missing,
        message=f"the network has no INPUT, and is sized on {solved.input}",
        notes=(solved.reason,),
        help=("pass --input to size it on another one",),
        level="info",
    )
    return result, [sized_note, *diagnostics]


def _faults(network: Network, linter: Linter, findings: FindingAllowance) -> tuple[Diagnostic, ...]:
    """Return the sizing faults, with fixes that raise no error or warning of a rule either.

    Rules cannot look beyond a layer without an output. A fix that gives it one is therefore not
    rejected for the findings that then appear after it.
    """
    if not network.problems:
        return ()
    from cnnsize.faults.verify import WorkAllowance  # late: most networks have no fault
    from cnnsize.faults.wording import diagnostics
    from cnnsize.inputs.nearest import nearest_inputs

    if not findings.take():
        return diagnostics(network, WorkAllowance(-1, findings.note))  # no layer may be sized
    before = linter.count_findings(Context(network)).serious
    sized_layers = _sized_layers(network)

    def is_no_worse(fixed: SizedNetwork) -> bool:
        if not network.is_sized and _sized_layers(fixed) > sized_layers:
            return True
        after = linter.count_findings(Context(Network.from_record(fixed))).serious
        return not after - before

    def find_inputs(network: SizedNetwork) -> FittingInputs:
        allowance = WorkAllowance(min(MAX_HELP_INPUT_STEPS, findings.input_steps))
        inputs = nearest_inputs(network, allowance)
        findings.input_steps -= allowance.spent
        return inputs

    return diagnostics(network, judge=is_no_worse, find_inputs=find_inputs)


def _sized_layers(network: SizedNetwork) -> int:
    """Return how many layers have an output."""
    return sum(row.sizing.output is not None for row in rows_of(network.rows))


def _expect_bad(
    block: BadBlock, diagnostics: list[Diagnostic], selection: Selection
) -> list[Diagnostic]:
    """Return the diagnostics outside a bad block; with CNN903 if the block has none of its own."""
    in_block = [diagnostic for diagnostic in diagnostics if block.contains(diagnostic)]
    rest = [diagnostic for diagnostic in diagnostics if not block.contains(diagnostic)]
    line = block.announcement
    has_finding = any(diagnostic.severity != "info" for diagnostic in in_block)
    if has_finding or not selection.reports("CNN903", line.file):
        return rest
    not_bad = Diagnostic(
        "CNN903",
        "this block is marked bad, but it has no errors or warnings",
        Span(line.begin, len(line.text.rstrip())),
        source=line,
        architecture=block.networks.start if block.networks else None,
        help=("remove the word 'bad', or restore the mistake in the network",),
    )
    return rest + selection.applied([not_bad])


def _without_repeats(diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield the diagnostics; those in a block of a file once, however many networks call it."""
    seen = set()
    for diagnostic in diagnostics:
        source = diagnostic.source
        file = source.file if source is not None and source.parts else None
        if file is not None:
            key = (
                diagnostic.code,
                diagnostic.summary,
                file,
                diagnostic.location,
                diagnostic.end_location,
            )
            if key in seen:
                continue
            seen.add(key)
        yield diagnostic


def _capped(report: Report, cap: int, beyond_cap: BeyondCap | None) -> Report:
    """Return the report with the first diagnostics of each file, and a note on those left out."""
    counts: dict[str | None, int] = {}
    kept: list[Diagnostic] = []
    for diagnostic in report.diagnostics:
        file = diagnostic.source.file if diagnostic.source is not None else None
        counts[file] = counts.get(file, 0) + 1
        if counts[file] <= cap:
            kept.append(diagnostic)
    if beyond_cap is not None and beyond_cap.counted:  # then there is a single file
        counts[file] += beyond_cap.counted
    notes = tuple(
        f"{file or '<string>'}: only the first {cap:,} of {count:,} findings are reported"
        for file, count in counts.items()
        if count > cap
    )
    return replace(report, diagnostics=tuple(kept), notes=(*report.notes, *notes))


def _order(results: list[Result]) -> Callable[[Diagnostic], tuple[int, int, int, int]]:
    """Return the sort key of diagnostics: text, line, severity, column.

    Of the findings on one line the errors come first, because they often cause the others.
    """
    first_networks: dict[str | None, int] = {}  # the number of the first network of each file,
    firsts: list[int] = []  # and of the text of each network
    for number, result in enumerate(results):
        first = number
        if result.file is not None:
            first = first_networks.setdefault(result.file, number)
        elif number and results[number - 1].line < result.line:  # each string begins at line 1
            first = firsts[-1]
        firsts.append(first)

    def key(diagnostic: Diagnostic) -> tuple[int, int, int, int]:
        file = diagnostic.source.file if diagnostic.source is not None else None
        number = firsts[diagnostic.architecture or 0] if firsts else 0
        if file is not None:
            number = first_networks.get(file, number)
        line, column = diagnostic.location
        return number, line, RANK[diagnostic.severity], column

    return key
