"""What an expression cannot say: checks that look at how layers hang together, by key.

A page names its check; a test binds every key to a page and back. A check says where, with the facts that the
page's message may use besides those of the layer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from cnnsize.context import (
    DILATED,
    ENDS,
    FLAT,
    LINEAR,
    NO_BN,
    POOLED,
    POOLS,
    RAGGED,
    SKIPS,
    SOFTMAXES,
    STEM,
    STEPS,
    STRIDED,
    WEIGHERS,
    Context,
    known,
)
from cnnsize.diagnostic import ArchitectureError, Severity
from cnnsize.layers.base import Window
from cnnsize.layers.conv import Conv
from cnnsize.layers.pool import Pool
from cnnsize.network import Row, rows_of
from cnnsize.source import Span
from cnnsize.words import ACTIVATIONS, NORMS

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Found(NamedTuple):
    """One finding: the row (None is the whole network), more facts, other places, another severity or span."""

    at: int | None
    facts: Mapping[str, Any] = NOTHING
    related: tuple[tuple[Span, str], ...] = ()
    severity: Severity | None = None
    span: Span | None = None
    axis: int = 0
    places: int | None = None  # in how many places, where it is not all that the row stands for


class Check(NamedTuple):
    """``facts``: what it adds, name by name, with the kind."""

    find: Callable[[Context], Iterator[Found]]
    facts: Mapping[str, str] = NOTHING


def missing_nonlinearity(c: Context) -> Iterator[Found]:
    """CNN302: on every path a filter or FC was met before, and since then nothing that bends."""
    candidates = c.marked(STEM, "CONV", "TCONV", "FC")
    if len(candidates) < 2 and not c.graph.repeats:
        return
    arrived = c.forward
    later = c.later if c.graph.repeats else arrived
    for index in candidates:
        if (arrived[index] | later[index]) & LINEAR:
            if arrived[index] & FLAT and c.kinds[index] != "FC":
                continue  # no map comes in: CNN301 has said it
            other = nearest_before(c, index, WEIGHERS)
            if other is None or code_layer(c, other, index):
                continue
            row = c.row(other)
            places = None
            if not arrived[index] & LINEAR:  # not in the first pass, which hears something else
                places = c.graph.times[index] - c.first_passes(index)
            related = () if other == index else ((row.item.span, "the first of the two"),)
            yield Found(index, {"other": row.layer.kind}, related, places=places)


def code_layer(c: Context, first: int, second: int) -> bool:
    """Two FC with fewer values between than come in and go out: the code of an autoencoder, or a large matrix in
    two factors. As one they would be larger."""
    comes_in, between, goes_out = c.row(first).inputs[0], c.row(first).sizing.output, c.row(second).sizing.output
    if c.kinds[first] != "FC" or c.kinds[second] != "FC" or comes_in is None or between is None or goes_out is None:
        return False
    return between.D < goes_out.D and between.D < comes_in.W * comes_in.H * comes_in.D


def repeated_activation(c: Context) -> Iterator[Found]:
    """CNN303: an activation that hears an activation. Softmax behind one is CNN304's."""
    yield from _again(c, BENDS - SOFTMAXES, lambda kind, other: other in BENDS)


def repeated_norm(c: Context) -> Iterator[Found]:
    """CNN310: a norm that hears one of its own kind."""
    branches = c.graph.branches
    for one in _again(c, frozenset(NORMS), lambda kind, other: kind == other):
        heard = nearest_before(c, one.at or 0, frozenset(NORMS))
        if heard is not None and branches[heard] == branches[one.at or 0]:  # else a shortcut hears the first too
            yield one


