"""The open choices of a pattern: letters and ``?``, and the values each may take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import (
    PLAIN,
    Binary,
    Call,
    Chain,
    Group,
    Item,
    Join,
    LayerNode,
    Name,
    Pair,
    all_items,
)
from cnnsize.layers import KINDS
from cnnsize.record import Record, replace
from cnnsize.sizing.make import node_letters
from cnnsize.text.diagnostic import error
from cnnsize.text.span import Span

Values = int | Sequence[int]
ChainKey = tuple[int, int]  # of a chain: where it begins, and how many items it has


class Choice(Record):
    """A letter with the values it may take, or a ``?`` (values 0 and 1: out and in)."""

    name: str
    values: Sequence[int]
    # of the letter where it is met first, or of the item before the ``?``; of the parsed text
    span: Span
    key: int | None = None  # where the ``?`` stands; None for a letter

    @property
    def optional(self) -> bool:
        return self.key is not None

    def shown(self, value: int) -> str:
        """``N = 2``, ``with POOL``, ``without POOL``."""
        if self.key is None:
            return f"{self.name} = {value}"
        return f"{'with' if value else 'without'} {self.name.removesuffix('?')}"


class Uses(NamedTuple):
    """What the size of a chain depends on beside its input: letters of its own scope, and the ``?``
    within.
    """

    letters: tuple[str, ...]
    optionals: tuple[int, ...]


def key_of(item: Item) -> int:
    assert item.suffix.count_span is not None
    return item.suffix.count_span.start


def kept(item: Item) -> Item:
    """The item without its ``?``."""
    suffix = item.suffix._replace(optional=False, count_span=None)
    return item._replace(suffix=PLAIN if suffix == PLAIN else suffix)


def chain_key(chain: Chain) -> ChainKey:
    return chain.span.start, len(chain.items)


def open_fc(chain: Chain, on: Mapping[int, int]) -> bool:
    """Is there an FC without a width here that is not out?"""
    for item in chain.items:
        if item.suffix.optional and not on[key_of(item)]:
            continue
        node = item.node
        if isinstance(node, LayerNode):
            if node.kind == "FC" and node.contextual:
                return True
        elif isinstance(node, Group):
            if open_fc(node.chain, on):
                return True
        elif isinstance(node, Join) and any(open_fc(branch, on) for branch in node.branches):
            return True
    return False


def names(value: Any) -> Iterator[Name]:
    """The letters of an expression or a pair, in reading order."""
    if isinstance(value, Name):
        yield value
    elif isinstance(value, Binary):
        yield from names(value.left)
        yield from names(value.right)
    elif isinstance(value, Pair):
        yield from names(value.W)
        yield from names(value.H)


def own_letters(item: Item) -> Iterator[tuple[str, Span, str]]:
    """(letter, its span, whether it is a count, a size, or a size that is but a depth) of one item,
    without what stands in its brackets.

    The letters of a call have the role of the block's parameters: that is for the caller to know.
    """
    suffix, node = item.suffix, item.node
    if suffix.repeat is not None:
        for name in names(suffix.repeat):
            yield name.name, name.span, "count"
    if isinstance(node, LayerNode):
        letters = node_letters(node)
        if letters:
            parts = (node.kernel, *(node.shape or ()), *(option.value for option in node.options))
            elsewhere = {name.name for part in parts for name in names(part)}
            wide = KINDS[node.kind].width == "K"
            for letter in letters:
                yield letter, item.span, "size" if letter in elsewhere or not wide else "width"
    for side in suffix.declared or ():
        for name in names(side):
            yield name.name, name.span, "size"


def letters_in(item: Item) -> Iterator[Name]:
    """Every letter of one item."""
    for name, span, _ in own_letters(item):
        yield Name(name, span)
    if isinstance(item.node, Call):
        for argument in item.node.arguments:
            yield from names(argument)


class Met:
    """The letters and ``?`` of a text in reading order, and what its letters are used for."""

    def __init__(self, architecture: ParsedArchitecture) -> None:
        self.architecture = architecture
        self.choices: dict[str | int, Choice] = {}
        self.roles: dict[str, set[str]] = {}  # of each letter: count, size, width
        self.blocks: set[str] = set()
        self.meet(architecture.chain)

    def meet(self, chain: Chain, top: bool = True) -> None:
        """Collects the choices of a chain in reading order; blocks are read where they are called
        first.

        In a block (``top`` is false) letters are its parameters, and none of the network's.
        """
        for item in chain.items:
            node = item.node
            if item.suffix.optional:
                key = key_of(item)
                if key not in self.choices:
                    self.choices[key] = Choice(self.label(item), range(2), item.span, key)
            if top:
                letters = list(own_letters(item))
                if isinstance(node, Call):
                    parameters = self.roles_of(node.name)
                    for role, argument in zip(parameters, node.arguments, strict=False):
                        letters += [
                            (name.name, name.span, one)
                            for name in names(argument)
                            for one in sorted(role) or ["count"]
                        ]
                for name, span, kind in letters:
                    self.choices.setdefault(name, Choice(name, (), span))
                    self.roles.setdefault(name, set()).add(kind)
            if isinstance(node, Group):
                self.meet(node.chain, top)
            elif isinstance(node, Join):
                for branch in node.branches:
                    self.meet(branch, top)
            elif isinstance(node, Call) and node.name not in self.blocks:
                self.blocks.add(node.name)
                definition = self.architecture.definitions.get(node.name)
                if definition is not None:
                    self.meet(definition.chain, False)

    def roles_of(
        self, block: str, known: dict[str, list[set[str]]] | None = None
    ) -> list[set[str]]:
        """For each parameter of a block what it is used for."""
        known = {} if known is None else known
        if block in known:
            return known[block]
        definition = self.architecture.definitions.get(block)
        if definition is None:
            return []
        found: dict[str, set[str]] = {name: set() for name in definition.parameters or ()}
        known[block] = list(found.values())
        for item in all_items(definition.chain):
            for name, _, role in own_letters(item):
                if name in found:
                    found[name].add(role)
            if isinstance(item.node, Call):
                for inner, argument in zip(
                    self.roles_of(item.node.name, known), item.node.arguments, strict=False
                ):
                    for one in names(argument):
                        if one.name in found:
                            found[one.name] |= inner
        return known[block]

    def label(self, item: Item) -> str:
        """``POOL?``: a ``?`` is called by what it follows."""
        node = item.node
        if isinstance(node, LayerNode):
            from cnnsize.language.format import layer_text  # late: sizing alone never formats

            text = layer_text(node)
        else:
            text = " ".join(self.architecture.piece(Span(item.start, item.end))[1].split())
            text = text.removesuffix("?")
        return (text if len(text) <= 32 else f"{text[:29]}...") + "?"


def domain_of(name: str, value: Any, span: Span) -> Sequence[int]:
    """The values of a letter, each once."""
    if isinstance(value, bool) or not isinstance(value, (int, Sequence)) or isinstance(value, str):
        raise error("CNN004", f"{name} takes a number or a range of numbers, not {value!r}", span)
    values: Sequence[int] = (value,) if isinstance(value, int) else value
    if not isinstance(values, range):
        if any(isinstance(one, bool) or not isinstance(one, int) for one in values):
            raise error("CNN004", f"{name} takes whole numbers, not {value!r}", span)
        values = tuple(sorted(set(values)))
    elif values.step < 0:
        values = values[::-1]
    if not values:
        raise error("CNN004", f"{name} ranges over no value at all", span)
    return values


def apart(choices: list[Choice]) -> list[Choice]:
    """The choices with names of their own: the second ``POOL?`` is ``POOL?2``."""
    seen: dict[str, int] = {}
    found: list[Choice] = []
    for choice in choices:
        count = seen[choice.name] = seen.get(choice.name, 0) + 1
        found.append(choice if count == 1 else replace(choice, name=f"{choice.name}{count}"))
    return found
