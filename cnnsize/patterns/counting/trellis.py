"""The members of a family as paths through a trellis: one layer of edges for each choice.

A node is all beginnings of members that make no difference to the layers that follow:
the same volume, and the same values of the choices that they still depend on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from cnnsize.layers.volume import Volume
from cnnsize.patterns.choices import Choices
from cnnsize.patterns.counting.deadline import Deadline
from cnnsize.patterns.linear import LEAST_LINE, Line, is_linear, line_through, parts_of
from cnnsize.patterns.segments import Segment, segments
from cnnsize.patterns.sizer import Sizer
from cnnsize.patterns.states import UNSEEN, Cause, State

Costs = tuple[int, int, int]  # parameters, MACs, activations
NO_COSTS: Costs = (0, 0, 0)
NO_NUMBERS: dict[str, Any] = {"params": 0, "macs": 0, "activations": 0, "volume": None}
CHECK_EVERY = 256  # edges between two looks at the clock


class Test(NamedTuple):
    """A condition on choices alone: ``holds`` takes the values of these positions, in order."""

    positions: tuple[int, ...]
    holds: Callable[[tuple[int, ...]], bool]


class Demand(NamedTuple):
    """What a question has to know of a member besides its costs.

    ``kept`` are the positions of choices whose values it needs, ``field`` whether it needs the
    receptive field, ``causes`` whether it needs what is wrong, and ``tests`` drop members as soon as
    their choices are known.
    """

    kept: frozenset[int] = frozenset()
    field: bool = False
    tests: tuple[Test, ...] = ()
    causes: bool = False


class Edge(NamedTuple):
    """One value of a choice, between two nodes of neighbouring layers."""

    source: int
    target: int
    value: int  # the index of the value
    costs: Costs


class Terminal(NamedTuple):
    """How members end. ``kept`` has the values of the kept choices by position."""

    valid: bool
    volume: Volume | None  # None: the member has no numbers
    receptive_field: tuple[int, int] | None
    kept: tuple[tuple[int, int], ...]
    causes: tuple[Cause, ...] = ()


class Trellis(NamedTuple):
    """``layers[i]`` are the edges of choice i, from the nodes of layer i to those of i + 1.

    Layer 0 has one node, number 0. ``start`` are the costs before the first choice.
    """

    start: Costs
    layers: tuple[tuple[Edge, ...], ...]
    terminals: tuple[Terminal, ...]


class _Widths(NamedTuple):
    """The states after all values of a width, whose numbers are on a line."""

    first: State
    line: Line

    def state(self, width: int) -> State:
        """Return the state after a width."""
        params, macs, activations, *volume = self.line.at(width)
        return self.first._replace(
            params=params, macs=macs, activations=activations, volume=Volume(*volume)
        )

    def key(self, earlier: tuple[int, ...]) -> Any:
        """Return what decides which nodes the widths lead to; ``earlier`` are choices before it."""
        plain = self.first._replace(**NO_NUMBERS)
        return plain, self.line.first[3:], self.line.slope[3:], earlier

    def edges(self, source: int, targets: list[int], widths: Sequence[int]) -> list[Edge]:
        """Return the edges of a node whose widths lead to these nodes."""
        (params, macs, activations), start = self.line.first[:3], self.line.start
        more_params, more_macs, more_activations = self.line.slope[:3]
        return [
            Edge(
                source,
                target,
                index,
                (
                    params + more_params * (width - start),
                    macs + more_macs * (width - start),
                    activations + more_activations * (width - start),
                ),
            )
            for index, (width, target) in enumerate(zip(widths, targets, strict=True))
        ]


class _Node(NamedTuple):
    """A node while it is built: its state without costs, and the choices of one path to it."""

    state: State
    values: tuple[int, ...]


def trellis_of(choices: Choices, sizer: Sizer, demand: Demand, deadline: Deadline) -> Trellis:
    """Return the trellis of a family. Raises ArchitectureError where no member can be sized."""
    builder = _Builder(choices, sizer, demand, deadline, counts_steps=False)
    trellis = builder.build()
    if builder.exceeds_steps:  # rare: whether a member has too many layers depends on all choices
        trellis = _Builder(choices, sizer, demand, deadline, counts_steps=True).build()
    return trellis


class _Builder:
    def __init__(
        self,
        choices: Choices,
        sizer: Sizer,
        demand: Demand,
        deadline: Deadline,
        *,
        counts_steps: bool,
    ) -> None:
        self.choices = choices
        self.sizer = sizer
        self.demand = demand
        self.deadline = deadline
        self.counts_steps = counts_steps
        self.exceeds_steps = False
        self.stages = _stages(choices)
        # how many choices are made before the first layer
        self.begins = next((index for index, stage in enumerate(self.stages) if stage), 0)
        self.awaited = _awaited_positions(len(choices.free), demand)
        self.live = _live_positions(self.stages, self.awaited)

    def build(self) -> Trellis:
        choices, deadline = self.choices, self.deadline
        state = self._advance(0, self._start(()), ())
        costs = _costs(state)
        nodes = [_Node(self._plain(state), ())]
        layers: list[tuple[Edge, ...]] = []
        for position, choice in enumerate(choices.free):
            deadline.stage = f"sizing choice {position + 1:,} of {len(choices.free):,}"
            deadline.share = position / len(choices.free)
            tests = [test for test in self.demand.tests if max(test.positions) == position]
            numbers: dict[Any, int] = {}
            targets: list[_Node] = []
            edges: list[Edge] = []
            targets_of: dict[Any, list[int]] = {}  # of the values, for nodes with like widths
            for source, node in enumerate(nodes):
                widths = None if tests else self._widths(position, node)
                alike = () if widths is None else widths.key(self._earlier(position, node))
                if widths is not None and alike in targets_of:
                    deadline.check_entries(len(edges))
                    edges += widths.edges(source, targets_of[alike], choice.values)
                    continue
                begin = len(edges)
                for index, value in enumerate(choice.values):
                    if len(edges) % CHECK_EVERY == 0:
                        deadline.check_entries(len(edges))
                    values = (*node.values, value)
                    if not all(
                        test.holds(tuple([values[place] for place in test.positions]))
                        for test in tests
                    ):
                        continue
                    state = node.state
                    if position < self.begins:  # the choices so far may decide the input
                        state = self._start(values)
                    if widths is None:
                        state = self._advance(position + 1, state, values)
                    else:
                        state = widths.state(value)
                    key = self._key(position, state, values)
                    target = numbers.setdefault(key, len(targets))
                    if target == len(targets):
                        targets.append(_Node(self._plain(state), values))
                    elif state.steps > targets[target].state.steps:
                        targets[target] = _Node(self._plain(state), values)
                    edges.append(Edge(source, target, index, _costs(state)))
                if widths is not None:
                    targets_of[alike] = [edge.target for edge in edges[begin:]]
            layers.append(tuple(edges))
            nodes = targets
        return Trellis(costs, tuple(layers), tuple(map(self._terminal, nodes)))

    def _start(self, values: tuple[int, ...]) -> State:
        state = self.sizer.start(values)
        return state if self.demand.field else state._replace(view=UNSEEN.closed)

    def _advance(self, stage: int, state: State, values: tuple[int, ...]) -> State:
        """Return the state after the segments of a stage."""
        for number, segment in self.stages[stage]:
            if state.dead:
                break
            state = self.sizer.advance(number, segment, state, values)
        if state.steps > self.sizer.max_steps:
            self.exceeds_steps = True
        return state

    def _widths(self, position: int, node: _Node) -> _Widths | None:
        """Return the states after all values of a choice, if it is a width that they are linear in."""
        choice = self.choices.free[position]
        is_width = position in self.choices.widths and position >= self.begins
        if not is_width or len(choice.values) < LEAST_LINE or node.state.dead:
            return None
        number = len(choice.values)
        values = [choice.values[index] for index in (0, number // 2, number - 1)]
        states = [
            self._advance(position + 1, node.state, (*node.values, value)) for value in values
        ]
        first = states[0]
        if any(state._replace(**NO_NUMBERS) != first._replace(**NO_NUMBERS) for state in states):
            return None
        line = line_through((values[0], values[1], values[2]), (states[0], states[1], states[2]))
        if line is None:
            return None
        values_of_first = (*node.values, values[0])
        parts = parts_of(self.sizer, self.stages[position + 1], node.state, values_of_first)
        return None if is_linear(parts, choice.name) is None else _Widths(first, line)

    def _earlier(self, position: int, node: _Node) -> tuple[int, ...]:
        """Return the choices before a position that distinguish the nodes after it."""
        return tuple([node.values[place] for place in self.live[position] if place < position])

    def _plain(self, state: State) -> State:
        """Return a state without what later layers do not depend on."""
        if state.params == state.macs == state.activations == 0 and not state.causes:
            return state
        causes = state.causes if self.demand.causes else ()
        return state._replace(params=0, macs=0, activations=0, causes=causes)

    def _key(self, position: int, state: State, values: tuple[int, ...]) -> Any:
        """Return what tells nodes after a choice apart."""
        causes = state.causes if self.demand.causes else ()
        if state.dead:  # no layer follows
            return (causes, *[values[place] for place in self.awaited[position]])
        return (
            causes,
            state.volume,
            state.zeros,
            state.valid,
            state.view,
            state.steps if self.counts_steps else 0,
            *[values[place] for place in self.live[position]],
        )

    def _terminal(self, node: _Node) -> Terminal:
        state = node.state
        kept = tuple([(place, node.values[place]) for place in sorted(self.demand.kept)])
        if state.dead:
            return Terminal(False, None, None, kept, state.causes)
        field = state.view.receptive_field if self.demand.field else None
        return Terminal(state.valid, state.volume, field, kept, state.causes)


def _costs(state: State) -> Costs:
    """Return the costs of a state; those of a member without an output do not count."""
    return NO_COSTS if state.dead else (state.params, state.macs, state.activations)


Stages = list[list[tuple[int, Segment]]]  # the segments after each choice, with their numbers


def _stages(choices: Choices) -> Stages:
    """Return the segments before the first choice, then those after each choice."""
    stages: Stages = [[]]
    for number, segment in enumerate(segments(choices)):
        if segment is None:
            stages.append([])
        else:
            stages[-1].append((number, segment))
    return stages


def _awaited_positions(count: int, demand: Demand) -> list[tuple[int, ...]]:
    """Return, for each choice, which choices up to it are kept or tested after it."""
    return [
        tuple(
            sorted(
                {place for place in demand.kept if place <= position}.union(
                    place
                    for test in demand.tests
                    if max(test.positions) > position
                    for place in test.positions
                    if place <= position
                )
            )
        )
        for position in range(count)
    ]


def _live_positions(stages: Stages, awaited: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Return, for each choice, which choices up to it are awaited or used by later layers."""
    used: set[int] = set()
    live: list[tuple[int, ...]] = []
    for position in reversed(range(len(awaited))):
        used.update(*[segment.uses for stage in stages[position + 2 :][:1] for _, segment in stage])
        later = {place for place in used if place <= position}
        live.append(tuple(sorted(later.union(awaited[position]))))
    return live[::-1]
