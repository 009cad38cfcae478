"""A pattern compiled for the search: numbered chains, and frames that say what is left to match."""

from __future__ import annotations

from typing import Any, NamedTuple

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import (
    PLAIN,
    Binary,
    Call,
    Chain,
    Expression,
    Group,
    Item,
    Join,
    LayerNode,
    Name,
    Pair,
)
from cnnsize.patterns.items import optional_key
from cnnsize.patterns.matching.wants import Scope, Want, compile_want, letters_of, substitute
from cnnsize.text.diagnostic import error
from cnnsize.text.span import Span

END = -1  # the frame after the whole pattern
NO_CHOICES: frozenset[str | int] = frozenset()


class Frame(NamedTuple):
    """The part of the pattern that is still to be matched.

    Frames are numbered, and equal ones have the same number.
    """

    op: str  # "item", "iteration" or "branch"
    chain: int
    position: int  # of the item or the branch
    done: int  # iterations so far
    begin: int  # the layer index at which the current iteration began
    join: int  # of a branch: the order of its join in the network
    next_frame: int  # the frame after this one


class Expected(NamedTuple):
    """The layer that must come next; the kind is "" at an end, and None if it is a choice."""

    kind: str | None
    text: str
    span: Span


class Program:
    """A pattern with its chains, frames and layers compiled when they are first needed."""

    def __init__(self, pattern: ParsedArchitecture) -> None:
        self.pattern = pattern
        self.chains: list[tuple[Chain, Scope]] = []
        # by identity: ``chains`` keeps every chain alive for as long as its key is used
        self.chain_numbers: dict[tuple[int, tuple[tuple[str, Expression], ...]], int] = {}
        self.frames: list[Frame] = []
        self.frame_numbers: dict[Frame, int] = {}
        self.choices_ahead: list[frozenset[str | int]] = []  # in each frame and after it
        self.interned: dict[frozenset[str | int], frozenset[str | int]] = {}
        self.choices_by_item: dict[tuple[int, int], frozenset[str | int]] = {}
        self.wants: dict[tuple[int, int], Want] = {}
        self.counts: dict[tuple[int, int], tuple[Expression, list[str]]] = {}
        self.joins: dict[tuple[int, int], int] = {}
        self.expected: dict[int, Expected] = {}

    def item(self, chain: int, index: int) -> Item:
        """Return one item of a chain."""
        return self.chains[chain][0].items[index]

    def chain_number(self, chain: Chain, scope: Scope) -> int:
        """Return the number of a chain in one scope; a new chain is given the next number."""
        key = (id(chain), tuple(scope.items()))
        if key not in self.chain_numbers:
            self.chain_numbers[key] = len(self.chains)
            self.chains.append((chain, scope))
        return self.chain_numbers[key]

    def frame_number(
        self,
        op: str,
        chain: int,
        index: int,
        next_frame: int,
        *,
        done: int = 0,
        begin: int = -1,
        join: int = -1,
    ) -> int:
        """Return the number of a frame; equal frames have the same number."""
        frame = Frame(op, chain, index, done, begin, join, next_frame)
        number = self.frame_numbers.get(frame)
        if number is None:
            number = self.frame_numbers[frame] = len(self.frames)
            self.frames.append(frame)
            inside = self.choices_from(chain, 0 if op == "branch" else index)
            ahead = inside | (self.choices_ahead[next_frame] if next_frame != END else NO_CHOICES)
            self.choices_ahead.append(self.interned.setdefault(ahead, ahead))
        return number

    def chain_frame(self, chain: Chain, scope: Scope, next_frame: int) -> int:
        """Return the frame that matches a chain from its first item."""
        return self.frame_number("item", self.chain_number(chain, scope), 0, next_frame)

    # -- choices ----------------------------------------

    def choices_from(self, chain: int, index: int) -> frozenset[str | int]:
        """Return the letters and ``?`` of a chain from an item on."""
        key = (chain, index)
        choices = self.choices_by_item.get(key)
        if choices is None:
            items, scope = self.chains[chain]
            collected: set[str | int] = set()
            for item in items.items[index:]:
                collected |= self.item_choices(item, scope)
            choices = self.choices_by_item[key] = frozenset(collected)
        return choices

    def item_choices(self, item: Item, scope: Scope) -> set[str | int]:
        """Return the letters and ``?`` of an item and of everything inside it."""
        choices: set[str | int] = set()
        node = item.node
        if item.suffix.optional:
            choices.add(optional_key(item))
        if item.suffix.repeat is not None:
            choices |= value_letters(item.suffix.repeat, scope)
        if isinstance(node, LayerNode):
            options = (option.value for option in node.options)
            for value in (node.kernel, node.size, *(node.shape or ()), *options):
                choices |= value_letters(value, scope)
        elif isinstance(node, Group):
            for inner in node.chain.items:
                choices |= self.item_choices(inner, scope)
        elif isinstance(node, Join):
            for branch in node.branches:
                for inner in branch.items:
                    choices |= self.item_choices(inner, scope)
        elif isinstance(node, Call):
            body, body_scope = self.block_body(item, node, scope)
            choices |= self.choices_from(self.chain_number(body, body_scope), 0)
        return choices

    # -- parts of the pattern ----------------------------------------

    def block_body(self, item: Item, node: Call, scope: Scope) -> tuple[Chain, Scope]:
        """Return the chain of a called block, and its parameters as expressions of the pattern's
        letters.

        Raises ArchitectureError (CNN008) for a block without a definition.
        """
        definition = self.pattern.definitions.get(node.name)
        if definition is None:
            raise error("CNN008", f"block {node.name} is not defined here", item.span)
        arguments = [substitute(value, scope) for value in node.arguments]
        return definition.chain, dict(zip(definition.parameters or (), arguments, strict=False))

    def body(self, chain: int, index: int) -> int | None:
        """Return the chain number of a group or a block; None for a layer or a join."""
        items, scope = self.chains[chain]
        item = items.items[index]
        if isinstance(item.node, Group):
            return self.chain_number(item.node.chain, scope)
        if isinstance(item.node, Call):
            return self.chain_number(*self.block_body(item, item.node, scope))
        return None

    def want(self, chain: int, index: int) -> Want:
        """Return what a layer of the pattern demands."""
        key = (chain, index)
        if key not in self.wants:
            items, scope = self.chains[chain]
            self.wants[key] = compile_want(items.items[index], scope)
        return self.wants[key]

    def count(self, chain: int, index: int) -> tuple[Expression, list[str]]:
        """Return the count of a repetition, and the letters in it."""
        key = (chain, index)
        if key not in self.counts:
            items, scope = self.chains[chain]
            repeat = items.items[index].suffix.repeat
            assert repeat is not None
            count = substitute(repeat, scope)
            self.counts[key] = count, letters_of(count)
        return self.counts[key]

    def join_number(self, chain: int, index: int) -> int:
        """Return the number of a chain that holds a join alone, so that frames count its branches."""
        key = (chain, index)
        if key not in self.joins:
            items, scope = self.chains[chain]
            item = items.items[index]
            alone = Chain((item._replace(suffix=PLAIN),), item.span)
            self.joins[key] = self.chain_number(alone, scope)
        return self.joins[key]

    def expected_at(self, frame: int) -> Expected:
        """Return what must come next in the network when the search goes on with a frame."""
        if frame not in self.expected:
            self.expected[frame] = self.find_expected(frame)
        return self.expected[frame]

    def find_expected(self, frame: int) -> Expected:
        """Find the first item that a frame leaves to be matched."""
        while frame != END:
            op, chain, index, _, _, _, next_frame = self.frames[frame]
            items = self.chains[chain][0]
            if op == "branch":
                return Expected("", "the end of the branch", items.span)
            if op == "item" and index == len(items.items):
                frame = next_frame
                continue
            item = items.items[index]
            suffix = item.suffix
            varies = suffix.repeat is not None or suffix.optional or suffix.values
            is_single_layer = isinstance(item.node, LayerNode) and not varies
            if op == "item" and is_single_layer:
                want = self.want(chain, index)
                return Expected(want.kind, want.text, want.span)
            return Expected(None, "", items.span)
        return Expected("", "the end", self.end_span())

    def end_span(self) -> Span:
        """Return the empty span after the pattern."""
        end = self.pattern.chain.span.end
        return Span(end, end)


def value_letters(value: Any, scope: Scope) -> set[str]:
    """Return the letters of an expression or a pair, after its parameters are replaced."""
    if isinstance(value, Name):
        return set(letters_of(substitute(value, scope)))
    if isinstance(value, Binary):
        return value_letters(value.left, scope) | value_letters(value.right, scope)
    if isinstance(value, Pair):
        return value_letters(value.W, scope) | value_letters(value.H, scope)
    return set()
