"""Checks of layer sizes."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsize.layers.conv import Conv
from cnnsize.lint.checks.cost import pointed
from cnnsize.lint.checks.hit import Hit
from cnnsize.lint.checks.receptive_field import window_of
from cnnsize.lint.checks.structure import POINTWISE
from cnnsize.lint.context import Context
from cnnsize.lint.flags import RAGGED, STEPS, known
from cnnsize.sizing.rows import Row
from cnnsize.sizing.size import size
from cnnsize.text.diagnostic import ArchitectureError


def many_hidden_fc(c: Context) -> Iterator[Hit]:
    """CNN211: three hidden FC or more. The gates in joins are not counted."""
    found = [index for index in c.indices_of("FC") if not c.graph.branches[index]]
    hidden = sum(c.graph.times[index] for index in found) - 1
    if hidden >= 3:
        yield Hit(found[0], {"hidden": hidden})


def large_map_into_fc(c: Context) -> Iterator[Hit]:
    """CNN212: the first FC sees a map of 14x14 or more, although there are filters to make it
    smaller.
    """
    if not c.indices_of("CONV", "DWCONV"):
        return
    for index in c.indices_of("FC")[:1]:
        at = index
        while True:  # FLATTEN is no smaller map
            befores = list(c.preceding_layers(at))
            if len(befores) != 1 or c.kinds[befores[0]] not in (*POINTWISE, "FLATTEN"):
                break
            at = befores[0]
            if c.kinds[at] == "FLATTEN":
                break
        volume = c.row(at).inputs[0]
        if volume is not None and min(volume.W, volume.H) >= 14:
            yield Hit(index, {"map_W": volume.W, "map_H": volume.H, "map_D": volume.D})


def long_stage(c: Context) -> Iterator[Hit]:
    """CNN210: more than three filters, 1x1 not counted, between two layers with a stride."""
    count, begin = 0, None
    for index, row in enumerate([*c.rows, None]):
        ends = index == len(c.rows)
        if row is not None and row.layer.kind == "CONV" and not down(row):
            if c.graph.branches[index] or pointed(
                row
            ):  # a way past it, or nothing seen that was not seen before
                continue
            begin = index if begin is None else begin
            count += c.graph.times[index]
        elif ends or (row is not None and down(row)):
            if count > 3 and begin is not None:
                yield Hit(begin, {"count": count})
            count, begin = 0, None


def down(row: Row) -> bool:
    """Has the layer a stride?"""
    if isinstance(row.layer, Conv):
        return max(row.layer.S) > 1
    return bool(known(row)[1] & STEPS) or row.layer.kind in ("GAP", "GMP", "FC", "FLATTEN")


def leaves_remainder(row: Row, axis: int) -> bool:
    """Return whether the window of a row does not fit a whole number of times, rounded down or
    up.
    """
    windows, volume = getattr(row.layer, "windows", None), row.inputs[0]
    return (
        windows is not None
        and volume is not None
        and bool(windows[axis].span(volume[axis]) % windows[axis].S)
    )


def divisible_sides(c: Context, axis: int, strides: int) -> list[int]:
    """List the nearest sides below and above that all strides divide, each sized and without a
    fault.
    """
    side = c.network.input[axis]
    found = []
    for near in (side // strides * strides, (side // strides + 1) * strides):
        if near > 0:
            volume = c.network.input._replace(**{"WH"[axis]: near})
            try:
                sized = size(c.architecture, volume, c.network.values, c.settings)
            except ArchitectureError:
                continue
            if sized.output is not None and not sized.problems:
                found.append(near)
    return found


def indivisible_input(c: Context) -> Iterator[Hit]:
    """CNN201: the strides together do not divide the input, so some map is rounded on the way.

    Only where filters of stride 1 keep the size and the others divide it, rounded up or down: else
    divisibility means nothing. Where a row is lost, CNN101 has said it.
    """
    if c.network.problems or c.network.output is None:
        return
    if c.seen & RAGGED or not c.seen & STEPS or c.indices_of("TCONV", "PAD", "CROP", "UNFLATTEN"):
        return
    steps = c.marked(STEPS, "CONV", "DWCONV", "POOL", "AVGPOOL")
    if len(c.graph.forks) > 1:  # the branches of a join have the same strides
        path = c.path()
        steps = [index for index in steps if index in path]
    for axis, side in enumerate(c.network.input[:2]):
        strides = 1
        for index in steps:
            strides *= window_of(c.row(index), axis).S
        rounded = any(row is not None and leaves_remainder(row, axis) for row in c.rows)
        if strides > 1 and side % strides and side > 1 and rounded:
            near = " or ".join(str(size) for size in divisible_sides(c, axis, strides))
            if not near:
                continue
            yield Hit(
                None,
                {
                    "strides": strides,
                    "side": side,
                    "left": side % strides,
                    "near": near,
                    "axis": "WH"[axis],
                },
            )
            return
