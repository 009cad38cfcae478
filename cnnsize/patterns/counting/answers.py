"""Answers to questions about all members of a family."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from cnnsize.conditions.expression import Expression
from cnnsize.limits import COUNTING_SECONDS, MAX_MEMBERS
from cnnsize.patterns.choices import narrowing_hints
from cnnsize.patterns.counting.deadline import CountingLimitError, Deadline, TooManySumsError
from cnnsize.patterns.counting.question import Space
from cnnsize.patterns.family import Family
from cnnsize.patterns.member import Member
from cnnsize.patterns.query import condition_of, facts
from cnnsize.text.diagnostic import error

Note = Callable[[str], None]


class Selection(NamedTuple):
    """The members that a question is about.

    ``where`` is a condition, ``valid`` leaves out members that are not valid, and ``seconds`` is the
    time that the question may take, None for no limit. ``note`` is called with what a user should
    know of how the answer was found.
    """

    family: Family
    where: str | None = None
    valid: bool = False
    seconds: float | None = COUNTING_SECONDS
    note: Note = lambda message: None

    @property
    def conditions(self) -> Sequence[Expression]:
        """The parts of the condition, all of which must hold. Raises QueryError."""
        return () if self.where is None else condition_of(self.family, self.where).conjuncts()


class Counts(NamedTuple):
    """How many members a family has, how many are valid, and how many meet a condition."""

    members: int
    valid: int
    satisfying: int | None  # None: there is no condition


@contextmanager
def limits_reported(family: Family) -> Iterator[None]:
    """Raise ArchitectureError in place of CountingLimitError."""
    try:
        yield
    except CountingLimitError as limit:
        span = family.architecture.chain.span
        is_late = not isinstance(limit, TooManySumsError)
        hints = (*(("raise --time-limit",) if is_late else ()), *narrowing_hints(family.choices))
        raise family.mapped(error("CNN009", str(limit), span, help=hints)) from None


def count(selection: Selection) -> int:
    """Return how many members a selection has."""
    conditions = selection.conditions
    with limits_reported(selection.family):
        return _count(selection, conditions, Deadline(selection.seconds))


def counts(selection: Selection) -> Counts:
    """Return how many members a family has, are valid, and are in a selection."""
    family, conditions = selection.family, selection.conditions
    with limits_reported(family):
        deadline = Deadline(selection.seconds)
        valid = Space(family, (), deadline, only_valid=True).count()
        satisfying = _count(selection, conditions, deadline) if conditions else None
    return Counts(family.members, valid, satisfying)


def _count(selection: Selection, conditions: Sequence[Expression], deadline: Deadline) -> int:
    family = selection.family
    try:
        return Space(family, conditions, deadline, only_valid=selection.valid).count()
    except TooManySumsError as limit:
        if family.members > MAX_MEMBERS:
            raise
        selection.note(f"{limit}: the members are listed one by one instead")
    return sum(1 for _ in streamed(selection, conditions, deadline))


def streamed(
    selection: Selection, conditions: Sequence[Expression], deadline: Deadline
) -> Iterator[Member]:
    """Yield the members of a selection one by one."""
    family = selection.family
    for member in family:
        deadline.stage = f"listing member {member.number:,} of {family.members:,}"
        deadline.check()
        if selection.valid and not member.valid:
            continue
        if not conditions or all(part.holds(facts(member)) for part in conditions):
            yield member
