"""Size ranges of members: what members share is sized once, and the rest is added up in tables.

The members that share their first choices end in the same way wherever the layers before left the
same volume. Their sizes, relative to that volume, are a ``Block``: a table of all combinations of
the last choices, which is computed once and then only shifted by the costs of the layers before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from cnnsize.dataset.rows import Block, Rows
from cnnsize.dataset.trails import TrailSizer, first_trail
from cnnsize.limits import MAX_BLOCK_ROWS, MAX_CACHED_ROWS, MAX_LEAF_ROWS
from cnnsize.patterns.choices import Choices
from cnnsize.patterns.linear import LEAST_LINE, is_linear, line_through, parts_of
from cnnsize.patterns.segments import Segment, segments
from cnnsize.patterns.sizer import Sizer
from cnnsize.patterns.states import State, View


class Node(NamedTuple):
    """The members that begin with some choices, sized up to the next choice of the program."""

    position: int  # in the program
    state: State
    values: tuple[int, ...]  # of the choices so far


class RangeSizer:
    """Size ranges of members of one family. Memory is bounded, however many there are."""

    def __init__(self, choices: Choices, sizer: Sizer) -> None:
        self.choices = choices
        self.sizer = sizer
        self.program = segments(choices)
        self.sizes = choices.sizes
        self.shares = [1] * (len(self.sizes) + 1)  # members that share their first choices
        for depth in reversed(range(len(self.sizes))):
            self.shares[depth] = self.shares[depth + 1] * self.sizes[depth]
        self._trail_sizer = TrailSizer(sizer)
        self._uses = _later_uses(self.program)
        self._leaf = next(
            depth for depth, share in enumerate(self.shares) if share <= MAX_LEAF_ROWS
        )
        self._blocks: dict[Any, Block] = {}
        self._cached_rows = 0

    def columns(self, begin: int, end: int) -> list[Any]:
        """Return the sizes of the members with these numbers, in the order of ``rows.SIZES``.

        Raises ArchitectureError where no member can be sized, and OverflowError or pyarrow's
        ArrowInvalid for a number of more than 64 bits.
        """
        rows = Rows(self.sizer)
        self._add(rows, self._root(), begin, end)
        return rows.sizes()

    def states(self, begin: int, end: int) -> Iterator[tuple[int, State]]:
        """Yield (number, state) of the members with these numbers, one after the other."""
        root = self._root()
        for number in range(begin, end):
            node = root
            for depth in range(len(self.sizes)):
                if node.state.dead:
                    break
                index = number // self.shares[depth + 1] % self.sizes[depth]
                node = self._child(self.sizer, node, index)
            yield number, node.state

    def _root(self) -> Node:
        """Return the node of all members."""
        return self._to_next_choice(self.sizer, 0, self.sizer.start(()), ())

    def _add(self, rows: Rows, node: Node, begin: int, end: int) -> None:
        """Add the members ``begin`` to ``end`` of a node, counted from its first one."""
        state, depth = node.state, len(node.values)
        rows.most_steps = max(rows.most_steps, state.steps)
        if state.dead:
            rows.add_failed(end - begin)
        elif node.position == len(self.program):
            rows.add_member(state)
        elif self._is_block(node):
            block = self._block(node)
            limit = self.sizer.max_steps
            steps = limit + 1 if block.limited else state.steps + block.growth
            rows.most_steps = max(rows.most_steps, steps)
            rows.add_block(block, state, begin, end)
        elif not self._add_line(rows, node, begin, end):
            share = self.shares[depth + 1]
            for index in range(begin // share, (end - 1) // share + 1):
                first = index * share
                child = self._child(rows.sizer, node, index)
                self._add(rows, child, max(begin - first, 0), min(end - first, share))

    # -- tables ----------------------------------------

    def _is_block(self, node: Node) -> bool:
        """Return whether the members of a node are kept as a table."""
        depth = len(node.values)
        is_small = depth <= self._leaf and self.shares[depth] <= MAX_BLOCK_ROWS
        # before the first segment, choices decide the input
        return is_small and node.position > 0 and node.state.volume is not None

    def _block(self, node: Node) -> Block:
        """Return the block of a node, from the cache if the layers before left the same volume."""
        position, state, values = node
        used = tuple([values[index] for index in self._uses[position] if index < len(values)])
        key = (position, state.volume, state.zeros, used)
        block = self._blocks.get(key)
        if block is not None and self._holds_for(block, state.steps):
            return block
        trail = cast("View", first_trail())
        start = node._replace(
            state=State(state.volume, trail, 0, 0, 0, state.steps, (), False, True, state.zeros)
        )
        rows = Rows(self._trail_sizer)
        share = self.shares[len(values) + 1]
        if not self._add_line(rows, start, 0, self.shares[len(values)]):
            for index in range(self.sizes[len(values)]):
                self._add(rows, self._child(self._trail_sizer, start, index), 0, share)
        block = rows.block(state.steps, self.sizer.max_steps)
        self._cached_rows += self.shares[len(values)]
        if self._cached_rows > MAX_CACHED_ROWS:
            self._blocks.clear()
            self._cached_rows = self.shares[len(values)]
        self._blocks[key] = block
        return block

    def _holds_for(self, block: Block, steps: int) -> bool:
        """Return whether a block is the same after so many steps."""
        if block.limited:
            return steps == block.steps
        return steps + block.growth <= self.sizer.max_steps

    # -- widths ----------------------------------------

    def _add_line(self, rows: Rows, node: Node, begin: int, end: int) -> bool:
        """Add members that differ in the width of one layer only, if their costs are linear in it.

        Return whether they were added.
        """
        depth = len(node.values)
        is_last = depth == len(self.sizes) - 1 and self.program[node.position] is None
        if not is_last or depth not in self.choices.widths or self.sizes[depth] < LEAST_LINE:
            return False
        number = self.sizes[depth]
        children = [self._child(rows.sizer, node, index) for index in (0, number // 2, number - 1)]
        first = children[0]
        after = node.position + 1
        rest = enumerate(self.program[after:], after)  # no choice follows
        stage = [(number, segment) for number, segment in rest if segment is not None]
        parts = parts_of(rows.sizer, stage, node.state, first.values)
        if is_linear(parts, self.choices.free[depth].name) is None:
            return False
        low, middle, high = [child.values[depth] for child in children]
        states = [child.state for child in children]
        line = line_through((low, middle, high), (states[0], states[1], states[2]))
        if line is None:
            return False
        rows.most_steps = max(rows.most_steps, first.state.steps)
        rows.add_line(line, self.choices.free[depth].values[begin:end], first.state)
        return True

    # -- steps ----------------------------------------

    def _child(self, sizer: Sizer, node: Node, index: int) -> Node:
        """Return the node whose next choice has the value of this index."""
        values = (*node.values, self.choices.free[len(node.values)].values[index])
        # before the first segment, the choices so far may decide the input
        state = node.state if node.position else sizer.start(values)
        return self._to_next_choice(sizer, node.position + 1, state, values)

    def _to_next_choice(
        self, sizer: Sizer, position: int, state: State, values: tuple[int, ...]
    ) -> Node:
        """Size segments up to the next choice, the end, or a layer without an output."""
        program, advance = self.program, sizer.advance
        while position < len(program) and not state.dead:
            segment = program[position]
            if segment is None:
                break
            state = advance(position, segment, state, values)
            position += 1
        return Node(position, state, values)


def _later_uses(program: list[Segment | None]) -> list[tuple[int, ...]]:
    """Return, for each position of a program, the choices that segments from there on depend on."""
    uses: set[int] = set()
    later: list[tuple[int, ...]] = []
    for segment in reversed(program):
        uses = uses | set(() if segment is None else segment.uses)
        later.append(tuple(sorted(uses)))
    return later[::-1]
