"""What a call of a name of Keras or TensorFlow means: a layer, a model, a join, a function."""

from __future__ import annotations

import ast
from collections.abc import Callable

from cnnsize.models.source.keras import models
from cnnsize.models.source.keras.application import activated, activation_kind, order_named
from cnnsize.models.source.keras.inputs import Shape, make_input, without_batch
from cnnsize.models.source.keras.joins import JOIN_FUNCTIONS, KERAS_1_MODES, joined
from cnnsize.models.source.keras.layers import apply_layer
from cnnsize.models.source.keras.pretrained import pretrained
from cnnsize.models.source.keras.signatures import (
    Dialect,
    construct,
    is_layer,
    known,
    unread_layer,
)
from cnnsize.models.source.keras.state import state_of
from cnnsize.models.source.machine import Machine, Place
from cnnsize.models.source.tensors.arithmetic import ARITHMETIC_NOTE, tensor_operation
from cnnsize.models.source.tensors.graph import add_layer
from cnnsize.models.source.tensors.shapes import reduction
from cnnsize.models.source.values.arrays import DATASETS, array_function, load_data
from cnnsize.models.source.values.objects import (
    Arguments,
    Constant,
    NotReadError,
    Tensor,
    Unknown,
    Value,
)

TRANSPARENT = frozenset(
    [
        *("cast", "identity", "stop_gradient", "convert_to_tensor", "to_float", "cast_to_floatx"),
        *("ensure_shape", "preprocess_input", "checkpoint"),
    ]
)
ARITHMETIC = frozenset(
    [
        *("square", "sqrt", "abs", "exp", "log", "pow", "clip_by_value", "clip", "l2_normalize"),
        *("sign", "round", "floor", "negative", "reciprocal", "per_image_standardization"),
    ]
)
OPERATIONS: dict[str, type[ast.operator]] = {
    "add": ast.Add,
    "multiply": ast.Mult,
    "subtract": ast.Sub,
    "divide": ast.Div,
}
CREATORS = frozenset(["zeros", "ones", "normal", "uniform", "truncated_normal", "random_normal"])


def input_layer(machine: Machine, arguments: Arguments) -> Value:
    """Return the tensor of Input()."""
    shape = arguments.get(0, "shape")
    for name in ("batch_shape", "batch_input_shape"):
        if name in arguments.keywords:
            shape = without_batch(arguments.keywords[name])
    source = arguments.keywords.get("tensor")
    if isinstance(source, Tensor):
        return source
    if shape is None:
        raise NotReadError("Input without a shape", arguments.node)
    return make_input(machine, Shape(shape, arguments.node, "Input"))


def merge(machine: Machine, arguments: Arguments) -> Value:
    """Return merge() of Keras 1."""
    mode = arguments.get(1, "mode", "sum")
    name = KERAS_1_MODES.get(mode) if isinstance(mode, str) else None
    if name is None:
        raise NotReadError(f"merge() with mode={mode!r}", arguments.node)
    axis = arguments.keywords.get("concat_axis", -1)
    place = Place(None, arguments.node)
    return joined(machine, name, arguments.get(0, "inputs"), axis, place)


def join(name: str) -> Callable[[Machine, Arguments], Value]:
    """Return the function for add([a, b]), tf.add(a, b), and the like."""

    def combine(machine: Machine, arguments: Arguments) -> Value:
        node = arguments.node
        values = arguments.get(0, "inputs", arguments.keywords.get("tensors"))
        values = arguments.keywords.get("values", values)
        if isinstance(values, (list, tuple, Unknown)):
            axis = arguments.get(1, "axis", -1)
            return joined(machine, name, values, axis, Place(None, node))
        operands = [*arguments.positional, *arguments.keywords.values()][:2]
        if name not in OPERATIONS or len(operands) != 2:
            raise NotReadError(f"{name}() of something that is no list of tensors", node)
        return tensor_operation(machine, OPERATIONS[name], operands[0], operands[1], node)

    return combine


def mean(kind: str) -> Callable[[Machine, Arguments], Value]:
    """Return the function for a mean or a maximum over height and width."""

    def reduce(machine: Machine, arguments: Arguments) -> Value:
        tensor = arguments.first()
        if not isinstance(tensor, Tensor):
            return Unknown("a mean", arguments.node)
        dims = arguments.get(1, "axis", arguments.keywords.get("reduction_indices"))
        keep = arguments.get(2, "keepdims", arguments.keywords.get("keep_dims", False))
        return reduction(machine, kind, tensor, dims, keep, arguments.node)

    return reduce


def through(name: str, *parameters: str) -> Callable[[Machine, Arguments], Value]:
    """Return the function that applies a layer; ``parameters`` are those after the tensor."""

    def apply(machine: Machine, arguments: Arguments) -> Value:
        tensor = arguments.get(0, "x", arguments.first())
        rest = arguments.positional[1:]
        values = dict(zip(parameters, rest, strict=False))
        values |= {key: own for key, own in arguments.keywords.items() if key in parameters}
        layer = construct(name, Arguments([], values, arguments.node), Dialect("tensorflow", False))
        return apply_layer(machine, layer, tensor, arguments.node)

    return apply


def reshape(machine: Machine, arguments: Arguments) -> Value:
    """Return tf.reshape(), whose shape starts with the batch."""
    shape = known(arguments.get(1, "shape"), "the shape of a reshape", arguments.node)
    tensor = arguments.first()
    is_batch = isinstance(shape, (tuple, list)) and shape and shape[0] in (-1, None)
    if not is_batch or not isinstance(tensor, Tensor):
        raise NotReadError("a reshape that does not keep the batch", arguments.node)
    call = Arguments([tuple(shape[1:])], {}, arguments.node)
    return apply_layer(machine, construct("Reshape", call, Dialect("", False)), tensor, call.node)


