"""The numbers of a network that its class takes as arguments: the input depth and the last width.

Either is an argument only where another value gives the same source, so that the class is right
for every value that PyTorch accepts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cnnsize.language.parsed import Definitions
from cnnsize.language.tree import Call, Chain, Group, Item, Join, LayerNode
from cnnsize.layers.names import ACTIVATIONS
from cnnsize.layers.volume import Volume
from cnnsize.record import replace
from cnnsize.sizing.size import size
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.text.diagnostic import ArchitectureError
from cnnsize.torch_code.expression import name

DEPTH = "in_channels"
# Layers after the last width that keep the depth.
KEEPS_DEPTH = {
    *ACTIVATIONS,
    "BN",
    "DROPOUT",
    "DROPOUT2D",
    "GAP",
    "GMP",
    "FLATTEN",
    "OUTPUT",
    "LOSS",
}
HAS_WIDTH = {"FC", "CONV", "TCONV"}


class Freed(NamedTuple):
    """A network, and the numbers of it that are arguments, with their values."""

    network: SizedNetwork
    arguments: Mapping[str, int]

    def without(self, argument: str, original: SizedNetwork) -> Freed:
        """Return the network with one argument less. ``original`` has no arguments."""
        rest = {key: value for key, value in self.arguments.items() if key != argument}
        return Freed(self.network if argument == DEPTH else original, rest)

    def with_value(self, argument: str, value: int) -> Freed | None:
        """Return the network with another value of an argument; None if it has no output then."""
        network, arguments = self.network, {**self.arguments, argument: value}
        depth = arguments.get(DEPTH, network.input.D)
        volume = Volume(network.input.W, network.input.H, depth)
        values = {**network.values, **{key: arguments[key] for key in arguments if key != DEPTH}}
        try:
            other = size(network.architecture, volume, values, network.settings)
        except ArchitectureError:
            return None
        return Freed(other, arguments) if other.is_sized else None


def with_arguments(network: SizedNetwork) -> Freed:
    """Return the network with all arguments that it may have; whether they are free is not checked.

    ``in_channels`` is the depth of the input. The width of the last layer is ``num_classes`` where
    the output is a vector or a single position, else ``out_channels``.
    """
    arguments: dict[str, int] = {}
    if DEPTH not in network.values:
        arguments[DEPTH] = network.input.D
    assert network.output is not None
    W, H, D = network.output
    letter = "num_classes" if (W, H) == (1, 1) else "out_channels"
    architecture = network.architecture
    if letter in network.values:
        return Freed(network, arguments)
    rewritten = with_last_width(architecture.chain, architecture.definitions, letter)
    if rewritten is None:
        return Freed(network, arguments)
    chain, definitions = rewritten
    statement = architecture.statement._replace(chain=chain)
    lettered = replace(architecture, statement=statement, definitions=definitions)
    try:
        sized = size(lettered, network.input, {**network.values, letter: D}, network.settings)
    except ArchitectureError:
        return Freed(network, arguments)
    if sized.output != network.output:  # FLATTEN after it multiplies the width
        return Freed(network, arguments)
    return Freed(sized, {**arguments, letter: D})


def with_last_width(
    chain: Chain, definitions: Definitions, letter: str, *, in_block: bool = False
) -> tuple[Chain, Definitions] | None:
    """Return the chain with the width of its last layer as a letter, and the definitions for it.

    Where that layer is in a block, the block gets a parameter. None if no single layer is the last,
    or if its width is a parameter of a block.
    """
    for index in reversed(range(len(chain.items))):
        item = chain.items[index]
        node = item.node
        if isinstance(node, LayerNode) and node.kind in KEEPS_DEPTH:
            continue
        if isinstance(node, Join) and node.makes_outputs:
            continue
        rewritten = with_width(item, definitions, letter, in_block=in_block)
        if rewritten is None:
            return None
        other, definitions = rewritten
        items = (*chain.items[:index], other, *chain.items[index + 1 :])
        return chain._replace(items=items), definitions
    return None


def with_width(
    item: Item, definitions: Definitions, letter: str, *, in_block: bool
) -> tuple[Item, Definitions] | None:
    """Return an item with its last width as a letter, as ``with_last_width`` does for a chain."""
    node, suffix = item.node, item.suffix
    if suffix.repeat is not None or suffix.optional or suffix.declared is not None:
        return None
    if isinstance(node, LayerNode):
        is_parameter = in_block and not isinstance(node.size, int | None)
        if node.kind not in HAS_WIDTH or is_parameter:
            return None
        return item._replace(node=node.changed(size=name(letter))), definitions
    if isinstance(node, Group):
        inside = with_last_width(node.chain, definitions, letter, in_block=in_block)
        return inside and (item._replace(node=Group(inside[0])), inside[1])
    if not isinstance(node, Call):
        return None
    # a further call of the block would lack the argument, and then the network has no size
    block = definitions[node.name]
    parameters = block.parameters or ()
    if letter in parameters:
        return None
    inside = with_last_width(block.chain, definitions, letter, in_block=True)
    if inside is None:
        return None
    called = block._replace(chain=inside[0], parameters=(*parameters, letter))
    call = node._replace(arguments=(*node.arguments, name(letter)))
    return item._replace(node=call), {**inside[1], node.name: called}
