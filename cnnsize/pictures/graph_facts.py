"""Numbers for the nodes of a graph, and the blocks that a network calls with their arguments."""

from __future__ import annotations

from collections.abc import Iterable

from cnnsize.language.tree import Item
from cnnsize.layers.volume import Volume
from cnnsize.network import Network
from cnnsize.record import Record
from cnnsize.sizing.rows import Block, Fork, Loop, Part, Path, Row
from cnnsize.sizing.totals import layer_costs


class Sum(Record):
    """The layers of a part of a network: how many, their parameters, and whether any is faulty."""

    layers: int = 0
    params: int | None = 0
    is_faulty: bool = False

    def plus(self, other: Sum, times: int = 1) -> Sum:
        """Return the sum with ``times`` the other."""
        unknown = self.params is None or other.params is None
        params = None if unknown else (self.params or 0) + (other.params or 0) * times
        return Sum(self.layers + other.layers * times, params, self.is_faulty or other.is_faulty)


class GraphFacts:
    """The volumes and sums of the items of a network by where they start, and the calls of blocks.

    Items inside of blocks have none: they differ from call to call.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.faulty: frozenset[Path] = frozenset(problem.path for problem in network.problems)
        self.volumes: dict[int, Volume | None] = {}
        self.inputs: dict[int, tuple[Volume | None, ...]] = {}  # of joins
        self.faulty_joins: set[int] = set()  # the inputs of these are those of the faulty iteration
        self.sums: dict[int, Sum] = {}
        self.calls: dict[str, dict[tuple[int, ...], int]] = {}  # block -> arguments -> times
        self.add_all(network.rows, 1, is_outside=True)

    def volume(self, item: Item) -> Volume | None:
        """Return the output of an item; None where it is unknown."""
        node = item.node
        chain = getattr(node, "chain", None)  # of a bracket
        if chain is not None and chain.items:
            return self.volume(chain.items[-1])
        return self.volumes.get(item.start)

    def sum(self, items: Iterable[Item]) -> Sum:
        """Return the sum over items."""
        total = Sum()
        for item in items:
            chain = getattr(item.node, "chain", None)
            total = total.plus(
                self.sum(chain.items) if chain is not None else self.sums.get(item.start, Sum())
            )
        return total

    def add_all(self, parts: Iterable[Part], times: int, *, is_outside: bool) -> Sum:
        """Record parts that occur ``times`` times, and return their sum."""
        total = Sum()
        for part in parts:
            if isinstance(part, Loop):
                inner = self.add_all(part.body, times * part.times, is_outside=is_outside)
                total = total.plus(inner, part.times)
            else:
                total = total.plus(self.add(part, times, is_outside=is_outside))
        return total

    def add(self, part: Row | Fork | Block, times: int, *, is_outside: bool) -> Sum:
        """Record a part, and return its sum."""
        if isinstance(part, Row):
            total = self.sum_of_row(part)
            start, output = part.item.start, part.sizing.output
        elif isinstance(part, Fork):
            total = self.sum_of_row(part.join)
            for branch in part.branches:
                total = total.plus(self.add_all(branch, times, is_outside=is_outside))
            start, output = part.join.item.start, part.join.sizing.output
        else:
            calls = self.calls.setdefault(part.name, {})
            calls[part.arguments] = calls.get(part.arguments, 0) + times
            total = self.add_all(part.body, times, is_outside=False)
            start, output = part.item.start, output_of(part.body)
        if is_outside:
            self.volumes[start] = output
            self.sums[start] = self.sums.get(start, Sum()).plus(total, times)
            if isinstance(part, Fork):
                is_faulty = part.join.path in self.faulty
                if is_faulty or start not in self.faulty_joins:
                    self.inputs[start] = part.join.inputs
                if is_faulty:
                    self.faulty_joins.add(start)
        return total

    def sum_of_row(self, row: Row) -> Sum:
        """Return the sum of one layer."""
        costs = layer_costs(row.layer, row.inputs[0], row.sizing.output)
        return Sum(1, None if costs is None else costs[0], row.path in self.faulty)


def output_of(parts: tuple[Part, ...]) -> Volume | None:
    """Return the output of the last of several parts."""
    last = parts[-1] if parts else None
    if last is None:
        return None
    if isinstance(last, Row):
        return last.sizing.output
    return last.join.sizing.output if isinstance(last, Fork) else output_of(last.body)
