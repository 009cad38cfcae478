"""The maps between the input and one layer, and what one position of that layer reads of each.

What a position reads of a map is its receptive field in the rows after the map, by the arithmetic
that gives the receptive fields of the table. At a join the trail takes the branch that decides it.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from cnnsize.layers.volume import Volume
from cnnsize.sizing.field import START_BOTH, Axis, Field, Paths, extent, field_through, jump
from cnnsize.sizing.follow import (
    count_steps,
    field_after,
    field_after_fork,
    field_after_iterations,
    input_field,
)
from cnnsize.sizing.outline import bound_values, numbers_of, row_text, unrolled_repeat
from cnnsize.sizing.rows import Block, Fork, Loop, Part, Path, Row, own_input
from cnnsize.sizing.sized import SizedNetwork

Cells = tuple[int, int]  # the first and the last
Rest = tuple[tuple[Part, ...], "Rest"] | None  # the rows after a map, from the inside out


class Level(NamedTuple):
    """A map on the trail, along one axis. ``axis`` has the cells of the input that it reads."""

    text: str
    size: int
    axis: Axis
    rest: Rest

    @property
    def jump(self) -> Fraction:
        """The cells of the input between neighbouring positions."""
        return Fraction(jump(self.axis))

    @property
    def begin(self) -> Fraction:
        """Where position 0 is, in cells of the input: the middle of what it reads, on average."""
        ends = [
            Fraction(low + high, 2) - index * self.jump
            for index, (low, high) in enumerate(zip(self.axis.lows, self.axis.highs, strict=True))
            if low is not None and high is not None
        ]
        return sum(ends, Fraction(0)) / len(ends) if ends else Fraction(0)


class Trail:
    """The maps of a network up to a layer along one axis (0 for W, 1 for H), the input first."""

    def __init__(self, network: SizedNetwork, path: str, axis: int) -> None:
        target = tuple(map(int, path.split(".")))
        parts = parts_until(network.rows, target)
        assert parts is not None
        self.network = network
        self.along = axis
        self.fold = unrolled_repeat(parts)
        self.start = input_field(network.rows)
        self.levels: list[Level] = []
        self.follow(parts, self.start, None, network.values)

    def cells(self, level: Level, position: int) -> Cells | None:
        """Return the cells of a map that a position of the last map depends on, if there are any."""
        field: Field = Paths(START_BOTH, START_BOTH, self.start.max_period)
        rest = level.rest
        while rest is not None:
            parts, rest = rest
            field = field_after(field, parts)
        if field is None:
            return None
        axis = field.largest[self.along]
        low, high = axis.low(position), axis.high(position)
        return None if low is None or high is None else (low, high)

    def central_position(self) -> int:
        """Return the position next to the middle of the last map with the largest field."""
        last = self.levels[-1]
        middle, best = last.size // 2, extent(last.axis, last.size)
        for distance in range(min(last.size, len(last.axis.lows)) + 1):
            for position in (middle - distance, middle + distance):
                low, high = last.axis.low(position), last.axis.high(position)
                is_best = low is not None and high is not None and high - low + 1 == best
                if 0 <= position < last.size and is_best:
                    return position
        return middle

    def follow(
        self, parts: tuple[Part, ...], field: Field, rest: Rest, values: Mapping[str, int]
    ) -> Field:
        """Add the maps of parts, and return the field after them."""
        for index, part in enumerate(parts):
            after = parts[index + 1 :], rest
            if isinstance(part, Row):
                volume = part.inputs[0]
                assert volume is not None
                field = field_through(field, part.layer.reach(volume), volume)
                self.add(part, field, after, values)
            elif isinstance(part, Loop):
                field = self.follow_iterations(part, field, after, values)
            elif isinstance(part, Block):
                field = self.follow(part.body, field, after, bound_values(self.network, part))
            elif not part.makes_outputs:
                joined = field_after_fork(field, part)
                self.follow(self.main_branch(part, field, joined), field, after, values)
                field = joined
                self.add(part.join, field, after, values)
        return field

    def follow_iterations(
        self, loop: Loop, field: Field, after: Rest, values: Mapping[str, int]
    ) -> Field:
        """Add the maps of all iterations, or of the last where they are too many."""
        first = 0
        if count_steps(loop.body, self.fold) * loop.times > self.fold:
            first = loop.times - 1
            field = field_after_iterations(field, loop.body, first)
        for done in range(first + 1, loop.times + 1):
            left = loop._replace(times=loop.times - done)
            field = self.follow(loop.body, field, ((left,), after) if left.times else after, values)
        return field

    def main_branch(self, fork: Fork, field: Field, joined: Field) -> tuple[Part, ...]:
        """Return the branch whose field is that of the join, else the one with the largest field."""
        assert joined is not None
        axes = []
        for branch in fork.branches:
            end = None if own_input(branch) else field_after(field, branch)
            axes.append(None if end is None else end.largest[self.along])
        goal = joined.largest[self.along]
        if goal in axes:
            return fork.branches[axes.index(goal)]
        sizes = [0 if axis is None else extent(axis, len(axis.lows)) for axis in axes]
        return fork.branches[sizes.index(max(sizes))]

    def add(self, row: Row, field: Field, rest: Rest, values: Mapping[str, int]) -> None:
        """Add the output of a row, unless it has the size and the fields of the map before."""
        output = row.sizing.output
        assert field is not None and isinstance(output, Volume)
        axis, size = field.largest[self.along], output[self.along]
        last = self.levels[-1] if self.levels else None
        if last is None or (last.size, last.axis) != (size, axis):
            self.levels.append(Level(row_text(row, values), size, axis, rest))


def parts_until(
    parts: tuple[Part, ...], target: Path, iterations: tuple[tuple[int, int], ...] = ()
) -> tuple[Part, ...] | None:
    """Return the rows from the input to the layer at a path, without the branches beside it.

    ``iterations`` are pairs of an index in paths and the number of the iteration there. Returns
    None where the layer is not in these parts.
    """
    for index, part in enumerate(parts):
        row = part if isinstance(part, Row) else part.join if isinstance(part, Fork) else None
        if row is not None and numbers_of(row.path, iterations) == target:
            return parts[: index + 1]
        before, inner = parts[:index], None
        if isinstance(part, Fork):
            ends = (parts_until(branch, target, iterations) for branch in part.branches)
            inner = next((end for end in ends if end is not None), None)
        elif isinstance(part, Block):
            body = parts_until(part.body, target, iterations)
            inner = None if body is None else (part._replace(body=body),)
        elif isinstance(part, Loop) and len(target) > part.depth:
            done = target[part.depth] - part.first
            if 0 <= done < part.times:
                here = (*iterations, (part.depth, target[part.depth]))
                inner = parts_until(part.body, target, here)
                before += (part._replace(times=done),) if done else ()
        if inner is not None:
            return inner if own_input(inner) else before + inner
    return None
