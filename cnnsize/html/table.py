"""The table of layers as HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape

from cnnsize.network import Network
from cnnsize.render.columns import COLUMNS, Column, Form, Line
from cnnsize.render.layout import sparse_columns
from cnnsize.render.table import table_lines
from cnnsize.render.totals import remarks, totals
from cnnsize.text.terminal import safe

MAX_ROWS = 400  # of a table; a browser needs seconds for thousands
FORM = Form(exact=True, spaced=True)
# Notebooks align all cells to the right by a style; GitHub removes styles and keeps ``align``.
LEFT = 'align="left" style="text-align: left"'
RIGHT = 'align="right" style="text-align: right"'
Attributes = Callable[[Column | None], str]  # of the cells of a column; None for that of the layers


def aligned(column: Column | None) -> str:
    """Return the attributes that align the cells of a column."""
    return RIGHT if column is not None and column.is_number else LEFT


def network_html(network: Network, *, depth: int = 0, max_rows: int = MAX_ROWS) -> str:
    """Return the table of the layers of a network, and a table of its totals."""
    table = layers_html(network, depth=depth, max_rows=max_rows)
    return table + pairs_html([*totals(network), *remarks(network)])


def layers_html(
    network: Network,
    *,
    depth: int = 0,
    max_rows: int = MAX_ROWS,
    attributes: Attributes = aligned,
) -> str:
    """Return the table of the layers of a network. The rows of layers have their paths."""
    lines, total = table_lines(network, depth=depth, unfold=False)
    shown, left = lines[:max_rows], len(lines) - max_rows
    sparse = sparse_columns(lines)
    columns = [
        column
        for column in COLUMNS
        if column.is_shown
        and column.name not in sparse
        and any("".join(column.text(line, FORM)) for line in lines)
    ]
    rows = [row_html(line, columns, attributes) for line in shown]
    if left > 0:
        text = f"and {left:,} more rows, which cnnsize show prints"
        rows.append(f'<tr><td {attributes(None)} colspan="{len(columns) + 1}">{text}</td></tr>')
    head = "".join(
        f'<th scope="col" {attributes(column)}>{escape(column.title)}</th>' for column in columns
    )
    return (
        f'<table>\n<thead><tr><th scope="col" {attributes(None)}>layer</th>{head}</tr></thead>\n'
        f"<tbody>\n{lined(rows)}</tbody>\n"
        f"<tfoot>{row_html(total, columns, attributes)}</tfoot>\n</table>\n"
    )


def row_html(line: Line, columns: Iterable[Column], attributes: Attributes) -> str:
    """Return a line of the table as a row. Spaces that show how deep it is are kept."""
    name = escape(line.layer(FORM))
    indent = line.indent.replace(" ", "\N{NO-BREAK SPACE}")
    cells = [f"<td {attributes(None)}><code>{indent}{name}</code></td>"]
    for column in columns:
        text = "<br>".join(map(escape, column.text(line, FORM)))
        cells.append(f"<td {attributes(column)}>{text}</td>")
    of_row = ""
    if line.row is not None:
        of_row += ' class="bad"' if line.row.is_faulty else ""
        of_row += f' data-path="{line.row.path}"' if line.row.path else ""
    return f"<tr{of_row}>{''.join(cells)}</tr>"


def pairs_html(pairs: Iterable[tuple[str, str]]) -> str:
    """Return labels with their texts as a table."""
    rows = [
        f'<tr><th scope="row" {LEFT}>{escape(label)}</th><td {LEFT}>{escape(safe(text))}</td></tr>'
        for label, text in pairs
    ]
    return f"<table>\n<tbody>\n{lined(rows)}</tbody>\n</table>\n" if rows else ""


def lined(parts: Iterable[str]) -> str:
    """Return each part on a line of its own."""
    return "".join(f"{part}\n" for part in parts)
