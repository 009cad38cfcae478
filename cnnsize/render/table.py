"""The table of layers, with the totals under it.

An activation shares the row of its layer, and equal rows are merged. The table fits the terminal by
hiding columns, never by cutting a number.
"""

from __future__ import annotations

from collections.abc import Iterator

from cnnsize.network import Network
from cnnsize.render.rows import Builder, Entry, RowGroup, TableRow, merged
from cnnsize.render.units import byte_size, count
from cnnsize.text.terminal import Style, display_width, safe

# Columns besides layer and volume, the most important first.
COLUMNS = ("params", "arithmetic", "MACs", "field", "activations")
COLUMN_TITLES = {
    "layer": "layer",
    "volume": "W x H x D",
    "arithmetic": "(W - F + 2P)/S + 1",
    "params": "params",
    "share": "share",
    "MACs": "MACs",
    "activations": "activations",
    "field": "RF",
}
ORDER = ("layer", "volume", "arithmetic", "params", "share", "MACs", "activations", "field")
COLUMN_NAMES = {"field": "RF", "arithmetic": "size formula"}  # in the list of hidden columns
LABEL_WIDTH = 18  # of the totals
MAX_LAYER_WIDTH = 36  # that is reserved for the column of layers before others are shown
MAX_WIDE_LEVELS = 4  # of joins in joins that are indented by four columns; deeper ones by two
NUMBERS = frozenset({"params", "share", "MACs", "activations"})


def table(
    network: Network,
    style: Style,
    *,
    unfold: bool = False,
    ascii: bool = False,
    depth: int = 0,
    share: bool = False,
) -> str:
    """Return the table, the totals and the defaults used by one network.

    ``depth`` levels of blocks are shown with their layers, deeper ones as one row. ``unfold`` gives
    every layer a row of its own; ``ascii`` uses no other characters. ``share`` adds the share of the
    parameters in percent. It is formatted by hand, because importing a library for tables would take
    a third of a cold check.
    """
    entries = Builder(network, unfold).entries(network.outline, network.values, depth)
    if not unfold:
        entries = merged(entries)
    totals = network.totals
    rows = [
        _cells(indent, head, row, totals.params if share else None)
        for indent, head, row in _flattened(entries, wide=_levels(entries) <= MAX_WIDE_LEVELS)
    ]
    total_row = dict.fromkeys(COLUMN_TITLES, "") | {
        "layer": "total",
        "params": count(totals.params),
        "MACs": count(totals.macs),
        "activations": count(totals.activations),
    }
    shown, hidden = _fitting_columns([*rows, total_row], style.width, share=share)
    widths = {
        name: max(display_width(row[name]) for row in (*rows, total_row, COLUMN_TITLES))
        for name in shown
    }
    other_columns = sum(widths[name] + 2 for name in shown) - widths["layer"] - 2
    widths["layer"] = min(widths["layer"], max(12, style.width - other_columns - 2))

    def row_text(row: dict[str, str], paint: str | None = None) -> list[str]:
        first, *others = _wrapped(row["layer"], widths["layer"])
        parts = []
        for name in shown:
            text = first if name == "layer" else row[name]
            pad = " " * (widths[name] - display_width(text))
            if paint and name in ("layer", "volume"):
                text = style.paint(text, paint)
            parts.append(pad + text if name in NUMBERS else text + pad)
        return ["  ".join(parts).rstrip(), *others]

    rule = ("-" if ascii else "─") * (sum(widths.values()) + 2 * (len(shown) - 1))
    lines = [*row_text(COLUMN_TITLES), rule]
    for row in rows:
        lines += row_text(row, "red" if row["layer"].lstrip(" |").startswith("! ") else None)
    return "\n".join([*lines, rule, *row_text(total_row), "", *_footer(network, style, hidden)])


