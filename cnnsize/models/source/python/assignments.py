"""Assignments to names, attributes and elements."""

from __future__ import annotations

import ast

from cnnsize.models.source.machine import Machine
from cnnsize.models.source.operators import is_key
from cnnsize.models.source.sequences import elements
from cnnsize.models.source.values.arrays import Array, set_shape
from cnnsize.models.source.values.keras import KERAS_VALUES, KerasLayer
from cnnsize.models.source.values.number import has_letters
from cnnsize.models.source.values.objects import (
    MODULES,
    Class,
    Constant,
    Container,
    Instance,
    LayerModule,
    NotReadError,
    Scope,
    Tensor,
    Unknown,
    UserModule,
    Value,
)
from cnnsize.models.source.values.unknowns import key_of, part_of


def assign(machine: Machine, target: ast.expr, value: Value, scope: Scope) -> None:
    """Assign a value to a target. Raises NotReadError."""
    if isinstance(target, ast.Name):
        scope.home(target.id).names[target.id] = value
    elif isinstance(target, (ast.Tuple, ast.List)):
        unpack(machine, target, value, scope)
    elif isinstance(target, ast.Attribute):
        set_attribute(machine, machine.evaluate(target.value, scope), target.attr, value, target)
    elif isinstance(target, ast.Subscript):
        owner = machine.evaluate(target.value, scope)
        set_element(machine, owner, machine.evaluate(target.slice, scope), value, target)
    else:
        raise NotReadError("an assignment that cannot be read", target)


def unpack(machine: Machine, target: ast.Tuple | ast.List, value: Value, scope: Scope) -> None:
    """Assign the elements of a value to several targets."""
    if isinstance(value, Unknown) or has_letters(value):
        for index, part in enumerate(target.elts):
            inner = part.value if isinstance(part, ast.Starred) else part
            assign(machine, inner, part_of(value, f"[{index}]", target), scope)
        return
    values = elements(machine, value, target)
    starred = [index for index, part in enumerate(target.elts) if isinstance(part, ast.Starred)]
    if starred and len(values) >= len(target.elts) - 1:
        start, end = starred[0], len(values) - (len(target.elts) - starred[0] - 1)
        values = [*values[:start], list(values[start:end]), *values[end:]]
    if len(values) != len(target.elts):
        raise NotReadError(f"{len(values)} values for {len(target.elts)} names", target)
    for part, own in zip(target.elts, values, strict=True):
        inner = part.value if isinstance(part, ast.Starred) else part
        assign(machine, inner, own, scope)


def set_attribute(machine: Machine, owner: Value, name: str, value: Value, node: ast.AST) -> None:
    """Set an attribute of an object."""
    machine.change(owner)
    if isinstance(owner, Unknown):
        owner.parts[f".{name}"] = value
    elif has_letters(owner):
        raise NotReadError(f"an attribute of the argument {owner} is set", node)
    elif isinstance(owner, LayerModule):
        if name in owner.arguments:
            owner.arguments[name] = value
        owner.attributes[name] = value
    elif isinstance(owner, UserModule):
        if name in owner.items or (owner.kind and isinstance(value, MODULES)):
            owner.items[name] = value
        owner.attributes[name] = value
    elif isinstance(owner, KERAS_VALUES):
        if isinstance(owner, KerasLayer) and name in owner.arguments:
            owner.arguments[name] = value
        owner.attributes[name] = value
    elif isinstance(owner, (Instance, Class, Container)):
        if isinstance(owner, Container) and isinstance(value, MODULES):
            owner.items[name] = value
        owner.attributes[name] = value
    elif isinstance(owner, Array) and name == "shape":
        set_shape(owner, value, node)
    elif isinstance(owner, Constant) and name == "data":
        owner.shape = value.shape if isinstance(value, Constant) else ()
    elif isinstance(owner, Tensor):
        raise NotReadError(f"setting .{name} of a tensor", node)


def set_element(machine: Machine, owner: Value, index: Value, value: Value, node: ast.AST) -> None:
    """Set an element of a list, a dictionary or a container of modules."""
    machine.change(owner)
    if isinstance(owner, Unknown):
        if is_key(index):
            owner.parts[key_of(index)] = value
        else:
            owner.path = None
        return
    if isinstance(owner, (Container, UserModule)) and owner.kind:
        names = list(owner.items)
        if isinstance(index, int) and not has_letters(index) and -len(names) <= index < len(names):
            owner.items[names[index]] = value
            return
        if isinstance(index, str):
            owner.items[index] = value
            return
    if isinstance(owner, dict) and is_key(index):
        owner[index] = value
        return
    is_index = isinstance(index, int) and not has_letters(index)
    if isinstance(owner, list) and is_index and -len(owner) <= index < len(owner):
        owner[index] = value
        return
    raise NotReadError("an assignment to an element that cannot be read", node)
