"""The rows of the size table, repetitions folded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cnnsize.layers.names import ACTIVATIONS, ENDS
from cnnsize.layers.volume import Volume
from cnnsize.network import Network
from cnnsize.sizing.formula import arithmetic
from cnnsize.sizing.outline import Nest, Node, Step, steps
from cnnsize.sizing.rows import Block
from cnnsize.text.terminal import safe

FOLDED = frozenset({"DROPOUT", "DROPOUT2D", "DROPPATH", "FLATTEN"})
PERIOD = 8  # rows in a block that repeats


@dataclass(slots=True)
class TableRow:
    """One row of the table: a layer with what was folded onto it, or a block as one row."""

    texts: list[str]
    inputs: tuple[Volume | None, ...]
    output: Volume | None
    params: int | None
    macs: int | None
    activations: int | None
    arithmetic: str = ""
    field: tuple[int, int] | None = None
    times: int = 1
    mark: str = ""

    def same(self, other: Entry) -> bool:
        return (
            isinstance(other, TableRow)
            and self.texts == other.texts
            and self.inputs == other.inputs
            and self.output == other.output
            and self.params == other.params
            and self.times == other.times
            and not self.mark
            and not other.mark
        )

    def take(self, text: str, step: Step) -> None:
        """Fold a layer that leaves the volume as it is onto this row."""
        self.texts.append(text)
        self.output = step.output
        self.params = _sum(self.params, step.params, step.count)
        self.macs = _sum(self.macs, step.macs, step.count)
        self.activations = _sum(self.activations, step.activations, step.count)


@dataclass(slots=True)
class Frame:
    """A block or a join that is shown with what stands in it. Its head has no numbers: its rows
    have them.
    """

    head: str
    branches: list[list[Entry]]
    tail: TableRow | None = None  # the row of a join itself
    times: int = 1

    def same(self, other: Entry) -> bool:
        if not isinstance(other, Frame) or self.head != other.head or self.times != other.times:
            return False
        if (self.tail is None) != (other.tail is None) or len(self.branches) != len(other.branches):
            return False
        tails = self.tail is None or (other.tail is not None and self.tail.same(other.tail))
        return tails and all(
            len(mine) == len(its) and all(a.same(b) for a, b in zip(mine, its, strict=True))
            for mine, its in zip(self.branches, other.branches, strict=True)
        )


Entry = TableRow | Frame


class Builder:
    """Rows of an outline: activations, dropout and FLATTEN join the row before; deep blocks are one
    row.
    """

    def __init__(self, network: Network, unfold: bool) -> None:
        self.network = network
        self.unfold = unfold
        self.faulty = {".".join(map(str, problem.path)) for problem in network.problems}

    def entries(
        self, nodes: tuple[Node, ...], values: Mapping[str, int], depth: int
    ) -> list[Entry]:
        found: list[Entry] = []
        for node in nodes:
            if isinstance(node, Step):
                self.step(node, values, found)
            elif isinstance(node.part, Block):
                found.append(self.block(node, node.part, depth))
            else:
                assert node.join is not None
                found.append(self.join(node, node.join, values, depth))
        return found

    def step(self, step: Step, values: Mapping[str, int], found: list[Entry]) -> None:
        """Adds a layer, or folds it onto the row before."""
        before = found[-1] if found else None
        line = before.tail if isinstance(before, Frame) else before
        mark = "!" if step.path in self.faulty else ""
        folds = step.kind in ACTIVATIONS or step.kind in FOLDED or step.kind in ENDS
        if (
            folds
            and not self.unfold
            and not mark
            and line is not None
            and line.times == step.count
            and step.output is not None
            and line.output is not None
            and len(line.texts) < 6
        ):
            line.take(self.text(step, values), step)
        else:
            found.append(self.line(step, self.text(step, values)))

    def line(self, step: Step, text: str) -> TableRow:
        return TableRow(
            [text],
            step.inputs,
            step.output,
            _sum(0, step.params, step.count),
            _sum(0, step.macs, step.count),
            _sum(0, step.activations, step.count),
            arithmetic(step),
            step.receptive_field,
            step.count,
            "!" if step.path in self.faulty else "",
        )

    def block(self, nest: Nest, part: Block, depth: int) -> Entry:
        """A block: its layers under its name, or one row with their sums."""
        name = f"{part.name}({', '.join(map(str, part.arguments))})"
        if depth > 0 or self.unfold:
            definition = self.network.architecture.definitions[part.name]
            values = dict(zip(definition.parameters or (), part.arguments, strict=True))
            return Frame(name, [self.entries(nest.branches[0], values, depth - 1)])
        return self.sums(name, steps(nest.branches[0]))

    def sums(self, text: str, layers: tuple[Step, ...]) -> TableRow:
        """Several layers as one row."""
        first, last = layers[0], layers[-1]
        line = TableRow(
            [text], first.inputs, last.output, 0, 0, 0, "", last.receptive_field, first.count
        )
        for step in layers:
            line.params = _sum(line.params, step.params, step.count)
            line.macs = _sum(line.macs, step.macs, step.count)
            line.activations = _sum(line.activations, step.activations, step.count)
            if step.path in self.faulty:
                line.mark = "!"
        return line

    def join(self, nest: Nest, step: Step, values: Mapping[str, int], depth: int) -> Entry:
        """A join: branches between braces, as the language writes them, and the join behind the
        last one.
        """
        called = all(
            not branch
            or (
                len(branch) == 1
                and isinstance(branch[0], Nest)
                and isinstance(branch[0].part, Block)
            )
            for branch in nest.branches
        )
        branches: list[list[Entry]] = []
        for index, nodes in enumerate(nest.branches):
            if nodes:
                branches.append(self.entries(nodes, values, depth))
            else:
                volume = step.inputs[index]
                branches.append([TableRow(["ID"], (volume,), volume, 0, 0, 0, times=step.count)])
        if (
            called and depth <= 0 and not self.unfold
        ):  # blocks side by side: as short as they were written
            names = [branch[0].texts[0] for branch in branches if isinstance(branch[0], TableRow)]
            text = f"{step.kind}{{{' | '.join(names)}}}"
            if len(text) <= 48:
                return self.sums(
                    text, (*(one for branch in nest.branches for one in steps(branch)), step)
                )
        return Frame(f"{step.kind}{{", branches, self.line(step, "}"))

    def text(self, step: Step, values: Mapping[str, int]) -> str:
        """A layer as written, with the values of letters in their places."""
        text = safe(" ".join((step.canonical if values else step.text).split()))
        return text if len(text) <= 40 else text[:37] + "..."


def _sum(so_far: int | None, more: int | None, times: int) -> int | None:
    return None if so_far is None or more is None else so_far + more * times


def merged(entries: list[Entry]) -> list[Entry]:
    """Equal neighbours as one row with summed numbers; so too blocks of rows that repeat."""
    for entry in entries:
        if isinstance(entry, Frame):
            entry.branches = [merged(branch) for branch in entry.branches]
    out: list[Entry] = []
    at = 0
    while at < len(entries):
        best, times = 1, 1
        for period in range(1, PERIOD + 1):
            count = 1
            while all(
                at + count * period + i < len(entries)
                and entries[at + i].same(entries[at + count * period + i])
                for i in range(period)
            ):
                count += 1
            if count > 1 and count * period > best * times:
                best, times = period, count
                if period == 1:
                    break
        for index in range(best):
            entry = entries[at + index]
            out.append(
                entry
                if times == 1
                else _often(entry, entries[at + (times - 1) * best + index], times)
            )
        at += best * times
    return out


def _often(entry: Entry, last: Entry, times: int) -> Entry:
    """An entry that stands for ``times`` equal ones, of which ``last`` is the last: it sees
    most.
    """
    if isinstance(entry, TableRow):
        assert isinstance(last, TableRow)
        return replace(
            entry,
            params=_times(entry.params, times),
            macs=_times(entry.macs, times),
            activations=_times(entry.activations, times),
            field=last.field,
            times=entry.times * times,
        )
    assert isinstance(last, Frame)
    branches = [
        [_often(a, b, times) for a, b in zip(mine, its, strict=True)]
        for mine, its in zip(entry.branches, last.branches, strict=True)
    ]
    tail = None
    if entry.tail is not None and last.tail is not None:
        often = _often(entry.tail, last.tail, times)
        assert isinstance(often, TableRow)
        tail = often
    return Frame(entry.head, branches, tail, entry.times * times)


def _times(value: int | None, times: int) -> int | None:
    return None if value is None else value * times
