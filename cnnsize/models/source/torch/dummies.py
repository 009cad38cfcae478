"""Layers that run on a tensor of the source: a dummy, which says how many values a map has."""

from __future__ import annotations

import ast
from collections.abc import Callable

from cnnsize.models.axes import map_axes, vector_axes, volume_of
from cnnsize.models.flow import Node
from cnnsize.models.source.machine import BATCH, Machine, Place
from cnnsize.models.source.values.objects import (
    Constant,
    NotReadError,
    Size,
    Tensor,
    Unknown,
    Value,
)

# The reason of what depends on the output of layers on a tensor whose sizes are not known. Where
# nn.Linear takes so many values, it fits whatever the input is.
OF_INPUT = "it is computed from the size of the input"


def on_dummy(
    machine: Machine, dummy: Constant, node: ast.AST, function: Callable[[Tensor], Value]
) -> Value:
    """Return what a function makes of a dummy, without effect on the network that is being read."""
    if len(dummy.shape) not in (2, 4):
        raise NotReadError(f"layers on a tensor with {len(dummy.shape)} axes", node)
    batch, *sizes = dummy.shape
    axes = map_axes(BATCH, *sizes) if len(sizes) == 3 else vector_axes(BATCH, *sizes)
    flow, site = machine.flow, machine.site
    machine.begin()
    machine.site = site
    machine.nodes.append(Node("INPUT", (), (), volume_of(axes), ()))
    machine.places.append(Place(None, node))  # which tells it from the input of the network
    try:
        return as_dummy(function(Tensor(0, axes)), batch, node)
    finally:
        machine.flow = flow


def as_dummy(value: Value, batch: int, node: ast.AST) -> Value:
    """Return a result as a tensor of the source again."""
    if isinstance(value, Tensor):
        return Constant((batch, *value.shape[1:]), node)
    if isinstance(value, Size):
        return Size((batch, *value[1:]))
    if isinstance(value, (list, tuple)):
        return type(value)(as_dummy(part, batch, node) for part in value)
    return value


def is_of_input(value: Value) -> bool:
    """Return whether a value comes from the output of layers on a tensor of unknown sizes."""
    return isinstance(value, Unknown) and value.reason == OF_INPUT
