"""Rows of a sized network, nested as they were written, and its faults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from cnnsize.language.tree import Item
from cnnsize.layers.base import Layer
from cnnsize.layers.volume import Fault, Sizing, Volume

if TYPE_CHECKING:
    pass
Path = tuple[int, ...]


class Iteration(NamedTuple):
    """One pass of a repeat of ``of``: ``number`` counts from 0, and stands in paths at
    ``depth``.
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
    """``times`` equal passes, the first of them number ``first``; ``depth`` is where paths count
    them.
    """

    body: tuple[Part, ...]
    times: int
    first: int
    depth: int


class Fork(NamedTuple):
    """The branches of a join, each on the volume before it, and the row of the join itself."""

    branches: tuple[tuple[Part, ...], ...]
    join: Row


class Block(NamedTuple):
    """What one call of a block came to."""

    item: Item
    name: str
    arguments: tuple[int, ...]
    path: Path
    body: tuple[Part, ...]


Part = Row | Loop | Fork | Block


class Called(NamedTuple):
    """A call that was under way: what it binds, and where it stands."""

    item: Item
    name: str
    values: Mapping[str, int]

    @property
    def words(self) -> str:
        """``called here with k = 64, s = 2``."""
        values = ", ".join(f"{name} = {value}" for name, value in self.values.items())
        return f"called here{' with ' if values else ''}{values}"


class Problem(NamedTuple):
    """A fault where it was met. ``more`` passes of the same item have it too."""

    fault: Fault
    item: Item
    layer: Layer | None
    path: Path
    volume: Volume | None
    sizing: Sizing
    iterations: tuple[Iteration, ...]
    calls: tuple[Called, ...] = ()  # the blocks around it, the outermost first


def rounded(row: Row) -> bool:
    """Do the windows of a layer leave a remainder that nobody asked to round up?"""
    remainder, windows = row.sizing.remainder, getattr(row.layer, "windows", None)
    return (
        remainder is not None
        and windows is not None
        and any(r > 0 and not window.ceil for r, window in zip(remainder, windows, strict=True))
    )


def unread(row: Row) -> tuple[int, int]:
    """How many columns and rows of what comes in no window of a layer reads."""
    volume, windows = row.inputs[0], getattr(row.layer, "windows", None)
    if volume is None or windows is None or getattr(row.layer, "to", None) is not None:
        return 0, 0
    return windows[0].unread(volume.W), windows[1].unread(volume.H)


def rows_of(parts: tuple[Part, ...]) -> Iterator[Row]:
    """Every row in forward order, branch by branch and the join behind them; a loop's body once."""
    for part in parts:
        if isinstance(part, Row):
            yield part
        elif isinstance(part, Fork):
            for branch in part.branches:
                yield from rows_of(branch)
            yield part.join
        else:
            yield from rows_of(part.body)
