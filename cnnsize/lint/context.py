"""One network as the rules see it: its graph, and what is worked out of it when a rule first
asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import Item
from cnnsize.layers import JOINS, KINDS
from cnnsize.layers.names import ACTIVATIONS, ENDS, of_role
from cnnsize.lint.fields import Reach, fields
from cnnsize.lint.flags import MARKED, STEM, STRIDED, known
from cnnsize.lint.graph import Graph
from cnnsize.network import Network
from cnnsize.sizing.rows import Row
from cnnsize.sizing.settings import Settings

if TYPE_CHECKING:
    from cnnsize.faults.verify import Verifier

Neighbours = dict[tuple[int, int], tuple[Item | None, Item | None]]  # by start and end

WEIGHERS = frozenset(of_role("convolution", "dense"))
SOFTMAXES = frozenset({"SOFTMAX", "LOGSOFTMAX"})
POOLS = frozenset(of_role("pool"))
# Bits that run forwards. Each must come along every path to a layer.
LINEAR = 1  # a filter or FC was met, and since then nothing that bends
FLAT = 2  # behind FC or FLATTEN, no longer a map
POOLED = 4  # a pool with a stride was met, and since then nothing that weighs
# Bits that run backwards: each must hold of every path on from a layer.
NO_BN = 1  # no BN follows
OVER = 2  # nothing but end markers follows
ALL = -1
FORWARD_KEEP = {
    **dict.fromkeys(ACTIVATIONS, ALL & ~LINEAR),
    "INPUT": 0,
    "CONV": ALL & ~(LINEAR | FLAT | POOLED),
    "DWCONV": ALL & ~(LINEAR | FLAT | POOLED),
    "TCONV": ALL & ~(LINEAR | FLAT | POOLED),
    "FC": ALL & ~(LINEAR | POOLED),
    "POOL": ALL & ~(LINEAR | FLAT),
    "AVGPOOL": ALL & ~FLAT,
    "GMP": ALL & ~LINEAR,
    "UNFLATTEN": ALL & ~FLAT,
    "UP": ALL & ~LINEAR,
    "PIXELSHUFFLE": ALL & ~LINEAR,
    "PIXELUNSHUFFLE": ALL & ~LINEAR,
    "MUL": ALL & ~(LINEAR | POOLED),
    "ADD": ALL & ~POOLED,
    "CAT": ALL & ~POOLED,
}
BENDING = frozenset(
    cls.kind
    for cls in (*KINDS.values(), *(join.__class__ for join in JOINS.values()))
    if cls.traits.nonlinear
)
FORWARD_GIVE = {"FC": LINEAR | FLAT, "FLATTEN": FLAT}
BACKWARD_KEEP = {"BN": ALL & ~(NO_BN | OVER), "OUTPUT": ALL, "LOSS": ALL, "": ALL}
OTHERS = ALL & ~OVER
ENDINGS = frozenset({"FLATTEN", *SOFTMAXES, *ENDS})


class Context:
    """One network under its settings."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.architecture: ParsedArchitecture = network.architecture
        self.settings: Settings = network.settings
        self.graph = Graph(network)
        self.rows = self.graph.rows
        self.kinds = self.graph.kinds
        self._groups: dict[str, list[int]] | None = None
        self._forward: list[int] | None = None
        self._places: dict[int, int] | None = None
        self._later: list[int] | None = None
        self._backward: list[int] | None = None
        self._after: list[list[int]] | None = None
        self._first: int | None = None
        self._fields: dict[int, Reach] | None = None
        self._params: int | None = None
        self._marks: list[int] | None = None
        self._seen: int | None = None
        self.nearest: dict[tuple[tuple[int, ...], frozenset[str]], int | None] = {}  # of checks.py
        self.verifier: Verifier | None = None  # once a finding has fixes to prove
        self.neighbours: Neighbours | None = None  # the items written before and after each

    # -- which rows ----------------------------------------

    def indices_of(self, *kinds: str) -> list[int]:
        """The rows of these kinds, in forward order."""
        if self._groups is None:
            groups: dict[str, list[int]] = {}
            for index, kind in enumerate(self.kinds):
                if kind in groups:
                    groups[kind].append(index)
                else:
                    groups[kind] = [index]
            self._groups = groups
        if len(kinds) == 1:
            return self._groups.get(kinds[0], [])
        found = [self._groups[kind] for kind in kinds if kind in self._groups]
        return found[0] if len(found) == 1 else sorted([index for some in found for index in some])

    def strided(self, index: int) -> bool:
        """Is it a pool with a stride, and not one to a size?"""
        return bool(self.marks[index] & STRIDED)

    def row(self, index: int) -> Row:
        row = self.rows[index]
        assert row is not None
        return row

    def sized(self, index: int) -> bool:
        """Are both its volumes known?"""
        row = self.rows[index]
        return row is not None and row.sizing.output is not None

    @property
    def marks(self) -> list[int]:
        """STEM, STEPS and the others of each row."""
        if self._marks is None:
            self._marks = [
                known(row)[1] if kind in MARKED and row is not None else 0
                for kind, row in zip(self.kinds, self.rows, strict=True)
            ]
        return self._marks

    @property
    def seen(self) -> int:
        """The marks that any row has."""
        if self._seen is None:
            seen = 0
            for marks in self.marks:
                seen |= marks
            self._seen = seen
        return self._seen

    def marked(self, mark: int, *kinds: str) -> list[int]:
        """The rows of these kinds that have a mark."""
        marks = self.marks
        return [index for index in self.indices_of(*kinds) if marks[index] & mark]

    def count(self, *kinds: str) -> int:
        """How many layers of these kinds there are, repeats counted out."""
        times = self.graph.times
        return sum([times[index] for index in self.indices_of(*kinds)])

    def count_outside(self, *kinds: str) -> int:
        times, branches = self.graph.times, self.graph.branches
        return sum([times[index] for index in self.indices_of(*kinds) if not branches[index]])

    def places(self, start: int) -> int:
        """How many places the item that begins at ``start`` stands for: passes, and calls of its
        block.
        """
        if self._places is None:
            self._places = {}
            for row, times in zip(self.rows, self.graph.times, strict=True):
                if row is not None:
                    self._places[row.item.start] = self._places.get(row.item.start, 0) + times
        return self._places[start]

    @property
    def first_conv(self) -> int:
        if self._first is None:
            self._first = next(
                (i for i, kind in enumerate(self.kinds) if kind in ("CONV", "DWCONV", "TCONV")), -1
            )
        return self._first

    # -- what comes before and behind ----------------------------------------

    def preceding_layers(self, index: int) -> Iterator[int]:
        """The rows that a row hears directly."""
        return self.graph.preceding_layers(index)

    def kind_before(self, index: int) -> str:
        """The kind before a row; several where paths differ."""
        found = {self.kinds[one] for one in self.graph.preceding_layers(index)} or {""}
        return found.pop() if len(found) == 1 else "several"

    def following_layers(self, index: int) -> list[int]:
        """The rows that hear a row directly."""
        if self._after is None:
            self._after = self.graph.successors()
        found: dict[int, None] = {}
        ahead = list(self._after[index])
        seen = set(ahead)
        while ahead:
            one = ahead.pop()
            if self.rows[one] is not None:
                found[one] = None
                continue
            for further in self._after[one]:
                if further not in seen:
                    seen.add(further)
                    ahead.append(further)
        return sorted(found)

    def kind_after(self, index: int) -> str:
        found = {self.kinds[one] for one in self.following_layers(index)} or {""}
        return found.pop() if len(found) == 1 else "several"

    def is_last(self, index: int) -> bool:
        return bool(self.backward[index] & OVER)

    @property
    def forward(self) -> list[int]:
        """LINEAR, FLAT and POOLED as they arrive at each row."""
        if self._forward is None:
            self._forward = self.graph.forward(0, *self._masks())
        return self._forward

    @property
    def later(self) -> list[int]:
        """The same in all passes of a repeat but the first; only where there is a repeat."""
        if self._later is None:
            self._later = self.graph.forward(0, *self._masks(), later=True)
        return self._later

    def _masks(self) -> tuple[list[int], list[int]]:
        """What each row keeps of the bits that run forwards, and what it gives."""
        keep = [FORWARD_KEEP.get(kind, ALL) for kind in self.kinds]
        give = [FORWARD_GIVE.get(kind, 0) for kind in self.kinds]
        for index in self.marked(STEM, "CONV", "TCONV"):
            give[index] = LINEAR
        for index in self.marked(STRIDED, "POOL", "AVGPOOL"):
            give[index] = POOLED
        for join, begin in self.graph.joins.items():
            # a branch with a bend adds what no one filter could: CONV(a(x) + x) is not one linear
            # map of x
            if not BENDING.isdisjoint(self.kinds[begin:join]):
                keep[join] &= ~LINEAR
        return keep, give

    @property
    def backward(self) -> list[int]:
        """NO_BN and OVER of what follows each row."""
        if self._backward is None:
            keep = [BACKWARD_KEEP.get(kind, OTHERS) for kind in self.kinds]
            self._backward = self.graph.backward(NO_BN | OVER, keep)
        return self._backward

    def tail(self) -> list[int]:
        """The rows behind which nothing but FLATTEN, softmax and end markers follows, the last
        first.

        The end of a repeat is none of them: in all passes but the last more follows.
        """
        found: list[int] = []
        at = len(self.rows) - 1
        while at >= 0 and self.kinds[at] and self.graph.times[at] == 1:
            found.append(at)
            befores = self.graph.predecessors[at]
            if self.kinds[at] not in ENDINGS or len(befores) != 1:
                break
            at = befores[0]
        return found

    def first_passes(self, index: int) -> int:
        """How many of the places of a row are first passes of the repeat that it stands in."""
        at = index
        while at >= 0 and not (self.rows[at] is None and max(self.graph.predecessors[at]) >= index):
            at -= 1
        return self.graph.times[at] if at >= 0 else 0

    def path(self) -> set[int]:
        """The rows of one way from the input to the output: along the first branch of every
        join.
        """
        found: set[int] = set()
        at = len(self.rows) - 1
        while at >= 0:
            found.add(at)
            befores = self.graph.predecessors[at]
            at = befores[0] if befores else -1
        return found

    # -- numbers ----------------------------------------

    def total_params(self) -> int | None:
        """All learned numbers; less work than all totals."""
        if self._params is None:
            total = 0
            for row, times in zip(self.rows, self.graph.times, strict=True):
                if row is not None:
                    if row.sizing.output is None:
                        return None
                    total += times * known(row)[2]
            self._params = total
        return self._params

    def total_macs(self) -> int | None:
        """The multiply-adds of all layers; the same."""
        total = 0
        for row, times in zip(self.rows, self.graph.times, strict=True):
            if row is not None:
                volume, output = row.inputs[0], row.sizing.output
                if volume is None or output is None:
                    return None
                if row.layer.kind in MARKED:
                    total += times * row.layer.weights(volume)[0] * row.layer.uses(volume, output)
        return total

    def field(self, index: int, axis: int, what: str) -> Any:
        """Receptive fields of a row's input and output along an axis; None where there is no one
        field.
        """
        from cnnsize.sizing.field import extent, jump  # late: few rules look at fields

        if self._fields is None:
            self._fields = fields(self.network)
        reach = self._fields.get(id(self.rows[index]))
        row = self.rows[index]
        if reach is None or row is None:
            return None
        volume = row.inputs[0] if what in ("in", "least") else row.sizing.output
        field = reach.before if what in ("in", "least") else reach.after
        if field is None or volume is None:
            return None
        if what == "jump":
            return jump(field.largest[axis])
        return extent((field.smallest if what == "least" else field.largest)[axis], volume[axis])
