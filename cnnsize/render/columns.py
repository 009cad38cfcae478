"""The columns of the table of layers, and the layout that fits a width.

A layout is chosen in steps: exact numbers and formulas with spaces; numbers of three digits;
formulas without spaces; gaps of one space. Only what still does not fit is hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from cnnsize.layers.volume import PerAxis
from cnnsize.render.rows import TableRow
from cnnsize.render.units import compact_count, count
from cnnsize.render.wrapping import longest_first_part
from cnnsize.text.terminal import display_width

MIN_LAYER = 12  # columns for the names of layers, however narrow the terminal is
MAX_WRAPPED = 4  # at most every fourth name is wrapped before other columns are hidden


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
HIDING = ("arithmetic", "activations", "formula", "RF", "MACs", "share", "params", "volume")
FORMULAS = ("formula", "arithmetic")  # blocks have none
FORMS = (Form(True, True), Form(False, True), Form(False, False), Form(False, False, gap=1))
EXACT_FORMS = (Form(True, True), Form(True, False), Form(True, False, gap=1))


class Layout(NamedTuple):
    """The columns of a table with their widths. The first width is that of the layers."""

    columns: tuple[Column, ...]
    form: Form
    widths: tuple[int, ...]
    hidden: tuple[str, ...] = ()
    full_width: int = 0  # which shows the hidden columns too

    @property
    def width(self) -> int:
        """The width of the table."""
        return sum(self.widths) + self.form.gap * (len(self.widths) - 1)


def choose_layout(
    lines: Sequence[Line], width: int, names: Iterable[str] = (), *, exact: bool = False
) -> Layout:
    """Return the first layout that fits the width.

    ``names`` are columns that were asked for, and these are never hidden. ``exact`` allows only
    numbers with all digits.
    """
    asked = frozenset(names)
    columns = tuple(
        column
        for column in COLUMNS
        if (column.name in asked if asked else column.is_shown)
        and (asked or any(text for line in lines for text in column.text(line, FORMS[0])))
    )
    fields = [line.row.field for line in lines if line.row is not None and line.row.field]
    forms = [
        form._replace(squares=form.gap == 1 and all(map(_is_square, fields)))
        for form in (EXACT_FORMS if exact else FORMS)
    ]
    hidden: tuple[str, ...] = ()
    full_width = 0
    sparse = sparse_columns(lines)
    for name in ("", *(() if asked else hiding_order(sparse))):
        if name:
            if not any(column.name == name for column in columns):
                continue
            hidden += (name,)
            columns = tuple(column for column in columns if column.name != name)
        has_sparse = not sparse.isdisjoint(column.name for column in columns)
        for form in forms:
            if has_sparse and not form.spaced and not asked:
                break  # rather hide a column that is nearly empty
            layout = _laid_out(lines, columns, form, width)
            if layout.width <= width:
                return layout._replace(hidden=hidden, full_width=full_width)
        full_width = full_width or layout.width
    return layout._replace(hidden=hidden, full_width=full_width)


def sparse_columns(lines: Sequence[Line]) -> frozenset[str]:
    """Return the columns of formulas if few lines have one, as in a table of blocks."""
    formulas = sum(line.row is not None and bool(line.row.formulas) for line in lines)
    return frozenset(() if 3 * formulas >= len(lines) else FORMULAS)


def hiding_order(sparse: frozenset[str]) -> tuple[str, ...]:
    """Return the columns in the order in which they are hidden."""
    return (*sorted(sparse, reverse=True), *(name for name in HIDING if name not in sparse))


def _is_square(field: PerAxis) -> bool:
    return field[0] == field[1]


def _laid_out(lines: Sequence[Line], columns: tuple[Column, ...], form: Form, width: int) -> Layout:
    """Return the layout of the columns in one form. Names of layers are wrapped where it helps."""
    widths: list[int] = []
    space = 0  # left of the next title
    for column in columns:
        cells = max(
            (display_width(text) for line in lines for text in column.text(line, form)), default=0
        )
        title = display_width(column.title_in(form))
        widths.append(max(cells, title - space) if column.is_number else max(cells, title))
        space = 0 if column.is_number else widths[-1] - title
    others = sum(widths) + form.gap * len(widths)
    layers = [len(line.indent) + display_width(line.layer(form)) for line in lines]
    natural = max([len("layer"), *layers])
    few_wrapped = sorted(layers)[-1 - len(layers) // MAX_WRAPPED]
    parts = max(len(line.indent) + longest_first_part(line.layer(form)) for line in lines)
    least = min(natural, max(MIN_LAYER, min(max(few_wrapped, parts), width * 2 // 5)))
    if not columns:
        least = min(natural, max(1, width))
    return Layout(columns, form, (min(natural, max(least, width - others)), *widths))
