"""Turn ranks of beginnings and ends into the choices of members."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cnnsize.patterns.counting.axes import Indices, Lattice, Step
from cnnsize.patterns.counting.spread import Level


class Paths:
    """The steps of a lattice by their ends."""

    def __init__(self, lattice: Lattice) -> None:
        self.into = [_by_node(steps, 1) for steps in lattice.layers]
        self.out = [_by_node(steps, 0) for steps in lattice.layers]

    def beginning(
        self, levels: Sequence[Level], place: int, node: int, key: int, rank: int
    ) -> list[int]:
        """Return the indices of the choices before a node that have these sums and this rank.

        ``levels`` are the distributions from the first layer on.
        """
        ways: list[Indices] = []
        for layer in range(place - 1, -1, -1):
            step, way, rank = _step(self.into[layer].get(node, ()), 0, levels[layer], key, rank)
            ways.append(way)
            node, key = step.source, key - step.key
        return [index for way in reversed(ways) for index in way]

    def ending(
        self, levels: Sequence[Level], place: int, node: int, key: int, rank: int
    ) -> list[int]:
        """Return the same for the choices after a node; ``levels`` count from the last layer."""
        indices: list[int] = []
        for layer in range(place, len(self.out)):
            level = levels[len(self.out) - layer - 1]
            step, way, rank = _step(self.out[layer].get(node, ()), 1, level, key, rank)
            indices += way
            node, key = step.target, key - step.key
        return indices


def _step(
    steps: Iterable[Step], end: int, level: Level, key: int, rank: int
) -> tuple[Step, Indices, int]:
    """Return the step that a rank is on, which of its ways, and the rank that is left.

    ``end`` is the field of a step with the node whose distribution is in ``level``.
    """
    for step in steps:
        number = (level.get(step.target if end else step.source) or {}).get(key - step.key, 0)
        if rank < number * len(step.ways):
            place, rank = divmod(rank, number)
            return step, step.ways[place], rank
        rank -= number * len(step.ways)
    raise AssertionError("a rank beyond the members")


def _by_node(steps: Iterable[Step], end: int) -> dict[int, list[Step]]:
    """Return steps by their source (0) or their target (1)."""
    by_node: dict[int, list[Step]] = {}
    for step in steps:
        by_node.setdefault(step.target if end else step.source, []).append(step)
    return by_node
