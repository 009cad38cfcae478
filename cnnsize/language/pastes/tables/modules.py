"""Tell the layers of a table from the modules around them, and check the sums of both."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from cnnsize.language.pastes.tables.layer_types import CONTAINERS, resolved, unknown_type
from cnnsize.language.pastes.tables.rows import Row, Table
from cnnsize.limits import MAX_ROWS
from cnnsize.text.diagnostic import error
from cnnsize.text.span import Span

RESIDUAL = re.compile(r"(?i)res|skip|dense|incep|bottleneck|invert|fire|shuffle|attention|unet|se$")


def layer_rows(table: Table) -> list[Row]:
    """Return the rows of single layers, without those of the models around them.

    Raises ArchitectureError for a module whose layers the table does not show.
    """
    if len(table.rows) > MAX_ROWS:
        span = table.rows[MAX_ROWS].span
        raise error("CNN009", f"the table has more than {MAX_ROWS:,} rows", span)
    rows = [resolved(row, table) for row in table.rows]
    kept: list[Row] = []
    for number, row in enumerate(rows):
        following = rows[number + 1] if number + 1 < len(rows) else None
        has_children = following is not None and following.depth > row.depth
        is_whole = table.tool == "torchinfo" and row.depth == 0 and number == 0 and has_children
        is_container = row.type in CONTAINERS[table.framework]
        if has_children:
            is_known = is_whole or is_container
            if table.has_connections or not (is_known or is_chain(row, inside(number, rows))):
                raise unknown_type(row, table)
            check_module(row, inside(number, rows), table)
            continue
        is_nested_input = row.type == "InputLayer" and row.depth > 0 and bool(kept)
        is_empty = is_container and not row.params and table.framework == "torch"
        if is_nested_input or (is_empty and row.shape in (None, ())):
            continue
        kept.append(row._replace(type="Identity") if is_empty else row)
    if not kept:
        span = table.rows[0].span if table.rows else Span(0, 0)
        raise error("CNN001", "the table has no layers", span)
    return kept


def inside(number: int, rows: Sequence[Row]) -> list[Row]:
    """Return the rows in a module."""
    depth = rows[number].depth
    return list(takewhile(lambda row: row.depth > depth, rows[number + 1 :]))


def check_module(row: Row, layers: Sequence[Row], table: Table) -> None:
    """Raise ArchitectureError where a module gives another volume than the last layer in it, or has
    other parameters than its layers together.
    """
    last = layers[-1]
    if row.shape and last.shape and row.shape != last.shape:
        raise error(
            "CNN108",
            f"the output of {row.title} is not that of its last layer, {last.title}",
            row.shape_span,
            notes=("a layer is missing, or one that is a function in forward()",),
        )
    summed = sum(layer.params or 0 for layer in leaves(layers)) if table.tool == "Keras" else 0
    if row.params is not None and row.params != summed and row.params_span != row.name_span:
        raise error(
            "CNN108",
            f"{row.title} has {row.params:,} parameters, but its layers have {summed:,}"
            if table.tool == "Keras"
            else f"{row.title} has {row.params:,} parameters of its own, besides those of its layers",
            row.params_span,
        )


def leaves(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that are no modules with rows in them."""
    pairs = zip(rows, [*rows[1:], None], strict=True)
    return [row for row, following in pairs if following is None or following.depth <= row.depth]


def is_chain(row: Row, layers: Sequence[Row]) -> bool:
    """Return whether a module of unknown type runs the layers in it one after the other.

    The table does not show whether it adds its input to their output. It cannot where the two have
    different volumes; with the column "Input Shape", a layer that would make them equal shows.
    """
    if row.received is None or row.shape is None or RESIDUAL.search(row.type):
        return False
    return row.received != row.shape and layers[-1].shape == row.shape


def check_counts(table: Table) -> None:
    """Raise ArchitectureError where the footer is not the sum of the rows."""
    total = table.counts.get("total")
    if total is None:
        return
    optimizer = table.counts.get("optimizer")
    written = total.value - (0 if optimizer is None else optimizer.value)
    trainable, other = table.counts.get("trainable"), table.counts.get("non-trainable")
    if trainable and other and trainable.value + other.value != written:
        raise error(
            "CNN108",
            f"the total is {written:,} parameters, but trainable and non-trainable ones are "
            f"{trainable.value + other.value:,}",
            total.span,
        )
    summed = sum(row.params or 0 for row in leaves(table.rows))
    if summed != written:
        raise error(
            "CNN108",
            f"the total is {written:,} parameters, but the rows have {summed:,}",
            total.span,
            notes=("a row is missing, a number is wrong, or the model has parameters of its own",),
        )
