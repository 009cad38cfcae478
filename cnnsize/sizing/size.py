"""Size a parsed network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cnnsize.language.tree import Layer as LayerNode
from cnnsize.layers.ends import Input
from cnnsize.layers.volume import Volume
from cnnsize.network import Network
from cnnsize.sizing.settings import TORCH, Settings
from cnnsize.sizing.walk import Walk
from cnnsize.text.diagnostic import error
from cnnsize.text.span import Span

if TYPE_CHECKING:
    from cnnsize.architecture import Architecture


def size(
    architecture: Architecture,
    input: tuple[int, int, int] | None,
    values: Mapping[str, int],
    settings: Settings = TORCH,
) -> Network:
    """Walks an architecture from its INPUT, or from ``input`` where one is given (W x H x D)."""
    chain, definitions = architecture.chain, architecture.definitions
    walk = Walk(settings, values, definitions, chain)
    open_fc = architecture.statement.open_fc or any(one.open_fc for one in definitions.values())
    begin = chain.items[0].node
    begins = isinstance(begin, LayerNode) and begin.kind == "INPUT"
    if not begins:
        if input is None:
            raise error("CNN005", "there is no INPUT to start from", Span(chain.span.start, chain.span.start),
                        label="begins here",
                        help=("put INPUT[32x32x3] -> in front, or give --input 32x32x3",))  # fmt: skip
        start = Volume(*input)
        rows, out = walk.chain(chain, start, (), open_fc)
        return Network(architecture, start, out, tuple(rows), tuple(walk.problems), settings, values, True, walk.steps)
    first = chain.items[0]
    assert isinstance(first.node, LayerNode)
    layer = walk.layer(first.node, first)
    if input is not None:
        layer = Input(volume=Volume(*input))
        walk.scope.layers[first.node] = layer
    assert isinstance(layer, Input)
    if first.suffix.repeat is not None or first.suffix.optional:
        assert first.suffix.count_span is not None
        raise error("CNN001", "there is one INPUT", first.suffix.count_span)
    start = layer.volume
    rows, out = walk.chain(chain, start, (), open_fc)
    given = input is not None
    return Network(architecture, start, out, tuple(rows), tuple(walk.problems), settings, values, given, walk.steps)
