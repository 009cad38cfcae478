"""Map or vector: the form in which PyTorch gets the volumes of the notation.

The notation knows volumes W x H x D alone. In PyTorch a volume is a map, N x C x H x W, or after a
FLATTEN or FC a vector, N x C, which becomes a map again only before a layer that accepts no vector.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from cnnsize.language.tree import Call, Chain, Group, Item, Join, LayerNode, Statement
from cnnsize.layers import KINDS
from cnnsize.layers.volume import Volume
from cnnsize.sizing.rows import Fork, Part, Row
from cnnsize.torch_code.occurrences import (
    Occurrence,
    block_occurrences,
    branch_occurrences,
    item_occurrences,
    iteration_occurrences,
)

Rank = Literal["map", "vector"]
Definitions = Mapping[str, Statement]
MAP: Rank = "map"
VECTOR: Rank = "vector"
FLATTENING = ("FC", "FLATTEN")
NEEDS_MAP = frozenset(kind for kind, cls in KINDS.items() if cls.traits.needs_map)
GIVES_MAP = NEEDS_MAP | {"UNFLATTEN", "INPUT"}
ELEMENTWISE = frozenset(kind for kind, cls in KINDS.items() if cls.traits.elementwise)


class DiffersError(Exception):
    """Occurrences need different source, so that it cannot be written once for all of them."""


def rank_after_layer(kind: str, rank: Rank) -> Rank:
    """Return whether a layer of this kind gives a map or a vector."""
    if kind in FLATTENING:
        return VECTOR
    return MAP if kind in GIVES_MAP else rank


def rank_after_chain(
    chain: Chain, occurrence: Occurrence, rank: Rank, definitions: Definitions
) -> Rank:
    """Return whether a chain gives a map or a vector."""
    for item, here in item_occurrences(chain, occurrence):
        rank = rank_after_item(item, here, rank, definitions)
    return rank


def rank_after_item(
    item: Item, occurrence: Occurrence, rank: Rank, definitions: Definitions
) -> Rank:
    """Return whether an item, with its repeat, gives a map or a vector."""
    if item.suffix.repeat is None:
        return rank_after_iteration(item, occurrence, rank, definitions)
    return rank_between_iterations(item, occurrence, rank, definitions)


def rank_after_iteration(
    item: Item, occurrence: Occurrence, rank: Rank, definitions: Definitions
) -> Rank:
    """Return whether a single iteration of an item gives a map or a vector."""
    node = item.node
    if isinstance(node, LayerNode):
        return rank_after_layer(node.kind, rank)
    if isinstance(node, Group):
        return rank_after_chain(node.chain, occurrence, rank, definitions)
    if isinstance(node, Join):
        if node.makes_outputs:
            return rank
        return rank_of_join(branch_ranks(node, occurrence, rank, definitions))
    assert isinstance(node, Call)
    for _, inside in block_occurrences(occurrence):
        return rank_after_chain(definitions[node.name].chain, inside, rank, definitions)
    return rank


def branch_ranks(
    node: Join, occurrence: Occurrence, rank: Rank, definitions: Definitions
) -> list[Rank]:
    """Return for each branch of a join whether it gives a map or a vector."""
    return [
        rank_after_chain(branch, inside, rank, definitions)
        for branch, inside in branch_occurrences(node, occurrence)
    ]


def rank_of_join(ranks: Iterable[Rank]) -> Rank:
    """Return what a join of such branches gives: a map as soon as one branch is a map."""
    return MAP if MAP in ranks else VECTOR


def rank_between_iterations(
    item: Item, occurrence: Occurrence, rank: Rank, definitions: Definitions
) -> Rank:
    """Return what every iteration of a repeat takes and gives.

    It is the same for all iterations, so that they can follow each other in a loop. ``rank`` is
    the one before the first iteration.
    """
    for body, _ in iteration_occurrences(occurrence):
        given = rank_after_iteration(item, body, rank, definitions)
        if given == rank:
            return rank
        return MAP if rank == VECTOR or not flattens_first(body.parts) else VECTOR
    return rank


def common_rank(
    item: Item, occurrences: Sequence[Occurrence], rank: Rank, definitions: Definitions
) -> Rank:
    """Return what an item gives at every occurrence. Raises DiffersError unless it is the same."""
    return only_rank(
        rank_after_item(item, occurrence, rank, definitions) for occurrence in occurrences
    )


def only_rank(ranks: Iterable[Rank]) -> Rank:
    """Return the one rank that occurs. Raises DiffersError for both."""
    distinct = set(ranks)
    if len(distinct) > 1:
        raise DiffersError("rank")
    return distinct.pop()


def flattens_first(parts: Sequence[Part]) -> bool:
    """Return whether parts begin by flattening, with nothing but elementwise layers before it."""
    for part in parts:
        if isinstance(part, Fork) and part.makes_outputs:
            continue
        if not isinstance(part, Row):
            return not isinstance(part, Fork) and flattens_first(part.body)
        if part.layer.kind not in ELEMENTWISE:
            return part.layer.kind in FLATTENING
    return False


def size_of(volume: Volume) -> int:
    """Return the number of values in a volume, W * H * D."""
    return volume.W * volume.H * volume.D


def width(volume: Volume, rank: Rank) -> int:
    """Return the size of axis 1 in PyTorch: the channels of a map, the values of a vector."""
    return volume.D if rank == MAP else size_of(volume)


def shape_text(volume: Volume, rank: Rank) -> str:
    """Return the PyTorch shape without the batch: ``C x H x W`` of a map, ``C`` of a vector."""
    return f"{volume.D} x {volume.H} x {volume.W}" if rank == MAP else str(size_of(volume))


def common_shape(volumes: Sequence[Volume], rank: Rank) -> str:
    """Return the shape in words if all volumes are the same, else an empty string."""
    same = all(volume == volumes[0] for volume in volumes)
    return shape_text(volumes[0], rank) if same else ""
