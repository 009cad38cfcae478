"""How the maps of a network grow with its input, from the layers that ran: for every input at once.

Along one axis, the side of a map is f(x) for an input of side x. Windows round down, so that
f(x + period) = f(x) + period * rate for every x that all windows fit. One period of inputs therefore
says what every larger input gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple

from cnnsize.layers import JOINS, KINDS, Layer
from cnnsize.layers.volume import Volume
from cnnsize.models.flow import Node
from cnnsize.models.source.tensors.graph import layer_of

MAX_SIDE = 600  # of an input that is tried
MAX_SIZINGS = 20_000  # of layers
WINDOWS = ("CONV", "DWCONV", "POOL", "AVGPOOL")  # divide a side by their stride
FIXED = ("GAP", "GMP", "CROP", "FLATTEN", "UNFLATTEN", "FC")  # whose output has a fixed size
KEEPING = ("PAD", "SLICE", "CHSHUFFLE")  # add a number to a side, or nothing
KEEPING_ROLES = ("activation", "norm", "scale", "dropout", "identity")


class UnknownGrowthError(Exception):
    """The maps grow in a way that no period describes, or a period is too long."""


class Growth(NamedTuple):
    """How the side of a map grows along one axis."""

    rate: Fraction
    period: int

    def times(self, factor: int) -> Growth:
        """Return the growth after upsampling."""
        return Growth(self.rate * factor, self.period)

    def divided(self, stride: int) -> Growth:
        """Return the growth after a window with a stride."""
        step = int(self.rate * self.period)
        period = self.period * stride // gcd(step, stride) if step else self.period
        return Growth(self.rate / stride, period)


class Sides(NamedTuple):
    """The sides of some maps along one axis, for the sides of an input."""

    period: dict[int, tuple[int, ...]]  # of the smallest inputs that the layers take
    steps: tuple[int, ...]  # how much each map grows in a period
    length: int  # of the period


class Region:
    """The layers between one node, whose maps have any size, and the nodes whose maps matter."""

    def __init__(self, nodes: Sequence[Node], start: int, ends: Sequence[int]) -> None:
        self.nodes = nodes
        self.start = start
        self.ends = ends
        self.inner = between(nodes, start, ends)
        self.layers: dict[int, Layer] = {
            index: layer_of(nodes[index].kind, dict(nodes[index].options), None)
            for index in self.inner
            if nodes[index].kind not in JOINS
        }

    def volumes(self, side: int) -> tuple[Volume, ...] | None:
        """Return the maps for a square one at the start; None where a layer refuses its input."""
        start = self.nodes[self.start].volume
        assert start is not None
        known = {self.start: Volume(side, side, start.D)}
        for index in self.inner:
            node = self.nodes[index]
            inputs = tuple(known[source] for source in node.inputs)
            layer = self.layers.get(index)
            sizing = JOINS[node.kind].join(inputs) if layer is None else layer.size(inputs[0])
            if sizing.output is None:
                return None
            known[index] = sizing.output
        return tuple(known[end] for end in self.ends)

    def growths(self, axis: int) -> dict[int, Growth]:
        """Return how each map grows along an axis. Raises UnknownGrowthError."""
        known = {self.start: Growth(Fraction(1), 1)}
        for index in self.inner:
            node = self.nodes[index]
            before = [known[source] for source in node.inputs]
            period = lcm(*(growth.period for growth in before))
            rates = {growth.rate for growth in before}
            if len(rates - {0} if node.kind == "MUL" else rates) > 1:  # few inputs fit, or none
                raise UnknownGrowthError
            largest = max(before, key=lambda growth: growth.rate)  # a gate does not grow
            known[index] = grown(node, largest, axis)
            known[index] = known[index]._replace(period=lcm(period, known[index].period))
        return known

    def sides(self, axis: int) -> Sides:
        """Return the sides of the maps at the ends along an axis. Raises UnknownGrowthError."""
        growths = self.growths(axis)
        period = lcm(*(growth.period for growth in growths.values()))
        whole: dict[int, tuple[int, ...]] = {}
        if period * (len(self.inner) + 1) > MAX_SIZINGS:
            raise UnknownGrowthError
        first, side = 0, 1
        while not first or side < first + period:
            if side > MAX_SIDE or side * len(self.inner) > MAX_SIZINGS:
                raise UnknownGrowthError
            volumes = self.volumes(side)
            if volumes is not None:
                first = first or side
                whole[side] = tuple(int(volume[axis]) for volume in volumes)
            side += 1
        steps = tuple(int(growths[end].rate * period) for end in self.ends)
        return Sides(whole, steps, period)


def between(nodes: Sequence[Node], start: int, ends: Sequence[int]) -> list[int]:
    """Return the nodes from which some ends come, in order, down to the start and without it."""
    reached: set[int] = set()
    waiting = [end for end in ends if end != start]
    while waiting:
        index = waiting.pop()
        if index in reached:
            continue
        if index < start or not nodes[index].inputs:
            raise UnknownGrowthError
        reached.add(index)
        waiting += [source for source in nodes[index].inputs if source != start]
    return sorted(reached)


def common_source(nodes: Sequence[Node], ends: Sequence[int]) -> int:
    """Return the last node that every way from the input to some nodes goes through."""
    parents: list[int] = []
    for node in nodes:
        own = len(parents)
        parents.append(meeting(parents, node.inputs) if node.inputs else own)
    return meeting(parents, ends)


def meeting(parents: Sequence[int], indices: Sequence[int]) -> int:
    """Return the first node that the ways up from some nodes share."""
    result = indices[0]
    for other in indices[1:]:
        while result != other:
            if max(result, other) == parents[max(result, other)]:  # two inputs
                raise UnknownGrowthError
            if result > other:
                result = parents[result]
            else:
                other = parents[other]
    return result


def grown(node: Node, before: Growth, axis: int) -> Growth:
    """Return how a map grows after a layer or join. Raises UnknownGrowthError."""
    options = dict(node.options)
    if node.kind in JOINS:
        return before
    if node.kind in FIXED or options.get("to") is not None:
        return Growth(Fraction(0), 1)
    if node.kind in WINDOWS:
        return before.divided(along(options.get("S", 1), axis))
    if node.kind == "TCONV":
        return before.times(along(options.get("S", 1), axis))
    if node.kind == "UP":
        return before.times(along(options.get("factor", 2), axis))
    if node.kind == "PIXELSHUFFLE":
        return before.times(along(options["factor"], axis))
    if node.kind == "PIXELUNSHUFFLE":
        return before.divided(along(options["factor"], axis))
    if node.kind in KEEPING or KINDS[node.kind].traits.role in KEEPING_ROLES:
        return before
    raise UnknownGrowthError


def along(value: object, axis: int) -> int:
    """Return a number along an axis: of a pair, or the number itself."""
    number = value[axis] if isinstance(value, tuple) else value
    if not isinstance(number, int) or number < 1:
        raise UnknownGrowthError
    return number
