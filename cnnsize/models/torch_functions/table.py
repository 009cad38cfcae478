"""The functions of torch by their names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnsize.models.flow import UnreadableModelError
from cnnsize.models.recorder import Recorder, Value
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
# Functions that return something about a tensor, or the tensor itself.
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
        "requires_grad_",
        "expand_as",
        "_assert",
        "data",
        "__get__",
        "pin_memory",
        "alias",
    ]
)
NOT_READ = frozenset(
    ["size", "dim", "numel", "stride", "is_contiguous", "__len__", "is_floating_point"]
)
# Functions of a single value that change no size, and that the notation leaves out.
ARITHMETIC = frozenset(
    [
        "add",
        "sub",
        "mul",
        "div",
        "truediv",
        "radd",
        "rsub",
        "rmul",
        "pow",
        "neg",
        "clamp",
        "clip",
        "exp",
        "log",
        "sqrt",
        "rsqrt",
        "abs",
        "square",
        "sin",
        "cos",
        "round",
        "floor",
    ]
)


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
    if name in NOT_READ:
        return
    call = Call(recorder, args, kwargs, live, output)
    handler = HANDLERS.get(name)
    try:
        if handler is not None:
            handler(call)
        elif name in ACTIVATIONS:
            call.add(ACTIVATIONS[name])
        elif name in TRANSPARENT:
            values.transparent(call)
        elif name in ARITHMETIC and len(live) == 1:
            values.arithmetic(call, name)
        else:
            call.give_up(f"{name}()")
    except UnreadableModelError as error:
        if "share" in str(error):
            raise
        call.give_up(str(error))


def name_of(function: Any) -> str:
    """Return the plain name of a function: ``add`` for ``__iadd__`` and ``add_``."""
    name: str = getattr(function, "__name__", str(function))
    if name.startswith("__") and name.endswith("__"):
        name = name.strip("_")
        if name == "get":
            return "__get__"
        if name in ("len", "getitem"):
            return f"__{name}__"
        return name[1:] if name in ("iadd", "isub", "imul", "itruediv") else name
    if name.startswith("_") or not name.endswith("_"):
        return name
    return name[:-1]


HANDLERS: dict[str, Callable[[Call], None]] = {
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
    "fn": pools.max_pool2d,
    "_max_pool2d": pools.max_pool2d,
    "avg_pool2d": pools.avg_pool2d,
    "adaptive_avg_pool2d": pools.adaptive_avg_pool2d,
    "adaptive_max_pool2d": pools.adaptive_max_pool2d,
    "_adaptive_max_pool2d": pools.adaptive_max_pool2d,
    "mean": pools.reduction("GAP"),
    "amax": pools.reduction("GMP"),
    "view": shapes.reshape,
    "reshape": shapes.reshape,
    "flatten": shapes.reshape,
    "unflatten": shapes.reshape,
    "squeeze": shapes.reshape,
    "unsqueeze": shapes.reshape,
    "permute": shapes.permute,
    "transpose": shapes.transpose,
    "swapaxes": shapes.transpose,
    "movedim": shapes.movedim,
    "cat": slices.concatenate,
    "concat": slices.concatenate,
    "concatenate": slices.concatenate,
    "chunk": slices.split,
    "split": slices.split,
    "split_with_sizes": slices.split,
    "tensor_split": slices.split,
    "__getitem__": slices.getitem,
    "pad": shapes.pad,
    "interpolate": shapes.interpolate,
    "upsample": shapes.interpolate,
    "pixel_shuffle": shapes.shuffle("PIXELSHUFFLE"),
    "pixel_unshuffle": shapes.shuffle("PIXELUNSHUFFLE"),
    "channel_shuffle": shapes.channel_shuffle,
    "native_channel_shuffle": shapes.channel_shuffle,
    "expand": values.expand,
    "add": values.binary("ADD"),
    "radd": values.binary("ADD"),
    "mul": values.binary("MUL"),
    "rmul": values.binary("MUL"),
    "multiply": values.binary("MUL"),
    "softmax": values.softmax("SOFTMAX"),
    "log_softmax": values.softmax("LOGSOFTMAX"),
    "dropout": values.dropout("DROPOUT"),
    "dropout2d": values.dropout("DROPOUT2D"),
    "feature_dropout": values.dropout("DROPOUT2D"),
    "alpha_dropout": values.dropout("DROPOUT"),
    "hardtanh": values.hardtanh,
}
