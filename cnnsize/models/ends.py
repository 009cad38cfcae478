"""The further inputs and outputs of a flow: from which value each output branches off.

The layers that the main output depends on come first. Those that only another output depends on are
a branch of OUTPUT, which begins at the one value that they take from the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnnsize.models.flow import Flow, Frame, Node, UnreadableModelError

Inputs = Mapping[int, Sequence[int]]  # of each node
OUTPUT = "OUTPUT"


def attached_outputs(flow: Flow, inputs: Inputs) -> dict[int, list[int]]:
    """Return the further outputs that branch off at each node, in their order.

    Raises UnreadableModelError for an output that takes several values from the others.
    """
    attached: dict[int, list[int]] = {}
    known = ancestors(flow.output, inputs)
    for number, output in enumerate(flow.outputs, start=2):
        own = ancestors(output, inputs) - known
        sources = {source for index in own for source in inputs[index] if source in known}
        if not own:
            sources = {output}
        if len(sources) != 1:
            raise UnreadableModelError(
                f"output {number} of {1 + len(flow.outputs)} is computed from {len(sources)} values "
                "of the layers before the other outputs"
                if sources
                else f"output {number} shares no layer with the output before it"
            )
        attached.setdefault(sources.pop(), []).append(output)
        known |= own
    return attached


def ancestors(end: int, inputs: Inputs) -> set[int]:
    """Return a node and all nodes that it depends on."""
    reached: set[int] = set()
    waiting = [end]
    while waiting:
        index = waiting.pop()
        if index not in reached:
            reached.add(index)
            waiting += inputs[index]
    return reached


def first_inputs(needed: Sequence[int], inputs: Inputs) -> dict[int, int]:
    """Return for each node the first INPUT that it depends on."""
    first: dict[int, int] = {}
    for index in needed:
        first[index] = min([first[source] for source in inputs[index]], default=index)
    return first


def common_path(first: tuple[Frame, ...], second: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """Return the calls that two layers have in common, outermost first."""
    length = 0
    for a, b in zip(first, second, strict=False):
        if a != b:
            break
        length += 1
    return first[:length]


def input_node(node: Node, index: int) -> Node:
    """Return an INPUT with its size as an option, as it is written; its input is its index."""
    assert node.volume is not None
    size: Any = tuple(node.volume)
    return node._replace(options=(("shape", size),), inputs=(index,))
