"""Parameters, multiply-adds, activations and receptive field: folds over a Network's rows.

Every formula stands here once, with its source.
"""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, NamedTuple, Union

from cnnsize.layers.base import KEEP, Keep, Layer, Lost, Reach, Spread, Volume, Whole, Window
from cnnsize.layers.conv import Conv, DepthwiseConv, TransposedConv
from cnnsize.layers.pointwise import GroupNorm
from cnnsize.layers.pool import Pool
from cnnsize.layers.reshape import ChannelShuffle
from cnnsize.limits import MAX_PASSES, MAX_PHASES, UNROLL_ALL, UNROLL_ONE
from cnnsize.network import Loop, Network, Path, Row
from cnnsize.record import Record
from cnnsize.source import Span

if TYPE_CHECKING:
    from fractions import Fraction

Two = tuple[int, int]
Jump = Union[int, "Fraction"]


class Step(Record):
    """One layer with all its numbers. Volumes are (W, H, D), pairs (W, H); None is unknown.

    ``count`` is more than 1 where a repeat is too long to unroll and this is its last pass;
    ``params``, ``macs`` and ``activations`` are then of one pass.
    """

    kind: str
    text: str
    path: str
    span: Span
    count: int
    inputs: tuple[Volume | None, ...]
    output: Volume | None
    params: int | None
    macs: int | None
    activations: int | None
    kernel: Two | None
    stride: Two | None
    padding: Two | None
    dilation: Two | None
    groups: int | None
    remainder: Two | None
    receptive_field: Two | None
    jump: tuple[Jump, Jump] | None
    receptive_padding: Two | None
    assumed: tuple[str, ...]
    layer: Layer


class Totals(NamedTuple):
    params: int | None
    macs: int | None
    activations: int | None
    receptive_field: Two | None


class Axis(NamedTuple):
    """Which input cells each position of a map sees, on one axis.

    Position o sees lows[o] to highs[o]; position o + period sees ``shift`` cells further on. Without
    upsampling the period is 1 and shift is the jump of Araujo et al. (2019).
    """

    shift: int
    lows: tuple[int | None, ...]
    highs: tuple[int | None, ...]

    def low(self, o: int) -> int | None:
        q, r = divmod(o, len(self.lows))
        value = self.lows[r]
        return None if value is None else value + q * self.shift

    def high(self, o: int) -> int | None:
        q, r = divmod(o, len(self.highs))
        value = self.highs[r]
        return None if value is None else value + q * self.shift


START = Axis(1, (0,), (0,))
Field = tuple[Axis, Axis] | None


