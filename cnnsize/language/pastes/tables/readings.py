"""Find the layers that a row of a table may stand for.

Each solver proposes readings of a row, and only those are kept that give its volume and parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from cnnsize.language.pastes.tables.claims import Claim, Reading, holds
from cnnsize.language.pastes.tables.convolutions import (
    solve_conv,
    solve_depthwise,
    solve_separable,
    solve_transposed,
)
from cnnsize.language.pastes.tables.pools import solve_adaptive, solve_pool
from cnnsize.language.pastes.tables.rows import Row, Table
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
from cnnsize.layers.volume import Volume
from cnnsize.text.span import Span

NOWHERE = Span(0, 0)
BY_NAME = ("activation",)  # solvers that look at the name of a row
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
    row, table = claim.row, claim.table
    if solver in BY_NAME:
        return solved(claim, solver)
    numbers = (row.params, row.kernel, row.groups, claim.before, claim.after)
    return [*solved_numbers(solver, table.framework, claim.kind, claim.is_last, *numbers)]


@lru_cache(maxsize=4096)  # the rows of a table repeat each other
def solved_numbers(
    solver: str,
    framework: str,
    kind: str,
    is_last: bool,
    params: int | None,
    kernel: tuple[int, ...],
    groups: int | None,
    before: Volume,
    after: Volume,
) -> tuple[Reading, ...]:
    """Return the readings of any row with these numbers."""
    row = Row("", "", NOWHERE, NOWHERE, None, NOWHERE, params, NOWHERE)
    row = row._replace(kernel=kernel, groups=groups)
    claim = Claim(row, Table("", framework, [], {}), before, after, kind, is_last)
    return tuple(solved(claim, solver))


def solved(claim: Claim, solver: str) -> list[Reading]:
    """Return the readings of a row, plainest first."""
    valid = [reading for reading in SOLVERS[solver](claim) if holds(reading, claim)]
    ordered = sorted(valid, key=rank_of, reverse=True)
    unique = {(reading.text(), reading.style): reading for reading in ordered}
    return sorted(unique.values(), key=rank_of)


def rank_of(reading: Reading) -> tuple[int, ...]:
    return reading.rank
