"""Functions that keep the shape: arithmetic, sums and products, activations and dropout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest
from math import prod
from typing import Any

from torch import Tensor

from cnnsize.models.axes import Axes, names_of, size_named, size_of
from cnnsize.models.recorder import Value
from cnnsize.models.torch_functions.call import Call

WORDS = {"ADD": "a sum", "MUL": "a product"}
NEUTRAL = {"ADD": 0, "MUL": 1}


def transparent(call: Call) -> None:
    """Let the output be the operand where the shape stays."""
    if call.keeps_shape:
        call.alias()
    else:
        call.give_up(f"{call.name}()")


def constant_like(call: Call) -> None:
    """Note a tensor that has only the shape of the operand."""
    call.recorder.add_constants([call.output], [])


def binary(kind: str) -> Callable[[Call], None]:
    """Return the function for a sum or a product: of two volumes, or with a parameter."""

    def combine(call: Call) -> None:
        operands = [*call.args, *call.kwargs.values()][:2]
        known = [call.recorder.value(operand) for operand in operands]
        values = [value for value in known if value is not None]
        if call.kwargs.get("alpha", 1) != 1:
            call.note("arithmetic with constants is left out")
        if len(values) < 2:
            others = [
                operand for operand, value in zip(operands, known, strict=True) if value is None
            ]
            with_constant(call, kind, others[0] if others else None)
        elif not broadcasts(*(value.axes for value in values)):
            call.give_up(f"{WORDS[kind]} of tensors with different axes")
        else:
            join(call, kind, values)

    return combine


def difference(call: Call) -> None:
    """Add a sum for a difference of two volumes: the factor -1 is arithmetic with a constant."""
    if len(call.live) < 2:
        arithmetic(call)
        return
    call.note("a difference is written as ADD")
    binary("ADD")(call)


def join(call: Call, kind: str, values: list[Value]) -> None:
    """Add a join of two volumes. One of 1x1 is a gate of a product, and is enlarged in a sum."""
    if kind == "MUL":
        values = [before_enlargement(call, value) for value in values]
    first, second = (volume_key(value.axes) for value in values)
    is_spread = first[2] == second[2] and (1, 1) in (first[:2], second[:2])
    if first != second and not is_spread:
        sizes = " and ".join("x".join(map(str, key)) for key in (first, second))
        call.give_up(f"{WORDS[kind]} of {sizes}")
        return
    axes = max((value.axes for value in values), key=prod_of)
    if kind == "ADD" and first != second:
        width, height, _ = volume_key(axes)
        up = {"factor": width if width == height else (width, height)}
        values = [
            call.recorder.node("UP", up, [value], axes=axes)
            if prod_of(value.axes) < prod_of(axes)
            else value
            for value in values
        ]
    call.recorder.add(call.output, kind, {}, values, axes=axes)


def before_enlargement(call: Call, value: Value) -> Value:
    """Return the 1x1 map that a value is an enlargement of: as a gate it is the same."""
    node = call.recorder.nodes[value.node]
    if node.kind != "UP":
        return value
    source = node.inputs[0]
    volume = call.recorder.nodes[source].volume
    if volume is None or (volume.W, volume.H) != (1, 1):
        return value
    axes = tuple(() if names_of(axis) in ("H", "W") else axis for axis in value.axes)
    return Value(source, axes)


def broadcasts(first: Axes, second: Axes) -> bool:
    """Return whether two tensors have the same axes, from the last one on, or axes of size 1."""
    pairs = zip_longest(reversed(first), reversed(second), fillvalue=())
    return all(not a or not b or names_of(a) == names_of(b) for a, b in pairs)


def prod_of(axes: Axes) -> int:
    """Return the number of values of a tensor."""
    return prod(map(size_of, axes))


def volume_key(axes: Axes) -> tuple[int, int, int]:
    """Return (W, H, D) of a tensor."""
    return size_named(axes, "W"), size_named(axes, "H"), size_named(axes, "C")


def with_constant(call: Call, kind: str, other: Any) -> None:
    """Add a learned factor or shift; arithmetic with constants changes no size and is left out."""
    if not isinstance(other, Tensor):
        if other == NEUTRAL[kind]:
            call.alias()
        else:
            arithmetic(call)
        return
    names = call.recorder.constants[id(other)]
    if not names:
        arithmetic(call)
        return
    is_per_channel = is_along_channels(other.shape, call.axes)
    if not call.keeps_shape or not (is_per_channel or other.numel() == 1):
        call.give_up(f"{WORDS[kind]} with the parameter {min(names)}")
        return
    depth = size_named(call.axes, "C")
    if kind == "MUL":
        per = {"per": "layer"} if other.numel() == 1 and depth > 1 else {}
        call.add("SCALE", {**per, "bias": False}, weights=(other,))
        return
    index = call.live[0].node
    node = call.recorder.nodes[index]
    is_shift = node.kind == "SCALE" and ("bias", False) in node.options
    if is_shift and index == len(call.recorder.nodes) - 1 and other.numel() == node.parameters:
        options = {**dict(node.options), "bias": True}
        size = node.parameters + call.recorder.use(other, index)
        call.recorder.nodes[-1] = node._replace(options=tuple(options.items()), parameters=size)
        call.alias()
        return
    call.give_up(f"{WORDS[kind]} with the parameter {min(names)}")


def is_along_channels(shape: Sequence[int], axes: Axes) -> bool:
    """Return whether a tensor has one value for each channel of another one, and broadcasts to it."""
    if len(shape) > len(axes):
        return False
    sizes = [1] * (len(axes) - len(shape)) + list(shape)
    return all(
        size == 1 or (names_of(axis) == "C" and size == size_of(axis))
        for size, axis in zip(sizes, axes, strict=True)
    )


def arithmetic(call: Call) -> None:
    """Leave out arithmetic with a constant, which changes no size."""
    tensors = [value for value in (*call.args, *call.kwargs.values()) if isinstance(value, Tensor)]
    names = [
        name for tensor in tensors for name in call.recorder.constants.get(id(tensor), frozenset())
    ]
    if names:
        call.give_up(f"{call.name}() with the parameter {names[0]}")
    elif not call.keeps_shape:
        call.give_up(f"{call.name}() with a larger tensor")
    else:
        call.note("arithmetic with constants is left out")
        call.alias()


def clamp(call: Call) -> None:
    """Add the activation that a limit is."""
    low, high = call.argument(1, "min"), call.argument(2, "max")
    limited(call, low, high)


def hardtanh(call: Call) -> None:
    limited(call, call.argument(1, "min_val", -1.0), call.argument(2, "max_val", 1.0))


def limited(call: Call, low: Any, high: Any) -> None:
    """Add RELU or RELU6 for values between two limits."""
    kinds = {(0, None): "RELU", (0, 6): "RELU6"}
    are_numbers = not isinstance(low, Tensor) and not isinstance(high, Tensor)
    if are_numbers and (low, high) in kinds:
        call.add(kinds[low, high])
    else:
        call.give_up(f"{call.name}() with other limits than those of RELU and RELU6")


def softmax(kind: str) -> Callable[[Call], None]:
    """Return the function for a softmax over the channels."""

    def add(call: Call) -> None:
        dim = call.argument(1, "dim")
        if dim is not None and names_of(call.axes[int(dim) % len(call.axes)]) == "C":
            call.add(kind)
        else:
            call.give_up(f"{call.name}() over another axis than the channels")

    return add


def dropout(kind: str) -> Callable[[Call], None]:
    """Return the function for a dropout."""

    def add(call: Call) -> None:
        rate = float(call.argument(1, "p", 0.5))
        if rate == 0:
            call.alias()
        else:
            call.add(kind, {"rate": rate})

    return add


def local_response_norm(call: Call) -> None:
    call.add("LRN")
