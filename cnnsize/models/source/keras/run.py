"""Make the flow of a network of Keras: the part of the graph between its input and its output."""

from __future__ import annotations

import ast
from typing import NamedTuple

from cnnsize.limits import MAX_OUTPUTS
from cnnsize.models.flow import Flow, Frame
from cnnsize.models.source.ends import outputs_of
from cnnsize.models.source.evidence import CALLED, MENTIONED, SOLVED, Evidence
from cnnsize.models.source.keras.builders import KerasNet, model_in, with_sides
from cnnsize.models.source.keras.inputs import Shape, make_input
from cnnsize.models.source.keras.models import call, needed_nodes, tensors_of_model
from cnnsize.models.source.keras.state import Sides, state_of
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.runs import Run
from cnnsize.models.source.values.keras import KerasObject
from cnnsize.models.source.values.objects import (
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
        raise value.error or NotReadError(value.reason, value.node or net.node)
    model = model_in(value)
    if model is None:
        raise NotReadError("it returns no model", net.node)
    machine.lenient = False
    tensors = ends(machine, model, net)
    source = tensors.inputs[0]
    if given is not None and len(tensors.inputs) > 1:
        raise NotReadError(f"{given.source} is one size for {len(tensors.inputs)} inputs", net.node)
    flow, indices = flow_between(machine, tensors, net)
    require_order(machine, source, given)
    where, strength = source_of(machine, source, given, others)
    places = tuple(machine.places[index] for index in indices)
    return Run(flow, places, {}, where, strength)


def sides_of(evidence: Evidence | None) -> Sides | None:
    """Return a size that is said somewhere."""
    if evidence is None:
        return None
    return Sides(evidence.height, evidence.width, evidence.depth)


class Ends(NamedTuple):
    """The inputs and outputs of a model."""

    inputs: list[Tensor]
    outputs: list[Tensor]


def ends(machine: Machine, model: Value, net: KerasNet) -> Ends:
    """Return the inputs and outputs of a model. Raises NotReadError."""
    is_object = isinstance(model, KerasObject) and isinstance(model.cls.find("call"), Function)
    if not is_object:
        return Ends(*tensors_of_model(machine, model, net.node))
    shape: Value = (None, None, None)
    node: ast.AST = net.node
    what = f"no line says the input of {model.cls.name}; it"
    if net.tested is not None:
        shape, node, what = net.tested.shape[1:], net.tested.node, "the call"
    tensor = make_input(machine, Shape(shape, node, what))
    output = call(machine, model, Arguments([tensor], {}, net.node))
    return Ends([tensor], outputs_of(output, net.node))


def flow_between(machine: Machine, model: Ends, net: KerasNet) -> tuple[Flow, list[int]]:
    """Return the flow of a network, and the indices of its nodes in the graph."""
    nodes = machine.nodes
    sources = [tensor.node for tensor in model.inputs]
    targets = [tensor.node for tensor in model.outputs]
    if any(nodes[source].kind != "INPUT" for source in sources):
        raise NotReadError("the input of the model is the output of a layer", net.node)
    needed = needed_nodes(machine, targets, sources)
    used = {source for index in needed for source in nodes[index].inputs}
    if any(nodes[index].kind == "INPUT" for index in needed):
        raise NotReadError("the model depends on an input that it does not name", net.node)
    if not used.issuperset(sources):
        raise NotReadError("the output does not depend on the input", net.node)
    if len(targets) > MAX_OUTPUTS:
        raise NotReadError(f"the model has {len(targets):,} outputs", net.node)
    require_own_weights(machine, needed)
    indices = [*dict.fromkeys(sources), *needed]
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
    first, *others = (position[target] for target in targets)
    notes = tuple(machine.notes)
    return Flow(tuple(own), 0, first, net.name, notes, tuple(others)), indices


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
