"""What ``check`` returns: every network of a text, sized, and every finding, in plain data and
JSON.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from cnnsize.files.document import Document
from cnnsize.language.parsed import Failed, ParsedArchitecture
from cnnsize.limits import MAX_FAMILY_PROOFS, MAX_FIXED
from cnnsize.lint.allowance import Allowance
from cnnsize.lint.context import Context
from cnnsize.lint.engine import linter_for
from cnnsize.lint.selection import RANK, Selection, default_selection
from cnnsize.network import Network
from cnnsize.reading.document import reparse
from cnnsize.reading.pick import find_network
from cnnsize.record import replace
from cnnsize.report.result import Report, Result
from cnnsize.report.texts import Bad, Texts, read_documents
from cnnsize.sizing.settings import TORCH, Settings
from cnnsize.sizing.size import sized, volume_of
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic
from cnnsize.text.edits import apply_edits
from cnnsize.text.source import Source
from cnnsize.text.span import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnsize.lint.engine import Linter
    from cnnsize.patterns.family import Family
    from cnnsize.patterns.survey import Survey, Watch


ARROW = " -> "


def check(
    text: str,
    *,
    input: tuple[int, int, int] | None = None,
    name: str | None = None,
    settings: Settings = TORCH,
    selection: Selection | None = None,
    **values: int | Sequence[int],
) -> Report:
    """Sizes every network of a text and collects what is wrong. Never raises on bad text.

    ``input`` is (W, H, D) and overrides INPUT; keyword arguments give letters their values. Where
    letters or ``?`` stay free, all members of the family are looked at.
    """
    if not isinstance(text, str):
        raise TypeError(f"check() takes text, not {type(text).__name__}")
    texts = read_documents([Document(text)])
    if name is not None:
        try:
            texts = texts.only([find_network(texts.found, name)])
        except ArchitectureError as wrong:
            texts = Texts([Failed(Source(text), wrong.diagnostic)])
    return report(texts, input=input, values=values, settings=settings, selection=selection)


def report(
    texts: Texts,
    *,
    input: tuple[int, int, int] | None = None,
    values: Mapping[str, int | Sequence[int]] | None = None,
    settings: Settings = TORCH,
    selection: Selection | None = None,
    fixes: int = MAX_FIXED,
    families: bool = True,
    watch: Watch | None = None,
) -> Report:
    """The report on architectures that were read, or failed to be: errors first, then by place.

    ``fixes`` is the most findings whose fixes are worked out. ``families`` are looked at member by
    member, and ``watch`` is told how far that has come.
    """
    chosen = selection or (
        default_selection() if settings is TORCH else default_selection(settings)
    )
    linter, allowed = linter_for(chosen), Allowance(fixes)
    results: list[Result] = []
    diagnostics: list[Diagnostic] = []
    broken: list[Diagnostic] = []
    for one in texts.found:
        if results and results[-1].interrupted:
            texts = texts.before(len(results))
            break
        index = len(results)
        if isinstance(one, Failed):
            if not one.block:
                results.append(Result(one.source))
            if one.diagnostic.source is None or (
                one.diagnostic.source == one.source and not one.block
            ):
                diagnostics.append(
                    replace(
                        one.diagnostic, source=one.source, architecture=None if one.block else index
                    )
                )
            elif one.diagnostic not in broken:  # a block that several networks call
                broken.append(one.diagnostic)
                diagnostics.append(one.diagnostic)
            continue
        try:
            network = Network.from_record(sized(one, input, settings, values or {}))  # type: ignore[arg-type]
        except ArchitectureError as wrong:
            results.append(Result(one.source, one))
            found_here: tuple[Diagnostic, ...] = (wrong.diagnostic,)
            if wrong.diagnostic.code == "CNN008" and families:
                results[-1], found_here = _family(
                    one, input, settings, values or {}, watch, wrong, linter, allowed
                )
            found_here = (*found_here, *linter.text(one, allowed))
        else:
            results.append(Result(one.source, one, network))
            found_here = (
                *_faults(network, linter),
                *_assumed(network, results[-1]),
                *linter.lint(network, allowed),
                *linter.text(one, allowed),
            )
        diagnostics += [replace(each, source=one.source, architecture=index) for each in found_here]
    diagnostics = chosen.applied(diagnostics)
    if len(results) > 1 and any(result.source.begin for result in results):
        from cnnsize.report.shared_blocks import without_harmful_fixes  # late: blocks are rare

        diagnostics = without_harmful_fixes(diagnostics, results, linter)
    if texts.marked:
        from cnnsize.report.suppress import settled  # late: most texts have no such comment

        diagnostics = settled(diagnostics, results, texts.marked, chosen)
    for block in texts.bad:
        diagnostics = _meant_bad(block, diagnostics, chosen)
        for number in block.networks:
            results[number] = replace(results[number], bad=True)
    return Report(tuple(results), tuple(sorted(_once(diagnostics), key=_Order(results))))


def _faults(network: Network, linter: Linter) -> tuple[Diagnostic, ...]:
    """Return the sizing faults, with fixes that raise no error or warning of a rule either.

    After a layer without an output no rule says anything yet, so what a fix brings to light
    there is not held against it.
    """
    if not network.problems:
        return ()
    from cnnsize.faults.wording import diagnostics  # late: most networks have no fault

    if network.output is None:
        return network.diagnostics
    before = linter.count_findings(Context(network)).serious

    def is_no_worse(fixed: SizedNetwork) -> bool:
        after = linter.count_findings(Context(Network.from_record(fixed))).serious
        return not after - before

    return diagnostics(network, judge=is_no_worse)


def _meant_bad(block: Bad, found: list[Diagnostic], chosen: Selection) -> list[Diagnostic]:
    """The findings without those of a block that is marked bad; CNN903 where it has none."""
    here = [one for one in found if block.holds(one)]
    rest = [one for one in found if not block.holds(one)]
    head = block.head
    if all(one.severity == "info" for one in here) and chosen.wanted("CNN903", head.file):
        span = Span(head.begin, len(head.text.rstrip()))
        rest += chosen.applied(
            [
                Diagnostic(
                    "CNN903",
                    "this block is marked bad, and nothing is wrong in it",
                    span,
                    source=head,
                    architecture=block.networks.start if block.networks else None,
                    help=("take the word bad away, or break the network again",),
                )
            ]
        )
    return rest


def _once(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The findings, those in a block of a file once and not for each network that calls it."""
    said = set()
    for one in found:
        if one.source is not None and one.source.file is not None and one.source.parts:
            key = (one.code, one.summary, one.source.file, one.location, one.end_location)
            if key in said:
                continue
            said.add(key)
        yield one


