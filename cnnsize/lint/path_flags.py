"""Flags that hold along every path to a layer, or along every path from it to the output.

``Graph`` carries them from layer to layer: a layer keeps the flags in its mask and sets its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnsize.layers import JOINS, KINDS
from cnnsize.layers.names import ENDS
from cnnsize.lint.flags import COLLAPSIBLE, STRIDED_POOL
from cnnsize.lint.graph import Graph

# Flags that run forwards.
LINEAR = 1  # there was a CONV, TCONV or FC, and no nonlinearity since
FLAT = 2  # there was an FC or FLATTEN: the volume is a vector and no feature map
POOLED = 4  # there was a pool with a stride, and no layer with weights since
# Flags that run backwards.
NO_BN_FOLLOWS = 1
ONLY_ENDS_FOLLOW = 2  # nothing follows but OUTPUT and LOSS

ALL = -1
NONLINEAR = frozenset(
    [kind for kind, cls in KINDS.items() if cls.traits.nonlinear]
    + [kind for kind, join in JOINS.items() if join.traits.nonlinear]
)
FORWARD_MASKS = {
    **dict.fromkeys(NONLINEAR, ALL & ~LINEAR),
    "INPUT": 0,
    "CONV": ALL & ~(LINEAR | FLAT | POOLED),
    "DWCONV": ALL & ~(LINEAR | FLAT | POOLED),
    "TCONV": ALL & ~(LINEAR | FLAT | POOLED),
    "FC": ALL & ~(LINEAR | POOLED),
    "POOL": ALL & ~(LINEAR | FLAT),
    "AVGPOOL": ALL & ~FLAT,
    "UNFLATTEN": ALL & ~FLAT,
    # The convolutions before and after these work on different grids, so no single one replaces them.
    "UP": ALL & ~LINEAR,
    "PIXELSHUFFLE": ALL & ~LINEAR,
    "PIXELUNSHUFFLE": ALL & ~LINEAR,
    "MUL": ALL & ~(LINEAR | POOLED),
    "ADD": ALL & ~POOLED,
    "CAT": ALL & ~POOLED,
}
FLAGS_SET = {"FC": LINEAR | FLAT, "FLATTEN": FLAT}
BACKWARD_MASKS = {
    "BN": ALL & ~(NO_BN_FOLLOWS | ONLY_ENDS_FOLLOW),
    **dict.fromkeys((*ENDS, ""), ALL),  # "" is the start of a repetition
}
OTHER_BACKWARD_MASK = ALL & ~ONLY_ENDS_FOLLOW


def forward_masks(graph: Graph, layer_flags: Sequence[int]) -> tuple[list[int], list[int]]:
    """Return the forward flags that each node keeps, and those that it sets."""
    keep = [FORWARD_MASKS.get(kind, ALL) for kind in graph.kinds]
    set_here = [FLAGS_SET.get(kind, 0) for kind in graph.kinds]
    for index, flags in enumerate(layer_flags):
        if flags & COLLAPSIBLE and graph.kinds[index] != "FC":
            set_here[index] = LINEAR
        elif flags & STRIDED_POOL:
            set_here[index] = POOLED
    for node, has_identity in graph.output_nodes.items():
        if has_identity:  # the layer before it is an output, and cannot be merged with the next
            keep[node] &= ~LINEAR
    for join, start in graph.joins.items():
        # A nonlinearity in one branch is enough: CONV(relu(x) + x) is no linear function of x.
        if not NONLINEAR.isdisjoint(graph.kinds[start:join]):
            keep[join] &= ~LINEAR
    return keep, set_here


def backward_masks(graph: Graph) -> list[int]:
    """Return the backward flags that each node keeps."""
    return [BACKWARD_MASKS.get(kind, OTHER_BACKWARD_MASK) for kind in graph.kinds]