def _again(c: Context, kinds: frozenset[str], alike: Callable[[str, str], bool]) -> Iterator[Found]:
    """Rows of these kinds that hear one which is alike."""
    before, names, times = c.graph.before, c.kinds, c.graph.times
    for index in c.of(*kinds):
        befores = before[index]
        if not befores:
            continue
        first = befores[0]
        if len(befores) == 1 and names[first]:
            if alike(names[index], names[first]):
                yield Found(index, {"other": names[first]}, ((c.row(first).item.span, "the first"),))
            continue
        found = [one for one in c.around(index) if alike(names[index], names[one])]
        if found:
            count = None
            if not names[first] and not any(one < first for one in found):  # in all passes but the first
                count = times[index] - times[first]
            yield Found(index, {"other": names[found[0]]}, ((c.row(found[0]).item.span, "the first"),), places=count)


def activation_on_logits(c: Context) -> Iterator[Found]:
    """CNN304: scores that are cut off or bent before they are compared."""
    for index in c.tail():
        if c.kinds[index] in CUTTING and (logits := scores_before(c, index)) is not None:
            yield Found(index, {"other": c.kinds[logits]}, ((c.row(logits).item.span, "the last layer with weights"),))


def dropout_on_output(c: Context) -> Iterator[Found]:
    """CNN309: scores that are thrown away in training."""
    for index in c.tail():
        if c.kinds[index] in ("DROPOUT", "DROPOUT2D") and (logits := scores_before(c, index)) is not None:
            yield Found(index, {"other": c.kinds[logits]}, ((c.row(logits).item.span, "the last layer with weights"),))


def scores_before(c: Context, index: int) -> int | None:
    """The layer whose scores arrive here with nothing but pointwise layers between.

    An FC gives scores; a filter does where something behind says that an end is meant. The end of a text alone
    may be the end of a fragment: the maps of a backbone are no scores.
    """
    at = index
    while True:
        befores = list(c.around(at))
        if len(befores) != 1:
            return None
        at = befores[0]
        kind = c.kinds[at]
        if kind == "FC":
            return at
        if kind in ("CONV", "TCONV"):
            return None if c.is_last(index) and c.kinds[-1] not in ENDS else at
        if kind not in POINTWISE:
            return None


def adjacent_pools(c: Context) -> Iterator[Found]:
    """CNN305: two pools with a stride, and nothing that weighs between."""
    pools = c.marked(STRIDED, "POOL", "AVGPOOL")
    if len(pools) < 2:
        return
    arrived = c.forward
    for index in pools:
        if arrived[index] & POOLED:
            other = nearest_before(c, index, POOLS)
            if other is not None:
                yield Found(index, {"other": c.kinds[other]}, ((c.row(other).item.span, "the first"),))


def activation_before_maxpool(c: Context) -> Iterator[Found]:
    """CNN306: the largest of values that never change order is the same before and behind."""
    for index in c.of("POOL"):
        befores = c.graph.before[index]
        if len(befores) != 1 or c.kinds[befores[0]] not in MONOTONE or not c.strided(index):
            continue
        one = befores[0]
        if c.graph.branches[one] == c.graph.branches[index]:
            row, pool = c.row(one), c.row(index)
            volume, output = row.inputs[0], pool.sizing.output
            if volume is not None and output is not None:
                more, less = volume.W * volume.H * volume.D, output.W * output.H * output.D
                yield Found(one, {"values": more, "fewer": less}, ((pool.item.span, "the pool"),))


def spatial_after_flatten(c: Context) -> Iterator[Found]:
    """CNN301: a window on what is no map any more."""
    candidates = c.of("CONV", "DWCONV", "TCONV", "POOL", "AVGPOOL")
    if not candidates or not c.of("FC", "FLATTEN"):
        return
    arrived = c.forward
    for index in candidates:
        if arrived[index] & FLAT:
            other = nearest_before(c, index, frozenset({"FC", "FLATTEN"}))
            if other is not None:
                yield Found(index, {"other": c.kinds[other]}, ((c.row(other).item.span, "here the map ends"),))


def nearest_before(c: Context, index: int, kinds: frozenset[str]) -> int | None:
    """The nearest row of these kinds before a row, along any path; in a repeat it may be the row itself."""
    key = tuple(c.graph.before[index]), kinds
    if key not in c.nearest:  # the branches of a join all hear the same
        c.nearest[key] = None
        seen: set[int] = set()
        ahead = deque(c.around(index))
        while ahead:
            one = ahead.popleft()
            if one in seen:
                continue
            seen.add(one)
            if c.kinds[one] in kinds:
                c.nearest[key] = one
                break
            ahead += c.around(one)
    return c.nearest[key]


