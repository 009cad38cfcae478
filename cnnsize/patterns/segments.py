"""Cut the top-level chain of a pattern into segments between two choices."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from cnnsize.language.tree import Chain
from cnnsize.patterns.binding import definitions_with, expansion
from cnnsize.patterns.choices import Choices
from cnnsize.sizing.items import holds_fc
from cnnsize.text.span import Span


class Segment(NamedTuple):
    """An item that depends on choices, or neighbours that depend on none.

    ``first`` is the index of its first item in the whole chain, and ``uses`` are the positions of
    the choices that it depends on. ``may_end``: it may hold the last FC, whose width differs.
    """

    chain: Chain
    first: int
    uses: tuple[int, ...]
    may_end: bool


def segments(choices: Choices) -> list[Segment | None]:
    """Return the segments in order. None marks where the next choice is bound."""
    chain = choices.architecture.chain
    holds_fc = _items_with_open_fc(choices)
    needs = _needs(choices, holds_fc)
    program: list[Segment | None] = []
    bound = begin = 0

    def cut(end: int) -> None:
        nonlocal begin
        for first, last in parts(begin, end):
            items = chain.items[first:last]
            part = Chain(items, Span(items[0].start, items[-1].end))
            uses = tuple(sorted(set().union(*needs[first:last])))
            program.append(Segment(part, first, uses, any(holds_fc[first:last])))
        begin = end

    def parts(begin: int, end: int) -> Iterator[tuple[int, int]]:
        for has_choices, indices in groupby(range(begin, end), lambda index: bool(needs[index])):
            first, *others = indices
            if has_choices:
                yield from ((index, index + 1) for index in (first, *others))
            else:
                yield first, first + 1 + len(others)

    for index, needed in enumerate(needs):
        last = max(needed, default=-1) + 1
        if last > bound:
            cut(index)
            program += [None] * (last - bound)
            bound = last
    cut(len(chain.items))
    program += [None] * (len(choices.free) - bound)
    return program


def _items_with_open_fc(choices: Choices) -> list[bool]:
    """Return for each top-level item whether it holds an FC whose place may decide its width."""
    architecture = choices.architecture
    items, blocks = architecture.chain.items, architecture.definitions
    if not (architecture.statement.open_fc or any(block.open_fc for block in blocks.values())):
        return [False] * len(items)
    everything = dict.fromkeys(choices.optional_keys, 1)
    definitions = definitions_with(blocks, everything)
    return [holds_fc(item, definitions, expansion(everything)) for item in items]


def _needs(choices: Choices, holds_fc: list[bool]) -> list[set[int]]:
    """Return the positions of the choices that each top-level item depends on.

    Whether an FC is the last one depends on every later ``?`` around an FC.
    """
    items = choices.architecture.chain.items
    positions = choices.positions
    needs: list[set[int]] = []
    later: set[int] = set()  # the ``?`` of this and all later items that hold an FC
    for item, holds in zip(reversed(items), reversed(holds_fc), strict=True):
        uses = choices.uses(Chain((item,), item.span))
        needed = {positions[optional] for optional in uses.optionals}
        if holds:
            needed = later = later | needed
        needs.append(needed | {positions[name] for name in uses.letters if name in positions})
    return needs[::-1]
