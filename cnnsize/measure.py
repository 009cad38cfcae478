"""Parameters, multiply-adds, activations and receptive field: folds over a Network's rows.

Every formula stands here once, with its source.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd, lcm
from typing import TYPE_CHECKING, NamedTuple, Union

from cnnsize.layers.base import KEEP, Keep, Layer, Lost, Reach, Spread, Volume, Whole, Window
from cnnsize.layers.conv import Conv, DepthwiseConv, TransposedConv
from cnnsize.layers.joins import Joined, gates
from cnnsize.layers.pointwise import GroupNorm
from cnnsize.layers.pool import Pool
from cnnsize.layers.reshape import ChannelShuffle
from cnnsize.limits import MAX_FIELD_WORK, MAX_PASSES, MAX_PHASES, MIN_PHASES, UNROLL_ALL, UNROLL_ONE
from cnnsize.network import Block, Fork, Loop, Network, Part, Path, Row
from cnnsize.record import Record
from cnnsize.resolve import canonical_layer, node_letters
from cnnsize.source import Span
from cnnsize.syntax.tree import Layer as LayerNode

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
    smallest_receptive_field: Two | None  # along the smallest path; receptive_field is along the largest
    misaligned: bool  # a join whose branches are centred on different input cells
    assumed: tuple[str, ...]
    layer: Layer
    canonical: str  # the layer in canonical text, with the values of its letters


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
Axes = tuple[Axis, Axis]
START_BOTH: Axes = (START, START)


class Paths(NamedTuple):
    """What each position sees along the largest path to it, and along the smallest."""

    largest: Axes
    smallest: Axes  # the same object where there is but one
    most: int  # positions that may be told apart


Field = Paths | None  # None: there is no one field (behind FC), or it is too fine to follow


def input_field(parts: tuple[Part, ...]) -> Paths:
    """The field of the input: each position sees itself. A long network may not be followed as finely."""
    layers = max(1, length(parts, UNROLL_ONE, {}))
    most = min(MAX_PHASES, max(MIN_PHASES, MAX_FIELD_WORK // layers))
    return Paths(START_BOTH, START_BOTH, most)


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


def spread(axis: Axis, taps: tuple[tuple[int, ...], ...], most: int) -> Axis | None:
    """The field behind upsampling: each output position looks up the inputs it reads, exactly."""
    period, k = len(axis.lows), len(taps)
    if period * k > most:
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
    most = field.most
    largest = _through(field.largest, reach, most)
    smallest = largest if field.smallest is field.largest else _through(field.smallest, reach, most)
    return None if largest is None or smallest is None else Paths(largest, smallest, most)


def _through(axes: Axes, reach: tuple[Window, Window] | tuple[Spread, Spread], most: int) -> Axes | None:
    w: Axis | None
    h: Axis | None
    alike = axes[0] is axes[1] and reach[0] == reach[1]  # square maps and filters: one axis is both
    if isinstance(reach[0], Spread):
        assert isinstance(reach[1], Spread)
        w = spread(axes[0], reach[0].taps, most)
        h = w if alike else spread(axes[1], reach[1].taps, most)
    else:
        assert isinstance(reach[1], Window)
        w = slide(axes[0], reach[0])
        h = w if alike else slide(axes[1], reach[1])
    return None if w is None or h is None else (w, h)


def joined(fields: list[Field]) -> tuple[Field, bool]:
    """The field behind a join, and whether its branches are centred on different cells.

    Of the paths to a position the largest counts (Araujo et al. 2019), and the smallest is kept beside
    it. Behind upsampling neighbouring positions see different amounts, and no one path stays the largest:
    there the interval counts that holds what all paths see. Branches that step by different numbers of
    input cells have no one field.
    """
    first = fields[0]
    if first is None or None in fields:
        return None, False
    known = [field for field in fields if field is not None]
    if all(field is first or field == first for field in known):
        return first, False
    largest: list[Axis] = []
    smallest: list[Axis] = []
    misaligned = False
    alike = all(axes[0] is axes[1] for field in known for axes in field[:2])  # square maps: one axis is both
    for axis in (0,) if alike else (0, 1):
        ends = [field.largest[axis] for field in known], [field.smallest[axis] for field in known]
        period = lcm(*[len(one.lows) for one in ends[0]])
        if period > first.most or len({one.shift * period // len(one.lows) for one in ends[0]}) > 1:
            return None, True
        misaligned = misaligned or _misaligned(ends[0])
        largest.append(max(ends[0], key=_size) if period == 1 else _hull(ends[0], period))
        smallest.append(min(ends[1], key=lambda one: (_size(one), len(one.lows))))
    return Paths((largest[0], largest[-1]), (smallest[0], smallest[-1]), first.most), misaligned


def _size(axis: Axis) -> int:
    """The largest interval of any position."""
    return extent(axis, len(axis.lows))


def _hull(axes: list[Axis], period: int) -> Axis:
    """For each position the interval that holds what all paths see."""
    lows: list[int | None] = []
    highs: list[int | None] = []
    for o in range(period):
        lows.append(min((low for axis in axes if (low := axis.low(o)) is not None), default=None))
        highs.append(max((high for axis in axes if (high := axis.high(o)) is not None), default=None))
    return Axis(axes[0].shift * period // len(axes[0].lows), tuple(lows), tuple(highs))


def _misaligned(axes: list[Axis]) -> bool:
    for o in range(lcm(*[len(axis.lows) for axis in axes])):
        ends = [(axis.low(o), axis.high(o)) for axis in axes]
        if len({low + high for low, high in ends if low is not None and high is not None}) > 1:
            return True
    return False


def forked(field: Field, fork: Fork) -> Field:
    """The field behind a join of branches that all begin at ``field``."""
    return rejoined([passed(field, branch) for branch in fork.branches], fork.join)[0]


def rejoined(ends: list[Field], join: Row) -> tuple[Field, bool]:
    """The field behind a join from those at the ends of its branches, gates left out; and whether it is misaligned."""
    output = join.sizing.output
    if output is None:
        return None, False
    weighs = gates(join.layer.kind, tuple(volume for volume in join.inputs if volume is not None), output)
    return joined([end for end, gate in zip(ends, weighs, strict=True) if not gate])


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


def after_passes(field: Field, body: tuple[Part, ...], count: int) -> Field:
    """The field after ``count`` equal passes.

    A pass looks only at distances between the cells seen: move all lowest ones by one number and all
    highest ones by another, and what comes out has moved by the same two. So once a pass has moved
    all of them by such a step, every later pass does too.
    """
    for done in range(count):
        if field is None:
            return None
        if done > MAX_PASSES:  # a stride on a 1x1 map: the jump doubles for ever
            return None
        after = passed(field, body)
        if after is None:
            return None
        largest = _moved(field.largest, after.largest, count - done)
        smallest = _moved(field.smallest, after.smallest, count - done)
        if largest is not None and smallest is not None:
            return Paths(largest, largest if after.smallest is after.largest else smallest, after.most)
        field = after
    return field


def _moved(before: Axes, after: Axes, times: int) -> Axes | None:
    """The axes after ``times`` steps of the size that lies between these two; None where it is no one step."""
    moved = []
    for a, b in zip(before, after, strict=True):
        step = _step(a, b)
        if step is None:
            return None
        lows = tuple([None if x is None else x + times * step[0] for x in a.lows])
        highs = tuple([None if x is None else x + times * step[1] for x in a.highs])
        moved.append(Axis(a.shift, lows, highs))
    return moved[0], moved[1]


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


def passed(field: Field, parts: tuple[Part, ...]) -> Field:
    """The field after one pass over rows."""
    for part in parts:
        if field is None:
            return None
        if isinstance(part, Row):
            volume = part.inputs[0]
            if volume is None or part.sizing.output is None:
                return None
            field = reached(field, part.layer.reach(volume), volume)
        elif isinstance(part, Loop):
            field = after_passes(field, part.body, part.times)
        elif isinstance(part, Fork):
            field = forked(field, part)
        else:
            field = passed(field, part.body)
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


def length(parts: tuple[Part, ...], fold: int, sizes: dict[int, int]) -> int:
    """How many steps a listing has when repeats of more than ``fold`` layers keep one pass."""
    total = 0
    for part in parts:
        if isinstance(part, Row):
            total += 1
        elif isinstance(part, Loop):
            inner = length(part.body, fold, sizes)
            whole = inner * part.times
            sizes[id(part)] = whole
            total += inner if whole > fold else whole
        elif isinstance(part, Fork):
            total += 1 + sum([length(branch, fold, sizes) for branch in part.branches])
        else:
            total += length(part.body, fold, sizes)
    return total


HEADS = frozenset({"GAP", "GMP", "FC", "FLATTEN"})  # behind these there is no map to look at


def totals(network: Network) -> Totals:
    """The sums over all layers, repeats multiplied and not unrolled, and the network's own field."""
    sums = added(network.rows)
    own = own_field(network)
    return Totals(None, None, None, own) if sums is None else Totals(*sums, own)


