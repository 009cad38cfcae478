"""Models of Keras: they are constructed, called on a tensor, and have attributes."""

from __future__ import annotations

import ast

from cnnsize.models.axes import volume_of
from cnnsize.models.flow import Frame
from cnnsize.models.source.errors import StatedError, Statement
from cnnsize.models.source.keras.inputs import Shape, first_shape, make_input
from cnnsize.models.source.keras.layers import apply_layer
from cnnsize.models.source.keras.signatures import known
from cnnsize.models.source.keras.state import state_of
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.sequences import elements
from cnnsize.models.source.values.keras import (
    KERAS_MODELS,
    KerasLayer,
    KerasModel,
    KerasObject,
    KerasSequential,
    is_base,
)
from cnnsize.models.source.values.number import has_letters
from cnnsize.models.source.values.objects import (
    MISSING,
    Arguments,
    Bound,
    Class,
    Constant,
    Function,
    NotReadError,
    Size,
    Tensor,
    Unknown,
    Value,
)

NO_INPUT = "the shape of its input is not known; --input 32x32x3 gives it"
IGNORED = frozenset(["training", "mask"])  # arguments of a call


def sequential(machine: Machine, arguments: Arguments) -> KerasSequential:
    """Return Sequential(layers)."""
    layers = arguments.get(0, "layers")
    if isinstance(layers, Unknown):
        return KerasSequential([layers], arguments.node)
    items = [] if layers is None else elements(machine, layers, arguments.node)
    return KerasSequential(list(items), arguments.node)


def functional(machine: Machine, arguments: Arguments) -> KerasModel:
    """Return Model(inputs, outputs)."""
    names = arguments.keywords
    inputs = arguments.get(0, "inputs", names.get("input"))
    outputs = arguments.get(1, "outputs", names.get("output"))
    return KerasModel(
        tensors_of(inputs, "inputs", arguments.node),
        tensors_of(outputs, "outputs", arguments.node),
        arguments.node,
    )


def tensors_of(value: Value, what: str, node: ast.AST) -> list[Value]:
    """Return the tensors of Model(inputs, outputs). Raises NotReadError."""
    known(value, f"the {what} of the model", node)
    if isinstance(value, dict):
        value = list(value.values())
    parts = list(value) if isinstance(value, (list, tuple)) else [value]
    if not parts:
        raise NotReadError(f"the model has no {what}", node)
    for part in parts:
        known(part, f"the {what} of the model", node)
        if not isinstance(part, Tensor):
            raise NotReadError(f"the {what} of the model are no tensors", node)
    return parts


def instantiate(machine: Machine, cls: Class, arguments: Arguments) -> KerasObject:
    """Return an object of a class that derives from a model or layer of Keras."""
    result = KerasObject(cls, arguments.node)
    if any(is_base(path, frozenset(["Sequential"])) for path in cls.external_bases()):
        result.model = KerasSequential([], arguments.node)
    initializer = cls.find("__init__")
    if isinstance(initializer, Function):
        machine.call(Bound(initializer, result), arguments)
    elif initializer is MISSING:
        initialize(machine, result, arguments)
    else:
        raise NotReadError(f"__init__ of {cls.name} cannot be read", arguments.node)
    return result


def initialize(machine: Machine, value: KerasObject, arguments: Arguments) -> None:
    """Do what __init__ of the base class does."""
    if isinstance(value.model, KerasSequential):
        for item in sequential(machine, arguments).items:
            value.model.add(item, arguments.node)
    elif {"outputs", "output"} & set(arguments.keywords) or len(arguments.positional) > 1:
        value.model = functional(machine, arguments)


