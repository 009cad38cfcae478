"""Check the options of every layer without sizing the network."""

from __future__ import annotations

from functools import lru_cache

from cnnsize.language.arithmetic import NO_VALUES
from cnnsize.language.tree import Chain, Group, Item, Join, LayerNode
from cnnsize.layers.base import STANDARD
from cnnsize.sizing.make import build, standard_layer
from cnnsize.text.diagnostic import ArchitectureError, error, shifted


def crops_to_join(item: Item) -> bool:
    """Is this a CROP that takes its size from the join it stands in?"""
    node = item.node
    return (
        isinstance(node, LayerNode)
        and node.kind == "CROP"
        and node.shape is None
        and not node.options
        and item.suffix.repeat is None
        and not item.suffix.optional
    )


@lru_cache(maxsize=8192)
def layer_error(node: LayerNode) -> ArchitectureError | None:
    """What is wrong with a layer whatever its letters stand for. Letters get their values later,
    and a flat input its depth from the caller.
    """
    try:
        build(node, NO_VALUES, STANDARD)
    except ArchitectureError as wrong:
        flat = node.kind == "INPUT" and node.shape is not None and len(node.shape) == 2
        return None if wrong.diagnostic.code == "CNN008" or flat else wrong.with_traceback(None)
    return None


def check_layers(chain: Chain, branch: bool = False) -> None:
    """Raises ArchitectureError for the first layer with an option or a number that it cannot
    have.
    """
    for index, item in enumerate(chain.items):
        node = item.node
        if node.__class__ is LayerNode:
            layer = standard_layer(node)
            if layer is None:
                wrong = layer_error(node)
                if wrong is not None:
                    raise shifted(wrong, item.start)
            elif (
                node.kind == "CROP"
                and node.shape is None
                and not (branch and index == len(chain.items) - 1 and crops_to_join(item))
            ):
                raise error(
                    "CNN001",
                    "CROP needs a size here",
                    item.span,
                    help=(
                        "as in CROP[24x24]; without one it stands last in a branch of a join, "
                        "and crops to the smallest volume there",
                    ),
                )
        elif isinstance(node, Group):
            check_layers(node.chain)
        elif isinstance(node, Join):
            for one in node.branches:
                check_layers(one, branch=True)