def resize(machine: Machine, arguments: Arguments) -> Value:
    """Return tf.image.resize()."""
    size = known(arguments.get(1, "size"), "the size of a resize", arguments.node)
    if not isinstance(size, (tuple, list)) or len(size) != 2:
        raise NotReadError("the size of a resize is not known", arguments.node)
    method = arguments.get(2, "method", "bilinear")
    values = {"height": size[0], "width": size[1], "interpolation": getattr(method, "name", method)}
    if isinstance(values["interpolation"], str):
        values["interpolation"] = values["interpolation"].lower().partition("_")[0]
    layer = construct("Resizing", Arguments([], values, arguments.node), Dialect("", False))
    return apply_layer(machine, layer, arguments.first(), arguments.node)


def shape_of(machine: Machine, arguments: Arguments) -> Value:
    """Return K.int_shape(x) or tf.shape(x)."""
    value = arguments.first()
    if isinstance(value, Tensor):
        return models.shape_of(value)
    return Unknown("a shape", arguments.node)


def set_format(machine: Machine, arguments: Arguments) -> Value:
    """Note K.set_image_data_format()."""
    order = order_named(arguments.first())
    if order is None:
        raise NotReadError("an order of axes that is not known", arguments.node)
    state_of(machine).order = order
    return None


def data_format(machine: Machine, arguments: Arguments) -> Value:
    return "channels_first" if state_of(machine).order == "NCHW" else "channels_last"


FUNCTIONS: dict[str, Callable[[Machine, Arguments], Value]] = {
    "Input": input_layer,
    "Sequential": models.sequential,
    "Model": models.functional,
    "Functional": models.functional,
    "merge": merge,
    **{name: join(name) for name in JOIN_FUNCTIONS},
    "concat": join("concatenate"),
    "divide": join("divide"),
    "add_n": join("add"),
    "reduce_mean": mean("GAP"),
    "mean": mean("GAP"),
    "reduce_max": mean("GMP"),
    "reshape": reshape,
    "batch_flatten": through("Flatten"),
    "resize": resize,
    "resize_bilinear": resize,
    "depth_to_space": through("DepthToSpace", "block_size"),
    "dropout": through("Dropout", "rate"),
    "int_shape": shape_of,
    "shape": shape_of,
    "image_data_format": data_format,
    "image_dim_ordering": lambda machine, arguments: (
        "th" if state_of(machine).order == "NCHW" else "tf"
    ),
    "set_image_data_format": set_format,
    "set_image_dim_ordering": set_format,
    "ndim": lambda machine, arguments: (
        len(arguments.first().axes)
        if isinstance(arguments.first(), Tensor)
        else Unknown("ndim()", arguments.node)
    ),
    "multi_gpu_model": lambda machine, arguments: arguments.first(),
    "is_keras_tensor": lambda machine, arguments: isinstance(arguments.first(), Tensor),
}


def call_external(machine: Machine, path: str, arguments: Arguments) -> Value:
    """Return the value of a call of a name of Keras or TensorFlow."""
    parts = path.split(".")
    name, node = parts[-1], arguments.node
    first = arguments.first()
    if "applications" in parts:
        if name in TRANSPARENT and isinstance(first, (Tensor, Constant)):
            machine.notes[ARITHMETIC_NOTE] = None
            return first
        return pretrained(machine, name, arguments)
    if name == "load_data" and parts[-2] in DATASETS:
        return load_data(parts[-2], node)
    is_keras = "keras" in path
    if is_keras and is_layer(name):
        dialect = Dialect(parts[0], state_of(machine).is_keras_1)
        return construct(name, arguments, dialect, machine.site)
    if name in FUNCTIONS and (is_keras or not isinstance(first, Constant)):
        return FUNCTIONS[name](machine, arguments)
    if isinstance(first, Constant):
        return array_function(name, first, arguments)
    if name in CREATORS:
        return created(arguments)
    if isinstance(first, Tensor):
        return tensor_function(machine, path, first, arguments)
    if is_keras and name[:1].isupper() and "layers" in parts:
        return Unknown(unread_layer(name), node)
    if is_keras and name in ("get", "deserialize") and isinstance(first, str):
        return first
    return Unknown(f"{path}() is not read", node)


def tensor_function(machine: Machine, path: str, tensor: Tensor, arguments: Arguments) -> Value:
    """Return a function of a tensor. Raises NotReadError."""
    name, node = path.rpartition(".")[2], arguments.node
    if name in TRANSPARENT:
        return tensor
    if name in ARITHMETIC:
        machine.notes[ARITHMETIC_NOTE] = None
        return tensor
    kind = activation_kind(name) if name.islower() else None
    if kind is not None:
        if name == "relu" and arguments.keywords.get("max_value") in (6, 6.0):
            return add_layer(machine, "RELU6", {}, tensor, Place(None, node), tensor.axes)
        return activated(machine, tensor, name, Place(None, node), name)
    raise NotReadError(f"{path}() is not read", node)


def created(arguments: Arguments) -> Value:
    """Return a tensor that the source makes itself."""
    shape = arguments.get(0, "shape")
    if isinstance(shape, (tuple, list)) and all(isinstance(size, int) for size in shape):
        return Constant(tuple(shape), arguments.node)
    return Unknown("a tensor of a size that is not known", arguments.node)
