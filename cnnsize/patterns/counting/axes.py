"""A trellis whose edges have one number for all sums that a question needs.

The sums are linear forms, such as the parameters and the MACs of a member. They are packed into one
integer, so that one addition adds all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from math import gcd, inf
from typing import NamedTuple

from cnnsize.patterns.choices import Choice
from cnnsize.patterns.counting.boxes import Box, Limits
from cnnsize.patterns.counting.forms import FIRST_CHOICE, Form, value_of
from cnnsize.patterns.counting.trellis import Edge, Trellis

Sums = tuple[int, ...]  # one for each form
Indices = tuple[int, ...]  # of the values of one choice, or of several that follow one another


class Step(NamedTuple):
    """Ways between the same nodes with the same sums, each with the values that it chooses."""

    source: int
    target: int
    key: int
    ways: tuple[Indices, ...]


class Axis(NamedTuple):
    """How the sums of a form are packed: value = start + step * ((key >> shift) & mask)."""

    start: int
    step: int
    shift: int
    mask: int

    def value(self, key: int) -> int:
        """Return the sum in a packed key."""
        return self.start + self.step * (key >> self.shift & self.mask)

    def number(self, key: int) -> int:
        """Return the number of this axis in a packed key."""
        return key >> self.shift & self.mask

    def of(self, keys: Iterable[int]) -> list[int]:
        """Return the numbers of this axis in packed keys."""
        shift, mask = self.shift, self.mask
        return [key >> shift & mask for key in keys]

    def limits(self, limits: Limits) -> tuple[int, int]:
        """Return a range of sums as a range of packed numbers; empty where the low one is higher."""
        low, high = limits
        lowest = 0 if low == -inf else max(0, -((self.start - int(low)) // self.step))
        highest = (
            self.mask if high == inf else min(self.mask, (int(high) - self.start) // self.step)
        )
        return lowest, highest


class Extent(NamedTuple):
    """The lowest and the highest packed number of each axis on the paths from a node, or to it."""

    low: Sums
    high: Sums


class Lattice:
    """The packed trellis. ``depths[i]`` is the number of choices before layer i."""

    def __init__(
        self,
        trellis: Trellis,
        forms: Sequence[Form],
        choices: Sequence[Choice],
        is_wanted: Callable[[int], bool],
    ) -> None:
        """Pack the edges on paths to wanted terminals."""
        self.forms = tuple(forms)
        self.terminals = [node for node in range(len(trellis.terminals)) if is_wanted(node)]
        layers = _leading_to(trellis.layers, set(self.terminals))
        sums = [
            [_values(form, edges, place, choices[place]) for place, edges in enumerate(layers)]
            for form in forms
        ]
        self.axes = _axes(trellis, forms, sums)
        self.layers: list[list[Step]] = []
        self.depths = [0]
        for place, edges in enumerate(layers):
            steps = _steps(edges, _keys(self.axes, [axis_sums[place] for axis_sums in sums]))
            if self.layers and _are_fewer_together(self.layers[-1], steps):
                self.layers[-1] = _composed(self.layers[-1], steps)
                self.depths[-1] += 1
            else:
                self.layers.append(steps)
                self.depths.append(place + 1)

    def values(self, key: int) -> Sums:
        """Return the sums in a packed key."""
        return tuple([axis.value(key) for axis in self.axes])

    def box(self, box: Box) -> tuple[tuple[int, int], ...]:
        """Return a box in packed numbers."""
        return tuple([axis.limits(limits) for axis, limits in zip(self.axes, box, strict=True)])

    def extents(self, *, forward: bool) -> list[dict[int, Extent]]:
        """Return the extents of the paths to the nodes of each layer, or from them."""
        zeros = (0,) * len(self.axes)
        ends = (0,) if forward else self.terminals
        extents = [dict.fromkeys(ends, Extent(zeros, zeros))]
        for steps in self.layers if forward else reversed(self.layers):
            extents.append(self._extents(steps, extents[-1], forward=forward))
        return extents if forward else extents[::-1]

    def _extents(
        self, steps: Sequence[Step], before: dict[int, Extent], *, forward: bool
    ) -> dict[int, Extent]:
        """Return the extents one layer on."""
        lows: list[dict[int, int]] = []
        highs: list[dict[int, int]] = []
        for index, axis in enumerate(self.axes):  # one after the other: numbers, no tuples
            shift, mask = axis.shift, axis.mask
            low_before = {node: extent.low[index] for node, extent in before.items()}
            high_before = {node: extent.high[index] for node, extent in before.items()}
            low: dict[int, int] = {}
            high: dict[int, int] = {}
            for step in steps:
                source, target = step[:2] if forward else step[1::-1]
                if source in low_before:
                    number = step[2] >> shift & mask
                    least, most = number + low_before[source], number + high_before[source]
                    if target not in low:
                        low[target], high[target] = least, most
                        continue
                    if least < low[target]:
                        low[target] = least
                    if most > high[target]:
                        high[target] = most
            lows.append(low)
            highs.append(high)
        if not lows:
            ends = [(step.source, step.target)[:: 1 if forward else -1] for step in steps]
            return {end: Extent((), ()) for begin, end in ends if begin in before}
        return {
            node: Extent(tuple([low[node] for low in lows]), tuple([high[node] for high in highs]))
            for node in lows[0]
        }


def _leading_to(layers: Sequence[Sequence[Edge]], terminals: set[int]) -> list[list[Edge]]:
    """Return the edges of each layer on paths to some terminals."""
    reached = terminals
    kept: list[list[Edge]] = []
    for edges in reversed(layers):
        kept.append([edge for edge in edges if edge.target in reached])
        reached = {edge.source for edge in kept[-1]}
    return kept[::-1]


def _axes(
    trellis: Trellis, forms: Sequence[Form], sums: Sequence[Sequence[Sequence[int]]]
) -> list[Axis]:
    """Return how each form is packed: the last one has the lowest bits.

    The lowest sum of each layer becomes 0, and a common factor of all others is divided out.
    """
    axes: list[Axis] = []
    shift = 0
    for form, layers in zip(reversed(forms), reversed(sums), strict=True):
        lows = [min(values, default=0) for values in layers]
        differences = [
            value - low for values, low in zip(layers, lows, strict=True) for value in values
        ]
        step = gcd(*differences) or 1
        most = sum(max(values, default=low) - low for values, low in zip(layers, lows, strict=True))
        bits = (most // step).bit_length()
        start = value_of(form, trellis.start, -1, 0) + sum(lows)
        axes.append(Axis(start, step, shift, (1 << bits) - 1))
        shift += bits
    return axes[::-1]


def _values(form: Form, edges: Sequence[Edge], place: int, choice: Choice) -> list[int]:
    """Return what each edge of a layer adds to a form."""
    if len(form) == 1 and form[0][0] < FIRST_CHOICE:  # a multiple of one cost, as most are
        quantity, factor = form[0]
        return [factor * edge.costs[quantity] for edge in edges]
    return [value_of(form, edge.costs, place, choice.values[edge.value]) for edge in edges]


def _keys(axes: Sequence[Axis], sums: Sequence[Sequence[int]]) -> list[int]:
    """Return the packed sums of the edges of one layer."""
    keys = [0] * len(sums[0]) if sums else []
    for axis, values in zip(axes, sums, strict=True):
        low = min(values, default=0)
        keys = [
            key + ((value - low) // axis.step << axis.shift)
            for key, value in zip(keys, values, strict=True)
        ]
    return keys


def _steps(edges: Sequence[Edge], keys: Sequence[int]) -> list[Step]:
    """Return edges with keys as steps."""
    return _joined(
        (edge.source, edge.target, key, ((edge.value,),))
        for edge, key in zip(edges, keys or [0] * len(edges), strict=True)
    )


def _are_fewer_together(before: Sequence[Step], after: Sequence[Step]) -> bool:
    """Return whether there are no more ways over two layers than over each of them, added."""
    into: Counter[int] = Counter()
    for step in before:
        into[step.target] += len(step.ways)
    apart = sum(len(step.ways) for step in (*before, *after))
    return sum(into[step.source] * len(step.ways) for step in after) <= apart


def _composed(before: Sequence[Step], after: Sequence[Step]) -> list[Step]:
    """Return the steps over two layers."""
    out: dict[int, list[Step]] = {}
    for step in after:
        out.setdefault(step.source, []).append(step)
    return _joined(
        (
            first.source,
            second.target,
            first.key + second.key,
            tuple([one + two for one in first.ways for two in second.ways]),
        )
        for first in before
        for second in out.get(first.target, ())
    )


def _joined(parts: Iterable[tuple[int, int, int, tuple[Indices, ...]]]) -> list[Step]:
    """Return steps, those between the same nodes with the same sums as one."""
    ways: dict[tuple[int, int, int], list[Indices]] = {}
    for source, target, key, own in parts:
        ways.setdefault((source, target, key), []).extend(own)
    return [
        Step(*step, tuple(same) if len(same) == 1 else tuple(sorted(same)))
        for step, same in ways.items()
    ]
