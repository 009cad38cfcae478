"""The interpreter: the machine with its statements, expressions, calls and attributes."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import NamedTuple

from cnnsize.models.source import calls
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.python import expressions, siblings, statements
from cnnsize.models.source.values.objects import Value


class Built(NamedTuple):
    """The module of a network, and what was noted when it was built."""

    module: Value
    changes: int  # of objects until then
    has_defaults: bool  # a default of its arguments is used
    displays: dict[int, ast.AST]
    lists: list[Value]


class Interpreter(Machine):
    """A machine that knows the forms of Python that network code is made of."""

    size_is_given = False  # whether the size of the input is no guess

    def __init__(self) -> None:
        super().__init__()
        self.built: dict[Callable[[], Value], Built] = {}  # networks, by what builds them

    def forget_fitted(self) -> None:
        """Let arguments be letters again, and build the network anew."""
        if self.fitted:
            self.fitted.clear()
            self.fitted_notes.clear()
            self.built.clear()

    # functions that take the machine first, without a call between
    evaluate = expressions.evaluate
    execute = statements.execute
    call = calls.call
    attribute = calls.attribute
    imported = siblings.imported
