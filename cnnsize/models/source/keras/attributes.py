"""Attributes and methods of layers, models and tensors of Keras."""

from __future__ import annotations

import ast

from cnnsize.models.source.keras.models import (
    call,
    initialize,
    needed_nodes,
    shape_of,
    symbolic,
    tensors_of_model,
)
from cnnsize.models.source.keras.state import state_of
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.values.keras import (
    KerasLayer,
    KerasModel,
    KerasObject,
    KerasSequential,
    LayerList,
)
from cnnsize.models.source.values.objects import (
    Arguments,
    Builtin,
    Constant,
    NotReadError,
    Tensor,
    Unknown,
    Value,
)

# Methods that change neither the layers of a model nor their order.
WITHOUT_EFFECT = frozenset(
    [
        *("compile", "fit", "summary", "evaluate", "predict", "save", "load_weights", "to_json"),
        *("fit_generator", "evaluate_generator", "predict_generator", "save_weights", "get_config"),
        *("train_on_batch", "test_on_batch", "predict_on_batch", "set_weights", "get_weights"),
        *("count_params", "reset_states", "predict_classes", "predict_proba", "export", "to_yaml"),
        *("add_loss", "add_metric", "compute_output_shape", "trainable_weights", "weights"),
        *(
            "trainable_variables",
            "variables",
            "losses",
            "metrics",
            "optimizer",
            "loss",
            "stop_training",
        ),
        *("add_weight", "compute_loss", "reset_metrics", "non_trainable_weights", "history"),
        *("metrics_names", "built", "dtype", "adapt", "make_predict_function", "run_eagerly"),
    ]
)


def super_attribute(machine: Machine, value: KerasObject, name: str, node: ast.AST) -> Value:
    """Return an attribute of the base class from Keras."""
    if name == "__init__":
        return Builtin(name, lambda arguments: initialize(machine, value, arguments))
    if name == "build":
        return Builtin(name, lambda arguments: None)
    return attribute(machine, value, name, node)


def tensor_attribute(machine: Machine, tensor: Tensor, name: str, node: ast.AST) -> Value:
    """Return an attribute of a tensor of Keras."""
    if name in ("shape", "_keras_shape"):
        return shape_of(tensor)
    if name == "get_shape":
        return Builtin(name, lambda arguments: shape_of(tensor))
    if name in ("ndim", "rank"):
        return len(tensor.axes)
    return Unknown(f"`{name}` of a tensor", node)


def attribute(machine: Machine, value: Value, name: str, node: ast.AST) -> Value:
    """Return an attribute of a layer or model of Keras."""
    if name in value.attributes:
        return value.attributes[name]
    if name in WITHOUT_EFFECT:
        unknown = Unknown(f"the result of {name}", node, is_weights=True)
        return Builtin(name, lambda arguments: unknown)
    if isinstance(value, KerasLayer):
        return layer_attribute(machine, value, name, node)
    model = value.model if isinstance(value, KerasObject) else value
    if name == "build":
        return Builtin(name, lambda arguments: build(machine, value, arguments))
    if model is None or name in ("name", "trainable"):
        return Unknown(f"it has no attribute `{name}`", node)
    if name in ("input", "output", "inputs", "outputs"):
        inputs, outputs = tensors_of_model(machine, model, node)
        tensors = inputs if name.startswith("input") else outputs
        return tensors[0] if len(tensors) == 1 and not name.endswith("s") else list(tensors)
    if name in ("input_shape", "output_shape"):
        source, target = symbolic(machine, model, node)
        return shape_of(source if name == "input_shape" else target)
    if name == "layers":
        return layers_of(machine, model, node)
    if name == "get_layer":
        return Builtin(name, lambda arguments: layer_named(machine, model, arguments))
    if isinstance(model, KerasSequential) and name == "add":
        return Builtin(name, lambda arguments: model.add(arguments.first(), arguments.node))
    if isinstance(model, KerasSequential) and name == "pop":
        return Builtin(name, lambda arguments: pop(model, arguments))
    if name == "call":
        return Builtin(name, lambda arguments: call(machine, model, arguments))
    return Unknown(f"it has no attribute `{name}`", node)


def layer_attribute(machine: Machine, layer: KerasLayer, name: str, node: ast.AST) -> Value:
    """Return an attribute of a layer."""
    if name in layer.arguments and layer.arguments[name] is not None:
        return layer.arguments[name]
    output = layer.attributes.get("output")
    if name in ("output_shape", "shape") and isinstance(output, Tensor):
        return shape_of(output)
    return Unknown(f"it has no attribute `{name}`", node)


def pop(model: KerasSequential, arguments: Arguments) -> Value:
    """Remove the last layer of a Sequential model."""
    if not model.items:
        raise NotReadError("pop() of a model without layers", arguments.node)
    model.places.pop()
    model.symbolic = None
    return model.items.pop()


def build(machine: Machine, value: Value, arguments: Arguments) -> Value:
    """Note the shape of the input that build() says."""
    shape = arguments.first()
    if isinstance(value, KerasSequential):
        value.shape = shape
    elif isinstance(shape, (tuple, list)) and all(
        isinstance(size, int) for size in list(shape)[1:]
    ):
        constant = Constant((1, *list(shape)[1:]), arguments.node)
        machine.tested.append((value, Arguments([constant], {}, arguments.node)))
    return None


def layers_of(machine: Machine, model: KerasModel | KerasSequential, node: ast.AST) -> Value:
    """Return the layers of a model."""
    if isinstance(model, KerasSequential):
        return LayerList(item for item in model.items if not isinstance(item, Tensor))
    inputs, outputs = tensors_of_model(machine, model, node)
    sources, targets = ([own.node for own in tensors] for tensors in (inputs, outputs))
    state = state_of(machine)
    layers = {
        id(state.applied[index].layer): state.applied[index].layer
        for index in needed_nodes(machine, targets, sources)
        if index in state.applied
    }
    return LayerList(layers.values())


def layer_named(
    machine: Machine, model: KerasModel | KerasSequential, arguments: Arguments
) -> Value:
    """Return a layer by its name or index."""
    node = arguments.node
    name, index = arguments.get(0, "name"), arguments.keywords.get("index")
    layers = layers_of(machine, model, node)
    if isinstance(index, int) and -len(layers) <= index < len(layers):
        return layers[index]
    for layer in layers:
        if isinstance(layer, KerasLayer) and layer.arguments.get("name") == name is not None:
            return layer
    return Unknown(f"the layer {name!r} of a model", node)
