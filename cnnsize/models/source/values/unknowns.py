"""Values that are not known, where one may stand as a letter: cfg.classes is the letter cfg_classes."""

from __future__ import annotations

import ast

from cnnsize.models.source.values.number import Number
from cnnsize.models.source.values.objects import NotReadError, Unknown, Value


class LetterError(NotReadError):
    """An argument without a value that must have a certain one, so that a layer fits its input."""

    def __init__(self, reason: str, node: ast.AST | None, name: str, value: int) -> None:
        super().__init__(reason, node)
        self.name = name
        self.value = value


def part_of(value: Unknown | Number, key: str, node: ast.AST) -> Value:
    """Return an attribute or element of something that is not known: ``key`` is .name or [index].

    What the source assigned to it before is known. The same part is the same object each time.
    """
    if isinstance(value, Number):
        whole = str(value)
        path = whole + key if whole.isidentifier() else None
        return Unknown(f"the argument {value} has no value", node, path=path)
    if key not in value.parts:
        path = None if value.path is None else value.path + key
        own = value.node or node
        value.parts[key] = Unknown(
            value.reason, own, is_weights=value.is_weights, path=path, error=value.error
        )
    return value.parts[key]


def key_of(index: Value) -> str:
    """Return the key of an element: that of the attribute of this name, or an index."""
    is_name = isinstance(index, str) and index.isidentifier()
    return f".{index}" if is_name else f"[{index}]"
