"""Functions and methods of pasted code: which there are, and what their parameters stand for."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

from cnnsize.language.pastes.code.constants import constant_of
from cnnsize.language.pastes.code.expressions import Evaluator
from cnnsize.language.pastes.code.values import (
    Constant,
    Function,
    Names,
    Unknown,
    Value,
    dotted,
)

FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


def keep_functions(evaluator: Evaluator, body: Sequence[ast.stmt], owner: str) -> None:
    """Keep the functions of a body that return something, and the methods that make layers.

    Their names are after ``owner``, which is ``self.`` or empty.
    """
    functions = [each for each in body if isinstance(each, FUNCTION)]
    for statement in (*functions, *functions):  # one may call another that is defined after it
        name = owner + statement.name
        makes_layers = evaluator.makes_layers(statement)
        if returns(statement) or (owner and makes_layers):
            evaluator.functions[name] = Function(name, statement, makes_layers)


def returns(statement: FunctionNode) -> bool:
    """Return whether a function returns a value."""
    return any(isinstance(node, ast.Return) and node.value for node in ast.walk(statement))


def parameters_of(function: Function) -> list[str]:
    """Return the names of the parameters of a function, without ``self``."""
    names = [argument.arg for argument in function.node.args.args]
    decorators = map(dotted, function.node.decorator_list)
    is_bound = function.name.startswith("self.") and "staticmethod" not in decorators
    return names[1:] if is_bound else names


def arguments(
    evaluator: Evaluator, parameters: list[str], node: ast.Call, *, are_needed: bool
) -> Iterator[tuple[str, Value]]:
    """Yield the parameters that a call gives a value.

    Raises ArchitectureError for a value that is not in the text, where all values are needed.
    """
    pairs = [*zip(parameters, node.args, strict=False)]
    pairs += [(word.arg or "", word.value) for word in node.keywords]
    is_bound = len(node.args) <= len(parameters) and all(name for name, _ in pairs)
    for name, argument in pairs:
        value = evaluator.value(argument)
        if not is_bound or (are_needed and isinstance(value, Unknown)):
            place = evaluator.code.span(argument)
            text = " ".join(evaluator.code.text[slice(*place)].split())[:60]
            message = f"{text} has no value in this text"
            evaluator.code.fail(message, place, code="CNN003", help=("write the number",))
        yield name, value


def bind_defaults(evaluator: Evaluator, statement: FunctionNode) -> None:
    """Give the parameters of a function their default values; others have none."""
    parameters, values = statement.args, evaluator.names.values
    for argument in (*parameters.args, *parameters.kwonlyargs):
        values.pop(argument.arg, None)
    with_default = parameters.args[len(parameters.args) - len(parameters.defaults) :]
    pairs: list[tuple[ast.arg, Any]] = [*zip(with_default, parameters.defaults, strict=True)]
    pairs += zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True)
    for argument, default in pairs:
        value = None if default is None else constant_of(default, evaluator.names)
        if isinstance(value, Constant) and value.value is not None:
            values[argument.arg] = value


def known_branch(statement: ast.stmt, names: Names) -> list[ast.stmt] | None:
    """Return what runs of ``if use_norm: ...``, where the condition is a constant.

    None where it is not, and where a branch returns.
    """
    if not isinstance(statement, ast.If):
        return None
    test, is_expected = statement.test, True
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, is_expected = test.operand, False
    value = constant_of(test, names)
    if value is None or any(isinstance(node, ast.Return) for node in ast.walk(statement)):
        return None
    return statement.body if bool(value.value) == is_expected else statement.orelse
