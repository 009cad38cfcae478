"""Objects of classes with the decorator ``dataclass``, and the values of their fields."""

from __future__ import annotations

import ast

from cnnsize.models.source.machine import Machine
from cnnsize.models.source.values.objects import (
    Arguments,
    Bound,
    Class,
    Function,
    Instance,
    Unknown,
    Value,
)


def is_dataclass(cls: Class) -> bool:
    """Return whether a class has the decorator."""
    return any("dataclass" in ast.dump(decorator) for decorator in cls.node.decorator_list)


def fields_of(cls: Class) -> list[str]:
    """Return the fields of a class in their order, those of its bases first."""
    fields = [name for base in cls.bases if isinstance(base, Class) for name in fields_of(base)]
    fields += [
        statement.target.id
        for statement in cls.node.body
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
    ]
    return list(dict.fromkeys(fields))


def fill(machine: Machine, cls: Class, instance: Instance, arguments: Arguments) -> None:
    """Give an object its fields, and run its __post_init__; defaults are attributes of the class."""
    instance.attributes.update(zip(fields_of(cls), arguments.positional, strict=False))
    instance.attributes.update(arguments.keywords)
    following = cls.find("__post_init__")
    if isinstance(following, Function):
        machine.call(Bound(following, instance), Arguments([], {}, arguments.node))


def default_of(machine: Machine, arguments: Arguments) -> Value:
    """Return the default that dataclasses.field() says."""
    keywords = arguments.keywords
    if "default" in keywords:
        return keywords["default"]
    if "default_factory" in keywords:
        return machine.call(keywords["default_factory"], Arguments([], {}, arguments.node))
    return Unknown("a field without a default", arguments.node)
