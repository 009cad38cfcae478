"""Solve rows of pools, which have no parameters: several settings may give the same volume."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsize.language.pastes.tables.claims import TWO, Claim, Reading, Spec, Values
from cnnsize.language.pastes.tables.windows import MAX_FILTER
from cnnsize.layers.conv import pair_text


def solve_pool(claim: Claim) -> Iterator[Reading]:
    """Yield the readings of a pool; ``choose_pools`` weighs those of all pools together.

    The style of a reading is its setting: filter, stride and padding as the framework names them.
    """
    slides = keras_pools(claim) if claim.table.framework == "keras" else torch_pools(claim)
    for F, S, P, ceil, mode in slides:
        values: Values = {"F": F}
        if S != F:
            values["S"] = S
        if P != (0, 0):
            values["P"] = P
        if ceil:
            values["ceil"] = True
        lost = sum(
            0 if ceil else max(0, (size + 2 * p - f) - (out - 1) * s - p)
            for size, out, f, s, p in zip(claim.before[:2], claim.after[:2], F, S, P, strict=True)
        )
        is_tiling = S == F and P == (0, 0)
        is_small = max(F) <= 3 and max(S) <= 2
        usual = 0 if (F, S) == (TWO, TWO) else 1 if is_tiling else 2 if is_small else 3
        odd = int(usual == 3 or F[0] != F[1])
        rank = (int(mode == "ceil"), odd, lost, usual, max(P), max(F))
        yield Reading(
            (Spec(claim.kind, values),), rank, style=f"{pair_text(F)}/{pair_text(S)}/{mode}"
        )


def pool_windows(claim: Claim) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Yield filters and strides that the pool of a row may have."""
    before, after, kernel = claim.before, claim.after, claim.row.kernel
    tile = (before.W // after.W, before.H // after.H)
    if kernel:
        sizes = [(kernel[1], kernel[0])]
    else:
        squares = {2, 3, *tile, before.W, before.W - after.W + 1}
        sizes = [*((side, side) for side in sorted(squares)), tile]
    for F in dict.fromkeys(sizes):
        for S in dict.fromkeys((F, (2, 2), (1, 1), tile)):
            if 1 <= S[0] <= F[0] <= MAX_FILTER and 1 <= S[1] <= F[1] <= MAX_FILTER:
                yield F, S


PoolWindow = tuple[tuple[int, int], tuple[int, int], tuple[int, int], bool, str]


def torch_pools(claim: Claim) -> Iterator[PoolWindow]:
    """Yield filter, stride, padding, ``ceil`` and the name of the padding of PyTorch's pools."""
    for F, S in pool_windows(claim):
        centred = ((F[0] - 1) // 2, (F[1] - 1) // 2)
        for P in dict.fromkeys(((0, 0), centred)):
            yield F, S, P, False, f"P={pair_text(P)}"
        yield F, S, (0, 0), True, "ceil"


def keras_pools(claim: Claim) -> Iterator[PoolWindow]:
    """Yield filter, stride, padding, ``ceil`` and ``valid`` or ``same`` of Keras' pools.

    With ``same`` the last window goes over the end, as with ``ceil``.
    """
    for F, S in pool_windows(claim):
        yield F, S, (0, 0), False, "valid"
        total = [
            max(0, (out - 1) * s + f - size)
            for size, out, f, s in zip(claim.before[:2], claim.after[:2], F, S, strict=True)
        ]
        is_same = all(
            -(-size // s) == out
            for size, out, s in zip(claim.before[:2], claim.after[:2], S, strict=True)
        )
        if is_same:
            ceil = total[0] % 2 == 1 or total[1] % 2 == 1
            yield F, S, (total[0] // 2, total[1] // 2), ceil, "same"


def solve_adaptive(claim: Claim) -> Iterator[Reading]:
    """Yield the reading of an adaptive pool."""
    if claim.after[:2] == (1, 1):
        yield Reading((Spec("GAP" if claim.kind == "AVGPOOL" else "GMP", {}),))
    else:
        yield Reading((Spec(claim.kind, {"to": tuple(claim.after[:2])}),))
