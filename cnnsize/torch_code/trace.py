"""The modules and operators that one forward pass of the emitted source runs, in order.

``cnnsize run`` compares this list with what it sees running.
"""

from __future__ import annotations

from typing import NamedTuple

from cnnsize.language.tree import Call, Chain, Group, Item, Join, LayerNode
from cnnsize.layers.base import Layer
from cnnsize.layers.volume import Volume
from cnnsize.sizing.rows import further_outputs
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.torch_code.modules import EMITTERS
from cnnsize.torch_code.occurrences import (
    Occurrence,
    block_occurrences,
    branch_occurrences,
    item_occurrences,
    iteration_occurrences,
    row_of,
)
from cnnsize.torch_code.ranks import (
    MAP,
    NEEDS_MAP,
    VECTOR,
    Rank,
    rank_after_chain,
    rank_after_item,
    rank_after_iteration,
    rank_after_layer,
    rank_between_iterations,
    width,
)
from cnnsize.torch_code.site import ConstructorScope, Numbers, Site


class Event(NamedTuple):
    """One module that runs, or one ``add``, ``cat`` or ``mul`` of a join."""

    name: str  # the class of the module, or the operator
    step: int | None  # the step of the network whose output it gives
    rank: Rank  # of its output


RankedVolume = tuple[Volume, Rank]  # an output, and whether it is a map or a vector
CONVERSION = {MAP: Event("Unflatten", None, MAP), VECTOR: Event("Flatten", None, VECTOR)}


def trace(network: SizedNetwork) -> list[Event]:
    """Return what one forward pass runs, repeats unrolled."""
    return traced(network).events


def traced(network: SizedNetwork) -> Tracer:
    """Return the tracer of a network after one forward pass."""
    tracer = Tracer(network)
    start = Occurrence({}, network.input, network.rows, 0)
    tracer.chain(network.architecture.chain, start, MAP)
    return tracer


def ranked_outputs(network: SizedNetwork) -> list[RankedVolume]:
    """Return the outputs that the emitted model returns, in their order."""
    assert network.output is not None
    chain, definitions = network.architecture.chain, network.architecture.definitions
    start = Occurrence({}, network.input, network.rows, 0)
    last = network.output, rank_after_chain(chain, start, MAP, definitions)
    has_further = next(further_outputs(network.rows), None) is not None
    return [last, *(traced(network).outputs if has_further else ())]


class Tracer:
    """Collects the events of a network, and counts its steps."""

    def __init__(self, network: SizedNetwork) -> None:
        self.definitions = network.architecture.definitions
        self.events: list[Event] = []
        self.outputs: list[RankedVolume] = []  # of the branches of OUTPUT
        self.step = 0
        self.names: dict[tuple[Layer, Volume, Rank], tuple[str, ...]] = {}

    def chain(self, chain: Chain, occurrence: Occurrence, rank: Rank) -> None:
        """Add the events of a chain, whose input has this rank."""
        for item, here in item_occurrences(chain, occurrence):
            if item.suffix.repeat is None:
                self.iteration(item, here, rank)
            else:
                self.repeat(item, here, rank)
            rank = rank_after_item(item, here, rank, self.definitions)

    def repeat(self, item: Item, occurrence: Occurrence, rank: Rank) -> None:
        """Add the events of all iterations, with the conversions between them."""
        between = rank_between_iterations(item, occurrence, rank, self.definitions)
        if between != rank:
            self.events.append(CONVERSION[between])
        for body, times in iteration_occurrences(occurrence):
            given = rank_after_iteration(item, body, between, self.definitions)
            for _ in range(times):
                self.iteration(item, body, between)
                if given != between:
                    self.events.append(CONVERSION[between])

    def iteration(self, item: Item, occurrence: Occurrence, rank: Rank) -> None:
        """Add the events of one iteration of an item."""
        node = item.node
        if isinstance(node, Group):
            self.chain(node.chain, occurrence, rank)
        elif isinstance(node, Call):
            for _, inside in block_occurrences(occurrence):
                self.chain(self.definitions[node.name].chain, inside, rank)
        elif isinstance(node, Join):
            self.join(item, node, occurrence, rank)
        else:
            assert isinstance(node, LayerNode)
            self.layer(node, occurrence, rank)

    def join(self, item: Item, node: Join, occurrence: Occurrence, rank: Rank) -> None:
        """Add the events of the branches, then one or more operators that join them."""
        if node.makes_outputs:
            for branch, inside in branch_occurrences(node, occurrence):
                self.chain(branch, inside, rank)
                given = rank_after_chain(branch, inside, rank, self.definitions)
                self.outputs.append((inside.output, given))
            self.step += 1
            return
        merged = rank_after_iteration(item, occurrence, rank, self.definitions)
        for branch, inside in branch_occurrences(node, occurrence):
            self.chain(branch, inside, rank)
            if rank_after_chain(branch, inside, rank, self.definitions) != merged:
                self.events.append(CONVERSION[MAP])
        operator = node.op.lower()
        operations = 1 if node.op == "CAT" else len(node.branches) - 1
        self.events += [Event(operator, None, merged)] * (operations - 1)
        self.events.append(Event(operator, self.step, merged))
        self.step += 1

    def layer(self, node: LayerNode, occurrence: Occurrence, rank: Rank) -> None:
        """Add the modules of a layer; the last one gives the output of its step."""
        if rank == VECTOR and node.kind in NEEDS_MAP:
            self.events.append(CONVERSION[MAP])
            rank = MAP
        names = self.module_names(node, occurrence, rank)
        given = rank_after_layer(node.kind, rank)
        self.events += [Event(name, None, given) for name in names[:-1]]
        if names:
            self.events.append(Event(names[-1], self.step, given))
        self.step += 1

    def module_names(self, node: LayerNode, occurrence: Occurrence, rank: Rank) -> tuple[str, ...]:
        """Return the classes of the modules that a layer becomes, as in ("Flatten", "Linear")."""
        layer, volume = row_of(occurrence).layer, occurrence.volume
        key = (layer, volume, rank)
        if key not in self.names:
            numbers = Numbers(ConstructorScope({}, set(), may_add=False), [{}])
            site = Site(
                node,
                layers=[layer],
                volumes=[volume],
                depth=width(volume, rank),
                rank=rank,
                numbers=numbers,
            )
            modules, _ = EMITTERS[node.kind](site)
            names = [code.head.removeprefix("nn.") for code in modules]
            # the child process does not watch them, because branches without layers have some too
            self.names[key] = tuple([name for name in names if name != "Identity"])
        return self.names[key]
