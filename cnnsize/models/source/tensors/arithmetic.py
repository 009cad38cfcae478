"""Sums and products of tensors: joins, learned factors, and arithmetic with plain numbers."""

from __future__ import annotations

import ast
from math import prod
from typing import Any

from cnnsize.models.axes import names_of, size_of, volume_of
from cnnsize.models.source.machine import Machine, Place
from cnnsize.models.source.tensors.broadcasting import REPEATED, WORDS, elementwise, matrix_product
from cnnsize.models.source.tensors.graph import add_layer, join
from cnnsize.models.source.values.number import has_letters
from cnnsize.models.source.values.objects import (
    Constant,
    Expanded,
    NotReadError,
    Parameter,
    Tensor,
    Unknown,
    Value,
)

OUTSIDE = "arithmetic with a parameter outside a layer"
ARITHMETIC_NOTE = "arithmetic with plain numbers is left out"


def tensor_operation(
    machine: Machine, kind: type, first: Value, second: Value, node: ast.AST
) -> Value:
    """Return a sum or product of tensors, or a tensor after arithmetic with a plain number."""
    for value in (first, second):
        if isinstance(value, Unknown):
            if machine.lenient:
                return value
            raise NotReadError(f"an operand that is not known: {value.reason}", value.node or node)
    if kind is ast.MatMult:
        is_product = not machine.lenient
        return matrix_product(machine, first, second, node) if is_product else unknown(node)
    for tensor, other in ((first, second), (second, first)):
        if isinstance(tensor, Tensor) and isinstance(other, Parameter):
            return with_parameter(machine, kind, tensor, other, node)
    if isinstance(first, Constant) or isinstance(second, Constant):
        return constant_operation(machine, kind, first, second, node)
    if isinstance(first, Tensor) and isinstance(second, Tensor):
        return combined(machine, kind, first, second, node)
    tensor, other = (first, second) if isinstance(first, Tensor) else (second, first)
    if not isinstance(other, (int, float)):
        raise NotReadError("arithmetic of a tensor with something other than a number", node)
    is_nothing = kind is ast.Add and not has_letters(other) and other == 0
    if not is_nothing:
        machine.notes[ARITHMETIC_NOTE] = None
    return tensor


def with_parameter(
    machine: Machine, kind: type, tensor: Tensor, other: Parameter, node: ast.AST
) -> Tensor:
    """Return a tensor with a learned factor for each channel, or with a learned shift after one."""
    own = tensor.shape[-len(other.shape) :] if other.shape else ()
    is_broadcast = len(other.shape) <= len(tensor.axes) and all(
        a in (1, b) for a, b in zip(other.shape, own, strict=True)
    )
    wide = [index for index, size in enumerate(other.shape) if size != 1]
    axes = tensor.axes[-len(other.shape) :] if other.shape else ()
    is_per_channel = len(wide) <= 1 and all(names_of(axes[index]) == "C" for index in wide)
    if not (is_broadcast and is_per_channel) or id(other) in machine.used_parameters:
        return elementwise(machine, [tensor, other], node, word_of(kind), OUTSIDE)
    last = machine.nodes[-1]
    if kind is ast.Mult:
        machine.used_parameters[id(other)] = other
        depth = volume_of(tensor.axes).D
        per = {} if wide or depth == 1 else {"per": "layer"}
        factor: dict[str, Any] = {**per, "bias": False}
        place = Place(other.node, node)
        return add_layer(machine, "SCALE", factor, tensor, place, tensor.axes)
    is_shift = kind is ast.Add and last.kind == "SCALE" and tensor.node == len(machine.nodes) - 1
    if not is_shift or prod(other.shape) != last.parameters:
        return elementwise(machine, [tensor, other], node, word_of(kind), OUTSIDE)
    machine.used_parameters[id(other)] = other
    options: dict[str, Any] = {**dict(last.options), "bias": True}
    parameters = last.parameters + prod(other.shape)
    machine.nodes[-1] = last._replace(options=tuple(options.items()), parameters=parameters)
    return tensor


def word_of(kind: type) -> str:
    """Return what an operator makes of two tensors, in a word."""
    return WORDS.get(kind, "operation")


def unknown(node: ast.AST) -> Unknown:
    """Return the result of arithmetic at the top of a file, which decides no network."""
    return Unknown("arithmetic of tensors", node)


def constant_operation(
    machine: Machine, kind: type, first: Value, second: Value, node: ast.AST
) -> Value:
    """Return arithmetic with a tensor that the source makes itself."""
    tensors = [value for value in (first, second) if isinstance(value, (Tensor, Constant))]
    are_constant = all(isinstance(value, Constant) for value in tensors)
    if are_constant and len({value.shape for value in tensors}) == 1:
        return tensors[0]
    if machine.lenient:
        return unknown(node)
    reason = "arithmetic with a tensor that does not come from the input"
    result = elementwise(machine, tensors, node, word_of(kind), reason)
    return Constant(result.shape, node) if are_constant else result


def combined(machine: Machine, kind: type, first: Tensor, second: Tensor, node: ast.AST) -> Tensor:
    """Return the result of an operation on two tensors that come from the input."""
    name = "ADD" if kind is ast.Add else "MUL" if kind is ast.Mult else ""
    larger, smaller = sorted((first, second), key=lambda tensor: -int(prod(tensor.shape)))
    reason = reason_without_text(name, larger, smaller)
    if reason:
        return elementwise(machine, [first, second], node, word_of(kind), reason)
    return join(machine, name, [first, second], larger.axes, node)


def reason_without_text(name: str, larger: Tensor, smaller: Tensor) -> str:
    """Return why the notation does not have an operation on two tensors; empty where it does."""
    if not name:
        return "an operation of two tensors other than a sum or a product"
    repeated = [tensor for tensor in (larger, smaller) if isinstance(tensor, Expanded)]
    is_factor = name == "MUL" and repeated in ([], [smaller])
    if not is_factor and repeated:
        return "a sum that repeats one of its operands"
    if any(tuple(map(size_of, tensor.full)) != larger.shape for tensor in repeated):
        return REPEATED
    orders = tuple(tuple(map(names_of, tensor.axes)) for tensor in (larger, smaller))
    is_gate = (
        name == "MUL"
        and len(larger.axes) == len(smaller.axes) == 4
        and all(own in ("", name) for name, own in zip(*orders, strict=True))
        and {"N", "C"} & set(orders[0]) == set(orders[1]) - {""}
    )
    if is_gate:
        return ""
    if len(larger.axes) != len(smaller.axes):
        return "an operation of tensors with different numbers of axes"
    if any(
        1 in (a, b) and a != b and not (has_letters(a) or has_letters(b))
        for a, b in zip(larger.shape, smaller.shape, strict=True)
    ):
        return "a sum or product that repeats one of its operands"
    if larger.shape == smaller.shape and orders[0] != orders[1]:
        return "an operation of tensors whose axes differ"
    return ""
