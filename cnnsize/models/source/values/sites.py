"""Where the arguments of calls are written."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from cnnsize.models.source.values.objects import Arguments


def places_of(names: Sequence[str], arguments: Arguments) -> dict[str, ast.AST]:
    """Return where the arguments of a call are written, by the names of the parameters.

    Arguments that come before those that are written, as the object of a method, are left out.
    """
    node = arguments.node
    if not isinstance(node, ast.Call):
        return {}
    places: dict[str, ast.AST] = {}
    before = len(arguments.positional) - len(node.args)
    if before >= 0 and not any(isinstance(value, ast.Starred) for value in node.args):
        places.update(zip(names[before:], node.args, strict=False))
    places.update((word.arg, word.value) for word in node.keywords if word.arg is not None)
    return places
