"""Count how many iterations of a repetition fit, once for each run of equal layers."""

from __future__ import annotations

from typing import Any, NamedTuple

from cnnsize.language.tree import LayerNode
from cnnsize.patterns.items import optional_key
from cnnsize.patterns.matching.equations import Equations
from cnnsize.patterns.matching.match import Furthest
from cnnsize.patterns.matching.program import Program
from cnnsize.patterns.matching.steps import Steps
from cnnsize.patterns.matching.tokens import LayerInstance
from cnnsize.patterns.matching.wants import Bindings, Want


class Iteration(NamedTuple):
    """One iteration of an item without open choices and joins: it has one length everywhere."""

    width: int  # layers
    want: Want | None  # of a single layer
    parts: list[tuple[Iteration, int]]  # of a group: its parts in order, and how often each comes
    runs: dict[tuple[int, int], int]  # how many iterations fit, by list of layers and index


class Iterations:
    """Iterations of the pattern's items, compiled for the bindings that they depend on."""

    def __init__(
        self, program: Program, equations: Equations, furthest: Furthest, steps: Steps
    ) -> None:
        self.program = program
        self.equations = equations
        self.furthest = furthest
        self.steps = steps
        self.compiled: dict[tuple[Any, ...], Iteration | None] = {}
        self.choices: dict[tuple[int, int], tuple[str | int, ...] | None] = {}

    def choices_of(self, chain: int, index: int) -> tuple[str | int, ...] | None:
        """Return the choices in one iteration of an item; None if its length may vary."""
        key = (chain, index)
        if key not in self.choices:
            choices: frozenset[str | int] | None = None
            if isinstance(self.program.item(chain, index).node, LayerNode):
                choices = self.program.want(chain, index).letters
            elif (body := self.program.body(chain, index)) is not None:
                items = self.program.chains[body][0].items
                if all(
                    not item.suffix.values and self.choices_of(body, position) is not None
                    for position, item in enumerate(items)
                ):
                    choices = self.program.choices_from(body, 0)
            self.choices[key] = None if choices is None else tuple(choices)
        return self.choices[key]

    def get(self, chain: int, index: int, bindings: Bindings) -> Iteration | None:
        """Return one iteration of an item, or None if a choice in it is still open."""
        choices = self.choices_of(chain, index)
        if choices is None or not all(choice in bindings for choice in choices):
            return None
        key = (chain, index, *[bindings[choice] for choice in choices])
        if key not in self.compiled:
            self.steps.take()
            self.compiled[key] = self.compile(chain, index, bindings)
        return self.compiled[key]

    def compile(self, chain: int, index: int, bindings: Bindings) -> Iteration | None:
        """Compile one iteration; None if it has no layers, or a count without a value."""
        program = self.program
        body = program.body(chain, index)
        if body is None:
            return Iteration(1, program.want(chain, index), [], {})
        width, parts = 0, []
        for position, item in enumerate(program.chains[body][0].items):
            if item.suffix.optional and not bindings[optional_key(item)]:
                continue
            times: int | None = 1
            if item.suffix.repeat is not None:
                times = self.equations.value(program.count(body, position)[0], bindings)
            if times is None or times < 0:
                return None
            part = self.get(body, position, bindings)
            if times and part is not None:
                parts.append((part, times))
                width += times * part.width
        return Iteration(width, None, parts, {}) if width else None

    def count_fitting(
        self,
        iteration: Iteration,
        layers: tuple[LayerInstance, ...],
        index: int,
        bindings: dict[str | int, int],
    ) -> int:
        """Return how many iterations fit from a layer on."""
        # by identity: the network holds its lists of layers for the whole search
        layers_key, begun = id(layers), []
        while (layers_key, index) not in iteration.runs:
            self.steps.take_eighth()
            if not self.fits(iteration, layers, index, bindings):
                iteration.runs[layers_key, index] = 0
                break
            begun.append(index)
            index += iteration.width
        count = iteration.runs[layers_key, index]
        for start in reversed(begun):
            count += 1
            iteration.runs[layers_key, start] = count
        return count

    def fits(
        self,
        iteration: Iteration,
        layers: tuple[LayerInstance, ...],
        index: int,
        bindings: dict[str | int, int],
    ) -> bool:
        """Return whether one iteration fits at a layer."""
        if index + iteration.width > len(layers):
            return False
        if iteration.want is not None:
            return bool(self.equations.match_layer(iteration.want, layers[index], bindings))
        for part, times in iteration.parts:
            if self.count_fitting(part, layers, index, bindings) < times:
                return False
            index += times * part.width
        return True

    def record_mismatch(
        self,
        iteration: Iteration,
        layers: tuple[LayerInstance, ...],
        index: int,
        bindings: dict[str | int, int],
    ) -> None:
        """Record where inside an iteration that does not fit the network differs."""
        if index < len(layers) and layers[index].order + iteration.width <= self.furthest.order:
            return  # it cannot be the furthest
        while iteration.want is None:
            for part, times in iteration.parts:
                fitting = self.count_fitting(part, layers, index, bindings)
                index += min(fitting, times) * part.width
                if fitting < times:
                    iteration = part
                    break
            else:
                return
        want = iteration.want
        self.furthest.record(layers, index, bindings, want.text, want.span)