def added(rows: tuple[Part, ...]) -> tuple[int, int, int] | None:
    """Parameters, MACs and activations of rows in all, repeats multiplied; None where a volume is unknown."""
    sums = [0, 0, 0]
    known: dict[tuple[int, Volume | None], tuple[int, int, int] | None] = {}

    def add(parts: tuple[Part, ...], times: int) -> bool:
        """Adds up; False where a volume is unknown."""
        for part in parts:
            if isinstance(part, Row):
                layer, volume = part.layer, part.inputs[0]
                key = (id(layer), volume)
                if key not in known:
                    known[key] = numbers(layer, volume, part.sizing.output)
                found = known[key]
                if found is None:
                    return False
                sums[0] += times * found[0]
                sums[1] += times * found[1]
                sums[2] += times * found[2]
            elif isinstance(part, Fork):
                output = part.join.sizing.output
                if output is None or not all(add(branch, times) for branch in part.branches):
                    return False
                sums[2] += times * output.W * output.H * output.D
            elif not add(part.body, times * part.times if isinstance(part, Loop) else times):
                return False
        return True

    return (sums[0], sums[1], sums[2]) if add(rows, 1) else None


class Seen(NamedTuple):
    """How far the map was followed: what its positions see, its last volume, and whether it goes on."""

    field: Field
    last: Field
    volume: Volume
    more: bool = True


