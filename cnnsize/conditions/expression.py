"""The language of conditions and messages: arithmetic and comparisons over named facts.

A text is parsed once, checked node by node against a list of what is allowed, type-checked, and
limited in length, depth and the size of its numbers. It can then be evaluated on facts, or written
as Python source for the catalogue of our own rules; it can call, import or change nothing.

    S > 1 and (F, S) not in ((2, 2), (3, 2))
    a {F}x{F} window at stride {S} discards {1 - 1/S**2:.0%} of the volume

An unknown fact, a division by zero or a number out of range makes the expression undefined: a
condition is then false, and a message prints ``?``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from cnnsize.conditions.checker import Checker, ExpressionError, Facts, Run, with_article
from cnnsize.conditions.undefined import UndefinedFactError

MAX_LENGTH = 1000  # characters of one condition or message
SINGLE_EQUALS = re.compile(r"(?<![<>=!])=(?!=)")
FORMAT_SPEC = re.compile(r",|,?d|,?\.[0-4]f|\.[0-4]%|\.[1-6]g")


class Expression:
    """A condition or a value. ``names`` are the facts that it uses."""

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
        """Return its value. Raises UndefinedFactError where there is none."""
        try:
            return self._run(facts)
        except (ArithmeticError, ValueError) as error:  # ValueError is from log2(-1)
            raise UndefinedFactError(str(error)) from None

    def holds(self, facts: Facts) -> bool:
        """Return whether the condition is true; an undefined one is false."""
        try:
            return bool(self._run(facts))
        except (ArithmeticError, ValueError):
            return False

    def source(self, facts: str = "f") -> str:
        """Return the expression as Python source that looks up each fact in ``facts``."""
        return ast.unparse(_FactLookups(facts).visit(_copy(self.tree)))

    def conjuncts(self) -> tuple[Expression, ...]:
        """Return the operands of ``and`` at the top level, all of which must be true."""
        if not (isinstance(self.tree, ast.BoolOp) and isinstance(self.tree.op, ast.And)):
            return (self,)
        parts = [part_of(node, self.kinds) for node in self.tree.values]
        return tuple(conjunct for part in parts for conjunct in part.conjuncts())


def part_of(node: ast.expr, kinds: Mapping[str, str]) -> Expression:
    """Return a part of a checked expression, whose facts have these kinds, as one of its own."""
    checker = Checker(kinds, 0)
    part = checker.part(node, 0)
    own = {name: kinds[name] for name in sorted(checker.used)}
    return Expression(ast.unparse(node), node, part.kind, own, part.run)


def parse(text: str, names: Mapping[str, str], *, condition: bool = False) -> Expression:
    """Check and compile an expression over ``names``, which map facts to their kinds.

    With ``condition`` it must be a boolean. Raises ExpressionError.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(
            f"{len(text):,} characters, more than the limit of {MAX_LENGTH:,}", MAX_LENGTH
        )
    for offset, character in enumerate(text):
        if character in "\\#;`$" or not (" " <= character <= "~" or character in "\n\t"):
            raise ExpressionError(f"{character!r} is not allowed in an expression", offset)
    flat = re.sub(r"\s", " ", text)  # one line, the same offsets
    lead = len(flat) - len(flat.lstrip())
    if not flat.strip():
        raise ExpressionError("the expression is empty")
    try:
        tree = ast.parse(flat[lead:], mode="eval").body
    except SyntaxError as error:
        offset = lead + max(0, (error.offset or 1) - 1)
        if _is_expression(f"{flat[lead:]} 0"):
            raise ExpressionError("a value is missing", len(flat.rstrip())) from None
        equals = SINGLE_EQUALS.search(flat)
        if equals is not None:
            raise ExpressionError("write == to compare two values", equals.start()) from None
        raise ExpressionError(f"invalid expression: {error.msg}", offset) from None
    except (ValueError, MemoryError, RecursionError):
        raise ExpressionError("invalid expression: it is nested too deeply") from None
    checker = Checker(names, lead)
    part = checker.part(tree, 0)
    if part.kind == "tuple":
        raise ExpressionError("a tuple is no value by itself; compare it with another one", lead)
    if condition and part.kind != "flag":
        raise ExpressionError(
            f"a condition must be a boolean, but this is {with_article(part.kind)}", lead
        )
    kinds = {name: names[name] for name in sorted(checker.used)}
    return Expression(text, tree, part.kind, kinds, part.run)


def _is_expression(text: str) -> bool:
    """Return whether Python can parse a text as one expression."""
    try:
        ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True


class _FactLookups(ast.NodeTransformer):
    """Replace names by look-ups of facts, but not the names of functions."""

    def __init__(self, facts: str) -> None:
        self.facts = facts

    def visit_Call(self, node: ast.Call) -> ast.expr:
        node.args = [self.visit(argument) for argument in node.args]
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Subscript(ast.Name(self.facts, ast.Load()), ast.Constant(node.id), ast.Load())


def _copy(tree: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(tree), mode="eval").body
