"""A network as the sequence of its layers, with repetitions and blocks written out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import Call, Chain, Ellipsis, Group, Item, Join, LayerNode
from cnnsize.layers.base import Layer
from cnnsize.layers.volume import Window
from cnnsize.limits import MAX_LISTED_LAYERS
from cnnsize.sizing.items import check_depth, refuse_ellipsis, repetition_count
from cnnsize.sizing.letters import bound_letters
from cnnsize.sizing.scope import Blocks, Scope
from cnnsize.sizing.settings import TORCH
from cnnsize.text.diagnostic import ArchitectureError, error
from cnnsize.text.span import Span

# attributes of a layer that are not called like their option
ATTRIBUTES = {"from": "start", "to": "stop", "per": "per_channel", "in": "claim"}


class LayerInstance(NamedTuple):
    """One layer of the network, or one join with its branches."""

    kind: str
    layer: Layer | None  # None for a join, and for an INPUT that is not W x H x D
    span: Span
    order: int  # its number among all layers of the network
    branches: tuple[tuple[LayerInstance, ...], ...] = ()


def unroll(
    network: ParsedArchitecture, letters: Mapping[str, int] | None = None
) -> tuple[LayerInstance, ...]:
    """Return the layers of a network in forward order, with repetitions and blocks written out.

    ``letters`` are the values of its letters; None takes them from its ``where``. Raises
    ArchitectureError for an open letter, an invalid layer, and more than ``MAX_LISTED_LAYERS`` layers.
    """
    try:
        return Unroller(network, letters).chain(network.chain, 0)
    except ArchitectureError as failure:
        raise network.mapped_error(failure) from None


class Unroller:
    """Write out the layers of one network, and number them."""

    def __init__(self, network: ParsedArchitecture, letters: Mapping[str, int] | None) -> None:
        letters = bound_letters(network) if letters is None else letters
        self.blocks = Blocks(network.definitions)
        self.scope = Scope(letters)
        self.count = 0  # of layers so far

    def chain(self, chain: Chain, depth: int) -> tuple[LayerInstance, ...]:
        """Return the layers of a chain; every iteration after the first is a shifted copy."""
        layers: list[LayerInstance] = []
        for item in chain.items:
            times = repetition_count(item, self.scope.values)
            check_depth(item, depth)
            count_before = self.count
            iteration = self.item(item, depth) if times else ()
            width = self.count - count_before
            if width * (times - 1) > MAX_LISTED_LAYERS - self.count:
                refuse_length(item)
            self.count += width * max(0, times - 1)
            layers += iteration
            for number in range(1, times if width else 1):
                layers += shift(iteration, number * width)
        return tuple(layers)

    def item(self, item: Item, depth: int) -> tuple[LayerInstance, ...]:
        """Return the layers of one iteration of an item."""
        node = item.node
        if isinstance(node, Group):
            return self.chain(node.chain, depth + 1)
        if isinstance(node, Call):
            definition, _, scope = self.blocks.called(item, node, self.scope.values)
            outer, self.scope = self.scope, scope
            body = self.chain(definition.chain, depth + 1)
            self.scope = outer
            return body
        if isinstance(node, Ellipsis):
            refuse_ellipsis(item)
        if self.count >= MAX_LISTED_LAYERS:
            refuse_length(item)
        order = self.count
        self.count += 1
        if isinstance(node, Join):
            branches = tuple(self.chain(branch, depth + 1) for branch in node.branches)
            operator = Span(item.start, item.start + len(node.op))
            return (LayerInstance(node.op, None, operator, order, branches),)
        assert isinstance(node, LayerNode)
        has_partial_shape = node.shape is not None and len(node.shape) != 3
        if node.kind == "INPUT" and has_partial_shape:
            layer = None
        else:
            layer = self.scope.layer(node, item, TORCH.defaults)
        return (LayerInstance(node.kind, layer, item.span, order),)


def refuse_length(item: Item) -> NoReturn:
    """Raise ArchitectureError (CNN009) for a network of too many layers."""
    raise error("CNN009", f"more than {MAX_LISTED_LAYERS:,} layers, too many to match", item.span)


def shift(layers: tuple[LayerInstance, ...], offset: int) -> list[LayerInstance]:
    """Return copies of layers that come ``offset`` layers later in the network."""
    new = tuple.__new__  # faster than calling LayerInstance
    return [
        new(
            LayerInstance,
            (
                kind,
                layer,
                span,
                order + offset,
                branches and tuple([tuple(shift(branch, offset)) for branch in branches]),
            ),
        )
        for kind, layer, span, order, branches in layers
    ]


def attribute(layer: Layer, key: str) -> Any:
    """Return the value of a layer's option; None if the layer has no such option.

    Sizes of a window are (W, H). An asymmetric padding has no value that a pattern could state.
    """
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
