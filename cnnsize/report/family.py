"""Check every member of a family, and verify fixes on all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from cnnsize.faults.fitting_inputs import NO_INPUTS, FittingInputs, input_use
from cnnsize.faults.wording import diagnostics as faults_in_words
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.limits import MAX_FAMILY_FIX_WORK
from cnnsize.lint.allowance import FindingAllowance
from cnnsize.lint.engine import Linter
from cnnsize.network import Network
from cnnsize.patterns.family import Family
from cnnsize.patterns.survey import Survey, survey_of
from cnnsize.reading.document import reparse
from cnnsize.record import replace
from cnnsize.report.defaults import defaults_used
from cnnsize.report.job import Job
from cnnsize.report.result import Result
from cnnsize.sizing.arguments import volume_of
from cnnsize.sizing.size import sized
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic, Fix
from cnnsize.text.edits import apply_edits

WORK_OF_MEMBER = 10  # at most, about
Counts = Counter[tuple[str, str]]  # diagnostics by severity and code


def check_family(
    architecture: ParsedArchitecture, error: ArchitectureError, job: Job
) -> tuple[Result, list[Diagnostic]]:
    """Return the survey of all members of a family, and its diagnostics.

    Rules are evaluated for the largest valid member. ``error`` says why the architecture is not a
    single network; it is reported if the architecture is not a family either.
    """
    input = None if job.input is None else volume_of(job.input)
    try:
        family = Family(architecture, input, job.settings, job.values)
        if not family.choices:
            return Result(architecture.source, architecture), [error.diagnostic]
        survey = survey_of(family, job.progress)
        diagnostics = _survey_diagnostics(survey, job.linter, job.allowance)
        if survey.complete:
            diagnostics = _verify_for_all(diagnostics, survey, job.linter)
    except ArchitectureError as family_error:
        return Result(architecture.source, architecture), [family_error.diagnostic]
    return Result(architecture.source, architecture, None, survey), diagnostics


def _survey_diagnostics(
    survey: Survey,
    linter: Linter,
    allowance: FindingAllowance,
    inputs: FittingInputs | None = None,
) -> list[Diagnostic]:
    """Return the faults of a family, and what the rules report of its largest valid member.

    Without ``inputs`` to propose, those that fit all members are looked for.
    """
    worded = survey.worded if inputs is None else survey.worded_with(inputs)
    diagnostics = [diagnostic for diagnostic in worded.values() if diagnostic is not None]
    if survey.largest is not None:
        network = survey.network(survey.largest)
        if network is not None:
            diagnostics += defaults_used(network)
            diagnostics += linter.lint(network, allowance)
    return diagnostics


def _verify_for_all(
    diagnostics: list[Diagnostic], survey: Survey, linter: Linter
) -> list[Diagnostic]:
    """Drop the fixes that do not hold for every member of a family.

    A diagnostic is worded for one member, and its fixes were verified for that member alone. A fix
    holds if the diagnostic is gone from all members, and no error or warning is added.
    """
    family = survey.family
    before = _count(diagnostics)
    work_left = MAX_FAMILY_FIX_WORK
    verified: list[Diagnostic] = []
    for diagnostic in diagnostics:
        fixes = []
        for fix in diagnostic.fixes:
            work_left -= min(survey.work, WORK_OF_MEMBER * family.members)
            if work_left < 0:
                break
            text = apply_edits(family.architecture.text, fix.edits)
            after = _diagnostics_of(text, family, linter)
            if after is not None and _is_better(before, _count(after), diagnostic.code):
                fixes.append(fix)
        verified.append(_with_fewer_fixes(diagnostic, tuple(fixes), survey.inputs))
    return verified


def _with_fewer_fixes(
    diagnostic: Diagnostic, fixes: tuple[Fix, ...], inputs: FittingInputs
) -> Diagnostic:
    """Return the diagnostic with some of its fixes, and its line about inputs if all of them hold."""
    proposed = set(map(input_use, inputs.nearest))
    others = tuple(fix for fix in fixes if fix.message not in proposed)
    input_fixes = [fix for fix in diagnostic.fixes if fix.message in proposed]
    all_hold = all(fix in fixes for fix in input_fixes)
    if len(fixes) == len(diagnostic.fixes) or not (proposed and all_hold):
        return diagnostic.with_fewer_fixes(fixes)
    line = diagnostic.help[-1:]
    fewer = diagnostic.with_fewer_fixes(others)
    return replace(fewer, fixes=fixes, help=(*fewer.help, *line))


def _diagnostics_of(text: str, family: Family, linter: Linter) -> list[Diagnostic] | None:
    """Return the diagnostics of another text in place of a family's.

    None if the text cannot be parsed or sized.
    """
    try:
        changed = reparse(family.architecture, text)
        changed_family = Family(changed, family.input, family.settings, family.given)
        if not changed_family.choices:
            network = Network.from_record(sized(changed, family.input, family.settings))
            return [*faults_in_words(network), *linter.lint(network, FindingAllowance(0))]
        survey = survey_of(changed_family)
        return _survey_diagnostics(survey, linter, FindingAllowance(0), NO_INPUTS)
    except ArchitectureError:
        return None


def _count(diagnostics: Iterable[Diagnostic]) -> Counts:
    """Count diagnostics by severity and code."""
    return Counter((diagnostic.severity, diagnostic.code) for diagnostic in diagnostics)


def _is_better(before: Counts, after: Counts, code: str) -> bool:
    """Return whether fewer diagnostics have this code, and no code has more errors or warnings."""

    def count(counts: Counts) -> int:
        return sum(number for (_, other), number in counts.items() if other == code)

    return count(after) < count(before) and all(
        number <= before[key] for key, number in after.items() if key[0] != "info"
    )
