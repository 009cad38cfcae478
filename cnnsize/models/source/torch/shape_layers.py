"""Layers of torch.nn that the notation does not have: what they take is checked, and what they
return is known by its shape.
"""

from __future__ import annotations

from collections.abc import Callable

from cnnsize.models.axes import Axis, axes_of, axis_of
from cnnsize.models.source.torch.application import Application
from cnnsize.models.source.values.number import has_letters
from cnnsize.models.source.values.objects import NotReadError, Tensor, Unknown, Value
from cnnsize.text.english import counted


def reason_of(call: Application) -> str:
    """Return why the notation does not have a layer."""
    return f"nn.{call.layer.name} is not in the notation"


def same_shape(call: Application) -> Tensor:
    return call.outside(call.tensor.axes, reason_of(call))


def gated(call: Application) -> Tensor:
    """Apply GLU, which halves an axis."""
    dim, shape = call.argument("dim"), call.tensor.shape
    is_axis = isinstance(dim, int) and not has_letters(dim) and -len(shape) <= dim < len(shape)
    if not is_axis or has_letters(shape[dim]) or shape[dim] % 2:
        raise NotReadError("a GLU of an axis that is not known", call.node)
    axes = list(call.tensor.axes)
    axes[dim] = axis_of("C", shape[dim] // 2)
    return call.outside(tuple(axes), reason_of(call))


def length(call: Application, name: str, least: int = 1) -> int:
    """Return an argument that says a size along one axis."""
    value = call.argument(name)
    value = value[0] if isinstance(value, (tuple, list)) and len(value) == 1 else value
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole or has_letters(value) or value < least:
        raise NotReadError(f"{name} of nn.{call.layer.name} is not known", call.layer.node)
    return int(value)


def need_line(call: Application) -> int:
    """Return the length of a tensor of three axes. Raises RefusedError for a map."""
    if len(call.tensor.axes) == 4:
        raise call.refuse_axes("3")
    size = call.tensor.shape[-1]
    if len(call.tensor.axes) != 3 or has_letters(size):
        axes = counted(len(call.tensor.axes), "axis", "axes")
        reason = f"nn.{call.layer.name} takes N x C x L here, but receives a tensor with {axes}"
        if len(call.tensor.axes) == 3:
            reason = f"nn.{call.layer.name} of a length that is not known"
        raise NotReadError(reason, call.node)
    return size


def line(call: Application, size: int, depth: Axis | None = None) -> Tensor:
    """Return a tensor of another length, and of another depth if it is given."""
    if size < 1:
        raise NotReadError(f"nn.{call.layer.name} has no output", call.node)
    batch, own, _ = call.tensor.axes
    axes = (batch, own if depth is None else depth, axis_of("W", size))
    return call.outside(axes, reason_of(call), "" if depth is None else "CONV")


def convolution(call: Application) -> Tensor:
    size = need_line(call)
    call.expect("in_channels", call.tensor.shape[1])
    call.once()
    depth = axis_of("C", call.width("out_channels"))
    kernel, stride = length(call, "kernel_size"), length(call, "stride")
    reach = length(call, "dilation") * (kernel - 1)
    padding = call.argument("padding")
    if padding == "same":
        return line(call, size, depth)
    around = 0 if padding == "valid" else length(call, "padding", 0)
    return line(call, (size + 2 * around - reach - 1) // stride + 1, depth)


def transposed_convolution(call: Application) -> Tensor:
    size = need_line(call)
    call.expect("in_channels", call.tensor.shape[1])
    call.once()
    depth = axis_of("C", call.width("out_channels"))
    reach = length(call, "dilation") * (length(call, "kernel_size") - 1)
    padding, more = length(call, "padding", 0), length(call, "output_padding", 0)
    size = (size - 1) * length(call, "stride") - 2 * padding + reach + more + 1
    return line(call, size, depth)


def pool(call: Application) -> Tensor:
    size = need_line(call)
    kernel = length(call, "kernel_size")
    stride = kernel if call.argument("stride") is None else length(call, "stride")
    dilation = length(call, "dilation") if "dilation" in call.layer.arguments else 1
    if call.flag("ceil_mode"):
        raise NotReadError(f"nn.{call.layer.name} with ceil_mode", call.node)
    padding = length(call, "padding", 0)
    return line(call, (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1)


def adaptive_pool(call: Application) -> Tensor:
    need_line(call)
    return line(call, length(call, "output_size"))


def instance_norm(call: Application) -> Tensor:
    need_line(call)
    if call.flag("affine"):
        call.expect("num_features", call.tensor.shape[1])
        call.once()
    return same_shape(call)


def recurrent(call: Application) -> Value:
    """Apply LSTM, GRU or RNN to sequences; its states are not followed."""
    if len(call.tensor.axes) != 3 or call.argument("proj_size"):
        axes = counted(len(call.tensor.axes), "axis", "axes")
        reason = f"nn.{call.layer.name} takes N x L x C here, but receives a tensor with {axes}"
        if len(call.tensor.axes) == 3:
            reason = f"nn.{call.layer.name} with proj_size"
        raise NotReadError(reason, call.node)
    call.expect("input_size", call.tensor.shape[-1])
    call.once()
    directions = 2 if call.flag("bidirectional") else 1
    features = axis_of("C", call.width("hidden_size") * directions)
    output = call.outside((*call.tensor.axes[:-1], features), reason_of(call), "FC")
    return output, Unknown(f"the state of nn.{call.layer.name}", call.node)


def unpool(call: Application) -> Tensor:
    """Apply MaxUnpool2d to a map; ``output_size`` says a size of its own."""
    call.need_map()
    size = call.more.get("output_size")
    batch, channels, height, width = call.tensor.shape
    F, P = call.pair("kernel_size"), call.pair("padding", least=0)
    S = F if call.argument("stride") is None else call.pair("stride")
    sides = [
        (side - 1) * stride - 2 * around + kernel
        for side, stride, around, kernel in zip(
            (height, width), S[::-1], P[::-1], F[::-1], strict=True
        )
    ]
    if isinstance(size, (tuple, list)) and len(size) >= 2:
        sides = list(size[-2:])
    if not all(isinstance(side, int) and side > 0 for side in sides):
        raise NotReadError("the output size of nn.MaxUnpool2d", call.node)
    return call.outside(axes_of((batch, channels, *sides)), reason_of(call))


OUTSIDE: dict[str, Callable[[Application], Value]] = {
    "LSTM": recurrent,
    "GRU": recurrent,
    "RNN": recurrent,
    "MaxUnpool2d": unpool,
    "Conv1d": convolution,
    "ConvTranspose1d": transposed_convolution,
    "MaxPool1d": pool,
    "AvgPool1d": pool,
    "AdaptiveAvgPool1d": adaptive_pool,
    "AdaptiveMaxPool1d": adaptive_pool,
    "InstanceNorm1d": instance_norm,
    "GLU": gated,
    **dict.fromkeys(
        (
            *("CELU", "Softsign", "LogSigmoid", "Softmin", "RReLU", "Tanhshrink", "Hardshrink"),
            *("Softshrink", "Threshold", "Dropout1d", "Dropout3d"),
        ),
        same_shape,
    ),
}