def many_hidden_fc(c: Context) -> Iterator[Found]:
    """CNN211: three hidden FC or more. The gates in joins are not counted."""
    found = [index for index in c.of("FC") if not c.graph.branches[index]]
    hidden = sum(c.graph.times[index] for index in found) - 1
    if hidden >= 3:
        yield Found(found[0], {"hidden": hidden})


def large_map_into_fc(c: Context) -> Iterator[Found]:
    """CNN212: the first FC sees a map of 14x14 or more, although there are filters to make it smaller."""
    if not c.of("CONV", "DWCONV"):
        return
    for index in c.of("FC")[:1]:
        at = index
        while True:  # FLATTEN is no smaller map
            befores = list(c.around(at))
            if len(befores) != 1 or c.kinds[befores[0]] not in (*POINTWISE, "FLATTEN"):
                break
            at = befores[0]
            if c.kinds[at] == "FLATTEN":
                break
        volume = c.row(at).inputs[0]
        if volume is not None and min(volume.W, volume.H) >= 14:
            yield Found(index, {"map_W": volume.W, "map_H": volume.H, "map_D": volume.D})


def long_stage(c: Context) -> Iterator[Found]:
    """CNN210: more than three filters, 1x1 not counted, between two layers with a stride."""
    count, begin = 0, None
    for index, row in enumerate([*c.rows, None]):
        ends = index == len(c.rows)
        if row is not None and row.layer.kind == "CONV" and not down(row):
            if c.graph.branches[index] or _pointed(row):  # a way past it, or nothing seen that was not seen before
                continue
            begin = index if begin is None else begin
            count += c.graph.times[index]
        elif ends or (row is not None and down(row)):
            if count > 3 and begin is not None:
                yield Found(begin, {"count": count})
            count, begin = 0, None


def down(row: Row) -> bool:
    """Has the layer a stride?"""
    if isinstance(row.layer, Conv):
        return max(row.layer.S) > 1
    return bool(known(row)[1] & STEPS) or row.layer.kind in ("GAP", "GMP", "FC", "FLATTEN")


def indivisible_input(c: Context) -> Iterator[Found]:
    """CNN201: the strides together do not divide the input, so some map is rounded on the way.

    Only where filters of stride 1 keep the size and the others divide it, rounded up or down: else divisibility
    means nothing. Where a row is lost, CNN101 has said it.
    """
    if c.network.problems or c.network.output is None:
        return
    if c.seen & RAGGED or not c.seen & STEPS or c.of("TCONV", "PAD", "CROP", "UNFLATTEN"):
        return
    steps = c.marked(STEPS, "CONV", "DWCONV", "POOL", "AVGPOOL")
    if len(c.graph.forks) > 1:  # the branches of a join have the same strides
        path = c.path()
        steps = [index for index in steps if index in path]
    for axis, side in enumerate(c.network.input[:2]):
        strides = 1
        for index in steps:
            strides *= window_of(c.row(index), axis).S
        if strides > 1 and side % strides and side > 1:
            below, above = side // strides * strides, (side // strides + 1) * strides
            near = f"{below} or {above}" if below else f"{above}"
            yield Found(
                None, {"strides": strides, "side": side, "left": side % strides, "near": near, "axis": "WH"[axis]}
            )
            return


def stride_skips_input(c: Context) -> Iterator[Found]:
    """CNN404: rows between two windows that no window covers. A projected shortcut does so by design."""
    if not c.seen & SKIPS:
        return
    for index in c.marked(SKIPS, "CONV", "DWCONV", "POOL", "AVGPOOL"):
        volume = c.row(index).inputs[0]
        for axis in (0, 1):
            window = window_of(c.row(index), axis)
            if volume is not None and window.F_eff < window.S and volume[axis] > window.F_eff:
                op, branch = c.graph.forks[c.graph.branches[index]]
                shortcut = op == "ADD" and all(_pointed(row) for row in rows_of(branch))
                yield Found(
                    index, {"skipped": window.S - window.F_eff, "share": 1 - window.F_eff / window.S},
                    severity="info" if shortcut else None, axis=axis,
                )  # fmt: skip
                break


