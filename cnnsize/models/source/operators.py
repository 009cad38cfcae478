"""Arithmetic, comparisons and truth of values, with bounds."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from cnnsize.limits import MAX_INTEGER, MAX_SOURCE_LIST
from cnnsize.models.source.values.keras import KERAS_VALUES
from cnnsize.models.source.values.number import Number, has_letters, sign_of
from cnnsize.models.source.values.objects import (
    Class,
    Container,
    External,
    Function,
    LayerModule,
    Unknown,
    UserModule,
    Value,
)

ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
    ast.BitXor: operator.xor,
    ast.RShift: operator.rshift,
    ast.LShift: operator.lshift,
}
MAX_EXPONENT = 64
ORDER: dict[type[ast.cmpop], Callable[[int], bool]] = {
    ast.Eq: lambda sign: sign == 0,
    ast.NotEq: lambda sign: sign != 0,
    ast.Lt: lambda sign: sign < 0,
    ast.LtE: lambda sign: sign <= 0,
    ast.Gt: lambda sign: sign > 0,
    ast.GtE: lambda sign: sign >= 0,
}
SCALARS = (int, float, str, bytes, type(None))


def binary(kind: type[ast.operator], first: Value, second: Value, node: ast.AST) -> Value:
    """Return the value of an operation on plain values."""
    for value in (first, second):
        if isinstance(value, Unknown):
            return Unknown(value.reason, value.node, is_weights=value.is_weights, error=value.error)
    if isinstance(first, (list, tuple, str)) or isinstance(second, (list, tuple, str)):
        return sequence_operation(kind, first, second, node)
    if isinstance(first, dict) and isinstance(second, dict) and kind is ast.BitOr:
        return {**first, **second}
    numbers = (int, float)
    if not (isinstance(first, numbers) and isinstance(second, numbers)):
        return Unknown("an operation on something other than numbers", node)
    if has_letters(first) or has_letters(second):
        return with_letters(kind, first, second, node)
    if kind in (ast.Pow, ast.LShift) and not -MAX_EXPONENT <= second <= MAX_EXPONENT:
        return Unknown("a large power", node)
    if kind is ast.Pow and isinstance(first, Number):
        return power(first, second, node)
    try:
        result = ARITHMETIC[kind](first, second)
    except (ArithmeticError, TypeError, ValueError, KeyError):
        return Unknown("an operation that Python refuses", node)
    return bounded(result, node)


def bounded(result: Value, node: ast.AST) -> Value:
    """Return a number, or Unknown if it is larger than any size can be."""
    is_real = isinstance(result, (int, float))
    if not is_real or (isinstance(result, int) and abs(result) > MAX_INTEGER**3):
        return Unknown("a number that is too large", node)
    return result


def power(base: int, exponent: Value, node: ast.AST) -> Value:
    """Return a power by multiplication, which keeps letters and marks."""
    if not isinstance(exponent, int) or not 0 <= exponent <= 8:
        return Unknown("a power of an argument without a value", node)
    result = 1
    for _ in range(exponent):
        result = result * base
    return bounded(result, node)


def with_letters(kind: type[ast.operator], first: Value, second: Value, node: ast.AST) -> Value:
    """Return the value of an operation on a letter; Unknown if it is no polynomial."""
    if kind is ast.Pow:
        return power(first, second, node)
    is_whole = isinstance(first, int) and isinstance(second, int)
    allowed = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod)
    if not is_whole or kind not in allowed or second == 0:
        return Unknown(f"arithmetic with {letters_text(first, second)}", node)
    result = ARITHMETIC[kind](first, second)
    if isinstance(result, Number) and result.terms is None:
        return Unknown(f"arithmetic with {letters_text(first, second)}", node)
    return bounded(result, node)


def letters_text(*values: Value) -> str:
    """Return the first number with letters, for a message."""
    word = next(str(value) for value in values if has_letters(value))
    return f"the argument {word}, which has no value"


def sequence_operation(
    kind: type[ast.operator], first: Value, second: Value, node: ast.AST
) -> Value:
    """Return the concatenation or repetition of lists, tuples and strings."""
    if kind is ast.Mod and isinstance(first, str):
        return formatted(first, second, node)
    if kind is ast.Add and isinstance(first, (list, tuple, str)):
        same = isinstance(second, str if isinstance(first, str) else type(first).__mro__[-2])
        if same and len(first) + len(second) <= MAX_SOURCE_LIST:
            return first + second
        return Unknown("a list that is too long" if same else "a sum of different types", node)
    if kind is ast.Mult:
        sequence, count = (first, second) if isinstance(second, int) else (second, first)
        if not isinstance(count, int) or has_letters(count):
            return Unknown("a list of a length that is not known", node)
        if len(sequence) * max(count, 0) > MAX_SOURCE_LIST:
            return Unknown(f"a list of more than {MAX_SOURCE_LIST:,} elements", node)
        return sequence * count
    return Unknown("an operation on a list", node)


def formatted(template: str, values: Value, node: ast.AST) -> Value:
    """Return ``template % values`` for plain %d and %s."""
    operands = values if isinstance(values, tuple) else (values,)
    plain = all(isinstance(value, (int, float, str)) for value in operands)
    words = template.split("%")[1:]
    if not plain or not all(word[:1] in ("d", "s", "i") for word in words):
        return Unknown("a formatted string", node)
    try:
        return template % tuple(str(value) if has_letters(value) else value for value in operands)
    except (TypeError, ValueError):
        return Unknown("a formatted string", node)


def compare(kind: type[ast.cmpop], first: Value, second: Value, node: ast.AST) -> Value:
    """Return whether a comparison holds; Unknown if that cannot be read."""
    if kind in (ast.Is, ast.IsNot):
        same = identical(first, second)
        result = Unknown("a comparison", node) if same is None else same == (kind is ast.Is)
        return unknown_of(first, second) or result
    if (unknown := unknown_of(first, second)) is not None:
        return unknown
    if kind in (ast.In, ast.NotIn):
        inside = contains(second, first)
        return Unknown("a test with `in`", node) if inside is None else inside == (kind is ast.In)
    numbers = isinstance(first, (int, float)) and isinstance(second, (int, float))
    if numbers and (has_letters(first) or has_letters(second)):
        is_whole = isinstance(first, int) and isinstance(second, int)
        sign = sign_of(first - second) if is_whole else None
        if sign is None:
            return Unknown(f"it depends on {letters_text(first, second)}", node)
        return ORDER[kind](sign)
    if kind in (ast.Eq, ast.NotEq):
        same = equal(first, second)
        return Unknown("a comparison", node) if same is None else same == (kind is ast.Eq)
    if numbers or (isinstance(first, str) and isinstance(second, str)):
        return ORDER[kind]((first > second) - (first < second))
    are_tuples = isinstance(first, tuple) and isinstance(second, tuple)
    if are_tuples and are_flat(first, second):
        try:
            return ORDER[kind]((first > second) - (first < second))
        except TypeError:
            pass
    return Unknown("a comparison", node)


def unknown_of(*values: Value) -> Unknown | None:
    """Return the first value that is unknown."""
    return next((value for value in values if isinstance(value, Unknown)), None)


def are_flat(*sequences: Value) -> bool:
    """Return whether lists hold plain numbers and strings only."""
    return all(
        isinstance(value, SCALARS) and not has_letters(value) for seq in sequences for value in seq
    )


def identical(first: Value, second: Value) -> bool | None:
    """Return whether two values are the same object in Python; None if that is not known."""
    if isinstance(first, External) and isinstance(second, External):
        return first == second
    if isinstance(first, SCALARS) and isinstance(second, SCALARS):
        return type(first) is type(second) and equal(first, second)
    return first is second


def equal(first: Value, second: Value) -> bool | None:
    """Return whether two values are equal; None if that is not known."""
    if isinstance(first, SCALARS) and isinstance(second, SCALARS):
        if has_letters(first) or has_letters(second):
            return None
        return bool(first == second)
    if isinstance(first, (list, tuple)) and isinstance(second, (list, tuple)):
        if isinstance(first, list) != isinstance(second, list) or len(first) != len(second):
            return False
        return list(first) == list(second) if are_flat(first, second) else None
    if isinstance(first, (External, Class, Function)):
        return bool(first is second or (isinstance(first, External) and first == second))
    if isinstance(first, SCALARS) or isinstance(second, SCALARS):
        return False
    return first is second or None


def contains(container: Value, value: Value) -> bool | None:
    """Return whether ``value in container``; None if that is not known."""
    if isinstance(container, str):
        return value in container if isinstance(value, str) else None
    if isinstance(container, (list, tuple, dict, set, range)):
        if isinstance(container, range):
            return value in container if isinstance(value, int) and not has_letters(value) else None
        results = [equal(element, value) for element in container]
        return True if True in results else None if None in results else False
    return None


def truth(value: Value) -> bool | None:
    """Return whether a value is true; None if that is not known."""
    if isinstance(value, Unknown):
        return None
    if has_letters(value):  # whatever is passed for an argument: it may be False or a string
        sign = None if str(value).isidentifier() else sign_of(value)
        return None if sign is None else sign != 0
    if isinstance(value, (int, float, str, list, tuple, dict, set, range, type(None))):
        return bool(value)
    if isinstance(value, (Container, UserModule)) and value.kind:
        return bool(value.items)
    is_known = isinstance(
        value, (LayerModule, Container, UserModule, Function, Class, External, *KERAS_VALUES)
    )
    return True if is_known else None


def is_key(value: Value) -> bool:
    """Return whether a value may be the key of a dictionary here: a scalar, or a tuple of them."""
    if isinstance(value, tuple):
        return are_flat(value)
    return isinstance(value, (*SCALARS, External, Class, Function)) and not has_letters(value)
