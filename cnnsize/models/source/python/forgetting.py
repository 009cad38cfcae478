"""What becomes unknown where a statement is not read: the names, lists and models that it changes."""

from __future__ import annotations

import ast

from cnnsize.models.source.torch.tensor_names import IN_PLACE
from cnnsize.models.source.values.keras import KERAS_VALUES, poison
from cnnsize.models.source.values.objects import (
    Constant,
    External,
    NotReadError,
    Scope,
    Unknown,
    Value,
)

CHANGES = frozenset(["add", "pop", "append", "extend", "insert", "remove", "clear", "update"])


def forget(
    node: ast.stmt,
    scope: Scope,
    reason: str,
    place: ast.AST | None = None,
    error: NotReadError | None = None,
) -> None:
    """Let the names that a statement assigns be unknown, and the lists and models that it changes.

    ``place`` is the part of it that is not read, and ``error`` what a framework refuses there.
    """
    place = place or node
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):
            if inner.func.attr in CHANGES:
                poison(value_of(inner.func.value, scope), reason, place, error)
            tensor = value_of(inner.func.value, scope)
            if inner.func.attr in IN_PLACE and isinstance(tensor, Constant):
                tensor.shape = ()
        elif isinstance(inner, ast.Subscript) and isinstance(inner.ctx, ast.Store):
            poison(value_of(inner.value, scope), reason, place, error)
        elif isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            scope.names[inner.id] = Unknown(reason, place, error=error)
        elif isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            scope.names[inner.name] = Unknown(reason, node)


def value_of(node: ast.expr, scope: Scope) -> Value:
    """Return the value of a name or an attribute; None for anything else."""
    if isinstance(node, ast.Attribute):
        owner = value_of(node.value, scope)
        if isinstance(owner, KERAS_VALUES) and node.attr == "layers":
            return owner
        if isinstance(owner, External):
            return External(f"{owner.path}.{node.attr}")
        return getattr(owner, "attributes", {}).get(node.attr)
    around: Scope | None = scope if isinstance(node, ast.Name) else None
    while around is not None and isinstance(node, ast.Name):
        if node.id in around.names:
            return around.names[node.id]
        around = around.around
    return None