def _pointed(row: Row) -> bool:
    """Does the layer look at one position at a time?"""
    return not isinstance(row.layer, (Conv, Pool)) or all(window.F == 1 for window in row.layer.windows)


def dilation_gridding(c: Context) -> Iterator[Found]:
    """CNN503: filters on one map whose taps together miss cells between those that they see.

    The offsets that a stack of filters sees on an axis are the sums of one tap of each: taken exactly, for as
    long as filters of stride 1 follow each other.
    """
    told: set[int] = set()
    if not c.seen & DILATED:
        return
    for index in c.marked(DILATED, "CONV", "DWCONV"):
        stack = stack_before(c, index)
        dilated = [one for one in stack if c.marks[one] & DILATED]
        if len(dilated) < 2 or any(one in told for one in dilated):
            continue
        for axis in (0, 1):
            windows = [window_of(c.row(one), axis) for one in stack]
            reach = sum(window.F_eff - 1 for window in windows)
            if any(window.S > 1 for window in windows) or reach > 4096:
                continue
            seen = 1
            for window in windows:
                taps = 0
                for tap in range(window.F):
                    taps |= seen << tap * window.D
                seen = taps
            holes = reach + 1 - seen.bit_count()
            if holes:
                told.update(dilated)
                rates = ", ".join(str(window.D) for window in reversed(windows) if window.F > 1)
                yield Found(index, {"holes": holes, "reach": reach + 1, "rates": rates}, axis=axis)
                break


def window_of(row: Row, axis: int) -> Window:
    """The window of a filter or a pool."""
    assert isinstance(row.layer, (Conv, Pool))
    return row.layer.windows[axis]


def stack_before(c: Context, index: int) -> list[int]:
    """The windows of stride 1 on the same map up to this one, the nearest first, as long as there is one path back.

    A repeat stands there as often as it is passed.
    """
    stack = [index]
    at = index
    while len(stack) < 64:
        befores = c.graph.before[at]
        if c.rows[at] is None:  # the beginning of a repeat: once more for every pass before, then on from its start
            times = c.graph.times[befores[-1]] // max(c.graph.times[at], 1)
            body = range(at + 1, befores[-1] + 1)
            if not all(c.kinds[one] in POINTWISE or _slides(c, one) for one in body):
                break
            stack += [one for one in reversed(body) if _slides(c, one)] * (min(times, 64) - 1)
            befores = befores[:1]
        if len(befores) != 1:
            break
        at = befores[0]
        if c.rows[at] is None:
            continue
        if _slides(c, at):
            stack.append(at)
        elif c.kinds[at] not in POINTWISE:
            break
    return stack


def _slides(c: Context, index: int) -> bool:
    """Is it a filter or a pool of stride 1?"""
    layer = c.row(index).layer if c.rows[index] is not None else None
    return isinstance(layer, (Conv, Pool)) and getattr(layer, "to", None) is None and not c.marks[index] & STEPS


def bias_before_norm(c: Context) -> Iterator[Found]:
    """CNN601: BN takes away the mean, and with it any bias that was added before."""
    before, branches = c.graph.before, c.graph.branches
    for norm in c.of("BN"):
        befores = before[norm]
        if len(befores) == 1 and c.kinds[befores[0]] in WEIGHERS and branches[befores[0]] == branches[norm]:
            index = befores[0]
            if getattr(c.row(index).layer, "bias", False):
                yield Found(index, NOTHING, ((c.row(norm).item.span, "subtracts the mean"),))


