"""Calls of functions of the source: their parameters, scopes and results."""

from __future__ import annotations

import ast

from cnnsize.models.flow import Frame
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.python.statements import LoopEndError, ReturnedError
from cnnsize.models.source.values.number import as_default
from cnnsize.models.source.values.objects import (
    Arguments,
    Function,
    NotReadError,
    Scope,
    Site,
    Tensor,
    Unknown,
    Value,
)


def call_function(
    machine: Machine, function: Function, arguments: Arguments, receiver: Value = None
) -> Value:
    """Return the value of a call of a function of the source."""
    node = function.node
    scope = Scope(function.scope)
    scope.owner = function.owner
    scope.receiver = receiver if receiver is not None else function.scope.receiver
    bind(machine, function, arguments, scope)
    machine.enter(arguments.node)
    depth = len(machine.stack)
    takes_tensor = any(isinstance(value, Tensor) for value in arguments.positional)
    if machine.is_keras and takes_tensor and function.name not in ("call", "<lambda>"):
        machine.calls += 1  # layers that one call of a function applies may become a block
        machine.stack.append(Frame(function.name, machine.calls))
    around = machine.site
    machine.site = Site(node, arguments, around)
    try:
        if isinstance(node, ast.Lambda):
            return machine.evaluate(node.body, scope)
        if is_generator(node):
            return Unknown(f"the generator {function.name}()", arguments.node)
        machine.execute(node.body, scope)
    except ReturnedError as end:
        return end.value
    except LoopEndError:
        raise NotReadError("a break outside a loop", node) from None
    finally:
        machine.depth -= 1
        del machine.stack[depth:]
        machine.site = around
    return None


def positional_names(node: ast.FunctionDef | ast.Lambda) -> list[str]:
    """Return the parameters that take positional arguments."""
    return [parameter.arg for parameter in (*node.args.posonlyargs, *node.args.args)]


def required_names(node: ast.FunctionDef | ast.Lambda, *, skip: int) -> list[str]:
    """Return the parameters without a default; the first ``skip`` are not counted."""
    names = positional_names(node)
    required = names[skip : len(names) - len(node.args.defaults)]
    named = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    return [*required, *(parameter.arg for parameter, default in named if default is None)]


def is_generator(node: ast.FunctionDef) -> bool:
    """Return whether a function has a yield of its own."""
    known: bool | None = getattr(node, "is_generator", None)
    if known is None:
        known = any(isinstance(inner, (ast.Yield, ast.YieldFrom)) for inner in ast.walk(node))
        node.is_generator = known  # type: ignore[attr-defined]
    return known


def bind(machine: Machine, function: Function, arguments: Arguments, scope: Scope) -> None:
    """Give the parameters of a function their values. Raises NotReadError for a wrong call."""
    parameters = function.node.args
    names = positional_names(function.node)
    only_named = [parameter.arg for parameter in parameters.kwonlyargs]
    values = dict(zip(names, arguments.positional, strict=False))
    rest = arguments.positional[len(names) :]
    if parameters.vararg is not None:
        scope.names[parameters.vararg.arg] = tuple(rest)
    elif rest:
        raise NotReadError(f"{function.name}() is called with too many arguments", arguments.node)
    others: dict[str, Value] = {}
    for name, value in arguments.keywords.items():
        if name in values:
            raise NotReadError(f"{function.name}() gets {name} twice", arguments.node)
        if name in names or name in only_named:
            values[name] = value
        else:
            others[name] = value
    if parameters.kwarg is not None:
        scope.names[parameters.kwarg.arg] = others
    elif others:
        name, value = next(iter(others.items()))
        reason = value.reason if name == "**" else f"{function.name}() has no argument {name}"
        raise NotReadError(reason, arguments.node)
    defaults = dict(zip(names[::-1], parameters.defaults[::-1], strict=False))
    defaults |= {
        name: default
        for name, default in zip(only_named, parameters.kw_defaults, strict=True)
        if default is not None
    }
    for name in (*names, *only_named):
        if name in values:
            scope.names[name] = values[name]
        elif name in defaults:
            default = machine.evaluate(defaults[name], function.definition)
            is_marked = machine.marks_defaults and machine.site is None
            scope.names[name] = as_default(default) if is_marked else default
            machine.has_defaults |= is_marked
        else:
            raise NotReadError(f"{function.name}() is called without {name}", arguments.node)
