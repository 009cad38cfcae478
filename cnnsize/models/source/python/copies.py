"""Deep copies of values, as copy.deepcopy makes them."""

from __future__ import annotations

import ast

from cnnsize.models.source.machine import Machine
from cnnsize.models.source.values.objects import Container, Instance, LayerModule, UserModule, Value


def deep_copy(machine: Machine, value: Value, node: ast.AST) -> Value:
    """Return a copy of a value with copies of what it holds; what is shared stays shared."""
    return copied(machine, value, node, {})


def copied(machine: Machine, value: Value, node: ast.AST, known: dict[int, Value]) -> Value:
    """Return a copy; ``known`` are those already made, by the id of the original."""
    machine.tick(node)
    if id(value) in known:
        return known[id(value)]
    if isinstance(value, list):
        result: Value = []
        known[id(value)] = result
        result += [copied(machine, inner, node, known) for inner in value]
    elif isinstance(value, dict):
        result = {key: copied(machine, inner, node, known) for key, inner in value.items()}
    elif type(value) is tuple:
        result = tuple(copied(machine, inner, node, known) for inner in value)
    elif isinstance(value, LayerModule):
        result = LayerModule(
            value.name, dict(value.arguments), value.node, value.places, value.site
        )
        result.attributes = dict(value.attributes)
    elif isinstance(value, Container):
        items = copied(machine, value.items, node, known)
        result = Container(value.kind, items, value.node)
    elif isinstance(value, UserModule):
        result = UserModule(value.cls, value.arguments)
        known[id(value)] = result
        result.attributes = copied(machine, value.attributes, node, known)
        result.items = copied(machine, value.items, node, known)
        result.layer = copied(machine, value.layer, node, known)
    elif isinstance(value, Instance):
        result = Instance(value.cls)
        known[id(value)] = result
        result.attributes = copied(machine, value.attributes, node, known)
    else:
        return value
    known[id(value)] = result
    return result
