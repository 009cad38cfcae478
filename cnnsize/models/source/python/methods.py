"""Methods of lists, dictionaries, tuples, sets and strings."""

from __future__ import annotations

import ast

from cnnsize.limits import MAX_SOURCE_LIST
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.operators import binary, is_key
from cnnsize.models.source.sequences import elements
from cnnsize.models.source.values.number import has_letters
from cnnsize.models.source.values.objects import Arguments, Unknown, Value

READING = frozenset(["items", "keys", "values", "get", "copy", "format", "join", "numel", "tolist"])


def method(machine: Machine, value: Value, name: str, arguments: Arguments) -> Value:
    """Return the value of a method of a list, tuple, dictionary, set or string."""
    node, positional = arguments.node, arguments.positional
    if name not in READING:
        machine.change(value)
    if isinstance(value, list):
        return list_method(machine, value, name, arguments)
    if isinstance(value, dict):
        return dict_method(machine, value, name, arguments)
    if isinstance(value, str):
        return string_method(machine, value, name, arguments)
    if isinstance(value, tuple) and name == "numel":
        return product(value, node)
    if isinstance(value, set) and name == "add" and positional and is_key(positional[0]):
        value.add(positional[0])
        return None
    return Unknown(f"the method {name}()", node)


def product(values: tuple[Value, ...], node: ast.AST) -> Value:
    """Return the product of the sizes of a torch.Size."""
    result: Value = 1
    for value in values:
        result = binary(ast.Mult, result, value, node)
    return result


def list_method(machine: Machine, value: list[Value], name: str, arguments: Arguments) -> Value:
    node, positional = arguments.node, arguments.positional
    index = positional[0] if positional else -1
    is_index = isinstance(index, int) and not has_letters(index)
    if name == "append" and positional:
        value.append(positional[0])
    elif name == "extend" and positional:
        value.extend(elements(machine, positional[0], node))
    elif name == "insert" and len(positional) == 2 and is_index:
        value.insert(index, positional[1])
    elif name == "pop" and is_index and -len(value) <= index < len(value):
        return value.pop(index)
    elif name in ("copy", "tolist"):
        machine.tick(node, len(value))
        return list(value)
    elif name == "reverse":
        value.reverse()
    elif name == "clear":
        value.clear()
    else:
        # a change that is not made would leave a wrong list, so nothing may depend on it
        value.append(Unknown(f"the method {name}()", node))
        return Unknown(f"the method {name}()", node)
    if len(value) > MAX_SOURCE_LIST:
        del value[MAX_SOURCE_LIST:]
        value.append(Unknown(f"a list of more than {MAX_SOURCE_LIST:,} elements", node))
    return None


def dict_method(
    machine: Machine, value: dict[Value, Value], name: str, arguments: Arguments
) -> Value:
    node, positional = arguments.node, arguments.positional
    key = positional[0] if positional else None
    default = arguments.get(1, "default")
    if name in ("items", "keys", "values"):
        machine.tick(node, len(value))
        return list({"items": value.items, "keys": value.keys, "values": value.values}[name]())
    if name == "copy":
        machine.tick(node, len(value))
        return dict(value)
    if name == "update":
        source = positional[0] if positional else {}
        value.update(source if isinstance(source, dict) else {})
        value.update(arguments.keywords)
        return None if isinstance(source, dict) else Unknown("update()", node)
    if not is_key(key):
        return Unknown(f"the method {name}()", node)
    if name == "get":
        return value.get(key, default)
    if name == "pop":
        return value.pop(key, default)
    if name == "setdefault":
        return value.setdefault(key, default)
    return Unknown(f"the method {name}()", node)


def string_method(machine: Machine, value: str, name: str, arguments: Arguments) -> Value:
    node, positional = arguments.node, arguments.positional
    are_words = all(isinstance(word, str) for word in positional)
    if name in ("lower", "upper", "strip", "title", "capitalize") and not positional:
        return getattr(value, name)()
    if name in ("startswith", "endswith", "split", "lstrip", "rstrip") and are_words:
        return getattr(value, name)(*positional)
    if name == "replace" and len(positional) == 2 and are_words and len(positional[1]) < 20:
        return value.replace(*positional) if positional[0] else Unknown("replace()", node)
    if name == "join" and positional:
        words = elements(machine, positional[0], node)
        are_short = all(isinstance(word, str) and len(word) < 100 for word in words)
        return value.join(words) if are_short and len(value) < 20 else Unknown("join()", node)
    if name == "format":
        values = (*positional, *arguments.keywords.values())
        are_scalars = all(isinstance(own, (int, float, str)) for own in values)
        if are_scalars and not any(mark in value for mark in ":!.["):
            try:
                return value.format(*positional, **arguments.keywords)
            except (LookupError, ValueError):
                pass
    return Unknown(f"the method {name}()", node)
