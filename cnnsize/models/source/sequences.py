"""Elements of lists, dictionaries, containers of modules and tensors."""

from __future__ import annotations

import ast

from cnnsize.limits import MAX_SOURCE_LIST
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.operators import is_key
from cnnsize.models.source.tensors.indexing import tensor_element
from cnnsize.models.source.values.number import has_letters
from cnnsize.models.source.values.objects import (
    Class,
    Constant,
    Container,
    External,
    NotReadError,
    Size,
    Tensor,
    Unknown,
    UserModule,
    Value,
)
from cnnsize.models.source.values.unknowns import key_of, part_of


def elements(machine: Machine, value: Value, node: ast.AST) -> list[Value]:
    """Return what a loop over a value runs over. Raises NotReadError."""
    if isinstance(value, Unknown):
        raise NotReadError(value.reason, value.node or node)
    result = plain_elements(value)
    if result is None:
        raise NotReadError("a loop over something that is no list", node)
    machine.tick(node, len(result))
    return result


def plain_elements(value: Value) -> list[Value] | None:
    """Return the elements of a value; None if it has none."""
    if isinstance(value, range):
        if len(value) > MAX_SOURCE_LIST:
            raise NotReadError(f"a loop of {len(value):,} iterations")
        return list(value)
    if isinstance(value, (list, tuple, dict, set, str)):
        return list(value)
    if isinstance(value, (Container, UserModule)) and value.kind:
        return list(value.items if value.kind == "ModuleDict" else value.items.values())
    return None


def length(value: Value) -> int | None:
    """Return the length of a value; None if it has none."""
    if isinstance(value, Tensor):
        return value.shape[0]
    if isinstance(value, (list, tuple, dict, set, str, range)):
        return len(value)
    if isinstance(value, (Container, UserModule)) and value.kind:
        return len(value.items)
    return None


def element(machine: Machine, value: Value, index: Value, node: ast.AST) -> Value:
    """Return ``value[index]``."""
    if isinstance(value, Unknown) or has_letters(value):
        if is_key(index):
            return part_of(value, key_of(index), node)
        return value if isinstance(value, Unknown) else Unknown("an element", node)
    if isinstance(value, (Tensor, Constant)):
        return tensor_element(machine, value, index, node)
    if isinstance(value, (External, Class)):  # List[int] in an annotation
        return Unknown("the type of an annotation", node)
    if isinstance(index, Unknown):
        return index
    if isinstance(value, (Container, UserModule)) and value.kind:
        return module_element(value, index, node)
    if isinstance(value, dict):
        if has_letters(index):
            return Unknown(f"the argument {index} has no value", node)
        if not is_key(index) or index not in value:
            return Unknown("a key that the dictionary does not have", node)
        return value[index]
    is_index = isinstance(index, (int, slice)) and not has_letters(index)
    if isinstance(value, (list, tuple, str, range)) and is_index:
        try:
            result: Value = value[index]
        except (IndexError, TypeError, ValueError):
            return Unknown("an index that the list does not have", node)
        if isinstance(index, slice):
            machine.tick(node, len(result))
            return Size(result) if isinstance(value, Size) else result
        return result
    return Unknown("an element that cannot be read", node)


def module_element(value: Container | UserModule, index: Value, node: ast.AST) -> Value:
    """Return a module of a container, or a container of some of them."""
    if isinstance(index, str):
        return value.items.get(index, Unknown(f"a module {index!r} that it does not have", node))
    names = list(value.items)
    try:
        if isinstance(index, slice):
            kept = names[index]
            items = {str(number): value.items[name] for number, name in enumerate(kept)}
            return Container(value.kind, items, node)
        if isinstance(index, int) and not has_letters(index):
            return value.items[names[index]]
    except (IndexError, TypeError, ValueError):
        pass
    return Unknown("an index that the modules do not have", node)
