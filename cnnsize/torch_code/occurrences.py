"""Every place in a sized network that one written item is emitted for.

The body of a block or of a repeat is written once in the source and serves all of its calls and
iterations. An ``Occurrence`` is one of these, with the rows that sizing gave for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cnnsize.language.tree import Chain, Item, Join
from cnnsize.layers.volume import Volume
from cnnsize.sizing.rows import Block, Fork, Loop, Part, Row, own_input


class Occurrence(NamedTuple):
    """One run of a chain or of an item."""

    values: dict[str, int]  # of the names that are in scope there
    volume: Volume  # incoming, W x H x D
    parts: Sequence[Part]  # the rows of the run
    level: int  # the index, in the paths of these parts, of their position in the chain

    @property
    def output(self) -> Volume:
        """The volume (W x H x D) after the last part."""
        return volume_after(self.parts, self.volume)


def path_of(part: Part) -> tuple[int, ...]:
    """Return the path of a part; that of a loop ends before the number of the iteration."""
    if isinstance(part, Fork):
        return part.join.path
    if isinstance(part, Loop):
        return path_of(part.body[0])[: part.depth]
    return part.path


def volume_after(parts: Sequence[Part], volume: Volume) -> Volume:
    """Return the volume (W x H x D) that ``parts`` make of ``volume``."""
    if not parts:
        return volume
    last = parts[-1]
    if isinstance(last, Row):
        output = last.sizing.output
    elif isinstance(last, Fork):
        output = last.join.sizing.output
    else:
        output = volume_after(last.body, volume)
    assert output is not None, "networks with an unknown volume are refused before"
    return output


def count_layers(parts: Sequence[Part], *, inside_blocks: bool = False) -> int:
    """Return the number of layers and joins with repeats unrolled, INPUT not counted.

    A block counts as one layer, or with ``inside_blocks`` as the layers inside it.
    """
    layers = 0
    for part in parts:
        if isinstance(part, Row):
            layers += part.layer.kind != "INPUT"
        elif isinstance(part, Fork):
            layers += 1 + sum(
                count_layers(branch, inside_blocks=inside_blocks) for branch in part.branches
            )
        elif isinstance(part, Loop):
            layers += count_layers(part.body, inside_blocks=inside_blocks) * part.times
        else:
            layers += count_layers(part.body, inside_blocks=True) if inside_blocks else 1
    return layers


def item_occurrences(chain: Chain, occurrence: Occurrence) -> Iterator[tuple[Item, Occurrence]]:
    """Yield each item of a chain with its own occurrence, the volume carried from one to the next."""
    parts_of: list[list[Part]] = [[] for _ in chain.items]
    for part in occurrence.parts:
        parts_of[path_of(part)[occurrence.level]].append(part)
    volume = occurrence.volume
    for item, parts in zip(chain.items, parts_of, strict=True):
        yield item, Occurrence(occurrence.values, volume, parts, occurrence.level + 1)
        volume = volume_after(parts, volume)


def iteration_occurrences(occurrence: Occurrence) -> Iterator[tuple[Occurrence, int]]:
    """Yield the distinct iterations of a repeated item, each with how many times in a row it runs."""
    level = occurrence.level
    volume = occurrence.volume
    for parts, times in _iterations(occurrence.parts, level):
        yield Occurrence(occurrence.values, volume, parts, level + 1), times
        volume = volume_after(parts, volume)


def _iterations(parts: Sequence[Part], level: int) -> list[tuple[list[Part], int]]:
    """Group the parts of a repeat by the iteration number that their paths have at ``level``."""
    iterations: list[tuple[list[Part], int]] = []
    current: int | None = None
    for part in parts:
        if isinstance(part, Loop) and part.depth == level:
            iterations.append((list(part.body), part.times))
            current = None
            continue
        number = path_of(part)[level]
        if number != current:
            iterations.append(([], 1))
            current = number
        iterations[-1][0].append(part)
    return iterations


def branch_occurrences(node: Join, occurrence: Occurrence) -> list[tuple[Chain, Occurrence]]:
    """Return the branches of a join, each with its own occurrence."""
    (fork,) = occurrence.parts
    assert isinstance(fork, Fork)
    values, volume, _, level = occurrence
    return [
        (branch, Occurrence(values, own_input(parts) or volume, parts, level + 1))
        for branch, parts in zip(node.branches, fork.branches, strict=True)
    ]


def block_occurrences(occurrence: Occurrence) -> Iterator[tuple[Block, Occurrence]]:
    """Yield the block that a call runs, if any, with the occurrence of its chain.

    No name of the caller is in scope inside of a block.
    """
    for block in occurrence.parts:
        assert isinstance(block, Block)
        yield block, Occurrence({}, occurrence.volume, block.body, len(block.path))


def row_of(occurrence: Occurrence) -> Row:
    """Return the row of a single layer."""
    (row,) = occurrence.parts
    assert isinstance(row, Row)
    return row
