"""One layer of the language at its place in emitted source, with all the places that it stands for.

The body of a block or of a loop is written once and stands for every call and every pass. A number
in it is written as an expression only where the expression gives the right value at each of those
places.
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
from cnnsize.torch_code.expression import name, renamed, text, value

Value = TypeVar("Value")
VECTOR, MAP = "vector", "map"  # N x D, and N x C x H x W
Rank = str


class DiffersError(Exception):
    """The places need different source: it cannot be written once for all of them."""


class ConstructorScope:
    """The arguments of a constructor or the variables of a loop.

    ``letters`` says what each letter of the language is called here. ``extra`` adds a variable for
    a number that no expression gives.
    """

    def __init__(
        self, letters: Mapping[str, Expression], taken: set[str], may_add: bool = True
    ) -> None:
        self.letters = letters
        self.taken = taken  # names that are visible here, to choose others
        self.used: set[str] = set()
        self.extras: dict[str, list[int]] = {}
        self.may_add = may_add

    def free(self, wanted: str) -> str:
        from cnnsize.torch_code.names import Names

        found = Names(self.taken).free(wanted)
        self.taken.add(found)
        return found

    def extra(self, wanted: str, values: Sequence[int], known: list[dict[str, int]]) -> Expression:
        """A variable with one value for each place."""
        if not self.may_add:
            raise DiffersError(wanted)
        for word, others in self.extras.items():
            if others == list(values):
                return name(word)
        word = self.free(wanted)
        self.extras[word] = list(values)
        for place, number in zip(known, values, strict=True):
            place[word] = number
        return name(word)


class Numbers:
    """Chooses expressions: the candidate that holds everywhere, else the number itself, else a
    variable.
    """

    def __init__(self, scope: ConstructorScope, known: list[dict[str, int]]) -> None:
        self.scope = scope
        self.known = known

    def number(
        self, wanted: str, values: Sequence[int], *candidates: Expression | None
    ) -> Expression:
        for candidate in candidates:
            if candidate is not None and self.holds(candidate, values):
                return candidate
        if all(one == values[0] for one in values):
            return values[0]
        return self.scope.extra(wanted, values, self.known)

    def holds(self, candidate: Expression, values: Sequence[int]) -> bool:
        try:
            return all(
                value(candidate, known) == number
                for known, number in zip(self.known, values, strict=True)
            )
        except (KeyError, ZeroDivisionError):
            return False


class Site:
    """A layer of the language on the volumes that come to it."""

    def __init__(
        self,
        node: tree.LayerNode,
        layers: Sequence[Layer],
        volumes: Sequence[Volume],
        outputs: Sequence[Volume],
        depth: Expression,
        rank: Rank,
        numbers: Numbers,
    ) -> None:
        self.node = node
        self.layers = layers
        self.volumes = volumes
        self.outputs = outputs
        self.depth = depth  # what comes in: channels of a map, values of a vector
        self.rank = rank
        self.numbers = numbers
        self.written = written(node)

    def candidate(self, key: str, axis: int | None = None) -> Expression | None:
        """The expression that the user gave for an option, on an axis (0 is W)."""
        given = self.written.get(key)
        if isinstance(given, tree.Pair):
            given = given.W if axis in (0, None) else given.H
        if not isinstance(given, (int, tree.Name, tree.Binary)):
            return None
        try:
            return renamed(given, self.numbers.scope.letters)
        except (KeyError, ZeroDivisionError):
            return None

    def number(
        self,
        key: str,
        of: Callable[[Any], int],
        *others: Expression | None,
        axis: int | None = None,
    ) -> Expression:
        return self.numbers.number(
            wanted(key), [of(layer) for layer in self.layers], self.candidate(key, axis), *others
        )

    def every(self, of: Callable[[Any], Value]) -> list[Value]:
        """A fact at each place."""
        return [of(layer) for layer in self.layers]

    def same(self, of: Callable[[Any], Value]) -> Value:
        """A fact that must be one and the same at all places."""
        first = of(self.layers[0])
        if any(of(layer) != first for layer in self.layers):
            raise DiffersError(self.node.kind)
        return first

    def alike(self, of: Callable[[Volume], Value]) -> Value | None:
        """A fact of the incoming volume, where it is the same everywhere."""
        first = of(self.volumes[0])
        return first if all(of(volume) == first for volume in self.volumes) else None

    def pair(
        self, key: str, of: Callable[[Any], tuple[int, int]], *others: tuple[Expression, Expression]
    ) -> str:
        """A pair (W, H) of the language as torch has it: one number, or (H, W)."""
        h = self.number(key, lambda layer: of(layer)[1], *(pair[1] for pair in others), axis=1)
        w = self.number(key, lambda layer: of(layer)[0], *(pair[0] for pair in others), axis=0)
        return text(h) if h == w else f"({text(h)}, {text(w)})"


WANTED = {
    "K": "out_channels",
    "F": "kernel_size",
    "S": "stride",
    "P": "padding",
    "D": "dilation",
    "G": "groups",
}


def wanted(key: str) -> str:
    return WANTED.get(key, key)


def written(node: tree.LayerNode) -> dict[str, Any]:
    """What was written for each option, by its canonical key."""
    cls = KINDS[node.kind]
    found: dict[str, Any] = {}
    if node.kernel is not None and cls.kernel is not None:
        found[cls.kernel] = node.kernel
    if node.size is not None and cls.width is not None:
        found[cls.width] = node.size
    bare = list(cls.positional)
    for option in node.options:
        key = bare.pop(0) if option.key is None else option_key(cls, option, node)
        found[key] = option.value
    return found
