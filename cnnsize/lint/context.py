"""One network as the rules see it: its graph, and facts about it that are computed on demand."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.layers.names import ENDS, of_role
from cnnsize.lint.fields import LayerFields, layer_fields
from cnnsize.lint.flags import FLAGGED_KINDS, STRIDED_POOL, layer_flags
from cnnsize.lint.graph import Graph
from cnnsize.lint.path_flags import (
    NO_BN_FOLLOWS,
    ONLY_ENDS_FOLLOW,
    backward_masks,
    forward_masks,
)
from cnnsize.network import Network
from cnnsize.sizing.rows import Row
from cnnsize.sizing.settings import Settings

if TYPE_CHECKING:
    from cnnsize.layers.volume import Volume
    from cnnsize.lint.written import Neighbours
    from cnnsize.sizing.field import Jump

WITH_WEIGHTS = frozenset(of_role("convolution", "dense"))
CONVOLUTIONS = frozenset(of_role("convolution"))
SOFTMAXES = frozenset({"SOFTMAX", "LOGSOFTMAX"})
POOLS = frozenset(of_role("pool"))
FINAL_KINDS = frozenset({"FLATTEN", *SOFTMAXES, *ENDS})
SEVERAL = "several"  # in place of a kind where paths differ


class Context:
    """One network under its settings. Layers are named by their index, which is that of the graph.

    Everything that is computed on demand is kept here, and ends with the network.
    """

    def __init__(self, network: Network) -> None:
        self.network: Network = network
        self.architecture: ParsedArchitecture = network.architecture
        self.settings: Settings = network.settings
        self.graph: Graph = Graph(network)
        self.rows = self.graph.rows
        self.kinds = self.graph.kinds
        self.fits_input: dict[Volume, bool] = {}  # whether it has no fault on another input
        self._nearest: dict[tuple[tuple[int, ...], frozenset[str]], int | None] = {}

    # -- which layers ----------------------------------------

    @cached_property
    def _indices_by_kind(self) -> dict[str, list[int]]:
        by_kind: dict[str, list[int]] = {}
        for index, kind in enumerate(self.kinds):
            if kind in by_kind:
                by_kind[kind].append(index)
            else:
                by_kind[kind] = [index]
        return by_kind

    def indices_of(self, *kinds: str) -> list[int]:
        """Return the layers of these kinds, in forward order."""
        by_kind = self._indices_by_kind
        if len(kinds) == 1:
            return by_kind.get(kinds[0], [])
        groups = [by_kind[kind] for kind in kinds if kind in by_kind]
        if len(groups) == 1:
            return groups[0]
        return sorted([index for group in groups for index in group])

    def row(self, index: int) -> Row:
        """Return the row of a layer; the index must not be the start of a repetition."""
        row = self.rows[index]
        assert row is not None
        return row

    def is_sized(self, index: int) -> bool:
        """Return whether a layer's output is known."""
        row = self.rows[index]
        return row is not None and row.sizing.output is not None

    def is_strided_pool(self, index: int) -> bool:
        """Return whether a layer is a pool with a stride, and not one to a given output size."""
        return bool(self.flags[index] & STRIDED_POOL)

    @cached_property
    def flags(self) -> list[int]:
        """COLLAPSIBLE, HAS_STRIDE and the others, of each layer."""
        return [
            layer_flags(row) if kind in FLAGGED_KINDS and row is not None else 0
            for kind, row in zip(self.kinds, self.rows, strict=True)
        ]

    @cached_property
    def any_flags(self) -> int:
        """The flags that at least one layer has."""
        combined = 0
        for flags in self.flags:
            combined |= flags
        return combined

    def flagged(self, flag: int, *kinds: str) -> list[int]:
        """Return the layers of these kinds that have a flag."""
        flags = self.flags
        return [index for index in self.indices_of(*kinds) if flags[index] & flag]

    def count(self, *kinds: str) -> int:
        """Count the layers of these kinds, every iteration separately."""
        times = self.graph.times
        return sum([times[index] for index in self.indices_of(*kinds)])

    def count_outside_joins(self, *kinds: str) -> int:
        """Count the layers of these kinds that are in no branch, every iteration separately."""
        times, branches = self.graph.times, self.graph.branch_numbers
        return sum([times[index] for index in self.indices_of(*kinds) if not branches[index]])

    @cached_property
    def _places_by_start(self) -> dict[int, int]:
        places: dict[int, int] = {}
        for row, times in zip(self.rows, self.graph.times, strict=True):
            if row is not None:
                places[row.item.start] = places.get(row.item.start, 0) + times
        return places

    def count_places(self, start: int) -> int:
        """Return how many layers of the network the item at ``start`` in the text stands for.

        It is more than one in a repetition, and in a block that is called more than once.
        """
        return self._places_by_start[start]

    @cached_property
    def first_convolution(self) -> int:
        """The index of the first convolution; -1 where there is none."""
        return next((index for index, kind in enumerate(self.kinds) if kind in CONVOLUTIONS), -1)

    # -- the layers before and after ----------------------------------------

    def preceding_layers(self, index: int) -> Iterator[int]:
        """Yield the layers whose output a layer reads."""
        return self.graph.preceding_layers(index)

    def kind_before(self, index: int) -> str:
        """Return the kind of the preceding layer: empty at the input, "several" if paths differ."""
        kinds = {self.kinds[other] for other in self.graph.preceding_layers(index)} or {""}
        return kinds.pop() if len(kinds) == 1 else SEVERAL

    @cached_property
    def _successors(self) -> list[list[int]]:
        return self.graph.successors()

    def kind_after(self, index: int) -> str:
        """Return the kind of the following layer: empty at the end, "several" if paths differ."""
        following = self.graph.following_layers(index, self._successors)
        kinds = {self.kinds[other] for other in following} or {""}
        return kinds.pop() if len(kinds) == 1 else SEVERAL

    def nearest_before(self, index: int, kinds: frozenset[str]) -> int | None:
        """Return the nearest layer of these kinds before a layer, along any path.

        In a repetition it may be the layer itself. None where there is no such layer.
        """
        key = tuple(self.graph.predecessors[index]), kinds
        if key in self._nearest:  # all branches of a join begin at the same layer
            return self._nearest[key]
        nearest = None
        seen: set[int] = set()
        pending = deque(self.preceding_layers(index))
        while pending:
            other = pending.popleft()
            if other in seen:
                continue
            seen.add(other)
            if self.kinds[other] in kinds:
                nearest = other
                break
            pending += self.preceding_layers(other)
        self._nearest[key] = nearest
        return nearest

    def is_last(self, index: int) -> bool:
        """Return whether nothing but OUTPUT and LOSS follows a layer."""
        return bool(self.backward[index] & ONLY_ENDS_FOLLOW)

    @cached_property
    def forward(self) -> list[int]:
        """LINEAR, FLAT and POOLED as they arrive at each layer."""
        return self.graph.forward(0, *self._forward_masks)

    @cached_property
    def forward_later(self) -> list[int]:
        """The same in all iterations of a repetition but the first."""
        return self.graph.forward(0, *self._forward_masks, later_iterations=True)

    @cached_property
    def _forward_masks(self) -> tuple[list[int], list[int]]:
        return forward_masks(self.graph, self.flags)

    @cached_property
    def backward(self) -> list[int]:
        """NO_BN_FOLLOWS and ONLY_ENDS_FOLLOW of each layer."""
        return self.graph.backward(NO_BN_FOLLOWS | ONLY_ENDS_FOLLOW, backward_masks(self.graph))

    def final_layers(self) -> list[int]:
        """Return the layers that only FLATTEN, softmax and end markers follow, the last one first:
        of the network, then of each branch of OUTPUT.

        The end of a repetition is not among them: in all iterations but the last, more follows. A
        network that ends with branches of OUTPUT has its scores there.
        """
        last = len(self.rows) - 1
        starts = [*(() if last in self.graph.output_nodes else (last,)), *self.graph.outputs]
        return [index for start in starts for index in self._final_layers_from(start)]

    def _final_layers_from(self, index: int) -> list[int]:
        """Return the final layers before and at the last layer of an output."""
        final: list[int] = []
        branches = self.graph.branch_numbers
        branch = branches[index]
        while index >= 0:
            is_in_repetition = not self.kinds[index] or self.graph.times[index] > 1
            if is_in_repetition or branches[index] != branch:
                break
            final.append(index)
            predecessors = self.graph.predecessors[index]
            if self.kinds[index] not in FINAL_KINDS or len(predecessors) != 1:
                break
            index = predecessors[0]
        return final

    def first_iterations(self, index: int) -> int:
        """Return how many places of a layer are in the first iteration of its repetition."""
        start = index
        while start >= 0 and not self._starts_repetition_around(start, index):
            start -= 1
        return self.graph.times[start] if start >= 0 else 0

    def _starts_repetition_around(self, start: int, index: int) -> bool:
        return self.rows[start] is None and max(self.graph.predecessors[start]) >= index

    def main_path(self) -> set[int]:
        """Return the layers of one path through the network: the first branch of every join."""
        path: set[int] = set()
        index = len(self.rows) - 1
        while index >= 0:
            path.add(index)
            predecessors = self.graph.predecessors[index]
            index = predecessors[0] if predecessors else -1
        return path

    @cached_property
    def neighbours(self) -> Neighbours:
        """The items written before and after each item of its chain, by its start and end."""
        from cnnsize.lint.written import neighbours  # late: only some fixes ask

        return neighbours(self.architecture)

    # -- numbers ----------------------------------------

    @cached_property
    def total_params(self) -> int | None:
        """The parameters of the network; None where a size is unknown."""
        total = 0
        for row, times in zip(self.rows, self.graph.times, strict=True):
            if row is not None:
                volume = row.inputs[0]
                if volume is None or row.sizing.output is None:
                    return None
                total += times * sum(row.layer.weights(volume))
        return total

    def total_macs(self) -> int | None:
        """Return the multiply-adds of the network; None where a size is unknown."""
        total = 0
        for row, times in zip(self.rows, self.graph.times, strict=True):
            if row is not None:
                volume, output = row.inputs[0], row.sizing.output
                if volume is None or output is None:
                    return None
                if row.layer.kind in FLAGGED_KINDS:
                    total += times * row.layer.weights(volume)[0] * row.layer.uses(volume, output)
        return total

    @cached_property
    def _fields(self) -> list[LayerFields | None]:
        return layer_fields(self.network)

    def receptive_field(
        self, index: int, axis: int, of: Literal["input", "smallest input", "output"]
    ) -> int | None:
        """Return the receptive field of a layer's input or output along an axis.

        Where paths differ it is that of the largest one, or of the smallest one when asked for.
        None where there is no single field, such as after an FC.
        """
        from cnnsize.sizing.field import extent  # late: few rules look at fields

        fields, row = self._fields[index], self.rows[index]
        if fields is None or row is None:
            return None
        volume = row.sizing.output if of == "output" else row.inputs[0]
        field = fields.after if of == "output" else fields.before
        if field is None or volume is None:
            return None
        return extent(
            (field.smallest if of == "smallest input" else field.largest)[axis], volume[axis]
        )

    def jump(self, index: int, axis: int) -> Jump | None:
        """Return the distance in input cells between neighbouring output positions of a layer.

        None where there is no single field.
        """
        from cnnsize.sizing.field import jump  # late: few rules look at fields

        fields, row = self._fields[index], self.rows[index]
        if fields is None or row is None or row.sizing.output is None:
            return None
        return None if fields.after is None else jump(fields.after.largest[axis])
