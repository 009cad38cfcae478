"""Which members of a family are valid, and why the others are not, without listing them.

Members that end alike are one path of a decision diagram: a layer of nodes for each choice, in which
nodes that lead to the same verdicts for all later choices are one node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import prod
from time import monotonic
from typing import NamedTuple

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import Binary, Call, Item, Join, LayerNode, all_items
from cnnsize.layers import JOINS, KINDS
from cnnsize.layers.names import OPTION_WORDS
from cnnsize.limits import MAX_FLAGS
from cnnsize.patterns.choices import Choices
from cnnsize.patterns.counting.deadline import CountingLimitError, Deadline
from cnnsize.patterns.counting.trellis import CHECK_EVERY, Demand, Trellis, trellis_of
from cnnsize.patterns.memo import Work
from cnnsize.patterns.sizer import Sizer
from cnnsize.patterns.states import Cause
from cnnsize.record import replace

Progress = Callable[[int, int], None]  # called with (members checked, members in all)
PROGRESS_SECONDS = 0.05  # between two calls of a ``Progress``
DEPTH_OPTIONS = ("G", "in")  # with which a layer fits only some depths
Range = tuple[int, int]  # the smallest and the largest value
Values = tuple[int, ...]  # a value for each choice
Flags = bytes | bytearray


class Verdict(NamedTuple):
    """Whether a member is valid, and what is wrong with it."""

    valid: bool
    causes: tuple[Cause, ...]


Holds = Callable[[Verdict], bool]


def is_valid(verdict: Verdict) -> bool:
    """Return whether a member is valid."""
    return verdict.valid


class Region(NamedTuple):
    """Some members of a family, by the positions of the choices that decide which they are.

    ``flags`` has a byte for each combination of their values, 1 where the members belong to it, stored
    like a C array: the last choice varies fastest. It is None where it would be too large.
    """

    axes: tuple[int, ...]
    flags: Flags | None


class Verdicts:
    """The verdicts on all members of a family.

    ``choices`` may have a few values in place of many that make no difference, and ``weights`` how many
    each of these stands for. ``layers[i]`` has the nodes before choice i, each as the nodes that its
    values lead to; the first layer has one node. Nodes of the last layer are places in ``ends``.
    """

    def __init__(self, choices: Choices, weights: list[list[int]], trellis: Trellis) -> None:
        self.choices = choices
        self.weights = weights
        self.ends: list[Verdict] = []
        self.layers: list[list[Values]] = []
        numbers: dict[Verdict, int] = {}
        merged: list[int] = []  # for each node of the trellis, its node here
        for terminal in trellis.terminals:
            verdict = Verdict(terminal.valid, terminal.causes)
            merged.append(numbers.setdefault(verdict, len(numbers)))
        self.ends = list(numbers)
        for choice, edges in zip(reversed(choices.free), reversed(trellis.layers), strict=True):
            width = len(choice.values)
            nodes: dict[Values, int] = {}
            targets = [merged[edge.target] for edge in edges]
            merged = [
                nodes.setdefault(tuple(targets[first : first + width]), len(nodes))
                for first in range(0, len(targets), width)
            ]
            self.layers.append(list(nodes))
        self.layers.reverse()

    def count(self, holds: Holds) -> int:
        """Return how many members have such a verdict."""
        counts = [int(holds(end)) for end in self.ends]
        for nodes, weights in zip(reversed(self.layers), reversed(self.weights), strict=True):
            counts = [
                sum(
                    weight * counts[target] for weight, target in zip(weights, targets, strict=True)
                )
                for targets in nodes
            ]
        return counts[0]

    def first(self, holds: Holds) -> Values:
        """Return the first member with such a verdict. There must be one."""
        return self._path(holds, lambda values: range(len(values)))

    def last(self, holds: Holds) -> Values:
        """Return the last member with such a verdict. There must be one."""
        return self._path(holds, lambda values: range(len(values) - 1, -1, -1))

    def of(self, member: Values) -> Verdict:
        """Return the verdict on a member."""
        node = 0
        for choice, value, nodes in zip(self.choices.free, member, self.layers, strict=True):
            node = nodes[node][choice.values.index(value)]
        return self.ends[node]

    def _path(self, holds: Holds, order: Callable[[Sequence[int]], Sequence[int]]) -> Values:
        reaches = [[holds(end) for end in self.ends]]
        for nodes in reversed(self.layers):
            reaches.append([any(map(reaches[-1].__getitem__, targets)) for targets in nodes])
        reaches.reverse()
        node, path = 0, []
        for layer, choice in enumerate(self.choices.free):
            targets = self.layers[layer][node]
            index = next(i for i in order(choice.values) if reaches[layer + 1][targets[i]])
            path.append(choice.values[index])
            node = targets[index]
        return tuple(path)

    def smallest(self, holds: Holds) -> Values:
        """Return the first of the members with such a verdict whose values have the least sum."""
        sums: list[list[int | None]] = [[0 if holds(end) else None for end in self.ends]]
        for nodes, choice in zip(reversed(self.layers), reversed(self.choices.free), strict=True):
            sums.append([_minimum(_sums(choice.values, targets, sums[-1])) for targets in nodes])
        sums.reverse()
        node, path = 0, []
        for layer, choice in enumerate(self.choices.free):
            targets = self.layers[layer][node]
            least = sums[layer][node]
            index = list(_sums(choice.values, targets, sums[layer + 1])).index(least)
            path.append(choice.values[index])
            node = targets[index]
        return tuple(path)

    def region(self, holds: Holds) -> Region:
        """Return the members with such a verdict."""
        merged = [int(holds(end)) for end in self.ends]
        layers: list[list[Values]] = []  # the diagram of this question alone
        for nodes in reversed(self.layers):
            numbers: dict[Values, int] = {}
            merged = [
                numbers.setdefault(tuple([merged[target] for target in targets]), len(numbers))
                for targets in nodes
            ]
            layers.append(list(numbers))
        layers.reverse()
        axes = tuple(
            [
                position
                for position, nodes in enumerate(layers)
                if any(len(set(targets)) > 1 for targets in nodes)
            ]
        )
        if prod(len(self.choices.free[axis].values) for axis in axes) > MAX_FLAGS:
            return Region(axes, None)
        tables = [bytes([0]), bytes([1])]
        for position in reversed(range(len(layers))):
            if position in axes:
                tables = [
                    b"".join([tables[target] for target in targets]) for targets in layers[position]
                ]
            else:
                tables = [tables[targets[0]] for targets in layers[position]]
        return Region(axes, tables[merged[0]])


def _sums(
    values: Sequence[int], targets: Values, later: Sequence[int | None]
) -> Iterator[int | None]:
    """Yield for each value the least sum of the values of a member from it on."""
    for value, target in zip(values, targets, strict=True):
        rest = later[target]
        yield None if rest is None else value + rest


class WorkLimit(Deadline):
    """A limit on the work spent on a family, which is the same on every machine."""

    def __init__(self, work: Work, members: int, progress: Progress | None) -> None:
        super().__init__(None)
        self.work = work
        self.members = members
        self.progress = progress
        self.due = 0.0

    def check_entries(self, entries: int) -> None:
        """Raise CountingLimitError after too much work. ``progress`` hears how far it is."""
        self.work.done += CHECK_EVERY + CHECK_EVERY // 2  # an edge takes about 7 microseconds
        if self.work.exceeded:
            raise CountingLimitError(f"the limit was reached while {self.stage}")
        if self.progress is not None and (now := monotonic()) >= self.due:
            self.progress(int(self.share * self.members), self.members)
            self.due = now + PROGRESS_SECONDS


class Followed(NamedTuple):
    """All members of a family, followed to their ends."""

    trellis: Trellis
    choices: Choices  # as in ``Verdicts``
    verdicts: Verdicts


EVERYTHING = Demand(field=True, causes=True)


def followed(
    choices: Choices, sizer: Sizer, limit: Deadline, demand: Demand = EVERYTHING
) -> Followed:
    """Follow all members of a family.

    Of a letter that sets only the depth of outputs, in a text without layers that fit only some depths,
    the lowest and the highest value stand for all: both lead to the same verdicts, and costs grow with
    the depth. Raises CountingLimitError, and ArchitectureError where no member can be sized.
    """
    fewer = _with_fewer_widths(choices)
    for some in (choices,) if fewer is choices else (fewer, choices):
        trellis = trellis_of(some, sizer, demand, limit)
        weights = [
            _weights(len(choice.values), len(all_values.values))
            for choice, all_values in zip(some.free, choices.free, strict=True)
        ]
        verdicts = Verdicts(some, weights, trellis)
        is_exact = some is choices or not any(
            len(set(targets)) > 1
            for position in choices.widths
            for targets in verdicts.layers[position]
        )
        if is_exact:
            break  # else a depth exceeds a limit
    return Followed(trellis, some, verdicts)


def _weights(kept: int, values: int) -> list[int]:
    """Return how many of the values each of those that are kept stands for."""
    return [values - kept + 1] + [1] * (kept - 1)


def _with_fewer_widths(choices: Choices) -> Choices:
    """Return the choices with the two ends of the letters whose other values make no difference."""
    if not choices.widths or _widths_decide(choices.architecture):
        return choices
    free = [
        replace(choice, values=(choice.values[0], choice.values[-1]))
        if position in choices.widths
        else choice
        for position, choice in enumerate(choices.free)
    ]
    return Choices(choices.architecture, tuple(free), choices.bound, choices.widths)


def _widths_decide(architecture: ParsedArchitecture) -> bool:
    """Return whether some layer of a text may fit only some widths, or cost less with a larger one."""
    chains = [architecture.chain, *(block.chain for block in architecture.definitions.values())]
    return any(_is_decided(item) for chain in chains for item in all_items(chain))


def _is_decided(item: Item) -> bool:
    node = item.node
    if item.suffix.declared is not None:
        return True
    if isinstance(node, Join):
        return node.op in JOINS and JOINS[node.op].checks_depth
    if isinstance(node, Call):
        return any(map(_has_difference, node.arguments))
    return isinstance(node, LayerNode) and (
        KINDS[node.kind].checks_depth
        or _has_difference(node.size)
        or any(
            option.key is not None
            and (OPTION_WORDS.get(option.key.lower(), option.key) in DEPTH_OPTIONS)
            for option in node.options
        )
    )


def _has_difference(expression: object) -> bool:
    """Return whether an expression may fall while a letter grows."""
    return isinstance(expression, Binary) and (
        expression.op == "-"
        or _has_difference(expression.left)
        or _has_difference(expression.right)
    )


class Extreme(NamedTuple):
    """The least cost of valid members, and the first member that has it."""

    cost: int
    choices: Values


def least(members: Followed, sign: int, index: int) -> Extreme:
    """Return the least of ``sign`` x a cost of the valid members; at least one must be valid.

    ``index`` is that of the cost: of parameters, MACs or activations.
    """
    trellis, choices = members.trellis, members.choices.free
    rest: list[list[int | None]] = [[0 if end.valid else None for end in trellis.terminals]]
    for choice, edges in zip(reversed(choices), reversed(trellis.layers), strict=True):
        later, width = rest[-1], len(choice.values)
        sums = [
            None if (tail := later[edge.target]) is None else sign * edge.costs[index] + tail
            for edge in edges
        ]
        rest.append([_minimum(sums[first : first + width]) for first in range(0, len(sums), width)])
    rest.reverse()
    node, path = 0, []
    for layer, choice in enumerate(choices):
        first = node * len(choice.values)
        for value, edge in zip(choice.values, trellis.layers[layer][first:], strict=False):
            tail = rest[layer + 1][edge.target]
            if tail is not None and sign * edge.costs[index] + tail == rest[layer][node]:
                path.append(value)
                node = edge.target
                break
    total = rest[0][0]
    assert total is not None
    return Extreme(total + sign * trellis.start[index], tuple(path))


def _minimum(numbers: Iterable[int | None]) -> int | None:
    """Return the least of those that are numbers; None if there is none."""
    return min((number for number in numbers if number is not None), default=None)
