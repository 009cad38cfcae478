"""The functions of torch by their names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnsize.models.flow import UnreadableModelError
from cnnsize.models.recorder import Recorder, SharedWeightError, Value
from cnnsize.models.torch_functions import layers, pools, shapes, slices, values
from cnnsize.models.torch_functions.call import Call

ACTIVATIONS = {
    "relu": "RELU",
    "relu6": "RELU6",
    "leaky_relu": "LRELU",
    "elu": "ELU",
    "selu": "SELU",
    "gelu": "GELU",
    "silu": "SILU",
    "mish": "MISH",
    "hardswish": "HSWISH",
    "hardsigmoid": "HSIGMOID",
    "sigmoid": "SIGMOID",
    "tanh": "TANH",
    "softplus": "SOFTPLUS",
}
# Functions that return the tensor itself, or a copy.
TRANSPARENT = frozenset(
    [
        "contiguous",
        "clone",
        "detach",
        "to",
        "float",
        "half",
        "double",
        "bfloat16",
        "cpu",
        "cuda",
        "type",
        "type_as",
        "requires_grad",
        "data",
        "pin_memory",
        "alias",
    ]
)
# Functions that change no size; with a constant, the notation leaves them out.
ARITHMETIC = frozenset(["div", "divide", "truediv", "neg", "negative"])
# Functions that read the shape of a tensor and not its values.
LIKE = frozenset(
    [
        *("zeros_like", "ones_like", "empty_like", "full_like", "rand_like", "randn_like"),
        *("new_zeros", "new_ones", "new_empty", "new_full", "new_tensor"),
    ]
)
# Functions that may read several tensors that come from the input.
JOINS = frozenset(
    [
        *("add", "radd", "sub", "rsub", "subtract", "mul", "rmul", "multiply"),
        *("cat", "concat", "concatenate"),
    ]
)
BY_SHAPE = frozenset(["to", "type_as", "view_as", "reshape_as", "expand_as"])


def record_call(
    recorder: Recorder,
    function: Any,
    args: Any,
    kwargs: dict[str, Any],
    live: list[Value],
    output: Any,
) -> None:
    """Record a call on operands that come from the input."""
    name = name_of(function)
    call = Call(recorder, name, args, kwargs, live, output)
    try:
        reader_of(call)(call)
    except SharedWeightError:
        raise
    except UnreadableModelError as error:
        call.give_up(str(error))


def reader_of(call: Call) -> Callable[[Call], None]:
    """Return the function that reads a call."""
    name = call.name
    reader = FUNCTIONS.get(name)
    if reader is None:
        groups = (
            (ACTIVATIONS, activation),
            (TRANSPARENT, values.transparent),
            (LIKE, values.constant_like),
            (ARITHMETIC, values.arithmetic),
        )
        reader = next((read for names, read in groups if name in names), unknown)
    reads_one = name not in JOINS and name not in BY_SHAPE
    return several if len(call.live) > 1 and reads_one and reader is not unknown else reader


def activation(call: Call) -> None:
    call.add(ACTIVATIONS[call.name])


def several(call: Call) -> None:
    call.give_up(f"{call.name}() of several tensors that come from the input")


def unknown(call: Call) -> None:
    call.give_up(f"{call.name}()")


def name_of(function: Any) -> str:
    """Return the plain name of a function: ``add`` for ``__iadd__`` and ``add_``."""
    name: str = getattr(function, "__name__", str(function))
    if name == "__get__":  # of a property, such as x.data
        return str(getattr(function.__self__, "__name__", name))
    if name.startswith("__") and name.endswith("__"):
        name = name.strip("_")
        return name[1:] if name in IN_PLACE else name
    return name.rstrip("_") if not name.startswith("_") else name


IN_PLACE = frozenset(["iadd", "isub", "imul", "itruediv"])


FUNCTIONS: dict[str, Callable[[Call], None]] = {
    "conv1d": layers.conv1d,
    "conv2d": layers.conv2d,
    "conv_transpose2d": layers.conv_transpose2d,
    "linear": layers.linear,
    "batch_norm": layers.batch_norm,
    "layer_norm": layers.layer_norm,
    "group_norm": layers.group_norm,
    "instance_norm": layers.instance_norm,
    "local_response_norm": values.local_response_norm,
    "prelu": layers.prelu,
    "max_pool2d": pools.max_pool2d,
    "boolean_dispatch": pools.max_pool2d,
    "_max_pool2d": pools.max_pool2d,
    "avg_pool2d": pools.avg_pool2d,
    "adaptive_avg_pool2d": pools.adaptive_pool("AVGPOOL", "GAP"),
    "adaptive_max_pool2d": pools.adaptive_pool("POOL", "GMP"),
    "_adaptive_max_pool2d": pools.adaptive_pool("POOL", "GMP"),
    "mean": pools.reduction("AVGPOOL", "GAP"),
    "sum": pools.reduction("AVGPOOL", "GAP"),
    "amax": pools.reduction("POOL", "GMP"),
    "max": pools.reduction("POOL", "GMP"),
    "view": shapes.reshape,
    "reshape": shapes.reshape,
    "flatten": shapes.reshape,
    "unflatten": shapes.reshape,
    "squeeze": shapes.reshape,
    "unsqueeze": shapes.reshape,
    "view_as": shapes.reshape,
    "reshape_as": shapes.reshape,
    "ravel": shapes.reshape,
    "permute": shapes.permute,
    "transpose": shapes.transpose,
    "swapdims": shapes.transpose,
    "mT": shapes.transposed,
    "swapaxes": shapes.transpose,
    "moveaxis": shapes.movedim,
    "movedim": shapes.movedim,
    "cat": slices.concatenate,
    "concat": slices.concatenate,
    "concatenate": slices.concatenate,
    "chunk": slices.split,
    "split": slices.split,
    "split_with_sizes": slices.split,
    "tensor_split": slices.split,
    "getitem": slices.getitem,
    "pad": shapes.pad,
    "interpolate": shapes.interpolate,
    "upsample": shapes.interpolate,
    "pixel_shuffle": shapes.shuffle("PIXELSHUFFLE"),
    "pixel_unshuffle": shapes.shuffle("PIXELUNSHUFFLE"),
    "channel_shuffle": shapes.channel_shuffle,
    "native_channel_shuffle": shapes.channel_shuffle,
    "expand": shapes.expand,
    "expand_as": shapes.expand,
    "repeat": shapes.expand,
    "narrow": slices.narrow,
    "add": values.binary("ADD"),
    "radd": values.binary("ADD"),
    "sub": values.difference,
    "rsub": values.difference,
    "subtract": values.difference,
    "mul": values.binary("MUL"),
    "rmul": values.binary("MUL"),
    "multiply": values.binary("MUL"),
    "softmax": values.softmax("SOFTMAX"),
    "log_softmax": values.softmax("LOGSOFTMAX"),
    "dropout": values.dropout("DROPOUT"),
    "dropout2d": values.dropout("DROPOUT2D"),
    "feature_dropout": values.dropout("DROPOUT2D"),
    "alpha_dropout": values.dropout("DROPOUT"),
    "clamp": values.clamp,
    "clip": values.clamp,
    "clamp_min": values.clamp,
    "hardtanh": values.hardtanh,
}
