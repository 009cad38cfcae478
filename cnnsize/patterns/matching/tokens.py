"""A network as the flat sequence of its layers, for matching."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn

from cnnsize.language import tree
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import Call, Chain, Ellipsis, Group, Item, Join
from cnnsize.layers.base import Layer
from cnnsize.layers.volume import Window
from cnnsize.limits import MAX_KINDS, MAX_NESTING
from cnnsize.sizing.letters import bound_letters
from cnnsize.sizing.settings import TORCH
from cnnsize.sizing.walk import Walk
from cnnsize.text.diagnostic import ArchitectureError, error
from cnnsize.text.span import Span

ATTRIBUTES = {"from": "start", "to": "stop", "per": "per_channel", "in": "claim"}


class LayerInstance(NamedTuple):
    """One layer of the network, or one join with its branches."""

    kind: str
    layer: Layer | None
    span: Span
    order: int  # its number among all layers of the network
    branches: tuple[tuple[LayerInstance, ...], ...] = ()


def shifted_by(tokens: tuple[LayerInstance, ...], by: int) -> list[LayerInstance]:
    """The same layers later in the network."""
    new = tuple.__new__
    return [
        new(
            LayerInstance,
            (
                kind,
                layer,
                span,
                order + by,
                branches and tuple([tuple(shifted_by(one, by)) for one in branches]),
            ),
        )
        for kind, layer, span, order, branches in tokens
    ]


def unrolled(
    one: ParsedArchitecture, letters: Mapping[str, int] | None = None
) -> tuple[LayerInstance, ...]:
    """The layers of a network in forward order, repeats and blocks written out."""
    walk = Walk(TORCH, bound_letters(one) if letters is None else letters, one.definitions)
    count = 0

    def listed(chain: Chain, depth: int) -> tuple[LayerInstance, ...]:
        nonlocal count
        found: list[LayerInstance] = []
        for item in chain.items:
            times = walk.times(item)
            if depth > MAX_NESTING:
                walk.too_deep(item)
            before = count
            one = once(item, depth) if times else ()
            width = count - before
            if width * (times - 1) > MAX_KINDS - count:
                too_long(item)
            count += width * max(0, times - 1)
            found += one
            for turn in range(1, times if width else 1):
                found += shifted_by(one, turn * width)
        return tuple(found)

    def too_long(item: Item) -> NoReturn:
        raise error("CNN009", f"more than {MAX_KINDS:,} layers in one list", item.span)

    def once(item: Item, depth: int) -> tuple[LayerInstance, ...]:
        nonlocal count
        node = item.node
        if isinstance(node, Group):
            return listed(node.chain, depth + 1)
        if isinstance(node, Call):
            definition, _, scope = walk.called(item, node)
            outer, walk.scope = walk.scope, scope
            body = listed(definition.chain, depth + 1)
            walk.scope = outer
            return body
        if isinstance(node, Ellipsis):
            walk.once(item, None, (), False)  # raises
        if count >= MAX_KINDS:
            too_long(item)
        order = count
        count += 1
        if isinstance(node, Join):
            branches = tuple(listed(branch, depth + 1) for branch in node.branches)
            return (
                LayerInstance(
                    node.op, None, Span(item.start, item.start + len(node.op)), order, branches
                ),
            )
        assert isinstance(node, tree.LayerNode)
        if node.kind == "INPUT" and node.shape is not None and len(node.shape) != 3:
            layer = None
        else:
            layer = walk.scope.layers.get(node) or walk.layer(node, item)
        return (LayerInstance(node.kind, layer, item.span, order),)

    try:
        return listed(one.chain, 0)
    except ArchitectureError as wrong:
        raise one.mapped_error(wrong) from None


def attribute(layer: Layer, key: str) -> Any:
    """What a layer has under the key of an option; None where it has no such thing."""
    windows: tuple[Window, Window] | None = getattr(layer, "windows", None)
    if windows is not None and key in ("F", "S", "P", "D", "ceil"):
        w, h = windows
        if key == "ceil":
            return w.ceil
        if key == "P" and (w.before, h.before) != (w.after, h.after):
            return None
        return {"F": (w.F, h.F), "S": (w.S, h.S), "P": (w.before, h.before), "D": (w.D, h.D)}[key]
    if key == "shape":
        return getattr(layer, "volume", None) or getattr(layer, "to", None)
    if key == "P" and layer.kind == "PAD":
        sides = getattr(layer, "left", 0), getattr(layer, "top", 0)
        return sides if sides == (getattr(layer, "right", 0), getattr(layer, "bottom", 0)) else None
    if key == "to" and layer.kind in ("POOL", "AVGPOOL"):
        return getattr(layer, "to", None)
    if key == "per":
        return "channel" if getattr(layer, "per_channel", False) else None
    return getattr(layer, ATTRIBUTES.get(key, key), None)
