"""How the sums of beginnings and ends of members are distributed, node by node."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from cnnsize.patterns.counting.axes import Axis, Lattice, Step
from cnnsize.patterns.counting.deadline import Deadline
from cnnsize.patterns.counting.dense import Dense, packed, unpacked, width_of
from cnnsize.patterns.counting.sums import Counts, Run, Sums, with_counts

MERGED = 500_000  # sums that are in memory before equal ones are merged
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
        self.paths = 1  # at most so many beginnings, or ends, lead to the nodes of the last level
        self._incoming: dict[int, list[Step]] | None = None
        self._bits: int | None = None  # of each count of the next level, if that is an array
        self._packed: dict[int, int] = {}  # the arrays of the last level as integers
        self._ordered: dict[int, list[int]] = {}  # its sums in order, with their counts
        self._runs: dict[int, Run] = {}
        self._look_ahead()

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
        self.paths *= self._most_ways()
        self._incoming = None
        self._look_ahead()

    def _most_ways(self) -> int:
        """Return from how many ways a node of the next level is reached, at most."""
        return max(
            [sum(len(step.ways) for step in steps) for steps in self.incoming.values()], default=1
        )

    def _look_ahead(self) -> None:
        """Decide whether the next level is kept in arrays."""
        self._bits, self._packed, self._ordered, self._runs = None, {}, {}, {}
        last = self.place == (len(self.lattice.layers) if self.forward else 0)
        if last or len(self.lattice.axes) != 1:
            return
        bits = width_of(self.paths * self._most_ways())
        if bits is None:
            return
        place = self.place + (1 if self.forward else -1)
        numbers = 0
        for node in self.incoming:
            low, high = self._needed(place, node)[0]
            numbers += max(0, high - low + 1)
        if numbers <= self.next_size():
            self._bits = bits

    def next_level(self, kept: int) -> Level:
        """Return the next level."""
        level: Level = {}
        for node in self.incoming:
            counts = self.next_at(node, kept)
            if counts:
                level[node] = counts
                kept += weight(counts)
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
        if self._bits is not None:
            return self._dense_at(node, kept, self._bits)
        counts: dict[int, int] = {}
        get = counts.get
        for source, target, key, ways in self.incoming.get(node, ()):
            before = level.get(source if forward else target) or {}
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

    def sums_at(self, node: int, kept: int) -> Sums:
        """Return the sums at a node of the next level in order.

        The sums of each step are in order, and Python sorts such runs faster than it looks sums up.
        """
        if len(self.lattice.axes) < 2:  # maybe in an array
            return Sums.of(self.next_at(node, kept))
        place = self.place + (1 if self.forward else -1)
        needed = self._needed(place, node)
        if any(low > high for low, high in needed):
            return Sums([], [])
        bits = self._count_bits()
        items: list[int] = []
        distinct = 0
        for source, target, key, ways in self.incoming.get(node, ()):
            before = self._ordered_at(source if self.forward else target, bits)
            items += self._shifted(before, key << bits, len(ways), needed, bits)
            if len(items) > 2 * distinct + MERGED:
                sums = Sums.merged(items, bits)
                items = with_counts(zip(*sums, strict=True), bits)
                distinct = len(items)
                self.deadline.check_entries(kept + distinct)
        return Sums.merged(items, bits)

    def run_at(self, node: int) -> Run:
        """Return the sums of two numbers at a node of the last level, the highest first."""
        if node not in self._runs:
            keys, counts = Sums.of(self.levels[-1].get(node, {}))
            firsts, seconds = [axis.of(reversed(keys)) for axis in self.lattice.axes]
            self._runs[node] = Run(firsts, seconds, counts[::-1])
        return self._runs[node]

    def next_runs_at(self, node: int) -> list[Run]:
        """Return the sums of two numbers at a node of the next level, one run for each step to it."""
        first, second = self.lattice.axes
        return [
            self.run_at(source if self.forward else target)._replace(
                first=first.number(key), second=second.number(key), times=len(ways)
            )
            for source, target, key, ways in self.incoming.get(node, ())
        ]

    def _count_bits(self) -> int:
        """Return the bits of the largest count of the next level."""
        level = self.levels[-1].values()
        most = max([number for counts in level for _, number in counts.items()], default=0)
        return (most * self._most_ways()).bit_length()

    def _ordered_at(self, node: int, bits: int) -> list[int]:
        """Return the sums at a node of the last level, with their counts."""
        if node not in self._ordered:
            counts = self.levels[-1].get(node, {})
            self._ordered[node] = with_counts(counts.items(), bits)
        return self._ordered[node]

    def _shifted(
        self, items: Sequence[int], key: int, times: int, needed: Ranges, bits: int
    ) -> Sequence[int]:
        """Return items plus a key, with ``times`` their counts, whose numbers are needed."""
        axes = self.lattice.axes
        shift, (low, high) = axes[0].shift + bits, needed[0]  # in the highest bits
        first, end = (bisect_left(items, (n << shift) - key) for n in (low, high + 1))
        items = items[first:end]
        if times > 1:
            mask = (1 << bits) - 1
            items = [item + (item & mask) * (times - 1) for item in items]
        items = [item + key for item in items]
        for axis, (low, high) in zip(axes[1:], needed[1:], strict=True):
            if low > 0 or high < axis.mask:
                shift, mask = axis.shift + bits, axis.mask
                items = [item for item in items if low <= (item >> shift & mask) <= high]
        return items

    def _dense_at(self, node: int, kept: int, bits: int) -> Counts:
        """Return the sums at a node of the next level in an array."""
        level = self.levels[-1]
        place = self.place + (1 if self.forward else -1)
        low, high = self._needed(place, node)[0]
        parts: list[tuple[int, int]] = []  # the number that an integer begins with, the integer
        for source, target, key, ways in self.incoming.get(node, ()):
            before = source if self.forward else target
            counts = level.get(before)
            if not counts:
                continue
            first = counts.low if isinstance(counts, Dense) else min(counts)
            number = self._packed.get(before)
            if number is None:
                number = (
                    counts.packed(bits)
                    if isinstance(counts, Dense)
                    else packed(counts.items(), first, bits)
                )
                self._packed[before] = number
            parts.append((first + key, number * len(ways)))
            self.deadline.check_entries(kept)
        start = min([first for first, _ in parts], default=0)
        total = 0
        for first, number in parts:
            total += number << (first - start) * bits
        return unpacked(total, start, low, high, bits)

    def _needed(self, place: int, node: int) -> Ranges:
        """Return the numbers at a node from which the hull can be reached, and that occur."""
        beyond, own = self.beyond[place].get(node), self.own[place].get(node)
        if beyond is None or own is None:
            return ((0, -1),) * len(self.hull)
        return tuple(
            [
                (
                    max(own.low[index], low - beyond.high[index]),
                    min(own.high[index], high - beyond.low[index]),
                )
                for index, (low, high) in enumerate(self.hull)
            ]
        )

    def _pruned(self, counts: dict[int, int], place: int, node: int) -> Counts:
        """Return the sums from which the hull can be reached."""
        own = self.own[place].get(node)
        if own is None:
            return {}
        for index, (axis, (low, high)) in enumerate(
            zip(self.lattice.axes, self._needed(place, node), strict=True)
        ):
            if low > high:
                return {}
            if low > own.low[index] or high < own.high[index]:
                counts = within(counts, axis, low, high)
        return counts


def within(counts: dict[int, int], axis: Axis, low: int, high: int) -> dict[int, int]:
    """Return the sums whose number on an axis is in a range."""
    shift, mask = axis.shift, axis.mask
    return {
        sums: number for sums, number in counts.items() if low <= (sums >> shift & mask) <= high
    }


def weight(counts: Counts) -> int:
    """Return how much memory sums take, in entries of a dictionary."""
    return counts.weight if isinstance(counts, Dense) else len(counts)
