"""Find the layers that a row of a table may stand for.

Each solver proposes readings of a row, and only those are kept that give its volume and parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cnnsize.language.pastes.tables.claims import Claim, Reading, holds
from cnnsize.language.pastes.tables.convolutions import (
    solve_conv,
    solve_depthwise,
    solve_separable,
    solve_transposed,
)
from cnnsize.language.pastes.tables.pools import solve_adaptive, solve_pool
from cnnsize.language.pastes.tables.simple_layers import (
    solve_activation,
    solve_batch_norm,
    solve_crop,
    solve_dense,
    solve_group_norm,
    solve_instance_norm,
    solve_padding,
    solve_plain,
    solve_prelu,
    solve_reshape,
    solve_shuffle,
    solve_up,
)

SOLVERS: dict[str, Callable[[Claim], Iterator[Reading]]] = {
    "conv": solve_conv,
    "depthwise": solve_depthwise,
    "separable": solve_separable,
    "transposed": solve_transposed,
    "pool": solve_pool,
    "adaptive": solve_adaptive,
    "plain": solve_plain,
    "dense": solve_dense,
    "activation": solve_activation,
    "batch_norm": solve_batch_norm,
    "group_norm": solve_group_norm,
    "instance_norm": solve_instance_norm,
    "prelu": solve_prelu,
    "reshape": solve_reshape,
    "padding": solve_padding,
    "crop": solve_crop,
    "up": solve_up,
    "shuffle": solve_shuffle,
}


def readings(claim: Claim, solver: str) -> list[Reading]:
    """Return the readings of a row that give its volume and its parameters, plainest first."""
    valid = [reading for reading in SOLVERS[solver](claim) if holds(reading, claim)]
    ordered = sorted(valid, key=rank_of, reverse=True)
    unique = {(reading.text(), reading.style): reading for reading in ordered}
    return sorted(unique.values(), key=rank_of)


def rank_of(reading: Reading) -> tuple[int, ...]:
    return reading.rank
