"""The blocks of the notation as classes: one class for all calls of a block where possible."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

from cnnsize.language.tree import Call, Chain, Expression, Group, Item, Join, Statement
from cnnsize.layers.volume import Volume
from cnnsize.sizing.rows import Block
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.torch_code.context import Context
from cnnsize.torch_code.expression import name
from cnnsize.torch_code.names import Names, argument, camel
from cnnsize.torch_code.nodes import (
    BlockClass,
    Emitted,
    Extra,
    Incoming,
    Parameter,
    used_names,
)
from cnnsize.torch_code.occurrences import (
    Occurrence,
    block_occurrences,
    branch_occurrences,
    item_occurrences,
    iteration_occurrences,
)
from cnnsize.torch_code.ranks import (
    MAP,
    Definitions,
    DiffersError,
    Rank,
    rank_after_item,
    rank_between_iterations,
    width,
)
from cnnsize.torch_code.site import ConstructorScope

EmitChain = Callable[[Chain, Context], Emitted]
BlockCall = tuple[Block, Volume]  # a call and the volume that comes into it
Calls = dict[tuple[str, Rank], list[BlockCall]]


def collect_calls(network: SizedNetwork) -> Calls:
    """Return every call in a network, by the name of the block and the incoming rank."""
    collector = CallCollector(network.architecture.definitions)
    start = Occurrence({}, network.input, network.rows, 0)
    collector.chain(network.architecture.chain, start, MAP)
    return collector.calls


class CallCollector:
    """Collects the calls of blocks."""

    def __init__(self, definitions: Definitions) -> None:
        self.definitions = definitions
        self.calls: Calls = {}

    def chain(self, chain: Chain, occurrence: Occurrence, rank: Rank) -> None:
        """Collect the calls in one occurrence of a chain, whose input has this rank."""
        for item, here in item_occurrences(chain, occurrence):
            if item.suffix.repeat is None:
                self.iteration(item, here, rank)
            else:
                between = rank_between_iterations(item, here, rank, self.definitions)
                for body, _ in iteration_occurrences(here):
                    self.iteration(item, body, between)
            rank = rank_after_item(item, here, rank, self.definitions)

    def iteration(self, item: Item, occurrence: Occurrence, rank: Rank) -> None:
        """Collect the calls in one iteration of an item."""
        node = item.node
        if isinstance(node, Group):
            self.chain(node.chain, occurrence, rank)
        elif isinstance(node, Join):
            for branch, inside in branch_occurrences(node, occurrence):
                self.chain(branch, inside, rank)
        elif isinstance(node, Call):
            for block, inside in block_occurrences(occurrence):
                self.calls.setdefault((node.name, rank), []).append((block, occurrence.volume))
                self.chain(self.definitions[node.name].chain, inside, rank)


class BlockClasses:
    """Writes the class of a block when it is first called, and hands it out to later calls."""

    def __init__(self, network: SizedNetwork, names: Names, emit_chain: EmitChain) -> None:
        self.definitions = network.architecture.definitions
        self.names = names
        self.emit_chain = emit_chain
        self.calls = collect_calls(network)
        self.in_order: list[BlockClass] = []  # a class follows those that it calls
        self.classes: dict[tuple[object, ...], BlockClass | None] = {}

    def count(self, block_name: str) -> int:
        """Return how often a block is called; equal iterations of a repeat count once."""
        return sum(len(calls) for (called, _), calls in self.calls.items() if called == block_name)

    def class_for(self, node: Call, calls: list[BlockCall], rank: Rank) -> BlockClass:
        """Return a class that serves these calls: the one for all calls of the block, if it exists.

        Raises DiffersError when these calls need more than one class.
        """
        calls_of_block = self.calls[node.name, rank]
        key: tuple[object, ...] = (node.name, rank)
        if key not in self.classes:
            self.classes[key] = None
            with suppress(DiffersError):
                self.classes[key] = self.write(node.name, calls_of_block, rank)
        shared = self.classes[key]
        if shared is not None:
            return shared
        distinct = {(block.arguments, volume) for block, volume in calls}
        if len(distinct) > 1:
            raise DiffersError(node.name)
        (signature,) = distinct
        key = (node.name, rank, signature)
        if key not in self.classes:
            equal = [
                (block, volume)
                for block, volume in calls_of_block
                if (block.arguments, volume) == signature
            ]
            self.classes[key] = self.write(node.name, equal, rank)
        special = self.classes[key]
        assert special is not None
        return special

    def write(self, block_name: str, calls: list[BlockCall], rank: Rank) -> BlockClass:
        """Write a class that serves all these calls. Raises DiffersError if there is none."""
        definition = self.definitions[block_name]
        local = Names()
        incoming = local.free("in_channels" if rank == MAP else "in_features")
        letters = definition.parameters or ()
        parameters = [local.free(argument(letter)) for letter in letters]
        bindings: dict[str, Expression] = {
            letter: name(parameter) for letter, parameter in zip(letters, parameters, strict=True)
        }
        scope = ConstructorScope(bindings, local.taken)
        occurrences = []
        for block, volume in calls:
            values = dict(zip(parameters, block.arguments, strict=True))
            values[incoming] = width(volume, rank)
            occurrences.append(Occurrence(values, volume, block.body, len(block.path)))
        context = Context(occurrences, name(incoming), rank, scope)
        body, depth = self.emit_chain(definition.chain, context)
        block_class = BlockClass(
            self.names.free(camel(block_name), "Block"),
            tuple(constructor_arguments(used_names(body), incoming, parameters, scope, calls)),
            body,
            depth,
            (incoming, *parameters),
            canonical(definition),
        )
        self.in_order.append(block_class)
        return block_class


def constructor_arguments(
    used: set[str],
    incoming: str,
    parameters: list[str],
    scope: ConstructorScope,
    calls: list[BlockCall],
) -> Iterable[Incoming | Parameter | Extra]:
    """Yield the arguments of a constructor: only those that its body uses."""
    if incoming in used:
        yield Incoming(incoming)
    for index, parameter in enumerate(parameters):
        if parameter in used:
            yield Parameter(parameter, index)
    paths = [block.path for block, _ in calls]
    for extra, values in scope.extras.items():
        if extra in used:
            yield Extra(extra, dict(zip(paths, values, strict=True)))


def canonical(definition: Statement) -> str:
    """Return a definition as canonical text."""
    from cnnsize.language.format import formatted  # late: only source needs the canonical text

    return formatted(definition)
