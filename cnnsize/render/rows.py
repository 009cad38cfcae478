"""The rows of the table of layers: layers that share a row, blocks, joins and repetitions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from cnnsize.layers.names import ACTIVATIONS, ENDS
from cnnsize.layers.volume import PerAxis, Volume
from cnnsize.network import Network
from cnnsize.record import NamedTuple, Record, replace
from cnnsize.sizing.formula import Formula, parameter_arithmetic, size_formulas
from cnnsize.sizing.outline import Nest, Node, Step, steps
from cnnsize.sizing.rows import Block, Loop
from cnnsize.text.terminal import safe

# Kinds that share the row of the layer before them, where they keep its volume.
SHARING = frozenset({*ACTIVATIONS, *ENDS, "DROPOUT", "DROPOUT2D", "DROPPATH", "FLATTEN"})
MAX_TEXTS = 6  # layers that share a row
MAX_LAYER = 400  # characters of a layer
MAX_JOIN = 48  # characters of a join that is shown as one row


class Costs(NamedTuple):
    """Parameters, multiply-adds and activations; None where a volume is unknown."""

    params: int | None = 0
    macs: int | None = 0
    activations: int | None = 0

    def plus(self, other: Costs, times: int = 1) -> Costs:
        """Return the sum with ``times`` the other costs."""
        return Costs(
            *(
                None if mine is None or theirs is None else mine + theirs * times
                for mine, theirs in zip(self, other, strict=True)
            )
        )


class TableRow(Record):
    """A row of the table: a layer with those that share its row, or a whole block."""

    texts: tuple[str, ...]
    inputs: tuple[Volume | None, ...]
    output: Volume | None
    costs: Costs
    field: PerAxis | None = None
    formulas: tuple[Formula, ...] = ()
    arithmetic: str = ""
    is_faulty: bool = False
    is_sum: bool = False  # the row of all iterations of a repetition
    kind: str = ""  # of the first layer or the join; empty for a block
    path: str = ""  # of the first layer or the join; empty for a block

    @property
    def key(self) -> object:
        """What rows must have in common to be iterations of a repetition."""
        return self.texts, self.inputs, self.output, self.costs, self.is_faulty


class RowGroup(Record):
    """A block or a join shown with its layers. Only the rows inside have numbers, not the head."""

    head: str
    branches: tuple[tuple[Entry, ...], ...]
    tail: TableRow | None = None  # the row of a join itself

    @property
    def costs(self) -> Costs:
        """The sums over the rows inside."""
        total = Costs() if self.tail is None else self.tail.costs
        for branch in self.branches:
            total = total.plus(sum_of(branch))
        return total

    @property
    def key(self) -> object:
        """What groups must have in common to be iterations of a repetition."""
        inside = tuple(tuple(entry.key for entry in branch) for branch in self.branches)
        return self.head, inside, None if self.tail is None else self.tail.key

    @property
    def last(self) -> TableRow:
        """The row whose output is that of the whole group."""
        return last_row(self.branches[0]) if self.tail is None else self.tail


class Fold(Record):
    """The rows of one iteration of a repetition. ``total`` is the row of all iterations."""

    body: tuple[Entry, ...]
    times: int
    field: PerAxis | None  # after the last iteration

    @property
    def costs(self) -> Costs:
        """The sums over all iterations."""
        return Costs().plus(sum_of(self.body), self.times)

    @property
    def key(self) -> object:
        """What folds must have in common to be iterations of a repetition."""
        return self.times, tuple(entry.key for entry in self.body)

    @property
    def total(self) -> TableRow:
        """The row of all iterations."""
        text, last = f"x{self.times:,} in all", last_row(self.body)
        return TableRow((text,), (), last.output, self.costs, self.field, is_sum=True)


Call = tuple[str, tuple[Volume | None, ...]]  # of a block, with the volumes before its first layer
Entry = TableRow | RowGroup | Fold


def sum_of(entries: tuple[Entry, ...]) -> Costs:
    """Return the sums over entries."""
    total = Costs()
    for entry in entries:
        total = total.plus(entry.costs)
    return total


def last_row(entries: tuple[Entry, ...]) -> TableRow:
    """Return the row whose output is that of the last entry."""
    entry = entries[-1]
    if isinstance(entry, TableRow):
        return entry
    return entry.last if isinstance(entry, RowGroup) else entry.total


def table_entries(network: Network, *, depth: int, unfold: bool) -> tuple[Entry, ...]:
    """Return the rows of a network. ``unfold`` gives every layer a row of its own."""
    return Builder(network, unfold=unfold).entries(network.outline, network.values, depth)


class Builder:
    """Build the rows of an outline.

    Activations and dropout share the row of the layer before them. A block deeper than
    ``depth`` is one row, unless its calls hold most of the parameters of the network.
    """

    def __init__(self, network: Network, *, unfold: bool) -> None:
        self.network = network
        self.unfold = unfold
        self.faulty = {".".join(map(str, problem.path)) for problem in network.problems}
        self.large = large_calls(network)

    def entries(
        self, nodes: tuple[Node, ...], values: Mapping[str, int], depth: int, count: int = 1
    ) -> tuple[Entry, ...]:
        """Return the rows of the nodes, with the values of letters in the texts.

        ``count`` is how often the nodes are repeated without being unrolled.
        """
        entries: list[Entry] = []
        for node in nodes:
            if isinstance(node, Step):
                self.add_step(node, values, entries)
            elif isinstance(node.part, Block):
                entries.append(self.block(node, node.part, depth, count))
            elif isinstance(node.part, Loop):
                times = node.part.times
                body = self.entries(node.branches[0], values, depth, count * times)
                shown = tuple(without_fields(body))
                entries.append(Fold(shown, times, last_row(body).field))
            else:
                assert node.join is not None
                entries.append(self.join(node, node.join, values, depth, count))
        return tuple(entries)

    def add_step(self, step: Step, values: Mapping[str, int], entries: list[Entry]) -> None:
        """Append a layer as a row, or add it to the row before."""
        row = self.row(step, self.text(step, values))
        previous = entries[-1] if entries else None
        if isinstance(previous, RowGroup):
            before = previous.tail
        else:
            before = previous if isinstance(previous, TableRow) else None
        shares_rows = step.kind in SHARING and not (self.unfold or row.is_faulty)
        if not shares_rows or before is None or not has_space(before, row):
            entries.append(row)
            return
        arithmetic = " + ".join(text for text in (before.arithmetic, row.arithmetic) if text)
        joined = replace(
            before,
            texts=before.texts + row.texts,
            output=row.output,
            costs=before.costs.plus(row.costs),
            arithmetic=arithmetic,
        )
        entries[-1] = replace(previous, tail=joined) if isinstance(previous, RowGroup) else joined

    def row(self, step: Step, text: str) -> TableRow:
        """Return a layer as a row."""
        return TableRow(
            (text,),
            step.inputs,
            step.output,
            Costs(step.params, step.macs, step.activations),
            step.receptive_field,
            size_formulas(step),
            parameter_arithmetic(step.layer, step.inputs[0]) if step.params else "",
            step.path in self.faulty,
            kind=step.kind,
            path=step.path,
        )

    def block(self, nest: Nest, part: Block, depth: int, count: int) -> Entry:
        """Return a block as a head over its layers, or as one row with their sums."""
        name = call_text(part)
        layers = steps(nest.branches[0])
        is_large = (name, layers[0].inputs) in self.large
        if depth > 0 or self.unfold or is_large:
            definition = self.network.architecture.definitions[part.name]
            values = dict(zip(definition.parameters or (), part.arguments, strict=True))
            inside = self.entries(nest.branches[0], values, depth - 1, count)
            return RowGroup(name, (inside,))
        return self.sums(name, layers, count)

    def sums(self, text: str, layers: tuple[Step, ...], count: int, kind: str = "") -> TableRow:
        """Return several layers as one row with their sums."""
        costs = Costs()
        for step in layers:
            layer_costs = Costs(step.params, step.macs, step.activations)
            costs = costs.plus(layer_costs, step.count // count)
        return TableRow(
            (text,),
            layers[0].inputs,
            layers[-1].output,
            costs,
            layers[-1].receptive_field,
            is_faulty=any(step.path in self.faulty for step in layers),
            kind=kind,
        )

    def join(
        self, nest: Nest, step: Step, values: Mapping[str, int], depth: int, count: int
    ) -> Entry:
        """Return a join as its branches between braces, as the notation writes them.

        A join of nothing but short calls is one row with their sums.
        """
        is_output = step.kind == "OUTPUT"  # whose branches have rows of their own
        only_calls = not is_output and all(
            not branch or _is_call(branch) for branch in nest.branches
        )
        branches: list[tuple[Entry, ...]] = []
        for index, nodes in enumerate(nest.branches):
            if nodes:
                branches.append(self.entries(nodes, values, depth, count))
            else:
                volume = step.inputs[0 if is_output else index]
                branches.append((TableRow(("ID",), (volume,), volume, Costs(), kind="ID"),))
        shows_layers = depth > 0 or self.unfold
        if only_calls and not shows_layers:
            names = [branch[0].texts[0] for branch in branches if isinstance(branch[0], TableRow)]
            text = f"{step.kind}{{{' | '.join(names)}}}"
            if len(names) == len(branches) and len(text) <= MAX_JOIN:
                layers = (*(step for branch in nest.branches for step in steps(branch)), step)
                return self.sums(text, layers, count, step.kind)
        return RowGroup(f"{step.kind}{{", tuple(branches), self.row(step, "}"))

    def text(self, step: Step, values: Mapping[str, int]) -> str:
        """Return a layer as written, with letters replaced by their values."""
        text = safe(" ".join((step.canonical if values else step.text).split()))
        return text if len(text) <= MAX_LAYER else text[: MAX_LAYER - 3] + "..."


def has_space(before: TableRow, row: TableRow) -> bool:
    """Return whether a row can take one more layer, which must keep the volume."""
    keeps_volume = row.output is not None and row.output == before.output
    return keeps_volume and len(before.texts) < MAX_TEXTS


def without_fields(entries: tuple[Entry, ...]) -> Iterator[Entry]:
    """Yield entries without receptive fields, which grow in every iteration."""
    for entry in entries:
        if isinstance(entry, RowGroup):
            branches = tuple(tuple(without_fields(branch)) for branch in entry.branches)
            tail = None if entry.tail is None else replace(entry.tail, field=None)
            yield replace(entry, branches=branches, tail=tail)
        elif isinstance(entry, Fold):
            yield replace(entry, body=tuple(without_fields(entry.body)), field=None)
        else:
            yield replace(entry, field=None)


def large_calls(network: Network) -> set[Call]:
    """Return the calls that hold more than half of the parameters, with all calls equal to them."""
    params: Counter[Call] = Counter()

    def count(nodes: tuple[Node, ...]) -> None:
        for node in nodes:
            if isinstance(node, Step):
                continue
            if isinstance(node.part, Block):
                layers = steps(node.branches[0])
                call = call_text(node.part), layers[0].inputs
                params[call] += sum((step.params or 0) * step.count for step in layers)
            for branch in node.branches:
                count(branch)

    count(network.outline)
    return {call for call, number in params.items() if 2 * number > (network.params or 0) > 0}


def call_text(part: Block) -> str:
    """Return the call of a block as text."""
    return f"{part.name}({', '.join(map(str, part.arguments))})"


def _is_call(branch: tuple[Node, ...]) -> bool:
    """Return whether a branch is nothing but the call of a block."""
    return len(branch) == 1 and isinstance(branch[0], Nest) and isinstance(branch[0].part, Block)
