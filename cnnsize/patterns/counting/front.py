"""Pareto fronts: members that no other member beats in one cost without losing in the other."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from cnnsize.patterns.counting.axes import Indices, Step
from cnnsize.patterns.counting.keys import DirectedKey
from cnnsize.patterns.counting.meeting import Meeting
from cnnsize.patterns.counting.question import Entry, Space
from cnnsize.patterns.counting.spread import Ranges

Sign = int  # 1: lower is better, -1: higher is better, 0: only equal numbers can be compared
Rank = tuple[int, ...]  # numbers of which lower ones are better


class Label(NamedTuple):
    """The beginning of members: its packed sums, and its choices as a linked list."""

    key: int
    way: Indices
    before: Label | None

    @property
    def indices(self) -> Indices:
        """The indices of the values of all choices."""
        ways: list[Indices] = []
        label: Label | None = self
        while label is not None:
            ways.append(label.way)
            label = label.before
        return tuple([index for way in reversed(ways) for index in way])


def front(space: Space, keys: Sequence[DirectedKey]) -> list[Entry]:
    """Return a member for each point of the front over two keys, whose forms are those of a space.

    A beginning is dropped if another one at the same node is no worse in any form, and in any sum
    that the condition bounds.
    """
    meeting = space.meeting
    if meeting is None:
        return []
    fronts = _Fronts(space, meeting, tuple([sign for key, sign in keys if key.form is not None]))
    level = {0: [Label(0, (), None)]}
    for place in range(len(space.lattice.layers)):
        level = dict(fronts.next_level(place, level))
    ends = {node: group for group in meeting.groups for node in group.terminals}
    finished: dict[Rank, Label] = {}
    for node, labels in level.items():
        terminal = space.trellis.terminals[node]
        for label in labels:
            if node in ends and meeting.test(ends[node])(label.key):
                sums = iter(space.lattice.values(label.key))
                numbers = [
                    key.of_terminal(terminal) if key.form is None else next(sums) for key, _ in keys
                ]
                if None not in numbers:
                    signed = [sign * (n or 0) for n, (_, sign) in zip(numbers, keys, strict=True)]
                    _keep(finished, tuple(signed), label)
    return [
        space.entry(finished[rank].key, finished[rank].indices) for rank in undominated(finished)
    ]


def _keep(best: dict[Rank, Label], rank: Rank, label: Label) -> None:
    """Keep a label under its rank; of two with one rank, that with the lower number."""
    known = best.get(rank)
    if known is None or label.indices < known.indices:
        best[rank] = label


class _Fronts:
    def __init__(self, space: Space, meeting: Meeting, signs: tuple[Sign, ...]) -> None:
        self.space = space
        self.lattice = space.lattice
        self.hull = meeting.hull
        self.beyond = self.lattice.extents(forward=False)
        self.signs = _comparable(meeting, signs, len(self.lattice.axes))

    def next_level(
        self, place: int, level: dict[int, list[Label]]
    ) -> Iterator[tuple[int, list[Label]]]:
        """Yield the best labels of each node after a layer."""
        depths, deadline = self.lattice.depths, self.space.deadline
        deadline.stage = f"following the first {depths[place + 1]:,} of {depths[-1]:,} choices"
        into: dict[int, list[Step]] = {}
        for step in self.lattice.layers[place]:
            into.setdefault(step.target, []).append(step)
        kept = 0
        for node, steps in into.items():
            extent = self.beyond[place + 1].get(node)
            if extent is None:
                continue
            needed = tuple(
                [
                    (low - highest, high - lowest)
                    for (low, high), lowest, highest in zip(
                        self.hull, extent.low, extent.high, strict=True
                    )
                ]
            )
            labels = [
                Label(label.key + step.key, way, label)
                for step in steps
                for label in level.get(step.source, ())
                for way in step.ways
            ]
            deadline.check_entries(kept + len(labels))
            best = self.best([label for label in labels if self._is_in(label, needed)])
            kept += len(best)
            yield node, best

    def _is_in(self, label: Label, ranges: Ranges) -> bool:
        return all(
            low <= (label.key >> axis.shift & axis.mask) <= high
            for axis, (low, high) in zip(self.lattice.axes, ranges, strict=True)
        )

    def best(self, labels: Iterable[Label]) -> list[Label]:
        """Return the labels that no other one dominates; of equal ones that with lower numbers."""
        axes, signs = self.lattice.axes, self.signs
        groups: dict[Rank, dict[Rank, Label]] = {}
        for label in labels:
            numbers = [label.key >> axis.shift & axis.mask for axis in axes]
            same = tuple([n for n, sign in zip(numbers, signs, strict=True) if not sign])
            rank = tuple([n * sign for n, sign in zip(numbers, signs, strict=True) if sign])
            _keep(groups.setdefault(same, {}), rank, label)
        return [group[rank] for group in groups.values() for rank in undominated(group)]


def _comparable(meeting: Meeting, signs: tuple[Sign, ...], axes: int) -> tuple[Sign, ...]:
    """Return in which direction each sum can only get better, for the front and the condition."""
    comparable: list[Sign] = []
    tested = any(group.holds for group in meeting.groups)
    boxes = [box for group in meeting.groups for box in group.boxes]
    for index in range(axes):
        mask = meeting.lattice.axes[index].mask
        may_fall = not tested and all(box[index][0] <= 0 for box in boxes)
        may_rise = not tested and all(box[index][1] >= mask for box in boxes)
        wanted = signs[index] if index < len(signs) else 1 if may_fall else -1
        is_safe = may_fall if wanted > 0 else may_rise
        comparable.append(wanted if is_safe else 0)
    return tuple(comparable)


def undominated(ranks: Iterable[Rank]) -> list[Rank]:
    """Return the ranks that no other one equals or beats in every number."""
    ordered = sorted(ranks)
    if not ordered or len(ordered[0]) > 3:
        return _undominated_in_many(ordered)
    kept: list[Rank] = []
    # the second and third numbers of what was kept, the third falling while the second rises
    seconds: list[int] = []
    thirds: list[int] = []
    for rank in ordered:
        _, second, third = (*rank, 0, 0, 0)[:3]
        place = bisect_right(seconds, second)
        if place and thirds[place - 1] <= third:
            continue
        kept.append(rank)
        place = bisect_left(seconds, second)
        end = place
        while end < len(thirds) and thirds[end] >= third:
            end += 1
        seconds[place:end] = [second]
        thirds[place:end] = [third]
    return kept


def _undominated_in_many(ordered: Sequence[Rank]) -> list[Rank]:
    kept: list[Rank] = []
    for rank in ordered:
        if not any(all(map(int.__le__, other, rank)) for other in kept):
            kept.append(rank)
    return kept