def own_field(network: Network) -> Two | None:
    """The receptive field of a network: that of its last layer that still has a map.

    This is the last one before the first GAP, GMP, FC or FLATTEN; None where it is too fine to follow.
    A head inside a branch ends the map only where all branches have one: a gate is no head.
    """
    begin = input_field(network.rows)
    seen = followed(network.rows, Seen(begin, begin, network.input))
    return None if seen.last is None else extents(seen.last.largest, seen.volume)


def followed(rows: tuple[Part, ...], seen: Seen) -> Seen:
    """The map followed through more rows."""
    last: tuple[Field, Volume] = (seen.last, seen.volume)

    def follow(parts: tuple[Part, ...], field: Field) -> tuple[Field, bool]:
        """The field behind parts, and whether the map goes on."""
        nonlocal last
        for part in parts:
            if isinstance(part, Row):
                volume, output = part.inputs[0], part.sizing.output
                if volume is None or output is None or part.layer.kind in HEADS:
                    return field, False
                reach = part.layer.reach(volume)
                if reach is not KEEP:
                    field = reached(field, reach, volume)
                    last = field, output
            elif isinstance(part, Fork):
                output = part.join.sizing.output
                if output is None or _headed((part,)):
                    return field, False
                field = forked(field, part)
                last = field, output
            else:
                if isinstance(part, Loop) and part.times > 1 and not _headed(part.body):
                    field = after_passes(field, part.body, part.times - 1)
                field, more = follow(part.body, field)
                if not more:
                    return field, False
        return field, True

    if not seen.more:
        return seen
    field, more = follow(rows, seen.field)
    return Seen(field, *last, more)


def _headed(parts: tuple[Part, ...]) -> bool:
    """Does the map end in here?"""
    for part in parts:
        if isinstance(part, Row):
            if part.layer.kind in HEADS:
                return True
        elif isinstance(part, Fork):
            if all(_headed(branch) for branch in part.branches):
                return True
        elif _headed(part.body):
            return True
    return False


def extents(axes: Axes, volume: Volume) -> Two:
    return extent(axes[0], volume.W), extent(axes[1], volume.H)


def peak(network: Network) -> int:
    """The most values alive at once when a network runs forward, layer by layer, for one input.

    A layer needs its inputs and its output; a volume lives until the last layer that reads it has run.
    Activations, dropout and FLATTEN overwrite their input, unless somebody else still needs it; all other
    layers write a volume of their own.
    """
    return _alive(network.rows, _values(network.input), kept=False)[0]


def _values(volume: Volume | None) -> int:
    return 0 if volume is None else volume.W * volume.H * volume.D


def _alive(parts: tuple[Part, ...], current: int, kept: bool) -> tuple[int, int]:
    """(most values alive, values of the last volume); the first volume counts throughout if ``kept``."""
    held = current if kept else 0
    shared = kept  # is the current volume the kept one?
    most = current
    for part in parts:
        if isinstance(part, Row):
            if part.layer.kind == "INPUT":
                continue
            out = _values(part.sizing.output)
            if part.layer.counts or shared:
                most = max(most, (held if shared else held + current) + out)
            current, shared = out, False
        elif isinstance(part, Fork):
            inside, out = _fork_alive(part, current, shared)
            most = max(most, (0 if shared else held) + inside)
            current, shared = out, False
        else:
            inside, out = _alive(part.body, current, shared)
            most = max(most, (0 if shared else held) + inside)
            current, shared = out, False
    return most, current


