"""Checks of the order of layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cnnsize.layers import KINDS
from cnnsize.layers.names import ACTIVATIONS, ENDS, NORMS, of_role
from cnnsize.layers.volume import Volume
from cnnsize.lint.checks.hit import Hit, related_to
from cnnsize.lint.context import POOLS, SOFTMAXES, WITH_WEIGHTS, Context
from cnnsize.lint.flags import COLLAPSIBLE, STRIDED_POOL
from cnnsize.lint.path_flags import FLAT, LINEAR, POOLED

ALL_ACTIVATIONS = frozenset(ACTIVATIONS)
CLIPPING = frozenset(kind for kind, cls in KINDS.items() if cls.traits.clips)
MONOTONE = frozenset(kind for kind, cls in KINDS.items() if cls.traits.monotone)
POINTWISE = frozenset(of_role("activation", "norm", "scale", "dropout", "identity"))
ENDS_OF_MAP = frozenset({"FC", "FLATTEN"})


def missing_nonlinearity(context: Context) -> Iterator[Hit]:
    """Find convolutions and FC without a nonlinearity since the preceding one (CNN302)."""
    if not context.network.architecture.activations_known:
        return
    candidates = context.flagged(COLLAPSIBLE, "CONV", "TCONV", "FC")
    if len(candidates) < 2 and not context.graph.has_repetition:
        return
    arriving = context.forward
    later = context.forward_later if context.graph.has_repetition else arriving
    for index in candidates:
        if not (arriving[index] | later[index]) & LINEAR:
            continue
        if arriving[index] & FLAT and context.kinds[index] != "FC":
            continue  # its input is no feature map, as CNN301 reports
        other = context.nearest_before(index, WITH_WEIGHTS)
        if other is None or is_bottleneck(context, other, index):
            continue
        places = None
        if not arriving[index] & LINEAR:  # the first iteration reads another layer
            places = context.graph.times[index] - context.first_iterations(index)
        related = () if other == index else related_to(context, other, "the first of the two")
        yield Hit(index, {"other": context.kinds[other]}, related, places=places)


def is_bottleneck(context: Context, first: int, second: int) -> bool:
    """Return whether two FC have fewer values between them than before and after.

    That is the code of an autoencoder, or a large matrix in two factors: one FC would be larger.
    """
    if context.kinds[first] != "FC" or context.kinds[second] != "FC":
        return False
    before, between = context.row(first).inputs[0], context.row(first).sizing.output
    after = context.row(second).sizing.output
    if before is None or between is None or after is None:
        return False
    return min(after.D, _values(before)) > between.D


def _values(volume: Volume) -> int:
    return volume.W * volume.H * volume.D


def repeated_activation(context: Context) -> Iterator[Hit]:
    """Find activations directly after an activation (CNN303). CNN304 covers softmax after one."""
    kinds = ALL_ACTIVATIONS - SOFTMAXES
    yield from _directly_after(context, kinds, lambda kind, other: other in ALL_ACTIVATIONS)


def repeated_norm(context: Context) -> Iterator[Hit]:
    """Find norms directly after one of the same kind (CNN310)."""
    branches, norms = context.graph.branch_numbers, frozenset(NORMS)
    for hit in _directly_after(context, norms, lambda kind, other: kind == other):
        assert hit.layer is not None
        first = context.nearest_before(hit.layer, norms)
        # In different branches, a shortcut reads the output of the first norm too.
        if first is not None and branches[first] == branches[hit.layer]:
            yield hit


def _directly_after(
    context: Context, kinds: frozenset[str], repeats: Callable[[str, str], bool]
) -> Iterator[Hit]:
    """Yield layers of these kinds directly after a layer that they repeat."""
    names, times = context.kinds, context.graph.times
    for index in context.indices_of(*kinds):
        predecessors = context.graph.predecessors[index]
        if not predecessors:
            continue
        first = predecessors[0]
        places = None
        if len(predecessors) == 1 and names[first]:
            if not repeats(names[index], names[first]):
                continue
            other = first
        else:
            others = [
                layer
                for layer in context.preceding_layers(index)
                if repeats(names[index], names[layer])
            ]
            if not others:
                continue
            other = others[0]
            starts_repetition = not names[first]
            if starts_repetition and all(layer > first for layer in others):
                places = times[index] - times[first]  # all iterations but the first
        related = related_to(context, other, "the first")
        yield Hit(index, {"other": names[other]}, related, places=places)


def activation_on_logits(context: Context) -> Iterator[Hit]:
    """Find activations that cut off or compress the output scores (CNN304)."""
    yield from _on_scores(context, CLIPPING)


def dropout_on_output(context: Context) -> Iterator[Hit]:
    """Find dropout that removes output scores in training (CNN309)."""
    yield from _on_scores(context, frozenset({"DROPOUT", "DROPOUT2D"}))


def _on_scores(context: Context, kinds: frozenset[str]) -> Iterator[Hit]:
    """Yield final layers of these kinds that read output scores."""
    for index in context.final_layers():
        if context.kinds[index] not in kinds:
            continue
        scores = scores_before(context, index)
        if scores is not None:
            related = related_to(context, scores, "the last layer with weights")
            yield Hit(index, {"other": context.kinds[scores]}, related)


def scores_before(context: Context, index: int) -> int | None:
    """Return the layer whose scores a layer reads, with at most pointwise layers between.

    An FC gives scores. A convolution does if something after it says that the network ends there: a
    text that ends with a convolution may be a backbone, whose maps are no scores, and so may a
    branch of OUTPUT.
    """
    layer = index
    while True:
        preceding = list(context.preceding_layers(layer))
        if len(preceding) != 1:
            return None
        layer = preceding[0]
        kind = context.kinds[layer]
        if kind == "FC":
            return layer
        if kind in ("CONV", "TCONV"):
            is_marked = context.kinds[-1] in ENDS and not context.graph.branch_numbers[index]
            is_fragment = context.is_last(index) and not is_marked
            return None if is_fragment else layer
        if kind not in POINTWISE:
            return None


def adjacent_pools(context: Context) -> Iterator[Hit]:
    """Find two pools with a stride, and no layer with weights between them (CNN305)."""
    pools = context.flagged(STRIDED_POOL, "POOL", "AVGPOOL")
    if len(pools) < 2:
        return
    arriving = context.forward
    for index in pools:
        if arriving[index] & POOLED:
            other = context.nearest_before(index, POOLS)
            if other is not None:
                related = related_to(context, other, "the first")
                yield Hit(index, {"other": context.kinds[other]}, related)


def activation_before_maxpool(context: Context) -> Iterator[Hit]:
    """Find monotone activations before a max pool, after which there are fewer values (CNN306)."""
    branches = context.graph.branch_numbers
    for pool in context.indices_of("POOL"):
        predecessors = context.graph.predecessors[pool]
        if len(predecessors) != 1 or not context.is_strided_pool(pool):
            continue
        activation = predecessors[0]
        if context.kinds[activation] not in MONOTONE or branches[activation] != branches[pool]:
            continue
        volume, output = context.row(activation).inputs[0], context.row(pool).sizing.output
        if volume is not None and output is not None:
            facts = {"values": _values(volume), "fewer": _values(output)}
            yield Hit(activation, facts, related_to(context, pool, "the pool"))


def spatial_after_flatten(context: Context) -> Iterator[Hit]:
    """Find convolutions and pools on a vector (CNN301)."""
    candidates = context.indices_of("CONV", "DWCONV", "TCONV", "POOL", "AVGPOOL")
    if not candidates or not context.indices_of(*ENDS_OF_MAP):
        return
    arriving = context.forward
    for index in candidates:
        if arriving[index] & FLAT:
            other = context.nearest_before(index, ENDS_OF_MAP)
            if other is not None:
                related = related_to(context, other, "the feature map ends here")
                yield Hit(index, {"other": context.kinds[other]}, related)
