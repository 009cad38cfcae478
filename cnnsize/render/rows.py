"""The rows of the table of layers, with equal rows merged."""

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

# Kinds that keep the volume, and share the row of the layer before them.
SHARING = frozenset({*ACTIVATIONS, *ENDS, "DROPOUT", "DROPOUT2D", "DROPPATH", "FLATTEN"})
MAX_PERIOD = 8  # rows of a sequence that is merged when it repeats
MAX_TEXTS = 6  # layers that share a row
MAX_LAYER = 40  # characters of a layer
MAX_JOIN = 48  # characters of a join that is shown as one row


@dataclass(slots=True)
class TableRow:
    """A row of the table: a layer with those that share its row, or a whole block."""

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

    def equals(self, other: Entry) -> bool:
        """Return whether both rows show the same, and neither is marked as faulty."""
        if not isinstance(other, TableRow) or self.mark or other.mark:
            return False
        own = (self.texts, self.inputs, self.output, self.params, self.times)
        return own == (other.texts, other.inputs, other.output, other.params, other.times)

    def absorb(self, text: str, step: Step) -> None:
        """Add a layer that keeps the volume, such as an activation, to this row."""
        self.texts.append(text)
        self.output = step.output
        self.params = _add(self.params, step.params, step.count)
        self.macs = _add(self.macs, step.macs, step.count)
        self.activations = _add(self.activations, step.activations, step.count)


@dataclass(slots=True)
class RowGroup:
    """A block or a join shown with its layers. Only the rows inside have numbers, not the head."""

    head: str
    branches: list[list[Entry]]
    tail: TableRow | None = None  # the row of a join itself
    times: int = 1

    def equals(self, other: Entry) -> bool:
        """Return whether both have the same head and the same rows."""
        if not isinstance(other, RowGroup):
            return False
        if (self.head, self.times) != (other.head, other.times):
            return False
        if (self.tail is None) != (other.tail is None) or len(self.branches) != len(other.branches):
            return False
        equal_tails = self.tail is None or (other.tail is not None and self.tail.equals(other.tail))
        return equal_tails and all(
            len(branch) == len(other_branch)
            and all(
                entry.equals(other_entry)
                for entry, other_entry in zip(branch, other_branch, strict=True)
            )
            for branch, other_branch in zip(self.branches, other.branches, strict=True)
        )


Entry = TableRow | RowGroup


