"""The arguments of a call as Python reads them: ``(3, 64, kernel_size=(3, 5), bias=False)``."""

from __future__ import annotations

import ast
import warnings
from typing import NamedTuple

from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.tokens import BRACKETS, Token
from cnnsize.text.span import Span

MAX_CALL = 2000  # characters
MAX_BRACKETS = 30  # of one call
MAX_DIGITS = 18  # of a number that is computed
# typographic signs that Python does not read, and what they stand for
PLAIN = str.maketrans("\n\u00a0\u200b\ufe0f`“”‘’", "     \"\"''")
OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.FloorDiv: "//"}


class Value(NamedTuple):
    """The value of an argument."""

    node: ast.expr
    text: str
    span: Span

    @property
    def items(self) -> list[ast.expr] | None:
        """The items of a tuple or a list; None for other values."""
        return self.node.elts if isinstance(self.node, (ast.Tuple, ast.List)) else None

    @property
    def constant(self) -> object:
        """The value of a constant; ``...`` for what is none."""
        return constant(self.node)


class Arguments(NamedTuple):
    """The arguments of a call."""

    positional: tuple[Value, ...]
    keywords: tuple[tuple[str, Value], ...]
    text: str
    span: Span  # with the parentheses


def parse_arguments(cursor: TokenCursor, opened: Token, closed: Token) -> Arguments | None:
    """Return the arguments between two parentheses; None where they are no Python."""
    text = cursor.text[opened.end : closed.start].translate(PLAIN)
    if len(text) > MAX_CALL or sum(map(text.count, BRACKETS)) > MAX_BRACKETS:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # 3if: a warning of the tokenizer
            call = ast.parse(f"f({text})", mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        return None
    is_starred = any(isinstance(node, ast.Starred) for node in call.args)
    if is_starred or any(keyword.arg is None for keyword in call.keywords):
        return None
    encoded = f"f({text})".encode()

    def value_of(node: ast.expr) -> Value:
        start, end = (
            opened.end - 2 + len(encoded[:offset].decode(errors="ignore"))
            for offset in (node.col_offset, node.end_col_offset or 0)
        )
        return Value(node, cursor.text[start:end], Span(start, end))

    positional = [value_of(node) for node in call.args]
    keywords = [(keyword.arg or "", value_of(keyword.value)) for keyword in call.keywords]
    keywords += [("padding", value) for value in positional if is_padding(value)]
    if len(dict(keywords)) < len(keywords):
        return None
    return Arguments(
        tuple(value for value in positional if not is_padding(value)),
        tuple((name, quoted(value) if name == "padding" else value) for name, value in keywords),
        text,
        Span(opened.start, closed.end),
    )


def is_padding(value: Value) -> bool:
    """Return whether an argument is a bare ``same`` or ``valid``, which tells the padding."""
    return isinstance(value.node, ast.Name) and value.node.id in ("same", "valid")


def quoted(value: Value) -> Value:
    """Return ``same`` as ``'same'``; other values as they are."""
    return value._replace(node=ast.Constant(value.text)) if is_padding(value) else value


def constant(node: ast.expr) -> object:
    """Return the value of a constant, or of whole numbers that are computed: ``16 * 5 * 5``.

    ``...`` for what is no constant.
    """
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = constant(node.operand)
        return -value if isinstance(value, (int, float)) else ...
    if not isinstance(node, ast.BinOp):
        return ...
    left, right = constant(node.left), constant(node.right)
    return computed(node.op, left, right) if is_whole(left) and is_whole(right) else ...


def is_whole(value: object) -> bool:
    """Return whether a value is a whole number, and not True or False."""
    return isinstance(value, int) and not isinstance(value, bool)


def computed(operator: ast.operator, left: object, right: object) -> object:
    """Return the value of an operator on whole numbers; ``...`` where it has none here."""
    assert isinstance(left, int) and isinstance(right, int)
    if max(left, right) >= 10**MAX_DIGITS:
        return ...
    if isinstance(operator, ast.Add):
        return left + right
    if isinstance(operator, ast.Sub):
        return left - right
    if isinstance(operator, ast.Mult):
        return left * right
    is_division = isinstance(operator, (ast.FloorDiv, ast.Div)) and right != 0
    is_exact = is_division and (isinstance(operator, ast.FloorDiv) or left % right == 0)
    return left // right if is_exact else ...


def expression(node: ast.expr) -> str | None:
    """Return a whole number, a letter or a formula of letters as strict text; None for others."""
    value = constant(node)
    if is_whole(value):
        return str(value)
    if isinstance(node, ast.Name):
        return node.id
    inner = formula(node)
    return None if inner is None else f"({inner})"


def formula(node: ast.expr) -> str | None:
    """Return the strict text of a formula, without parentheses around it; None for others."""
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        sides = (expression(node.left), expression(node.right))
        if None not in sides:
            sign = OPERATORS[type(node.op)]
            return f"{sides[0]}{sign}{sides[1]}"
    return None
