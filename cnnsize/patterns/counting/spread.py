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
        level: Level = {}
        for node in self.incoming:
            counts = self.next_at(node, kept)
            if counts:
                level[node] = counts
                kept += len(counts)
        return level

    @property
    def incoming(self) -> dict[int, list[Step]]:
        """The steps to each node of the next level."""
        if self._incoming is None:
            self._incoming = {}
            for step in self.steps:
                node = step.target if self.forward else step.source
                self._incoming.setdefault(node, []).append(step)
        return self._incoming

    def next_at(self, node: int, kept: int) -> Counts:
        """Return the sums at a node of the next level."""
        level, forward = self.levels[-1], self.forward
        counts: Counts = {}
        get = counts.get
        for source, target, key, ways in self.incoming.get(node, ()):
            before = level.get(source if forward else target, {})
            times = len(ways)
            if times > 1:
                for sums, number in before.items():
                    sums += key
                    counts[sums] = get(sums, 0) + number * times
            elif counts:
                for sums, number in before.items():
                    sums += key
                    counts[sums] = get(sums, 0) + number
            else:
                counts.update({sums + key: number for sums, number in before.items()})
            self.deadline.check_entries(kept + len(counts))
        return self._pruned(counts, self.place + (1 if forward else -1), node)

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
