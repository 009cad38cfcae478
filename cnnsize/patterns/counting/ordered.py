"""The members of a space in the order of their numbers, or of a value, best first."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from typing import NamedTuple

from cnnsize.patterns.counting.axes import Indices, Step
from cnnsize.patterns.counting.meeting import Meeting
from cnnsize.patterns.counting.question import Entry, Space


class Part(NamedTuple):
    """The beginning of a member: the layer and the node it leads to, its packed sums, its values."""

    place: int
    node: int
    key: int
    indices: Indices


class Search:
    """A search for the members of a space, one choice after the other.

    ``limits`` is a range of values of its form. Beginnings that cannot lead into it, or into a box of
    the condition, are left at once.
    """

    def __init__(
        self, space: Space, meeting: Meeting, limits: tuple[float, float] | None = None
    ) -> None:
        self.space = space
        self.meeting = meeting
        lattice = space.lattice
        self.axes = lattice.axes
        first = space.packed(limits)
        hull = meeting.hull
        self.hull = hull if first is None else (_cut(hull[0], first), *hull[1:])
        self.beyond = lattice.extents(forward=False)
        self.out = [_ways(steps) for steps in lattice.layers]
        self.ends = {node: group for group in meeting.groups for node in group.terminals}

    def leads_on(self, part: Part) -> bool:
        """Return whether a beginning may lead to a member, and whether a member is wanted."""
        place, node, key, _ = part
        extent = self.beyond[place].get(node)
        if extent is None:
            return False
        for axis, low, high, (lowest, highest) in zip(
            self.axes, extent.low, extent.high, self.hull, strict=True
        ):
            number = key >> axis.shift & axis.mask
            if number + low > highest or number + high < lowest:
                return False
        if place < len(self.out):
            return True
        return node in self.ends and self.meeting.test(self.ends[node])(key)

    def next_parts(self, part: Part) -> Iterator[Part]:
        """Yield the beginnings with one more choice that may lead to a member, the last one first."""
        place, node, key, indices = part
        for way, target, added in self.out[place].get(node, ()):
            longer = Part(place + 1, target, key + added, indices + way)
            if self.leads_on(longer):
                yield longer

    def in_order(self) -> Iterator[Entry]:
        """Yield the members in the order of their numbers."""
        stack = [Part(0, 0, 0, ())]
        while stack:
            self.space.deadline.check()
            part = stack.pop()
            if part.place == len(self.out):
                yield self.space.entry(part.key, part.indices)
            else:
                stack += self.next_parts(part)

    def best_first(self, *, reverse: bool) -> Iterator[Entry | None]:
        """Yield the members in the order of the value of the form, equal ones by number.

        Yields None for every beginning that is visited, so that a caller may give up.
        """
        axis = self.axes[0]

        def rank(part: Part) -> tuple[int, Indices, Part]:
            extent = self.beyond[part.place][part.node]
            number = part.key >> axis.shift & axis.mask
            best = -number - extent.high[0] if reverse else number + extent.low[0]
            return best, part.indices, part

        queue = [rank(Part(0, 0, 0, ()))]
        while queue:
            self.space.deadline.check()
            _, _, part = heappop(queue)
            if part.place == len(self.out):
                yield self.space.entry(part.key, part.indices)
                continue
            yield None
            for longer in self.next_parts(part):
                heappush(queue, rank(longer))


def in_order(space: Space, limits: tuple[float, float] | None = None) -> Iterator[Entry]:
    """Return the members with a value of the form in a range, in the order of their numbers."""
    if space.meeting is None:
        return iter(())
    return Search(space, space.meeting, limits).in_order()


def _cut(whole: tuple[int, int], part: tuple[int, int]) -> tuple[int, int]:
    return max(whole[0], part[0]), min(whole[1], part[1])


def _ways(steps: list[Step]) -> dict[int, list[tuple[Indices, int, int]]]:
    """Return the ways from each node, the last one first, with their targets and sums."""
    ways: dict[int, list[tuple[Indices, int, int]]] = {}
    for step in steps:
        ways.setdefault(step.source, []).extend((way, step.target, step.key) for way in step.ways)
    for own in ways.values():
        own.sort(reverse=True)
    return ways
