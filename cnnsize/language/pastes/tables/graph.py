"""Order the rows of a table as chains and joins, from what the column "Connected to" says."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cnnsize.language.pastes.tables.rows import Row, Table
from cnnsize.limits import MAX_NESTING
from cnnsize.text.diagnostic import ArchitectureError, error

KEEPING = (
    "Activation",
    "ReLU",
    "BatchNormalization",
    "Dropout",
    "Add",
)  # the volume of their input
Edges = list[list[int]]  # the rows that each row reads, by number; -1 is the input
Tree = list["int | Joined"]


class Joined:
    """A join: the number of its row, and its branches."""

    __slots__ = ("branches", "row")

    def __init__(self, row: int, branches: list[Tree]) -> None:
        self.row = row
        self.branches = branches


def edges_of(table: Table, rows: Sequence[Row], is_join: Callable[[Row], bool]) -> Edges:
    """Return which rows each row reads. Raises ArchitectureError where the table leaves it open.

    Without the column "Connected to" each row reads the row before it.
    """
    if not table.has_connections:
        for row in rows:
            if is_join(row):
                raise error(
                    "CNN001",
                    f"{row.title} joins branches, and the table does not say which",
                    row.name_span,
                    help=('print a functional model, whose table has the column "Connected to"',),
                )
        return [[number - 1] for number in range(len(rows))]
    edges: Edges = []
    used: set[int] = set()
    numbers: dict[str, int] = {}
    for number, row in enumerate(rows):
        sources = sources_of(row, number, rows, numbers, used)
        if len(sources) > 1 and not is_join(row):
            raise error(
                "CNN001", f"{row.title} has {len(sources)} inputs, and is no join", row.name_span
            )
        edges.append(sources)
        used.update(sources)
        numbers[row.name] = number
    return edges


def sources_of(
    row: Row, number: int, rows: Sequence[Row], numbers: dict[str, int], used: set[int]
) -> list[int]:
    """Return the rows that a row reads. Raises ArchitectureError for a name that is no row's.

    A name whose end is cut off is that of the only row before it with this beginning, else of the
    only one that no row has read yet, and that has the volume of a row that keeps it.
    """
    if not row.inputs:
        return [-1] if number == 0 or row.type == "InputLayer" else [number - 1]
    sources: list[int | None] = []
    open_names: list[str] = []
    for name in row.inputs:
        if name in numbers and not rows[numbers[name]].name_is_cut:
            sources.append(numbers[name])
            continue
        stem = name.rstrip("…")
        fits = [
            other
            for other in range(number)
            if rows[other].name.startswith(stem)
            or (rows[other].name_is_cut and stem.startswith(rows[other].name))
        ]
        if not name.endswith("…") and not any(rows[other].name_is_cut for other in fits):
            fits = []
        if not fits and number == 0 and "input" in stem.lower():
            sources.append(-1)  # Keras 1 names inputs that are no rows: lambda_input_1
        elif len(fits) == 1:
            sources.append(fits[0])
        elif fits:
            sources.append(None)
            open_names.append(stem)
        else:
            raise error(
                "CNN001",
                f"{row.title} reads {stem}, which is no row before it",
                row.span,
                help=("paste the whole table",),
            )
    for stem in dict.fromkeys(open_names):
        free = [
            other
            for other in range(number)
            if other not in used and other not in sources and rows[other].name.startswith(stem)
        ]
        if len(free) > open_names.count(stem) and row.type in KEEPING:
            free = [other for other in free if rows[other].shape == row.shape]
        if len(free) != open_names.count(stem):
            raise cut_name(row, stem)
        for other in free:
            sources[sources.index(None)] = other
    return [source for source in sources if source is not None]


def cut_name(row: Row, stem: str) -> ArchitectureError:
    """Return the error of a connection whose name is cut off, and may be that of several rows."""
    return error(
        "CNN001",
        f"{row.title} reads {stem}..., which may be several rows: the name is cut off",
        row.span,
        help=("print the table with a larger line_length",),
    )


def tree_of(edges: Edges, rows: Sequence[Row]) -> Tree:
    """Return the rows as a chain with joins.

    Raises ArchitectureError where they are no series-parallel graph with one output.
    """
    read = {source for sources in edges for source in sources}
    ends = [number for number in range(len(rows)) if number not in read]
    if len(ends) > 1:
        first, second = (rows[number] for number in (ends[0], ends[-1]))
        raise error(
            "CNN001",
            f"the table has {len(ends)} outputs: {first.name} and {second.name}",
            first.name_span,
            help=("only networks with one output can be read",),
        )
    dominators = dominators_of(edges)
    seen: set[int] = set()

    def chain(last: int, first: int, depth: int) -> Tree:
        """Return the rows after ``first`` up to ``last``."""
        if depth > MAX_NESTING:
            raise error("CNN009", "the joins are nested too deeply", rows[last].name_span)
        items: Tree = []
        number = last
        while number != first:
            row = rows[number]
            if number in seen:
                raise error(
                    "CNN001",
                    f"{row.title} is read by two branches that do not join: the graph is not "
                    "series-parallel",
                    row.name_span,
                )
            seen.add(number)
            sources = edges[number]
            if len(sources) == 1:
                items.append(number)
                number = sources[0]
            else:
                fork = dominators[number]
                items.append(Joined(number, [chain(source, fork, depth + 1) for source in sources]))
                number = fork
        return items[::-1]

    return chain(ends[0], -1, 0)


def dominators_of(edges: Edges) -> list[int]:
    """Return the last row that every path to a row passes before it; -1 for the input."""
    dominators: list[int] = []
    depths: list[int] = []

    def depth(number: int) -> int:
        return 0 if number < 0 else depths[number]

    for sources in edges:
        common = sources[0]
        for other in sources[1:]:
            while common != other:
                if depth(common) >= depth(other):
                    common = dominators[common]
                else:
                    other = dominators[other]
        dominators.append(common)
        depths.append(depth(common) + 1)
    return dominators
