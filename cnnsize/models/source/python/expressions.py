"""Expressions: what each node of the syntax tree evaluates to."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from cnnsize.limits import MAX_SOURCE_LIST
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.operators import binary, compare, is_key, truth
from cnnsize.models.source.python.assignments import assign
from cnnsize.models.source.python.builtin_functions import BUILTINS
from cnnsize.models.source.sequences import element, elements
from cnnsize.models.source.tensors.arithmetic import tensor_operation
from cnnsize.models.source.torch.dummies import OF_INPUT
from cnnsize.models.source.values.number import depends_on_input, has_letters
from cnnsize.models.source.values.objects import (
    Arguments,
    Class,
    Constant,
    External,
    Function,
    NotReadError,
    Scope,
    Super,
    Tensor,
    Unknown,
    Value,
)
from cnnsize.models.source.values.source_files import Imported

TENSORS = (Tensor, Constant)
CREATORS = frozenset(["zeros", "ones", "rand", "randn", "empty"])
POLYNOMIAL = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod)


def name_value(machine: Machine, node: ast.Name, scope: Scope) -> Value:
    """Return the value of a name."""
    around: Scope | None = scope
    while around is not None:
        if node.id in around.names:
            value = around.names[node.id]
            if isinstance(value, Imported):
                value = around.names[node.id] = machine.imported(value)
            return value
        around = around.around
    if node.id == "__name__":
        return "__main__"
    if node.id in BUILTINS:
        return External(f"builtins.{node.id}")
    return Unknown(f"`{node.id}` is not defined in this file", node, path=node.id)


def sequence(machine: Machine, nodes: list[ast.expr], scope: Scope) -> list[Value]:
    """Return the values of the elements of a list, with starred ones in place."""
    result: list[Value] = []
    for node in nodes:
        if isinstance(node, ast.Starred):
            result += elements(machine, machine.evaluate(node.value, scope), node)
        else:
            result.append(machine.evaluate(node, scope))
        if len(result) > MAX_SOURCE_LIST:
            raise NotReadError(f"a list of more than {MAX_SOURCE_LIST:,} elements", node)
    return result


def dictionary(machine: Machine, node: ast.Dict, scope: Scope) -> Value:
    result: dict[Value, Value] = {}
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        value = machine.evaluate(value_node, scope)
        if key_node is None:
            if not isinstance(value, dict):
                return Unknown("a dictionary that cannot be read", node)
            result.update(value)
            continue
        key = machine.evaluate(key_node, scope)
        if not is_key(key):
            return Unknown("a dictionary with a key that cannot be read", node)
        result[key] = value
    return result


def joined_string(machine: Machine, node: ast.JoinedStr, scope: Scope) -> Value:
    words: list[str] = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            words.append(str(part.value))
            continue
        assert isinstance(part, ast.FormattedValue)
        value = machine.evaluate(part.value, scope)
        is_plain = isinstance(value, (int, float, str)) and part.format_spec is None
        if not is_plain or part.conversion != -1:
            return Unknown("a formatted string", node)
        words.append(str(value))
    text = "".join(words)
    return text if len(text) <= MAX_SOURCE_LIST else Unknown("a long string", node)


def conditional(machine: Machine, node: ast.IfExp, scope: Scope) -> Value:
    decision = truth(machine.evaluate(node.test, scope))
    if decision is None:
        return Unknown(undecided(node.test), node.test)
    return machine.evaluate(node.body if decision else node.orelse, scope)


def undecided(test: ast.expr) -> str:
    """Say that a condition cannot be decided."""
    return f"the condition `{source_of(test)}` is not known"


def source_of(node: ast.AST, length: int = 60) -> str:
    """Return the source of an expression for a message, shortened."""
    try:
        text = ast.unparse(node).partition("\n")[0]
    except (RecursionError, ValueError):
        return "..."
    return text if len(text) <= length else f"{text[: length - 3]}..."


def boolean(machine: Machine, node: ast.BoolOp, scope: Scope) -> Value:
    is_and = isinstance(node.op, ast.And)
    unknown: Unknown | None = None
    value: Value = None
    for operand in node.values:
        value = machine.evaluate(operand, scope)
        decision = truth(value)
        if decision is None:
            unknown = unknown or Unknown(undecided(operand), operand)
        elif decision != is_and:
            # False and anything is false, also after a condition that is not known; so is
            # `unknown or True` true, but the value of `unknown or 5` is not known.
            is_decisive = unknown is None or isinstance(value, bool)
            return value if is_decisive else unknown
    return value if unknown is None else unknown


def unary(machine: Machine, node: ast.UnaryOp, scope: Scope) -> Value:
    value = machine.evaluate(node.operand, scope)
    if isinstance(node.op, ast.Not):
        decision = truth(value)
        return Unknown(undecided(node.operand), node) if decision is None else not decision
    if isinstance(value, TENSORS):
        kind = ast.Sub if isinstance(node.op, ast.USub) else ast.Add
        return tensor_operation(machine, kind, 0, value, node)
    if isinstance(value, (int, float)) and not isinstance(node.op, ast.Invert):
        return -value if isinstance(node.op, ast.USub) else value
    return value if isinstance(value, Unknown) else Unknown("an operation", node)


def binary_operation(machine: Machine, node: ast.BinOp, scope: Scope) -> Value:
    first, second = machine.evaluate(node.left, scope), machine.evaluate(node.right, scope)
    return operation(machine, type(node.op), first, second, node)


def operation(
    machine: Machine, kind: type[ast.operator], first: Value, second: Value, node: ast.AST
) -> Value:
    """Return the value of an operation on any values."""
    if isinstance(first, TENSORS) or isinstance(second, TENSORS):
        return tensor_operation(machine, kind, first, second, node)
    if kind in POLYNOMIAL:
        first, second = as_letter(machine, first, second), as_letter(machine, second, first)
    result = binary(kind, first, second, node)
    if isinstance(result, (list, tuple, str)):
        machine.tick(node, len(result))
    return result


def as_letter(machine: Machine, value: Value, other: Value) -> Value:
    """Return the letter for a value that is not known, where it is counted with a whole number."""
    is_whole = isinstance(other, int) and not isinstance(other, bool)
    is_counted = is_whole or (isinstance(other, Unknown) and other.path is not None)
    if isinstance(value, Unknown) and value.path is not None and is_counted:
        return machine.letter(value.path)
    return value


def comparison(machine: Machine, node: ast.Compare, scope: Scope) -> Value:
    first = machine.evaluate(node.left, scope)
    for kind, operand in zip(node.ops, node.comparators, strict=True):
        second = machine.evaluate(operand, scope)
        if isinstance(second, (list, tuple, dict, set)):
            machine.tick(node, len(second))
        if isinstance(first, Tensor) and isinstance(second, (*TENSORS, int, float)):
            return tensor_operation(machine, type(kind), first, second, node)
        is_size = depends_on_input(first) or depends_on_input(second)
        machine.size_matters |= is_size
        machine.depends_on_size |= is_size
        result = compare(type(kind), first, second, node)
        if result is not True:
            return result
        first = second
    return True


def assignment(machine: Machine, node: ast.NamedExpr, scope: Scope) -> Value:
    value = machine.evaluate(node.value, scope)
    scope.names[node.target.id] = value
    return value


def slice_of(machine: Machine, node: ast.Slice, scope: Scope) -> Value:
    bounds = [
        None if bound is None else machine.evaluate(bound, scope)
        for bound in (node.lower, node.upper, node.step)
    ]
    unknown = next((bound for bound in bounds if isinstance(bound, Unknown)), None)
    return unknown or slice(*bounds)


def subscript(machine: Machine, node: ast.Subscript, scope: Scope) -> Value:
    value = machine.evaluate(node.value, scope)
    index = machine.evaluate(node.slice, scope)
    return element(machine, value, index, node)


def comprehension(
    machine: Machine,
    generators: list[ast.comprehension],
    scope: Scope,
) -> Iterator[Scope]:
    """Yield a scope for each element of a comprehension."""
    generator, *rest = generators
    values = elements(machine, machine.evaluate(generator.iter, scope), generator.iter)
    inner = Scope(scope)
    for value in values:
        machine.tick(generator.iter)
        assign(machine, generator.target, value, inner)
        decisions = [truth(machine.evaluate(test, inner)) for test in generator.ifs]
        if None in decisions:
            raise NotReadError("a filter of a comprehension is not known", generator.iter)
        if not all(decisions):
            continue
        if rest:
            yield from comprehension(machine, rest, inner)
        else:
            yield inner


def list_comprehension(
    machine: Machine, node: ast.ListComp | ast.GeneratorExp | ast.SetComp, scope: Scope
) -> list[Value]:
    result: list[Value] = []
    for inner in comprehension(machine, node.generators, scope):
        result.append(machine.evaluate(node.elt, inner))
        if len(result) > MAX_SOURCE_LIST:
            raise NotReadError(f"a list of more than {MAX_SOURCE_LIST:,} elements", node)
    return result


def dict_comprehension(machine: Machine, node: ast.DictComp, scope: Scope) -> Value:
    result: dict[Value, Value] = {}
    for inner in comprehension(machine, node.generators, scope):
        key = machine.evaluate(node.key, inner)
        if not is_key(key):
            return Unknown("a dictionary with a key that cannot be read", node)
        result[key] = machine.evaluate(node.value, inner)
    return result


def display(machine: Machine, node: ast.List | ast.ListComp, scope: Scope) -> Value:
    """Return a new list."""
    if isinstance(node, ast.List):
        values = sequence(machine, node.elts, scope)
    else:
        values = list_comprehension(machine, node, scope)
    machine.fresh.add(id(values))
    return values


def set_of(values: list[Value], node: ast.AST) -> Value:
    """Return a set of scalars."""
    return set(values) if all(map(is_key, values)) else Unknown("a set", node)


def call(machine: Machine, node: ast.Call, scope: Scope) -> Value:
    if isinstance(node.func, ast.Name) and node.func.id == "super":
        return super_of(machine, node, scope)
    function = machine.evaluate(node.func, scope)
    if isinstance(function, External) and function.name in CREATORS:
        for part in node.args:
            if isinstance(part, ast.Starred) and is_open(machine.evaluate(part.value, scope)):
                return Unknown(OF_INPUT, node)
    positional = sequence(machine, node.args, scope)
    keywords: dict[str, Value] = {}
    for keyword in node.keywords:
        value = machine.evaluate(keyword.value, scope)
        if keyword.arg is not None:
            keywords[keyword.arg] = value
        elif isinstance(value, dict):
            keywords.update((str(key), inner) for key, inner in value.items())
        else:
            keywords["**"] = value if isinstance(value, Unknown) else Unknown("**", node)
    return machine.call(function, Arguments(positional, keywords, node))


def is_open(value: Value) -> bool:
    """Return whether a value is a size without a value, such as the argument input_shape."""
    return has_letters(value) or (isinstance(value, Unknown) and value.path is not None)


def super_of(machine: Machine, node: ast.Call, scope: Scope) -> Value:
    """Return what super() means in a method."""
    if node.args:
        owner = machine.evaluate(node.args[0], scope)
        receiver = machine.evaluate(node.args[1], scope) if len(node.args) > 1 else None
    else:
        owner, receiver = scope.owner, scope.receiver
    if isinstance(owner, Class) and receiver is not None:
        return Super(owner, receiver)
    return Unknown("super() outside a method", node)


EVALUATORS: dict[type[ast.expr], Callable[[Machine, Any, Scope], Value]] = {
    ast.Constant: lambda machine, node, scope: node.value,
    ast.Name: name_value,
    ast.Attribute: lambda machine, node, scope: machine.attribute(
        machine.evaluate(node.value, scope), node.attr, node
    ),
    ast.Call: call,
    ast.List: display,
    ast.Tuple: lambda machine, node, scope: tuple(sequence(machine, node.elts, scope)),
    ast.Set: lambda machine, node, scope: set_of(sequence(machine, node.elts, scope), node),
    ast.Dict: dictionary,
    ast.JoinedStr: joined_string,
    ast.IfExp: conditional,
    ast.BoolOp: boolean,
    ast.UnaryOp: unary,
    ast.BinOp: binary_operation,
    ast.Compare: comparison,
    ast.NamedExpr: assignment,
    ast.Slice: slice_of,
    ast.Subscript: subscript,
    ast.ListComp: display,
    ast.GeneratorExp: list_comprehension,
    ast.SetComp: lambda machine, node, scope: set_of(
        list_comprehension(machine, node, scope), node
    ),
    ast.DictComp: dict_comprehension,
    ast.Lambda: lambda machine, node, scope: Function(node, scope, scope.owner),
}


def evaluate(machine: Machine, node: ast.expr, scope: Scope) -> Value:
    """Return the value of an expression."""
    machine.tick(node)
    evaluator = EVALUATORS.get(type(node))
    if evaluator is None:
        return Unknown(f"the expression `{source_of(node)}`", node)
    value = evaluator(machine, node, scope)
    if (machine.given or machine.fitted) and isinstance(value, Unknown) and value.path is not None:
        number = machine.given_value(value.path)
        return value if number is None else number
    return value
