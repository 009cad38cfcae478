"""The facts by which members are ordered: sums of costs and letters, and facts of how they end."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from cnnsize.patterns.counting.forms import COSTS, FIRST_CHOICE, Form
from cnnsize.patterns.counting.trellis import Demand, Terminal
from cnnsize.patterns.family import Family
from cnnsize.patterns.query import fact_name, key_of


class Key(NamedTuple):
    """A fact of members: ``factor`` times a form, or what ``of_terminal`` returns, which is None
    where the member has no such fact.
    """

    name: str
    form: Form | None
    factor: int
    of_terminal: Callable[[Terminal], int | None]
    demand: Demand = Demand()


class DirectedKey(NamedTuple):
    """A key, and whether lower (1) or higher (-1) is better."""

    key: Key
    sign: int


def directed_key(family: Family, option: str, text: str) -> DirectedKey:
    """Return a key with its direction: ``params``, or ``-W`` where higher is better.

    Raises QueryError for an unknown key.
    """
    name = text.strip()
    key = key_for(family, key_of(family, option, name.removeprefix("-").strip()))
    return DirectedKey(key, -1 if name.startswith("-") else 1)


def key_for(family: Family, name: str) -> Key:
    """Return a fact of ``fact_kinds`` as a key."""
    for place, choice in enumerate(family.choices):
        if fact_name(choice.name) == name:
            return Key(name, ((FIRST_CHOICE + place, 1),), 1, _none)
    if name in family.bound:
        return Key(name, None, 1, lambda _: family.bound[name])
    if name in COSTS:
        quantity, factor = COSTS[name]
        return Key(name, ((quantity, 1),), factor, _none)
    if name in ("receptive_field", "RF"):
        return Key(name, None, 1, _field, Demand(field=True))
    if name == "valid":
        return Key(name, None, 1, lambda terminal: int(terminal.valid))
    return Key(name, None, 1, lambda terminal: terminal.volume and getattr(terminal.volume, name))


def _none(_: Terminal) -> None:
    return None


def _field(terminal: Terminal) -> int | None:
    field = terminal.receptive_field
    return None if field is None else min(field)
