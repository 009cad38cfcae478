"""The size table: one row a layer, activations folded onto it, equal rows merged, totals below.

It fits the terminal by leaving columns out, never by cutting a number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cnnsize.layers.base import Volume
from cnnsize.measure import Nest, Node, Step, steps
from cnnsize.network import Block, Network
from cnnsize.render.text import Style, safe, wide
from cnnsize.words import ACTIVATIONS, ENDS

FOLDED = frozenset({"DROPOUT", "DROPOUT2D", "DROPPATH", "FLATTEN"})
# columns beyond layer and volume, the dearest to readers first
COLUMNS = ("params", "arithmetic", "MACs", "field", "activations")
PERIOD = 8  # rows in a block that repeats


@dataclass(slots=True)
class Line:
    """One row of the table: a layer with what was folded onto it, or a block as one row."""

    texts: list[str]
    inputs: tuple[Volume | None, ...]
    output: Volume | None
    params: int | None
    macs: int | None
    activations: int | None
    arithmetic: str = ""
    field: tuple[int, int] | None = None
    times: int = 1
    mark: str = ""

    def same(self, other: Entry) -> bool:
        return (
            isinstance(other, Line) and self.texts == other.texts and self.inputs == other.inputs
            and self.output == other.output and self.params == other.params and self.times == other.times
            and not self.mark and not other.mark
        )  # fmt: skip

    def take(self, text: str, step: Step) -> None:
        """Fold a layer that leaves the volume as it is onto this row."""
        self.texts.append(text)
        self.output = step.output
        self.params = _sum(self.params, step.params, step.count)
        self.macs = _sum(self.macs, step.macs, step.count)
        self.activations = _sum(self.activations, step.activations, step.count)


@dataclass(slots=True)
class Frame:
    """A block or a join that is shown with what stands in it. Its head has no numbers: its rows have them."""

    head: str
    branches: list[list[Entry]]
    tail: Line | None = None  # the row of a join itself
    times: int = 1

    def same(self, other: Entry) -> bool:
        if not isinstance(other, Frame) or self.head != other.head or self.times != other.times:
            return False
        if (self.tail is None) != (other.tail is None) or len(self.branches) != len(other.branches):
            return False
        tails = self.tail is None or (other.tail is not None and self.tail.same(other.tail))
        return tails and all(
            len(mine) == len(its) and all(a.same(b) for a, b in zip(mine, its, strict=True))
            for mine, its in zip(self.branches, other.branches, strict=True)
        )


Entry = Line | Frame


HEADS = {"layer": "layer", "volume": "W x H x D", "arithmetic": "(W - F + 2P)/S + 1", "params": "params",
         "MACs": "MACs", "activations": "activations", "field": "sees"}  # fmt: skip
NUMBERS = frozenset({"params", "MACs", "activations"})


def table(network: Network, style: Style, unfold: bool = False, ascii: bool = False, depth: int = 0) -> str:
    """The table, the totals and the assumed sizes of one network.

    ``depth`` levels of blocks are shown with their layers, deeper ones as one row; ``unfold`` shows every
    layer in a row of its own. Set by hand: a library for tables would be a third of the time of a cold check.
    """
    entries = _Builder(network, unfold).entries(network.outline, network.values, depth)
    if not unfold:
        entries = _merged(entries)
    totals = network.totals
    rows = [_cells(indent, text, line) for indent, text, line in _flat(entries, wide=_levels(entries) < 5)]
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
    for row in rows:
        out += row_text(row, "red" if row["layer"].lstrip(" |").startswith("! ") else None)
    return "\n".join([*out, rule, *row_text(last), "", *_footer(network, style, dropped)])


def _folded(text: str, width: int) -> list[str]:
    """The layer's name in lines of a width, broken before a + where there is one, each as far in as the first."""
    body = text.lstrip(" |")
    indent = min(len(text) - len(body), width // 2)
    if indent:
        first, *more = _folded(body, width - indent)
        return [text[:indent] + first, *(" " * indent + line for line in more)]
    lines = [""]
    for part in text.split(" + "):
        joined = f"{lines[-1]} + {part}" if lines[-1] else part
        if wide(joined) <= width:
            lines[-1] = joined
            continue
        more = [f"+ {part}" if lines[-1] else part]
        lines = lines if lines[-1] else []
        while wide(more[-1]) > width:
            rest = more.pop()
            cut = next(at for at in range(len(rest), 0, -1) if wide(rest[:at]) <= width)
            more += [rest[:cut], "  " + rest[cut:].lstrip()]
        lines += more
    return lines


class _Builder:
    """Rows of an outline: activations, dropout and FLATTEN join the row before; deep blocks are one row."""

    def __init__(self, network: Network, unfold: bool) -> None:
        self.network = network
        self.unfold = unfold
        self.faulty = {".".join(map(str, problem.path)) for problem in network.problems}

    def entries(self, nodes: tuple[Node, ...], values: Mapping[str, int], depth: int) -> list[Entry]:
        found: list[Entry] = []
        for node in nodes:
            if isinstance(node, Step):
                self.step(node, values, found)
            elif isinstance(node.part, Block):
                found.append(self.block(node, node.part, depth))
            else:
                assert node.join is not None
                found.append(self.join(node, node.join, values, depth))
        return found

    def step(self, step: Step, values: Mapping[str, int], found: list[Entry]) -> None:
        """Adds a layer, or folds it onto the row before."""
        before = found[-1] if found else None
        line = before.tail if isinstance(before, Frame) else before
        mark = "!" if step.path in self.faulty else ""
        folds = step.kind in ACTIVATIONS or step.kind in FOLDED or step.kind in ENDS
        if (
            folds and not self.unfold and not mark and line is not None and line.times == step.count
            and step.output is not None and line.output is not None and len(line.texts) < 6
        ):  # fmt: skip
            line.take(self.text(step, values), step)
        else:
            found.append(self.line(step, self.text(step, values)))

    def line(self, step: Step, text: str) -> Line:
        return Line(
            [text], step.inputs, step.output, _sum(0, step.params, step.count), _sum(0, step.macs, step.count),
            _sum(0, step.activations, step.count), arithmetic(step), step.receptive_field, step.count,
            "!" if step.path in self.faulty else "",
        )  # fmt: skip

    def block(self, nest: Nest, part: Block, depth: int) -> Entry:
        """A block: its layers under its name, or one row with their sums."""
        name = f"{part.name}({', '.join(map(str, part.arguments))})"
        if depth > 0 or self.unfold:
            definition = self.network.architecture.definitions[part.name]
            values = dict(zip(definition.parameters or (), part.arguments, strict=True))
            return Frame(name, [self.entries(nest.branches[0], values, depth - 1)])
        return self.sums(name, steps(nest.branches[0]))

    def sums(self, text: str, layers: tuple[Step, ...]) -> Line:
        """Several layers as one row."""
        first, last = layers[0], layers[-1]
        line = Line([text], first.inputs, last.output, 0, 0, 0, "", last.receptive_field, first.count)
        for step in layers:
            line.params = _sum(line.params, step.params, step.count)
            line.macs = _sum(line.macs, step.macs, step.count)
            line.activations = _sum(line.activations, step.activations, step.count)
            if step.path in self.faulty:
                line.mark = "!"
        return line

    def join(self, nest: Nest, step: Step, values: Mapping[str, int], depth: int) -> Entry:
        """A join: branches between braces, as the language writes them, and the join behind the last one."""
        called = all(
            not branch or (len(branch) == 1 and isinstance(branch[0], Nest) and isinstance(branch[0].part, Block))
            for branch in nest.branches
        )
        branches: list[list[Entry]] = []
        for index, nodes in enumerate(nest.branches):
            if nodes:
                branches.append(self.entries(nodes, values, depth))
            else:
                volume = step.inputs[index]
                branches.append([Line(["ID"], (volume,), volume, 0, 0, 0, times=step.count)])
        if called and depth <= 0 and not self.unfold:  # blocks side by side: as short as they were written
            names = [branch[0].texts[0] for branch in branches if isinstance(branch[0], Line)]
            text = f"{step.kind}{{{' | '.join(names)}}}"
            if len(text) <= 48:
                return self.sums(text, (*(one for branch in nest.branches for one in steps(branch)), step))
        return Frame(f"{step.kind}{{", branches, self.line(step, "}"))

    def text(self, step: Step, values: Mapping[str, int]) -> str:
        """A layer as written, with the values of letters in their places."""
        text = safe(" ".join((step.canonical if values else step.text).split()))
        return text if len(text) <= 40 else text[:37] + "..."


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


def _flat(entries: list[Entry], indent: str = "", wide: bool = True) -> Iterator[tuple[str, str, Line | None]]:
    """(indent, text of a head, or the row) from top to bottom; ``wide``: four columns for each join, else two."""
    more, bar = ("    ", "  | ") if wide else ("  ", "| ")
    for entry in entries:
        if isinstance(entry, Line):
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
                lead = inner + bar + row[0][len(inner) + len(more) :] if index and not at else row[0]
                yield lead, row[1], row[2]
        if entry.tail is not None:
            yield inner, "", entry.tail


def _sum(so_far: int | None, more: int | None, times: int) -> int | None:
    return None if so_far is None or more is None else so_far + more * times


def _merged(entries: list[Entry]) -> list[Entry]:
    """Equal neighbours as one row with summed numbers; so too blocks of rows that repeat."""
    for entry in entries:
        if isinstance(entry, Frame):
            entry.branches = [_merged(branch) for branch in entry.branches]
    out: list[Entry] = []
    at = 0
    while at < len(entries):
        best, times = 1, 1
        for period in range(1, PERIOD + 1):
            count = 1
            while all(
                at + count * period + i < len(entries) and entries[at + i].same(entries[at + count * period + i])
                for i in range(period)
            ):
                count += 1
            if count > 1 and count * period > best * times:
                best, times = period, count
                if period == 1:
                    break
        for index in range(best):
            entry = entries[at + index]
            out.append(entry if times == 1 else _often(entry, entries[at + (times - 1) * best + index], times))
        at += best * times
    return out


def _often(entry: Entry, last: Entry, times: int) -> Entry:
    """An entry that stands for ``times`` equal ones, of which ``last`` is the last: it sees most."""
    if isinstance(entry, Line):
        assert isinstance(last, Line)
        return replace(
            entry, params=_times(entry.params, times), macs=_times(entry.macs, times),
            activations=_times(entry.activations, times), field=last.field, times=entry.times * times,
        )  # fmt: skip
    assert isinstance(last, Frame)
    branches = [
        [_often(a, b, times) for a, b in zip(mine, its, strict=True)]
        for mine, its in zip(entry.branches, last.branches, strict=True)
    ]
    tail = None
    if entry.tail is not None and last.tail is not None:
        often = _often(entry.tail, last.tail, times)
        assert isinstance(often, Line)
        tail = often
    return Frame(entry.head, branches, tail, entry.times * times)


def _times(value: int | None, times: int) -> int | None:
    return None if value is None else value * times


def _cells(indent: str, head: str, line: Line | None) -> dict[str, str]:
    if line is None:
        return dict.fromkeys(HEADS, "") | {"layer": indent + head}
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


def arithmetic(step: Step) -> str:
    """(32 - 3 + 2*1)/1 + 1 = 32, with the numbers of this layer; both axes where they differ."""
    volume = step.inputs[0]
    if volume is None:
        return ""
    if step.kind == "CAT":
        depths = " + ".join(str(one.D) for one in step.inputs if one is not None)
        return f"{depths} maps" if step.output is not None and len(depths) < 40 else ""
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
    told = sum(bool(row["arithmetic"]) for row in rows)
    # where most rows are blocks the arithmetic has little to say, and goes first
    columns = COLUMNS if 3 * told >= len(rows) else sorted(COLUMNS, key=lambda name: name == "arithmetic")
    for name in columns:
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
        peak = network.peak_activations or 0
        lines += fold(f"peak         {peak:,} values, {4 * peak:,} bytes ({_human(4 * peak)}) alive at once")
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
        lines += fold(f"misaligned   {', '.join(askew[:3])}{more}: the branches are centred on different input cells")
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
