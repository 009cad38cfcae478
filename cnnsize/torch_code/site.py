"""One layer of the notation as it is emitted, with all the occurrences that it serves.

The body of a block or of a loop is written once and serves every call and every iteration. A number
in it is written as an expression only if the expression gives the right value at each occurrence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from cnnsize.language import tree
from cnnsize.language.tree import Expression
from cnnsize.layers import KINDS
from cnnsize.layers.base import Layer
from cnnsize.layers.volume import Volume
from cnnsize.sizing.options import option_key
from cnnsize.torch_code.expression import in_names_of, name, text, values_at
from cnnsize.torch_code.names import Names
from cnnsize.torch_code.ranks import DiffersError, Rank

Value = TypeVar("Value")


class ConstructorScope:
    """The names in scope: the arguments of a constructor, or the variables of a loop.

    ``letters`` maps each letter of the notation to what it is called here. ``extra`` adds a
    variable for a number that no expression gives; the network itself may not have any.
    """

    def __init__(
        self, letters: Mapping[str, Expression], taken: set[str], *, may_add: bool = True
    ) -> None:
        self.letters = letters
        self.taken = taken  # the names that are visible here, so that a new one differs
        self.extras: dict[str, list[int]] = {}  # the value of each variable at each occurrence
        self.may_add = may_add

    def free(self, wanted: str) -> str:
        """Return a name that is not taken, and take it."""
        chosen = Names(self.taken).free(wanted)
        self.taken.add(chosen)
        return chosen

    def extra(self, wanted: str, values: Sequence[int], known: list[dict[str, int]]) -> Expression:
        """Return a variable with one value for each occurrence. Raises DiffersError."""
        if not self.may_add:
            raise DiffersError(wanted)
        for variable, others in self.extras.items():
            if others == list(values):
                return name(variable)
        variable = self.free(wanted)
        self.extras[variable] = list(values)
        for names, number in zip(known, values, strict=True):
            names[variable] = number
        return name(variable)


class Numbers:
    """Chooses an expression for a number.

    That is the first candidate that holds at every occurrence, else the number itself if it is the
    same everywhere, else a new variable.
    """

    def __init__(self, scope: ConstructorScope, known: list[dict[str, int]]) -> None:
        self.scope = scope
        self.known = known  # of each occurrence, the values of the names in scope

    def number(
        self, wanted: str, values: Sequence[int], *candidates: Expression | None
    ) -> Expression:
        """Return an expression with these values, one for each occurrence.

        ``wanted`` is the name of a new variable. Raises DiffersError where none may be added.
        """
        for candidate in candidates:
            if candidate is not None and self.holds(candidate, values):
                return candidate
        if all(value == values[0] for value in values):
            return values[0]
        return self.scope.extra(wanted, values, self.known)

    def holds(self, candidate: Expression, values: Sequence[int]) -> bool:
        """Return whether a candidate has these values."""
        return values_at(candidate, self.known) == list(values)


class Site:
    """A layer of the notation with the volumes that come into it."""

    def __init__(
        self,
        node: tree.LayerNode,
        *,
        layers: Sequence[Layer],
        volumes: Sequence[Volume],
        depth: Expression,
        rank: Rank,
        numbers: Numbers,
    ) -> None:
        self.node = node
        self.layers = layers  # the layer at each occurrence
        self.volumes = volumes  # the incoming volume (W x H x D) at each occurrence
        self.depth = depth  # incoming: the channels of a map, the values of a vector
        self.rank = rank  # incoming
        self.numbers = numbers
        self.written = written_options(node)

    def candidate(self, key: str, axis: int | None = None) -> Expression | None:
        """Return the expression that the user wrote for an option, in the names of the source.

        Of a pair it is the part for ``axis`` (0 is W, 1 is H). None if the option was left out.
        """
        given = self.written.get(key)
        if isinstance(given, tree.Pair):
            given = given.W if axis in (0, None) else given.H
        if not isinstance(given, (int, tree.Name, tree.Binary)):
            return None
        return in_names_of(given, self.numbers.scope.letters)

    def number(
        self,
        key: str,
        get: Callable[[Any], int],
        *others: Expression | None,
        axis: int | None = None,
    ) -> Expression:
        """Return an expression for the option ``key``; ``get`` reads its value from a layer."""
        values = [get(layer) for layer in self.layers]
        return self.numbers.number(
            ARGUMENT_NAMES.get(key, key), values, self.candidate(key, axis), *others
        )

    def pair(
        self,
        key: str,
        get: Callable[[Any], tuple[int, int]],
        *others: tuple[Expression, Expression],
    ) -> str:
        """Return a pair (W, H) as PyTorch takes it: ``(H, W)``, or one number for both."""
        h = self.number(key, lambda layer: get(layer)[1], *(pair[1] for pair in others), axis=1)
        w = self.number(key, lambda layer: get(layer)[0], *(pair[0] for pair in others), axis=0)
        return text(h) if h == w else f"({text(h)}, {text(w)})"

    def at_each(self, get: Callable[[Any], Value]) -> list[Value]:
        """Return a fact of the layer at each occurrence."""
        return [get(layer) for layer in self.layers]

    def common(self, get: Callable[[Any], Value]) -> Value:
        """Return a fact of the layer. Raises DiffersError unless it is the same everywhere."""
        first = get(self.layers[0])
        if any(get(layer) != first for layer in self.layers):
            raise DiffersError(self.node.kind)
        return first

    def common_area(self) -> tuple[int, int] | None:
        """Return the incoming (H, W); None unless it is the same everywhere."""
        first = self.volumes[0]
        same = all(volume[:2] == first[:2] for volume in self.volumes)
        return (first.H, first.W) if same else None


# What PyTorch calls the argument of an option.
ARGUMENT_NAMES = {
    "K": "out_channels",
    "F": "kernel_size",
    "S": "stride",
    "P": "padding",
    "D": "dilation",
    "G": "groups",
}


def written_options(node: tree.LayerNode) -> dict[str, Any]:
    """Return what the user wrote for each option, by its canonical key."""
    cls = KINDS[node.kind]
    options: dict[str, Any] = {}
    if node.kernel is not None and cls.kernel is not None:
        options[cls.kernel] = node.kernel
    if node.size is not None and cls.width is not None:
        options[cls.width] = node.size
    bare = list(cls.positional)
    for option in node.options:
        key = bare.pop(0) if option.key is None else option_key(cls, option, node)
        options[key] = option.value
    return options
