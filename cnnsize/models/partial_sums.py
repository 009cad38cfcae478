"""Sums with the first channels of a volume, as in ReXNet: cat(x[:, :c] + s, x[:, c:]).

This is x + s, where s gets more channels of zeros: a sum that the notation has.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnsize.layers.volume import Volume
from cnnsize.models.flow import Flow, Node


def with_padded_sums(flow: Flow) -> Flow:
    """Return a flow in which each sum of the first channels is a sum with a PAD of the depth."""
    nodes = list(flow.nodes)
    readers = [0] * len(nodes)
    for node in nodes:
        for source in node.inputs:
            readers[source] += 1
    for index, node in enumerate(nodes):
        if node.kind != "CAT" or len(node.inputs) != 2:
            continue
        total, rest = node.inputs
        parts = padded_parts(nodes, total, rest)
        if parts is None or readers[total] > 1:
            continue
        whole, other = parts
        volume, added = nodes[whole].volume, nodes[other].volume
        assert volume is not None and added is not None
        back = (("back", volume.D - added.D),)
        nodes[total] = nodes[total]._replace(
            kind="PAD", options=back, inputs=(other,), volume=volume
        )
        nodes[index] = node._replace(kind="ADD", inputs=(whole, total))
    return flow._replace(nodes=tuple(nodes))


def padded_parts(nodes: Sequence[Node], total: int, rest: int) -> tuple[int, int] | None:
    """Return the volume and what is added to its first channels, if two nodes are such parts of it."""
    if nodes[total].kind != "ADD" or len(nodes[total].inputs) != 2 or nodes[rest].kind != "SLICE":
        return None
    (whole,) = nodes[rest].inputs
    volume, end = nodes[whole].volume, dict(nodes[rest].options)
    for first, other in (nodes[total].inputs, nodes[total].inputs[::-1]):
        start = dict(nodes[first].options)
        is_first = nodes[first].kind == "SLICE" and nodes[first].inputs == (whole,)
        if not is_first or volume is None:
            continue
        bounds = start["from"], start["to"], end["from"], end["to"]
        depth = end["from"]
        is_complete = bounds == (0, depth, depth, volume.D)
        if is_complete and nodes[other].volume == Volume(volume.W, volume.H, int(depth)):  # type: ignore[arg-type]
            return whole, other
    return None
