"""Solve for the letters of a pattern: options, counts, and whole layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnnsize.language.arithmetic import evaluate
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import Binary, Expression, Name
from cnnsize.layers.base import Layer
from cnnsize.patterns.choices import Values
from cnnsize.patterns.domains import domain_of
from cnnsize.patterns.inventory import Inventory
from cnnsize.patterns.matching.steps import Steps
from cnnsize.patterns.matching.tokens import LayerInstance, attribute
from cnnsize.patterns.matching.wants import Bindings, Want, letter_values, letters_of
from cnnsize.sizing.letters import unknown_letter
from cnnsize.text.diagnostic import ArchitectureError, error
from cnnsize.text.span import Span

MAX_TRIED_VALUES = 10_000  # of one letter, where an equation has no closed solution

Solutions = list[dict[str | int, int]]  # every way to extend the bindings


def letter_domains(
    pattern: ParsedArchitecture, inventory: Inventory, values: Mapping[str, Values]
) -> dict[str, Sequence[int]]:
    """Return the domains of letters from the pattern's ``where`` and from the caller's values.

    Raises ArchitectureError (CNN004) for a letter that the pattern does not have.
    """
    domains: dict[str, Sequence[int]] = {}
    for domain in pattern.statement.where:
        domains[domain.name] = domain_of(domain.name, domain.values, domain.span)
    span = pattern.chain.span
    for name, value in values.items():
        if name not in inventory.roles:
            raise unknown_letter(name, sorted(inventory.roles), span, owner="pattern")
        domains[name] = domain_of(name, value, span)
    return domains


class Equations:
    """Solve equations over the domains of the pattern's letters."""

    def __init__(self, domains: Mapping[str, Sequence[int]], span: Span, steps: Steps) -> None:
        self.domains = domains
        self.span = span  # of the whole pattern, for errors
        self.steps = steps
        self.maxima: dict[tuple[Any, ...], int] = {}

    def match_layer(
        self, want: Want, instance: LayerInstance, bindings: dict[str | int, int]
    ) -> Solutions:
        """Return the bindings under which a layer of the network matches one of the pattern."""
        if want.kind != instance.kind or instance.branches:
            return []
        if not want.stated:
            return [bindings]
        layer = instance.layer
        if layer is None:
            return []
        solutions = [bindings]
        for key, _, value in want.stated:
            actual = attribute(layer, key)
            solutions = [
                after
                for before in solutions
                for after in self.match_option(value, actual, layer, before)
            ]
            if not solutions:
                break
        return solutions

    def match_option(
        self, value: Any, actual: Any, layer: Layer, bindings: dict[str | int, int]
    ) -> Solutions:
        """Return the bindings under which the stated value of an option is the actual one."""
        if value == "same":
            return [bindings] if getattr(layer, "same", False) else []
        if value == "valid":
            return [bindings] if actual == (0, 0) else []
        if actual is None:
            return []
        if isinstance(value, (str, bool, float)):
            return [bindings] if actual == value else []
        if isinstance(value, tuple) and not isinstance(value, (Name, Binary)):
            sides = tuple(actual) if isinstance(actual, tuple) else (actual, actual)
            if len(value) != len(sides):
                return []
            solutions = [bindings]
            for part, side in zip(value, sides, strict=True):
                solutions = [
                    after for before in solutions for after in self.solve(part, side, before)
                ]
            return solutions
        if isinstance(actual, tuple):
            if len(set(actual)) > 1:
                return []
            actual = actual[0]
        return self.solve(value, actual, bindings)

    def solve(self, value: Expression, target: int, bindings: dict[str | int, int]) -> Solutions:
        """Return the bindings under which an expression equals a number.

        Raises ArchitectureError (CNN008) when letters would have to be guessed without a domain.
        """
        if isinstance(value, int):
            return [bindings] if value == target else []
        if isinstance(value, Name):
            bound = bindings.get(value.name)
            if bound is not None:
                return [bindings] if bound == target else []
            domain = self.domains.get(value.name)
            is_in_domain = domain is None or target in domain
            return [{**bindings, value.name: target}] if target >= 0 and is_in_domain else []
        free = [name for name in letters_of(value) if name not in bindings]
        if not free:
            return [bindings] if self.value(value, bindings) == target else []
        free_left = any(name in free for name in letters_of(value.left))
        free_right = any(name in free for name in letters_of(value.right))
        if free_left != free_right and value.op != "//":
            return self.solve_side(value, target, bindings, left=free_left)
        return self.try_values(value, target, bindings, free[0])

    def solve_side(
        self, value: Binary, target: int, bindings: dict[str | int, int], *, left: bool
    ) -> Solutions:
        """Solve a sum, difference or product with free letters on one side only."""
        side, constant = (value.left, value.right) if left else (value.right, value.left)
        other = evaluate(constant, letter_values(bindings))
        if value.op == "+":
            return self.solve(side, target - other, bindings)
        if value.op == "-":
            return self.solve(side, target + other if left else other - target, bindings)
        if other == 0:  # zero times anything is zero, so the letters stay free
            return [bindings] if target == 0 else []
        return self.solve(side, target // other, bindings) if target % other == 0 else []

    def try_values(
        self, value: Expression, target: int, bindings: dict[str | int, int], name: str
    ) -> Solutions:
        """Solve an equation by trying every value of one letter's domain."""
        domain = self.domains.get(name)
        if domain is None or len(domain) > MAX_TRIED_VALUES:
            raise self.unsolvable(name, domain)
        solutions: Solutions = []
        for number in domain:
            self.steps.take()
            self.steps.take()  # evaluating an expression takes as long as two layers
            solutions += self.solve(value, target, {**bindings, name: number})
        return solutions

    def unsolvable(self, name: str, domain: Sequence[int] | None) -> ArchitectureError:
        """Return the error (CNN008) for a letter whose values cannot all be tried."""
        if domain is None:
            reason, fix = "it has no range of values", "give it a range"
        else:
            reason = f"its range has more than {MAX_TRIED_VALUES:,} values"
            fix = "give it a smaller range"
        message = f"cannot solve for {name}: {reason}"
        return error("CNN008", message, self.span, help=(f"{fix}, as in --set {name}=0..9",))

    def value(self, expression: Expression, bindings: Bindings) -> int | None:
        """Return the value of an expression, or None if it has none."""
        try:
            return evaluate(expression, letter_values(bindings))
        except ArchitectureError:
            return None

    def maximum(self, count: Expression, bindings: Bindings) -> int | None:
        """Return the most iterations that a repetition may have, or None if no domain limits it."""
        letters = letters_of(count)
        free = [name for name in letters if name not in bindings]
        domain = self.domains.get(free[0], ()) if len(free) == 1 else ()
        if not 0 < len(domain) <= MAX_TRIED_VALUES:
            return None
        key = (count, *[bindings.get(name) for name in letters])
        if key not in self.maxima:
            self.maxima[key] = max(
                self.value(count, {**bindings, free[0]: number}) or 0 for number in domain
            )
        return self.maxima[key]
