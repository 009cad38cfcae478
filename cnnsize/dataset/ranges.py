"""Size ranges of members: what members share is sized once, and the rest is added up in tables.

The members that share their first choices end in the same way wherever the layers before left the
same volume. Their sizes, relative to that volume, are a ``Block``: a table of all combinations of
the last choices, which is computed once and then only shifted by the costs of the layers before.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from cnnsize.limits import MAX_BLOCK_ROWS, MAX_CACHED_ROWS, MAX_LEAF_ROWS
from cnnsize.patterns.choices import Choices
from cnnsize.patterns.segments import segments
from cnnsize.patterns.sizer import Sizer
from cnnsize.patterns.states import State

SUMS = ("params", "macs", "activations")  # over all layers, and so shifted by those before a block
ENDS = ("output_W", "output_H", "output_D", "receptive_field_W", "receptive_field_H")
SIZES = (*SUMS, *ENDS, "valid")
NO_SIZES = (None,) * (len(SIZES) - 1)


class Block(NamedTuple):
    """The sizes of all members that begin with the same choices, as if no layer came before.

    ``steps`` are those before the block, and ``growth`` is the largest number that a member adds.
    Where a member had too many steps (``limited``), the block holds for these ``steps`` only.
    """

    columns: list[Any]  # in the order of SIZES
    steps: int
    growth: int
    limited: bool


class Node(NamedTuple):
    """The members that begin with some choices, sized up to the next choice of the program."""

    position: int  # in the program
    state: State
    values: tuple[int, ...]  # of the choices so far


class Rows:
    """The sizes of consecutive members, as they are added; ``most_steps`` are those of any member."""

    def __init__(self) -> None:
        self.most_steps = 0
        self._members: list[tuple[Any, ...]] = []  # that are in no chunk yet
        self._chunks: list[list[Any]] = [[] for _ in SIZES]

    def add_member(self, state: State) -> None:
        """Add one member that ends in a state."""
        volume, field = state.volume, state.view.receptive_field
        assert volume is not None
        sizes = (state.params, state.macs, state.activations, *volume, *(field or (None, None)))
        self._members.append((*sizes, state.valid))

    def add_failed(self, number: int) -> None:
        """Add members without an output."""
        if number <= MAX_LEAF_ROWS:
            self._members += [(*NO_SIZES, False)] * number
            return
        self._end_chunk()
        nulls = pa.nulls(number, pa.int64())
        for chunks in self._chunks[:-1]:
            chunks.append(nulls)
        self._chunks[-1].append(_false(number))

    def add_block(self, block: Block, state: State, begin: int, end: int) -> None:
        """Add some members of a block, after layers that left this state."""
        self._end_chunk()
        number = end - begin
        columns = [column.slice(begin, number) for column in block.columns]
        for index, cost in enumerate((state.params, state.macs, state.activations)):
            if cost:
                columns[index] = pc.add_checked(columns[index], pa.scalar(cost, pa.int64()))
        if not state.valid:
            columns[-1] = _false(number)
        for chunks, column in zip(self._chunks, columns, strict=True):
            chunks.append(column)

    def columns(self) -> list[Any]:
        """Return the columns in the order of SIZES."""
        self._end_chunk()
        return [
            chunks[0] if len(chunks) == 1 else pa.concat_arrays(chunks) for chunks in self._chunks
        ]

    def _end_chunk(self) -> None:
        if not self._members:
            return
        columns = zip(*self._members, strict=True)
        for name, chunks, column in zip(SIZES, self._chunks, columns, strict=True):
            chunks.append(pa.array(column, pa.bool_() if name == "valid" else pa.int64()))
        self._members = []


def _false(number: int) -> Any:
    return pa.repeat(pa.scalar(False), number)


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
        self._uses = _later_uses(self.program)
        self._leaf = next(
            depth for depth, share in enumerate(self.shares) if share <= MAX_LEAF_ROWS
        )
        self._blocks: dict[Any, Block] = {}
        self._cached_rows = 0

    def columns(self, begin: int, end: int) -> list[Any]:
        """Return the sizes of the members with these numbers, in the order of SIZES.

        Raises ArchitectureError where no member can be sized, and OverflowError or pyarrow's
        ArrowInvalid for a number of more than 64 bits.
        """
        rows = Rows()
        self._add(rows, self._to_next_choice(0, self.sizer.start(()), ()), begin, end)
        return rows.columns()

    def states(self, begin: int, end: int) -> Any:
        """Yield (number, state) of the members with these numbers, one after the other."""
        root = self._to_next_choice(0, self.sizer.start(()), ())
        for number in range(begin, end):
            node = root
            for depth in range(len(self.sizes)):
                if node.state.dead or node.position == len(self.program):
                    break
                node = self._child(node, number // self.shares[depth + 1] % self.sizes[depth])
            yield number, node.state

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
        else:
            share = self.shares[depth + 1]
            for index in range(begin // share, (end - 1) // share + 1):
                first = index * share
                child = self._child(node, index)
                self._add(rows, child, max(begin - first, 0), min(end - first, share))

    def _is_block(self, node: Node) -> bool:
        """Return whether the members of a node are kept as a table."""
        depth = len(node.values)
        is_small = depth <= self._leaf and self.shares[depth] <= MAX_BLOCK_ROWS
        return is_small and node.position > 0  # before it, choices decide the input

    def _block(self, node: Node) -> Block:
        """Return the block of a node, from the cache if the layers before left the same volume."""
        position, state, values = node
        used = tuple([values[index] for index in self._uses[position] if index < len(values)])
        key = (position, state.volume, state.zeros, state.view, used)
        block = self._blocks.get(key)
        if block is not None and self._holds_for(block, state.steps):
            return block
        alone = state._replace(params=0, macs=0, activations=0, causes=(), valid=True)
        start, rows = node._replace(state=alone), Rows()
        for index in range(self.sizes[len(values)]):
            self._add(rows, self._child(start, index), 0, self.shares[len(values) + 1])
        limited = rows.most_steps > self.sizer.max_steps
        block = Block(rows.columns(), state.steps, rows.most_steps - state.steps, limited)
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

    def _child(self, node: Node, index: int) -> Node:
        """Return the node whose next choice has the value of this index."""
        values = (*node.values, self.choices.free[len(node.values)].values[index])
        # before the first segment, the choices so far may decide the input
        state = node.state if node.position else self.sizer.start(values)
        return self._to_next_choice(node.position + 1, state, values)

    def _to_next_choice(self, position: int, state: State, values: tuple[int, ...]) -> Node:
        """Size segments up to the next choice, the end, or a layer without an output."""
        program, advance = self.program, self.sizer.advance
        while position < len(program) and not state.dead:
            segment = program[position]
            if segment is None:
                break
            state = advance(position, segment, state, values)
            position += 1
        return Node(position, state, values)


def _later_uses(program: list[Any]) -> list[tuple[int, ...]]:
    """Return, for each position of a program, the choices that segments from there on depend on."""
    uses: set[int] = set()
    later: list[tuple[int, ...]] = []
    for segment in reversed(program):
        uses = uses | set(() if segment is None else segment.uses)
        later.append(tuple(sorted(uses)))
    return later[::-1]
