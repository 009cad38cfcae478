"""What one layer of a pattern demands of one layer of a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cnnsize.language.tree import Binary, Name
from cnnsize.text.span import Span


class Want(NamedTuple):
    """What the pattern states of a layer: (key, how it is read, value) with letters of the
    network's scope.
    """

    kind: str
    stated: tuple[tuple[str, str, Any], ...]
    letters: frozenset[str]
    span: Span
    text: str


def letters_of(value: Any) -> list[str]:
    """The letters of an expression, each once."""
    if isinstance(value, Name):
        return [value.name]
    if isinstance(value, Binary):
        return list(dict.fromkeys((*letters_of(value.left), *letters_of(value.right))))
    if isinstance(value, tuple):
        return list(dict.fromkeys(name for part in value for name in letters_of(part)))
    return []


def numbers(bound: Mapping[str | int, int]) -> dict[str, int]:
    return {key: value for key, value in bound.items() if isinstance(key, str)}
