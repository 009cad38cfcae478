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

Watch = Callable[[int, int], None]  # (members looked at, members in all)
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
    """All members looked at once. Memory grows with a byte a member, no more.

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
        """Looks at all members. ``watch`` is told now and then how many were; an interruption then
        ends the survey and not the caller. Raises ArchitectureError for too many members, before
        any work.
        """
        try:
            for _ in self.taken(watch):
                pass
        except KeyboardInterrupt:
            if watch is None:
                raise
        return self

    def listed(self, watch: Watch | None = None) -> Iterator[Member]:
        """The members while they are looked at."""
        for run in self.taken(watch):
            for member in self.family.of_run(run):
                self.family.work.done += 6  # to print one takes as long as to look at a few
                yield member

    def taken(self, watch: Watch | None) -> Iterator[Run]:
        """The runs, each when it was looked at."""
        self.family.check_size()
        self.flags = bytearray(self.members)
        due = 0.0
        for run in self.family.runs(self.most):
            self.take(run)
            if watch is not None and (now := monotonic()) >= due:
                watch(self.looked, self.members)
                due = now + PAUSE
            yield run

    @property
    def complete(self) -> bool:
        return self.looked == self.members

    def take(self, run: Run) -> None:
        first, count, state, choices = run
        self.looked += count
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
        if state.dead or not state.valid:
            return
        self.valid += count
        self.flags[first : first + count] = b"\1" * count
        params, macs, activations, seen = (
            state.params,
            state.macs,
            state.activations,
            state.view.receptive_field,
        )
        if self.smallest is None:
            self.smallest = self.largest = self.family.member(first, choices, state)
            self.params, self.macs, self.activations = (
                (params, params),
                (macs, macs),
                (activations, activations),
            )
        else:
            assert (
                self.params is not None and self.macs is not None and self.activations is not None
            )
            if params < self.params[0]:
                self.smallest = self.family.member(first, choices, state)
                self.params = params, self.params[1]
            elif params > self.params[1]:
                self.largest = self.family.member(first, choices, state)
                self.params = self.params[0], params
            if not self.macs[0] <= macs <= self.macs[1]:
                self.macs = min(self.macs[0], macs), max(self.macs[1], macs)
            if not self.activations[0] <= activations <= self.activations[1]:
                self.activations = (
                    min(self.activations[0], activations),
                    max(self.activations[1], activations),
                )
        if seen is not None:
            if self.receptive_field is None:
                self.receptive_field = seen, seen
            low, high = self.receptive_field
            if seen[0] < low[0] or seen[1] < low[1] or seen[0] > high[0] or seen[1] > high[1]:
                self.receptive_field = (
                    (min(low[0], seen[0]), min(low[1], seen[1])),
                    (max(high[0], seen[0]), max(high[1], seen[1])),
                )

    @property
    def memory_bytes(self) -> Two | None:
        return (
            None if self.activations is None else (4 * self.activations[0], 4 * self.activations[1])
        )

    @property
    def flops(self) -> Two | None:
        return None if self.macs is None else (2 * self.macs[0], 2 * self.macs[1])

    def as_dict(self) -> dict[str, Any]:
        """The ``family`` of the JSON report."""
        return {
            "members": self.members,
            "looked_at": self.looked,
            "valid": self.valid,
            "choices": [
                {
                    "name": one.name,
                    "optional": one.optional,
                    "count": len(one.values),
                    "lowest": one.values[0],
                    "highest": one.values[-1],
                }
                for one in self.family.choices
            ],
            "boundary": list(self.boundary),
            "causes": [
                {
                    "code": worded.code
                    if (worded := self.worded.get(one.cause))
                    else one.cause.code,
                    "members": one.members,
                    "example": member_dict(one.example),
                }
                for one in self.failing.values()
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
            else [list(one) for one in self.receptive_field],
        }

    # -- in words ----------------------------------------

    @property
    def boundary(self) -> tuple[str, ...]:
        """Which members are valid, as a person would say it, then what the smallest of the others
        run into.
        """
        if self._boundary is None:
            lines: list[str] = []
            errors = [one for one in self.failing.values() if one.cause.error]
            if self.complete:
                lines += boundary(self.family, self.flags)
            for one in errors[:MAX_CAUSES]:
                worded = self.worded.get(one.cause)
                said = one.cause.code if worded is None else worded.summary
                lines.append(
                    fault_words(self.family, one.example, one.flags, self.problems(one), said)
                )
            self._boundary = tuple(dict.fromkeys(lines))
        return self._boundary

    @property
    def summary(self) -> str:
        """``168 of 192 members are valid; with POOL, valid if M <= 5 for a 32x32 input; M = 6 pools a 1x1
        volume``.
        """
        if not self.complete:
            return (
                f"interrupted: {self.valid:,} of the {self.looked:,} members looked at are valid, "
                f"of {self.members:,} in all"
            )
        return "; ".join((self.counted, *self.boundary))

    @property
    def counted(self) -> str:
        """``168 of 192 members are valid``"""
        if self.members == 1:
            return "the one member is valid" if self.valid else "the one member is not valid"
        if self.valid == self.members:
            return f"{'both' if self.members == 2 else f'all {self.members:,}'} members are valid"
        return f"{self.valid:,} of {self.members:,} members are valid"

    def network(self, member: Member) -> Network | None:
        """A member with all its layers, or with those in front of one that cannot be made."""
        key = member.choices
        if key not in self._networks:
            try:
                self._networks[key] = member.sized()
            except ArchitectureError:
                self._networks[key] = self.family.sized_beginning(key)
        return self._networks[key]

    def problems(self, one: Failing) -> tuple[Problem, ...]:
        """The faults that the smallest example of a cause has."""
        network = self.network(one.example)
        if network is None:
            return ()
        return tuple(
            problem
            for problem in network.problems
            if problem.fault.code == one.cause.code and problem.item.start == one.cause.start
        )

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """One for each cause, on its smallest example, with spans of the pattern."""
        return tuple(one for one in self.worded.values() if one is not None)

    @property
    def worded(self) -> dict[Cause, Diagnostic | None]:
        """The diagnostic of each cause."""
        allowance = Allowance(FAMILY_FIX_STEPS)
        for one in list(self.failing.values())[:MAX_CAUSES]:
            if one.cause in self._worded:
                continue
            network, problems = self.network(one.example), self.problems(one)
            if network is None or not problems:  # a layer that cannot be made
                found = self.family.diagnostics_of(one.example.choices)
            else:
                found = diagnostics(
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
            fail = "fails" if one.members == 1 else "fail"
            note = f"{one.members:,} of {self.members:,} members {fail} here; the smallest: {one.example.words}"
            self._worded[one.cause] = (
                replace(found[0], notes=(*found[0].notes, note)) if found else None
            )
        return self._worded


KEPT = 4  # surveys
DEAR = MAX_FAMILY_WORK // 10  # the work from which on a survey is kept
_kept: dict[Any, Survey | ArchitectureError] = {}


def surveyed(family: Family, watch: Watch | None = None) -> Survey:
    """All members looked at; once, where that was much work, as a fix is looked at several times on
    its way. Raises ArchitectureError for too many members.
    """
    one = family.architecture
    key = (
        one.text,
        family.input,
        family.settings,
        tuple((name, str(given)) for name, given in family.given.items()),
    )
    known = _kept.get(key)
    if known is None:
        try:
            known = Survey(family).run(watch)
        except ArchitectureError as wrong:
            known = wrong.with_traceback(None)
        family.forget()
        if family.work.done > DEAR and (isinstance(known, ArchitectureError) or known.complete):
            if len(_kept) == KEPT:
                del _kept[next(iter(_kept))]
            _kept[key] = known
    if isinstance(known, ArchitectureError):
        raise known
    return known


def member_dict(member: Member, text: bool = True) -> dict[str, Any]:
    """A member as JSON has it. Writing its text takes longer than all the rest."""
    found: dict[str, Any] = {
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
        found["text"] = member.text
    return found


def _list(value: tuple[int, ...] | None) -> list[int] | None:
    return None if value is None else list(value)
