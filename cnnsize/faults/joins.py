"""Projections that make the branches of a join agree."""

from __future__ import annotations

from cnnsize.layers.volume import Volume

SHOWN = 6  # branches of a join that are pointed at
JOIN_TRIES = 32  # changes of a branch that are tried to mend a join


def projection(volume: Volume, goal: Volume, width: str) -> str | None:
    """The 1x1 convolution (or the upsampling before it) that makes one volume of another, where
    there is one.
    """
    steps = []
    factors = [max(1, to // was) for was, to in zip(volume[:2], goal[:2], strict=True)]
    sides = [was * factor for was, factor in zip(volume[:2], factors, strict=True)]
    if max(factors) > 1:
        steps.append(
            f"UP{factors[0]}" if factors[0] == factors[1] else f"UP{factors[0]}x{factors[1]}"
        )
    strides = [
        next((s for s in (was // to, -(-was // to)) if s and (was - 1) // s + 1 == to), 0)
        for was, to in zip(sides, goal[:2], strict=True)
    ]
    if 0 in strides or (max(factors) > 1 and strides != [1, 1]):
        return None
    if strides != [1, 1] or volume.D != goal.D:
        S = str(strides[0]) if strides[0] == strides[1] else f"{strides[0]}x{strides[1]}"
        steps.append(f"CONV1-{width}" + (f"(S={S})" if S != "1" else ""))
    return " -> ".join(steps) or None