def _fork_alive(fork: Fork, current: int, kept: bool) -> tuple[int, int]:
    """The same for a join: branches run one after the other, and what they gave waits for the others."""
    passing = [not branch for branch in fork.branches]  # ID: the volume itself waits
    waiting = most = 0
    for index, branch in enumerate(fork.branches):
        if not branch:
            continue
        needed = kept or any(passing) or index + 1 < len(fork.branches)
        inside, out = _alive(branch, current, needed)
        most = max(most, waiting + inside)
        waiting += out
    out = _values(fork.join.sizing.output)
    still = current if kept or any(passing) else 0
    return max(most, waiting + still + out), out


class Nest(NamedTuple):
    """The steps of a block or of a join: one list for each branch (a block has one), and the join's own."""

    part: Block | Fork
    branches: tuple[tuple[Node, ...], ...]
    join: Step | None = None


Node = Step | Nest


def outline(network: Network) -> tuple[Node, ...]:
    """All layers in forward order, nested in their blocks and joins; a repeat too long to unroll keeps one
    pass, the last."""
    fold = UNROLL_ONE
    sizes: dict[int, int] = {}
    while length(network.rows, fold, sizes) > UNROLL_ALL and fold:
        fold //= 10

    def emit(
        parts: tuple[Part, ...], field: Field, times: int, passes: tuple[Two, ...], values: Mapping[str, int]
    ) -> tuple[Field, tuple[Node, ...]]:
        found: list[Node] = []
        for part in parts:
            if isinstance(part, Row):
                volume = part.inputs[0]
                if volume is None or part.sizing.output is None:
                    field = None
                else:
                    field = reached(field, part.layer.reach(volume), volume)
                found.append(_step_of(network, part, passes, field, times, values))
            elif isinstance(part, Loop):
                if sizes[id(part)] > fold:
                    field = after_passes(field, part.body, part.times - 1)
                    here = (*passes, (part.depth, part.first))
                    field, inner = emit(part.body, field, times * part.times, here, values)
                    found += inner
                else:
                    for index in range(part.first, part.first + part.times):
                        field, inner = emit(part.body, field, times, (*passes, (part.depth, index)), values)
                        found += inner
            elif isinstance(part, Fork):
                ends = [emit(branch, field, times, passes, values) for branch in part.branches]
                field, misaligned = rejoined([end for end, _ in ends], part.join)
                join = _step_of(network, part.join, passes, field, times, values, misaligned)
                found.append(Nest(part, tuple(nodes for _, nodes in ends), join))
            else:
                parameters = network.architecture.definitions[part.name].parameters or ()
                bound = dict(zip(parameters, part.arguments, strict=True))
                field, inner = emit(part.body, field, times, passes, bound)
                found.append(Nest(part, (inner,)))
        return field, tuple(found)

    return emit(network.rows, input_field(network.rows), 1, (), network.values)[1]


def steps(nodes: tuple[Node, ...]) -> tuple[Step, ...]:
    """The layers of an outline in forward order, branch by branch and the join behind them."""
    found: list[Step] = []
    for node in nodes:
        if isinstance(node, Step):
            found.append(node)
            continue
        for branch in node.branches:
            found += steps(branch)
        if node.join is not None:
            found.append(node.join)
    return tuple(found)


def _step_of(
    network: Network,
    row: Row,
    passes: tuple[Two, ...],
    field: Field,
    times: int,
    values: Mapping[str, int],
    misaligned: bool = False,
) -> Step:
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
    seen = least = leap = pads = None
    if field is not None and output is not None:
        along_w, along_h = field.largest
        seen = extents(field.largest, output)
        least = seen if field.smallest is field.largest else extents(field.smallest, output)
        leap = (jump(along_w), jump(along_h))
        pads = (-(along_w.lows[0] or 0), -(along_h.lows[0] or 0))
    params, macs, stored = numbers(layer, volume, output) or (None, None, None)
    written = row.item.span
    if isinstance(layer, Joined):  # its branches are steps of their own
        written = Span(written.start, written.start + len(layer.kind))
    span, text = network.architecture.piece(written)
    node = row.item.node
    canonical = layer.kind
    if isinstance(node, LayerNode):
        letters = node_letters(node)
        canonical = canonical_layer(node, tuple([(name, values[name]) for name in letters if name in values]))
    return Step(
        layer.kind, text, path_text(row.path, passes), span, times, row.inputs, output, params, macs, stored,
        kernel, stride, padding, dilation, groups, row.sizing.remainder, seen, leap, pads, least, misaligned,
        layer.assumed, layer, canonical,
    )  # fmt: skip


def path_text(path: Path, passes: tuple[Two, ...] = ()) -> str:
    """``3.2.0``: item 3, its pass 2, item 0 in that; all from 0."""
    places = list(path)
    for depth, index in passes:
        places[depth] = index
    return ".".join(map(str, places))
