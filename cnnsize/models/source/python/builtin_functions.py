"""Functions of Python, math, functools and collections, and methods of lists, strings and dicts."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable

from cnnsize.limits import MAX_INTEGER, MAX_SOURCE_LIST
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.operators import binary, is_key, truth, unknown_of
from cnnsize.models.source.python.assignments import set_attribute
from cnnsize.models.source.python.copies import deep_copy
from cnnsize.models.source.sequences import elements, length
from cnnsize.models.source.tensors.arithmetic import tensor_operation
from cnnsize.models.source.values.instances import is_instance, type_of
from cnnsize.models.source.values.number import Number, has_letters
from cnnsize.models.source.values.objects import (
    Arguments,
    Bound,
    Builtin,
    Class,
    Constant,
    External,
    Function,
    NotReadError,
    Partial,
    Tensor,
    Unknown,
    Value,
)

TENSORS = (Tensor, Constant)
CALLABLE = (Function, Class, Bound, Builtin, Partial, External)


def length_of(machine: Machine, arguments: Arguments) -> Value:
    value = arguments.first()
    count = length(value)
    if isinstance(value, Unknown):
        path = None if value.path is None else f"{value.path}.len"
        return Unknown(value.reason, value.node, is_weights=value.is_weights, path=path)
    return Unknown("a length", arguments.node) if count is None else count


def number_range(machine: Machine, arguments: Arguments) -> Value:
    bounds = arguments.positional
    if (unknown := unknown_of(*bounds)) is not None:
        return unknown
    if any(has_letters(bound) for bound in bounds):
        return Unknown("a loop whose length is an argument without a value", arguments.node)
    try:
        return range(*(int(bound) if isinstance(bound, Number) else bound for bound in bounds))
    except (TypeError, ValueError):
        return Unknown("a range that Python refuses", arguments.node)


def slice_of(machine: Machine, arguments: Arguments) -> Value:
    bounds = arguments.positional
    return unknown_of(*bounds) or slice(*bounds[:3])


def integer(machine: Machine, arguments: Arguments) -> Value:
    value = arguments.first()
    if isinstance(value, (Unknown, int)):
        return +value if isinstance(value, bool) else value
    is_short = isinstance(value, float) or (isinstance(value, str) and len(value) < 20)
    try:
        return int(value) if is_short else Unknown("int()", arguments.node)
    except (ValueError, OverflowError):
        return Unknown("int()", arguments.node)


def real(machine: Machine, arguments: Arguments) -> Value:
    value = arguments.first()
    if isinstance(value, Unknown) or has_letters(value):
        return value
    return float(value) if isinstance(value, (int, float)) else Unknown("float()", arguments.node)


def text(machine: Machine, arguments: Arguments) -> Value:
    value = arguments.first()
    return str(value) if isinstance(value, (int, float, str)) else Unknown("str()", arguments.node)


def boolean(machine: Machine, arguments: Arguments) -> Value:
    decision = truth(arguments.first())
    return Unknown("bool()", arguments.node) if decision is None else decision


def collection(kind: Callable[[list[Value]], Value]) -> Callable[[Machine, Arguments], Value]:
    """Return the function for list() or tuple()."""

    def collect(machine: Machine, arguments: Arguments) -> Value:
        if not arguments.positional:
            return kind([])
        value = arguments.first()
        return unknown_of(value) or kind(elements(machine, value, arguments.node))

    return collect


def unordered(machine: Machine, arguments: Arguments) -> Value:
    values = (
        elements(machine, arguments.positional[0], arguments.node) if arguments.positional else []
    )
    return set(values) if all(map(is_key, values)) else Unknown("a set", arguments.node)


def dictionary(machine: Machine, arguments: Arguments) -> Value:
    """Return dict(...) or OrderedDict(...)."""
    source = arguments.positional[0] if arguments.positional else {}
    if isinstance(source, dict):
        return {**source, **arguments.keywords}
    result: dict[Value, Value] = {}
    for item in elements(machine, source, arguments.node):
        pair = elements(machine, item, arguments.node)
        if len(pair) != 2 or not is_key(pair[0]):
            return Unknown("a dictionary that cannot be read", arguments.node)
        result[pair[0]] = pair[1]
    return {**result, **arguments.keywords}


def zipped(machine: Machine, arguments: Arguments) -> Value:
    lists = [elements(machine, value, arguments.node) for value in arguments.positional]
    return list(zip(*lists, strict=False))


def enumerated(machine: Machine, arguments: Arguments) -> Value:
    start = arguments.get(1, "start", 0)
    values = elements(machine, arguments.first(), arguments.node)
    is_number = isinstance(start, int) and not has_letters(start)
    return list(enumerate(values, start)) if is_number else Unknown("enumerate()", arguments.node)


def backwards(machine: Machine, arguments: Arguments) -> Value:
    return elements(machine, arguments.first(), arguments.node)[::-1]


def mapped(machine: Machine, arguments: Arguments) -> Value:
    function, *rest = arguments.positional
    lists = [elements(machine, value, arguments.node) for value in rest]
    return [
        machine.call(function, Arguments(list(values), {}, arguments.node))
        for values in zip(*lists, strict=False)
    ]


def total(machine: Machine, arguments: Arguments) -> Value:
    values = elements(machine, arguments.first(), arguments.node)
    result: Value = arguments.get(1, "start", 0)
    for value in values:
        if isinstance(value, TENSORS) or isinstance(result, TENSORS):
            is_start = not isinstance(result, TENSORS) and result == 0
            result = (
                value
                if is_start
                else tensor_operation(machine, ast.Add, result, value, arguments.node)
            )
        else:
            result = binary(ast.Add, result, value, arguments.node)
        machine.tick(arguments.node, length(result) or 1 if isinstance(result, list) else 1)
    return result


def extreme(choose: Callable[..., Value]) -> Callable[[Machine, Arguments], Value]:
    """Return the function for min(), max() or sorted() of plain numbers."""

    def choice(machine: Machine, arguments: Arguments) -> Value:
        values = arguments.positional
        if len(values) == 1:
            values = elements(machine, values[0], arguments.node)
        are_numbers = all(isinstance(value, (int, float)) for value in values)
        if arguments.keywords or not values or not are_numbers or any(map(has_letters, values)):
            return unknown_of(*values) or Unknown("a choice of values", arguments.node)
        return choose(values)

    return choice


def every(machine: Machine, arguments: Arguments) -> Value:
    decisions = [truth(value) for value in elements(machine, arguments.first(), arguments.node)]
    if False in decisions:
        return False
    return Unknown("all()", arguments.node) if None in decisions else True


def some(machine: Machine, arguments: Arguments) -> Value:
    decisions = [truth(value) for value in elements(machine, arguments.first(), arguments.node)]
    if True in decisions:
        return True
    return Unknown("any()", arguments.node) if None in decisions else False


def attribute_of(machine: Machine, arguments: Arguments) -> Value:
    if len(arguments.positional) < 2 or not isinstance(arguments.positional[1], str):
        return Unknown("getattr()", arguments.node)
    owner, name = arguments.positional[:2]
    value = machine.attribute(owner, name, arguments.node)
    if isinstance(value, Unknown) and len(arguments.positional) > 2:
        is_missing = value.reason.startswith("it has no attribute")
        return arguments.positional[2] if is_missing else value
    return value


def set_named(machine: Machine, arguments: Arguments) -> Value:
    owner, name, value = (*arguments.positional, None, None, None)[:3]
    if not isinstance(name, str):
        raise NotReadError("setattr() with a name that is not known", arguments.node)
    set_attribute(machine, owner, name, value, arguments.node)
    return None


def has_attribute(machine: Machine, arguments: Arguments) -> Value:
    value = attribute_of(machine, arguments)
    if not isinstance(value, Unknown):
        return True
    return False if value.reason.startswith("it has no attribute") else value


def instance_test(machine: Machine, arguments: Arguments) -> Value:
    result = is_instance(*arguments.positional[:2]) if len(arguments.positional) > 1 else None
    return Unknown("isinstance()", arguments.node) if result is None else result


def absolute(machine: Machine, arguments: Arguments) -> Value:
    value = arguments.first()
    is_plain = isinstance(value, (int, float)) and not has_letters(value)
    return abs(value) if is_plain else unknown_of(value) or Unknown("abs()", arguments.node)


def rounded(machine: Machine, arguments: Arguments) -> Value:
    value, digits = arguments.first(), arguments.get(1, "ndigits")
    is_plain = isinstance(value, (int, float)) and not has_letters(value)
    if not is_plain or not isinstance(digits, (int, type(None))) or abs(value) > MAX_INTEGER:
        return unknown_of(value) or Unknown("round()", arguments.node)
    return round(value) if digits is None else round(value, min(max(digits, -20), 20))


BUILTINS: dict[str, Callable[[Machine, Arguments], Value]] = {
    "len": length_of,
    "range": number_range,
    "slice": slice_of,
    "int": integer,
    "float": real,
    "str": text,
    "bool": boolean,
    "list": collection(list),
    "tuple": collection(tuple),
    "set": unordered,
    "dict": dictionary,
    "zip": zipped,
    "enumerate": enumerated,
    "reversed": backwards,
    "iter": collection(list),
    "map": mapped,
    "sum": total,
    "min": extreme(min),
    "max": extreme(max),
    "sorted": extreme(sorted),
    "all": every,
    "any": some,
    "getattr": attribute_of,
    "hasattr": has_attribute,
    "setattr": set_named,
    "isinstance": instance_test,
    "type": lambda machine, arguments: type_of(arguments.first(), arguments.node),
    "abs": absolute,
    "round": rounded,
    "callable": lambda machine, arguments: isinstance(arguments.first(), CALLABLE),
    "print": lambda machine, arguments: None,
    "object": lambda machine, arguments: Unknown("object()", arguments.node),
}


def mathematics(machine: Machine, name: str, arguments: Arguments) -> Value:
    """Return the value of a function of math or numpy on plain numbers."""
    functions: dict[str, Callable[..., Value]] = {
        "sqrt": math.sqrt,
        "floor": math.floor,
        "ceil": math.ceil,
        "log": math.log,
        "log2": math.log2,
        "log10": math.log10,
        "exp": math.exp,
        "gcd": math.gcd,
    }
    function = functions.get(name)
    if name == "prod":
        if (unknown := unknown_of(arguments.first())) is not None:
            return unknown
        result: Value = 1
        for value in elements(machine, arguments.first(), arguments.node):
            result = binary(ast.Mult, result, value, arguments.node)
        return result
    values = arguments.positional
    are_plain = all(isinstance(value, (int, float)) and not has_letters(value) for value in values)
    if function is None or not are_plain:
        are_numbers = all(isinstance(value, (int, float)) for value in values)
        own = ", ".join(map(str, values)) if are_numbers else ""
        return unknown_of(*values) or Unknown(f"math.{name}({own})", arguments.node)
    try:
        return function(*values)
    except (ArithmeticError, TypeError, ValueError):
        return Unknown(f"math.{name}()", arguments.node)


def evenly_spaced(arguments: Arguments) -> Value:
    """Return the numbers of torch.linspace as a list; their values are rates of layers."""
    start, end = arguments.get(0, "start"), arguments.get(1, "end")
    count = arguments.get(2, "steps", arguments.keywords.get("num", 50))
    values = (start, end, count)
    are_plain = all(isinstance(value, (int, float)) and not has_letters(value) for value in values)
    if not are_plain or not isinstance(count, int) or not 0 < count <= MAX_SOURCE_LIST:
        return unknown_of(*values) or Unknown("linspace()", arguments.node)
    step = (end - start) / max(1, count - 1)
    return [start + index * step for index in range(count)]


def reduced(machine: Machine, arguments: Arguments) -> Value:
    """Return what functools.reduce makes."""
    function, values, *start = arguments.positional
    items = [*start, *elements(machine, values, arguments.node)]
    if not items:
        return Unknown("reduce() of nothing", arguments.node)
    result, *rest = items
    for item in rest:
        result = machine.call(function, Arguments([result, item], {}, arguments.node))
    return result


def partial(machine: Machine, arguments: Arguments) -> Value:
    """Return what functools.partial makes."""
    if not arguments.positional:
        return Unknown("partial()", arguments.node)
    function, *positional = arguments.positional
    return Partial(function, positional, arguments.keywords)


def copied(machine: Machine, arguments: Arguments) -> Value:
    """Return what copy.deepcopy makes."""
    return deep_copy(machine, arguments.first(), arguments.node)
