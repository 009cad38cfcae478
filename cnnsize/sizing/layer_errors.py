"""Check the options of every layer without sizing the network."""

from __future__ import annotations

from cnnsize.cached import cached_calls
from cnnsize.language.arithmetic import NO_VALUES
from cnnsize.language.tree import Chain, Group, Item, Join, LayerNode
from cnnsize.layers.base import STANDARD
from cnnsize.sizing.crops import crops_to_join
from cnnsize.sizing.make import build, standard_layer
from cnnsize.text.diagnostic import ArchitectureError, error, shifted


@cached_calls(8192)
def layer_error(node: LayerNode) -> ArchitectureError | None:
    """Return the error of a layer that holds for all values of its letters; None if there is none.

    Letters get their values later, and an INPUT of two sides its depth from the caller.
    """
    try:
        build(node, NO_VALUES, STANDARD)
    except ArchitectureError as raised:
        depends_on_letters = raised.diagnostic.code == "CNN008"
        lacks_depth = node.kind == "INPUT" and node.shape is not None and len(node.shape) == 2
        return None if depends_on_letters or lacks_depth else raised.with_traceback(None)
    return None


def check_layers(chain: Chain, *, branch: bool = False) -> None:
    """Raise ArchitectureError for the first layer with an option or a number that it cannot have.

    ``branch``: the chain is a branch of a join, so its last CROP may omit its size.
    """
    last = len(chain.items) - 1
    for index, item in enumerate(chain.items):
        node = item.node
        if node.__class__ is LayerNode:
            if node.kind == "CROP" or standard_layer(node) is None:
                _check_layer(item, node, ends_branch=branch and index == last)
        elif isinstance(node, Group):
            check_layers(node.chain)
        elif isinstance(node, Join):
            for inner in node.branches:
                check_layers(inner, branch=not node.makes_outputs)


def _check_layer(item: Item, node: LayerNode, *, ends_branch: bool) -> None:
    """Raise ArchitectureError for a layer that no values of its letters make valid."""
    if standard_layer(node) is None:
        raised = layer_error(node)
        if raised is not None:
            raise shifted(raised, item.start)
    elif node.kind == "CROP" and node.shape is None and not (ends_branch and crops_to_join(item)):
        raise error(
            "CNN001",
            "CROP needs a size here",
            item.span,
            help=(
                "write a size, as in CROP[24x24]; only a CROP at the end of a branch may omit it, "
                "to crop to the smallest branch",
            ),
        )
