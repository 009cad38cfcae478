"""Count the findings beyond the number that is reported of a file, without putting them into words."""

from __future__ import annotations

from collections.abc import Iterable

from cnnsize.language.parsed import Failed, ParsedArchitecture
from cnnsize.lint.allowance import FindingAllowance
from cnnsize.lint.context import Context
from cnnsize.lint.selection import Selection
from cnnsize.network import Network
from cnnsize.report.defaults import defaults_used
from cnnsize.report.job import Job
from cnnsize.report.result import Result
from cnnsize.report.texts import Texts
from cnnsize.sizing.size import sized
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic

WORDED_CODES = ("CNN102",)  # whose wording chooses another code in a repetition


class BeyondCap:
    """The findings of a file that come after the first ``cap``, as numbers."""

    def __init__(self, cap: int, selection: Selection) -> None:
        self.cap = cap
        self.selection = selection
        self.worded = 0  # findings that are reported, or could be
        self.last_line = 0  # of these
        self.counted = 0

    @staticmethod
    def of(texts: Texts, cap: int, selection: Selection) -> BeyondCap | None:
        """Return the counter for texts; None where a finding may depend on another one."""
        if texts.suppressions or texts.bad_blocks or texts.ties or texts.models:
            return None
        sources = [architecture.source for architecture in texts.architectures]
        are_plain = all(
            source.file == sources[0].file
            and not (source.parts or source.begin or source.cell or source.unmarked)
            for source in sources
        )
        has_blocks = any(
            isinstance(architecture, Failed) and architecture.block
            for architecture in texts.architectures
        )
        return BeyondCap(cap, selection) if are_plain and not has_blocks else None

    def add(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Take note of findings in words."""
        for diagnostic in self.selection.applied(diagnostics):
            self.worded += 1
            self.last_line = max(self.last_line, diagnostic.location.line)

    def result(self, architecture: ParsedArchitecture | Failed, job: Job) -> Result | None:
        """Count the findings of a network, and return its result.

        None if its findings may be among those reported, or cannot be counted without words.
        """
        source = architecture.source
        if self.worded < self.cap or source.line <= self.last_line:
            return None
        if isinstance(architecture, Failed):
            if architecture.diagnostic.source not in (None, source):
                return None
            self._count([architecture.diagnostic.code], source.file)
            return Result(source)
        try:
            network = Network.from_record(
                sized(architecture, job.input, job.settings, job.values)  # type: ignore[arg-type]
            )
        except ArchitectureError:
            return None
        from cnnsize.faults.wording import codes_of  # late: few texts have so many findings

        codes = codes_of(network)
        if any(code in WORDED_CODES for code in codes):
            return None
        codes += (violation.rule.code for violation in job.linter.violations(Context(network)))
        texts = job.linter.lint_text(architecture, FindingAllowance(0))
        codes += (diagnostic.code for diagnostic in (*defaults_used(network), *texts))
        self._count(codes, source.file)
        return Result(source, architecture, network)

    def _count(self, codes: Iterable[str], file: str | None) -> None:
        self.counted += sum(self.selection.reports(code, file) for code in codes)
