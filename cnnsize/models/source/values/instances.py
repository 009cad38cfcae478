"""isinstance() and type() of values."""

from __future__ import annotations

import ast

from cnnsize.models.source.values.number import Number
from cnnsize.models.source.values.objects import (
    MODULES,
    Class,
    Constant,
    Container,
    External,
    Function,
    Instance,
    LayerModule,
    Partial,
    Size,
    Tensor,
    Unknown,
    UserModule,
    Value,
)

PLAIN_TYPES: dict[str, type] = {
    "int": int,
    "float": float,
    "str": str,
    "list": list,
    "tuple": tuple,
    "dict": dict,
    "bool": bool,
    "set": set,
}


def is_instance(value: Value, types: Value) -> bool | None:
    """Return whether a value has one of the types; None if that is not known."""
    if isinstance(value, Unknown) or isinstance(types, Unknown):
        return None
    if isinstance(types, tuple):
        results = [is_instance(value, inner) for inner in types]
        return True if True in results else None if None in results else False
    if isinstance(types, Class):
        return isinstance(value, Instance) and types in value.cls.order
    if isinstance(types, External):
        return is_external_instance(value, types.path)
    return None


def is_external_instance(value: Value, path: str) -> bool | None:
    """Return whether a value has a type of Python or torch."""
    name = path.rpartition(".")[2]
    if path.startswith("builtins."):
        kind = PLAIN_TYPES.get(name)
        if kind is None:
            return None
        if isinstance(value, Number):
            return kind is int
        return isinstance(value, kind)
    if path.startswith("torch.nn."):
        if name == "Module":
            return isinstance(value, MODULES)
        if isinstance(value, Container):
            return value.kind == name
        if isinstance(value, UserModule):
            return path in value.cls.external_bases()
        return isinstance(value, LayerModule) and value.name == name
    if path in ("torch.Tensor", "torch.FloatTensor"):
        return isinstance(value, (Tensor, Constant))
    if path in ("types.FunctionType", "types.LambdaType"):
        return isinstance(value, Function)
    if path == "functools.partial":
        return isinstance(value, Partial)
    if name in ("Iterable", "Sequence", "Sized", "Collection"):
        return isinstance(value, (list, tuple, dict, set, str, range, Size))
    return None


def type_of(value: Value, node: ast.AST) -> Value:
    """Return what type() returns."""
    if isinstance(value, Instance):
        return value.cls
    if isinstance(value, LayerModule):
        return External(f"torch.nn.{value.name}")
    if isinstance(value, Container):
        return External(f"torch.nn.{value.kind}")
    if isinstance(value, (Class, External)):
        return External("builtins.type")
    if isinstance(value, Function):
        return External("builtins.function")
    if isinstance(value, Number):
        return External("builtins.int")
    for name, kind in PLAIN_TYPES.items():
        if type(value) is kind:
            return External(f"builtins.{name}")
    return Unknown("type()", node)
