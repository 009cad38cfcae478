"""The size table: one row a layer, activations folded onto it, equal rows merged, totals below.

It fits the terminal by leaving columns out, never by cutting a number.
"""

from __future__ import annotations

from collections.abc import Iterator

from cnnsize.network import Network
from cnnsize.render.rows import Builder, Entry, Frame, TableRow, merged
from cnnsize.text.terminal import Style, display_width, safe

# columns beyond layer and volume, the dearest to readers first
COLUMNS = ("params", "arithmetic", "MACs", "field", "activations")
COLUMN_TITLES = {
    "layer": "layer",
    "volume": "W x H x D",
    "arithmetic": "(W - F + 2P)/S + 1",
    "params": "params",
    "MACs": "MACs",
    "activations": "activations",
    "field": "sees",
}
NUMBERS = frozenset({"params", "MACs", "activations"})


def table(
    network: Network, style: Style, unfold: bool = False, ascii: bool = False, depth: int = 0
) -> str:
    """The table, the totals and the assumed sizes of one network.

    ``depth`` levels of blocks are shown with their layers, deeper ones as one row; ``unfold`` shows
    every layer in a row of its own. Set by hand: a library for tables would be a third of the time
    of a cold check.
    """
    entries = Builder(network, unfold).entries(network.outline, network.values, depth)
    if not unfold:
        entries = merged(entries)
    totals = network.totals
    rows = [
        _cells(indent, text, line)
        for indent, text, line in _flat(entries, wide=_levels(entries) < 5)
    ]
    last = dict.fromkeys(COLUMN_TITLES, "") | {
        "layer": "total",
        "params": _count(totals.params),
        "MACs": _count(totals.macs),
        "activations": _count(totals.activations),
    }
    shown, dropped = _fitting([*rows, last], style.width)
    need = {
        name: max(display_width(row[name]) for row in (*rows, last, COLUMN_TITLES))
        for name in shown
    }
    others = sum(need[name] + 2 for name in shown) - need["layer"] - 2
    need["layer"] = min(need["layer"], max(12, style.width - others - 2))

    def row_text(row: dict[str, str], paint: str | None = None) -> list[str]:
        first, *more = _folded(row["layer"], need["layer"])
        parts = []
        for name in shown:
            text = first if name == "layer" else row[name]
            pad = " " * (need[name] - display_width(text))
            if paint and name in ("layer", "volume"):
                text = style.paint(text, paint)
            parts.append(pad + text if name in NUMBERS else text + pad)
        return ["  ".join(parts).rstrip(), *more]

    rule = ("-" if ascii else "─") * (sum(need.values()) + 2 * (len(shown) - 1))
    out = [*row_text(COLUMN_TITLES), rule]
    for row in rows:
        out += row_text(row, "red" if row["layer"].lstrip(" |").startswith("! ") else None)
    return "\n".join([*out, rule, *row_text(last), "", *_footer(network, style, dropped)])


