"""Which members of a family are asked for: valid ones, those that meet a condition, the first by
some number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from cnnsize.limits import MAX_SORTED
from cnnsize.patterns.family import Family, Member
from cnnsize.patterns.survey import Survey, Watch
from cnnsize.text.amount import AmountError, with_plain_numbers
from cnnsize.text.span import Span
from cnnsize.text.suggest import nearest

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


class QueryError(ValueError):
    """A condition or a key that cannot be used."""


def facts(member: Member) -> dict[str, Any]:
    """The numbers of a member by name. ``receptive_field`` is its smaller side, W, H and D what
    comes out.
    """
    seen, output = member.receptive_field, member.output
    found: dict[str, Any] = {
        "params": member.params,
        "macs": member.macs,
        "flops": member.flops,
        "memory": member.memory_bytes,
        "memory_bytes": member.memory_bytes,
        "activations": member.activations,
        "receptive_field": None if seen is None else min(seen),
        "valid": member.valid,
        "W": None,
        "H": None,
        "D": None,
    }
    if output is not None:
        found |= {"W": output.W, "H": output.H, "D": output.D}
    for choice, value in zip(member.family.choices, member.choices, strict=True):
        found.setdefault(fact_name(choice.name), bool(value) if choice.optional else value)
    return found


def fact_name(name: str) -> str:
    """``POOL`` for ``POOL?``, and ``POOL2`` for the second one."""
    return name.replace("?", "")


def known(family: Family) -> dict[str, str]:
    """What a condition may speak of, each with its kind."""
    names = dict.fromkeys(NUMBERS, "integer") | {"valid": "flag"}
    for one in family.choices:
        if (name := fact_name(one.name)).isidentifier():
            names.setdefault(name, "flag" if one.optional else "integer")
    return names


def twofold(family: Family) -> set[str]:
    """Names of more than one thing."""
    given = [*NUMBERS, "valid", *(fact_name(one.name) for one in family.choices)]
    return {name for name in given if given.count(name) > 1}


def chosen_members(
    survey: Survey,
    valid: bool,
    limit: int | None,
    sort: str | None,
    reverse: bool,
    where: str | None,
    watch: Watch | None = None,
) -> Iterator[Member]:
    """The members that are asked for, in the order that is asked for. Raises Wrong before any
    work.
    """
    family = survey.family
    names = known(family)
    for flag, text in (("--where", where), ("--sort", sort)):
        for name in sorted(twofold(family)):
            if re.search(rf"\b{re.escape(name)}\b", text or ""):
                raise QueryError(
                    f"{flag}: {name} is a letter or `?` of the pattern, and something else of a member; rename the letter"
                )
    condition = None
    if where is not None:
        from cnnsize.conditions.checker import ExpressionError  # late: few calls have a condition
        from cnnsize.conditions.expression import parse

        try:
            plain, back = with_plain_numbers(where)
        except AmountError as wrong:
            raise QueryError(f"--where: {wrong}") from None
        try:
            condition = parse(plain, names, condition=True)
        except ExpressionError as wrong:
            place = back.span(Span(wrong.offset, wrong.offset)).start
            raise QueryError(f"--where: {ExpressionError(wrong.message, place)}") from None
    if sort is not None:
        sort = fact_name(sort)
        if sort not in names:
            near = nearest(sort, names)
            hint = f"did you mean {' or '.join(near)}?" if near else f"there is {', '.join(names)}"
            raise QueryError(f"--sort: there is no {sort}; {hint}")
        if limit is None and survey.members > MAX_SORTED:
            raise QueryError(
                f"--sort of {survey.members:,} members needs --limit; without it up to {MAX_SORTED:,} are sorted"
            )
        if limit is not None and limit > MAX_SORTED:
            raise QueryError(f"--sort with --limit {limit:,}: up to {MAX_SORTED:,} are sorted")
    elif reverse:
        raise QueryError("--reverse needs --sort: in which order?")
    family.check_size()
    found = survey.listed(watch)
    if valid:
        found = (member for member in found if member.valid)
    if condition is not None:
        holds = condition.holds
        found = (member for member in found if holds(facts(member)))
    if sort is None:
        return found if limit is None else islice(found, limit)
    return _sorted(found, survey.members if limit is None else limit, sort, reverse)


def _sorted(members: Iterator[Member], limit: int, sort: str, reverse: bool) -> Iterator[Member]:
    """The first by a number; those that have none come last. After an interruption, the first of
    those seen.
    """
    best: list[tuple[bool, int, int, Member]] = []
    stopped = None
    try:
        for member in members:
            value = facts(member)[sort]
            rank = 0 if value is None else -value if reverse else value
            best.append((value is None, rank, member.number, member))
            if len(best) > 2 * limit + 1000:
                best.sort()
                del best[limit:]
    except KeyboardInterrupt as interruption:
        stopped = interruption
    best.sort()
    for *_, member in best[:limit]:
        yield member
    if stopped is not None:
        raise stopped
