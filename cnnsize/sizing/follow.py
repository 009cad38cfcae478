"""Follow a receptive field through rows, joins and repetitions."""

from __future__ import annotations

from typing import NamedTuple

from cnnsize.layers.joins import gates
from cnnsize.layers.volume import KEEP, Volume
from cnnsize.limits import MAX_FIELD_WORK, MAX_PASSES, MAX_PHASES, MIN_PHASES, UNROLL_ONE
from cnnsize.sizing.field import (
    START_BOTH,
    Axes,
    Axis,
    Field,
    Jump,
    Paths,
    Two,
    extents,
    field_of_join,
    field_through,
    jump,
)
from cnnsize.sizing.rows import Fork, Loop, Part, Row
from cnnsize.sizing.sized import SizedNetwork


def input_field(parts: tuple[Part, ...]) -> Paths:
    """The field of the input: each position sees itself. A long network may not be followed as
    finely.
    """
    layers = max(1, length(parts, UNROLL_ONE, {}))
    most = min(MAX_PHASES, max(MIN_PHASES, MAX_FIELD_WORK // layers))
    return Paths(START_BOTH, START_BOTH, most)


def forked(field: Field, fork: Fork) -> Field:
    """The field behind a join of branches that all begin at ``field``."""
    return field_after_join([field_after(field, branch) for branch in fork.branches], fork.join)[0]


def field_after_join(ends: list[Field], join: Row) -> tuple[Field, bool]:
    """The field behind a join from those at the ends of its branches, gates left out; and whether
    it is misaligned.
    """
    output = join.sizing.output
    if output is None:
        return None, False
    weighs = gates(
        join.layer.kind, tuple(volume for volume in join.inputs if volume is not None), output
    )
    return field_of_join([end for end, gate in zip(ends, weighs, strict=True) if not gate])


def field_after_iterations(field: Field, body: tuple[Part, ...], count: int) -> Field:
    """The field after ``count`` equal passes.

    A pass looks only at distances between the cells seen: move all lowest ones by one number and
    all highest ones by another, and what comes out has moved by the same two. So once a pass has
    moved all of them by such a step, every later pass does too.
    """
    for done in range(count):
        if field is None:
            return None
        after = field_after(field, body)
        if after is None:
            return None
        if count - done > MAX_PASSES and _jumps(after) != _jumps(field):
            return None  # a stride on a 1x1 map: the jump doubles for ever
        if done > MAX_PASSES:
            return None
        largest = _moved(field.largest, after.largest, count - done)
        smallest = _moved(field.smallest, after.smallest, count - done)
        if largest is not None and smallest is not None:
            return Paths(
                largest, largest if after.smallest is after.largest else smallest, after.most
            )
        field = after
    return field


def _jumps(field: Paths) -> list[Jump]:
    return [jump(axis) for axis in (*field.largest, *field.smallest)]


def _moved(before: Axes, after: Axes, times: int) -> Axes | None:
    """The axes after ``times`` steps of the size that lies between these two; None where it is no
    one step.
    """
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
    highs = {
        None if x is None or y is None else y - x for x, y in zip(a.highs, b.highs, strict=True)
    }
    lows.discard(None)
    highs.discard(None)
    holes = [(x is None) != (y is None) for x, y in zip(a.lows, b.lows, strict=True)]
    if any(holes) or len(lows) != 1 or len(highs) != 1:
        return None
    low, high = lows.pop(), highs.pop()
    assert low is not None and high is not None
    return low, high


def field_after(field: Field, parts: tuple[Part, ...]) -> Field:
    """The field after one pass over rows."""
    for part in parts:
        if field is None:
            return None
        if isinstance(part, Row):
            volume = part.inputs[0]
            if volume is None or part.sizing.output is None:
                return None
            field = field_through(field, part.layer.reach(volume), volume)
        elif isinstance(part, Loop):
            field = field_after_iterations(field, part.body, part.times)
        elif isinstance(part, Fork):
            field = forked(field, part)
        else:
            field = field_after(field, part.body)
    return field


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


def watched_passes(parts: tuple[Part, ...]) -> int:
    """How many layers a field may be followed through, at most: of a repeat so many passes as are
    watched.
    """
    total = 0
    for part in parts:
        if isinstance(part, Row):
            total += 1
        elif isinstance(part, Fork):
            total += 1 + sum(map(watched_passes, part.branches))
        else:
            total += watched_passes(part.body) * (
                min(part.times, MAX_PASSES) if isinstance(part, Loop) else 1
            )
    return total


MAP_ENDS = frozenset({"GAP", "GMP", "FC", "FLATTEN"})  # behind these there is no map to look at


class Seen(NamedTuple):
    """How far the map was followed: what its positions see, its last volume, and whether it goes
    on.
    """

    field: Field
    last: Field
    volume: Volume
    more: bool = True


def own_field(network: SizedNetwork) -> Two | None:
    """The receptive field of a network: that of its last layer that still has a map.

    This is the last one before the first GAP, GMP, FC or FLATTEN; None where it is too fine to
    follow. A head inside a branch ends the map only where all branches have one: a gate is no head.
    """
    begin = input_field(network.rows)
    seen = follow_field(network.rows, Seen(begin, begin, network.input))
    return None if seen.last is None else extents(seen.last.largest, seen.volume)


def follow_field(rows: tuple[Part, ...], seen: Seen) -> Seen:
    """The map followed through more rows."""
    last: tuple[Field, Volume] = (seen.last, seen.volume)

    def follow(parts: tuple[Part, ...], field: Field) -> tuple[Field, bool]:
        """The field behind parts, and whether the map goes on."""
        nonlocal last
        for part in parts:
            if isinstance(part, Row):
                volume, output = part.inputs[0], part.sizing.output
                if volume is None or output is None or part.layer.kind in MAP_ENDS:
                    return field, False
                reach = part.layer.reach(volume)
                if reach is not KEEP:
                    field = field_through(field, reach, volume)
                    last = field, output
            elif isinstance(part, Fork):
                output = part.join.sizing.output
                if output is None or _headed((part,)):
                    return field, False
                field = forked(field, part)
                last = field, output
            else:
                if isinstance(part, Loop) and part.times > 1 and not _headed(part.body):
                    field = field_after_iterations(field, part.body, part.times - 1)
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
            if part.layer.kind in MAP_ENDS:
                return True
        elif isinstance(part, Fork):
            if all(_headed(branch) for branch in part.branches):
                return True
        elif _headed(part.body):
            return True
    return False
