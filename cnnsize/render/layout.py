"""The layout of the table of layers that fits a width.

It is chosen in steps: exact numbers and formulas with spaces; numbers of three digits; formulas
without spaces; 5 for a receptive field of 5x5; gaps of one space. Only what still does not fit is
hidden, in the order of ``HIDING``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cnnsize.record import NamedTuple
from cnnsize.render.columns import COLUMNS, Column, Form, Line
from cnnsize.render.wrapping import longest_first_part
from cnnsize.text.terminal import display_width

MIN_LAYER = 12  # columns for the names of layers, however narrow the terminal is
MAX_WRAPPED = 4  # at most every fourth name is wrapped before other columns are hidden
SPACED = (Form(exact=True, spaced=True), Form(exact=False, spaced=True))
TIGHT = (
    Form(exact=False, spaced=False),
    Form(exact=False, spaced=False, squares=True),
    Form(exact=False, spaced=False, squares=True, gap=1),
)
FORMS = (*SPACED, *TIGHT)
EXACT_FORMS = (SPACED[0], *(form._replace(exact=True) for form in TIGHT))
HIDING = ("arithmetic", "activations", "formula", "RF", "MACs", "share", "params", "volume")
FORMULAS = ("formula", "arithmetic")  # blocks have none


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
    lines: Sequence[Line],
    width: int,
    names: Iterable[str] = (),
    *,
    share: bool = False,
    exact: bool = False,
) -> Layout:
    """Return the first layout that fits the width.

    ``names`` are columns that were asked for, and these are never hidden. ``share`` adds the column
    of that name. ``exact`` allows only numbers with all digits.
    """
    measures, asked = Measures(lines), frozenset(names)
    forms = forms_for(lines, exact=exact)
    more = {"share"} if share else set()
    if asked:
        columns = tuple(column for column in COLUMNS if column.name in asked | more)
        return measures.fitting(columns, forms, width)
    columns = tuple(
        column
        for column in COLUMNS
        if (column.is_shown or column.name in more) and measures.cells(column, forms[0])
    )
    sparse = sparse_columns(lines)
    layout = full = measures.fitting(columns, forms[:1] if sparse else forms, width)
    hidden: list[str] = []
    for name in hiding_order(sparse):
        if layout.width <= width:
            break
        left = tuple(column for column in layout.columns if column.name != name)
        if len(left) < len(layout.columns):
            hidden.append(name)
            has_sparse = any(column.name in sparse for column in left)
            layout = measures.fitting(left, forms[:1] if has_sparse else forms, width)
    return layout._replace(hidden=tuple(hidden), full_width=full.width)


def forms_for(lines: Sequence[Line], *, exact: bool) -> tuple[Form, ...]:
    """Return the forms to try in turn."""
    forms = EXACT_FORMS if exact else FORMS
    fields = [line.row.field for line in lines if line.row is not None and line.row.field]
    if all(field[0] == field[1] for field in fields):
        return forms
    return tuple(form._replace(squares=False) for form in forms)


def sparse_columns(lines: Sequence[Line]) -> frozenset[str]:
    """Return the columns of formulas if few lines have one, as in a table of blocks.

    They are hidden rather than that numbers are rounded.
    """
    formulas = sum(line.row is not None and bool(line.row.formulas) for line in lines)
    return frozenset(() if 3 * formulas >= len(lines) else FORMULAS)


def hiding_order(sparse: frozenset[str]) -> tuple[str, ...]:
    """Return the columns in the order in which they are hidden."""
    return (*sorted(sparse, reverse=True), *(name for name in HIDING if name not in sparse))


class LayerWidths(NamedTuple):
    """Widths of the column of layers."""

    natural: int  # of the longest name
    few_wrapped: int  # that only every fourth name exceeds
    first_parts: int  # of the longest start that is not wrapped


class Measures:
    """The widths of the cells of a table, each computed once."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self._cells: dict[tuple[str, Form], int] = {}
        self._layers: dict[bool, LayerWidths] = {}

    def cells(self, column: Column, form: Form) -> int:
        """Return the width of the widest cell of a column."""
        key = column.name, form._replace(gap=1)
        if key not in self._cells:
            texts = {text for line in self.lines for text in column.text(line, form)}
            self._cells[key] = max(map(display_width, texts), default=0)
        return self._cells[key]

    def layers(self, form: Form) -> LayerWidths:
        """Return the widths of the names of layers, with their indents."""
        if form.spaced not in self._layers:
            names = {(len(line.indent), line.layer(form)) for line in self.lines}
            widths = sorted(
                len(line.indent) + display_width(line.layer(form)) for line in self.lines
            )
            self._layers[form.spaced] = LayerWidths(
                max(len("layer"), widths[-1]),
                widths[-1 - len(widths) // MAX_WRAPPED],
                max(indent + longest_first_part(name) for indent, name in names),
            )
        return self._layers[form.spaced]

    def fitting(self, columns: tuple[Column, ...], forms: Iterable[Form], width: int) -> Layout:
        """Return the first layout of the columns that fits, else the last one."""
        for form in forms:
            layout = self.layout(columns, form, width)
            if layout.width <= width:
                break
        return layout

    def layout(self, columns: tuple[Column, ...], form: Form, width: int) -> Layout:
        """Return the layout of the columns in one form, with names wrapped where that helps."""
        widths: list[int] = []
        space = 0  # left of the next title
        for column in columns:
            cells = self.cells(column, form)
            title = display_width(column.title_in(form))
            widths.append(max(cells, title - space if column.is_number else title))
            space = 0 if column.is_number else widths[-1] - title
        others = sum(widths) + form.gap * len(widths)
        natural, few_wrapped, first_parts = self.layers(form)
        least = max(MIN_LAYER, min(max(few_wrapped, first_parts), width * 2 // 5))
        if not columns:
            least = width
        return Layout(columns, form, (min(natural, max(least, width - others)), *widths))
