"""The operators of ONNX that work value by value: activations, sums, products, arithmetic."""

from __future__ import annotations

from math import prod
from typing import Any

from cnnsize.models.axes import names_of, size_named, size_of, volume_of
from cnnsize.models.flow import UnreadableModelError
from cnnsize.models.onnx.builder import Call, Handler
from cnnsize.models.onnx.layers import late_bias
from cnnsize.models.onnx.patterns import clip_bounds
from cnnsize.models.onnx.shapes import require_same_order

LEFT_OUT = "arithmetic with plain numbers is left out"


def activation(kind: str) -> Handler:
    """Return the handler of a layer without options that keeps the volume."""
    return lambda call: none(call.add(kind))


def none(value: object) -> None:
    """Return nothing."""


def transparent(call: Call) -> None:
    """Let the output be the operand."""
    call.alias()


def arithmetic(call: Call) -> None:
    """Leave out arithmetic with numbers, which changes no size."""
    if len(call.live) != 1 or call.output_dims != tuple(map(size_of, call.axes)):
        raise UnreadableModelError("the notation has no layer for it")
    call.note(LEFT_OUT)
    call.alias()


def clip(call: Call) -> None:
    bounds = clip_bounds(call.builder.graph, call.operation)
    if bounds == (0, 6):
        call.add("RELU6")
    elif bounds is not None and bounds[0] == 0 and (bounds[1] is None or bounds[1] > 1e30):
        call.add("RELU")
    else:
        raise UnreadableModelError("a Clip with other bounds than 0 and 6")


def softmax(kind: str) -> Handler:
    """Return the handler of a softmax over the channels."""

    def add(call: Call) -> None:
        is_old = call.builder.graph.opset < 13  # over all axes from one on
        count = len(call.axes)
        place = int(call.attributes.get("axis", 1 if is_old else -1)) % count
        over = call.axes[place:] if is_old else call.axes[place : place + 1]
        if "".join(map(names_of, over)) != "C":
            raise UnreadableModelError("it is over another axis than the channels")
        call.add(kind)

    return add


def dropout(call: Call) -> None:
    """Add DROPOUT with its rate; without a rate it does nothing."""
    if len(call.outputs) > 1:
        raise UnreadableModelError("its mask is used")
    rate = call.attributes.get("ratio", 0.5)
    if call.has(1):
        values = call.tensor(call.inputs[1]).values
        rate = 0.5 if values is None else float(values.reshape(-1)[0])
    if rate > 0:
        call.add("DROPOUT", {"rate": round(float(rate), 6)})
    else:
        call.alias()


def combination(kind: str) -> Handler:
    """Return the handler of a sum or a product: of volumes, or of one with a constant."""

    def combine(call: Call) -> None:
        if len(call.live) < len(call.inputs):
            if len(call.inputs) != 2:
                raise UnreadableModelError("it has more than two operands, some of them constant")
            constant = next(name for name in call.inputs if call.tensor(name).kind != "data")
            with_constant(call, kind, constant)
            return
        if len(call.live) == 1:
            call.alias()
            return
        require_same_order(call.live)
        volumes = [volume_of(value.axes) for value in call.live]
        largest = max(call.live, key=lambda value: prod(map(size_of, value.axes)))
        whole = volume_of(largest.axes)
        gates = [volume for volume in volumes if volume != whole]
        is_gate = all(volume.W == volume.H == 1 and volume.D == whole.D for volume in gates)
        if gates and not (kind == "MUL" and is_gate and len(volumes) == 2):
            sizes = " and ".join(map(str, volumes))
            raise UnreadableModelError(f"its operands differ: {sizes}")
        call.add(kind, inputs=call.live, axes=largest.axes)

    return combine


def with_constant(call: Call, kind: str, name: str) -> None:
    """Add a learned factor or shift; plain numbers change no size and are left out."""
    tensor, source = call.tensor(name), call.live[0]
    if tensor.dims is None or call.output_dims != tuple(map(size_of, call.axes)):
        raise UnreadableModelError("it repeats its input along an axis")
    is_weight = tensor.kind == "weight"
    is_number = prod(tensor.dims) == 1 and not call.builder.is_from_torch
    is_plain = is_number or not is_weight
    if kind == "ADD" and not is_plain and late_bias(call, source, name):
        return
    if is_plain:
        arithmetic(call)
        return
    depth = size_named(call.axes, "C")
    dims = (1,) * (len(source.axes) - len(tensor.dims)) + tensor.dims
    place = next((place for place, own in enumerate(source.axes) if names_of(own) == "C"), -1)
    is_vector = place >= 0 and prod(dims) == dims[place] == depth
    if kind == "MUL" and (is_vector or prod(dims) == 1):
        per = {"per": "layer"} if prod(dims) == 1 and depth > 1 else {}
        call.add("SCALE", {**per, "bias": False}, weights=(name,))
        return
    what = "a sum" if kind == "ADD" else "a product"
    raise UnreadableModelError(f"{what} with the weight {name!r}")


def difference(call: Call) -> None:
    """Add a sum for a difference of two volumes: the factor -1 is arithmetic with a number."""
    if len(call.live) < 2:
        arithmetic(call)
        return
    call.note("a difference is written as ADD")
    combination("ADD")(call)


def hard_sigmoid(call: Call) -> None:
    alpha = call.attributes.get("alpha", 0.2)
    if abs(alpha - 1 / 6) > 1e-3:
        call.note(f"HSIGMOID has the slope {alpha:.3g} in the file, not 1/6")
    call.add("HSIGMOID")


def unary(*names: str) -> dict[str, Any]:
    """Return the handlers of operators that change values one by one and are left out."""
    return dict.fromkeys(names, arithmetic)
