"""Read a printed table of a model: solve its rows, check them, and write the network they claim."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from cnnsize.language.informal.writer import StrictText
from cnnsize.language.pastes.tables import contradictions, graph
from cnnsize.language.pastes.tables.choices import choose_filters, choose_pools, note_strides
from cnnsize.language.pastes.tables.claims import Claim, Reading
from cnnsize.language.pastes.tables.inputs import first_volume
from cnnsize.language.pastes.tables.layer_types import solver_of, unknown_type
from cnnsize.language.pastes.tables.modules import check_counts, layer_rows
from cnnsize.language.pastes.tables.readings import readings
from cnnsize.language.pastes.tables.rows import Row, Table, lines_of, volume_of
from cnnsize.layers import JOINS
from cnnsize.layers.names import ACTIVATIONS
from cnnsize.layers.volume import Volume
from cnnsize.text.diagnostic import ArchitectureError, error
from cnnsize.text.span import Piece, PieceMap, Span

HIDDEN = frozenset(ACTIVATIONS) - {"SOFTMAX", "LOGSOFTMAX"}  # kinds between layers
AROUND = re.compile(
    r"(?i)[\W_]*|.*\bparams\b.*|model: .*|.*size \(mb\):.*|total mult-adds.*|none|```\w*|.*summary\(.*"
)


class Solved(NamedTuple):
    """A row with the layers that it claims; ``solver`` is as ``layer_types`` has it."""

    row: Row
    solver: str
    volume: Volume
    reading: Reading | None  # None for a join, an input, and a row without effect


def read_claims(table: Table, text: str) -> StrictText:
    """Return the network of a table as strict text, with a map to the characters of its rows.

    Raises ArchitectureError, at the row that is at fault.
    """
    try:
        return read_ordered(table, text, channels_first=table.framework == "torch")
    except ArchitectureError as raised:
        if table.framework != "keras" or raised.diagnostic.code != "CNN108":
            raise
        try:
            strict = read_ordered(table, text, channels_first=True)
        except ArchitectureError:
            raise raised from None
        note = "the shapes of the table are channels first: (None, D, H, W)"
        return replace(strict, notes=(note, *strict.notes))


def read_ordered(table: Table, text: str, *, channels_first: bool) -> StrictText:
    """Return the network of a table whose shapes have this order. Raises ArchitectureError."""
    rows = layer_rows(table)
    solvers = [solver_of(row, table) for row in rows]
    volumes = [sizes_of(row, table, channels_first=channels_first) for row in rows]
    is_join = {
        row.name: solver.startswith("join") for row, solver in zip(rows, solvers, strict=True)
    }
    edges = graph.edges_of(table, rows, lambda row: is_join[row.name])
    notes: list[str] = []
    start = start_of(table, rows, solvers, volumes, notes)
    claims = [
        claim_of(number, table, rows, volumes, edges, solvers, start, channels_first=channels_first)
        for number in range(len(rows))
    ]
    choices = [
        choose_reading(claim, solver, claims) for claim, solver in zip(claims, solvers, strict=True)
    ]
    choose_filters(claims, choices)
    note_strides(claims, choices, notes)
    chosen = choose_pools(claims, choices, notes)
    check_joins(rows, solvers, volumes, edges, start)
    check_counts(table)
    solved = [Solved(*parts) for parts in zip(rows, solvers, volumes, chosen, strict=True)]
    add_notes(table, text, solved, notes)
    writer = Writer(solved)
    if solvers[0] != "input":
        place = Span(rows[0].span.start, rows[0].span.start)
        writer.emit(f"INPUT[{start}]", place)
    writer.chain(graph.tree_of(edges, rows))
    return StrictText(
        "".join(writer.parts),
        PieceMap(writer.pieces),
        (),
        tuple(dict.fromkeys(notes)),
        activations_known=shows_activations(solved),
    )


def sizes_of(row: Row, table: Table, *, channels_first: bool) -> Volume:
    """Return the volume of a row. Raises ArchitectureError where its shape is none."""
    shape = row.shape
    volume = None
    if shape is not None:
        volume = volume_of(shape, table.framework, channels_first=channels_first)
    if volume is None:
        unknown = shape is None or any(size is None for size in shape)
        message = (
            f"the table gives no sizes of {row.title}"
            if unknown
            else f"the output of {row.title} is neither a map nor a vector"
        )
        raise error(
            "CNN001",
            message,
            row.shape_span,
            help=(
                ("print the table of a model with a fixed input size",)
                if unknown
                else ("volumes have the axes W, H and D",)
            ),
        )
    return volume


def start_of(
    table: Table,
    rows: Sequence[Row],
    solvers: Sequence[str],
    volumes: Sequence[Volume],
    notes: list[str],
) -> Volume:
    """Return the input of the network. Raises ArchitectureError where it is not known."""
    for row, solver in list(zip(rows, solvers, strict=True))[1:]:
        if solver == "input":
            raise error(
                "CNN001",
                f"{row.title} is a second input; only networks with one input can be read",
                row.name_span,
            )
    if solvers[0] == "input":
        return volumes[0]
    received = rows[0].received
    volume = volume_of(received, table.framework, channels_first=True) if received else None
    return volume or first_volume(table, rows, solvers, volumes, notes)


def claim_of(
    number: int,
    table: Table,
    rows: Sequence[Row],
    volumes: Sequence[Volume],
    edges: graph.Edges,
    solvers: Sequence[str],
    start: Volume,
    *,
    channels_first: bool,
) -> Claim:
    """Return what is known of a row. Raises ArchitectureError where its input is another one."""
    row = rows[number]
    source = edges[number][0]
    before = start if source < 0 else volumes[source]
    kind = solvers[number].partition(" ")[2]
    claim = Claim(row, table, before, volumes[number], kind, number == len(rows) - 1)
    if row.received is not None:
        received = volume_of(row.received, table.framework, channels_first=channels_first)
        values = before.W * before.H * before.D
        if received not in (before, Volume(1, 1, values)):
            raise contradictions.missing_layer(claim, received)
    return claim


def choose_reading(claim: Claim, solver: str, claims: Sequence[Claim]) -> list[Reading]:
    """Return the readings of a row, plainest first. Raises ArchitectureError where none holds, or
    where two are equally plain.
    """
    name = solver.partition(" ")[0]
    if name in ("input", "join"):
        return []
    if name == "skip":
        fixed = 2 * claim.after.D + 1 if claim.row.type == "Normalization" else 0
        if claim.before == claim.after and claim.params in (0, fixed):
            return []
        raise unknown_type(claim.row, claim.table)
    if claim.row.params is None:
        claim = claim._replace(row=claim.row._replace(params=0))
        if not readings(claim, name):
            raise contradictions.shared_weights(claim)
    fitting = readings(claim, name)
    if not fitting and claim.after[:2] == (1, 1):
        fitting = with_flatten(claim, name)
    if not fitting or contradictions.is_forced(claim, name, fitting[0]):
        raise contradictions.no_reading(claim, name)
    contradictions.refuse_hidden_pool(claim, name, fitting[0], claims)
    equals = [reading for reading in fitting if reading.rank == fitting[0].rank]
    if len(equals) > 1 and name != "pool":
        raise contradictions.ambiguous(claim, equals)
    return fitting


def with_flatten(claim: Claim, name: str) -> list[Reading]:
    """Return the readings of a row on a vector whose FLATTEN is no row of the table."""
    from cnnsize.language.pastes.tables.claims import Spec

    W, H, D = claim.before
    flat = claim._replace(before=Volume(1, 1, W * H * D))
    note = "the table does not show where maps become vectors: FLATTEN was added"
    return [
        reading._replace(layers=(Spec("FLATTEN", {}), *reading.layers), note=note)
        for reading in readings(flat, name)
    ]


def check_joins(
    rows: Sequence[Row],
    solvers: Sequence[str],
    volumes: Sequence[Volume],
    edges: graph.Edges,
    start: Volume,
) -> None:
    """Raise ArchitectureError for a join whose volume is not what its branches give."""
    for row, solver, volume, sources in zip(rows, solvers, volumes, edges, strict=True):
        name, _, kind = solver.partition(" ")
        if name != "join":
            continue
        incoming = tuple(start if source < 0 else volumes[source] for source in sources)
        if len(incoming) < 2 or JOINS[kind].join(incoming).output != volume:
            raise error(
                "CNN108",
                f"{row.title} gives {volume}, but its branches are "
                f"{' and '.join(map(str, incoming))}",
                row.shape_span,
            )


def add_notes(table: Table, text: str, solved: Sequence[Solved], notes: list[str]) -> None:
    """Add what the table does not say, and what was read of it with a choice."""
    notes += [each.reading.note for each in solved if each.reading and each.reading.note]
    for each in solved:
        if each.solver == "skip":
            notes.append(f"{each.row.title} does not change the volume and was left out")
    counted = sum(each.reading.statistics for each in solved if each.reading)
    if counted:
        notes.append(
            f"Keras counts {counted:,} running statistics of batch normalization as parameters; "
            "they are not counted here"
        )
    if "total" not in table.counts:
        notes.append("the table has no total, so its end may be missing")
    kinds = {layer.kind for each in solved if each.reading for layer in each.reading.layers}
    if "DROPOUT" in kinds:
        notes.append("the table does not give the rates of dropout: 0.5 was taken")
    if table.framework == "torch":
        notes.append(
            "the table shows modules only: functions in forward(), such as F.relu, are not read"
        )
    elif not kinds & HIDDEN:
        notes.append(
            "the table does not show activations that are arguments of a layer; none was added"
        )
    around = sum(1 for line in lines_around(table, text) if not AROUND.fullmatch(line))
    if around:
        lines = "line around the table is" if around == 1 else "lines around the table are"
        notes.append(f"{around} {lines} not read")


def shows_activations(solved: Sequence[Solved]) -> bool:
    """Return whether a table has rows of activations other than the last one.

    One without may hide them: in arguments of Keras' layers, or in functions that forward() calls.
    """
    kinds = [each.reading.layers[-1].kind for each in solved if each.reading]
    return not HIDDEN.isdisjoint(kinds)


def lines_around(table: Table, text: str) -> list[str]:
    """Return the lines before the header or the first row, and after the last row."""
    first = min(row.span.start for row in table.rows)
    last = max(row.span.end for row in table.rows)
    header = re.search(r"(?i)layer \(type", text)
    if header is not None:
        first = min(first, text.rfind("\n", 0, header.start()) + 1)
    return [
        line.text.strip(" \t#/")
        for line in lines_of(text)
        if line.start + len(line.text) <= first or line.start > last
    ]


class Writer:
    """Strict text as it grows, in pieces that know the rows they came from."""

    def __init__(self, solved: Sequence[Solved]) -> None:
        self.solved = solved
        self.parts: list[str] = []
        self.pieces: list[Piece] = []
        self.length = 0

    def emit(self, part: str, span: Span) -> None:
        """Append a part that was made of a span."""
        self.pieces.append(Piece(self.length, span, False))
        self.parts.append(part)
        self.length += len(part)

    def chain(self, items: graph.Tree) -> None:
        """Write rows with arrows between them; ID where none of them is a layer."""
        first = self.length
        for item in items:
            if isinstance(item, graph.Joined):
                self.arrow(first, self.solved[item.row].row.span)
                self.join(item)
                continue
            row, solver, volume, reading = self.solved[item]
            if solver == "input":
                self.arrow(first, row.span)
                self.emit(f"INPUT[{volume}]", row.name_span)
            elif reading is not None:
                self.arrow(first, row.span)
                self.emit(reading.text(), row.name_span)
                if changes_volume(reading):
                    self.emit(f": [{volume}]", row.name_span)
        if self.length == first and first:
            self.emit("ID", self.pieces[-1].original)

    def arrow(self, first: int, span: Span) -> None:
        """Write an arrow, except at the beginning of a branch."""
        if self.length and (self.length > first or first_of_all(self, first)):
            self.emit(" -> ", Span(span.start, span.start))

    def join(self, item: graph.Joined) -> None:
        """Write a join with its branches."""
        row, solver, volume, _ = self.solved[item.row]
        self.emit(solver.partition(" ")[2] + "{", row.name_span)
        for number, branch in enumerate(item.branches):
            if number:
                self.emit(" | ", row.name_span)
            self.chain(branch)
        self.emit("}", row.name_span)
        self.emit(f": [{volume}]", row.name_span)


def first_of_all(writer: Writer, first: int) -> bool:
    """Return whether an item is the first after an INPUT that no row of the table is."""
    return first > 0 and len(writer.pieces) == 1


def changes_volume(reading: Reading) -> bool:
    """Return whether the volume of a row is worth declaring: it may differ from the one before."""
    roles = ("activation", "norm", "dropout", "scale")
    from cnnsize.layers import KINDS

    return KINDS[reading.layers[-1].kind].traits.role not in roles
