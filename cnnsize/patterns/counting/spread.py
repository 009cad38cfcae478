"""How the sums of beginnings and ends of members are distributed, node by node."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cnnsize.patterns.counting.axes import Axis, Lattice, Step
from cnnsize.patterns.counting.deadline import Deadline

Counts = dict[int, int]  # how many beginnings, or ends, have these packed sums
Level = dict[int, Counts]  # of each node of a layer
Ranges = tuple[tuple[int, int], ...]  # of packed numbers, one for each axis


class Spread:
    """Distributions from one end of a lattice, level by level.

    Sums are dropped from which no path leads into ``hull``, the smallest box around all that count.
    ``extents`` are those of the paths beyond each node, and ``own`` those of the paths to it.
    """

    def __init__(
        self,
        lattice: Lattice,
        ends: Iterable[int],
        hull: Ranges,
        deadline: Deadline,
        *,
        forward: bool,
    ) -> None:
        self.lattice = lattice
        self.hull = hull
        self.deadline = deadline
        self.forward = forward
        self.beyond = lattice.extents(forward=not forward)
        self.own = lattice.extents(forward=forward)
        self.levels: list[Level] = [{end: {0: 1} for end in ends}]
        self._incoming: dict[int, list[Step]] | None = None

    @property
    def place(self) -> int:
        """The layer of nodes that is reached."""
        steps = len(self.levels) - 1
        return steps if self.forward else len(self.lattice.layers) - steps

    @property
    def steps(self) -> Sequence[Step]:
        """The steps from the reached layer to the next one."""
        return self.lattice.layers[self.place if self.forward else self.place - 1]

    def next_size(self) -> int:
        """Return at most how many sums the next level has."""
        level = self.levels[-1]
        return sum(
            len(level.get(step.source if self.forward else step.target, ())) for step in self.steps
        )

    def grow(self, kept: int) -> None:
        """Add the next level; ``kept`` are sums that are kept elsewhere."""
        self.levels.append(self.next_level(kept))
        self._incoming = None

    def next_level(self, kept: int) -> Level:
        """Return the next level."""
        return dict(self.spread(self.incoming, kept))

    @property
    def incoming(self) -> dict[int, list[Step]]:
        """The steps to each node of the next level."""
        if self._incoming is None:
            self._incoming = {}
            for step in self.steps:
                node = step.target if self.forward else step.source
                self._incoming.setdefault(node, []).append(step)
        return self._incoming

    def spread(self, nodes: Iterable[int], kept: int) -> Iterable[tuple[int, Counts]]:
        """Yield the sums at some nodes of the next level."""
        level, forward, deadline = self.levels[-1], self.forward, self.deadline
        next_place = self.place + (1 if forward else -1)
        for node in nodes:
            counts: Counts = {}
            get = counts.get
            for source, target, key, ways in self.incoming.get(node, ()):
                before = level.get(source if forward else target)
                if before is None:
                    continue
                times = len(ways)
                if not counts and times == 1:
                    counts.update({sums + key: number for sums, number in before.items()})
                else:
                    for sums, number in before.items():
                        sums += key
                        counts[sums] = get(sums, 0) + number * times
                deadline.check_entries(kept + len(counts))
            if counts:
                counts = self._pruned(counts, next_place, node)
                kept += len(counts)
                yield node, counts

    def _pruned(self, counts: Counts, place: int, node: int) -> Counts:
        """Return the sums from which the hull can be reached."""
        beyond, own = self.beyond[place].get(node), self.own[place].get(node)
        if beyond is None or own is None:
            return {}
        for index, axis in enumerate(self.lattice.axes):
            low = self.hull[index][0] - beyond.high[index]
            high = self.hull[index][1] - beyond.low[index]
            if low > own.low[index] or high < own.high[index]:
                counts = within(counts, axis, low, high)
        return counts


def within(counts: Counts, axis: Axis, low: int, high: int) -> Counts:
    """Return the sums whose number on an axis is in a range."""
    shift, mask = axis.shift, axis.mask
    return {
        sums: number for sums, number in counts.items() if low <= (sums >> shift & mask) <= high
    }
