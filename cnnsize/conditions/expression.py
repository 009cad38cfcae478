"""The language of conditions and messages: arithmetic and comparisons over named facts, and nothing
else.

A text is parsed once, checked node by node against a whitelist, given types, and bounded in length,
depth and in how large a number it can make. What is left cannot call, look up or run anything. It
can be evaluated on facts, or written out as Python source for the table of our own rules.

    S > 1 and (F, S) not in ((2, 2), (3, 2))
    a {F}x{F} window at stride {S} discards {1 - 1/S**2:.0%} of the volume

A fact that is unknown, a division by zero or a number out of range makes the whole undefined: a
condition then does not hold, and a message says ``?``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from cnnsize.conditions.checker import Checker, ExpressionError, Facts, Run, with_article
from cnnsize.conditions.undefined import UndefinedFactError

MAX_LENGTH = 1000  # characters of one condition or message
SPEC = re.compile(r",|,?d|,?\.[0-4]f|\.[0-4]%|\.[1-6]g")


class Expression:
    """A condition or a value. ``names`` are the facts it uses."""

    __slots__ = ("_run", "kind", "kinds", "names", "text", "tree")

    def __init__(
        self, text: str, tree: ast.expr, kind: str, kinds: dict[str, str], run: Run
    ) -> None:
        self.text = text
        self.tree = tree
        self.kind = kind
        self.kinds = kinds  # of the facts it uses
        self.names = frozenset(kinds)
        self._run = run

    def __repr__(self) -> str:
        return f"<Expression {self.text!r}>"

    def evaluate(self, facts: Facts) -> Any:
        """Its value. Raises Undefined where there is none."""
        try:
            return self._run(facts)
        except (
            ArithmeticError,
            ValueError,
        ) as wrong:  # ZeroDivisionError, OverflowError, Undefined; log2(-1)
            raise UndefinedFactError(str(wrong)) from None

    def holds(self, facts: Facts) -> bool:
        """Is the condition met? What is undefined does not hold."""
        try:
            return bool(self._run(facts))
        except (ArithmeticError, ValueError):
            return False

    def source(self, facts: str = "f") -> str:
        """The same as Python source, with each fact looked up in ``facts``."""
        return ast.unparse(_Looked(facts).visit(_copy(self.tree)))

    def conjuncts(self) -> tuple[Expression, ...]:
        """The operands of ``and`` at the top, all of which must hold."""
        if not (isinstance(self.tree, ast.BoolOp) and isinstance(self.tree.op, ast.And)):
            return (self,)
        parts = [parse(ast.unparse(node), self.kinds, condition=True) for node in self.tree.values]
        return tuple(one for part in parts for one in part.conjuncts())


def parse(text: str, names: Mapping[str, str], condition: bool = False) -> Expression:
    """Checks and compiles an expression over ``names``, each with its kind. Raises ExpressionError.

    ``condition``: it must say yes or no.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"{len(text):,} characters; the most is {MAX_LENGTH:,}", MAX_LENGTH)
    for offset, character in enumerate(text):
        if character in "\\#;`$" or not (" " <= character <= "~" or character in "\n\t"):
            raise ExpressionError(f"{character!r} has no place in an expression", offset)
    flat = re.sub(r"\s", " ", text)  # one line, the same offsets
    lead = len(flat) - len(flat.lstrip())
    if not flat.strip():
        raise ExpressionError("an empty expression")
    try:
        tree = ast.parse(flat[lead:], mode="eval").body
    except SyntaxError as wrong:
        raise ExpressionError(
            f"not an expression: {wrong.msg}", lead + max(0, (wrong.offset or 1) - 1)
        ) from None
    except (ValueError, MemoryError, RecursionError):
        raise ExpressionError("not an expression: it nests too deeply") from None
    checked = Checker(names, lead)
    part = checked.part(tree, 0)
    if part.kind == "tuple":
        raise ExpressionError("a tuple is compared, and no value of its own", lead)
    if condition and part.kind != "flag":
        raise ExpressionError(
            f"a condition says yes or no, and this is {with_article(part.kind)}", lead
        )
    return Expression(
        text, tree, part.kind, {name: names[name] for name in sorted(checked.used)}, part.run
    )


class _Looked(ast.NodeTransformer):
    """Names become look-ups of facts."""

    def __init__(self, facts: str) -> None:
        self.facts = facts

    def visit_Call(self, node: ast.Call) -> ast.expr:
        node.args = [self.visit(one) for one in node.args]
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Subscript(ast.Name(self.facts, ast.Load()), ast.Constant(node.id), ast.Load())


def _copy(tree: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(tree), mode="eval").body