def dropout_before_norm(c: Context) -> Iterator[Found]:
    """CNN602: BN learns the variance of what dropout leaves, and meets another one when nothing is dropped."""
    found = [
        index for index in c.of("DROPOUT", "DROPOUT2D") if (rate := getattr(c.row(index).layer, "rate", 0)) and rate > 0
    ]
    if not found or not c.of("BN"):
        return
    for index in found:
        if not c.backward[index] & NO_BN:
            norm = next((one for one in c.of("BN") if one > index), None)
            yield Found(
                index, NOTHING, ((c.row(norm).item.span, "the first BN behind it"),) if norm is not None else ()
            )


def over_budget(c: Context) -> Iterator[Found]:
    """CNN408: more than was allowed."""
    budget, network = c.settings.budget, c.network
    if budget is None:
        return
    parts = [
        f"{value:,} {what} of {most:,}"
        for value, most, what in (
            (network.params, budget.params, "parameters"), (network.macs, budget.macs, "multiply-adds"),
            (network.memory_bytes, budget.memory, "bytes of activations"),
        )
        if value is not None and most is not None and value > most
    ]  # fmt: skip
    if parts:
        yield Found(None, {"over": "; ".join(parts)})


BENDS = frozenset(ACTIVATIONS)
CUTTING = frozenset({"RELU", "RELU6", "LRELU", "PRELU", "ELU", "SELU", "GELU", "SILU", "MISH", "HSWISH"})
MONOTONE = frozenset({"RELU", "RELU6", "LRELU", "ELU", "SELU", "SIGMOID", "HSIGMOID", "TANH", "SOFTPLUS"})
POINTWISE = frozenset({*ACTIVATIONS, *NORMS, "SCALE", "DROPOUT", "DROPOUT2D", "DROPPATH"})


def outside_pattern(c: Context) -> Iterator[Found]:
    """CNN801: the layers do not follow the configured pattern, or the one of the notes."""
    if c.network.output is None:
        return
    from cnnsize.match import CS231N, match  # late: the rule is off by default
    from cnnsize.parse import parse

    try:
        pattern = parse(c.settings.pattern or CS231N)
        leaving = match(pattern, c.architecture, 1, letters=c.network.values).leaving
    except ArchitectureError:  # too much to try: `cnnsize match` says so
        return
    if leaving is not None:
        span = leaving.at if c.architecture.map is None else None
        yield Found(None, {"found": leaving.found, "wanted": " or ".join(leaving.wanted)}, span=span)


CHECKS: dict[str, Check] = {
    "outside_pattern": Check(outside_pattern, {"found": "word", "wanted": "word"}),
    "indivisible_input": Check(
        indivisible_input,
        {"strides": "integer", "side": "integer", "left": "integer", "near": "word", "axis": "word"},
    ),
    "long_stage": Check(long_stage, {"count": "integer"}),
    "many_hidden_fc": Check(many_hidden_fc, {"hidden": "integer"}),
    "large_map_into_fc": Check(large_map_into_fc, {"map_W": "integer", "map_H": "integer", "map_D": "integer"}),
    "spatial_after_flatten": Check(spatial_after_flatten, {"other": "word"}),
    "missing_nonlinearity": Check(missing_nonlinearity, {"other": "word"}),
    "repeated_activation": Check(repeated_activation, {"other": "word"}),
    "activation_on_logits": Check(activation_on_logits, {"other": "word"}),
    "adjacent_pools": Check(adjacent_pools, {"other": "word"}),
    "activation_before_maxpool": Check(activation_before_maxpool, {"values": "integer", "fewer": "integer"}),
    "dropout_on_output": Check(dropout_on_output, {"other": "word"}),
    "repeated_norm": Check(repeated_norm, {"other": "word"}),
    "stride_skips_input": Check(stride_skips_input, {"skipped": "integer", "share": "number"}),
    "over_budget": Check(over_budget, {"over": "word"}),
    "dilation_gridding": Check(dilation_gridding, {"holes": "integer", "reach": "integer", "rates": "word"}),
    "bias_before_norm": Check(bias_before_norm),
    "dropout_before_norm": Check(dropout_before_norm),
}
