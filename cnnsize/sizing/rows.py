"""Rows of a sized network, nested as they were written, and its faults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from cnnsize.language.tree import Item
from cnnsize.layers.base import Layer
from cnnsize.layers.volume import Fault, Sizing, Volume
from cnnsize.record import Record

Path = tuple[int, ...]


class Iteration(NamedTuple):
    """One iteration of a repetition that has ``of`` iterations.

    ``number`` counts from 0; ``depth`` is its index in the paths of the rows inside.
    """

    item: Item
    number: int
    of: int
    depth: int


class Row(NamedTuple):
    """One layer at its place. ``inputs`` has one volume for each incoming branch."""

    item: Item
    layer: Layer
    path: Path
    inputs: tuple[Volume | None, ...]
    sizing: Sizing


class Loop(NamedTuple):
    """``times`` equal iterations of a repetition; ``first`` is the number of the first of them.

    ``depth`` is the index in the paths of its rows that counts the iterations.
    """

    body: tuple[Part, ...]
    times: int
    first: int
    depth: int


class Fork(NamedTuple):
    """The branches of a join, each on the volume before it, and the row of the join itself."""

    branches: tuple[tuple[Part, ...], ...]
    join: Row


class Block(Record):
    """The rows of one call of a block, with the values of its arguments."""

    item: Item
    name: str
    arguments: tuple[int, ...]
    path: Path
    body: tuple[Part, ...]


Part = Row | Loop | Fork | Block


class BlockCall(Record):
    """A call of a block that is being sized: the item that calls, and the parameters it binds."""

    item: Item
    name: str
    values: Mapping[str, int]

    @property
    def words(self) -> str:
        """``called here with k = 64, s = 2``."""
        values = ", ".join(f"{name} = {value}" for name, value in self.values.items())
        return f"called here{' with ' if values else ''}{values}"


class Problem(NamedTuple):
    """A fault and the place where it occurs first. Later iterations of the item may have it too."""

    fault: Fault
    item: Item
    layer: Layer | None
    path: Path
    volume: Volume | None
    sizing: Sizing
    iterations: tuple[Iteration, ...]
    calls: tuple[BlockCall, ...] = ()  # the blocks around it, outermost first


class Outcome(NamedTuple):
    """What a chain does to a volume, with everything counted from the start of the chain."""

    rows: tuple[Part, ...]
    output: Volume | None
    problems: tuple[Problem, ...]
    steps: int
    ignored_faults: int


def leaves_remainder(row: Row) -> bool:
    """Return whether the windows of a layer leave a remainder without ``ceil=yes``."""
    remainder, windows = row.sizing.remainder, getattr(row.layer, "windows", None)
    if remainder is None or windows is None:
        return False
    return any(r > 0 and not window.ceil for r, window in zip(remainder, windows, strict=True))


def rows_of(parts: tuple[Part, ...]) -> Iterator[Row]:
    """Yield every row in forward order: branch by branch, then the join; the body of a loop once."""
    for part in parts:
        if isinstance(part, Row):
            yield part
        elif isinstance(part, Fork):
            for branch in part.branches:
                yield from rows_of(branch)
            yield part.join
        else:
            yield from rows_of(part.body)
