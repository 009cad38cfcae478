"""The input of a network of Keras: from Input(), from the first layer, or assumed."""

from __future__ import annotations

import ast
from typing import NamedTuple

from cnnsize.models.axes import Axes, axis_of, volume_of
from cnnsize.models.flow import Node
from cnnsize.models.source.keras.state import SIDE, OpenSideError, Sides, state_of
from cnnsize.models.source.machine import BATCH, Machine, Place
from cnnsize.models.source.values.keras import (
    KerasLayer,
    KerasModel,
    KerasSequential,
)
from cnnsize.models.source.values.number import Number, depends_on_input, has_letters, marked
from cnnsize.models.source.values.objects import NotReadError, Tensor, Unknown, Value

LARGEST = 10**9


class Shape(NamedTuple):
    """The shape of an input without the batch, and where it is written."""

    value: Value
    node: ast.AST
    what: str  # Input, or the argument of a layer


def make_input(machine: Machine, shape: Shape) -> Tensor:
    """Return the tensor of an input. Raises NotReadError, or OpenSideError for a letter."""
    state = state_of(machine)
    machine.is_keras = True
    machine.order = state.order
    value, node, what = shape
    if isinstance(value, Number) and has_letters(value):
        sides = state.given or state.assumed or Sides(SIDE, SIDE, None)
        sizes = in_order(machine, sides._replace(depth=sides.depth or 3))
        raise OpenSideError(str(value), [marked(size) for size in sizes])
    if isinstance(value, int):
        value = (value,)
    if isinstance(value, Unknown):
        if state.given is None:
            raise NotReadError(f"the shape of {what}: {value.reason}", value.node or node)
        value = (None, None, None)
    if not isinstance(value, (tuple, list)):
        raise NotReadError(f"the shape of {what} is not known", node)
    parts = list(value)
    line = getattr(node, "lineno", 0)
    source = f"{what} on line {line}"
    is_open = False
    if len(parts) == 3:
        if state.given is not None:
            sides = state.given
            default = parts[machine.order.index("C") - 1]
            depth = sides.depth if sides.depth is not None else default
            parts = in_order(machine, sides._replace(depth=depth))
        parts, is_open = closed(machine, parts)
        if is_open and state.given is None:
            source = f"{what} on line {line} leaves it open"
    axes = input_axes(machine, parts, what, node)
    machine.nodes.append(Node("INPUT", (), (), volume_of(axes), ()))
    machine.places.append(Place(node, node))
    index = len(machine.nodes) - 1
    state.sources[index] = source
    if is_open:
        state.open.add(index)
    return Tensor(index, axes)


def in_order(machine: Machine, sides: Sides) -> list[Value]:
    """Return the sizes of an input in the order of its axes, without the batch."""
    named = {"H": sides.height, "W": sides.width, "C": sides.depth}
    return [named[name] for name in state_of(machine).order if name != "N"]


def closed(machine: Machine, parts: list[Value]) -> tuple[list[Value], bool]:
    """Return the sizes of a map with values for those that are open, and whether any was."""
    state = state_of(machine)
    assumed = state.given or state.assumed or Sides(SIDE, SIDE, None)
    result: list[Value] = []
    is_open = False
    for name, part in zip(machine.order[1:], parts, strict=True):
        is_open |= depends_on_input(part)  # of an argument without a value
        is_side = name in "HW"
        if part is None or isinstance(part, Unknown):
            is_open = True
            side = assumed.width if name == "W" else assumed.height
            depth = machine.letter("depth") if assumed.depth is None else assumed.depth
            part = marked(side) if is_side else depth
        elif is_side and has_letters(part):
            side = assumed.width if name == "W" else assumed.height
            raise OpenSideError(str(part), marked(side))
        result.append(part)
    return result, is_open


def input_axes(machine: Machine, parts: list[Value], what: str, node: ast.AST) -> Axes:
    """Return the axes of an input with these sizes."""
    for part in parts:
        if isinstance(part, Unknown):
            raise NotReadError(f"the shape of {what}: {part.reason}", part.node or node)
        is_size = isinstance(part, int) and not isinstance(part, bool)
        if not is_size or not (has_letters(part) or 1 <= part <= LARGEST):
            raise NotReadError(f"the shape of {what} is not known", node)
    names = {1: "C", 2: "HW", 3: machine.order[1:]}.get(len(parts))
    if names is None:
        raise NotReadError(f"{what} has {len(parts)} axes, and the notation has maps", node)
    axes = [axis_of(name, part) for name, part in zip(names, parts, strict=True)]
    return (axis_of("N", BATCH), *axes)


def first_shape(model: KerasSequential) -> Shape | Tensor | None:
    """Return the shape that a Sequential model or its first layer says; a tensor for Input()."""
    if model.shape is not None:
        return Shape(without_batch(model.shape), model.node, "build()")
    first = model.items[0] if model.items else None
    if isinstance(first, Tensor):
        return first
    if isinstance(first, KerasSequential):
        return first_shape(first)
    if isinstance(first, KerasModel) and len(first.inputs) == 1:
        own = first.inputs[0]
        return Shape(own.shape[1:], model.node, "the first model")
    return layer_shape(first) if isinstance(first, KerasLayer) else None


def layer_shape(layer: KerasLayer) -> Shape | None:
    """Return the shape that the first layer of a model says; None if it says none."""
    for name in ("batch_input_shape", "batch_shape", "input_shape", "shape", "input_dim"):
        value = layer.arguments.get(name)
        if value is None:
            continue
        if name.startswith("batch"):
            value = without_batch(value)
        return Shape(value, layer.node, layer.name if name == "shape" else name)
    return None


def without_batch(shape: Value) -> Value:
    """Return a shape without its first axis."""
    return tuple(shape)[1:] if isinstance(shape, (tuple, list)) else shape
