"""Select members of a family: valid ones, those that meet a condition, the first by a number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from cnnsize.limits import MAX_SORTED
from cnnsize.patterns.family import Family
from cnnsize.patterns.member import Member
from cnnsize.patterns.survey import Progress, Survey
from cnnsize.text.amount import AmountError, with_plain_numbers
from cnnsize.text.english import alternatives
from cnnsize.text.span import Span
from cnnsize.text.suggest import nearest

if TYPE_CHECKING:
    from cnnsize.conditions.expression import Expression

NUMBERS = (
    "params",
    "macs",
    "flops",
    "memory",
    "memory_bytes",
    "activations",
    "receptive_field",
    "W",
    "H",
    "D",
)
ALIASES = {"RF": "receptive_field", "MACs": "macs"}  # the titles of the list


class QueryError(ValueError):
    """A condition, a key or a limit that cannot be used."""


def facts(member: Member) -> dict[str, Any]:
    """Return the numbers and choices of a member by name.

    ``receptive_field`` is its smaller side; W, H and D are those of the output. A number is None if
    the member has none, as an invalid member has no output.
    """
    field, output = member.receptive_field, member.output
    values: dict[str, Any] = {
        "params": member.params,
        "macs": member.macs,
        "flops": member.flops,
        "memory": member.memory_bytes,
        "memory_bytes": member.memory_bytes,
        "activations": member.activations,
        "receptive_field": None if field is None else min(field),
        "valid": member.valid,
        "W": None,
        "H": None,
        "D": None,
    }
    if output is not None:
        values |= {"W": output.W, "H": output.H, "D": output.D}
    for choice, value in zip(member.family.choices, member.choices, strict=True):
        values.setdefault(fact_name(choice.name), bool(value) if choice.optional else value)
    for alias, name in ALIASES.items():
        values.setdefault(alias, values[name])
    return values


def fact_name(name: str) -> str:
    """Return the name of a choice in a condition: ``POOL`` for ``POOL?``, ``POOL2`` for the second."""
    return name.replace("?", "")


def fact_kinds(family: Family) -> dict[str, str]:
    """Return the names that a condition may use, each with its kind: integer or flag."""
    kinds = dict.fromkeys(NUMBERS, "integer") | {"valid": "flag"}
    for choice in family.choices:
        name = fact_name(choice.name)
        if name.isidentifier():
            kinds.setdefault(name, "flag" if choice.optional else "integer")
    for alias in ALIASES:
        kinds.setdefault(alias, "integer")
    return kinds


def ambiguous_names(family: Family) -> list[str]:
    """Return the names that mean more than one fact, sorted."""
    names = [*NUMBERS, "valid", *(fact_name(choice.name) for choice in family.choices)]
    return sorted({name for name in names if names.count(name) > 1})


def chosen_members(
    survey: Survey,
    progress: Progress | None = None,
    *,
    valid: bool = False,
    limit: int | None = None,
    sort: str | None = None,
    reverse: bool = False,
    where: str | None = None,
) -> Iterator[Member]:
    """Return the members that meet all conditions, in the requested order.

    ``progress`` is called from time to time with the number of sized members and their total. Raises
    QueryError, or ArchitectureError for too many members, before any member is sized.
    """
    family = survey.family
    condition = None if where is None else condition_of(family, where)
    if sort is not None:
        sort = key_of(family, "--sort", sort)
        _check_sortable(survey.members, limit)
    elif reverse:
        raise QueryError("--reverse requires --sort")
    family.check_size()
    members = survey.iter_members(progress)
    if valid:
        members = (member for member in members if member.valid)
    if condition is not None:
        holds = condition.holds
        members = (member for member in members if holds(facts(member)))
    if sort is None:
        return members if limit is None else islice(members, limit)
    return _sorted(members, survey.members if limit is None else limit, sort, reverse=reverse)


def _refuse_ambiguous(family: Family, option: str, text: str) -> None:
    """Raise QueryError for a name that means more than one fact."""
    for name in ambiguous_names(family):
        if re.search(rf"\b{re.escape(name)}\b", text):
            raise QueryError(
                f"{option}: {name!r} is ambiguous: it is a letter or a `?` of the pattern and "
                "also another fact of a member; rename the letter"
            )


def condition_of(family: Family, text: str) -> Expression:
    """Return the parsed condition of --where. Raises QueryError with a position in ``text``."""
    from cnnsize.conditions.checker import ExpressionError  # late: few calls have a condition
    from cnnsize.conditions.expression import parse

    _refuse_ambiguous(family, "--where", text)
    try:
        plain, back = with_plain_numbers(text)
    except AmountError as error:
        raise QueryError(f"--where: {error}") from None
    try:
        return parse(plain, fact_kinds(family), condition=True)
    except ExpressionError as error:
        offset = back.span(Span(error.offset, error.offset)).start
        raise QueryError(f"--where: {ExpressionError(error.message, offset)}") from None


def key_of(family: Family, option: str, text: str) -> str:
    """Return the fact that an option names. Raises QueryError for an unknown one."""
    _refuse_ambiguous(family, option, text)
    kinds = fact_kinds(family)
    name = fact_name(text)
    if name in kinds:
        return name
    same = [known for known in kinds if known.lower() == name.lower()]
    similar = same or nearest(name, kinds)
    hint = (
        f"did you mean {alternatives(repr(name) for name in similar)}?"
        if similar
        else f"choose {alternatives(kinds)}"
    )
    raise QueryError(f"{option}: unknown key {name!r}; {hint}")


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
