"""A live PyTorch module as text in the notation, checked against the module itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.layers.volume import Volume
from cnnsize.models.blocks import flat_text, free_name, model_text
from cnnsize.models.flow import Flow, Node, UnreadableModelError
from cnnsize.models.parts import CONTAINERS
from cnnsize.models.series import JOINS, Item, Join, needed_nodes, series
from cnnsize.models.simplify import simplified
from cnnsize.reading.document import parse_one
from cnnsize.record import replace
from cnnsize.sizing.rows import Fork, Loop, Part, Row
from cnnsize.sizing.size import sized
from cnnsize.sizing.totals import totals
from cnnsize.text.english import counted

if TYPE_CHECKING:
    from torch import nn

    from cnnsize.models.recorder import Recorded


DEFAULT_INPUT = (3, 224, 224)  # C x H x W, as for ImageNet


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
    from cnnsize.models.forward_pass import record
    from cnnsize.models.torch_functions import modules
    from cnnsize.models.torch_functions.table import record_call

    recorded = record(module, input, record_call, modules.read_module)
    recorded = recorded._replace(flow=simplified(recorded.flow))
    flow = recorded.flow
    items = series(flow)
    text = written(flow, items, flat=flat)
    network = parse_one(text, name=text.rpartition("\n")[2].partition(" = ")[0])
    account = account_of(recorded)
    verify(network, flow, items, account.expected)
    notes = (*flow.notes, *account.notes)
    return ReadModel(replace(network, notes=notes), notes)


class Account(NamedTuple):
    """The parameters of a module, and those of its text."""

    expected: int  # of the text
    notes: tuple[str, ...]  # why the module has others


def account_of(recorded: Recorded) -> Account:
    """Return how many parameters the text must have, and what that number leaves out or adds."""
    weights = [
        weight
        for index in needed_nodes(recorded.flow)
        for weight in recorded.weights.get(index, ())
    ]
    used: set[str] = set().union(*(weight.parameters for weight in weights))
    unused = {name: size for name, size in recorded.sizes.items() if name not in used}
    expected = sum(recorded.sizes.values()) - sum(unused.values())
    notes: list[str] = []
    if any(unused.values()):
        owners = dict.fromkeys(name.partition(".")[0] for name, size in unused.items() if size)
        notes.append(
            f"{counted(sum(unused.values()), 'parameter')} of {', '.join(owners)} are "
            "not used in evaluation mode"
        )
    added: dict[str, int] = {}
    for weight in weights:
        own = sum(recorded.sizes[name] for name in weight.parameters)
        if own != weight.size:
            added[weight.owner] = added.get(weight.owner, 0) + weight.size - own
    for owner, size in added.items():
        expected += size
        verb = "counts" if size > 0 else "omits"
        notes.append(
            f"the text {verb} {counted(abs(size), 'weight')} of {owner} that "
            + ("are no parameters" if size > 0 else "only scale other weights")
        )
    return Account(expected, tuple(notes))


def written(flow: Flow, items: tuple[Item, ...], *, flat: bool) -> str:
    """Return a flow as statements of the notation."""
    volume = flow.nodes[flow.input].volume
    assert volume is not None
    head = f"INPUT[{volume.W}x{volume.H}x{volume.D}]"
    name = free_name("Network" if flow.name in CONTAINERS else flow.name, set())
    return (flat_text if flat else model_text)(items, name, head)


def verify(
    network: ParsedArchitecture, flow: Flow, items: tuple[Item, ...], parameters: int
) -> None:
    """Raise UnreadableModelError unless the text has the sizes that the module had."""
    result = sized(network)
    nodes = [node for node in nodes_of(items) if node.kind not in JOINS]
    rows = list(layers_of(result.rows))[1:]
    for node, (kind, volume) in zip(nodes, rows, strict=False):
        if (kind, volume) != (node.kind, node.volume):
            where = node.path[-1].name if node.path else flow.name
            raise UnreadableModelError(
                f"the text has {kind} with {volume}, but {where} has {node.kind} with "
                f"{node.volume}; please report this"
            )
    sums = totals(result)
    numbers = (len(rows), result.output, sums.params, sums.macs)
    output, macs = flow.nodes[flow.output].volume, sum(node.macs for node in nodes)
    expected = (len(nodes), output, parameters, macs)
    if numbers != expected:
        raise UnreadableModelError(
            f"the text has (layers, output, parameters, MACs) {numbers}, but the module {expected}; "
            "please report this"
        )


def layers_of(parts: tuple[Part, ...]) -> Iterator[tuple[str, Volume | None]]:
    """Yield the kind and the output of each layer in run order, with repetitions unrolled."""
    for part in parts:
        if isinstance(part, Row):
            yield part.layer.kind, part.sizing.output
        elif isinstance(part, Fork):
            for branch in part.branches:
                yield from layers_of(branch)
        else:
            times = part.times if isinstance(part, Loop) else 1
            for _ in range(times):
                yield from layers_of(part.body)


def nodes_of(items: tuple[Item, ...]) -> Iterator[Node]:
    """Yield the nodes of a series-parallel tree."""
    for item in items:
        if isinstance(item, Join):
            for branch in item.branches:
                yield from nodes_of(branch)
        yield item.node