def call(machine: Machine, function: Value, arguments: Arguments) -> Value:
    """Return what a layer or model of Keras makes of a tensor. Raises NotReadError."""
    value, node = arguments.first(), arguments.node
    if machine.lenient and isinstance(value, Constant):
        if isinstance(function, KERAS_MODELS):
            machine.tested.append((function, arguments))
        return Unknown("the output of a network", node)
    if isinstance(function, KerasLayer):
        result: Value = apply_layer(machine, function, value, node)
        function.attributes["output"] = result
        return result
    if isinstance(function, KerasObject):
        return call_object(machine, function, arguments)
    known(value, "the input of the model", node)
    values = list(value) if isinstance(value, (list, tuple)) else [value]
    for own in values:
        if not isinstance(known(own, "the input of the model", node), Tensor):
            raise NotReadError("the input of a model is no tensor that comes from the input", node)
    if isinstance(function, KerasModel):
        is_open = function.inputs[0].node in state_of(machine).open
        if function.apply is not None and is_open and values[0].axes != function.inputs[0].axes:
            return function.apply(values[0])
        return replayed(machine, function, values, node)
    assert isinstance(function, KerasSequential)
    if len(values) != 1:
        raise NotReadError("Sequential receives several inputs", node)
    if first_shape(function) is not None:
        (source,), _ = tensors_of_model(machine, function, node)
        require_shape(machine, source, values[0], node)
    return run_sequential(machine, function, values[0])


def require_shape(machine: Machine, source: Tensor, value: Tensor, node: ast.AST) -> None:
    """Raise NotReadError unless a model is called on the size of its own input."""
    if value.axes == source.axes:
        return
    expected, received = source.shape[1:], value.shape[1:]
    reason = f"a model for {shape_text(source)} is called on {shape_text(value)}"
    is_open = source.node in state_of(machine).open
    if is_open or len(expected) != len(received) or any(map(has_letters, (*expected, *received))):
        raise NotReadError(reason, node)
    is_depth = len(expected) > 1 and volume_of(source.axes)[:2] == volume_of(value.axes)[:2]
    pairs = [pair for pair in zip(expected, received, strict=True) if pair[0] != pair[1]]
    if is_depth and 1 in pairs[-1]:  # Keras accepts it until the model runs
        raise NotReadError(reason, node)
    message = f"{model_name(node)} expects {shape_text(source)} but receives {shape_text(value)}"
    numbers = [size for pair in pairs for size in pair]
    related = ((machine.places[source.node].application, "its input"),)
    statement = Statement(message, numbers=numbers, related=related)
    code = "CNN120" if is_depth else "CNN121"
    raise machine.refused(StatedError(reason, node, statement, code, tensors=[value]))


def run_sequential(machine: Machine, model: KerasSequential, value: Tensor) -> Tensor:
    """Run the layers of a Sequential model one after the other."""
    machine.enter(model.node)
    machine.stack.append(Frame("Sequential", machine.calls))
    try:
        for index, (item, place) in enumerate(zip(model.items, model.places, strict=True)):
            machine.tick(place)
            is_input = isinstance(item, KerasLayer) and item.name == "InputLayer"
            if is_input or (index == 0 and isinstance(item, Tensor)):
                continue
            if isinstance(item, Unknown):
                raise item.error or NotReadError(item.reason, item.node or place)
            own = item.node if place is model.node and hasattr(item, "node") else place
            result = machine.call(item, Arguments([value], {}, own))
            if not isinstance(result, Tensor):
                raise NotReadError("a part of Sequential that is no layer", place)
            value = result
    finally:
        machine.stack.pop()
        machine.depth -= 1
    return value


def call_object(machine: Machine, value: KerasObject, arguments: Arguments) -> Value:
    """Run call() of an object of the source."""
    node = arguments.node
    keywords = {key: own for key, own in arguments.keywords.items() if key not in IGNORED}
    positional = arguments.positional
    method = value.cls.find("call")
    if not isinstance(method, Function):
        if value.model is not None:
            return call(machine, value.model, Arguments(positional, {}, node))
        raise NotReadError(f"{value.cls.name} has no call()", node)
    build = value.cls.find("build")
    first = arguments.first()
    if isinstance(build, Function) and not value.is_built and isinstance(first, Tensor):
        value.is_built = True
        machine.call(Bound(build, value), Arguments([shape_of(first)], {}, node))
    parameters = method.node.args
    names = [parameter.arg for parameter in (*parameters.args, *parameters.kwonlyargs)]
    given = {key: own for key, own in arguments.keywords.items() if key in IGNORED & set(names)}
    defaults = {"training": False, "mask": None}
    needed = {key: defaults[key] for key in defaults if key in names}
    if len(positional) > 1:
        needed = {}
    machine.calls += 1
    machine.stack.append(Frame(value.cls.name, machine.calls))
    try:
        bound = Bound(method, value)
        return machine.call(bound, Arguments(positional, {**needed, **given, **keywords}, node))
    finally:
        machine.stack.pop()


