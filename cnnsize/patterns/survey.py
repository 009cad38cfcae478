"""Survey a whole family: how many members are valid, why the others are not, and the ranges."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from cnnsize.faults.fitting_inputs import NO_INPUTS, FittingInputs
from cnnsize.faults.verify import WorkAllowance
from cnnsize.faults.wording import diagnostics
from cnnsize.limits import MAX_CAUSES, MAX_FAMILY_FIX_STEPS, MAX_FAMILY_WORK
from cnnsize.network import Network
from cnnsize.patterns.boundary import boundary, fault_words
from cnnsize.patterns.counting.deadline import CountingLimitError
from cnnsize.patterns.counting.verdicts import (
    Followed,
    Holds,
    Progress,
    Range,
    Region,
    Verdicts,
    WorkLimit,
    followed,
    is_valid,
    least,
)
from cnnsize.patterns.family import Family
from cnnsize.patterns.family_inputs import family_inputs
from cnnsize.patterns.member import Member
from cnnsize.patterns.states import Cause
from cnnsize.record import NamedTuple, list_or_none, public, replace
from cnnsize.sizing.rows import Problem
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic
from cnnsize.text.english import counted


@public
class Failing(NamedTuple):
    """The members that fail for one cause."""

    cause: Cause
    members: int  # how many they are
    example: Member  # the smallest of them
    last: tuple[int, ...]  # the choices of the last of them
    region: Region

    def __repr__(self) -> str:
        return f"<Failing {self.cause.code}: {counted(self.members, 'member')}>"


@public
class Survey:
    """Which members are valid, why the others are not, and the ranges of their numbers.

    ``checked`` is 0 if the user interrupted, else the number of members.
    """

    def __init__(self, family: Family, max_work: int | None = MAX_FAMILY_WORK) -> None:
        self.family = family
        self.max_work = max_work  # in the units of ``Work``; None for no limit
        self.members = family.members
        self.checked = 0
        self.work = 0  # that was done to check them, in the same units
        self.valid = 0
        self.smallest: Member | None = None  # of the valid ones, by parameters
        self.largest: Member | None = None
        self.params: Range | None = None
        self.macs: Range | None = None
        self.activations: Range | None = None
        self.receptive_field: tuple[tuple[int, int], tuple[int, int]] | None = None  # (W, H) each
        self.failing: dict[Cause, Failing] = {}
        self.region: Region | None = None  # the valid members
        self._boundary: tuple[str, ...] | None = None
        self._inputs: FittingInputs | None = None
        self._worded: dict[Cause, Diagnostic | None] = {}
        self._networks: dict[tuple[int, ...], Network | None] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Survey) and (self.family, self.checked) == (
            other.family,
            other.checked,
        )

    def __hash__(self) -> int:
        return hash(self.family)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from cnnsize.html.notebook import survey_bundle  # late: only notebooks need it

        return survey_bundle(self)

    def __repr__(self) -> str:
        return f"<Survey: {self.counted}>"

    def run(self, progress: Progress | None = None) -> Survey:
        """Follow all members to their ends, and return the survey itself.

        ``progress`` is called with the progress now and then; with it, an interruption ends the survey
        and not the caller. Raises ArchitectureError where the members take too much work.
        """
        family, work = self.family, self.family.work
        before = work.done
        work.allow(self.max_work)
        try:
            limit = WorkLimit(work, self.members, progress)
            members = followed(*family.engine, limit)
        except CountingLimitError as error:
            raise family.mapped(family.too_much_work(str(error))) from None
        except ArchitectureError as failure:
            raise family.mapped(failure) from None
        except KeyboardInterrupt:
            if progress is None:
                raise
            return self
        self.checked = self.members
        self.work = work.done - before
        self._note_verdicts(members.verdicts)
        self._note_ranges(members)
        return self

    def _note_verdicts(self, verdicts: Verdicts) -> None:
        """Note how many members are valid, and why the others are not, in the order of the members."""
        self.valid = verdicts.count(is_valid)
        self.region = verdicts.region(is_valid)
        choices, _ = self.family.engine
        causes = dict.fromkeys(cause for end in verdicts.ends for cause in end.causes)

        def has(cause: Cause) -> Holds:
            return lambda verdict: cause in verdict.causes

        def rank(cause: Cause) -> tuple[int, int]:
            first = verdicts.first(has(cause))
            return choices.number_of(first), verdicts.of(first).causes.index(cause)

        for cause in sorted(causes, key=rank):
            holds = has(cause)
            self.failing[cause] = Failing(
                cause,
                verdicts.count(holds),
                self.family.member_with(verdicts.smallest(holds)),
                verdicts.last(holds),
                verdicts.region(holds),
            )

    def _note_ranges(self, members: Followed) -> None:
        """Note the ranges of the numbers of valid members, and the ends of the parameters."""
        if not self.valid:
            return
        ranges: list[Range] = []
        for index in range(3):  # params, macs, activations
            low, high = (least(members, sign, index) for sign in (1, -1))
            ranges.append((low.cost, -high.cost))
            if index == 0:
                self.smallest = self.family.member_with(low.choices)
                self.largest = self.family.member_with(high.choices)
        self.params, self.macs, self.activations = ranges
        fields = [
            terminal.receptive_field
            for terminal in members.trellis.terminals
            if terminal.valid and terminal.receptive_field is not None
        ]
        if fields:
            widths, heights = zip(*fields, strict=True)
            self.receptive_field = (min(widths), min(heights)), (max(widths), max(heights))

    @property
    def complete(self) -> bool:
        """Whether all members were checked."""
        return self.checked == self.members

    @property
    def memory_bytes(self) -> Range | None:
        """The range of the bytes of activations, at 4 bytes each."""
        if self.activations is None:
            return None
        low, high = self.activations
        return 4 * low, 4 * high

    @property
    def flops(self) -> Range | None:
        """The range of the floating-point operations, two for each multiply-add."""
        return None if self.macs is None else (2 * self.macs[0], 2 * self.macs[1])

    def to_dict(self) -> dict[str, Any]:
        """Return the survey as plain data: the ``family`` of the JSON report."""
        return {
            "members": self.members,
            "looked_at": self.checked,
            "valid": self.valid,
            "choices": [
                {
                    "name": choice.name,
                    "optional": choice.optional,
                    "count": len(choice.values),
                    "lowest": choice.values[0],
                    "highest": choice.values[-1],
                }
                for choice in self.family.choices
            ],
            "boundary": list(self.boundary),
            "causes": [
                {
                    "code": worded.code
                    if (worded := self.worded.get(failing.cause))
                    else failing.cause.code,
                    "members": failing.members,
                    "example": failing.example.to_dict(),
                }
                for failing in self.failing.values()
            ],
            "smallest": None if self.smallest is None else self.smallest.to_dict(),
            "largest": None if self.largest is None else self.largest.to_dict(),
            "params": list_or_none(self.params),
            "macs": list_or_none(self.macs),
            "flops": list_or_none(self.flops),
            "activations": list_or_none(self.activations),
            "memory_bytes": list_or_none(self.memory_bytes),
            "receptive_field": None
            if self.receptive_field is None
            else [list(bound) for bound in self.receptive_field],
        }

    # -- in words ----------------------------------------

    @property
    def boundary(self) -> tuple[str, ...]:
        """The lines that say which members are valid, and why the smallest of the others are not."""
        if self._boundary is None:
            lines: list[str] = []
            errors = [failing for failing in self.failing.values() if failing.cause.error]
            if self.region is not None and self.valid:
                lines += boundary(self.family, self.region)
            for failing in errors[:MAX_CAUSES]:
                worded = self.worded.get(failing.cause)
                summary = failing.cause.code if worded is None else worded.summary
                lines.append(
                    fault_words(
                        self.family,
                        failing.example,
                        failing.region,
                        self.problems(failing),
                        summary,
                    )
                )
            self._boundary = tuple(dict.fromkeys(lines))
        return self._boundary

    @property
    def summary(self) -> str:
        """The count and the boundary: ``168 of 192 members are valid; with POOL, valid if M <= 5``."""
        if not self.complete:
            return f"interrupted before all {self.members:,} members were checked"
        return "; ".join((self.counted, *self.boundary))

    @property
    def counted(self) -> str:
        """The count of valid members: ``168 of 192 members are valid``."""
        if self.members == 1:
            return "the only member is valid" if self.valid else "the only member is not valid"
        if not self.valid:
            return f"none of the {self.members:,} members is valid"
        if self.valid == self.members:
            return f"{'both' if self.members == 2 else f'all {self.members:,}'} members are valid"
        return f"{self.valid:,} of {self.members:,} members are valid"

    def network(self, member: Member) -> Network | None:
        """Return a member, up to a layer that cannot be made; None if nothing can be sized."""
        key = member.choices
        if key not in self._networks:
            try:
                self._networks[key] = member.sized()
            except ArchitectureError:
                self._networks[key] = self.family.sized_beginning(key)
        return self._networks[key]

    def problems(self, failing: Failing) -> tuple[Problem, ...]:
        """Return the faults that the smallest example of a cause has."""
        network = self.network(failing.example)
        if network is None:
            return ()
        return tuple(
            problem
            for problem in network.problems
            if problem.fault.code == failing.cause.code
            and problem.item.start == failing.cause.start
        )

    @property
    def inputs(self) -> FittingInputs:
        """The nearest smaller and larger inputs with which every member is valid."""
        if self._inputs is None:
            self._inputs = NO_INPUTS
            if self.complete and self.failing:
                self._inputs = family_inputs(self.family, self._failing_members())
        return self._inputs

    def _failing_members(self) -> Iterator[tuple[int, ...]]:
        """Yield the choices of the last member that fails for each cause, then of the smallest."""
        for failing in self.failing.values():
            yield failing.last
        for failing in self.failing.values():
            yield failing.example.choices

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """One diagnostic for each cause, about its smallest example, with spans of the pattern."""
        return tuple(worded for worded in self.worded.values() if worded is not None)

    @property
    def worded(self) -> dict[Cause, Diagnostic | None]:
        """The diagnostic of each cause."""
        if not self._worded:
            self._worded = self.worded_with(self.inputs)
        return self._worded

    def worded_with(self, inputs: FittingInputs) -> dict[Cause, Diagnostic | None]:
        """Return the diagnostic of each cause, which proposes some inputs."""
        worded_causes: dict[Cause, Diagnostic | None] = {}
        allowance = WorkAllowance(MAX_FAMILY_FIX_STEPS)
        for failing in list(self.failing.values())[:MAX_CAUSES]:
            network, problems = self.network(failing.example), self.problems(failing)
            if network is None or not problems:  # a layer that cannot be made
                worded = self.family.diagnostics_of(failing.example.choices)
            else:
                worded = diagnostics(
                    Network(
                        network.architecture,
                        network.input,
                        network.output,
                        network.rows,
                        problems,
                        network.settings,
                        network.values,
                        network.overridden,
                        network.walked,
                    ),
                    allowance,
                    find_inputs=lambda network: inputs,
                    decide=partial(self.family.decided_like, failing.example.choices),
                )
            fail = "fails" if failing.members == 1 else "fail"
            note = f"{failing.members:,} of {self.members:,} members {fail} here; the smallest: {failing.example.words}"
            worded_causes[failing.cause] = (
                replace(worded[0], notes=(*worded[0].notes, note)) if worded else None
            )
        return worded_causes


# Applying fixes reports on the same text several times, so surveys that took long are kept for the
# process: at most MAX_CACHED_SURVEYS, the oldest leaves first.
MAX_CACHED_SURVEYS = 4
EXPENSIVE_WORK = MAX_FAMILY_WORK // 10  # a survey that took more is cached
_cache: dict[Any, Survey | ArchitectureError] = {}


def survey_of(family: Family, progress: Progress | None = None) -> Survey:
    """Return the survey of a family, from a cache if it took long before.

    Raises ArchitectureError where the members take too much work.
    """
    key = (
        family.architecture.text,
        family.input,
        family.settings,
        tuple((name, str(given)) for name, given in family.given.items()),
    )
    outcome = _cache.get(key)
    if outcome is None:
        try:
            outcome = Survey(family).run(progress)
        except ArchitectureError as error:
            outcome = error.with_traceback(None)
        family.clear_caches()
        is_final = isinstance(outcome, ArchitectureError) or outcome.complete
        if is_final and family.work.done > EXPENSIVE_WORK:
            if len(_cache) == MAX_CACHED_SURVEYS:
                del _cache[next(iter(_cache))]
            _cache[key] = outcome
    if isinstance(outcome, ArchitectureError):
        raise outcome
    return outcome