class _Order:
    """Errors first, then by file and place."""

    def __init__(self, results: list[Result]) -> None:
        self.files: dict[str | None, int] = {}
        for index, one in enumerate(results):
            self.files.setdefault(one.file, index)

    def __call__(self, one: Diagnostic) -> tuple[int, int, int, int]:
        file = one.source.file if one.source is not None else None
        place = (
            self.files[file] if file in self.files and file is not None else one.architecture or 0
        )
        return RANK[one.severity], place, *one.location


def _family(
    one: ParsedArchitecture,
    input: tuple[int, int, int] | None,
    settings: Settings,
    values: Mapping[str, int | Sequence[int]],
    watch: Watch | None,
    wrong: ArchitectureError,
    linter: Linter,
    allowed: Allowance,
) -> tuple[Result, tuple[Diagnostic, ...]]:
    """All members of what is no one network, or what is wrong with it. The other findings are those
    of the largest valid member.
    """
    from cnnsize.patterns.family import Family  # late: one network never needs it
    from cnnsize.patterns.survey import surveyed

    try:
        family = Family(one, None if input is None else volume_of(input), settings, values)
        if not family.choices:
            return Result(one.source, one), (wrong.diagnostic,)
        survey = surveyed(family, watch)
        found = _survey_findings(survey, linter, allowed)
        if survey.complete:
            found = _verified_for_all(found, one, family, linter)
    except ArchitectureError as refused:
        return Result(one.source, one), (refused.diagnostic,)
    return Result(one.source, one, None, survey), tuple(found)


def _survey_findings(survey: Survey, linter: Linter, allowed: Allowance) -> list[Diagnostic]:
    """Return the faults of a family, and what the rules report of its largest valid member."""
    found = list(survey.diagnostics)
    largest = None if survey.largest is None else survey.network(survey.largest)
    if largest is not None:
        found += _assumed(
            largest, Result(largest.architecture.source, largest.architecture, largest)
        )
        found += linter.lint(largest, allowed)
    return found


def _verified_for_all(
    found: list[Diagnostic], one: ParsedArchitecture, family: Family, linter: Linter
) -> list[Diagnostic]:
    """Keep the fixes with which a finding is gone from every member, and no error or warning is
    added.

    A finding is worded on one member, and its fixes were verified there alone.
    """
    before = _counted(found)
    left = MAX_FAMILY_PROOFS
    verified: list[Diagnostic] = []
    for diagnostic in found:
        kept = []
        for fix in diagnostic.fixes:
            left -= family.members
            after = (
                _findings_of(apply_edits(one.text, fix.edits), one, family, linter)
                if left >= 0
                else None
            )
            if after is not None and _better(before, _counted(after), diagnostic.code):
                kept.append(fix)
        if len(kept) < len(diagnostic.fixes):  # its help named them all
            help = (" or ".join(fix.message for fix in kept),) if kept else ()
            diagnostic = replace(diagnostic, fixes=tuple(kept), help=help)
        verified.append(diagnostic)
    return verified


def _findings_of(
    text: str, one: ParsedArchitecture, family: Family, linter: Linter
) -> list[Diagnostic] | None:
    """Return the findings of another text in the place of a family; None where it cannot be read or
    sized.
    """
    from cnnsize.patterns.family import Family
    from cnnsize.patterns.survey import surveyed

    try:
        again = reparse(one, text)
        other = Family(again, family.input, family.settings, family.given)
        if not other.choices:
            network = Network.from_record(sized(again, family.input, family.settings))
            return [*network.diagnostics, *linter.lint(network, Allowance(0))]
        return _survey_findings(surveyed(other), linter, Allowance(0))
    except ArchitectureError:
        return None


def _counted(found: Iterable[Diagnostic]) -> Counter[tuple[str, str]]:
    """Count the findings by severity and code."""
    return Counter((diagnostic.severity, diagnostic.code) for diagnostic in found)


def _better(before: Counter[tuple[str, str]], after: Counter[tuple[str, str]], code: str) -> bool:
    """Return whether fewer findings have this code, and no code has more errors or warnings."""
    gone = sum(n for (_, c), n in before.items() if c == code) > sum(
        n for (_, c), n in after.items() if c == code
    )
    return gone and all(n <= before[key] for key, n in after.items() if key[0] != "info")


def _assumed(network: Network, result: Result) -> tuple[Diagnostic, ...]:
    """CNN006, once a network: which sizes rest on defaults."""
    if not network.assumed:
        return ()
    first = network.assumed[0][0]
    return (
        Diagnostic(
            "CNN006",
            "sizes that nobody wrote were assumed: " + "; ".join(result.assumed),
            network.architecture.original(first.span),
            notes=("write them to make this note go away",),
        ),
    )
