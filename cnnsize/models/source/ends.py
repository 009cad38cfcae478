"""The further inputs and outputs of a network in source."""

from __future__ import annotations

import ast

from cnnsize.limits import MAX_OUTPUTS
from cnnsize.models.axes import Axes, axis_of, map_axes, vector_axes, volume_of
from cnnsize.models.flow import Node
from cnnsize.models.source.errors import RefusedError
from cnnsize.models.source.findings.finding import inputs_before, producer
from cnnsize.models.source.machine import BATCH, Machine, Place, TooLongError
from cnnsize.models.source.tensors.shapes import UnsizedInputError
from cnnsize.models.source.values.objects import (
    Constant,
    NotReadError,
    Tensor,
    Unknown,
    UserModule,
    Value,
)
from cnnsize.models.source.values.unknowns import LetterError
from cnnsize.text.english import counted

SAY_SIZES = "a call of it on as many tensors, made by torch.randn in this file, says their sizes"


def add_further_inputs(
    machine: Machine, module: Value, node: ast.FunctionDef, first: Axes
) -> list[Tensor]:
    """Add an input for each required parameter of forward but the first, and return them.

    Their sizes are those of the tensors that the file calls the network on. Where it does not, they
    are taken for inputs like the first, of an open depth: what does not depend on them is checked.
    Raises NotReadError for a forward without parameters.
    """
    parameters = node.args
    names = [*parameters.posonlyargs, *parameters.args][1:]
    if not names and parameters.vararg is None:
        raise NotReadError("forward takes no input", node)
    count = len(names) - len(parameters.defaults)
    if count <= 1:
        return []
    constants = constants_of_call(machine, module, count)
    tensors: list[Tensor] = []
    if constants is None:
        machine.guess = NotReadError(f"forward takes {count} inputs; {SAY_SIZES}", node)
        for parameter in names[1:count]:
            depth = machine.letter(f"channels of {parameter.arg}")
            axes = (first[0], axis_of("C", depth), *first[2:])
            index = len(machine.nodes)
            machine.guessed[index] = depth
            machine.nodes.append(
                Node("INPUT", (), (), volume_of(axes), (), reason=machine.guess.reason)
            )
            machine.places.append(Place(None, node))
            tensors.append(Tensor(index, axes))
        return tensors
    for constant in constants[1:]:
        batch, *sides = constant.shape
        if len(sides) not in (1, 3) or not all(type(side) is int for side in (batch, *sides)):
            words = counted(len(constant.shape), "axis", "axes")
            reason = f"an input with {words}; an input has N x C x H x W or N x C"
            raise NotReadError(reason, constant.node)
        axes = vector_axes(BATCH, *sides) if len(sides) == 1 else map_axes(BATCH, *sides)
        machine.nodes.append(Node("INPUT", (), (), volume_of(axes), ()))
        machine.places.append(Place(None, None))
        tensors.append(Tensor(len(machine.nodes) - 1, axes))
    return tensors


def constants_of_call(machine: Machine, module: Value, count: int) -> list[Constant] | None:
    """Return the tensors that the file calls a network on; None without such a call."""
    for called, arguments in machine.tested:
        is_same = called is module or (
            isinstance(called, UserModule)
            and isinstance(module, UserModule)
            and called.cls is module.cls
        )
        given = [value for value in arguments.positional if isinstance(value, Constant)]
        if is_same and len(given) == count == len(arguments.positional):
            return given
    return None


def outputs_of(output: Value, node: ast.AST) -> list[Tensor]:
    """Return the tensors that forward returns, also in tuples, lists and dictionaries.

    Raises NotReadError for anything else that it returns.
    """
    tensors: list[Tensor] = []

    def add(value: Value) -> None:
        if isinstance(value, Tensor):
            tensors.append(value)
        elif isinstance(value, (list, tuple, dict)):
            for inner in value.values() if isinstance(value, dict) else value:
                add(inner)
        elif isinstance(value, Unknown):
            raise NotReadError(f"the output: {value.reason}", value.node or node)
        elif value is not None:
            raise NotReadError("the output is no tensor that comes from the input", node)

    add(output)
    if not tensors:
        raise NotReadError("the output is no tensor that comes from the input", node)
    if len(tensors) > MAX_OUTPUTS:
        raise NotReadError(f"forward returns {len(tensors):,} outputs", node)
    return tensors


# What another input, or another value of an argument, may repair.
OPEN = (UnsizedInputError, LetterError, TooLongError)


def error_of(machine: Machine, error: NotReadError) -> NotReadError:
    """Return why a network is not read: an error, or that its inputs are not known and are guessed."""
    is_open = machine.guess is None or isinstance(error, OPEN)
    return error if is_open or is_without_guess(machine, error) else machine.guess or error


def is_without_guess(machine: Machine, error: NotReadError) -> bool:
    """Return whether what a framework refuses depends on no input of which the size is guessed.

    The depth of an input is none that a convolution took.
    """
    if not isinstance(error, RefusedError):
        return False
    known = {
        producer(machine, node.inputs[0])
        for node in machine.nodes
        if node.kind in ("CONV", "DWCONV") and len(node.inputs) == 1
    }
    used = inputs_before(machine, error.tensors)
    return not set(used) & (set(machine.guessed) - known)
