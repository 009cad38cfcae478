"""The inputs nearest to the written one with which a faulty network has no fault."""

from __future__ import annotations

from itertools import product

from cnnsize.faults.fitting_inputs import NO_INPUTS, FittingInputs
from cnnsize.faults.verify import WorkAllowance
from cnnsize.inputs.fitting import Side, fit, fit_multiples, fit_square
from cnnsize.inputs.polynomial import BeyondRangeError
from cnnsize.inputs.sizes import Sizes
from cnnsize.layers.volume import Volume
from cnnsize.limits import MAX_HELP_INPUT_STEPS
from cnnsize.sizing.sized import SizedNetwork

MAX_SIZES = 3  # along a side, on each side of the written one
MAX_CHANGE = 4  # times larger or smaller; further away it is another network


def nearest_inputs(network: SizedNetwork, allowance: WorkAllowance | None = None) -> FittingInputs:
    """Return the nearest inputs that may fit every layer, nearest first, for the caller to verify.

    Returns none if the search takes more than the allowance.
    """
    allowance = allowance or WorkAllowance(MAX_HELP_INPUT_STEPS)
    is_square = network.input.W == network.input.H
    try:
        square = fit_square(network, allowance)
        near = _nearest(network, [square] if is_square else [square, square])
        if not (near or is_square):  # the windows differ along W and H
            near = _nearest(network, list(fit(network, allowance).sides))
    except BeyondRangeError:
        return NO_INPUTS
    works = square.works
    depends_on_size = bool(works) and not (works.period == 1 and works.starts)
    return FittingInputs(tuple(near), works.words("W") if is_square and depends_on_size else "")


def nearest_multiples(network: SizedNetwork, axis: str, divisor: int) -> list[int]:
    """Return the multiples of a number nearest to the size along W or H that may fit every layer.

    Returns none if the search takes too much work.
    """
    try:
        side = fit_multiples(network, axis, divisor, WorkAllowance(MAX_HELP_INPUT_STEPS))
    except BeyondRangeError:
        return []
    return near_sizes(side.whole, side.written)


def _nearest(network: SizedNetwork, sides: list[Side]) -> list[Volume]:
    """Return the inputs whose sides fit, nearest first: one set of sizes is that of squares."""
    w, h, d = network.input
    # where sizes may be rounded down, CNN101 leaves a network valid, and only exact sizes avoid it
    level = "exact" if network.settings.rounding == "floor" else "whole"
    near = [
        near_sizes(getattr(side, level), size) for side, size in zip(sides, (w, h), strict=False)
    ]
    pairs = product(*near) if len(near) > 1 else zip(near[0], near[0], strict=True)
    volumes = (Volume(pair[0], pair[1], d) for pair in pairs)
    return sorted(
        (volume for volume in volumes if volume != network.input),
        key=lambda volume: abs(volume.W - w) + abs(volume.H - h),
    )


def near_sizes(sizes: Sizes, written: int) -> list[int]:
    """Return the members of a set that are nearest to the written size, on both sides of it."""
    near = [written] if written in sizes else []
    below, above = sizes.below(written), sizes.above(written)
    for _ in range(MAX_SIZES):
        if below is not None and below * MAX_CHANGE >= written:
            near.append(below)
            below = sizes.below(below)
        if above is not None and above <= written * MAX_CHANGE:
            near.append(above)
            above = sizes.above(above)
    return near
