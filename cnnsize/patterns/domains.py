"""Decide which values the letters of a pattern may take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import LayerNode, all_items
from cnnsize.layers.base import Defaults
from cnnsize.limits import DEFAULT_COUNTS
from cnnsize.patterns.choices import Choice, Choices, Values, with_distinct_names
from cnnsize.patterns.inventory import Inventory
from cnnsize.patterns.items import letters_in
from cnnsize.record import replace
from cnnsize.sizing.letters import unknown_letter
from cnnsize.sizing.make import build
from cnnsize.text.diagnostic import ArchitectureError, error
from cnnsize.text.span import Span


def open_choices(
    architecture: ParsedArchitecture, given: Mapping[str, Values], defaults: Defaults
) -> Choices:
    """Return the choices of a pattern: its letters with the values of ``given``, else of its
    ``where``, and its ``?``.

    A letter that only counts repetitions has a default range; one in a size has none. Raises
    ArchitectureError for a letter without values, for an unknown letter, and for bad values.
    """
    inventory = Inventory(architecture)
    roles, pattern_span = inventory.roles, architecture.chain.span
    where = {domain.name: domain for domain in architecture.statement.where}
    for name, domain in where.items():
        if name not in roles:
            raise unknown_letter(name, sorted(roles), domain.span)
    for name in given:
        if name not in roles:
            raise unknown_letter(name, sorted(roles), pattern_span)
    bound: dict[str, int] = {}
    free: list[Choice] = []
    for choice in inventory.choices.values():
        name = choice.name
        if choice.optional:
            free.append(choice)
            continue
        if name in given:
            values = domain_of(name, given[name], pattern_span)
        elif name in where:
            values = domain_of(name, where[name].values, where[name].span)
        elif roles[name] <= {"count"}:
            values = DEFAULT_COUNTS
        else:
            raise error(
                "CNN008",
                f"{name} has no value",
                _span_that_needs(choice, architecture, defaults),
                label="a size has no default",
                help=(f"give it a value: --set {name}=2, or --set {name}=32..64",),
            )
        if len(values) == 1:
            bound[name] = values[0]
        else:
            free.append(replace(choice, values=values))
    widths = frozenset(
        position for position, choice in enumerate(free) if roles.get(choice.name) == {"width"}
    )
    return Choices(architecture, with_distinct_names(free), bound, widths)


def domain_of(name: str, value: Any, span: Span) -> Sequence[int]:
    """Return the values of a letter in ascending order, each once.

    ``value`` is what a user gave: an integer, a range, or a sequence of integers. Raises
    ArchitectureError for anything else.
    """
    if isinstance(value, (bool, str)) or not isinstance(value, (int, Sequence)):
        raise error("CNN004", f"{name} takes a number or a range of numbers, not {value!r}", span)
    values: Sequence[int] = (value,) if isinstance(value, int) else value
    if not isinstance(values, range):
        if any(isinstance(number, bool) or not isinstance(number, int) for number in values):
            raise error("CNN004", f"{name} takes whole numbers, not {value!r}", span)
        values = tuple(sorted(set(values)))
    elif values.step < 0:
        values = values[::-1]
    if not values:
        raise error("CNN004", f"the range of {name} is empty", span)
    return values


def _span_that_needs(choice: Choice, architecture: ParsedArchitecture, defaults: Defaults) -> Span:
    """Return the span of the size, or else of the layer, that needs the value of a letter."""
    items = list(all_items(architecture.chain))
    values = {letter.name: 1 for item in items for letter in letters_in(item)}
    del values[choice.name]
    for item in items:
        if item.span == choice.span and isinstance(item.node, LayerNode):
            try:
                build(item.node, values, defaults)
            except ArchitectureError as error:
                if error.diagnostic.code == "CNN008":
                    return error.diagnostic.span.shifted(item.start)
    return choice.span
