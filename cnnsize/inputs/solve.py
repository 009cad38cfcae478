"""The input size of a network without INPUT, where the sizes that its layers declare leave one."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import NamedTuple

from cnnsize.inputs.fitting import Side, fitting
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import Chain, Group, Join, LayerNode
from cnnsize.layers.names import ACTIVATIONS
from cnnsize.layers.volume import Volume
from cnnsize.sizing.settings import Settings
from cnnsize.text.diagnostic import ArchitectureError

ANY_SIDE = 64  # of the input with which the search begins; its result does not depend on it
MAX_NAMED = 6  # sizes in a message
# kinds that keep the number of channels
KEEP_DEPTH = frozenset(
    {
        *ACTIVATIONS,
        "POOL",
        "AVGPOOL",
        "PAD",
        "UP",
        "DROPOUT",
        "DROPOUT2D",
        "DROPPATH",
        "LRN",
        "CROP",
    }
)
CONVOLUTIONS = ("CONV", "TCONV")
NORMS = ("BN", "LN", "IN", "GN")
KEEP_VALUES = frozenset({*ACTIVATIONS, "FLATTEN", "DROPOUT", "DROPOUT2D", "DROPPATH", "SCALE"})


class Solved(NamedTuple):
    """The input that was found, if any, and what the sizes of the layers say about it."""

    input: Volume | None
    reason: str


class Claim(NamedTuple):
    """A number of inputs that a layer declares."""

    kind: str
    value: int


def solve_input(
    architecture: ParsedArchitecture, settings: Settings, values: Mapping[str, int]
) -> Solved:
    """Return the only input that fits what the layers declare, or why there is no such input.

    The first convolution declares the channels, and an FC after it the number of values. An FC with
    nothing but values before it takes a vector.
    """
    depth = first_claim(architecture.chain, KEEP_DEPTH, (*CONVOLUTIONS, *NORMS))
    if depth is None:
        vector = first_claim(architecture.chain, KEEP_VALUES, ("FC",))
        if vector is None:
            return Solved(None, "")
        reason = f"the first FC declares {vector.value:,} values, which are read as a vector"
        first = architecture.chain.items[0].node
        if isinstance(first, LayerNode) and first.kind == "FLATTEN":
            reason += "; which map FLATTEN makes them of is not in the text"
        return Solved(Volume(1, 1, vector.value), reason)
    if not declares_values(architecture.chain):
        return Solved(
            None, f"the layers declare {depth.value} input channels, but no width or height"
        )
    if not architecture.order_known:
        return Solved(
            None, "the order of the layers is not certain, so it is not computed from them"
        )
    try:
        side = fitting(architecture, (ANY_SIDE, ANY_SIDE, depth.value), settings, values).sides[0]
    except ArchitectureError:
        return Solved(None, "")
    return solved_side(side, depth.value)


def assumed_input(
    architecture: ParsedArchitecture, settings: Settings, values: Mapping[str, int]
) -> Volume | None:
    """Return a square input of the declared depth for a network without INPUT; None for others.

    The sizes that fit a network do not depend on the one it is sized on.
    """
    first = architecture.chain.items[0].node
    if isinstance(first, LayerNode) and first.kind == "INPUT":
        return None
    solved = solve_input(architecture, settings, values).input
    depth = first_claim(architecture.chain, KEEP_DEPTH, (*CONVOLUTIONS, *NORMS))
    return solved or (None if depth is None else Volume(ANY_SIDE, ANY_SIDE, depth.value))


def solved_side(side: Side, depth: int) -> Solved:
    """Return the only square that fits; of several, the only one of which no row is cut off."""
    runs = list(islice(side.works, MAX_NAMED + 1))
    whole = list(islice(side.whole, 2))
    if len(runs) == 1:
        reason = "the only square input that gives the sizes that the layers declare"
        return Solved(Volume(runs[0], runs[0], depth), reason)
    if len(whole) == 1:
        size = whole[0]
        others = ", ".join(str(other) for other in runs[:MAX_NAMED] if other != size)
        more = ", ..." if len(runs) > MAX_NAMED else ""
        return Solved(
            Volume(size, size, depth),
            "the only square input that gives the sizes that the layers declare without a remainder "
            f"that cuts off rows; PyTorch also runs {others}{more}",
        )
    if not runs:
        return Solved(None, "no square input gives the sizes that the layers declare")
    return Solved(None, f"the layers declare sizes that square inputs of {side.works.words()} give")


def first_claim(chain: Chain, passed: frozenset[str], wanted: tuple[str, ...]) -> Claim | None:
    """Return what the first layer of the wanted kinds declares as its inputs.

    None where a layer of a kind outside ``passed`` comes before it, or where it declares nothing.
    """
    for item in chain.items:
        node = item.node
        if isinstance(node, Join) and node.makes_outputs:
            continue
        if isinstance(node, Group):
            return first_claim(node.chain, passed, wanted)
        if not isinstance(node, LayerNode):
            return None
        if node.kind in wanted:
            value = declared_inputs(node)
            return None if value is None else Claim(node.kind, value)
        if node.kind not in passed:
            return None
    return None


def declared_inputs(node: LayerNode) -> int | None:
    """Return the number in ``in=64``; None without such a number."""
    for option in node.options:
        if option.key == "in" and isinstance(option.value, int):
            return option.value
    return None


def declares_values(chain: Chain) -> bool:
    """Return whether any FC of a chain declares the number of its inputs."""
    for item in chain.items:
        node = item.node
        if isinstance(node, LayerNode) and node.kind == "FC" and declared_inputs(node) is not None:
            return True
        if isinstance(node, Group) and declares_values(node.chain):
            return True
    return False
