"""Meet in the middle: beginnings and ends of members, joined at a layer between the two."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from operator import add
from typing import NamedTuple

from cnnsize.limits import MAX_KEPT_JOINS
from cnnsize.patterns.counting.axes import Lattice
from cnnsize.patterns.counting.boxes import Box
from cnnsize.patterns.counting.deadline import Deadline
from cnnsize.patterns.counting.joins import Join, OneAxis, Pair, Tested
from cnnsize.patterns.counting.paths import Paths
from cnnsize.patterns.counting.spread import Ranges, Spread, weight
from cnnsize.patterns.counting.sums import Sums
from cnnsize.patterns.counting.two_axes import TooManyStepsError, TwoAxes

MAX_JOINED_AXES = 2


class Group(NamedTuple):
    """Terminals with the same boxes. ``holds`` tests packed sums where boxes are not enough."""

    terminals: tuple[int, ...]
    boxes: tuple[Ranges, ...]
    holds: Callable[[int], bool] | None


class Place(NamedTuple):
    """A join: the group of its ends, and the node where they meet the beginnings."""

    group: int
    node: int
    join: Join


class Meeting:
    """The members of a lattice that end in some groups of terminals with sums in their boxes."""

    def __init__(self, lattice: Lattice, groups: Sequence[Group], deadline: Deadline) -> None:
        self.lattice = lattice
        self.groups = groups
        self.deadline = deadline
        self.whole = len(lattice.axes) > MAX_JOINED_AXES or any(group.holds for group in groups)
        self.hull = _hull([box for group in groups for box in group.boxes])
        self.left = Spread(lattice, (0,), self.hull, deadline, forward=True)
        self.rights = [
            Spread(lattice, group.terminals, _hull(group.boxes), deadline, forward=False)
            for group in groups
        ]
        self._grow()
        self._joins: list[Place] | None = None
        # how many members each box of each join has, by the range of first numbers
        self._counted: tuple[tuple[int, int] | None, list[int]] | None = None

    def count(self, first: tuple[int, int] | None = None) -> int:
        """Return how many members there are, with a first number in a range if there is one."""
        numbers: list[int] = []

        def use(place: Place) -> None:
            numbers.extend(place.join.count(box) for box in self._boxes(place, first))

        self._visit(use)
        self._counted = (first, numbers)
        return sum(numbers)

    @property
    def size(self) -> int:
        """How many sums are joined for each count, where they have two numbers; else 0."""
        if self.whole or len(self.lattice.axes) < MAX_JOINED_AXES:
            return 0
        return sum(len(counts) for counts in self.left.levels[-1].values())

    def bins(self, edges: Sequence[int]) -> list[int]:
        """Return how many members have first numbers from each edge up to the next one, if all of them
        are between the edges.
        """
        totals = [0] * (len(edges) - 1)
        numbers: list[int] = []

        def use(place: Place) -> None:
            for box in self._boxes(place, None):
                own = place.join.bins(box, edges)
                numbers.append(sum(own))
                totals[:] = map(add, totals, own)

        self._visit(use)
        self._counted = (None, numbers)
        return totals

    def extreme(self, *, highest: bool) -> int | None:
        """Return the lowest or highest first number of a member; None where a search does not tell."""
        if self.whole or len(self.lattice.axes) < MAX_JOINED_AXES:
            return None
        start = beyond = -1 if highest else self.lattice.axes[0].mask + 1

        def use(place: Place) -> None:
            nonlocal beyond
            assert isinstance(place.join, TwoAxes)
            for box in self._boxes(place, None):
                beyond = place.join.extreme(box, beyond, highest=highest)

        try:
            self._visit(use)
        except TooManyStepsError:
            return None
        return None if beyond == start else beyond

    def members(
        self, ranks: Sequence[int], first: tuple[int, int] | None = None
    ) -> list[tuple[int, tuple[int, ...]]]:
        """Return the members with some ranks, which ascend: their packed sums, and the indices of
        their values.
        """
        if self._counted is None or self._counted[0] != first:
            self.count(first)
        assert self._counted is not None
        numbers = iter(self._counted[1])
        paths = Paths(self.lattice)
        members: list[tuple[int, tuple[int, ...]]] = []
        before = 0

        def use(place: Place) -> None:
            nonlocal before
            for box in self._boxes(place, first):
                number = next(numbers)
                end = bisect_left(ranks, before + number)
                own = [rank - before for rank in ranks[len(members) : end]]
                before += number
                for pair in place.join.pairs(box, own) if own else ():
                    self.deadline.check()
                    members.append((pair.left + pair.right, self._member(paths, place, pair)))

        self._visit(use)
        return members

    def _member(self, paths: Paths, place: Place, pair: Pair) -> tuple[int, ...]:
        right = self.rights[place.group]
        return (
            *paths.beginning(self.left.levels, self.middle, place.node, pair.left, pair.left_rank),
            *paths.ending(right.levels, self.middle, place.node, pair.right, pair.right_rank),
        )

    def _boxes(self, place: Place, first: tuple[int, int] | None) -> Iterator[Ranges]:
        """Yield the boxes of a join, cut to a range of the first number."""
        boxes = self.groups[place.group].boxes
        for box in (_hull(boxes),) if self.whole else boxes:
            if first is not None:
                (low, high), *others = box
                box = ((max(low, first[0]), min(high, first[1])), *others)
            if all(low <= high for low, high in box):
                yield box

    def _grow(self) -> None:
        """Grow both sides, the smaller one first, until they are a layer apart on either side."""
        left, rights = self.left, self.rights
        while True:
            place = max([right.place for right in rights], default=left.place)
            gap = place - left.place
            if self.whole:
                if gap == 0:
                    break
                self._grow_left()
            elif gap <= 2:
                break
            elif left.next_size() <= sum(right.next_size() for right in rights):
                self._grow_left()
            else:
                depths = self.lattice.depths
                self.deadline.stage = f"following the last {depths[-1] - depths[place - 1]:,} of {depths[-1]:,} choices"
                for right in rights:
                    right.grow(self._kept())
        self.middle = min(left.place + 1, place) if not self.whole else left.place

    def _grow_left(self) -> None:
        depths, place = self.lattice.depths, self.left.place
        self.deadline.stage = f"following the first {depths[place + 1]:,} of {depths[-1]:,} choices"
        self.left.grow(self._kept())

    def _kept(self) -> int:
        """Return how many sums are kept."""
        return sum(
            weight(counts)
            for side in (self.left, *self.rights)
            for level in side.levels
            for counts in level.values()
        )

    def _visit(self, use: Callable[[Place], None]) -> None:
        """Call a function with each join. Joins are kept where they are small, but no other is in
        memory while the next is built.
        """
        self.deadline.stage = "joining beginnings and ends of members"
        if self._joins is not None:
            for place in self._joins:
                use(place)
            return
        joins: list[Place] = []
        size = 0
        for node in sorted({node for right in self.rights for node in self._nodes(right)}):
            left = cache(partial(self._at, self.left, node, self._kept()))
            for group, side in enumerate(self.rights):
                right = self._at(side, node, self._kept())
                if right.keys:
                    joins.append(Place(group, node, self._join(group, node, left, right)))
                    use(joins[-1])
                    size += len(right.keys)
                if size > MAX_KEPT_JOINS:
                    joins.clear()
        if size <= MAX_KEPT_JOINS:
            self._joins = joins

    def _nodes(self, right: Spread) -> Iterator[int]:
        """Yield the nodes in the middle from which a group is reached."""
        if right.place == self.middle:
            yield from right.levels[-1]
        else:
            yield from {step.source for step in right.steps if step.target in right.levels[-1]}

    def _at(self, side: Spread, node: int, kept: int) -> Sums:
        """Return the sums of one side at a node in the middle."""
        if side.place == self.middle:
            return Sums.of(side.levels[-1].get(node, {}))
        return side.sums_at(node, kept)

    def _join(self, group: int, node: int, left: Callable[[], Sums], right: Sums) -> Join:
        axes = self.lattice.axes
        if self.whole:
            return Tested(left(), self.test(self.groups[group]), axes[0].shift)
        if len(axes) < MAX_JOINED_AXES:
            return OneAxis(left(), right)
        is_reached = self.left.place == self.middle
        runs = [self.left.run_at(node)] if is_reached else self.left.next_runs_at(node)
        return TwoAxes(runs, left, right, axes, self.deadline.check)

    def test(self, group: Group) -> Callable[[int], bool]:
        """Return whether packed sums are in a box of a group."""
        if group.holds is not None:
            return group.holds
        axes = self.lattice.axes

        def holds(key: int) -> bool:
            numbers = [key >> axis.shift & axis.mask for axis in axes]
            return any(
                all(low <= number <= high for number, (low, high) in zip(numbers, box, strict=True))
                for box in group.boxes
            )

        return holds


def _hull(boxes: Sequence[Ranges]) -> Ranges:
    """Return the smallest box around some boxes."""
    return tuple(
        [
            (min(low for low, _ in ranges), max(high for _, high in ranges))
            for ranges in zip(*boxes, strict=True)
        ]
    )


def packed_boxes(lattice: Lattice, boxes: Sequence[Box]) -> tuple[Ranges, ...]:
    """Return boxes in packed numbers, without those that are empty."""
    packed = [lattice.box(box) for box in boxes]
    return tuple([box for box in packed if all(low <= high for low, high in box)])
