"""Statements: what each of them does in the interpreter."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from cnnsize.models.source.errors import RefusedError
from cnnsize.models.source.machine import Machine, TooLongError
from cnnsize.models.source.operators import truth
from cnnsize.models.source.python.assignments import assign
from cnnsize.models.source.python.expressions import operation, undecided
from cnnsize.models.source.python.forgetting import forget
from cnnsize.models.source.python.imports import import_from, import_modules
from cnnsize.models.source.sequences import elements
from cnnsize.models.source.values.objects import (
    Class,
    Container,
    Function,
    Instance,
    NotReadError,
    RaisedError,
    Scope,
    Unknown,
    Value,
)

MAX_WHILE = 2_000  # iterations of one while loop
# Decorators that change nothing about the values of a function.
DECORATORS = frozenset(
    [
        *("no_grad", "inference_mode", "enable_grad", "register_model", "wraps", "lru_cache"),
        *("cache", "override", "abstractmethod", "jit", "script", "ignore", "unused", "export"),
        *("function", "register_keras_serializable", "keras_serializable"),
        *("script_method", "typechecked", "autocast", "compile", "register"),
        "handle_legacy_interface",  # of torchvision: names of arguments that hold weights
    ]
)
KINDS = ("staticmethod", "classmethod", "property")


class ReturnedError(Exception):
    """A return statement; ``value`` is what it returns."""

    def __init__(self, value: Value) -> None:
        super().__init__()
        self.value = value


class LoopEndError(Exception):
    """A break or continue statement."""

    def __init__(self, *, leaves: bool) -> None:
        super().__init__()
        self.leaves = leaves


def assignment(machine: Machine, node: ast.Assign, scope: Scope) -> None:
    value = machine.evaluate(node.value, scope)
    observe(machine, node, value, scope)
    for target in node.targets:
        assign(machine, target, value, scope)
        note_display(machine, target, node.value, value)


def note_display(machine: Machine, target: ast.expr, node: ast.expr, value: Value) -> None:
    """Note where a list that becomes an attribute is written."""
    if isinstance(target, ast.Attribute) and isinstance(value, (list, tuple, dict)):
        machine.displays.setdefault(id(value), node)
        machine.lists.append(value)


def annotated_assignment(machine: Machine, node: ast.AnnAssign, scope: Scope) -> None:
    if node.value is not None:
        value = machine.evaluate(node.value, scope)
        observe(machine, node, value, scope)
        assign(machine, node.target, value, scope)
        note_display(machine, node.target, node.value, value)


def augmented_assignment(machine: Machine, node: ast.AugAssign, scope: Scope) -> None:
    reading = ast.copy_location(type_of_target(node.target), node.target)
    current = machine.evaluate(reading, scope)
    value = machine.evaluate(node.value, scope)
    if isinstance(current, list) and isinstance(node.op, ast.Add):
        machine.change(current)
        if isinstance(value, Unknown):
            raise NotReadError(value.reason, value.node)
        current += elements(machine, value, node.value)
        result: Value = current
    else:
        result = operation(machine, type(node.op), current, value, node)
    observe(machine, node, result, scope)
    assign(machine, node.target, result, scope)


def observe(machine: Machine, node: ast.stmt, value: Value, scope: Scope) -> None:
    """Note the tensors that a statement reads and computes, if it is watched."""
    if id(node) not in machine.watched:
        return
    names = dict.fromkeys(
        inner.id
        for inner in ast.walk(node)
        if isinstance(inner, ast.Name)
        and (isinstance(inner.ctx, ast.Load) or isinstance(node, ast.AugAssign))
    )
    inputs = [scope.names[name] for name in names if name in scope.names]
    machine.observe(node, inputs, value, is_module=False)


def type_of_target(target: ast.expr) -> ast.expr:
    """Return a target as an expression that is read."""
    if isinstance(target, ast.Name):
        return ast.Name(target.id, ast.Load())
    if isinstance(target, ast.Attribute):
        return ast.Attribute(target.value, target.attr, ast.Load())
    assert isinstance(target, ast.Subscript)
    return ast.Subscript(target.value, target.slice, ast.Load())


def deletion(machine: Machine, node: ast.Delete, scope: Scope) -> None:
    for target in node.targets:
        if isinstance(target, ast.Name):
            scope.names.pop(target.id, None)
        elif isinstance(target, ast.Attribute):
            machine.changes += 1
            owner = machine.evaluate(target.value, scope)
            if isinstance(owner, (Instance, Container)):
                owner.attributes.pop(target.attr, None)
        elif isinstance(target, ast.Subscript):
            machine.changes += 1
            owner = machine.evaluate(target.value, scope)
            index = machine.evaluate(target.slice, scope)
            values = owner.items if isinstance(owner, Container) else owner
            try:
                if isinstance(owner, Container) and isinstance(index, int):
                    index = list(owner.items)[index]
                del values[index]
            except (TypeError, LookupError):
                raise NotReadError("a deletion that cannot be read", node) from None


def function_definition(machine: Machine, node: ast.FunctionDef, scope: Scope) -> None:
    function = Function(node, scope, scope.owner)
    scope.names[node.name] = function
    for decorator in node.decorator_list:
        words = decorator_words(decorator)
        if words[-1] in KINDS:
            function.kind = words[-1]
        elif words[-1] == "setter":
            scope.names[node.name] = Unknown(f"`{node.name}` is a property with a setter", node)
        elif not DECORATORS & set(words):
            reason = f"`{node.name}` has a decorator that is not known"
            scope.names[node.name] = Unknown(reason, decorator)


def decorator_words(decorator: ast.expr) -> list[str]:
    """Return the parts of the name of a decorator."""
    if isinstance(decorator, ast.Call):
        return decorator_words(decorator.func)
    if isinstance(decorator, ast.Attribute):
        return [*decorator_words(decorator.value), decorator.attr]
    return [decorator.id] if isinstance(decorator, ast.Name) else [""]


def class_definition(machine: Machine, node: ast.ClassDef, scope: Scope) -> None:
    bases = [machine.evaluate(base, scope) for base in node.bases]
    cls = Class(node, bases, scope)
    inner = Scope(scope)
    inner.owner = cls
    inner.is_class = True
    for statement in node.body:
        try:
            execute_statement(machine, statement, inner)
        except NotReadError as error:
            if isinstance(error, TooLongError):
                raise
            forget(statement, inner, error.reason)
    cls.attributes = inner.names
    scope.names[node.name] = cls


def condition(machine: Machine, node: ast.If, scope: Scope) -> None:
    decision = truth(machine.evaluate(node.test, scope))
    if decision is not None:
        machine.execute(node.body if decision else node.orelse, scope)
    elif machine.lenient:
        for statement in (*node.body, *node.orelse):
            forget(statement, scope, undecided(node.test))
    elif all(map(is_harmless, node.body)):
        machine.execute(node.orelse, scope)
    elif node.orelse and all(map(is_harmless, node.orelse)):
        machine.execute(node.body, scope)
    elif all(map(only_sets_names, (*node.body, *node.orelse))):
        forget(node, scope, undecided(node.test))
    else:
        raise NotReadError(undecided(node.test), node.test)


HARMLESS_CALLS = frozenset(
    [
        *("print", "warn", "info", "debug", "warning", "cuda", "load_state_dict", "init_weights"),
        *("_init_weights", "initialize_weights", "_initialize_weights", "reset_parameters", "half"),
        *("apply", "eval", "requires_grad_", "freeze", "load_pretrained", "write", "log"),
        *("constant_", "normal_", "kaiming_normal_", "kaiming_uniform_", "xavier_uniform_"),
        *("xavier_normal_", "zeros_", "ones_", "uniform_", "trunc_normal_", "orthogonal_"),
        *("compile", "summary", "load_weights", "save", "fit", "plot_model", "save_weights"),
        *("fill_", "zero_", "_check_input_dim", "_load_from_state_dict"),
    ]
)


def is_harmless(node: ast.stmt) -> bool:
    """Return whether a statement cannot change which layers run: a message, a check, weights."""
    if isinstance(node, (ast.Raise, ast.Assert, ast.Pass, ast.Import, ast.ImportFrom)):
        return True
    if isinstance(node, ast.Expr):
        called = node.value
        is_call = isinstance(called, ast.Call)
        return isinstance(called, ast.Constant) or (
            is_call and decorator_words(called)[-1] in HARMLESS_CALLS
        )
    if isinstance(node, ast.If):
        return all(map(is_harmless, (*node.body, *node.orelse)))
    return False


def only_sets_names(node: ast.stmt) -> bool:
    """Return whether all that a statement can change is the values of local names."""
    if isinstance(node, ast.Assign):
        sets_names = all(isinstance(target, ast.Name) for target in node.targets)
        return sets_names and not any(isinstance(inner, ast.Call) for inner in ast.walk(node))
    return is_harmless(node)


def for_loop(machine: Machine, node: ast.For, scope: Scope) -> None:
    values = machine.evaluate(node.iter, scope)
    is_weights = isinstance(values, Unknown) and values.is_weights
    if is_weights or (machine.lenient and isinstance(values, Unknown)):
        forget(node, scope, "it is assigned in a loop that is not read")
        return
    for value in elements(machine, values, node.iter):
        machine.tick(node)
        assign(machine, node.target, value, scope)
        try:
            machine.execute(node.body, scope)
        except LoopEndError as end:
            if end.leaves:
                return
    machine.execute(node.orelse, scope)


def while_loop(machine: Machine, node: ast.While, scope: Scope) -> None:
    for _ in range(MAX_WHILE):
        decision = truth(machine.evaluate(node.test, scope))
        if decision is None:
            raise NotReadError(undecided(node.test), node.test)
        if not decision:
            machine.execute(node.orelse, scope)
            return
        try:
            machine.execute(node.body, scope)
        except LoopEndError as end:
            if end.leaves:
                return
    raise NotReadError(f"a while loop of more than {MAX_WHILE:,} iterations", node)


def with_block(machine: Machine, node: ast.With, scope: Scope) -> None:
    for item in node.items:
        if item.optional_vars is not None:
            assign(
                machine, item.optional_vars, Unknown("a context manager", item.context_expr), scope
            )
    machine.execute(node.body, scope)


def try_block(machine: Machine, node: ast.Try, scope: Scope) -> None:
    try:
        machine.execute(node.body, scope)
        machine.execute(node.orelse, scope)
    except RaisedError:
        if not node.handlers:
            raise
        machine.execute(node.handlers[0].body, scope)
    except RefusedError as error:
        if node.handlers:  # which may handle it
            raise NotReadError(error.reason, error.node) from None
        raise
    machine.execute(node.finalbody, scope)


def raised(machine: Machine, node: ast.Raise, scope: Scope) -> None:
    raise RaisedError("the code raises an exception here", node)


def assertion(machine: Machine, node: ast.Assert, scope: Scope) -> None:
    if truth(machine.evaluate(node.test, scope)) is False:
        raise RaisedError("an assertion fails here", node)


def returned(machine: Machine, node: ast.Return, scope: Scope) -> None:
    value = None if node.value is None else machine.evaluate(node.value, scope)
    observe(machine, node, value, scope)
    raise ReturnedError(value)


def loop_end(machine: Machine, node: ast.Break | ast.Continue, scope: Scope) -> None:
    raise LoopEndError(leaves=isinstance(node, ast.Break))


def expression(machine: Machine, node: ast.Expr, scope: Scope) -> None:
    if not isinstance(node.value, ast.Constant):
        machine.evaluate(node.value, scope)


def outer_name(machine: Machine, node: ast.Global | ast.Nonlocal, scope: Scope) -> None:
    machine.changes += 1
    for name in node.names:
        around = scope.around
        while around is not None and around.around is not None:
            if isinstance(node, ast.Nonlocal) and name in around.names and not around.is_class:
                break
            around = around.around
        if around is not None:
            scope.outer[name] = around


def nothing(machine: Machine, node: ast.stmt, scope: Scope) -> None:
    pass


EXECUTORS: dict[type[ast.stmt], Callable[[Machine, Any, Scope], None]] = {
    ast.Expr: expression,
    ast.Pass: nothing,
    ast.Import: import_modules,
    ast.ImportFrom: import_from,
    ast.Assign: assignment,
    ast.AnnAssign: annotated_assignment,
    ast.AugAssign: augmented_assignment,
    ast.Delete: deletion,
    ast.Return: returned,
    ast.Break: loop_end,
    ast.Continue: loop_end,
    ast.Global: outer_name,
    ast.Nonlocal: outer_name,
    ast.Raise: raised,
    ast.Assert: assertion,
    ast.FunctionDef: function_definition,
    ast.ClassDef: class_definition,
    ast.If: condition,
    ast.For: for_loop,
    ast.While: while_loop,
    ast.With: with_block,
    ast.Try: try_block,
}


def execute_statement(machine: Machine, node: ast.stmt, scope: Scope) -> None:
    """Execute one statement. Raises NotReadError for a kind that is not known."""
    machine.tick(node)
    executor = EXECUTORS.get(type(node))
    if executor is None:
        raise NotReadError(f"a statement of the kind {type(node).__name__}", node)
    executor(machine, node, scope)


def execute(machine: Machine, body: Sequence[ast.stmt], scope: Scope) -> None:
    """Execute statements."""
    for statement in body:
        execute_statement(machine, statement, scope)
