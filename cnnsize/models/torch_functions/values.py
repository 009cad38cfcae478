"""Functions that keep the shape: arithmetic, sums and products, activations and dropout."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from torch import Tensor

from cnnsize.models.axes import Axes, names_of, size_named, size_of
from cnnsize.models.torch_functions.call import Call


def transparent(call: Call) -> None:
    """Let the output be the operand where the shape stays."""
    if isinstance(call.output, Tensor):
        if tuple(call.output.shape) == tuple(map(size_of, call.axes)):
            call.alias()
        else:
            call.give_up("a change of shape")


def expand(call: Call) -> None:
    if tuple(call.output.shape) == tuple(map(size_of, call.axes)):
        call.alias()
    else:
        call.give_up("expand()")


def binary(kind: str) -> Callable[[Call], None]:
    """Return the function for a sum or a product: of two volumes, or with a parameter."""

    def combine(call: Call) -> None:
        operands = [*call.args, *call.kwargs.values()][:2]
        known = [call.recorder.value(operand) for operand in operands]
        values = [value for value in known if value is not None]
        if len(values) < 2:
            others = [
                operand for operand, value in zip(operands, known, strict=True) if value is None
            ]
            with_constant(call, kind, others[0] if others else None)
            return
        axes = max((value.axes for value in values), key=prod_of)
        first, second = (volume_key(value.axes) for value in values)
        is_gate = kind == "MUL" and first[2] == second[2] and (1, 1) in (first[:2], second[:2])
        same_order = tuple(map(names_of, values[0].axes)) == tuple(map(names_of, values[1].axes))
        if not is_gate and (first != second or not (same_order or prod_of(axes) == 1)):
            call.give_up(
                "a sum of volumes that differ"
                if kind == "ADD"
                else "a product of volumes that differ"
            )
            return
        call.recorder.add(call.output, kind, {}, values, axes=axes)

    return combine


def prod_of(axes: Axes) -> int:
    """Return the number of values of a tensor."""
    return prod(map(size_of, axes))


def volume_key(axes: Axes) -> tuple[int, int, int]:
    """Return (W, H, D) of a tensor."""
    return size_named(axes, "W"), size_named(axes, "H"), size_named(axes, "C")


def with_constant(call: Call, kind: str, other: Any) -> None:
    """Add a learned factor or shift; plain numbers change no size and are left out."""
    if not isinstance(other, Tensor):
        arithmetic(call, "add" if kind == "ADD" else "mul")
        return
    name = call.recorder.parameters.get(id(other))
    if name is None:
        if tuple(call.output.shape) == tuple(map(size_of, call.axes)):
            arithmetic(call, "add" if kind == "ADD" else "mul")
        else:
            call.give_up("arithmetic with a tensor that does not come from the input")
        return
    depth = size_named(call.axes, "C")
    keeps_shape = tuple(call.output.shape) == tuple(map(size_of, call.axes))
    if kind == "MUL" and keeps_shape and other.numel() in (1, depth):
        per = {"per": "layer"} if other.numel() == 1 and depth > 1 else {}
        call.add("SCALE", {**per, "bias": False}, weights=(other,))
        return
    node = call.recorder.nodes[call.live[0].node]
    follows_scale = node.kind == "SCALE" and call.live[0].node == len(call.recorder.nodes) - 1
    if kind == "ADD" and keeps_shape and follows_scale and other.numel() == node.parameters:
        options = {**dict(node.options), "bias": True}
        size = node.parameters + call.recorder.use(other)
        call.recorder.nodes[-1] = node._replace(options=tuple(options.items()), parameters=size)
        call.alias()
        return
    call.give_up(f"{'a sum' if kind == 'ADD' else 'a product'} with the parameter {name}")


def arithmetic(call: Call, name: str) -> None:
    """Leave out arithmetic with a number, which changes no size."""
    if not isinstance(call.output, Tensor):
        return
    if tuple(call.output.shape) != tuple(map(size_of, call.axes)):
        call.give_up(f"{name}()")
        return
    call.recorder.notes["arithmetic with plain numbers is left out"] = None
    call.alias()


def softmax(kind: str) -> Callable[[Call], None]:
    """Return the function for a softmax over the channels."""

    def add(call: Call) -> None:
        dim = call.argument(1, "dim")
        if dim is not None and names_of(call.axes[int(dim) % len(call.axes)]) == "C":
            call.add(kind)
        else:
            call.give_up("a softmax over another axis than the channels")

    return add


def dropout(kind: str) -> Callable[[Call], None]:
    """Return the function for a dropout."""

    def add(call: Call) -> None:
        call.add(kind, {"rate": float(call.argument(1, "p", 0.5))})

    return add


def hardtanh(call: Call) -> None:
    low, high = call.argument(1, "min_val", -1.0), call.argument(2, "max_val", 1.0)
    if (low, high) == (0, 6):
        call.add("RELU6")
    else:
        call.give_up("hardtanh()")


def local_response_norm(call: Call) -> None:
    call.add("LRN")
