"""Checks of the order of layers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from cnnsize.layers import KINDS
from cnnsize.layers.names import ACTIVATIONS, ENDS, NORMS, of_role
from cnnsize.lint.checks.hit import Hit
from cnnsize.lint.context import FLAT, LINEAR, POOLED, POOLS, SOFTMAXES, WEIGHERS, Context
from cnnsize.lint.flags import STEM, STRIDED


def missing_nonlinearity(c: Context) -> Iterator[Hit]:
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
            yield Hit(index, {"other": row.layer.kind}, related, places=places)


def code_layer(c: Context, first: int, second: int) -> bool:
    """Two FC with fewer values between than come in and go out: the code of an autoencoder, or a
    large matrix in two factors. As one they would be larger.
    """
    comes_in, between, goes_out = (
        c.row(first).inputs[0],
        c.row(first).sizing.output,
        c.row(second).sizing.output,
    )
    if (
        c.kinds[first] != "FC"
        or c.kinds[second] != "FC"
        or comes_in is None
        or between is None
        or goes_out is None
    ):
        return False
    return between.D < goes_out.D and between.D < comes_in.W * comes_in.H * comes_in.D


def repeated_activation(c: Context) -> Iterator[Hit]:
    """CNN303: an activation that hears an activation. Softmax behind one is CNN304's."""
    yield from _again(c, BENDS - SOFTMAXES, lambda kind, other: other in BENDS)


def repeated_norm(c: Context) -> Iterator[Hit]:
    """CNN310: a norm that hears one of its own kind."""
    branches = c.graph.branches
    for one in _again(c, frozenset(NORMS), lambda kind, other: kind == other):
        heard = nearest_before(c, one.at or 0, frozenset(NORMS))
        if (
            heard is not None and branches[heard] == branches[one.at or 0]
        ):  # else a shortcut hears the first too
            yield one


def _again(c: Context, kinds: frozenset[str], alike: Callable[[str, str], bool]) -> Iterator[Hit]:
    """Rows of these kinds that hear one which is alike."""
    before, names, times = c.graph.predecessors, c.kinds, c.graph.times
    for index in c.indices_of(*kinds):
        befores = before[index]
        if not befores:
            continue
        first = befores[0]
        if len(befores) == 1 and names[first]:
            if alike(names[index], names[first]):
                yield Hit(index, {"other": names[first]}, ((c.row(first).item.span, "the first"),))
            continue
        found = [one for one in c.preceding_layers(index) if alike(names[index], names[one])]
        if found:
            count = None
            if not names[first] and not any(
                one < first for one in found
            ):  # in all passes but the first
                count = times[index] - times[first]
            yield Hit(
                index,
                {"other": names[found[0]]},
                ((c.row(found[0]).item.span, "the first"),),
                places=count,
            )


def activation_on_logits(c: Context) -> Iterator[Hit]:
    """CNN304: scores that are cut off or bent before they are compared."""
    for index in c.tail():
        if c.kinds[index] in CUTTING and (logits := scores_before(c, index)) is not None:
            yield Hit(
                index,
                {"other": c.kinds[logits]},
                ((c.row(logits).item.span, "the last layer with weights"),),
            )


def dropout_on_output(c: Context) -> Iterator[Hit]:
    """CNN309: scores that are thrown away in training."""
    for index in c.tail():
        if (
            c.kinds[index] in ("DROPOUT", "DROPOUT2D")
            and (logits := scores_before(c, index)) is not None
        ):
            yield Hit(
                index,
                {"other": c.kinds[logits]},
                ((c.row(logits).item.span, "the last layer with weights"),),
            )


def scores_before(c: Context, index: int) -> int | None:
    """The layer whose scores arrive here with nothing but pointwise layers between.

    An FC gives scores; a filter does where something behind says that an end is meant. The end of a
    text alone may be the end of a fragment: the maps of a backbone are no scores.
    """
    at = index
    while True:
        befores = list(c.preceding_layers(at))
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


def adjacent_pools(c: Context) -> Iterator[Hit]:
    """CNN305: two pools with a stride, and nothing that weighs between."""
    pools = c.marked(STRIDED, "POOL", "AVGPOOL")
    if len(pools) < 2:
        return
    arrived = c.forward
    for index in pools:
        if arrived[index] & POOLED:
            other = nearest_before(c, index, POOLS)
            if other is not None:
                yield Hit(
                    index, {"other": c.kinds[other]}, ((c.row(other).item.span, "the first"),)
                )


def activation_before_maxpool(c: Context) -> Iterator[Hit]:
    """CNN306: the largest of values that never change order is the same before and behind."""
    for index in c.indices_of("POOL"):
        befores = c.graph.predecessors[index]
        if len(befores) != 1 or c.kinds[befores[0]] not in MONOTONE or not c.strided(index):
            continue
        one = befores[0]
        if c.graph.branches[one] == c.graph.branches[index]:
            row, pool = c.row(one), c.row(index)
            volume, output = row.inputs[0], pool.sizing.output
            if volume is not None and output is not None:
                more, less = volume.W * volume.H * volume.D, output.W * output.H * output.D
                yield Hit(one, {"values": more, "fewer": less}, ((pool.item.span, "the pool"),))


def spatial_after_flatten(c: Context) -> Iterator[Hit]:
    """CNN301: a window on what is no map any more."""
    candidates = c.indices_of("CONV", "DWCONV", "TCONV", "POOL", "AVGPOOL")
    if not candidates or not c.indices_of("FC", "FLATTEN"):
        return
    arrived = c.forward
    for index in candidates:
        if arrived[index] & FLAT:
            other = nearest_before(c, index, frozenset({"FC", "FLATTEN"}))
            if other is not None:
                yield Hit(
                    index,
                    {"other": c.kinds[other]},
                    ((c.row(other).item.span, "here the map ends"),),
                )


def nearest_before(c: Context, index: int, kinds: frozenset[str]) -> int | None:
    """The nearest row of these kinds before a row, along any path; in a repeat it may be the row
    itself.
    """
    key = tuple(c.graph.predecessors[index]), kinds
    if key not in c.nearest:  # the branches of a join all hear the same
        c.nearest[key] = None
        seen: set[int] = set()
        ahead = deque(c.preceding_layers(index))
        while ahead:
            one = ahead.popleft()
            if one in seen:
                continue
            seen.add(one)
            if c.kinds[one] in kinds:
                c.nearest[key] = one
                break
            ahead += c.preceding_layers(one)
    return c.nearest[key]


BENDS = frozenset(ACTIVATIONS)
CUTTING = frozenset(kind for kind, cls in KINDS.items() if cls.traits.clips)
MONOTONE = frozenset(kind for kind, cls in KINDS.items() if cls.traits.monotone)
POINTWISE = frozenset(of_role("activation", "norm", "scale", "dropout"))
