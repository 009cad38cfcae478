"""Fixes of rules about the order of layers."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsize.language.tree import PLAIN, Item, LayerNode
from cnnsize.layers.base import Layer
from cnnsize.layers.conv import pair_text
from cnnsize.layers.pool import Pool
from cnnsize.layers.volume import Window
from cnnsize.lint.fixers.edits import removes_comment
from cnnsize.lint.fixers.request import FixRequest, Proposal
from cnnsize.text.diagnostic import Edit
from cnnsize.text.span import Span


def missing_nonlinearity(request: FixRequest) -> Iterator[Proposal]:
    """Propose a RELU before the second layer (CNN302)."""
    start = request.original(request.item).start
    yield Proposal("insert a RELU between them", (Edit(Span(start, start), "RELU -> "),))


def repeated_activation(request: FixRequest) -> Iterator[Proposal]:
    """Propose the first activation alone (CNN303); safe if both are RELU in every place."""
    kind, other = request.layer.kind, request.facts.value_of("other")
    is_safe = kind == other == "RELU" and request.violation.holds_everywhere()
    yield from request.remove(f"remove the second {kind}", "safe" if is_safe else "unsafe")


def remove_layer(request: FixRequest) -> Iterator[Proposal]:
    """Propose to remove the layer."""
    yield from request.remove(f"remove the {request.layer.kind}")


def adjacent_pools(request: FixRequest) -> Iterator[Proposal]:
    """Propose one larger pool, safe for max pools that tile the map, or the first one (CNN305)."""
    before, _ = request.neighbours
    if before is not None and _have_no_count(before, request.item):
        yield from _merged_pools(request, before)
    yield from request.remove("remove the second pool")


def _have_no_count(*items: Item) -> bool:
    return all(item.suffix is PLAIN for item in items)


def _merged_pools(request: FixRequest, before: Item) -> Iterator[Proposal]:
    if request.context.network.problems or not request.violation.holds_everywhere():
        return
    rows = (row for row in request.context.rows if row is not None and row.item is before)
    row = next(rows, None)
    first, second = None if row is None else row.layer, request.layer
    if not isinstance(first, Pool) or not isinstance(second, Pool):
        return
    if not (_tiles(first) and _tiles(second)):
        return
    w, h = (a.F * b.F for a, b in zip(first.windows, second.windows, strict=True))
    span = Span(request.original(before).start, request.original(request.item).end)
    edits = (Edit(span, f"POOL{pair_text((w, h))}"),)
    if not removes_comment(request.architecture, edits):
        yield Proposal("merge the two pools into one", edits, "safe")


def _tiles(layer: Layer) -> bool:
    """Return whether a layer is a max pool whose windows cover the map without gaps, overlap or
    padding.
    """
    if not isinstance(layer, Pool) or layer.kind != "POOL":
        return False
    return layer.to is None and all(
        window == Window(window.F, window.F) for window in layer.windows
    )


def activation_before_maxpool(request: FixRequest) -> Iterator[Proposal]:
    """Propose to pool first (CNN306): a monotone activation keeps the largest value the largest."""
    _, after = request.neighbours
    if after is None or not _have_no_count(request.item, after):
        return
    if not isinstance(after.node, LayerNode) or after.node.kind != "POOL":
        return
    if not request.violation.holds_everywhere():
        return
    activation, pool = request.original(request.item), request.original(after)
    text = request.architecture.text
    edits = (
        Edit(activation, text[pool.start : pool.end]),
        Edit(pool, text[activation.start : activation.end]),
    )
    yield Proposal(f"move the {request.layer.kind} after the pool", edits, "safe")


def conv_on_1x1(request: FixRequest) -> Iterator[Proposal]:
    """Propose a 1x1 filter (CNN307)."""
    yield from request.change("use a 1x1 filter", F=1, P=0)
