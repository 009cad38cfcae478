"""Drop the fixes inside a block that would harm another network that calls it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cnnsize.faults.verify import Verifier, WorkAllowance
from cnnsize.limits import MAX_FAMILY_FIX_STEPS
from cnnsize.lint.context import Context
from cnnsize.network import Network
from cnnsize.reading.document import reparse
from cnnsize.report.result import Result
from cnnsize.sizing.settings import severity
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic, Edit, Fix
from cnnsize.text.edits import apply_edits

if TYPE_CHECKING:
    from cnnsize.lint.engine import Linter
    from cnnsize.patterns.survey import Survey

Place = tuple[str | None, int, int]  # file, line and column of a stretch of text


def without_harmful_fixes(
    diagnostics: list[Diagnostic], results: Sequence[Result], linter: Linter
) -> list[Diagnostic]:
    """Drop the fixes in blocks with which another network has more errors or warnings.

    A fix that could not be tried within ``MAX_FAMILY_FIX_STEPS`` layers is dropped, too.
    """
    callers = _callers(results)
    if not any(len(networks) > 1 for networks in callers.values()):
        return diagnostics
    judge = _Judge(results, linter, callers)
    checked = []
    for diagnostic in diagnostics:
        harmless = tuple(fix for fix in diagnostic.fixes if judge.is_harmless(diagnostic, fix))
        checked.append(diagnostic.with_fewer_fixes(harmless))
    return checked


def _callers(results: Sequence[Result]) -> dict[Place, list[int]]:
    """Return the networks whose text holds each stretch of a block."""
    callers: dict[Place, list[int]] = {}
    for number, result in enumerate(results):
        if result.architecture is not None and result.source.begin:
            for stretch in result.source.stretches():
                if stretch.start < result.source.begin:
                    place = (result.file, stretch.line, stretch.column)
                    callers.setdefault(place, []).append(number)
    return callers


class _Judge:
    """Try fixes on the networks that share a block, within an allowance of work."""

    def __init__(
        self, results: Sequence[Result], linter: Linter, callers: dict[Place, list[int]]
    ) -> None:
        self.results = results
        self.linter = linter
        self.callers = callers
        self.allowance = WorkAllowance(MAX_FAMILY_FIX_STEPS)
        self.before: dict[int, Counter[str]] = {}

    def is_harmless(self, diagnostic: Diagnostic, fix: Fix) -> bool:
        """Return whether a fix leaves the other networks that call an edited block no worse."""
        number = diagnostic.architecture
        if number is None:
            return True
        return all(
            self._is_unharmed(other, edits) for other, edits in self._elsewhere(number, fix.edits)
        )

    def _elsewhere(
        self, number: int, edits: tuple[Edit, ...]
    ) -> Iterator[tuple[int, tuple[Edit, ...]]]:
        """Yield the other networks that the edits change, with the edits as they are there."""
        source = self.results[number].source
        moved: dict[int, list[Edit]] = {}
        for edit in edits:
            if edit.span.start >= source.begin:
                continue
            stretch = [part for part in source.stretches() if part.start <= edit.span.start][-1]
            for other in self.callers.get((source.file, stretch.line, stretch.column), ()):
                if other == number:
                    continue
                (other_start,) = [
                    part.start
                    for part in self.results[other].source.stretches()
                    if (part.line, part.column) == (stretch.line, stretch.column)
                ]
                span = edit.span.shifted(other_start - stretch.start)
                moved.setdefault(other, []).append(Edit(span, edit.text))
        return ((other, tuple(edits)) for other, edits in moved.items())

    def _is_unharmed(self, number: int, edits: tuple[Edit, ...]) -> bool:
        """Return whether one network has no more errors and warnings with the edits applied."""
        result = self.results[number]
        if result.family is not None:
            return self._keeps_members(result.family, edits)
        if result.network is None:  # it has no sizes to lose
            return True
        verifier = Verifier(result.network, self.allowance)
        network = verifier.edited(edits)
        if network is None:
            return False
        if number not in self.before:
            self.before[number] = self._count(result.network)
        return not self._count(Network.from_record(network)) - self.before[number]

    def _keeps_members(self, survey: Survey, edits: tuple[Edit, ...]) -> bool:
        """Return whether a family has as many valid members with the edits applied."""
        from cnnsize.patterns.family import Family  # late: most networks are no family
        from cnnsize.patterns.survey import survey_of

        family = survey.family
        self.allowance.spent += family.members
        if self.allowance.exhausted:
            return False
        try:
            changed = reparse(family.architecture, apply_edits(family.architecture.text, edits))
            changed_family = Family(changed, family.input, family.settings, family.given)
            return survey_of(changed_family).valid >= survey.valid
        except ArchitectureError:
            return False

    def _count(self, network: Network) -> Counter[str]:
        """Count the errors and warnings of a network by code."""
        faults = Counter(
            problem.fault.code
            for problem in network.problems
            if severity(problem.fault, network.settings) != "info"
        )
        return faults + self.linter.count_findings(Context(network)).serious
