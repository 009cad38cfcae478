"""Size a parsed network."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import Chain, Item, Join, LayerNode, all_items
from cnnsize.layers.ends import Input
from cnnsize.layers.volume import Volume
from cnnsize.limits import MAX_OUTPUTS
from cnnsize.sizing.arguments import volume_of
from cnnsize.sizing.letters import letter_values
from cnnsize.sizing.rows import Part, further_outputs
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
    """Size an architecture from its INPUT, or from ``input`` (W x H x D) where that is given.

    ``values`` has a value for every letter. Raises ArchitectureError where a network cannot be
    sized at all; a layer that does not fit is a problem of the result.
    """
    chain, definitions = architecture.chain, architecture.definitions
    walk = Walk(settings, values, definitions, network_chain=chain)
    has_open_fc = architecture.statement.open_fc or any(
        definition.open_fc for definition in definitions.values()
    )
    start = _start_volume(walk, chain.items[0], input)
    rows, output = walk.chain(chain, start, (), tail=has_open_fc)
    if walk.makes_outputs:
        refuse_many_outputs(tuple(rows), chain)
    return SizedNetwork(
        architecture,
        start,
        output,
        tuple(rows),
        tuple(walk.problems),
        settings,
        values,
        input is not None,
        walk.steps,
    )


def refuse_many_outputs(rows: tuple[Part, ...], chain: Chain) -> None:
    """Raise ArchitectureError for a network of more than ``MAX_OUTPUTS`` outputs."""
    further = sum(1 for _ in islice(further_outputs(rows), MAX_OUTPUTS))
    if further < MAX_OUTPUTS:
        return
    first = next(
        item for item in all_items(chain) if isinstance(item.node, Join) and item.node.makes_outputs
    )
    raise error(
        "CNN009",
        f"the network has more than {MAX_OUTPUTS:,} outputs",
        Span(first.start, first.start + len("OUTPUT")),
        help=("repeat it fewer times",),
    )


def _start_volume(walk: Walk, first: Item, input: tuple[int, int, int] | None) -> Volume:
    """Return the volume that the first item receives. An ``input`` replaces what INPUT declares."""
    node = first.node
    if not (isinstance(node, LayerNode) and node.kind == "INPUT"):
        if input is None:
            raise error(
                "CNN005",
                "the network has no INPUT, so its input size is unknown",
                Span(first.start, first.start),
                label="the network starts here",
                help=("start it with INPUT[32x32x3] ->, or pass --input 32x32x3",),
            )
        return Volume(*input)
    layer = walk.scope.layer(node, first, walk.settings.defaults)
    if input is not None:
        layer = walk.scope.layers[node] = Input(volume=Volume(*input))
    if first.suffix.repeat is not None or first.suffix.optional:
        assert first.suffix.count_span is not None
        raise error("CNN001", "INPUT cannot be repeated or optional", first.suffix.count_span)
    assert isinstance(layer, Input)
    return layer.volume


def sized(
    network: ParsedArchitecture,
    input: tuple[int, int, int] | None = None,
    settings: Settings = TORCH,
    values: Mapping[str, int] = NO_LETTERS,
) -> SizedNetwork:
    """Size a network; its letters take the values of the caller, else those of ``where``.

    Raises ArchitectureError, whose spans point into the text as written.
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
