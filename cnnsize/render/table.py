"""The size table: one row a layer, activations folded onto it, equal rows merged, totals below.

It fits the terminal by leaving columns out, never by cutting a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cnnsize.layers.base import Volume
from cnnsize.measure import Step
from cnnsize.network import Network
from cnnsize.render.text import Style, safe, wide

FOLDED = frozenset({"DROPOUT", "DROPOUT2D", "DROPPATH", "FLATTEN"})
# columns beyond layer and volume, the dearest to readers first
COLUMNS = ("params", "arithmetic", "MACs", "field", "activations")
PERIOD = 8  # rows in a block that repeats


@dataclass(slots=True)
class Line:
    """One row of the table."""

    texts: list[str]
    steps: list[Step]
    output: Volume | None
    params: int | None
    macs: int | None
    activations: int | None
    arithmetic: str
    field: tuple[int, int] | None
    times: int
    mark: str = ""

    def same(self, other: Line) -> bool:
        first, second = self.steps[0], other.steps[0]
        return (
            self.texts == other.texts and first.inputs == second.inputs and self.output == other.output
            and self.params == other.params and self.times == other.times and not self.mark and not other.mark
        )  # fmt: skip


HEADS = {"layer": "layer", "volume": "W x H x D", "arithmetic": "(W - F + 2P)/S + 1", "params": "params",
         "MACs": "MACs", "activations": "activations", "field": "sees"}  # fmt: skip
NUMBERS = frozenset({"params", "MACs", "activations"})


def table(network: Network, style: Style, unfold: bool = False, ascii: bool = False) -> str:
    """The table, the totals and the assumed sizes of one network.

    Set by hand: a library for tables would be a third of the time of a cold check.
    """
    lines = _lines(network, unfold)
    if not unfold:
        lines = _merged(lines)
    totals = network.totals
    rows = [_cells(line) for line in lines]
    last = dict.fromkeys(HEADS, "") | {
        "layer": "total", "params": _count(totals.params), "MACs": _count(totals.macs),
        "activations": _count(totals.activations),
    }  # fmt: skip
    shown, dropped = _fitting([*rows, last], style.width)
    need = {name: max(wide(row[name]) for row in (*rows, last, HEADS)) for name in shown}
    others = sum(need[name] + 2 for name in shown) - need["layer"] - 2
    need["layer"] = min(need["layer"], max(12, style.width - others - 2))

    def row_text(row: dict[str, str], paint: str | None = None) -> list[str]:
        first, *more = _folded(row["layer"], need["layer"])
        parts = []
        for name in shown:
            text = first if name == "layer" else row[name]
            pad = " " * (need[name] - wide(text))
            if paint and name in ("layer", "volume"):
                text = style.paint(text, paint)
            parts.append(pad + text if name in NUMBERS else text + pad)
        return ["  ".join(parts).rstrip(), *more]

    rule = ("-" if ascii else "─") * (sum(need.values()) + 2 * (len(shown) - 1))
    out = [*row_text(HEADS), rule]
    for line, row in zip(lines, rows, strict=True):
        out += row_text(row, "red" if line.mark else None)
    return "\n".join([*out, rule, *row_text(last), "", *_footer(network, style, dropped)])


def _folded(text: str, width: int) -> list[str]:
    """The layer's name in lines of a width, broken before a + where there is one."""
    lines = [""]
    for part in text.split(" + "):
        joined = f"{lines[-1]} + {part}" if lines[-1] else part
        if wide(joined) <= width:
            lines[-1] = joined
            continue
        more = f"+ {part}" if lines[-1] else part
        lines = lines if lines[-1] else []
        while wide(more) > width:
            cut = next(at for at in range(len(more), 0, -1) if wide(more[:at]) <= width)
            lines.append(more[:cut])
            more = "  " + more[cut:].lstrip()
        lines.append(more)
    return lines


def _lines(network: Network, unfold: bool) -> list[Line]:
    """A row for each layer; activations, dropout and FLATTEN join the row before."""
    from cnnsize.words import ACTIVATIONS

    faulty = {".".join(map(str, problem.path)) for problem in network.problems}
    lines: list[Line] = []
    for step in network.steps:
        joins = step.kind in ACTIVATIONS or step.kind in FOLDED or step.kind in ("OUTPUT", "LOSS")
        mark = "!" if step.path in faulty else ""
        if (
            not unfold
            and joins
            and lines
            and not mark
            and lines[-1].times == step.count
            and step.output is not None
            and len(lines[-1].texts) < 6
        ):
            line = lines[-1]
            if line.output is not None:
                line.texts.append(_short(step))
                line.output = step.output
                line.params = _sum(line.params, step.params, step.count)
                line.macs = _sum(line.macs, step.macs, step.count)
                line.activations = _sum(line.activations, step.activations, step.count)
                line.steps.append(step)
                continue
        lines.append(
            Line(
                [_short(step)],
                [step],
                step.output,
                _sum(0, step.params, step.count),
                _sum(0, step.macs, step.count),
                _sum(0, step.activations, step.count),
                arithmetic(step),
                step.receptive_field,
                step.count,
                mark,
            )
        )
    return lines


def _sum(so_far: int | None, more: int | None, times: int) -> int | None:
    return None if so_far is None or more is None else so_far + more * times


