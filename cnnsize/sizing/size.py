"""Size a parsed network."""

from __future__ import annotations

from collections.abc import Mapping

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import LayerNode
from cnnsize.layers.ends import Input
from cnnsize.layers.volume import Volume
from cnnsize.sizing.letters import letter_values
from cnnsize.sizing.settings import TORCH, Settings
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.sizing.walk import Walk
from cnnsize.text.diagnostic import ArchitectureError, error
from cnnsize.text.span import Span

NO_LETTERS: Mapping[str, int] = {}


def size(
    architecture: ParsedArchitecture,
    input: tuple[int, int, int] | None,
    values: Mapping[str, int],
    settings: Settings = TORCH,
) -> SizedNetwork:
    """Walks an architecture from its INPUT, or from ``input`` where one is given (W x H x D)."""
    chain, definitions = architecture.chain, architecture.definitions
    walk = Walk(settings, values, definitions, chain)
    open_fc = architecture.statement.open_fc or any(one.open_fc for one in definitions.values())
    begin = chain.items[0].node
    begins = isinstance(begin, LayerNode) and begin.kind == "INPUT"
    if not begins:
        if input is None:
            raise error(
                "CNN005",
                "there is no INPUT to start from",
                Span(chain.span.start, chain.span.start),
                label="begins here",
                help=("put INPUT[32x32x3] -> in front, or give --input 32x32x3",),
            )
        start = Volume(*input)
        rows, out = walk.chain(chain, start, (), open_fc)
        return SizedNetwork(
            architecture,
            start,
            out,
            tuple(rows),
            tuple(walk.problems),
            settings,
            values,
            True,
            walk.steps,
        )
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
    return SizedNetwork(
        architecture,
        start,
        out,
        tuple(rows),
        tuple(walk.problems),
        settings,
        values,
        given,
        walk.steps,
    )


def sized(
    network: ParsedArchitecture,
    input: tuple[int, int, int] | None = None,
    settings: Settings = TORCH,
    values: Mapping[str, int] = NO_LETTERS,
) -> SizedNetwork:
    """Size a network with the letters of the caller, else of ``where``. Errors point into the text
    as written.
    """
    try:
        return size(
            network,
            None if input is None else volume_of(input),
            letter_values(network, values),
            settings,
        )
    except ArchitectureError as error:
        raise network.mapped_error(error) from None


def volume_of(value: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return the W x H x D that a caller gave. Raises ArchitectureError unless it is three sizes of
    at least 1.
    """
    if not isinstance(value, (tuple, list)):
        raise TypeError(f"an input is three sizes, W x H x D, not {type(value).__name__}")
    if len(value) != 3 or any(
        isinstance(side, bool) or not isinstance(side, int) or side < 1 for side in value
    ):
        raise error(
            "CNN004", f"an input is three sizes of at least 1, W x H x D, not {value!r}", Span(0, 0)
        )
    return (value[0], value[1], value[2])
