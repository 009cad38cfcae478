"""The columns of the table of layers: their names, their titles and how their cells are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cnnsize.record import NamedTuple
from cnnsize.render.rows import TableRow
from cnnsize.render.units import compact_count, count


class Form(NamedTuple):
    """How cells are written."""

    exact: bool  # all digits, not three
    spaced: bool  # formulas with spaces and results
    gap: int = 2  # spaces between columns
    squares: bool = False  # receptive fields of 5x5 as 5, where all are squares


class Line(NamedTuple):
    """A line of the table: a row, or the head of a block or join."""

    indent: str
    row: TableRow | None
    head: str = ""
    all_params: int | None = None  # of the network, for the share of the row

    def layer(self, form: Form) -> str:
        """The text of the column of layers, without indent."""
        if self.row is None:
            return self.head if form.spaced else self.head.replace(", ", ",")
        mark = "! " if self.row.is_faulty else ""
        if form.spaced or self.row.is_sum:
            return mark + " + ".join(self.row.texts)
        texts = [text.replace(", ", ",") for text in self.row.texts]
        if texts[0] == f"INPUT[{self.row.output}]":  # the next column shows the volume
            texts[0] = "INPUT"
        return mark + "+".join(texts)


class Column(NamedTuple):
    """A column after that of the layers. A cell may have several lines."""

    name: str  # of --columns
    title: str
    short_title: str
    cell: Callable[[Line, TableRow, Form], Sequence[str]]
    is_number: bool = True  # aligned to the right
    is_shown: bool = True  # unless others are asked for

    def text(self, line: Line, form: Form) -> Sequence[str]:
        """Return the lines of the cell in a line of the table."""
        return ("",) if line.row is None else self.cell(line, line.row, form) or ("",)

    def title_in(self, form: Form) -> str:
        """Return the title."""
        return self.title if form.spaced else self.short_title


def _volume(_: Line, row: TableRow, form: Form) -> Sequence[str]:
    if row.is_sum:
        return ()
    return (str(row.output) if row.output is not None else "unknown" if form.spaced else "?",)


def _formula(_: Line, row: TableRow, form: Form) -> Sequence[str]:
    texts = [formula.spaced if form.spaced else formula.tight for formula in row.formulas]
    return (", ".join(texts),) if form.exact and form.spaced else texts


def _arithmetic(_: Line, row: TableRow, form: Form) -> Sequence[str]:
    return (row.arithmetic if form.spaced else row.arithmetic.replace(" ", ""),)


def _share(line: Line, row: TableRow, _: Form) -> Sequence[str]:
    params, all_params = row.costs.params, line.all_params
    return (f"{params / all_params:.1%}",) if params and all_params else ()


def _number(value: int | None, form: Form) -> Sequence[str]:
    return (count(value) if form.exact else compact_count(value),)


def _field(_: Line, row: TableRow, form: Form) -> Sequence[str]:
    if row.field is None:
        return ()
    return (str(row.field[0]) if form.squares else f"{row.field[0]}x{row.field[1]}",)


COLUMNS = (
    Column("volume", "W x H x D", "WxHxD", _volume, is_number=False),
    Column("formula", "(W - F + 2P)/S + 1", "(W-F+2P)/S+1", _formula, is_number=False),
    Column("arithmetic", "F*F*D*K + K", "F*F*D*K+K", _arithmetic, is_number=False),
    Column("params", "params", "params", lambda _, row, form: _number(row.costs.params, form)),
    Column("share", "share", "share", _share, is_shown=False),
    Column("MACs", "MACs", "MACs", lambda _, row, form: _number(row.costs.macs, form)),
    Column(
        "activations",
        "activations",
        "acts",
        lambda _, row, form: _number(row.costs.activations, form),
    ),
    Column("RF", "RF", "RF", _field),
)
COLUMN_NAMES = tuple(column.name for column in COLUMNS)
