"""The values of expressions of constants: ``2 * width``, ``cfg[0]``, ``len(widths) > 3``."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from cnnsize.language.pastes.code.values import MAX_SHAPE, Constant, Layers, Names, dotted
from cnnsize.limits import MAX_INTEGER

COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}


def constant_of(node: ast.expr, names: Names) -> Constant | None:
    """Return the value of an expression of constants; None where it has none here."""
    if isinstance(node, ast.Constant):
        return None if node.value is ... else Constant(node.value)
    if isinstance(node, (ast.Name, ast.Attribute)):
        value = names.values.get(dotted(node))
        return value if isinstance(value, Constant) else None
    evaluate = EVALUATORS.get(type(node))
    return None if evaluate is None else evaluate(node, names)


def sequence(node: ast.Tuple | ast.List, names: Names) -> Constant | None:
    """Return the value of a tuple or a list."""
    items = [constant_of(item, names) for item in node.elts[:MAX_SHAPE]]
    values = tuple(item.value for item in items if item is not None)
    is_known = len(values) == len(node.elts) and count_values(values) <= MAX_SHAPE
    return Constant(values) if is_known else None


def dictionary(node: ast.Dict, names: Names) -> Constant | None:
    """Return the value of ``{"A": [64, "M"]}``."""
    keys = [None if key is None else constant_of(key, names) for key in node.keys[:MAX_SHAPE]]
    values = [constant_of(value, names) for value in node.values[:MAX_SHAPE]]
    pairs = {
        key.value: value.value
        for key, value in zip(keys, values, strict=True)
        if key is not None and value is not None and isinstance(key.value, (int, str))
    }
    is_known = len(pairs) == len(node.keys) and count_values(pairs) <= MAX_SHAPE
    return Constant(pairs) if is_known else None


def unary(node: ast.UnaryOp, names: Names) -> Constant | None:
    """Return the value of ``-1`` and ``not bias``."""
    if isinstance(node.op, ast.Not):
        test = constant_of(node.operand, names)
        return None if test is None else Constant(not test.value)
    operand = number_of(node.operand, names)
    return Constant(-operand) if isinstance(node.op, ast.USub) and operand is not None else None


def binary(node: ast.BinOp, names: Names) -> Constant | None:
    """Return the value of an operator on numbers, and of the sum of texts or lists."""
    left, right = constant_of(node.left, names), constant_of(node.right, names)
    if left is None or right is None:
        return None
    for type_ in (str, tuple):
        if isinstance(left.value, type_) and isinstance(right.value, type_):
            is_sum = isinstance(node.op, ast.Add) and len(left.value) + len(right.value) <= 9_999
            return Constant(left.value + right.value) if is_sum else None  # type: ignore[operator]
    if isinstance(left.value, tuple) and isinstance(node.op, ast.Mult):
        count = right.value
        is_short = isinstance(count, int) and 0 <= count * count_values(left.value) <= MAX_SHAPE
        return Constant(left.value * count) if is_short else None  # type: ignore[operator]
    numbers = number_of(node.left, names), number_of(node.right, names)
    if numbers[0] is None or numbers[1] is None:
        return None
    result = computed(node.op, numbers[0], numbers[1])
    return None if result is None else Constant(result)


def comparison(node: ast.Compare, names: Names) -> Constant | None:
    """Return the value of ``stride != 1`` and ``i < n - 1``."""
    sides = [constant_of(side, names) for side in (node.left, *node.comparators)]
    for left, sign, right in zip(sides, node.ops, sides[1:], strict=False):
        if left is None or right is None:
            return None
        try:
            is_true = COMPARISONS[type(sign)](left.value, right.value)
        except TypeError:
            return None
        if not is_true:
            return Constant(False)
    return Constant(True)


def condition(node: ast.BoolOp, names: Names) -> Constant | None:
    """Return the value of ``a and b``."""
    ends = isinstance(node.op, ast.Or)
    value: Constant | None = None
    for operand in node.values:
        value = constant_of(operand, names)
        if value is None or bool(value.value) == ends:
            return value
    return value


def choice(node: ast.IfExp, names: Names) -> Constant | None:
    """Return the value of ``3 if i == 0 else 16``."""
    test = constant_of(node.test, names)
    if test is None:
        return None
    return constant_of(node.body if test.value else node.orelse, names)


def joined_text(node: ast.JoinedStr, names: Names) -> Constant | None:
    """Return the value of ``f"conv{i}"``."""
    parts: list[str] = []
    for part in node.values:
        is_field = isinstance(part, ast.FormattedValue)
        inner = part.value if isinstance(part, ast.FormattedValue) else part
        value = constant_of(inner, names)
        if value is None or (is_field and part.format_spec is not None):  # type: ignore[attr-defined]
            return None
        parts.append(str(value.value))
    return Constant("".join(parts))


def function(node: ast.Call, names: Names) -> Constant | None:
    """Return the value of ``int(x)``, ``str(x)`` and ``len(x)``."""
    name = dotted(node.func)
    if name not in ("int", "str", "len", "max", "min") or not node.args or node.keywords:
        return None
    owner = names.values.get(dotted(node.args[0]))
    if name == "len" and isinstance(owner, Layers):
        return Constant(len(owner.elements))
    values = [constant_of(argument, names) for argument in node.args]
    if any(value is None for value in values):
        return None
    first = values[0].value  # type: ignore[union-attr]
    if name == "len":
        return Constant(len(first)) if isinstance(first, (tuple, str, dict)) else None
    if name == "str":
        return Constant(str(first)) if isinstance(first, (int, str)) else None
    numbers = [number_of(argument, names) for argument in node.args]
    known = [number for number in numbers if number is not None and abs(number) <= MAX_INTEGER]
    if len(known) != len(numbers):
        return None
    if name == "int":
        return Constant(int(known[0])) if len(known) == 1 else None
    return Constant(max(known) if name == "max" else min(known)) if len(known) > 1 else None


def item(node: ast.Subscript, names: Names) -> Constant | None:
    """Return ``shape[0]`` and ``shape[1:]`` of a tuple of constants, and ``cfg["A"]``."""
    owner, index = constant_of(node.value, names), node.slice
    if owner is None or not isinstance(owner.value, (tuple, dict)):
        return None
    if isinstance(owner.value, dict):
        key = constant_of(index, names)
        is_key = key is not None and isinstance(key.value, (int, str)) and key.value in owner.value
        return Constant(owner.value[key.value]) if is_key and key is not None else None
    chosen = index_of(index, names)
    try:
        return None if chosen is None else Constant(owner.value[chosen])
    except IndexError:
        return None


def index_of(index: ast.expr, names: Names) -> int | slice | None:
    """Return an index or a slice of whole numbers; None where it is not known."""
    if not isinstance(index, ast.Slice):
        number = number_of(index, names)
        return number if isinstance(number, int) else None
    bounds: list[int | None] = []
    for bound in (index.lower, index.upper, index.step):
        number = None if bound is None else number_of(bound, names)
        if bound is not None and not isinstance(number, int):
            return None
        bounds.append(int(number) if number is not None else None)
    return None if bounds[2] == 0 else slice(*bounds)


EVALUATORS: Mapping[type[ast.expr], Callable[[Any, Names], Constant | None]] = {
    ast.Tuple: sequence,
    ast.List: sequence,
    ast.Dict: dictionary,
    ast.UnaryOp: unary,
    ast.BinOp: binary,
    ast.Compare: comparison,
    ast.BoolOp: condition,
    ast.IfExp: choice,
    ast.JoinedStr: joined_text,
    ast.Call: function,
    ast.Subscript: item,
}


def count_values(value: object) -> int:
    """Return how many values there are in nested tuples and dictionaries."""
    if isinstance(value, dict):
        return sum(map(count_values, value.values()))
    return sum(map(count_values, value)) if isinstance(value, tuple) else 1


def number_of(node: ast.expr, names: Names) -> int | float | None:
    """Return the number that an expression stands for; None where it is none."""
    constant = constant_of(node, names)
    value = None if constant is None else constant.value
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if is_number else None  # type: ignore[return-value]


def computed(operator: ast.operator, left: int | float, right: int | float) -> int | float | None:
    """Return the value of an operator on numbers; None where it has none here."""
    if max(abs(left), abs(right)) > MAX_INTEGER:
        return None
    if isinstance(operator, ast.Add):
        return left + right
    if isinstance(operator, ast.Sub):
        return left - right
    if isinstance(operator, ast.Mult):
        return left * right
    if isinstance(operator, ast.Pow) and 0 <= right <= 60 and abs(left) <= 16:
        return left**right
    if right == 0:
        return None
    if isinstance(operator, ast.FloorDiv):
        return left // right
    if isinstance(operator, ast.Mod):
        return left % right
    return left / right if isinstance(operator, ast.Div) else None
