"""The interpreter: the machine with its statements, expressions, calls and attributes."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from cnnsize.models.source import calls
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.python import expressions, siblings, statements
from cnnsize.models.source.values.objects import Arguments, Scope, Value
from cnnsize.models.source.values.source_files import Imported


class Interpreter(Machine):
    """A machine that knows the forms of Python that network code is made of."""

    size_is_given = False  # whether the size of the input is no guess
    built: tuple[object, Value, int] | None = None  # a network, its module, changes until then

    def forget_fitted(self) -> None:
        """Let arguments be letters again, and build the network anew."""
        if self.fitted:
            self.fitted.clear()
            self.fitted_notes.clear()
            self.built = None

    def evaluate(self, node: ast.expr, scope: Scope) -> Value:
        return expressions.evaluate(self, node, scope)

    def execute(self, body: Sequence[ast.stmt], scope: Scope) -> None:
        statements.execute(self, body, scope)

    def call(self, function: Value, arguments: Arguments) -> Value:
        return calls.call(self, function, arguments)

    def attribute(self, value: Value, name: str, node: ast.AST) -> Value:
        return calls.attribute(self, value, name, node)

    def imported(self, name: Imported) -> Value:
        return siblings.imported(self, name)
