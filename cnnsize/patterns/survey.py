"""What there is to say of a whole family: how many members are valid, which are not and why, and
the ranges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any, NamedTuple

from cnnsize.faults.verify import Allowance
from cnnsize.faults.wording import diagnostics
from cnnsize.limits import FAMILY_FIX_STEPS, MAX_CAUSES, MAX_FAMILY_WORK
from cnnsize.network import Network
from cnnsize.patterns.boundary import boundary, fault_words
from cnnsize.patterns.engine import Run
from cnnsize.patterns.family import Family, Member
from cnnsize.patterns.states import Cause
from cnnsize.record import replace
from cnnsize.sizing.field import Two
from cnnsize.sizing.rows import Problem
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic

Watch = Callable[[int, int], None]  # (members checked, members in all)
PAUSE = 0.05  # seconds between two calls of a watch


class Failing(NamedTuple):
    """One cause: how many members fail by it, the smallest of them, and which they are (1 for each
    that fails).
    """

    cause: Cause
    members: int
    example: Member
    flags: bytearray


class Survey:
    """All members, each sized once. Memory grows by no more than a byte per member.

    ``looked`` is less than ``members`` where somebody interrupted.
    """

    def __init__(self, family: Family, most: int | None = MAX_FAMILY_WORK) -> None:
        self.family = family
        self.most = most  # units of work; None for all that it takes
        self.members = family.count
        self.looked = 0
        self.valid = 0
        self.smallest: Member | None = None  # of the valid ones, by parameters
        self.largest: Member | None = None
        self.params: Two | None = None
        self.macs: Two | None = None
        self.activations: Two | None = None
        self.receptive_field: tuple[Two, Two] | None = None
        self.failing: dict[Cause, Failing] = {}
        self.flags = bytearray()  # 1 for each valid member
        self._boundary: tuple[str, ...] | None = None
        self._worded: dict[Cause, Diagnostic | None] = {}
        self._networks: dict[tuple[int, ...], Network | None] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Survey) and (self.family, self.looked) == (
            other.family,
            other.looked,
        )

    def __hash__(self) -> int:
        return hash(self.family)

    def __repr__(self) -> str:
        return f"<Survey of {self.family!r}>"

    def run(self, watch: Watch | None = None) -> Survey:
        """Size all members, and return the survey itself.

        ``watch`` is called with the progress now and then; with it, an interruption ends the survey
        and not the caller. Raises ArchitectureError for too many members, before any work.
        """
        try:
            for _ in self._runs(watch):
                pass
        except KeyboardInterrupt:
            if watch is None:
                raise
        return self

    def listed(self, watch: Watch | None = None) -> Iterator[Member]:
        """Yield the members as they are sized."""
        for run in self._runs(watch):
            for member in self.family.of_run(run):
                self.family.work.done += 6  # printing one takes as long as sizing a few
                yield member

    def _runs(self, watch: Watch | None) -> Iterator[Run]:
        """Yield the runs of equal members, each after it was counted."""
        self.family.check_size()
        self.flags = bytearray(self.members)
        due = 0.0
        for run in self.family.runs(self.most):
            self._count(run)
            if watch is not None and (now := monotonic()) >= due:
                watch(self.looked, self.members)
                due = now + PAUSE
            yield run

    @property
    def complete(self) -> bool:
        return self.looked == self.members

    def _count(self, run: Run) -> None:
        """Add a run of members to the counts, the causes and the ranges."""
        self.looked += run.length
        self._count_causes(run)
        if run.state.valid and not run.state.dead:
            self._count_valid(run)

    def _count_causes(self, run: Run) -> None:
        first, count, state, choices = run
        for cause in state.causes:
            known = self.failing.get(cause)
            if known is None:
                flags = bytearray(self.members if len(self.failing) < MAX_CAUSES else 0)
                example = self.family.member(first, choices, state)
                known = self.failing[cause] = Failing(cause, 0, example, flags)
            elif sum(choices) < sum(known.example.choices):
                known = known._replace(example=self.family.member(first, choices, state))
            if known.flags:
                known.flags[first : first + count] = b"\1" * count
            self.failing[cause] = known._replace(members=known.members + count)

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
    def memory_bytes(self) -> Two | None:
        return (
            None if self.activations is None else (4 * self.activations[0], 4 * self.activations[1])
        )

    @property
    def flops(self) -> Two | None:
        return None if self.macs is None else (2 * self.macs[0], 2 * self.macs[1])

    def as_dict(self) -> dict[str, Any]:
        """Return the ``family`` of the JSON report."""
        return {
            "members": self.members,
            "looked_at": self.looked,
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
                    "example": member_dict(failing.example),
                }
                for failing in self.failing.values()
            ],
            "smallest": None if self.smallest is None else member_dict(self.smallest),
            "largest": None if self.largest is None else member_dict(self.largest),
            "params": _list(self.params),
            "macs": _list(self.macs),
            "flops": _list(self.flops),
            "activations": _list(self.activations),
            "memory_bytes": _list(self.memory_bytes),
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
            if self.complete:
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
                f"interrupted: {self.valid:,} of the {self.looked:,} members checked are valid, "
                f"of {self.members:,} in all"
            )
        return "; ".join((self.counted, *self.boundary))

    @property
    def counted(self) -> str:
        """The count of valid members: ``168 of 192 members are valid``."""
        if self.members == 1:
            return "the only member is valid" if self.valid else "the only member is not valid"
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
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """One diagnostic for each cause, about its smallest example, with spans of the pattern."""
        return tuple(worded for worded in self.worded.values() if worded is not None)

    @property
    def worded(self) -> dict[Cause, Diagnostic | None]:
        """The diagnostic of each cause."""
        allowance = Allowance(FAMILY_FIX_STEPS)
        for failing in list(self.failing.values())[:MAX_CAUSES]:
            if failing.cause in self._worded:
                continue
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
                )
            fail = "fails" if failing.members == 1 else "fail"
            note = f"{failing.members:,} of {self.members:,} members {fail} here; the smallest: {failing.example.words}"
            self._worded[failing.cause] = (
                replace(worded[0], notes=(*worded[0].notes, note)) if worded else None
            )
        return self._worded


KEPT = 4  # surveys
MUCH_WORK = MAX_FAMILY_WORK // 10  # a survey that took more is kept
_kept: dict[Any, Survey | ArchitectureError] = {}


def surveyed(family: Family, watch: Watch | None = None) -> Survey:
    """Return the survey of a family, kept if it was much work: fixes ask for it several times.

    Raises ArchitectureError for too many members.
    """
    key = (
        family.architecture.text,
        family.input,
        family.settings,
        tuple((name, str(given)) for name, given in family.given.items()),
    )
    known = _kept.get(key)
    if known is None:
        try:
            known = Survey(family).run(watch)
        except ArchitectureError as error:
            known = error.with_traceback(None)
        family.forget()
        if family.work.done > MUCH_WORK and (
            isinstance(known, ArchitectureError) or known.complete
        ):
            if len(_kept) == KEPT:
                del _kept[next(iter(_kept))]
            _kept[key] = known
    if isinstance(known, ArchitectureError):
        raise known
    return known


def member_dict(member: Member, text: bool = True) -> dict[str, Any]:
    """Return a member as the JSON has it. Writing its text takes longer than all the rest."""
    values: dict[str, Any] = {
        "index": member.number,
        "values": member.values,
        "valid": member.valid,
        "output": _list(member.output),
        "params": member.params,
        "macs": member.macs,
        "flops": member.flops,
        "activations": member.activations,
        "memory_bytes": member.memory_bytes,
        "receptive_field": _list(member.receptive_field),
    }
    if text:
        values["text"] = member.text
    return values


def _list(value: tuple[int, ...] | None) -> list[int] | None:
    return None if value is None else list(value)


def _widened(bounds: Two | None, value: int) -> Two:
    """Return the smallest and the largest of some values and one more."""
    if bounds is None:
        return value, value
    return min(bounds[0], value), max(bounds[1], value)