def _wrapped(text: str, width: int) -> list[str]:
    """Wrap the name of a row, before a + where there is one, and indent every line alike."""
    body = text.lstrip(" |")
    indent = min(len(text) - len(body), width // 2)
    if indent:
        first, *others = _wrapped(body, width - indent)
        return [text[:indent] + first, *(" " * indent + line for line in others)]
    lines = [""]
    for part in text.split(" + "):
        joined = f"{lines[-1]} + {part}" if lines[-1] else part
        if display_width(joined) <= width:
            lines[-1] = joined
            continue
        others = [f"+ {part}" if lines[-1] else part]
        lines = lines if lines[-1] else []
        while display_width(others[-1]) > width:
            long_line = others.pop()
            cut = next(
                index
                for index in range(len(long_line), 0, -1)
                if display_width(long_line[:index]) <= width
            )
            others += [long_line[:cut], "  " + long_line[cut:].lstrip()]
        lines += others
    return lines


def _levels(entries: list[Entry]) -> int:
    """Return how deep joins are nested."""
    return max(
        (
            (entry.tail is not None) + max(map(_levels, entry.branches), default=0)
            for entry in entries
            if isinstance(entry, RowGroup)
        ),
        default=0,
    )


def _flattened(
    entries: list[Entry], indent: str = "", *, wide: bool = True
) -> Iterator[tuple[str, str, TableRow | None]]:
    """Yield (indent, head, row) from top to bottom; a head has no row, and a row no head.

    ``wide`` indents a join by four columns, else by two.
    """
    step, first_step = ("    ", "  | ") if wide else ("  ", "| ")
    for entry in entries:
        if isinstance(entry, TableRow):
            yield indent, "", entry
            continue
        times = f" x{entry.times}" if entry.times > 1 and entry.tail is None else ""
        yield indent, f"{entry.head}{times}", None
        inner = indent.replace("|", " ")
        for index, branch in enumerate(entry.branches):
            if entry.tail is None:
                yield from _flattened(branch, inner + "  ", wide=wide)
                continue
            rows = _flattened(branch, inner + step, wide=wide)
            for position, (row_indent, head, row) in enumerate(rows):
                if index and not position:  # the first row of a later branch
                    row_indent = inner + first_step + row_indent[len(inner) + len(step) :]
                yield row_indent, head, row
        if entry.tail is not None:
            yield inner, "", entry.tail


def _cells(indent: str, head: str, row: TableRow | None, all_params: int | None) -> dict[str, str]:
    """Return the text of every column of a row, or of a head; the share is that of ``all_params``."""
    if row is None:
        return dict.fromkeys(COLUMN_TITLES, "") | {"layer": indent + head}
    times = f" x{row.times}" if row.times > 1 else ""
    layer = row.texts[0] + "".join(f" + {text}" for text in row.texts[1:]) + times
    if row.mark:
        layer = f"! {layer}"
    return {
        "layer": indent + layer,
        "volume": str(row.output) if row.output is not None else "unknown",
        "arithmetic": row.arithmetic,
        "params": count(row.params),
        "share": f"{row.params / all_params:.1%}" if row.params and all_params else "",
        "MACs": count(row.macs),
        "activations": count(row.activations),
        "field": f"{row.field[0]}x{row.field[1]}" if row.field is not None else "",
    }


def _fitting_columns(
    rows: list[dict[str, str]], width: int, *, share: bool
) -> tuple[list[str], list[str]]:
    """Return the columns that fit into the width, and those that are hidden."""
    order = tuple(name for name in ORDER if share or name != "share")
    wanted = ("share", *COLUMNS) if share else COLUMNS
    widths = {
        name: max(display_width(row[name]) for row in (COLUMN_TITLES, *rows)) for name in order
    }
    used = min(widths["layer"], MAX_LAYER_WIDTH) + widths["volume"] + 4
    shown = {"layer", "volume"}
    formulas = sum(bool(row["arithmetic"]) for row in rows)
    # Blocks have no formula: where most rows are blocks, its column is hidden first.
    columns = (
        wanted
        if 3 * formulas >= len(rows)
        else sorted(wanted, key=lambda name: name == "arithmetic")
    )
    for name in columns:
        if used + widths[name] + 2 <= width or name in ("params", "share"):
            shown.add(name)
            used += widths[name] + 2
    return [name for name in order if name in shown], [
        name for name in COLUMNS if name not in shown
    ]


def _footer(network: Network, style: Style, hidden: list[str]) -> list[str]:
    """Return the lines under the table: totals, defaults used, notes and hidden columns."""
    from textwrap import wrap

    lines: list[str] = []
    for label, text in (*_totals(network), *_remarks(network)):
        lines += wrap(
            f"{label:<{LABEL_WIDTH}}{text}",
            max(20, style.width),
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    if hidden:
        names = ", ".join(COLUMN_NAMES.get(name, name) for name in hidden)
        lines += wrap(
            f"hidden columns (terminal is {style.width} wide): {names}",
            max(20, style.width),
            subsequent_indent="  ",
        )
    return lines


def bytes_text(size: int) -> str:
    """Return ``24,291,232 bytes (23.2 MiB)``, or only the bytes where these are the larger unit."""
    return f"{size:,} bytes ({byte_size(size)})" if size >= 1024 else f"{size:,} bytes"


def _totals(network: Network) -> Iterator[tuple[str, str]]:
    """Yield the labels and the texts of the totals, after the input where no row shows it."""
    if not network.steps or network.steps[0].kind != "INPUT":
        yield "input", str(network.input)
    params, macs = network.params, network.macs
    if params is None or macs is None:
        yield "totals", "unknown, because a layer has no size"
    else:
        activations, size = network.activations or 0, network.memory_bytes or 0
        peak = network.peak_activations or 0
        yield "params", f"{params:,}"
        statistics = network.running_statistics
        if statistics:
            total = params + statistics
            yield "statistics", f"{statistics:,} in BN; Keras counts them too and prints {total:,}"
        yield "MACs", f"{macs:,} ({2 * macs:,} FLOPs)"
        yield (
            "activations",
            f"{activations:,} values, {bytes_text(size)} in float32, for one input",
        )
        yield (
            "peak activations",
            f"{peak:,} values, {bytes_text(4 * peak)} at once",
        )
    if network.receptive_field is not None:
        width, height = network.receptive_field
        yield "receptive field", f"{width}x{height} input cells, at the last feature map"


def _remarks(network: Network) -> Iterator[tuple[str, str]]:
    """Yield the defaults used, misaligned joins, and what the notation does not express."""
    defaults = [safe(text) for _, text in network.defaults_used]
    if defaults:
        yield "defaults used", "; ".join(defaults)
    misaligned = [f"{step.kind} at {step.path}" for step in network.steps if step.misaligned]
    if misaligned:
        more = f" and {len(misaligned) - 3} more" if len(misaligned) > 3 else ""
        yield (
            "misaligned",
            f"{', '.join(misaligned[:3])}{more}: the branches are centred on different input cells",
        )
    for note in network.architecture.notes:
        yield "note", safe(note)
