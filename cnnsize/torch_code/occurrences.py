"""Every place that one written layer stands for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cnnsize.language.tree import Chain, Join
from cnnsize.layers.volume import Volume
from cnnsize.sizing.rows import Block, Fork, Loop, Part, Row
from cnnsize.torch_code.modules import BY_VALUE, flat
from cnnsize.torch_code.site import MAP, Rank


class Occurrence(NamedTuple):
    """One time that a chain runs: the values of names there, what comes in, and the rows."""

    values: dict[str, int]
    volume: Volume
    parts: Sequence[Part]
    base: int  # where in the paths of its rows the chain counts its items


def path_of(part: Part) -> tuple[int, ...]:
    """Where a part stands; of a repeat, without the number of the pass."""
    if isinstance(part, Fork):
        return part.join.path
    if isinstance(part, Loop):
        return path_of(part.body[0])[: part.depth]
    return part.path


def split(place: Occurrence, count: int) -> list[list[Part]]:
    """The parts of a chain, item by item."""
    found: list[list[Part]] = [[] for _ in range(count)]
    for part in place.parts:
        found[path_of(part)[place.base]].append(part)
    return found


def passes(parts: Iterable[Part], depth: int) -> list[tuple[list[Part], int]]:
    """The passes of a repeat whose number stands at ``depth``, and how many times each runs."""
    found: list[tuple[list[Part], int]] = []
    at: int | None = None
    for part in parts:
        if isinstance(part, Loop) and part.depth == depth:
            found.append((list(part.body), part.times))
            at = None
            continue
        number = path_of(part)[depth]
        if number != at:
            found.append(([], 1))
            at = number
        found[-1][0].append(part)
    return found


def after(parts: Sequence[Part], volume: Volume) -> Volume:
    """What comes out of parts on a volume."""
    if not parts:
        return volume
    last = parts[-1]
    if isinstance(last, Row):
        out = last.sizing.output
    elif isinstance(last, Fork):
        out = last.join.sizing.output
    else:
        out = after(last.body, volume)
    assert out is not None, "a network with an unknown volume is refused before"
    return out


def branches(node: Join, place: Occurrence) -> list[tuple[Chain, Occurrence]]:
    """The branches of a join, each with its rows."""
    (fork,) = place.parts
    assert isinstance(fork, Fork)
    return [
        (branch, Occurrence(place.values, place.volume, parts, place.base + 1))
        for branch, parts in zip(node.branches, fork.branches, strict=True)
    ]


def inside(block: Block, place: Occurrence) -> Occurrence:
    """The rows of a block, where no name of the caller is known."""
    return Occurrence({}, place.volume, block.body, len(block.path))


def flattens(parts: Sequence[Part]) -> bool:
    """Do these begin by flattening, or by what works value by value and flattens then?"""
    for part in parts:
        if not isinstance(part, Row):
            return not isinstance(part, Fork) and flattens(part.body)
        if part.layer.kind not in BY_VALUE:
            return part.layer.kind in ("FC", "FLATTEN")
    return False


def width(volume: Volume, rank: Rank) -> int:
    return volume.D if rank == MAP else flat(volume)


def shape(volume: Volume, rank: Rank) -> str:
    """As torch has it, the batch left out: C x H x W, of a vector just its length."""
    return f"{volume.D} x {volume.H} x {volume.W}" if rank == MAP else str(flat(volume))


def sole(volumes: Sequence[Volume], rank: Rank) -> str:
    """The shape, where it is one and the same at all places."""
    return shape(volumes[0], rank) if all(volume == volumes[0] for volume in volumes) else ""
