"""A live PyTorch module as text in the notation, checked against the module itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.models.blocks import flat_text, free_name, model_text
from cnnsize.models.flow import Flow, Node, UnreadableModelError
from cnnsize.models.series import Item, Join, series
from cnnsize.reading.document import parse_one
from cnnsize.sizing.size import sized
from cnnsize.sizing.totals import totals

if TYPE_CHECKING:
    from torch import nn


class ReadModel(NamedTuple):
    """A model as a network of the notation."""

    network: ParsedArchitecture
    notes: tuple[str, ...]  # what the text does not say


def read_module(module: nn.Module, input: tuple[int, int, int], *, flat: bool = False) -> ReadModel:
    """Return a module as text, for an input of C x H x W, as PyTorch counts.

    Volumes, parameters and multiply-adds of the text are those of the module. Raises
    UnreadableModelError with the operation that the notation does not have.
    """
    # late: they import torch
    from cnnsize.models.recorder import record
    from cnnsize.models.torch_functions.table import record_call

    recorded = record(module, input, record_call)
    flow = recorded.flow
    items = series(flow)
    text = written(flow, items, flat=flat)
    network = parse_one(text, name=text.rpartition("\n")[2].partition(" = ")[0])
    notes = list(flow.notes)
    if recorded.unused:
        notes.append(f"{recorded.unused:,} parameters are not used in a forward pass")
    verify(network, flow, items)
    return ReadModel(network, tuple(notes))


def written(flow: Flow, items: tuple[Item, ...], *, flat: bool) -> str:
    """Return a flow as statements of the notation."""
    volume = flow.nodes[flow.input].volume
    assert volume is not None
    head = f"INPUT[{volume.W}x{volume.H}x{volume.D}]"
    name = free_name(flow.name, set())
    return (flat_text if flat else model_text)(items, name, head)


def verify(network: ParsedArchitecture, flow: Flow, items: tuple[Item, ...]) -> None:
    """Raise UnreadableModelError unless the text has the sizes that the module had."""
    result = sized(network)
    output = flow.nodes[flow.output].volume
    if result.output is None or result.output != output:
        raise UnreadableModelError(
            f"the text gives {result.output}, but the module {output}; please report this"
        )
    nodes = list(nodes_of(items))
    sums = totals(result)
    expected = (sum(node.parameters for node in nodes), sum(node.macs for node in nodes))
    if (sums.params, sums.macs) != expected:
        raise UnreadableModelError(
            f"the text gives {sums.params:,} parameters and {sums.macs:,} MACs, but the module "
            f"{expected[0]:,} and {expected[1]:,}; please report this"
        )


def nodes_of(items: tuple[Item, ...]) -> Iterator[Node]:
    """Yield the nodes of a series-parallel tree."""
    for item in items:
        if isinstance(item, Join):
            for branch in item.branches:
                yield from nodes_of(branch)
        yield item.node
