"""Checks of layer sizes."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsize.lint.checks.hit import Hit
from cnnsize.lint.checks.structure import POINTWISE
from cnnsize.lint.checks.windows import (
    leaves_remainder,
    reads_single_cells,
    shrinks_map,
    window_of,
)
from cnnsize.lint.context import Context
from cnnsize.lint.flags import HAS_STRIDE, IRREGULAR_SIZE
from cnnsize.sizing.size import size
from cnnsize.text.diagnostic import ArchitectureError

MAX_HIDDEN_FC = 2
MAX_STAGE = 3  # convolutions between two layers with a stride
LARGE_MAP = 14  # cells along each axis


def many_hidden_fc(context: Context) -> Iterator[Hit]:
    """Find three or more hidden FC (CNN211). FC in branches of joins, such as gates, do not count."""
    layers = [
        index for index in context.indices_of("FC") if not context.graph.branch_numbers[index]
    ]
    hidden = sum(context.graph.times[index] for index in layers) - 1
    if hidden > MAX_HIDDEN_FC:
        yield Hit(layers[0], {"hidden": hidden})


def large_map_into_fc(context: Context) -> Iterator[Hit]:
    """Find a first FC that reads a map of 14x14 or more, after convolutions (CNN212)."""
    if not context.indices_of("CONV", "DWCONV"):
        return
    for index in context.indices_of("FC")[:1]:
        volume = context.row(_start_of_flattening(context, index)).inputs[0]
        if volume is not None and min(volume.W, volume.H) >= LARGE_MAP:
            yield Hit(index, {"map_W": volume.W, "map_H": volume.H, "map_D": volume.D})


def _start_of_flattening(context: Context, index: int) -> int:
    """Return the FLATTEN before an FC with at most pointwise layers between, or else the first
    layer of these.
    """
    while True:
        preceding = list(context.preceding_layers(index))
        if len(preceding) != 1 or context.kinds[preceding[0]] not in (*POINTWISE, "FLATTEN"):
            return index
        index = preceding[0]
        if context.kinds[index] == "FLATTEN":
            return index


def long_stage(context: Context) -> Iterator[Hit]:
    """Find more than three convolutions between two layers with a stride (CNN210).

    1x1 convolutions do not count, nor those in branches: a join has a path around them.
    """
    count, start = 0, None
    for index, row in enumerate(context.rows):
        if row is None:
            continue
        shrinks = shrinks_map(context, index)
        if row.layer.kind == "CONV" and not shrinks:
            if not context.graph.branch_numbers[index] and not reads_single_cells(row):
                start = index if start is None else start
                count += context.graph.times[index]
        elif shrinks:
            if count > MAX_STAGE and start is not None:
                yield Hit(start, {"count": count})
            count, start = 0, None
    if count > MAX_STAGE and start is not None:
        yield Hit(start, {"count": count})


def divisible_sides(context: Context, axis: int, strides: int) -> list[int]:
    """Return the nearest input sides below and above that all strides divide and that fit.

    A square input stays square. Mostly the very next multiples fit, and no others are searched.
    """
    written = context.network.input[axis]
    below = written // strides * strides
    following = [side for side in (below, below + strides) if _has_no_fault(context, axis, side)]
    if len(following) == 2:
        return following
    from cnnsize.inputs.nearest import nearest_multiples  # late: rarely needed

    sides: dict[bool, int] = {}  # by whether it is larger
    for side in nearest_multiples(context.network, "WH"[axis], strides):
        is_larger = side > written
        if is_larger not in sides and _has_no_fault(context, axis, side):
            sides[is_larger] = side
    return sorted(sides.values())


def _has_no_fault(context: Context, axis: int, side: int) -> bool:
    """Return whether the network has no fault with another input side, on both axes of a square."""
    if side < 1:
        return False
    network = context.network
    volume = network.input._replace(**{"WH"[axis]: side})
    if network.input.W == network.input.H:
        volume = network.input._replace(W=side, H=side)
    fits = context.fits_input.get(volume)
    if fits is None:
        try:
            resized = size(context.architecture, volume, network.values, context.settings)
            fits = resized.is_sized and not resized.problems
        except ArchitectureError:
            fits = False
        context.fits_input[volume] = fits
    return fits


def indivisible_input(context: Context) -> Iterator[Hit]:
    """Find an input that the total stride does not divide, so that some map is rounded (CNN201).

    It only applies where convolutions of stride 1 keep the size and all others divide it, rounded
    up or down; otherwise divisibility means nothing. Where a row is lost, CNN101 reports it.
    """
    if context.network.problems or not context.network.is_sized:
        return
    if context.any_flags & IRREGULAR_SIZE or not context.any_flags & HAS_STRIDE:
        return
    if context.indices_of("TCONV", "PAD", "CROP", "UNFLATTEN"):
        return
    strided = context.flagged(HAS_STRIDE, "CONV", "DWCONV", "POOL", "AVGPOOL")
    # the branches of a join have the same total stride, and those of OUTPUT do not count
    if context.graph.joins or context.graph.output_nodes:
        path = context.main_path()
        strided = [index for index in strided if index in path]
    for axis, side in enumerate(context.network.input[:2]):
        strides = 1
        for index in strided:
            strides *= window_of(context.row(index), axis).S
        if side == 1 or side % strides == 0:
            continue
        if not any(row is not None and leaves_remainder(row, axis) for row in context.rows):
            continue
        sides = divisible_sides(context, axis, strides)
        if sides:
            facts = {
                "strides": strides,
                "side": side,
                "left": side % strides,
                "near": " or ".join(map(str, sides)),
                "axis": "WH"[axis],
            }
            yield Hit(None, facts)
            return