def _short(step: Step) -> str:
    text = safe(" ".join(step.text.split()))
    return text if len(text) <= 40 else text[:37] + "..."


def _merged(lines: list[Line]) -> list[Line]:
    """Equal neighbours as one row with summed numbers; so too blocks of rows that repeat."""
    out: list[Line] = []
    at = 0
    while at < len(lines):
        best, times = 1, 1
        for period in range(1, PERIOD + 1):
            count = 1
            while all(
                at + count * period + i < len(lines) and lines[at + i].same(lines[at + count * period + i])
                for i in range(period)
            ):
                count += 1
            if count > 1 and count * period > best * times:
                best, times = period, count
                if period == 1:
                    break
        for index in range(best):
            line = lines[at + index]
            if times > 1:
                line = Line(
                    line.texts, line.steps, line.output, _times(line.params, times), _times(line.macs, times),
                    _times(line.activations, times), line.arithmetic,
                    lines[at + (times - 1) * best + index].field, line.times * times, line.mark,
                )  # fmt: skip
            out.append(line)
        at += best * times
    return out


def _times(value: int | None, times: int) -> int | None:
    return None if value is None else value * times


def _cells(line: Line) -> dict[str, str]:
    times = f" x{line.times}" if line.times > 1 else ""
    layer = line.texts[0] + "".join(f" + {text}" for text in line.texts[1:]) + times
    if line.mark:
        layer = f"! {layer}"
    return {
        "layer": layer,
        "volume": str(line.output) if line.output is not None else "unknown",
        "arithmetic": line.arithmetic,
        "params": _count(line.params),
        "MACs": _count(line.macs),
        "activations": _count(line.activations),
        "field": f"{line.field[0]}x{line.field[1]}" if line.field is not None else "",
    }


def _count(value: int | None) -> str:
    return "unknown" if value is None else f"{value:,}"


def arithmetic(step: Step) -> str:
    """(32 - 3 + 2*1)/1 + 1 = 32, with the numbers of this layer; both axes where they differ."""
    volume = step.inputs[0]
    if volume is None:
        return ""
    if step.kind == "FC":
        return f"{volume.W}*{volume.H}*{volume.D} values"
    if step.kind == "TCONV":
        return _both(step, volume, _transposed)
    if step.kernel is None or step.stride is None:
        return ""
    return _both(step, volume, _window)


def _both(step: Step, volume: Volume, of: Any) -> str:
    w, h = of(step, 0, volume.W), of(step, 1, volume.H)
    return str(w) if w == h else f"W {w}, H {h}"


def _window(step: Step, axis: int, size: int) -> str:
    window = step.layer.windows[axis]  # type: ignore[attr-defined]
    pad = f"2*{window.before}" if window.before == window.after else f"{window.before} + {window.after}"
    n = window.span(size)
    text = f"({size} - {window.F_eff} + {pad})/{window.S} + 1 = "
    whole, left = divmod(n, window.S)
    exact = str(whole + 1)
    if left:
        hundredths, rest = divmod((n + window.S) * 100, window.S)
        exact = f"{hundredths // 100}.{hundredths % 100:02d}".rstrip("0") + ("..." if rest else "")
    return text + (exact if step.output is None or not left else f"{exact} -> {step.output[axis]}")


def _transposed(step: Step, axis: int, size: int) -> str:
    layer: Any = step.layer
    out = step.output[axis] if step.output is not None else "?"
    return (
        f"({size} - 1)*{layer.S[axis]} - 2*{layer.P[axis]} + {layer.D[axis]}*({layer.F[axis]} - 1) "
        f"+ {layer.output_padding[axis]} + 1 = {out}"
    )


def _fitting(rows: list[dict[str, str]], width: int) -> tuple[list[str], list[str]]:
    """The columns that fit, and those that were left out."""
    order = ("layer", "volume", "arithmetic", "params", "MACs", "activations", "field")
    heads = {"arithmetic": 18, "volume": 9, "layer": 5, "params": 6, "MACs": 4, "activations": 11, "field": 4}
    need = {name: max(heads[name], max(wide(row[name]) for row in rows)) for name in order}
    used = min(need["layer"], 36) + need["volume"] + 4
    shown = {"layer", "volume"}
    for name in COLUMNS:
        if used + need[name] + 2 <= width or name == "params":
            shown.add(name)
            used += need[name] + 2
    return [name for name in order if name in shown], [name for name in COLUMNS if name not in shown]


def _footer(network: Network, style: Style, dropped: list[str]) -> list[str]:
    from textwrap import wrap

    def fold(text: str) -> list[str]:
        return wrap(text, max(20, style.width), subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)

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
    for note in network.architecture.notes:
        lines += fold("note         " + safe(note))
    if dropped:
        names = {"field": "sees", "arithmetic": "the arithmetic"}
        lines += fold("left out for want of width: " + ", ".join(names.get(name, name) for name in dropped))
    return lines


def _human(size: int) -> str:
    value, units = float(size), ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    if size > 2**70:
        return f"{size // 2**60:,} EiB"
    while value >= 1024 and len(units) > 1:
        value /= 1024
        units.pop(0)
    return f"{value:.1f} {units[0]}" if units[0] != "bytes" else f"{size} bytes"
