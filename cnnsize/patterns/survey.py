"""Survey a whole family: how many members are valid, why the others are not, and the ranges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from time import monotonic
from typing import Any, NamedTuple

from cnnsize.faults.fitting_inputs import NO_INPUTS, FittingInputs
from cnnsize.faults.verify import WorkAllowance
from cnnsize.faults.wording import diagnostics
from cnnsize.limits import MAX_CAUSES, MAX_FAMILY_FIX_STEPS, MAX_FAMILY_WORK
from cnnsize.network import Network
from cnnsize.patterns.boundary import boundary, fault_words
from cnnsize.patterns.engine import Run
from cnnsize.patterns.family import Family
from cnnsize.patterns.family_inputs import family_inputs
from cnnsize.patterns.member import Member
from cnnsize.patterns.states import Cause
from cnnsize.record import list_or_none, public, replace
from cnnsize.sizing.rows import Problem
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic
from cnnsize.text.english import counted

Progress = Callable[[int, int], None]  # called with (members checked, members in all)
PROGRESS_SECONDS = 0.05  # between two calls of a ``Progress``
Range = tuple[int, int]  # the smallest and the largest value


@public
class Failing(NamedTuple):
    """The members that fail for one cause."""

    cause: Cause
    members: int  # how many they are
    example: Member  # the smallest of them
    flags: bytearray  # 1 for each of them; empty for causes beyond MAX_CAUSES, to save memory

    def __repr__(self) -> str:
        return f"<Failing {self.cause.code}: {counted(self.members, 'member')}>"

    def __hash__(self) -> int:  # without the flags: a bytearray has no hash
        return hash(self[:3])


@public
class Survey:
    """All members, each sized once. Memory grows by no more than a byte per member.

    ``checked`` is less than ``members`` if the user interrupted.
    """

    def __init__(self, family: Family, max_work: int | None = MAX_FAMILY_WORK) -> None:
        self.family = family
        self.max_work = max_work  # in the units of ``Work``; None for no limit
        self.members = family.members
        self.checked = 0
        self.valid = 0
        self.smallest: Member | None = None  # of the valid ones, by parameters
        self.largest: Member | None = None
        self.params: Range | None = None
        self.macs: Range | None = None
        self.activations: Range | None = None
        self.receptive_field: tuple[Range, Range] | None = None
        self.failing: dict[Cause, Failing] = {}
        self.flags = bytearray()  # 1 for each valid member
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
        """Size all members, and return the survey itself.

        ``progress`` is called with the progress now and then; with it, an interruption ends the survey
        and not the caller. Raises ArchitectureError for too many members, before any work.
        """
        try:
            for _ in self.runs(progress):
                pass
        except KeyboardInterrupt:
            if progress is None:
                raise
        return self

    def iter_members(self, progress: Progress | None = None) -> Iterator[Member]:
        """Yield the members in order, each as soon as it is sized."""
        for run in self.runs(progress):
            for member in self.family.members_of(run):
                self.family.work.done += 6  # printing one takes as long as sizing a few
                yield member

    def runs(self, progress: Progress | None = None) -> Iterator[Run]:
        """Yield the runs of equal members, each after it was counted."""
        self.family.check_size()
        self.flags = bytearray(self.members)
        due = 0.0
        for run in self.family.runs(self.max_work):
            self._count(run)
            if progress is not None and (now := monotonic()) >= due:
                progress(self.checked, self.members)
                due = now + PROGRESS_SECONDS
            yield run

    @property
    def complete(self) -> bool:
        """Whether all members were checked."""
        return self.checked == self.members

    def _count(self, run: Run) -> None:
        """Add a run of members to the counts, the causes and the ranges."""
        self.checked += run.length
        self._count_causes(run)
        if run.state.valid and not run.state.dead:
            self._count_valid(run)

    def _count_causes(self, run: Run) -> None:
        first, count, state, choices = run
        for cause in state.causes:
            failing = self.failing.get(cause)
            if failing is None:
                flags = bytearray(self.members if len(self.failing) < MAX_CAUSES else 0)
                example = self.family.member(first, choices, state)
                failing = Failing(cause, 0, example, flags)
            elif sum(choices) < sum(failing.example.choices):
                failing = failing._replace(example=self.family.member(first, choices, state))
            if failing.flags:
                failing.flags[first : first + count] = b"\1" * count
            self.failing[cause] = failing._replace(members=failing.members + count)

    def _count_valid(self, run: Run) -> None:
        first, count, state, choices = run
        self.valid += count
        self.flags[first : first + count] = b"\1" * count
        if self.params is None or state.params < self.params[0]:
            self.smallest = self.family.member(first, choices, state)
        if self.params is None or state.params > self.params[1]:
            self.largest = self.family.member(first, choices, state)
        self.params = _widened(self.params, state.params)
        self.macs = _widened(self.macs, state.macs)
        self.activations = _widened(self.activations, state.activations)
        field = state.view.receptive_field
        if field is not None:
            lows, highs = self.receptive_field or (field, field)
            (low_w, high_w), (low_h, high_h) = (
                _widened((low, high), side)
                for low, high, side in zip(lows, highs, field, strict=True)
            )
            self.receptive_field = (low_w, low_h), (high_w, high_h)

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
            if self.complete and self.valid:
                lines += boundary(self.family, self.flags)
            for failing in errors[:MAX_CAUSES]:
                worded = self.worded.get(failing.cause)
                summary = failing.cause.code if worded is None else worded.summary
                lines.append(
                    fault_words(
                        self.family,
                        failing.example,
                        failing.flags,
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
            return (
                f"interrupted: {self.valid:,} of the {self.checked:,} members checked are valid, "
                f"of {self.members:,} in all"
            )
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
            last = failing.flags.rfind(b"\1")
            if last >= 0:
                yield self.family.choices_of(last)
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

    Raises ArchitectureError for too many members.
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


def _widened(bounds: Range | None, value: int) -> Range:
    """Return the smallest and the largest of some values and one more."""
    if bounds is None:
        return value, value
    return min(bounds[0], value), max(bounds[1], value)
