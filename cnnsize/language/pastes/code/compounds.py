"""Loops, conditions and other statements with a body: followed where they can be, else refused."""

from __future__ import annotations

import ast
from typing import Protocol

from cnnsize.language.pastes.code.expressions import Evaluator
from cnnsize.language.pastes.code.loops import rounds
from cnnsize.language.pastes.code.source import Code
from cnnsize.language.pastes.code.values import Tensor, dotted

LEAVING = (ast.Return, ast.Break, ast.Continue, ast.Yield)
COMPOUND = (ast.For, ast.While, ast.If, ast.With, ast.Try, ast.AsyncFor, ast.AsyncWith, ast.Match)
KIND_OF_COMPOUND = {
    ast.For: "a loop",
    ast.While: "a loop",
    ast.AsyncFor: "a loop",
    ast.If: "a condition",
    ast.Match: "a condition",
}


class Runs(Protocol):
    """What these statements need of the script that they are part of."""

    code: Code
    evaluator: Evaluator

    def run(self, body: list[ast.stmt]) -> None: ...

    def forget(self, name: str, node: ast.expr) -> None: ...


def run_loop(script: Runs, statement: ast.For) -> bool:
    """Follow the rounds of a loop over values in the text; return whether it is one."""
    evaluator = script.evaluator
    counts = all(isinstance(each, (ast.Assign, ast.AugAssign)) for each in statement.body)
    runs_layers = evaluator.makes_layers(statement) or evaluator.names_any(statement, (Tensor,))
    leaves = any(isinstance(node, LEAVING) for node in ast.walk(statement))
    if leaves or not (runs_layers or counts):
        return False
    for is_known in rounds(evaluator, statement.target, statement.iter):
        if not is_known:
            return False
        script.run(statement.body)
    script.run(statement.orelse)
    return True


def refuse_compound(script: Runs, statement: ast.stmt) -> None:
    """Raise ArchitectureError for a loop or a condition that layers depend on."""
    runs_tensors = script.evaluator.names_any(statement, (Tensor,))
    if not runs_tensors and not script.evaluator.makes_layers(statement):
        for inner in ast.walk(statement):
            is_target = isinstance(inner, (ast.Name, ast.Attribute))
            if is_target and isinstance(inner.ctx, ast.Store):  # type: ignore[attr-defined]
                script.forget(dotted(inner), inner)  # type: ignore[arg-type]
        return
    kind = next(
        (text for type_, text in KIND_OF_COMPOUND.items() if isinstance(statement, type_)),
        "a block of statements",
    )
    start = script.code.span(statement).start
    end = script.code.text.find("\n", start)
    script.code.fail(
        f"what {kind} does with layers is not read",
        script.code.span(statement)._replace(end=end if end > start else start + 1),
        help=("write the layers out, or paste print(model)",),
    )