def slide(axis: Axis, window: Window) -> Axis:
    """The field behind a window: R += (F_eff - 1) j, j *= S (Araujo et al. 2019)."""
    F, S, before, _, D, _ = window
    period = len(axis.lows)
    low, high = axis.lows[0], axis.highs[0]
    if period == 1 and low is not None and high is not None:
        begin = low - before * axis.shift
        return Axis(axis.shift * S, (begin,), (high + ((F - 1) * D - before) * axis.shift,))
    positions = period // gcd(period, S)
    taps = min(F, period)  # any more taps repeat the same phases, further out
    lows: list[int | None] = []
    highs: list[int | None] = []
    for o in range(positions):
        start = o * S - before
        near = [axis.low(start + f * D) for f in range(taps)]
        far = [axis.high(start + f * D) for f in range(F - taps, F)]
        lows.append(min((x for x in near if x is not None), default=None))
        highs.append(max((x for x in far if x is not None), default=None))
    return Axis(axis.shift * S * positions // period, tuple(lows), tuple(highs))


def spread(axis: Axis, taps: tuple[tuple[int, ...], ...]) -> Axis | None:
    """The field behind upsampling: each output position looks up the inputs it reads, exactly."""
    period, k = len(axis.lows), len(taps)
    if period * k > MAX_PHASES:
        return None
    lows: list[int | None] = []
    highs: list[int | None] = []
    for o in range(period * k):
        block, phase = divmod(o, k)
        lows.append(min((x for i in taps[phase] if (x := axis.low(block + i)) is not None), default=None))
        highs.append(max((x for i in taps[phase] if (x := axis.high(block + i)) is not None), default=None))
    return Axis(axis.shift, tuple(lows), tuple(highs))


def reached(field: Field, reach: Reach, volume: Volume) -> Field:
    """The field of a layer's output positions; None where there is no one field."""
    if field is None or isinstance(reach, Keep):
        return field
    if isinstance(reach, Lost):
        return None
    if isinstance(reach, Whole):
        reach = (Window(volume.W, volume.W), Window(volume.H, volume.H))
    w: Axis | None
    h: Axis | None
    alike = field[0] is field[1] and reach[0] == reach[1]  # square maps and filters: one axis is both
    if isinstance(reach[0], Spread):
        assert isinstance(reach[1], Spread)
        w = spread(field[0], reach[0].taps)
        h = w if alike else spread(field[1], reach[1].taps)
    else:
        assert isinstance(reach[1], Window)
        w = slide(field[0], reach[0])
        h = w if alike else slide(field[1], reach[1])
    return None if w is None or h is None else (w, h)


def extent(axis: Axis, size: int) -> int:
    """The largest input interval of any position of a map of ``size`` positions."""
    best = 0
    for low, high in zip(axis.lows[:size], axis.highs[:size], strict=True):
        if low is not None and high is not None:
            best = max(best, high - low + 1)
    return best


def jump(axis: Axis) -> Jump:
    """Input cells between neighbouring positions; a fraction behind upsampling."""
    period = len(axis.lows)
    if axis.shift % period == 0:
        return axis.shift // period
    from fractions import Fraction  # late: only behind upsampling

    return Fraction(axis.shift, period)


def after_passes(field: Field, body: tuple[Row | Loop, ...], count: int) -> Field:
    """The field after ``count`` equal passes.

    What a pass does to the lowest cell seen is linear in (min, +), and in (max, +) for the highest.
    So once a pass has moved all of them by one and the same step, every later pass does too.
    """
    for done in range(count):
        if field is None:
            return None
        if done > MAX_PASSES:  # a stride on a 1x1 map: the jump doubles for ever
            return None
        after = passed(field, body)
        if after is None:
            return None
        steps = [_step(a, b) for a, b in zip(field, after, strict=True)]
        if None not in steps:
            left = count - done
            moved = [
                Axis(
                    axis.shift,
                    tuple(None if x is None else x + left * step[0] for x in axis.lows),
                    tuple(None if x is None else x + left * step[1] for x in axis.highs),
                )
                for axis, step in zip(field, steps, strict=True)
                if step is not None
            ]
            return moved[0], moved[1]
        field = after
    return field


def _step(a: Axis, b: Axis) -> Two | None:
    """By how much all lows and all highs moved, if by one amount each."""
    if a.shift != b.shift or len(a.lows) != len(b.lows):
        return None
    lows = {None if x is None or y is None else y - x for x, y in zip(a.lows, b.lows, strict=True)}
    highs = {None if x is None or y is None else y - x for x, y in zip(a.highs, b.highs, strict=True)}
    lows.discard(None)
    highs.discard(None)
    holes = [(x is None) != (y is None) for x, y in zip(a.lows, b.lows, strict=True)]
    if any(holes) or len(lows) != 1 or len(highs) != 1:
        return None
    low, high = lows.pop(), highs.pop()
    assert low is not None and high is not None
    return low, high


def passed(field: Field, rows: tuple[Row | Loop, ...]) -> Field:
    """The field after one pass over rows."""
    for row in rows:
        if field is None:
            return None
        if isinstance(row, Loop):
            field = after_passes(field, row.body, row.times)
        elif row.inputs[0] is None or row.sizing.output is None:
            return None
        else:
            field = reached(field, row.layer.reach(row.inputs[0]), row.inputs[0])
    return field


def numbers(layer: Layer, volume: Volume | None, output: Volume | None) -> tuple[int, int, int] | None:
    """(params, MACs, activations) of a layer on a volume; None where its output is unknown.

    MACs are weights times the positions they are used at: biases, norms and pools multiply nothing.
    Activations count each volume once; activations, dropout and flatten work in place (CS231n,
    the VGGNet table).
    """
    if volume is None or output is None:
        return None
    multiplying, others = layer.weights(volume)
    stored = output.W * output.H * output.D if layer.counts else 0
    return multiplying + others, multiplying * layer.uses(volume, output), stored


def length(rows: tuple[Row | Loop, ...], fold: int, sizes: dict[int, int]) -> int:
    """How many steps a listing has when repeats of more than ``fold`` layers keep one pass."""
    total = 0
    for row in rows:
        if isinstance(row, Loop):
            inner = length(row.body, fold, sizes)
            whole = inner * row.times
            sizes[id(row)] = whole
            total += inner if whole > fold else whole
        else:
            total += 1
    return total


HEADS = frozenset({"GAP", "GMP", "FC", "FLATTEN"})  # behind these there is no map to look at


def totals(network: Network) -> Totals:
    """The sums over all layers, repeats multiplied and not unrolled, and the network's own field.

    The receptive field of a network is that of its last layer that still has a map: the last one
    before the first GAP, GMP, FC or FLATTEN; None where that is too fine to follow.
    """
    sums = [0, 0, 0]
    complete = True
    headed = False
    field: Field = (START, START)
    last: tuple[Field, Volume] = (field, network.input)  # the last map, and what its positions see
    known: dict[tuple[int, Volume | None], tuple[tuple[int, int, int] | None, Reach | None]] = {}

    def add(rows: tuple[Row | Loop, ...], times: int) -> None:
        nonlocal complete, headed, field, last
        for row in rows:
            if isinstance(row, Loop):
                if not headed and row.times > 1 and not _headed(row.body):
                    field = after_passes(field, row.body, row.times - 1)
                add(row.body, times * row.times)
                continue
            layer, volume, output = row.layer, row.inputs[0], row.sizing.output
            key = (id(layer), volume)
            if key not in known:
                found = numbers(layer, volume, output)
                known[key] = found, None if volume is None else layer.reach(volume)
            found, reach = known[key]
            if found is None:
                complete = False
                headed = True
                continue
            sums[0] += times * found[0]
            sums[1] += times * found[1]
            sums[2] += times * found[2]
            if not headed:
                if layer.kind in HEADS:
                    headed = True
                elif reach is not KEEP:
                    assert volume is not None and output is not None and reach is not None
                    field = reached(field, reach, volume)
                    last = field, output

    add(network.rows, 1)
    seen, volume = last
    own = None if seen is None else (extent(seen[0], volume.W), extent(seen[1], volume.H))
    if not complete:
        return Totals(None, None, None, own)
    return Totals(sums[0], sums[1], sums[2], own)


def _headed(rows: tuple[Row | Loop, ...]) -> bool:
    return any(_headed(row.body) if isinstance(row, Loop) else row.layer.kind in HEADS for row in rows)


def steps(network: Network) -> tuple[Step, ...]:
    """All layers in forward order; a repeat too long to unroll keeps one pass, the last."""
    fold = UNROLL_ONE
    sizes: dict[int, int] = {}
    while length(network.rows, fold, sizes) > UNROLL_ALL and fold:
        fold //= 10
    found: list[Step] = []

    def emit(rows: tuple[Row | Loop, ...], field: Field, times: int, passes: tuple[Two, ...]) -> Field:
        for row in rows:
            if isinstance(row, Loop):
                if sizes[id(row)] > fold:
                    field = after_passes(field, row.body, row.times - 1)
                    here = (*passes, (row.depth, row.first))
                    field = emit(row.body, field, times * row.times, here)
                else:
                    for index in range(row.first, row.first + row.times):
                        field = emit(row.body, field, times, (*passes, (row.depth, index)))
                continue
            volume = row.inputs[0]
            if volume is None or row.sizing.output is None:
                field = None
            else:
                field = reached(field, row.layer.reach(volume), volume)
            found.append(_step_of(network, row, passes, field, times))
        return field

    emit(network.rows, (START, START), 1, ())
    return tuple(found)


def _step_of(network: Network, row: Row, passes: tuple[Two, ...], field: Field, times: int) -> Step:
    layer, volume, output = row.layer, row.inputs[0], row.sizing.output
    kernel = stride = padding = dilation = None
    if isinstance(layer, (Conv, Pool)) and getattr(layer, "to", None) is None:
        w, h = layer.windows
        kernel, stride, dilation, padding = (w.F, h.F), (w.S, h.S), (w.D, h.D), (w.before, h.before)
    elif isinstance(layer, TransposedConv):
        kernel, stride, dilation, padding = layer.F, layer.S, layer.D, layer.P
    groups = None
    if isinstance(layer, DepthwiseConv):
        groups = None if volume is None else volume.D
    elif isinstance(layer, (Conv, TransposedConv, GroupNorm, ChannelShuffle)):
        groups = layer.G
    seen = leap = pads = None
    if field is not None and output is not None:
        seen = (extent(field[0], output.W), extent(field[1], output.H))
        leap = (jump(field[0]), jump(field[1]))
        pads = (-(field[0].lows[0] or 0), -(field[1].lows[0] or 0))
    params, macs, stored = numbers(layer, volume, output) or (None, None, None)
    span, text = network.architecture.piece(row.item.span)
    return Step(
        layer.kind, text, path_text(row.path, passes), span, times, row.inputs, output, params, macs, stored,
        kernel, stride, padding, dilation, groups, row.sizing.remainder, seen, leap, pads, layer.assumed, layer,
    )  # fmt: skip


def path_text(path: Path, passes: tuple[Two, ...] = ()) -> str:
    """``3.2.0``: item 3, its pass 2, item 0 in that; all from 0."""
    places = list(path)
    for depth, index in passes:
        places[depth] = index
    return ".".join(map(str, places))
