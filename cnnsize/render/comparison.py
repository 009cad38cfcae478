"""Several networks side by side: a column for each, with ratios to the first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from cnnsize.network import Network
from cnnsize.render.units import byte_size, compact_count, count, volumes_text
from cnnsize.text.terminal import Style, display_width, safe

GAP = "  "
MAX_NAME = 24  # characters of the title of a column
MAX_RATIO_DIGITS = 6
UNKNOWN = "-"


class Candidate(NamedTuple):
    """One of the networks: None where its text has an error.

    ``memory`` is in bytes. ``largest_batch`` is the largest that fits the capacity that was asked
    about; None if any does.
    """

    name: str | None
    text: str
    network: Network | None
    memory: int | None
    largest_batch: int | None = None


class Cell(NamedTuple):
    """A value of a network, and its ratio to that of the first network."""

    value: str
    ratio: str = ""


class Row(NamedTuple):
    """A row of the comparison."""

    label: str
    value: Callable[[Candidate], object]
    is_bytes: bool = False
    is_plain: bool = False  # all digits, and no ratio


def _of_network(name: str) -> Callable[[Candidate], object]:
    """Return a function that reads an attribute of a network."""
    return lambda candidate: getattr(candidate.network, name, None)


def _layers(candidate: Candidate) -> int | None:
    if candidate.network is None:
        return None
    return sum(step.count for step in candidate.network.steps if step.kind != "INPUT")


def _layers_with_weights(candidate: Candidate) -> int | None:
    if candidate.network is None or candidate.network.macs is None:
        return None
    return sum(step.count for step in candidate.network.steps if step.macs)


def _field(candidate: Candidate) -> str | None:
    field = None if candidate.network is None else candidate.network.receptive_field
    return None if field is None else f"{field[0]}x{field[1]}"


def _further(name: str) -> Callable[[Candidate], object]:
    """Return a function that names all volumes of ``inputs`` or ``outputs`` but the first."""

    def value(candidate: Candidate) -> str | None:
        volumes = () if candidate.network is None else getattr(candidate.network, name)[1:]
        return volumes_text(volumes) or None

    return value


FURTHER_INPUTS = Row("Further inputs", _further("inputs"))
FURTHER_OUTPUTS = Row("Further outputs", _further("outputs"))
ROWS = (
    Row("Input", _of_network("input")),
    Row("Output", _of_network("output")),
    FURTHER_INPUTS,
    FURTHER_OUTPUTS,
    Row("Layers", _layers, is_plain=True),
    Row("  with weights", _layers_with_weights, is_plain=True),
    Row("Parameters", _of_network("params")),
    Row("Multiply-adds", _of_network("macs")),
    Row("Activations", _of_network("activations")),
    Row("Peak activations", _of_network("peak_activations")),
    Row("Receptive field", _field),
    Row("Memory", lambda candidate: candidate.memory, is_bytes=True),
)
LARGEST_BATCH = Row(
    "Largest batch",
    lambda candidate: "any" if candidate.largest_batch is None else candidate.largest_batch,
    is_plain=True,
)
RARE = (FURTHER_INPUTS, FURTHER_OUTPUTS)  # rows that are left out where no network has them
LABEL_WIDTH = max(len(row.label) for row in ROWS)


def comparison(
    candidates: Sequence[Candidate],
    style: Style,
    *,
    memory_words: str,
    capacity: str | None = None,
    exact: bool = False,
    ascii: bool = False,
) -> str:
    """Return a table with a column for each network, in several parts if they do not fit.

    ``memory_words`` say what the memory is for. With a ``capacity``, the largest batch that fits is
    shown. ``exact`` prints all digits.
    """
    rows = tuple(row for row in ROWS if row not in RARE or any(map(row.value, candidates)))
    if capacity is not None:
        rows = (*rows, LARGEST_BATCH)

    def all_columns(*, exact: bool) -> list[list[Cell]]:
        """Return the cells of every network."""
        return [
            [_cell(row, candidate, candidates[0], exact=exact) for row in rows]
            for candidate in candidates
        ]

    columns = all_columns(exact=True)
    if not exact and _width(columns) > style.width:
        columns = all_columns(exact=False)
    titles = [_title(candidate, index) for index, candidate in enumerate(candidates)]
    lines: list[str] = []
    marked = list(map(_marked, titles, candidates))
    for part in _parts(columns, marked, style.width):
        lines += [*_drawn(part, rows, style, ascii=ascii), ""]
    if capacity is not None:
        lines.append(f"The largest batch is the largest that fits in {capacity.strip()}.")
    lines.append(f"Memory for {memory_words}. Ratios are to {titles[0]}.")
    for title, candidate in zip(titles, candidates, strict=True):
        if title != candidate.name:
            lines.append(f"{title}: {safe(' '.join(candidate.text.split()))}")
    return "\n".join(lines)


def _title(candidate: Candidate, index: int) -> str:
    """Return the name of a network, or its number."""
    name = candidate.name
    return name if name is not None and len(name) <= MAX_NAME else f"network {index + 1}"


def _marked(title: str, candidate: Candidate) -> str:
    """Return a title, after a ! where the network has an error, as in the table of layers."""
    is_valid = candidate.network is not None and candidate.network.valid
    return title if is_valid else f"! {title}"


def _cell(row: Row, candidate: Candidate, first: Candidate, *, exact: bool) -> Cell:
    value, reference = row.value(candidate), row.value(first)
    if not isinstance(value, int):
        return Cell(UNKNOWN if value is None else str(value))
    if row.is_plain:
        return Cell(count(value))
    text = byte_size(value) if row.is_bytes else count(value) if exact else compact_count(value)
    if candidate is first or not isinstance(reference, int) or reference == 0:
        return Cell(text)
    return Cell(text, ratio_text(Fraction(value, reference)))


def ratio_text(ratio: Fraction) -> str:
    """Return a ratio with three significant digits, or fewer below 1: ``0.18x``, ``37,100x``."""
    if ratio >= 100:
        rounded = round(round(ratio), 3 - len(str(round(ratio))))
        digits = str(rounded)
        too_long = len(digits) > MAX_RATIO_DIGITS
        return f"{digits[0]}.{digits[1:3]}e{len(digits) - 1}x" if too_long else f"{rounded:,}x"
    if ratio >= 10:
        return f"{float(ratio):.1f}x"
    return (
        f"{float(ratio):.2f}x" if ratio >= Fraction(1, 10) or not ratio else f"{float(ratio):.2g}x"
    )


class Column(NamedTuple):
    """A column with its title and the widths of its values and ratios."""

    title: str
    cells: list[Cell]

    @property
    def ratio_width(self) -> int:
        """The width of the ratios, with the space before them."""
        width = max(len(cell.ratio) for cell in self.cells)
        return width + 1 if width else 0

    @property
    def width(self) -> int:
        """The width of the column."""
        values = max(len(cell.value) for cell in self.cells)
        return max(display_width(self.title), values + self.ratio_width)

    def lines(self) -> Iterator[str]:
        """Yield the cells, aligned. The title is over the values."""
        for cell in self.cells:
            value = cell.value.rjust(self.width - self.ratio_width)
            yield value + cell.ratio.rjust(self.ratio_width)


def _width(columns: list[list[Cell]]) -> int:
    return LABEL_WIDTH + sum(len(GAP) + Column("", cells).width for cells in columns)


def _parts(columns: list[list[Cell]], titles: list[str], width: int) -> Iterator[list[Column]]:
    """Yield as many columns as fit, at least one, until all were yielded."""
    part: list[Column] = []
    space = width - LABEL_WIDTH
    for title, cells in zip(titles, columns, strict=True):
        column = Column(title, cells)
        needed = len(GAP) + column.width
        if part and needed > space:
            yield part
            part, space = [], width - LABEL_WIDTH
        part.append(column)
        space -= needed
    yield part


def _drawn(
    columns: list[Column], rows: Sequence[Row], style: Style, *, ascii: bool
) -> Iterator[str]:
    """Yield the lines of a table."""
    titles = [_padded_title(column) for column in columns]
    head = GAP.join([" " * LABEL_WIDTH, *titles])
    yield style.paint(head.rstrip())
    yield ("-" if ascii else "─") * display_width(head)
    labels = (row.label.ljust(LABEL_WIDTH) for row in rows)
    for texts in zip(labels, *(column.lines() for column in columns), strict=True):
        yield GAP.join(texts).rstrip()


def _padded_title(column: Column) -> str:
    """Return the title, right over the values where it fits there."""
    width = display_width(column.title)
    after = min(column.ratio_width, column.width - width)
    return " " * (column.width - width - after) + column.title + " " * after
