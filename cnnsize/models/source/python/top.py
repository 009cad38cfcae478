"""The top of a file, and the bodies of its functions that build a network: what is not read is left out."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from cnnsize.models.source.errors import RefusedError
from cnnsize.models.source.machine import Machine, TooLongError
from cnnsize.models.source.operators import truth
from cnnsize.models.source.python.expressions import undecided
from cnnsize.models.source.python.forgetting import CHANGES, forget, value_of
from cnnsize.models.source.python.statements import (
    LoopEndError,
    ReturnedError,
    decorator_words,
    execute_statement,
)
from cnnsize.models.source.values.keras import ROOTS, KerasSequential, poison
from cnnsize.models.source.values.objects import Class, External, NotReadError, Scope, Tensor

EXPECTED_ERRORS = frozenset(["raises", "assertRaises", "assertRaisesRegex", "suppress"])


def builds(node: ast.stmt, scope: Scope) -> bool:
    """Return whether a loop at the top of a file adds layers to a model of Keras or a list."""
    changes_list = constructs = False
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call):
            function = value_of(inner.func, scope)
            constructs |= (
                isinstance(function, External) and function.path.partition(".")[0] in ROOTS
            )
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):
            owner = value_of(inner.func.value, scope)
            if inner.func.attr in CHANGES and isinstance(owner, KerasSequential):
                return True
            changes_list |= inner.func.attr in CHANGES and isinstance(owner, list)
        stored = (
            inner.id if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store) else ""
        )
        if isinstance(scope.names.get(stored), Tensor):
            return True
    return changes_list and constructs


def constructing(statement: ast.If) -> list[ast.stmt] | None:
    """Return the branch of a condition that constructs a model, if the other one does not."""
    branches = [
        branch
        for branch in (statement.body, statement.orelse)
        if any(is_construction(inner) for part in branch for inner in ast.walk(part))
    ]
    return branches[0] if len(branches) == 1 else None


def is_construction(node: ast.AST) -> bool:
    """Return whether a node calls Sequential or Model."""
    return isinstance(node, ast.Call) and decorator_words(node)[-1] in ("Sequential", "Model")


def model_lengths(node: ast.stmt, scope: Scope) -> list[tuple[KerasSequential, int]]:
    """Return the Sequential models that a statement passes to a function, with their lengths."""
    if not isinstance(node, (ast.Expr, ast.Assign)) or not isinstance(node.value, ast.Call):
        return []
    values = [value_of(argument, scope) for argument in node.value.args]
    return [(value, len(value.items)) for value in values if isinstance(value, KerasSequential)]


def execute_top(
    machine: Machine, body: Sequence[ast.stmt], scope: Scope, *, is_handled: bool = False
) -> None:
    """Execute the statements of a file; those that cannot be read are left out.

    Loops are not entered unless they add layers: most train, or read data. With ``is_handled``, an
    ``except`` of the source may handle what a framework refuses.
    """
    for statement in body:
        lengths = model_lengths(statement, scope) if machine.keras is not None else []
        machine.steps = 0
        try:
            is_loop = isinstance(statement, (ast.For, ast.While, ast.AsyncFor))
            if is_loop and not (isinstance(statement, ast.For) and builds(statement, scope)):
                forget(statement, scope, "it is assigned in a loop at the top of the file")
            elif isinstance(statement, ast.If):
                decision = truth(machine.evaluate(statement.test, scope))
                if decision is None:
                    forget(statement, scope, undecided(statement.test))
                    branch = constructing(statement) if machine.keras is not None else None
                    execute_top(machine, branch or [], scope, is_handled=is_handled)
                else:
                    branch = statement.body if decision else statement.orelse
                    execute_top(machine, branch, scope, is_handled=is_handled)
            elif isinstance(statement, (ast.With, ast.Try)):
                has_handler = isinstance(statement, ast.Try) and bool(statement.handlers)
                count = len(machine.tested)
                execute_top(machine, statement.body, scope, is_handled=is_handled or has_handler)
                if has_handler or expects_error(statement):
                    del machine.tested[count:]
            else:
                execute_statement(machine, statement, scope)
        except TooLongError:
            raise
        except (ReturnedError, LoopEndError):
            return
        except (NotReadError, RecursionError) as error:
            reason = error.reason if isinstance(error, NotReadError) else "nested too deeply"
            place = getattr(error, "node", None)
            refusal = error if isinstance(error, RefusedError) and not is_handled else None
            forget(statement, scope, reason, place, refusal)
            for model, length in lengths:  # a function may have added some of its layers
                if len(model.items) != length:
                    poison(model, reason, place or statement, refusal)


def expects_error(statement: ast.With | ast.Try) -> bool:
    """Return whether a statement is ``with pytest.raises(RuntimeError)``, or alike."""
    items = statement.items if isinstance(statement, ast.With) else []
    calls = [item.context_expr for item in items if isinstance(item.context_expr, ast.Call)]
    return any(decorator_words(call)[-1] in EXPECTED_ERRORS for call in calls)


def is_root(cls: Class, classes: list[Class]) -> bool:
    """Return whether no other class of the file uses or extends a class."""
    return not any(cls.name in names_in(other) for other in classes if other is not cls)


def names_in(cls: Class) -> set[str]:
    """Return the names that the body and the bases of a class mention."""
    known: set[str] | None = getattr(cls.node, "names_in", None)
    if known is None:
        known = {inner.id for inner in ast.walk(cls.node) if isinstance(inner, ast.Name)}
        cls.node.names_in = known  # type: ignore[attr-defined]
    return known
