"""The demands of one layer of a pattern on a layer of the network: its kind and its options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cnnsize.language.arithmetic import NO_VALUES
from cnnsize.language.tree import Binary, Expression, Item, LayerNode, Name, Pair
from cnnsize.layers import KINDS
from cnnsize.sizing.options import option_key, parse_option_value
from cnnsize.text.span import Span

Bindings = Mapping[str | int, int]  # letters by name, each ``?`` by its offset in the text
Scope = Mapping[str, Expression]  # parameters of a block as expressions of the pattern's letters


class Want(NamedTuple):
    """The kind of a pattern layer and the options it states, as (key, type, value).

    Values are constants or expressions of the pattern's own letters.
    """

    kind: str
    stated: tuple[tuple[str, str, Any], ...]
    letters: frozenset[str]
    span: Span
    text: str


def compile_want(item: Item, scope: Scope) -> Want:
    """Return what the layer of an item demands; ``scope`` holds the parameters of its block."""
    node = item.node
    assert isinstance(node, LayerNode)
    layer_class = KINDS[node.kind]
    stated: list[tuple[str, str, Any]] = []

    def state(name: str, value: Any) -> None:
        option_type = layer_class.reads[name]
        stated.append((name, option_type, option_value(name, option_type, value, item.span, scope)))

    if node.kernel is not None and layer_class.kernel is not None:
        state(layer_class.kernel, node.kernel)
    if node.size is not None and layer_class.width is not None:
        state(layer_class.width, node.size)
    if node.shape is not None:
        state("shape", node.shape)
    positional = list(layer_class.positional)
    for option in node.options:
        name = positional.pop(0) if option.key is None else option_key(layer_class, option, node)
        state(name, option.value)
    letters = frozenset(name for _, _, value in stated for name in letters_of(value))
    return Want(node.kind, tuple(stated), letters, item.span, node.kind)


def option_value(name: str, option_type: str, value: Any, span: Span, scope: Scope) -> Any:
    """Return an option's value as a constant, an expression, or a tuple of expressions."""
    constant = option_type in ("flag", "rate") or option_type.startswith("word:")
    if isinstance(value, Pair):
        return substitute(value.W, scope), substitute(value.H, scope)
    if isinstance(value, tuple) and not isinstance(value, (Name, Binary)):
        return tuple(substitute(side, scope) for side in value)
    if constant and not isinstance(value, Binary):
        return parse_option_value(option_type, name, value, NO_VALUES, span)
    if isinstance(value, Name) and option_type == "padding":
        word = value.name.lower()
        if word in ("same", "valid"):
            return word
    if isinstance(value, (Name, Binary)):
        return substitute(value, scope)
    return value


def substitute(value: Expression, scope: Scope) -> Expression:
    """Return an expression with the parameters of a block replaced by their arguments."""
    if isinstance(value, Name):
        return scope.get(value.name, value)
    if isinstance(value, Binary):
        return Binary(value.op, substitute(value.left, scope), substitute(value.right, scope))
    return value


def letters_of(value: Any) -> list[str]:
    """Return the letters of an expression or a tuple of expressions, each once."""
    if isinstance(value, Name):
        return [value.name]
    if isinstance(value, Binary):
        return list(dict.fromkeys((*letters_of(value.left), *letters_of(value.right))))
    if isinstance(value, tuple):
        return list(dict.fromkeys(name for part in value for name in letters_of(part)))
    return []


def letter_values(bindings: Bindings) -> dict[str, int]:
    """Return the values of the letters alone, without the choices of ``?``."""
    return {key: value for key, value in bindings.items() if isinstance(key, str)}
