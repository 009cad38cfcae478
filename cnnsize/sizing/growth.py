"""The size of the receptive field of a network without upsampling.

All positions of its maps read equally many cells, so two numbers along each axis say everything:
R += (F - 1) D j, j *= S (Araujo et al. 2019). ``sizing/follow.py`` follows the cells themselves, of
which networks with upsampling need all, and others none.
"""

from __future__ import annotations

from typing import Any

from cnnsize.layers import KINDS
from cnnsize.layers.base import Plain
from cnnsize.layers.joins import gates
from cnnsize.layers.volume import KEEP, WHOLE, Spread
from cnnsize.limits import MAX_FOLLOWED_ITERATIONS
from cnnsize.sizing.field import MAX_JUMP
from cnnsize.sizing.rows import Fork, Loop, Part, Row, own_input

# layers of which each position reads only its own position
POINTWISE = frozenset(cls for cls in KINDS.values() if cls.reach is Plain.reach)
MAP_ENDS = frozenset({"GAP", "GMP", "FC", "FLATTEN"})  # after these there is no feature map
# The receptive field R and the jump j along W, then along H, in input cells.
Growth = tuple[int, int, int, int]  # R_w, j_w, R_h, j_h
BEGIN: Growth = (1, 1, 1, 1)  # each cell of the input reads itself


class UpsampledError(Exception):
    """Neighbouring positions of a map may read different numbers of cells, or a volume is unknown."""


class MapEnd(Exception):
    """The last feature map of a network is reached, with this growth."""

    def __init__(self, growth: Growth) -> None:
        self.growth = growth


def map_growth(parts: tuple[Part, ...]) -> Growth | None:
    """Return the growth up to the last feature map of a network; None where it has no single field.

    Raises UpsampledError.
    """
    try:
        return grown(BEGIN, parts, on_path=True)
    except MapEnd as end:
        return end.growth


def grown(growth: Growth, parts: tuple[Part, ...], *, on_path: bool = False) -> Growth | None:
    """Return the growth after rows; None where there is no single field.

    Raises UpsampledError, and on the path from input to output MapEnd before the layer that ends
    the map.
    """
    R_w, j_w, R_h, j_h = growth
    for part in parts:
        if isinstance(part, Row):
            _, layer, _, inputs, sizing = part
            if layer.__class__ in POINTWISE:
                continue
            volume = inputs[0]
            if volume is None or sizing.output is None:
                raise UpsampledError
            if on_path and layer.kind in MAP_ENDS:
                raise MapEnd((R_w, j_w, R_h, j_h))
            reach: Any = layer.reach(volume)
            if reach.__class__ is tuple:
                w, h = reach
                if w.__class__ is Spread:
                    raise UpsampledError
                F, S, _, _, D, _ = w
                R_w += (F - 1) * D * j_w
                j_w *= S
                F, S, _, _, D, _ = h
                R_h += (F - 1) * D * j_h
                j_h *= S
            elif reach is WHOLE:
                R_w += (volume.W - 1) * j_w
                j_w *= volume.W
                R_h += (volume.H - 1) * j_h
                j_h *= volume.H
            elif reach is not KEEP:
                return None
            if j_w > MAX_JUMP or j_h > MAX_JUMP:
                return None
            continue
        growth = R_w, j_w, R_h, j_h
        if isinstance(part, Fork):
            if part.makes_outputs:
                continue
            if on_path and part.join.sizing.output is not None and ends_map((part,)):
                raise MapEnd(growth)
            after = _after_join(growth, part)
        elif isinstance(part, Loop):
            after = _after_iterations(growth, part, on_path=on_path)
        else:
            after = grown(growth, part.body, on_path=on_path)
        if after is None:
            return None
        R_w, j_w, R_h, j_h = after
    return R_w, j_w, R_h, j_h


def _after_iterations(growth: Growth, loop: Loop, *, on_path: bool) -> Growth | None:
    """Return the growth after equal iterations; None where it cannot be followed.

    The first iteration that keeps the jump adds as many cells as each later one. The limit is that of
    ``field_after_iterations``, which does not count the last iteration of the path.
    """
    for left in range(loop.times, 0, -1):
        after = grown(growth, loop.body, on_path=on_path)
        if after is None:
            return None
        R_w, j_w, R_h, j_h = growth
        if after[1] == j_w and after[3] == j_h:
            return R_w + left * (after[0] - R_w), j_w, R_h + left * (after[2] - R_h), j_h
        if left > MAX_FOLLOWED_ITERATIONS + on_path:
            return None
        growth = after
    return growth


def _after_join(growth: Growth, fork: Fork) -> Growth | None:
    """Return the growth along the largest of the paths that meet, as ``field_after_join`` does."""
    branches, (_, layer, _, volumes, sizing) = fork
    if sizing.output is None:
        raise UpsampledError
    known = tuple([volume for volume in volumes if volume is not None])
    is_gate = gates(layer.kind, known, sizing.output)
    largest: Growth | None = None
    for branch, gate in zip(branches, is_gate, strict=True):
        if gate or own_input(branch):
            continue
        after = grown(growth, branch) if branch else growth
        if after is None:
            return None
        if largest is None:
            largest = after
            continue
        R_w, j_w, R_h, j_h = largest
        if after[1] != j_w or after[3] != j_h:
            return None  # no single field
        largest = max(R_w, after[0]), j_w, max(R_h, after[2]), j_h
    return largest  # None: only gates and further inputs, so the output depends on the whole input


def ends_map(parts: tuple[Part, ...]) -> bool:
    """Return whether the feature map ends in these parts."""
    for part in parts:
        if isinstance(part, Row):
            if part.layer.kind in MAP_ENDS:
                return True
        elif isinstance(part, Fork):
            if part.makes_outputs or () in part.branches:  # ID
                continue
            if all(ends_map(branch) for branch in part.branches if not own_input(branch)):
                return True
        elif ends_map(part.body):
            return True
    return False
