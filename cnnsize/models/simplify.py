"""Leave out nodes of a flow that would only make its text longer."""

from __future__ import annotations

from collections.abc import Callable

from cnnsize.models.flow import Flow, Node


def simplified(flow: Flow) -> Flow:
    """Return a flow without FLATTEN before FC, which flattens by itself, and stochastic depth.

    DROPPATH stays if it has the same rate everywhere; otherwise no two blocks would be equal.
    """
    rates = drop_rates(flow)
    rates_differ = len(set(rates)) > 1
    readers: dict[int, set[str]] = {}
    for node in flow.nodes:
        for source in node.inputs:
            readers.setdefault(source, set()).add(node.kind)

    def is_left_out(index: int, node: Node) -> bool:
        is_before_fc = node.kind == "FLATTEN" and readers.get(index) == {"FC"}
        is_output = index in (flow.output, *flow.outputs)
        return (is_before_fc and not is_output) or (node.kind == "DROPPATH" and rates_differ)

    flow = without(flow, is_left_out)
    if not rates_differ:
        return flow
    note = (
        "stochastic depth is left out: its rates differ between blocks, "
        f"from {min(rates):.3g} to {max(rates):.3g}"
    )
    return flow._replace(notes=(*flow.notes, note))


def drop_rates(flow: Flow) -> list[float]:
    """Return the rate of each DROPPATH."""
    options = [node.options for node in flow.nodes if node.kind == "DROPPATH"]
    return [value for pairs in options for _, value in pairs if isinstance(value, float)]


def without(flow: Flow, is_left_out: Callable[[int, Node], bool]) -> Flow:
    """Return a flow whose nodes read the input of a node that is left out, instead of its output."""
    source: list[int] = []  # of each node that stays, itself
    nodes: list[Node] = []
    for index, node in enumerate(flow.nodes):
        inputs = tuple(source[input] for input in node.inputs)
        nodes.append(node._replace(inputs=inputs))
        source.append(inputs[0] if is_left_out(index, node) else index)
    outputs = tuple(source[output] for output in flow.outputs)
    return flow._replace(nodes=tuple(nodes), output=source[flow.output], outputs=outputs)
