"""Answers to questions about all members of a family."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from heapq import nsmallest
from itertools import islice
from random import Random
from typing import Any, NamedTuple

from cnnsize.conditions.expression import Expression
from cnnsize.limits import MAX_MEMBERS
from cnnsize.patterns.choices import narrowing_hints
from cnnsize.patterns.counting.deadline import CountingLimitError, Deadline, TooManySumsError
from cnnsize.patterns.counting.front import front, undominated
from cnnsize.patterns.counting.histogram import (
    Histogram,
    histogram_of,
    histogram_of_values,
)
from cnnsize.patterns.counting.keys import DirectedKey, Key, directed_key, key_for
from cnnsize.patterns.counting.ordered import in_order
from cnnsize.patterns.counting.question import NO_DEMAND, Entry, Space
from cnnsize.patterns.counting.ranking import DRAWN, Ranking, members_at, random_ranks
from cnnsize.patterns.counting.selection import Selection
from cnnsize.patterns.counting.trellis import Demand
from cnnsize.patterns.counting.verdicts import followed, is_valid
from cnnsize.patterns.family import Family
from cnnsize.patterns.member import Member
from cnnsize.patterns.query import QueryError, condition_of, facts, key_of
from cnnsize.text.diagnostic import ArchitectureError, error


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
    asked = Asked(selection)
    with limits_reported(selection.family):
        return asked.count()


def counts(selection: Selection) -> Counts:
    """Return how many members a family has, are valid, and are in a selection."""
    asked = Asked(selection)
    with limits_reported(selection.family):
        valid = asked.valid()
        satisfying = None if selection.where is None else asked.count()
    return Counts(selection.family.members, valid, satisfying)


def sample(selection: Selection, number: int, seed: int) -> list[Member]:
    """Return different random members of a selection, each with the same probability.

    Returns all of them, in random order, where there are no more than ``number``.
    """
    asked = Asked(selection)
    with limits_reported(selection.family):
        return asked.sample(number, Random(seed))


def top(selection: Selection, number: int, sort: str, *, reverse: bool) -> list[Member]:
    """Return the members of a selection with the lowest or the highest values of a fact.

    Members with equal values come in the order of their numbers. Members without a value are left out.
    """
    asked = Asked(selection)
    key = key_for(selection.family, key_of(selection.family, "--sort", sort))
    with limits_reported(selection.family):
        return asked.top(number, key, reverse=reverse)


def pareto(selection: Selection, keys: Sequence[str]) -> list[Member]:
    """Return a member for each point of the Pareto front over two facts, in the order of the first.

    Lower is better, and higher for a key with a leading minus. Of members that are equal in both
    facts, one is returned. Raises QueryError for keys that are not two different facts.
    """
    asked = Asked(selection)
    directed_keys = [directed_key(selection.family, "--pareto", text) for text in keys]
    facts_meant = {directed.key.form or directed.key.name for directed in directed_keys}
    if len(directed_keys) != 2 or len(facts_meant) != 2:
        raise QueryError("--pareto: give two different facts, as in params,macs")
    with limits_reported(selection.family):
        return asked.pareto(directed_keys)


def histogram(selection: Selection, name: str, bins: int) -> Histogram:
    """Return how a fact is distributed over the members of a selection that have it."""
    asked = Asked(selection)
    key = key_for(selection.family, key_of(selection.family, "--histogram", name))
    with limits_reported(selection.family):
        return asked.histogram(key, bins)


class Asked:
    """A selection that is asked something. Raises QueryError for its condition."""

    def __init__(self, selection: Selection, deadline: Deadline | None = None) -> None:
        self.selection = selection
        self.family = selection.family
        self.conditions: tuple[Expression, ...] = ()
        if selection.where is not None:
            self.conditions = condition_of(self.family, selection.where).conjuncts()
        self.deadline = deadline or Deadline(selection.seconds)

    def space(self, **options: Any) -> Space:
        """Return the members as a space."""
        valid = self.selection.valid
        return Space(self.family, self.conditions, self.deadline, only_valid=valid, **options)

    def valid(self) -> int:
        """Return how many members of the family are valid, whatever the condition is."""
        try:
            members = followed(*self.family.engine, self.deadline, NO_DEMAND)
        except ArchitectureError as failure:
            raise self.family.mapped(failure) from None
        return members.verdicts.count(is_valid)

    def count(self) -> int:
        if self.selection.valid and not self.conditions:
            return self.valid()
        try:
            return self.space().count()
        except TooManySumsError as limit:
            self._announce_list(limit)
        return sum(1 for _ in self.listed())

    def sample(self, number: int, random: Random) -> list[Member]:
        if not self.conditions and (
            not self.selection.valid or self.valid() == self.family.members
        ):
            ranks = random_ranks(random, self.family.members, number)
            return [self.family.member_with(self.family.choices_of(rank)) for rank in ranks]
        try:
            space = self.space()
            ranks = random_ranks(random, space.count(), number)
            return [self.family.member_with(entry.values) for entry in members_at(space, ranks)]
        except TooManySumsError as limit:
            self.selection.note(f"{limit}: members are drawn until {number:,} meet the condition")
        return list(islice(self._accepted(random), number))

    def top(self, number: int, key: Key, *, reverse: bool) -> list[Member]:
        try:
            entries = self._top(number, key, reverse=reverse)
            return [self.family.member_with(entry.values) for entry in entries]
        except TooManySumsError as limit:
            self._announce_list(limit)
        sign = -1 if reverse else 1
        ranked = (
            (sign * value, member.number, member)
            for member in self.listed()
            if (value := facts(member)[key.name]) is not None
        )
        return [member for *_, member in nsmallest(number, ranked)]

    def _top(self, number: int, key: Key, *, reverse: bool) -> list[Entry]:
        if key.form is not None:
            return Ranking(self.space(forms=(key.form,)), reverse=reverse).first(number)
        space = self.space(demand=key.demand)
        values = {key.of_terminal(terminal) for terminal in space.trellis.terminals}
        entries: list[Entry] = []
        for value in sorted(values - {None}, reverse=reverse):  # type: ignore[type-var]
            if len(entries) < number:
                space.restrict(lambda terminal, value=value: key.of_terminal(terminal) == value)  # type: ignore[misc]
                entries += islice(in_order(space), number - len(entries))
        return entries

    def pareto(self, keys: Sequence[DirectedKey]) -> list[Member]:
        forms = tuple([key.form for key, _ in keys if key.form is not None])
        field = any(key.demand.field for key, _ in keys)
        try:
            entries = front(self.space(forms=forms, demand=Demand(field=field)), keys)
            members = [self.family.member_with(entry.values) for entry in entries]
        except TooManySumsError as limit:
            self._announce_list(limit)
            members = self._listed_front(keys)
        first = keys[0]
        return sorted(members, key=lambda member: first.sign * facts(member)[first.key.name])

    def _listed_front(self, keys: Sequence[DirectedKey]) -> list[Member]:
        """Return a front from a list of the members."""
        best: dict[tuple[int, ...], Member] = {}
        for member in self.listed():
            values = facts(member)
            numbers = [values[directed.key.name] for directed in keys]
            if None not in numbers:
                rank = [directed.sign * n for directed, n in zip(keys, numbers, strict=True)]
                best.setdefault(tuple(rank), member)
        return [best[rank] for rank in undominated(best)]

    def histogram(self, key: Key, bins: int) -> Histogram:
        try:
            if key.form is not None:
                return histogram_of(self.space(forms=(key.form,)), key.name, key.factor, bins)
            return histogram_of_values(self._values(key), key.name, bins)
        except TooManySumsError as limit:
            self._announce_list(limit)
        values = (facts(member)[key.name] for member in self.listed())
        counts = Counter(int(value) for value in values if value is not None)
        return histogram_of_values(counts, key.name, bins)

    def _values(self, key: Key) -> dict[int, int]:
        """Return how many members have each value of a fact of terminals."""
        space = self.space(demand=key.demand)
        counts: dict[int, int] = {}
        for value in {key.of_terminal(terminal) for terminal in space.trellis.terminals} - {None}:
            space.restrict(lambda terminal, value=value: key.of_terminal(terminal) == value)  # type: ignore[misc]
            counts[value or 0] = space.count()
        return counts

    def listed(self) -> Iterator[Member]:
        """Yield the members one by one."""
        family, deadline = self.family, self.deadline
        for member in family:
            deadline.stage = f"listing member {member.number:,} of {family.members:,}"
            deadline.check()
            if self._holds(member):
                yield member

    def _accepted(self, random: Random) -> Iterator[Member]:
        """Yield different random members that meet the condition, until all were drawn."""
        everything = Space(self.family, (), self.deadline)
        drawn: set[int] = set()
        while len(drawn) < self.family.members:
            ranks = random_ranks(random, self.family.members, DRAWN)
            for rank, entry in zip(ranks, members_at(everything, ranks), strict=True):
                self.deadline.stage = f"drawing members, {len(drawn):,} so far"
                self.deadline.check()
                member = self.family.member_with(entry.values)
                if rank not in drawn and self._holds(member):
                    yield member
                drawn.add(rank)

    def _holds(self, member: Member) -> bool:
        if self.selection.valid and not member.valid:
            return False
        return not self.conditions or all(part.holds(facts(member)) for part in self.conditions)

    def _announce_list(self, limit: TooManySumsError) -> None:
        """Note that members are listed. Raises the error again where they are too many."""
        if self.family.members > MAX_MEMBERS:
            raise limit
        self.selection.note(f"{limit}: the members are listed one by one instead")
