"""Rows of a sized network, nested as they were written, and its faults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cnnsize.language.tree import Item
from cnnsize.layers.base import Layer
from cnnsize.layers.volume import Fault, Sizing, Volume
from cnnsize.record import NamedTuple

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
    """The branches of a join, each on the volume before it, and the row of the join itself.

    A branch that begins with INPUT has a volume of its own before it.
    """

    branches: tuple[tuple[Part, ...], ...]
    join: Row

    @property
    def makes_outputs(self) -> bool:
        """Whether the branches are outputs of the network, and the volume before them goes on."""
        return self.join.layer.kind == "OUTPUT"


class Block(NamedTuple):
    """The rows of one call of a block, with the values of its arguments."""

    item: Item
    name: str
    arguments: tuple[int, ...]
    path: Path
    body: tuple[Part, ...]


Part = Row | Loop | Fork | Block


class BlockCall(NamedTuple):
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


def own_input(branch: Sequence[Part]) -> Volume | None:
    """Return the volume of the INPUT that a branch begins with; None for other branches, which read
    the volume before their join.
    """
    first = branch[0] if branch else None
    if not isinstance(first, Row) or first.layer.kind != "INPUT":
        return None
    return first.sizing.output


def further_outputs(parts: tuple[Part, ...]) -> Iterator[Volume | None]:
    """Yield the volume of each output but the last layer's, in the order in which they end."""
    for part in parts:
        if isinstance(part, Row):
            continue
        if isinstance(part, Fork):
            for branch in part.branches:
                yield from further_outputs(branch)
                if part.makes_outputs:
                    yield output_of(branch) if branch else part.join.sizing.output
        elif isinstance(part, Loop):
            outputs = tuple(further_outputs(part.body))
            for _ in range(part.times if outputs else 0):
                yield from outputs
        else:
            yield from further_outputs(part.body)


def output_of(parts: tuple[Part, ...]) -> Volume | None:
    """Return the volume after the last of these parts; None if it is unknown."""
    last = parts[-1]
    if isinstance(last, Row):
        return last.sizing.output
    return last.join.sizing.output if isinstance(last, Fork) else output_of(last.body)


def further_inputs(parts: tuple[Part, ...]) -> Iterator[Volume]:
    """Yield the volume of each INPUT that begins a branch, in the order of the text."""
    for part in parts:
        if isinstance(part, Fork):
            for branch in part.branches:
                volume = own_input(branch)
                if volume is not None:
                    yield volume
                yield from further_inputs(branch)


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
