"""Split a condition into tests of choices, facts of how a member ends, and sums of costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cnnsize.conditions.expression import Expression
from cnnsize.patterns.choices import Choice
from cnnsize.patterns.counting.boxes import NoBoxesError, boxes_of
from cnnsize.patterns.counting.forms import COSTS, FIRST_CHOICE
from cnnsize.patterns.counting.trellis import Demand, Terminal, Test

MAX_TESTED = 2  # choices of one condition that are kept until all are known; more become a sum


class Condition(NamedTuple):
    """``demand`` is what a trellis has to know, ``rest`` are the conditions on whole members.

    ``quantities`` are the names in ``rest`` that add up along a member, and ``choices`` the
    positions of the other choices that it names.
    """

    demand: Demand
    rest: tuple[Expression, ...]
    quantities: Mapping[str, tuple[int, int]]
    choices: Mapping[str, int]
    flags: frozenset[str]  # of these choices, the names of ``?``
    bound: Mapping[str, int]  # letters with one value
    only_valid: bool

    def facts(self, terminal: Terminal) -> dict[str, object]:
        """Return the facts of ``rest`` that all members of a terminal share."""
        kept = dict(terminal.kept)
        facts: dict[str, object] = {
            name: bool(kept[place]) if name in self.flags else kept[place]
            for name, place in self.choices.items()
        }
        field, volume = terminal.receptive_field, terminal.volume
        shared: dict[str, object] = {
            "valid": terminal.valid,
            "receptive_field": None if field is None else min(field),
            **dict(zip("WHD", volume or (None,) * 3, strict=True)),
        }
        shared["RF"] = shared["receptive_field"]
        return shared | dict(self.bound) | facts


def split(
    conditions: Sequence[Expression],
    choices: Mapping[str, tuple[int, Choice]],
    bound: Mapping[str, int],
    *,
    only_valid: bool,
) -> Condition:
    """Return how conditions, all of which must hold, are tested.

    ``choices`` are those that a condition may name, with their positions, and ``bound`` the letters
    that have one value.
    """
    letters = choices.keys() | bound.keys()
    quantities = {name: term for name, term in COSTS.items() if name not in letters}
    kept: dict[str, int] = {}
    tests: list[Test] = []
    rest: list[Expression] = []
    for condition in conditions:
        own = {name: choices[name][0] for name in sorted(condition.names & choices.keys())}
        only_choices = own and len(own) == len(condition.names)
        if only_choices and len(own) > MAX_TESTED:
            sums = {name: (FIRST_CHOICE + position, 1) for name, position in own.items()}
            if _is_a_sum(condition, sums):
                quantities |= sums
                rest.append(condition)
                continue
        if only_choices:
            tests.append(_test(condition, own, choices))
        else:
            kept |= own
            rest.append(condition)
    names = {name for condition in rest for name in condition.names}
    field = any(name not in letters for name in names & {"receptive_field", "RF"})
    used = {name: term for name, term in quantities.items() if name in names}
    others = {name: position for name, position in kept.items() if name not in used}
    demand = Demand(frozenset(others.values()), field, tuple(tests))
    flags = {name for name in others if choices[name][1].optional}
    return Condition(demand, tuple(rest), used, others, frozenset(flags), bound, only_valid)


def _is_a_sum(condition: Expression, sums: Mapping[str, tuple[int, int]]) -> bool:
    """Return whether a condition on choices bounds a single sum of them."""
    try:
        return len(boxes_of((condition,), sums, {}).forms) == 1
    except NoBoxesError:
        return False


def _test(
    condition: Expression, own: Mapping[str, int], choices: Mapping[str, tuple[int, Choice]]
) -> Test:
    names = tuple(own)
    optional = [choices[name][1].optional for name in names]

    def holds(values: tuple[int, ...]) -> bool:
        facts = {
            name: bool(value) if flag else value
            for name, flag, value in zip(names, optional, values, strict=True)
        }
        return condition.holds(facts)

    return Test(tuple(own.values()), holds)
