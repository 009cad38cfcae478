"""Follow a receptive field through rows, joins and repetitions."""

from __future__ import annotations

from cnnsize.layers.joins import gates
from cnnsize.layers.volume import KEEP, PerAxis, Volume
from cnnsize.limits import (
    MAX_FIELD_WORK,
    MAX_FOLLOWED_ITERATIONS,
    MAX_PHASES,
    MAX_UNROLLED_REPEAT,
    MIN_PHASES,
)
from cnnsize.record import NamedTuple
from cnnsize.sizing.field import (
    START_BOTH,
    Axes,
    Axis,
    Field,
    Jump,
    Paths,
    extents,
    field_of_join,
    field_through,
    jump,
)
from cnnsize.sizing.growth import MAP_ENDS, UpsampledError, ends_map, map_growth
from cnnsize.sizing.rows import Fork, Loop, Part, Row, own_input
from cnnsize.sizing.sized import SizedNetwork


def input_field(parts: tuple[Part, ...]) -> Paths:
    """Return the field of the input, where each position reads itself.

    The longer the network, the shorter the longest period that is followed.
    """
    layers = max(1, count_steps(parts, MAX_UNROLLED_REPEAT))
    max_period = min(MAX_PHASES, max(MIN_PHASES, MAX_FIELD_WORK // layers))
    return Paths(START_BOTH, START_BOTH, max_period)


def field_after_fork(field: Field, fork: Fork) -> Field:
    """Return the field after a join whose branches all begin at ``field``."""
    if fork.makes_outputs:
        return field
    ends = [None if own_input(branch) else field_after(field, branch) for branch in fork.branches]
    return field_after_join(ends, fork)[0]


def field_after_join(ends: list[Field], fork: Fork) -> tuple[Field, bool]:
    """Return the field after a join from those at the ends of its branches. Gates do not count, and
    neither do branches with an input of their own: the field is that in the first input.

    The flag says whether the branches are centred on different cells.
    """
    join = fork.join
    output = join.sizing.output
    if output is None:
        return None, False
    inputs = tuple([volume for volume in join.inputs if volume is not None])
    are_gates = gates(join.layer.kind, inputs, output)
    counted = [
        end
        for end, gate, branch in zip(ends, are_gates, fork.branches, strict=True)
        if not (gate or own_input(branch))
    ]
    # only gates and further inputs: the output depends on all of the first input
    return field_of_join(counted) if counted else (None, False)


def field_after_iterations(field: Field, body: tuple[Part, ...], count: int) -> Field:
    """Return the field after ``count`` equal iterations; None where it cannot be followed.

    An iteration depends only on distances between cells: if all first cells move by one number and
    all last cells by another, so do those of the result. So once an iteration has moved all of them
    by such a step, every later one does too.
    """
    for done in range(count):
        if field is None:
            return None
        after = field_after(field, body)
        if after is None:
            return None
        left = count - done
        if left > MAX_FOLLOWED_ITERATIONS and _jumps(after) != _jumps(field):
            return None  # a stride on a 1x1 map: the jump doubles endlessly
        if done > MAX_FOLLOWED_ITERATIONS:
            return None
        largest = _moved(field.largest, after.largest, left)
        smallest = _moved(field.smallest, after.smallest, left)
        if largest is not None and smallest is not None:
            return Paths(
                largest, largest if after.smallest is after.largest else smallest, after.max_period
            )
        field = after
    return field


def _jumps(field: Paths) -> list[Jump]:
    """Return the jumps along both axes, of the largest path and of the smallest."""
    return [jump(axis) for axis in (*field.largest, *field.smallest)]


def _moved(before: Axes, after: Axes, times: int) -> Axes | None:
    """Return the axes after ``times`` steps like that from ``before`` to ``after``; None where the
    two do not differ by a step.
    """
    w = _moved_axis(before[0], after[0], times)
    is_square = before[0] is before[1] and after[0] is after[1]  # one axis serves for both
    h = w if is_square else _moved_axis(before[1], after[1], times)
    return None if w is None or h is None else (w, h)


def _moved_axis(before: Axis, after: Axis, times: int) -> Axis | None:
    """Return an axis after ``times`` such steps; None where the two do not differ by a step."""
    step = _step(before, after)
    if step is None:
        return None
    lows = tuple([None if x is None else x + times * step[0] for x in before.lows])
    highs = tuple([None if x is None else x + times * step[1] for x in before.highs])
    return Axis(before.shift, lows, highs)


def _step(a: Axis, b: Axis) -> tuple[int, int] | None:
    """Return how far all lows and all highs moved; None unless each moved by one amount."""
    if a.shift != b.shift or len(a.lows) != len(b.lows):
        return None
    lows = list(zip(a.lows, b.lows, strict=True))
    highs = list(zip(a.highs, b.highs, strict=True))
    if any((x is None) != (y is None) for x, y in lows):
        return None
    low_steps = {y - x for x, y in lows if x is not None and y is not None}
    high_steps = {y - x for x, y in highs if x is not None and y is not None}
    if len(low_steps) != 1 or len(high_steps) != 1:
        return None
    return low_steps.pop(), high_steps.pop()


def field_after(field: Field, parts: tuple[Part, ...]) -> Field:
    """Return the field after rows, starting from ``field``."""
    for part in parts:
        if field is None:
            return None
        if isinstance(part, Row):
            _, layer, _, inputs, (output, _, _) = part
            volume = inputs[0]
            if volume is None or output is None:
                return None
            reach = layer.reach(volume)
            if reach is not KEEP:
                field = field_through(field, reach, volume)
        elif isinstance(part, Loop):
            field = field_after_iterations(field, part.body, part.times)
        elif isinstance(part, Fork):
            field = field_after_fork(field, part)
        else:
            field = field_after(field, part.body)
    return field


def count_steps(parts: tuple[Part, ...], fold: int) -> int:
    """Return the steps of a listing; of a repetition with more than ``fold`` steps one iteration
    counts.
    """
    total = 0
    for part in parts:
        if isinstance(part, Row):
            total += 1
        elif isinstance(part, Loop):
            iteration = count_steps(part.body, fold)
            unrolled = iteration * part.times
            total += iteration if unrolled > fold else unrolled
        elif isinstance(part, Fork):
            total += 1 + sum([count_steps(branch, fold) for branch in part.branches])
        else:
            total += count_steps(part.body, fold)
    return total


def followed_layers(parts: tuple[Part, ...]) -> int:
    """Return the most layers that a field may be followed through: all of them, and of a repetition
    up to MAX_FOLLOWED_ITERATIONS iterations.
    """
    total = 0
    for part in parts:
        if isinstance(part, Row):
            total += 1
        elif isinstance(part, Fork):
            total += 1 + sum(map(followed_layers, part.branches))
        else:
            times = min(part.times, MAX_FOLLOWED_ITERATIONS) if isinstance(part, Loop) else 1
            total += followed_layers(part.body) * times
    return total


class MapProgress(NamedTuple):
    """How far the feature map has been followed.

    ``field`` is the field here; ``last`` and ``volume`` are the field and the volume of the last
    layer that read more than its own position; ``more`` is whether the map goes on.
    """

    field: Field
    last: Field
    volume: Volume
    more: bool = True


def network_field(network: SizedNetwork) -> PerAxis | None:
    """Return the receptive field (W, H) of a network: that of its last feature map.

    The map ends before the first GAP, GMP, FC or FLATTEN. One of these inside a branch ends it only
    where all branches have one, because a gate (squeeze-and-excitation) has one too. None where the
    field cannot be followed.
    """
    try:
        growth = map_growth(network.rows)
        return None if growth is None else (growth[0], growth[2])
    except UpsampledError:
        pass
    begin = input_field(network.rows)
    progress = follow_field(network.rows, MapProgress(begin, begin, network.input))
    return None if progress.last is None else extents(progress.last.largest, progress.volume)


def follow_field(rows: tuple[Part, ...], progress: MapProgress) -> MapProgress:
    """Return where the feature map is after more rows."""
    field, last, reached, more = progress
    if not more:
        return progress
    for part in rows:
        if isinstance(part, Row):
            _, layer, _, inputs, (output, _, _) = part
            volume = inputs[0]
            if volume is None or output is None or layer.kind in MAP_ENDS:
                return MapProgress(field, last, reached, more=False)
            reach = layer.reach(volume)
            if reach is not KEEP:
                last = field = field_through(field, reach, volume)
                reached = output
        elif isinstance(part, Fork):
            if part.makes_outputs:
                continue
            output = part.join.sizing.output
            if output is None or ends_map((part,)):
                return MapProgress(field, last, reached, more=False)
            last = field = field_after_fork(field, part)
            reached = output
        else:
            if isinstance(part, Loop) and part.times > 1 and not ends_map(part.body):
                field = field_after_iterations(field, part.body, part.times - 1)
            after = follow_field(part.body, MapProgress(field, last, reached))
            if not after.more:
                return after
            field, last, reached, _ = after
    return MapProgress(field, last, reached)