def _folded(text: str, width: int) -> list[str]:
    """The layer's name in lines of a width, broken before a + where there is one, each as far in as
    the first.
    """
    body = text.lstrip(" |")
    indent = min(len(text) - len(body), width // 2)
    if indent:
        first, *more = _folded(body, width - indent)
        return [text[:indent] + first, *(" " * indent + line for line in more)]
    lines = [""]
    for part in text.split(" + "):
        joined = f"{lines[-1]} + {part}" if lines[-1] else part
        if display_width(joined) <= width:
            lines[-1] = joined
            continue
        more = [f"+ {part}" if lines[-1] else part]
        lines = lines if lines[-1] else []
        while display_width(more[-1]) > width:
            rest = more.pop()
            cut = next(at for at in range(len(rest), 0, -1) if display_width(rest[:at]) <= width)
            more += [rest[:cut], "  " + rest[cut:].lstrip()]
        lines += more
    return lines


def _levels(entries: list[Entry]) -> int:
    """How deep joins stand in joins."""
    return max(
        (
            (entry.tail is not None) + max(map(_levels, entry.branches), default=0)
            for entry in entries
            if isinstance(entry, Frame)
        ),
        default=0,
    )


def _flat(
    entries: list[Entry], indent: str = "", wide: bool = True
) -> Iterator[tuple[str, str, TableRow | None]]:
    """(indent, text of a head, or the row) from top to bottom; ``wide``: four columns for each
    join, else two.
    """
    more, bar = ("    ", "  | ") if wide else ("  ", "| ")
    for entry in entries:
        if isinstance(entry, TableRow):
            yield indent, "", entry
            continue
        times = f" x{entry.times}" if entry.times > 1 and entry.tail is None else ""
        yield indent, f"{entry.head}{times}", None
        inner = indent.replace("|", " ")
        for index, branch in enumerate(entry.branches):
            if entry.tail is None:
                yield from _flat(branch, inner + "  ", wide)
                continue
            for at, row in enumerate(_flat(branch, inner + more, wide)):
                lead = (
                    inner + bar + row[0][len(inner) + len(more) :] if index and not at else row[0]
                )
                yield lead, row[1], row[2]
        if entry.tail is not None:
            yield inner, "", entry.tail


def _cells(indent: str, head: str, line: TableRow | None) -> dict[str, str]:
    if line is None:
        return dict.fromkeys(COLUMN_TITLES, "") | {"layer": indent + head}
    times = f" x{line.times}" if line.times > 1 else ""
    layer = line.texts[0] + "".join(f" + {text}" for text in line.texts[1:]) + times
    if line.mark:
        layer = f"! {layer}"
    return {
        "layer": indent + layer,
        "volume": str(line.output) if line.output is not None else "unknown",
        "arithmetic": line.arithmetic,
        "params": _count(line.params),
        "MACs": _count(line.macs),
        "activations": _count(line.activations),
        "field": f"{line.field[0]}x{line.field[1]}" if line.field is not None else "",
    }


def _count(value: int | None) -> str:
    return "unknown" if value is None else f"{value:,}"


def _fitting(rows: list[dict[str, str]], width: int) -> tuple[list[str], list[str]]:
    """The columns that fit, and those that were left out."""
    order = ("layer", "volume", "arithmetic", "params", "MACs", "activations", "field")
    heads = {
        "arithmetic": 18,
        "volume": 9,
        "layer": 5,
        "params": 6,
        "MACs": 4,
        "activations": 11,
        "field": 4,
    }
    need = {name: max(heads[name], max(display_width(row[name]) for row in rows)) for name in order}
    used = min(need["layer"], 36) + need["volume"] + 4
    shown = {"layer", "volume"}
    told = sum(bool(row["arithmetic"]) for row in rows)
    # where most rows are blocks the arithmetic has little to say, and goes first
    columns = (
        COLUMNS if 3 * told >= len(rows) else sorted(COLUMNS, key=lambda name: name == "arithmetic")
    )
    for name in columns:
        if used + need[name] + 2 <= width or name == "params":
            shown.add(name)
            used += need[name] + 2
    return [name for name in order if name in shown], [
        name for name in COLUMNS if name not in shown
    ]


def _footer(network: Network, style: Style, dropped: list[str]) -> list[str]:
    from textwrap import wrap

    def fold(text: str) -> list[str]:
        return wrap(
            text,
            max(20, style.width),
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )

    lines: list[str] = []
    params, macs = network.params, network.macs
    if params is None or macs is None:
        lines += fold("totals unknown: a layer has no size")
    else:
        activations, memory = network.activations or 0, network.memory_bytes or 0
        lines += fold(f"params       {params:,}")
        lines += fold(f"MACs         {macs:,} (FLOPs, 2 x MACs: {2 * macs:,})")
        lines += fold(
            f"activations  {activations:,} values, {memory:,} bytes ({_human(memory)}) forward, one input of 4-byte numbers"
        )
        peak = network.peak_activations or 0
        lines += fold(
            f"peak         {peak:,} values, {4 * peak:,} bytes ({_human(4 * peak)}) alive at once"
        )
    if network.receptive_field is not None:
        w, h = network.receptive_field
        lines += fold(f"sees         {w}x{h} input cells at the last map (receptive field)")
    assumed: dict[str, int] = {}
    for item, sizes in network.assumed:
        text = safe(" ".join(network.architecture.piece(item.span)[1].split()))
        entry = f"{text}: {', '.join(sizes)}"
        assumed[entry] = assumed.get(entry, 0) + 1
    if assumed:
        lines += fold("assumed      " + "; ".join(assumed))
    askew = [f"{step.kind} at {step.path}" for step in network.steps if step.misaligned]
    if askew:
        more = f" and {len(askew) - 3} more" if len(askew) > 3 else ""
        lines += fold(
            f"misaligned   {', '.join(askew[:3])}{more}: the branches are centred on different input cells"
        )
    for note in network.architecture.notes:
        lines += fold("note         " + safe(note))
    if dropped:
        names = {"field": "sees", "arithmetic": "the arithmetic"}
        lines += fold(
            "left out for want of width: " + ", ".join(names.get(name, name) for name in dropped)
        )
    return lines


def _human(size: int) -> str:
    if size > 2**70:  # and perhaps more than a float can be
        return f"{size // 2**60:,} EiB"
    value, units = float(size), ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    while value >= 1024 and len(units) > 1:
        value /= 1024
        units.pop(0)
    return f"{value:.1f} {units[0]}" if units[0] != "bytes" else f"{size} bytes"
