"""The table of layers, with the totals under it.

An activation shares the row of its layer, and repetitions are folded. The table fits its width
(``layout.py``); a number is never cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cnnsize.network import Network
from cnnsize.render.columns import Column, Line
from cnnsize.render.folds import folded
from cnnsize.render.layout import Layout, choose_layout
from cnnsize.render.rows import Costs, Entry, Fold, RowGroup, TableRow, table_entries
from cnnsize.render.totals import footer
from cnnsize.render.wrapping import wrapped
from cnnsize.text.terminal import Style, display_width

MAX_WIDE_LEVELS = 4  # of joins in joins that are indented by four columns; deeper ones by two


def table(
    network: Network,
    style: Style,
    *,
    unfold: bool = False,
    ascii: bool = False,
    depth: int = 0,
    share: bool = False,
    columns: Iterable[str] = (),
    exact: bool = False,
    advice: bool = True,
) -> str:
    """Return the table, the totals and the defaults used by one network.

    ``depth`` levels of blocks are shown with their layers, deeper ones as one row. ``unfold`` gives
    every layer a row of its own; ``ascii`` uses no other characters. ``columns`` are the names of
    those to show, besides the layers; ``share`` adds the share of the parameters in percent.
    ``exact`` prints all digits. ``advice`` names the options that show what is hidden. The table is
    formatted by hand, because importing a library for tables would take a third of a cold check.
    """
    lines, total = table_lines(network, depth=depth, unfold=unfold)
    layout = choose_layout([*lines, total], style.width, columns, share=share, exact=exact)
    rule = ("-" if ascii else "─") * layout.width
    drawn = [style.paint(titles(layout)), rule]
    for line in lines:
        drawn += drawn_line(line, layout, style)
    drawn += [rule, *drawn_line(total, layout, style), ""]
    return "\n".join([*drawn, *footer(network, style, layout, advice=advice)])


def table_lines(network: Network, *, depth: int, unfold: bool) -> tuple[list[Line], Line]:
    """Return the lines of the table from top to bottom, and that of the totals."""
    entries = table_entries(network, depth=depth, unfold=unfold)
    if not unfold:
        entries = folded(entries)
    totals = network.totals
    sums = Costs(totals.params, totals.macs, totals.activations)
    wide = _levels(entries) <= MAX_WIDE_LEVELS
    lines = [line._replace(all_params=totals.params) for line in _lines(entries, wide=wide)]
    return lines, Line("", TableRow(("total",), (), None, sums, is_sum=True))


def titles(layout: Layout) -> str:
    """Return the line of titles. A long title of a number begins over the column before."""
    line = "layer".ljust(layout.widths[0])
    for column, width in zip(layout.columns, layout.widths[1:], strict=True):
        title = column.title_in(layout.form)
        begin = len(line) + layout.form.gap
        if column.is_number:
            begin += width - len(title)
        line = line[:begin].ljust(begin) + title
        line = line.ljust(begin + (len(title) if column.is_number else width))
    return line.rstrip()


def drawn_line(line: Line, layout: Layout, style: Style) -> Iterator[str]:
    """Yield a line of the table, which may take several lines of text."""
    cells = [column.text(line, layout.form) for column in layout.columns]
    has_space_below = max(map(len, cells), default=1) == 1
    layer = wrapped(
        line.layer(layout.form),
        layout.widths[0],
        line.indent,
        later_width=layout.width if has_space_below else 0,
    )
    colour = "red" if line.row is not None and line.row.is_faulty else None
    for index in range(max(len(layer), *map(len, cells), 1)):
        name = layer[index] if index < len(layer) else ""
        parts = [_aligned(name, layout.widths[0], colour, style)]
        for column, cell, width in zip(layout.columns, cells, layout.widths[1:], strict=True):
            text = cell[index] if index < len(cell) else ""
            paint = colour if column.name == "volume" else None
            parts.append(_aligned(text, width, paint, style, column))
        yield (" " * layout.form.gap).join(parts).rstrip()


def _aligned(
    text: str, width: int, colour: str | None, style: Style, column: Column | None = None
) -> str:
    """Return the text of a cell, painted and padded."""
    pad = " " * (width - display_width(text))
    shown = style.paint(text, colour) if colour else text
    return pad + shown if column is not None and column.is_number else shown + pad


def _levels(entries: tuple[Entry, ...]) -> int:
    """Return how deep joins are nested."""
    deepest = 0
    for entry in entries:
        if isinstance(entry, RowGroup):
            inside = max(map(_levels, entry.branches), default=0)
            deepest = max(deepest, (entry.tail is not None) + inside)
        elif isinstance(entry, Fold):
            deepest = max(deepest, _levels(entry.body))
    return deepest


def _lines(entries: tuple[Entry, ...], indent: str = "", *, wide: bool) -> Iterator[Line]:
    """Yield the lines of the table from top to bottom. ``wide`` indents a join by four columns."""
    blank = " " * len(indent)
    for index, entry in enumerate(entries):
        here = blank if index else indent
        if isinstance(entry, TableRow):
            yield Line(here, entry)
        elif isinstance(entry, Fold):
            yield from _lines_of_fold(entry, here, wide=wide)
        else:
            yield from _lines_of_group(entry, here, wide=wide)


def _lines_of_fold(fold: Fold, indent: str, *, wide: bool) -> Iterator[Line]:
    """Yield one iteration, in brackets if it has several lines, and the row of all iterations."""
    blank = " " * len(indent)
    if len(fold.body) == 1 and isinstance(fold.body[0], TableRow):
        yield Line(indent, fold.body[0])
        yield Line(f"{blank}  ", fold.total)
        return
    yield from _lines(fold.body, f"{indent}[ ", wide=wide)
    yield Line(f"{blank}] ", fold.total)


def _lines_of_group(group: RowGroup, indent: str, *, wide: bool) -> Iterator[Line]:
    """Yield the lines of a block, or of a join as its branches between braces."""
    yield Line(indent, None, group.head)
    blank = " " * len(indent)
    if group.tail is None:
        yield from _lines(group.branches[0], f"{blank}  ", wide=wide)
        return
    first, later = ("    ", "  | ") if wide else ("  ", "| ")
    for index, branch in enumerate(group.branches):
        yield from _lines(branch, blank + (later if index else first), wide=wide)
    yield Line(blank, group.tail)