class Builder:
    """Build the rows of an outline.

    Activations, dropout and FLATTEN share the row of the layer before them. A block deeper than
    ``depth`` is one row.
    """

    def __init__(self, network: Network, unfold: bool) -> None:
        self.network = network
        self.unfold = unfold
        self.faulty = {".".join(map(str, problem.path)) for problem in network.problems}

    def entries(
        self, nodes: tuple[Node, ...], values: Mapping[str, int], depth: int
    ) -> list[Entry]:
        """Return the rows of the nodes, with the values of letters in the texts."""
        entries: list[Entry] = []
        for node in nodes:
            if isinstance(node, Step):
                self.step(node, values, entries)
            elif isinstance(node.part, Block):
                entries.append(self.block(node, node.part, depth))
            else:
                assert node.join is not None
                entries.append(self.join(node, node.join, values, depth))
        return entries

    def step(self, step: Step, values: Mapping[str, int], entries: list[Entry]) -> None:
        """Append a layer as a row, or add it to the row before."""
        previous = entries[-1] if entries else None
        row = previous.tail if isinstance(previous, RowGroup) else previous
        is_faulty = step.path in self.faulty
        shares_rows = step.kind in SHARING and not (self.unfold or is_faulty)
        if shares_rows and row is not None:
            both_have_sizes = step.output is not None and row.output is not None
            has_space = row.times == step.count and len(row.texts) < MAX_TEXTS
            if both_have_sizes and has_space:
                row.absorb(self.text(step, values), step)
                return
        entries.append(self.row(step, self.text(step, values)))

    def row(self, step: Step, text: str) -> TableRow:
        """Return a layer as a row."""
        return TableRow(
            [text],
            step.inputs,
            step.output,
            _add(0, step.params, step.count),
            _add(0, step.macs, step.count),
            _add(0, step.activations, step.count),
            arithmetic(step),
            step.receptive_field,
            step.count,
            "!" if step.path in self.faulty else "",
        )

    def block(self, nest: Nest, part: Block, depth: int) -> Entry:
        """Return a block as a head over its layers, or as one row with their sums."""
        name = f"{part.name}({', '.join(map(str, part.arguments))})"
        if depth > 0 or self.unfold:
            definition = self.network.architecture.definitions[part.name]
            values = dict(zip(definition.parameters or (), part.arguments, strict=True))
            return RowGroup(name, [self.entries(nest.branches[0], values, depth - 1)])
        return self.sums(name, steps(nest.branches[0]))

    def sums(self, text: str, layers: tuple[Step, ...]) -> TableRow:
        """Return several layers as one row with their sums."""
        first, last = layers[0], layers[-1]
        row = TableRow(
            [text], first.inputs, last.output, 0, 0, 0, "", last.receptive_field, first.count
        )
        for step in layers:
            row.params = _add(row.params, step.params, step.count)
            row.macs = _add(row.macs, step.macs, step.count)
            row.activations = _add(row.activations, step.activations, step.count)
            if step.path in self.faulty:
                row.mark = "!"
        return row

    def join(self, nest: Nest, step: Step, values: Mapping[str, int], depth: int) -> Entry:
        """Return a join as its branches between braces, as the notation writes them.

        A join of nothing but short calls is one row with their sums.
        """
        only_calls = all(not branch or _is_call(branch) for branch in nest.branches)
        branches: list[list[Entry]] = []
        for index, nodes in enumerate(nest.branches):
            if nodes:
                branches.append(self.entries(nodes, values, depth))
            else:
                volume = step.inputs[index]
                branches.append([TableRow(["ID"], (volume,), volume, 0, 0, 0, times=step.count)])
        shows_layers = depth > 0 or self.unfold
        if only_calls and not shows_layers:
            names = [branch[0].texts[0] for branch in branches if isinstance(branch[0], TableRow)]
            text = f"{step.kind}{{{' | '.join(names)}}}"
            if len(text) <= MAX_JOIN:
                return self.sums(
                    text, (*(step for branch in nest.branches for step in steps(branch)), step)
                )
        return RowGroup(f"{step.kind}{{", branches, self.row(step, "}"))

    def text(self, step: Step, values: Mapping[str, int]) -> str:
        """Return a layer as written, with letters replaced by their values."""
        text = safe(" ".join((step.canonical if values else step.text).split()))
        return text if len(text) <= MAX_LAYER else text[: MAX_LAYER - 3] + "..."


def _is_call(branch: tuple[Node, ...]) -> bool:
    """Return whether a branch is nothing but the call of a block."""
    return len(branch) == 1 and isinstance(branch[0], Nest) and isinstance(branch[0].part, Block)


def _add(total: int | None, value: int | None, times: int) -> int | None:
    return None if total is None or value is None else total + value * times


def merged(entries: list[Entry]) -> list[Entry]:
    """Return the rows with equal neighbours merged and summed; likewise repeated sequences."""
    for entry in entries:
        if isinstance(entry, RowGroup):
            entry.branches = [merged(branch) for branch in entry.branches]
    result: list[Entry] = []
    start = 0
    while start < len(entries):
        period, times = 1, 1
        for candidate in range(1, MAX_PERIOD + 1):
            repeats = 1
            while all(
                start + repeats * candidate + offset < len(entries)
                and entries[start + offset].equals(entries[start + repeats * candidate + offset])
                for offset in range(candidate)
            ):
                repeats += 1
            if repeats > 1 and repeats * candidate > period * times:
                period, times = candidate, repeats
                if candidate == 1:
                    break
        for index in range(period):
            entry = entries[start + index]
            result.append(
                entry
                if times == 1
                else _repeated(entry, entries[start + (times - 1) * period + index], times)
            )
        start += period * times
    return result


def _repeated(entry: Entry, last: Entry, times: int) -> Entry:
    """Return a row for ``times`` equal ones; the receptive field is that of the last."""
    if isinstance(entry, TableRow):
        assert isinstance(last, TableRow)
        return replace(
            entry,
            params=_multiply(entry.params, times),
            macs=_multiply(entry.macs, times),
            activations=_multiply(entry.activations, times),
            field=last.field,
            times=entry.times * times,
        )
    assert isinstance(last, RowGroup)
    branches = [
        [_repeated(first, final, times) for first, final in zip(branch, last_branch, strict=True)]
        for branch, last_branch in zip(entry.branches, last.branches, strict=True)
    ]
    tail = None
    if entry.tail is not None and last.tail is not None:
        row = _repeated(entry.tail, last.tail, times)
        assert isinstance(row, TableRow)
        tail = row
    return RowGroup(entry.head, branches, tail, entry.times * times)


def _multiply(value: int | None, times: int) -> int | None:
    return None if value is None else value * times
