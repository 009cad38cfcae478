"""The sizes of consecutive members as columns of pyarrow, put together from members and tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import pyarrow as pa
import pyarrow.compute as pc

from cnnsize.dataset.trails import Trail
from cnnsize.limits import MAX_LEAF_ROWS
from cnnsize.patterns.linear import Line
from cnnsize.patterns.sizer import Sizer
from cnnsize.patterns.states import State, View

SUMS = ("params", "macs", "activations")  # over all layers, and so shifted by those before a block
OUTPUT = ("output_W", "output_H", "output_D")
FIELD = ("receptive_field_W", "receptive_field_H")
SIZES = (*SUMS, *OUTPUT, "valid", *FIELD)
KINDS = (*[pa.int64()] * 6, pa.bool_(), pa.int32())  # of the columns of ``Rows``; the last: a view
VALID, VIEW = 6, 7
FAILED = (None,) * 6 + (False, None)
MAX_KEPT_VIEWS = 16  # for which a block knows the views at its ends


class Block(NamedTuple):
    """The sizes of all members that begin with the same choices, as if no layer came before.

    ``columns`` are those of ``Rows``; the last one has indexes of ``trails``. ``steps`` are those
    before the block, and ``growth`` is the largest number that a member adds. Where a member had
    too many steps (``limited``), the block holds for these ``steps`` only.
    """

    columns: list[Any]
    trails: list[Trail]
    views: dict[View, list[View]]  # at the ends of ``trails``, for some views before the block
    steps: int
    growth: int
    limited: bool


class Rows:
    """The sizes of consecutive members, in the order in which they are added.

    With a ``TrailSizer`` they are those of a block. ``most_steps`` are the most of any member.
    """

    def __init__(self, sizer: Sizer) -> None:
        self.sizer = sizer
        self.most_steps = 0
        self._members: list[tuple[Any, ...]] = []  # that are in no chunk yet
        self._chunks: list[list[Any]] = [[] for _ in KINDS]
        self._views: dict[View | Trail, int] = {}

    def add_member(self, state: State) -> None:
        """Add one member that ends in a state."""
        _, view, params, macs, activations, _, _, _, valid, _ = state
        W, H, D = cast("tuple[int, int, int]", state.volume)
        index = self._views.setdefault(view, len(self._views))
        self._members.append((params, macs, activations, W, H, D, valid, index))

    def add_failed(self, number: int) -> None:
        """Add members without an output."""
        if number <= MAX_LEAF_ROWS:
            self._members += [FAILED] * number
            return
        columns = [pa.nulls(number, kind) for kind in KINDS]
        columns[VALID] = _same(False, number, VALID)
        self._add_chunks(columns)

    def add_line(self, line: Line, widths: Sequence[int], state: State) -> None:
        """Add members that differ in one width; ``state`` is that of any of them."""
        number = len(widths)
        steps = pc.subtract_checked(pa.array(widths, pa.int64()), line.start)
        columns = [
            pc.add_checked(pc.multiply_checked(steps, slope), first)
            if slope
            else _same(first, number, index)
            for index, (first, slope) in enumerate(zip(line.first, line.slope, strict=True))
        ]
        view = self._views.setdefault(state.view, len(self._views))
        self._add_chunks([*columns, _same(state.valid, number, VALID), _same(view, number, VIEW)])

    def add_block(self, block: Block, state: State, begin: int, end: int) -> None:
        """Add some members of a block, after layers that left this state."""
        number = end - begin
        columns = [column.slice(begin, number) for column in block.columns]
        for index, cost in enumerate((state.params, state.macs, state.activations)):
            if cost:
                columns[index] = pc.add_checked(columns[index], pa.scalar(cost, pa.int64()))
        if not state.valid:
            columns[VALID] = _same(False, number, VALID)
        views = self._views
        indexes = [views.setdefault(view, len(views)) for view in self._ends(block, state.view)]
        if len(indexes) > 1 or columns[VIEW].null_count:
            columns[VIEW] = pc.take(pa.array(indexes, pa.int32()), columns[VIEW])
        elif indexes != [0]:
            columns[VIEW] = _same(indexes[0], number, VIEW)
        self._add_chunks(columns)

    def _ends(self, block: Block, view: View) -> Sequence[View | Trail]:
        """Return the views at the ends of the trails of a block that begins with a view."""
        if isinstance(view, Trail):
            longer: dict[Trail, Trail] = {}
            return [view.followed_by(trail, longer) for trail in block.trails]
        ends = block.views.get(view)
        if ends is None:
            known: dict[Trail, View] = {}
            ends = [trail.view_from(view, self.sizer, known) for trail in block.trails]
            if len(block.views) == MAX_KEPT_VIEWS:
                block.views.clear()
            block.views[view] = ends
        return ends

    def sizes(self) -> list[Any]:
        """Return the columns of SIZES."""
        *columns, view = self._columns()
        fields = [cast("View", view).receptive_field or (None, None) for view in self._views]
        sides = [pa.array([field[axis] for field in fields], pa.int64()) for axis in (0, 1)]
        return [*columns, *(pc.take(side, view) for side in sides)]

    def block(self, steps: int, max_steps: int) -> Block:
        """Return the rows as a block after so many steps."""
        limited = self.most_steps > max_steps
        trails = cast("list[Trail]", list(self._views))
        return Block(self._columns(), trails, {}, steps, self.most_steps - steps, limited)

    def _columns(self) -> list[Any]:
        self._end_chunk()
        return [
            chunks[0] if len(chunks) == 1 else pa.concat_arrays(chunks) for chunks in self._chunks
        ]

    def _add_chunks(self, columns: Sequence[Any]) -> None:
        self._end_chunk()
        for chunks, column in zip(self._chunks, columns, strict=True):
            chunks.append(column)

    def _end_chunk(self) -> None:
        """Make arrays of the members that were added one by one."""
        if not self._members:
            return
        columns = zip(*self._members, strict=True)
        for chunks, column, kind in zip(self._chunks, columns, KINDS, strict=True):
            chunks.append(pa.array(column, kind))
        self._members = []


def _same(value: Any, number: int, index: int) -> Any:
    """Return a column with the same value in each row."""
    return pa.repeat(pa.scalar(value, KINDS[index]), number)
