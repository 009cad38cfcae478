"""Tensors that are repeated to a larger size."""

from __future__ import annotations

import ast

from cnnsize.models.axes import axes_of
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.tensors.broadcasting import operand
from cnnsize.models.source.values.objects import Arguments, Expanded, NotReadError, Tensor, Value


def expand_as(machine: Machine, arguments: Arguments) -> Value:
    """Return a tensor that is repeated to the size of another, for a product with that."""
    tensor, other = (*arguments.positional, None)[:2]
    shape = operand(machine, other, arguments.node).shape
    return expanded(machine, tensor, shape, arguments.node)


def expand(machine: Machine, arguments: Arguments) -> Value:
    tensor, *sizes = arguments.positional
    if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)):
        sizes = list(sizes[0])
    return expanded(machine, tensor, tuple(sizes), arguments.node)


def expanded(machine: Machine, tensor: Tensor, shape: tuple[Value, ...], node: ast.AST) -> Tensor:
    """Return a tensor repeated to a shape. Raises NotReadError where that is not known."""
    own = (1,) * (len(shape) - len(tensor.shape)) + tensor.shape
    wanted = [size if keep == -1 else keep for size, keep in zip(own, shape, strict=False)]
    are_known = len(shape) == len(own) and all(isinstance(size, int) for size in wanted)
    if not are_known or any(a not in (1, b) for a, b in zip(own, wanted, strict=True)):
        raise NotReadError("expand() to a size that is not known", node)
    if tuple(wanted) == tensor.shape:
        return tensor
    axes = axes_of(wanted)
    if len(tensor.axes) == 4 and own[2:] == (1, 1) and tuple(wanted[:2]) == own[:2]:
        return Expanded(tensor.node, tensor.axes, axes)
    return machine.outside([tensor], axes, node, "expand()")


def repeated(machine: Machine, arguments: Arguments) -> Value:
    tensor, *counts = arguments.positional
    if len(counts) == 1 and isinstance(counts[0], (tuple, list)):
        counts = list(counts[0])
    own = (1,) * (len(counts) - len(tensor.shape)) + tensor.shape
    if len(own) != len(counts) or not all(isinstance(count, int) for count in counts):
        raise NotReadError("repeat() of counts that are not known", arguments.node)
    sizes = [size * count for size, count in zip(own, counts, strict=True)]
    return machine.outside([tensor], axes_of(sizes), arguments.node, "repeat()")
