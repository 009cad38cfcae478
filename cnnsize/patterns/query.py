"""Facts of members by name, and the conditions and keys that a user writes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cnnsize.patterns.family import Family
from cnnsize.patterns.member import Member
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
    for name, value in member.family.bound.items():
        values.setdefault(name, value)
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
    for name in family.bound:
        kinds.setdefault(name, "integer")
    for alias in ALIASES:
        kinds.setdefault(alias, "integer")
    return kinds


def ambiguous_names(family: Family) -> list[str]:
    """Return the names that mean more than one fact, sorted."""
    letters = [*(fact_name(choice.name) for choice in family.choices), *family.bound]
    names = [*NUMBERS, "valid", *letters]
    return sorted({name for name in names if names.count(name) > 1})


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
