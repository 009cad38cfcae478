"""Lists of members: valid ones, those that meet a condition, the first by a number."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from time import monotonic

from cnnsize.limits import MAX_SORTED
from cnnsize.patterns.choices import count_words
from cnnsize.patterns.counting.answers import limits_reported
from cnnsize.patterns.counting.deadline import Deadline
from cnnsize.patterns.counting.verdicts import PROGRESS_SECONDS, Progress
from cnnsize.patterns.family import Family
from cnnsize.patterns.member import Member
from cnnsize.patterns.query import QueryError, condition_of, facts, key_of


class Listing:
    """The members of a family one by one, for ``seconds`` at most where these are given.

    ``checked`` are those that were sized so far, and ``valid`` the valid ones of these.
    """

    def __init__(self, family: Family, seconds: float | None = None) -> None:
        self.family = family
        self.seconds = seconds
        self.checked = 0
        self.valid = 0

    @property
    def complete(self) -> bool:
        """Whether all members were sized."""
        return self.checked == self.family.members

    def members(self, progress: Progress | None = None) -> Iterator[Member]:
        """Yield the members in order, each as soon as it is sized.

        ``progress`` is called from time to time with the number of sized members and their total.
        Raises ArchitectureError after the time.
        """
        family, deadline = self.family, Deadline(self.seconds)
        due = 0.0
        with limits_reported(family):
            for run in family.runs():
                for member in family.members_of(run):
                    now = monotonic()
                    if deadline.end is not None and now > deadline.end:
                        deadline.stage = (
                            f"listing member {member.number + 1:,} of {count_words(family.members)}"
                        )
                        deadline.check()
                    self.checked += 1
                    self.valid += member.valid
                    if progress is not None and now >= due:
                        progress(self.checked, family.members)
                        due = now + PROGRESS_SECONDS
                    yield member


def chosen_members(
    listing: Listing,
    progress: Progress | None = None,
    *,
    valid: bool = False,
    limit: int | None = None,
    sort: str | None = None,
    reverse: bool = False,
    where: str | None = None,
) -> Iterator[Member]:
    """Return the members that meet all conditions, in the requested order.

    ``progress`` is as for ``Listing.members``. Raises QueryError before any member is sized.
    """
    family = listing.family
    condition = None if where is None else condition_of(family, where)
    if sort is not None:
        sort = key_of(family, "--sort", sort)
        _check_sortable(family.members, limit)
    elif reverse:
        raise QueryError("--reverse requires --sort")
    members = listing.members(progress)
    if valid:
        members = (member for member in members if member.valid)
    if condition is not None:
        holds = condition.holds
        members = (member for member in members if holds(facts(member)))
    if sort is None:
        return members if limit is None else islice(members, limit)
    return _sorted(members, family.members if limit is None else limit, sort, reverse=reverse)


def _check_sortable(members: int, limit: int | None) -> None:
    """Raise QueryError if more members would be kept for sorting than fit in memory."""
    if limit is None and members > MAX_SORTED:
        raise QueryError(
            f"--sort: {members:,} members are too many to sort (the maximum is {MAX_SORTED:,}); "
            "add --limit"
        )
    if limit is not None and limit > MAX_SORTED:
        raise QueryError(
            f"--limit: {limit:,} is too high with --sort (the maximum is {MAX_SORTED:,})"
        )


def _sorted(members: Iterator[Member], limit: int, sort: str, *, reverse: bool) -> Iterator[Member]:
    """Yield the first members by a number; those that have none come last.

    After an interruption, yields the first of those sized so far, then raises it again.
    """
    best: list[tuple[bool, int, int, Member]] = []
    interruption = None
    try:
        for member in members:
            value = facts(member)[sort]
            rank = 0 if value is None else -value if reverse else value
            best.append((value is None, rank, member.number, member))
            if len(best) > 2 * limit + 1000:  # now and then, which keeps sorting cheap
                best.sort()
                del best[limit:]
    except KeyboardInterrupt as error:
        interruption = error
    best.sort()
    for *_, member in best[:limit]:
        yield member
    if interruption is not None:
        raise interruption
