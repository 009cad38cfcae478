"""A flow as a network of the notation, checked against the sizes of its layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.layers.volume import Volume
from cnnsize.models.blocks import flat_text, free_name, model_text
from cnnsize.models.ends import OUTPUT
from cnnsize.models.flow import Flow, Node, UnreadableModelError
from cnnsize.models.parts import CONTAINERS
from cnnsize.models.series import JOINS, Item, Join, inputs_in, outputs_in, series, with_main_output
from cnnsize.reading.document import parse_one
from cnnsize.sizing.rows import Fork, Loop, Part, Row
from cnnsize.sizing.size import sized
from cnnsize.sizing.totals import totals


class ReadModel(NamedTuple):
    """A model as a network of the notation."""

    network: ParsedArchitecture
    notes: tuple[str, ...]  # what the text does not say


def network_of(flow: Flow, parameters: int | None = None, *, flat: bool = False) -> ReadModel:
    """Return a flow as a network of the notation, with its blocks, checked against its layers.

    ``parameters`` are those that the text must have; None means those of the layers. Raises
    UnreadableModelError.
    """
    model, flow = flow, with_main_output(flow)
    items = series(flow)
    text = written(flow, items, flat=flat)
    network = parse_one(text, name=text.rpartition("\n")[2].partition(" = ")[0])
    if parameters is None:
        parameters = sum(node.parameters for node in nodes_of(items))
    verify(network, flow, items, parameters)
    return ReadModel(network, (*model.notes, *order_notes(model, flow.output, items)))


def head_of(flow: Flow) -> str:
    """Return the INPUT of a flow."""
    volume = flow.nodes[flow.input].volume
    assert volume is not None
    return f"INPUT[{volume.W}x{volume.H}x{volume.D}]"


def written(flow: Flow, items: tuple[Item, ...], *, flat: bool) -> str:
    """Return a flow as statements of the notation."""
    name = free_name("Network" if flow.name in CONTAINERS else flow.name, set())
    return (flat_text if flat else model_text)(items, name, head_of(flow))


def verify(
    network: ParsedArchitecture, flow: Flow, items: tuple[Item, ...], parameters: int
) -> None:
    """Raise UnreadableModelError unless the text has the sizes that the module had."""
    result = sized(network)
    nodes = [node for node in nodes_of(items) if node.kind not in (*JOINS, OUTPUT)]
    rows = list(layers_of(result.rows))[1:]
    for node, (kind, volume) in zip(nodes, rows, strict=False):
        if (kind, volume) != (node.kind, node.volume):
            where = node.path[-1].name if node.path else flow.name
            raise UnreadableModelError(
                f"the text has {kind} with {volume}, but {where} has {node.kind} with "
                f"{node.volume}; please report this"
            )
    sums = totals(result)
    numbers = (len(rows), result.outputs, sums.params, sums.macs)
    outputs = (flow.output, *outputs_in(items))
    volumes = tuple(flow.nodes[index].volume for index in outputs)
    macs = sum(node.macs for node in nodes)
    expected = (len(nodes), volumes, parameters, macs)
    if numbers != expected:
        raise UnreadableModelError(
            f"the text has (layers, outputs, parameters, MACs) {numbers}, but the module {expected}; "
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


def notes_on_order(model: Flow) -> tuple[str, ...]:
    """Return what the text of a model with several inputs or outputs has in another order."""
    has_one_input = sum(node.kind == "INPUT" for node in model.nodes) == 1
    if has_one_input and not model.outputs:
        return ()
    flow = with_main_output(model)
    return order_notes(model, flow.output, series(flow))


def order_notes(model: Flow, main: int, items: Sequence[Item]) -> tuple[str, ...]:
    """Return what the text, whose first output is ``main``, has in another order than the model."""
    outputs = [model.output, *model.outputs]
    inputs = [index for index, node in enumerate(model.nodes) if node.kind == "INPUT"]
    numbers = {
        "outputs": numbers_of([main, *outputs_in(items)], outputs),
        "inputs": numbers_of([model.input, *inputs_in(items)], inputs),
    }
    notes: list[str] = []
    for what, written in numbers.items():
        *most, last = map(str, written)
        if written != sorted(written):
            words = f"{', '.join(most)} and {last}"
            notes.append(f"the {what} of the text are numbers {words} of the model")
    unused = [number for number in range(1, len(inputs) + 1) if number not in numbers["inputs"]]
    notes += [f"no output depends on input {number} of the model" for number in unused]
    return tuple(notes)


def numbers_of(nodes: Sequence[int], all_nodes: Sequence[int]) -> list[int]:
    """Return the numbers of nodes in a list, from 1; a node that it has twice has two numbers."""
    left: list[int | None] = list(all_nodes)
    numbers: list[int] = []
    for node in nodes:
        place = left.index(node)
        left[place] = None
        numbers.append(place + 1)
    return numbers
