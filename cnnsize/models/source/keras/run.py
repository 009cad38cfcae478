"""Make the flow of a network of Keras: the part of the graph between its input and its output."""

from __future__ import annotations

import ast

from cnnsize.models.flow import Flow, Frame
from cnnsize.models.source.evidence import CALLED, MENTIONED, SOLVED, Evidence
from cnnsize.models.source.keras.builders import KerasNet, model_in, with_sides
from cnnsize.models.source.keras.inputs import Shape, make_input
from cnnsize.models.source.keras.models import call, needed_nodes, symbolic
from cnnsize.models.source.keras.state import Sides, state_of
from cnnsize.models.source.keras_values import KerasObject
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.runs import Run
from cnnsize.models.source.values import (
    Arguments,
    Function,
    NotReadError,
    Tensor,
    Unknown,
    Value,
)


def run_keras(
    machine: Machine, net: KerasNet, given: Evidence | None, others: list[Evidence]
) -> Run:
    """Return a network of Keras on its input. Raises NotReadError."""
    state = state_of(machine)
    state.given, state.assumed = sides_of(given), sides_of(others[0] if others else None)
    state.values.clear()
    machine.start()
    machine.lenient = False
    machine.is_keras = True
    build = net.build
    if given is not None and net.rebuild is not None:
        build = net.rebuild
    value = with_sides(machine, build)
    if isinstance(value, Unknown):
        raise NotReadError(value.reason, value.node or net.node)
    model = model_in(value)
    if model is None:
        raise NotReadError("it returns no model", net.node)
    machine.lenient = False
    source, target = ends(machine, model, net)
    flow, indices = flow_between(machine, source, target, net)
    require_order(machine, source, given)
    where, strength = source_of(machine, source, given, others)
    places = tuple(machine.places[index] for index in indices)
    return Run(flow, places, {}, where, strength)


def sides_of(evidence: Evidence | None) -> Sides | None:
    """Return a size that is said somewhere."""
    if evidence is None:
        return None
    return Sides(evidence.height, evidence.width, evidence.depth)


def ends(machine: Machine, model: Value, net: KerasNet) -> tuple[Tensor, Tensor]:
    """Return the input and the output of a model. Raises NotReadError."""
    is_object = isinstance(model, KerasObject) and isinstance(model.cls.find("call"), Function)
    if not is_object:
        return symbolic(machine, model, net.node)
    shape: Value = (None, None, None)
    node: ast.AST = net.node
    what = f"no line says the input of {model.cls.name}; it"
    if net.tested is not None:
        shape, node, what = net.tested.shape[1:], net.tested.node, "the call"
    tensor = make_input(machine, Shape(shape, node, what))
    output = call(machine, model, Arguments([tensor], {}, net.node))
    if isinstance(output, Unknown):
        raise NotReadError(f"the output: {output.reason}", output.node or net.node)
    if isinstance(output, (list, tuple, dict)):
        raise NotReadError(f"call() returns {len(output)} outputs", net.node)
    if not isinstance(output, Tensor):
        raise NotReadError("the output is no tensor that comes from the input", net.node)
    return tensor, output


def flow_between(
    machine: Machine, source: Tensor, target: Tensor, net: KerasNet
) -> tuple[Flow, list[int]]:
    """Return the flow of a network, and the indices of its nodes in the graph."""
    nodes = machine.nodes
    needed = needed_nodes(machine, target.node, source.node)
    if nodes[source.node].kind != "INPUT":
        raise NotReadError("the input of the model is the output of a layer", net.node)
    if any(nodes[index].kind == "INPUT" for index in needed):
        raise NotReadError("the model has several inputs", net.node)
    indices = [source.node, *needed]
    if not needed or source.node not in {i for index in needed for i in nodes[index].inputs}:
        raise NotReadError("the output does not depend on the input", net.node)
    require_own_weights(machine, needed)
    position = {index: place for place, index in enumerate(indices)}
    root = Frame(net.name, 0)
    own = [
        nodes[index]._replace(
            inputs=tuple(position[input] for input in nodes[index].inputs),
            path=(root, *nodes[index].path),
        )
        for index in indices
    ]
    if not any(node.parameters for node in own):
        raise NotReadError("no layer with weights is applied", net.node)
    flow = Flow(tuple(own), 0, position[target.node], net.name, tuple(machine.notes))
    return flow, indices


def require_own_weights(machine: Machine, needed: list[int]) -> None:
    """Raise NotReadError if a layer with weights is applied twice."""
    state = state_of(machine)
    numbers: dict[int, int] = {}
    for index in needed:
        applied = state.applied.get(index)
        if applied is None or not machine.nodes[index].parameters:
            continue
        if numbers.setdefault(id(applied.layer), applied.number) != applied.number:
            raise NotReadError(
                f"{applied.layer.name} is applied twice, and both share its weights",
                machine.places[index].application,
            )


def require_order(machine: Machine, source: Tensor, given: Evidence | None) -> None:
    """Raise NotReadError for an input that looks like channels_first where nothing says so."""
    volume = machine.nodes[source.node].volume
    assert volume is not None
    is_likely = volume.H in (1, 3) and volume.W == volume.D > 4 and machine.order == "NHWC"
    if is_likely and given is None and len(source.axes) == 4:
        raise NotReadError(
            f"an input of {volume.H} x {volume.W} x {volume.D} has {volume.H} rows in channels_last "
            f"and {volume.H} channels in channels_first; data_format= or "
            "K.set_image_data_format() says which",
            machine.places[source.node].application,
        )


def source_of(
    machine: Machine, source: Tensor, given: Evidence | None, others: list[Evidence]
) -> tuple[str, str]:
    """Return where the size of the input comes from, and how sure it is."""
    state = state_of(machine)
    if given is not None:
        return given.source, given.strength
    where = state.sources[source.node]
    volume = machine.nodes[source.node].volume
    assert volume is not None
    is_assumed = source.node in state.open or bool(state.values)
    if not is_assumed:
        return where, CALLED
    size = f"{volume.W}x{volume.H}"
    if others:
        return others[0].source, MENTIONED
    if state.values:
        names = ", ".join(state.values)
        return f"{size} is used for {names}, which no line says", SOLVED
    return f"{size} is used; {where}", SOLVED
