"""The open choices of a pattern: letters and ``?``, and the values that each may take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import NamedTuple

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import Call, Chain, all_items
from cnnsize.patterns.items import ChainKey, chain_key, names, optional_key, own_letters
from cnnsize.record import Record, public, replace
from cnnsize.text.span import Span

Values = int | Sequence[int]


@public
class Choice(Record):
    """A letter with the values that it may take, or a ``?`` (0: left out, 1: included)."""

    name: str
    values: Sequence[int]
    span: Span  # of the first layer with the letter, or of the item before the ``?``
    key: int | None = None  # the offset of the ``?``; None for a letter

    @property
    def optional(self) -> bool:
        """Whether this is a ``?``."""
        return self.key is not None

    def words(self, value: int) -> str:
        """Return a choice of a value in words: ``N = 2``, ``with POOL``, ``without POOL``."""
        if self.key is None:
            return f"{self.name} = {value}"
        return f"{'with' if value else 'without'} {self.name.removesuffix('?')}"


class Uses(NamedTuple):
    """The choices that the output of a chain depends on.

    ``letters`` are those of its own scope, ``optionals`` the offsets of the ``?`` within it.
    """

    letters: tuple[str, ...]
    optionals: tuple[int, ...]


class Choices:
    """The free choices of a pattern, and which of them each chain depends on.

    ``free`` are the choices in reading order, and ``bound`` the letters with a single value. A
    member is a tuple with one value for each free choice. ``widths`` are the positions, in ``free``,
    of letters that set nothing but the depth of an output.
    """

    def __init__(
        self,
        architecture: ParsedArchitecture,
        free: tuple[Choice, ...],
        bound: Mapping[str, int],
        widths: frozenset[int],
    ) -> None:
        self.architecture = architecture
        self.free = free
        self.bound = bound
        self.widths = widths
        self.sizes = [len(choice.values) for choice in free]
        self.positions: dict[str | int, int] = {
            choice.name if choice.key is None else choice.key: position
            for position, choice in enumerate(free)
        }
        self._uses: dict[ChainKey, Uses] = {}

    @property
    def count(self) -> int:
        """The number of members: the product of the numbers of values."""
        return prod(self.sizes)

    @property
    def optional_keys(self) -> list[int]:
        """The offsets of all ``?``."""
        return [choice.key for choice in self.free if choice.key is not None]

    def values_of(self, number: int) -> tuple[int, ...]:
        """Return the values of the member with this number; the last choice varies fastest."""
        values: list[int] = []
        for choice in reversed(self.free):
            number, index = divmod(number, len(choice.values))
            values.append(choice.values[index])
        return tuple(reversed(values))

    def number_of(self, values: tuple[int, ...]) -> int:
        """Return the number of the member with these values."""
        number = 0
        for choice, value in zip(self.free, values, strict=True):
            number = number * len(choice.values) + choice.values.index(value)
        return number

    def environment(self, values: tuple[int, ...]) -> tuple[dict[str, int], dict[int, int]]:
        """Return the values of all letters by name, and which ``?`` are included by offset.

        ``values`` may be those of the first choices only; the others are then missing.
        """
        letters, included = dict(self.bound), {}
        for choice, value in zip(self.free, values, strict=False):
            if choice.key is not None:
                included[choice.key] = value
            else:
                letters[choice.name] = value
        return letters, included

    def uses(self, chain: Chain) -> Uses:
        """Return what the output of a chain depends on; cached for each chain of the pattern."""
        key = chain_key(chain)
        cached = self._uses.get(key)
        if cached is not None:
            return cached
        letters: dict[str, None] = {}
        optionals: dict[int, None] = {}
        for item in all_items(chain):
            for name, _, _ in own_letters(item):
                letters[name] = None
            if item.suffix.optional:
                optionals[optional_key(item)] = None
            node = item.node
            if isinstance(node, Call):
                letters.update(
                    (name.name, None) for argument in node.arguments for name in names(argument)
                )
                definition = self.architecture.definitions.get(node.name)
                if definition is not None:
                    optionals.update(dict.fromkeys(self.uses(definition.chain).optionals))
        uses = self._uses[key] = Uses(tuple(letters), tuple(optionals))
        return uses


def with_distinct_names(choices: Sequence[Choice]) -> tuple[Choice, ...]:
    """Return the choices with different names: the second ``POOL?`` becomes ``POOL?2``."""
    seen: dict[str, int] = {}
    distinct: list[Choice] = []
    for choice in choices:
        count = seen[choice.name] = seen.get(choice.name, 0) + 1
        distinct.append(choice if count == 1 else replace(choice, name=f"{choice.name}{count}"))
    return tuple(distinct)


def narrowing_hints(choices: Sequence[Choice]) -> tuple[str, ...]:
    """Return how to make a family smaller: give fewer values to the letters that have the most."""
    letters = [choice for choice in choices if not choice.optional]
    widest = sorted(letters, key=lambda choice: -len(choice.values))[:3]
    return tuple(
        f"narrow {choice.name}, which takes {len(choice.values):,} values: "
        f"--set {choice.name}={_first_values(choice.values)}"
        for choice in widest
        if len(choice.values) > 2
    ) or ("give letters a value with --set, or remove a `?` from the text",)


def _first_values(values: Sequence[int]) -> str:
    """Return the first value, or a range of the first three if they are consecutive."""
    if values[1] - values[0] > 1:
        return str(values[0])
    return f"{values[0]}..{values[min(2, len(values) - 1)]}"


def count_words(count: int) -> str:
    """Return a count in digits, or its order of magnitude where digits would fill the page."""
    if count.bit_length() <= 1000:
        return f"{count:,}"
    digits = int((count.bit_length() - 1) * 0.30103)
    return f"more than 10^{digits}"
