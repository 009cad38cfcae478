"""What the figure of volumes shows, in order: slabs, and arcs for the branches beside them."""

from __future__ import annotations

import re

from cnnsize.layers.names import ACTIVATIONS, ENDS, NORMS
from cnnsize.layers.volume import Volume
from cnnsize.network import Network
from cnnsize.record import Record, replace
from cnnsize.render.folds import folded
from cnnsize.render.rows import Entry, Fold, RowGroup, TableRow, sum_of, table_entries

# Kinds that look at one position: where they keep the volume, they are a line under a slab.
POINTWISE = frozenset({*ACTIVATIONS, *NORMS, *ENDS, "DROPOUT", "DROPOUT2D", "DROPPATH", "SCALE"})
LIGHT = frozenset({"ID", "CROP", *POINTWISE})
PROJECTION = re.compile(r"CONV1(x1)?-")
MAX_ROWS = 24  # of the deepest level of blocks that is drawn without --depth
MAX_DEPTH = 8


class Slab(Record):
    """A volume with the layer that computes it. ``volume`` is None where it is unknown."""

    name: str
    kind: str  # empty for a block
    volume: Volume | None
    extras: tuple[str, ...] = ()  # layers that keep the volume, and have no slab
    times: int = 1
    params: int | None = 0  # of all times
    is_faulty: bool = False


class Arc(Record):
    """A light branch of a join, from the slab that it reads to that of the join."""

    start: int
    end: int
    label: str


def entries_of(network: Network, depth: int | None, max_rows: int = MAX_ROWS) -> tuple[Entry, ...]:
    """Return the rows at a depth; None takes the deepest level that is still short."""
    if depth is not None:
        return folded(table_entries(network, depth=depth, unfold=False))
    best = folded(table_entries(network, depth=0, unfold=False))
    count = row_count(best)
    for level in range(1, MAX_DEPTH):
        deeper = folded(table_entries(network, depth=level, unfold=False))
        if row_count(deeper) > max_rows or row_count(deeper) == count:
            break
        best, count = deeper, row_count(deeper)
    return best


def row_count(entries: tuple[Entry, ...]) -> int:
    """Return the number of rows."""
    total = 0
    for entry in entries:
        if isinstance(entry, RowGroup):
            total += sum(map(row_count, entry.branches)) + (entry.tail is not None)
        else:
            total += 1 if isinstance(entry, TableRow) else row_count(entry.body)
    return total


class Layout:
    """Lay out rows as slabs and arcs."""

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        self.slabs: list[Slab] = []
        self.arcs: list[Arc] = []
        self.add_all(entries, 1)

    def add_all(self, entries: tuple[Entry, ...], times: int) -> None:
        """Append the slabs of entries, each of which occurs ``times`` times."""
        for entry in entries:
            if isinstance(entry, TableRow):
                self.add_row(entry, times)
            elif isinstance(entry, Fold):
                self.add_all(entry.body, times * entry.times)
            elif entry.tail is None:
                self.add_all(entry.branches[0], times)
            elif entry.head.startswith("OUTPUT"):
                self.add_extras(tuple(f"OUTPUT of {text}" for text in ends_of(entry)))
            else:
                self.add_join(entry, entry.tail, times)

    def add_row(self, row: TableRow, times: int) -> None:
        """Append a row as a slab, or as a line under the slab before."""
        previous = self.slabs[-1] if self.slabs else None
        keeps_volume = previous is not None and row.output == previous.volume is not None
        if row.kind in POINTWISE and keeps_volume and not row.is_faulty:
            self.add_extras(row.texts)
            return
        self.slabs.append(self.slab(row, row.texts[0], times))

    def slab(self, row: TableRow, name: str, times: int) -> Slab:
        """Return a row as a slab."""
        params = None if row.costs.params is None else row.costs.params * times
        kind, extras = row.kind, row.texts[1:]
        return Slab(name, kind, row.output, extras, times, params, row.is_faulty)

    def add_extras(self, texts: tuple[str, ...]) -> None:
        """Add lines under the last slab."""
        if self.slabs:
            last = self.slabs[-1]
            self.slabs[-1] = replace(last, extras=last.extras + texts)

    def add_join(self, group: RowGroup, tail: TableRow, times: int) -> None:
        """Append a join: along its only heavy branch, or as one slab."""
        heavy = [
            index for index, branch in enumerate(group.branches) if not is_light(branch, tail.kind)
        ]
        costs = [sum_of(branch).params or 0 for branch in group.branches]
        main = heavy[0] if heavy else costs.index(max(costs))
        inputs = tuple(text for branch in group.branches for text in inputs_of(branch))
        if len(heavy) > 1 or times > 1 or inputs or not self.slabs:
            name = f"{tail.kind} of {len(group.branches)}"
            params = None if group.costs.params is None else group.costs.params * times
            slab = replace(self.slab(tail, name, times), params=params)
            self.slabs.append(replace(slab, extras=(*inputs, *slab.extras)))
            return
        start = len(self.slabs) - 1
        self.add_all(tuple(e for e in group.branches[main] if not is_identity(e)), times)
        self.slabs.append(self.slab(tail, tail.kind, times))
        for index, branch in enumerate(group.branches):
            if index != main:
                names = (text for row in branch if isinstance(row, TableRow) for text in row.texts)
                label = " ".join(name for name in names if name != "ID")
                self.arcs.append(Arc(start, len(self.slabs) - 1, label))


def inputs_of(branch: tuple[Entry, ...]) -> list[str]:
    """Return the inputs of the network that a branch reads."""
    return [row.texts[0] for row in branch if isinstance(row, TableRow) and row.kind == "INPUT"]


def is_identity(entry: Entry) -> bool:
    """Return whether an entry passes its input on."""
    return isinstance(entry, TableRow) and entry.kind == "ID"


def is_light(branch: tuple[Entry, ...], join: str) -> bool:
    """Return whether a branch weighs next to nothing; under ADD a 1x1 projection does, too."""
    return all(
        isinstance(row, TableRow)
        and (row.kind in LIGHT or (join == "ADD" and bool(PROJECTION.match(row.texts[0]))))
        for row in branch
    )


def ends_of(group: RowGroup) -> list[str]:
    """Return the last layers of the branches of an OUTPUT."""
    lasts = (branch[-1] for branch in group.branches)
    return [row.texts[0] for row in lasts if isinstance(row, TableRow)]
