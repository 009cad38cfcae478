"""Size one layer on one volume, cached for each layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from cnnsize.language.tree import LayerNode
from cnnsize.layers.base import Layer
from cnnsize.layers.dense import FullyConnected
from cnnsize.layers.reshape import Pad
from cnnsize.layers.volume import Fault, Sizing, Volume
from cnnsize.sizing.make import bound_layer, standard_layer
from cnnsize.sizing.rows import Block, Loop, Part, Row

UNKNOWN = Sizing(None)
Bindings = tuple[tuple[str, int], ...]


def checked(layer: Layer, volume: Volume) -> Sizing:
    """What comes out of a layer, once its author's claim of what comes in was checked."""
    if layer.claim is not None:
        comes_in = volume.W * volume.H * volume.D if layer.kind == "FC" else volume.D
        if layer.claim != comes_in:
            facts = (("said", layer.claim), ("is", comes_in))
            return Sizing(None, None, (Fault("CNN108", why="in", facts=facts),))
    return layer.size(volume)


@lru_cache(maxsize=8192)
def standard_step(node: LayerNode, volume: Volume) -> tuple[Layer, tuple[Volume], Sizing] | None:
    """What a node without letters does to a volume under the standard settings, kept from walk to
    walk.

    None where there is more to say: a fault, an FC whose place decides its width, an INPUT that may
    be overridden.
    """
    layer = standard_layer(node)
    if (
        layer is None
        or node.kind == "INPUT"
        or (layer.__class__ is FullyConnected and layer.K is None)
    ):
        return None
    sizing = checked(layer, volume)
    return None if sizing.faults else (layer, (volume,), sizing)


@lru_cache(maxsize=8192)
def bound_step(
    node: LayerNode, bindings: Bindings, volume: Volume
) -> tuple[Layer, tuple[Volume], Sizing] | None:
    """The same for a node with letters that have values."""
    layer = bound_layer(node, bindings)
    if layer is None or (layer.__class__ is FullyConnected and layer.K is None):
        return None
    sizing = checked(layer, volume)
    return None if sizing.faults else (layer, (volume,), sizing)


class Scope(NamedTuple):
    """What letters stand for, in the network or in one call of a block, and the layers made with
    that.
    """

    values: Mapping[str, int]
    layers: dict[LayerNode, Layer]
    bindings: dict[LayerNode, Bindings]  # of the layers with letters

    @classmethod
    def of(cls, values: Mapping[str, int]) -> Scope:
        return cls(values, {}, {})


Zeros = tuple[int, int]
NO_ZEROS: Zeros = (0, 0)


def zeros_behind(rows: Sequence[Part], before: Zeros) -> Zeros:
    """The zeros at the right and at the bottom of what comes out, where the last layer is a PAD;
    those ``before`` where there are no layers.
    """
    if not rows:
        return before
    part = rows[-1]
    while isinstance(part, (Loop, Block)) and part.body:
        part = part.body[-1]
    return (
        (part.layer.right, part.layer.bottom)
        if isinstance(part, Row) and isinstance(part.layer, Pad)
        else NO_ZEROS
    )