def model_name(node: ast.AST) -> str:
    """Return a model as a call has it: ``base`` for ``base(x)`` and for ``model.add(base)``."""
    if not isinstance(node, ast.Call):
        return "the model"
    is_added = isinstance(node.func, ast.Attribute) and node.func.attr == "add" and node.args
    return ast.unparse(node.args[0] if is_added else node.func)


def replayed(machine: Machine, model: KerasModel, values: list[Tensor], node: ast.AST) -> Value:
    """Return the outputs of a functional model for other inputs of the same sizes."""
    if len(model.inputs) != len(values):
        raise NotReadError(f"a model of {len(model.inputs)} inputs receives {len(values)}", node)
    targets = [known(target, "the output of the model", node) for target in model.outputs]
    for source, value in zip(model.inputs, values, strict=True):
        require_shape(machine, source, value, node)
    state = state_of(machine)
    machine.calls += 1
    frame = Frame("Model", machine.calls)
    sources = [source.node for source in model.inputs]
    copies = dict(zip(sources, (value.node for value in values), strict=True))
    numbers: dict[int, int] = {}
    for index in needed_nodes(machine, [target.node for target in targets], sources):
        machine.tick(node)
        own = machine.nodes[index]
        if any(input not in copies for input in own.inputs) or not own.inputs:
            raise NotReadError("the output of the model does not depend on its input", node)
        depth = len(machine.stack)
        machine.stack += [frame, *own.path]
        try:
            inputs = tuple(copies[input] for input in own.inputs)
            copy = machine.copy(own, inputs, machine.places[index])
        finally:
            del machine.stack[depth:]
        copies[index] = copy
        if index in state.applied:
            layer, number = state.applied[index]
            if number not in numbers:
                numbers[number] = state.next_application()
            state.note(copy, layer, numbers[number])
    outputs = [Tensor(copies[target.node], target.axes) for target in targets]
    return outputs[0] if len(outputs) == 1 else outputs


def needed_nodes(machine: Machine, targets: list[int], sources: list[int]) -> list[int]:
    """Return the nodes that some depend on, themselves included, after ``sources``, in order."""
    needed: set[int] = set()
    waiting = list(targets)
    while waiting:
        index = waiting.pop()
        if index in needed or index in sources:
            continue
        needed.add(index)
        waiting += machine.nodes[index].inputs
    return sorted(needed)


def tensors_of_model(
    machine: Machine, model: Value, node: ast.AST
) -> tuple[list[Tensor], list[Tensor]]:
    """Return the inputs and the outputs of a model. Raises NotReadError."""
    if isinstance(model, KerasObject):
        if model.model is None or isinstance(model.cls.find("call"), Function):
            raise NotReadError(NO_INPUT, node)
        model = model.model
    if isinstance(model, KerasModel):
        return model.inputs, [
            known(output, "the output of the model", model.node) for output in model.outputs
        ]
    assert isinstance(model, KerasSequential)
    if model.symbolic is None:
        if not model.items:
            raise NotReadError("the model has no layers", model.node)
        shape = first_shape(model) or Shape(None, model.node, "Sequential")
        if isinstance(shape, Shape) and shape.value is None:
            unread = next((item for item in model.items if isinstance(item, Unknown)), None)
            if unread is not None:
                raise unread.error or NotReadError(unread.reason, unread.node or model.node)
            shape = shape._replace(value=(None, None, None))
        source = shape if isinstance(shape, Tensor) else make_input(machine, shape)
        model.symbolic = source, run_sequential(machine, model, source)
    source, target = model.symbolic
    return [source], [target]


def symbolic(machine: Machine, model: Value, node: ast.AST) -> tuple[Tensor, Tensor]:
    """Return the input and the output of a model with one of each. Raises NotReadError."""
    inputs, outputs = tensors_of_model(machine, model, node)
    if len(inputs) > 1 or len(outputs) > 1:
        raise NotReadError(f"a model with {len(inputs)} inputs and {len(outputs)} outputs", node)
    return inputs[0], outputs[0]


def shape_of(tensor: Tensor) -> Size:
    """Return the shape as Keras has it, with None for the batch."""
    return Size((None, *tensor.shape[1:]))  # type: ignore[arg-type]


def shape_text(tensor: Tensor) -> str:
    """Return a shape for a message."""
    return "x".join(map(str, tensor.shape[1:]))
