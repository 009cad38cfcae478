"""A run as text and as JSON: every layer with what was predicted and what came out, then the
totals.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from cnnsize.layers.volume import Volume
from cnnsize.memory import Memory
from cnnsize.sizing.outline import Nest, Node, Step
from cnnsize.sizing.rows import Block
from cnnsize.smoke.compare import LayerResult, RunResult
from cnnsize.text.terminal import Style, display_width, safe

COLUMN_TITLES = ("layer", "predicted", "actual", "params", "time")
NUMBERS = (3, 4)
WIDEST = 44


class Cells(NamedTuple):
    """One row of the table: a layer, or a block or join as one."""

    text: str
    lines: tuple[LayerResult, ...]


def table(ran: RunResult, style: Style, unfold: bool = False, ascii: bool = False) -> str:
    """The table of a run, and below it the totals and the findings."""
    rows = [cells(one) for one in folded(ran, unfold)]
    whole = (
        "total",
        "",
        "",
        compared(ran.network.params or 0, ran.parameters),
        duration(sum(line.seconds or 0 for line in ran.lines)) if ran.device != "meta" else "",
    )
    every = [COLUMN_TITLES, *rows, whole]
    widths = [
        max(display_width(row[column]) for row in every) for column in range(len(COLUMN_TITLES))
    ]
    rule = ("-" if ascii else "─") * (sum(widths) + 2 * (len(widths) - 1))

    def row_text(row: tuple[str, ...], paint: bool = False) -> str:
        parts = []
        for column, text in enumerate(row):
            pad = " " * (widths[column] - display_width(text))
            shown = style.paint(text, "red") if paint and column == 0 else text
            parts.append(pad + shown if column in NUMBERS else shown + pad)
        return "  ".join(parts).rstrip()

    body = [row_text(row, row[0].lstrip().startswith("! ")) for row in rows]
    return "\n".join(
        [
            row_text(COLUMN_TITLES),
            rule,
            *body,
            rule,
            row_text(whole),
            "",
            *footer(ran),
            *findings(ran, style),
        ]
    )


def brief(ran: RunResult, style: Style) -> str:
    """The totals and the findings alone."""
    return "\n".join([*footer(ran), *findings(ran, style)])


def findings(ran: RunResult, style: Style) -> list[str]:
    layers = sum(line.shape is not None for line in ran.lines)
    if ran.ok:
        return [
            "",
            f"{layers} layer{'' if layers == 1 else 's'} ran, every shape and parameter count as predicted",
        ]
    return ["", *(f"{style.paint('mismatch', 'red')}: {safe(one)}" for one in ran.findings)]


def folded(ran: RunResult, unfold: bool) -> Iterator[Cells]:
    """Rows: a layer each, or a block or join as one, unless something in it is wrong."""
    lines = iter(ran.lines)

    def rows(nodes: tuple[Node, ...], indent: str) -> Iterator[Cells]:
        for node in nodes:
            if isinstance(node, Step):
                line = next(lines)
                yield Cells(indent + short(line.step.text), (line,))
                continue
            inner = tuple(taken(node))
            text = indent + heading(node)
            if not unfold and not any(line.wrong for line in inner):
                yield Cells(text, inner)
                continue
            yield Cells(text, ())
            steps = iter(inner)
            for line in steps:
                yield Cells(indent + "  " + short(line.step.text), (line,))

    def taken(nest: Nest) -> Iterator[LayerResult]:
        for branch in nest.branches:
            for node in branch:
                if isinstance(node, Step):
                    yield next(lines)
                else:
                    yield from taken(node)
        if nest.join is not None:
            yield next(lines)

    yield from rows(ran.network.outline, "")


def heading(nest: Nest) -> str:
    if isinstance(nest.part, Block):
        return f"{nest.part.name}({', '.join(map(str, nest.part.arguments))})"
    assert nest.join is not None
    return f"{nest.join.kind}{{...}}"


def short(text: str) -> str:
    text = safe(" ".join(text.split()))
    return text if len(text) <= WIDEST else text[: WIDEST - 3] + "..."


def cells(row: Cells) -> tuple[str, ...]:
    """A row's texts. What has no module of its own has no actual size."""
    if not row.lines:
        return row.text, "", "", "", ""
    last = row.lines[-1]
    ran = [line for line in row.lines if line.shape is not None]
    wrong = any(line.wrong for line in row.lines)
    predicted = sum(line.step.params or 0 for line in row.lines)
    seconds = [line.seconds for line in ran if line.seconds is not None]
    return (
        f"! {row.text}" if wrong else row.text,
        str(last.step.output),
        came_out(ran[-1]) if ran else "",
        compared(predicted, sum(line.params for line in ran)),
        duration(sum(seconds)) if seconds and any(seconds) else "",
    )


def came_out(line: LayerResult) -> str:
    """N x C x H x W as W x H x D; a map that was flattened early says so."""
    shape, predicted = line.shape, line.step.output
    if shape is None:
        return ""
    if len(shape) == 2:
        early = predicted is not None and predicted[:2] != (1, 1)
        return f"{shape[1]} in a row" if early else str(Volume(1, 1, shape[1]))
    if len(shape) == 4:
        return str(Volume(shape[3], shape[2], shape[1]))
    return "x".join(map(str, shape))


def compared(predicted: int, actual: int) -> str:
    return f"{actual:,}" if predicted == actual else f"{actual:,} (not {predicted:,})"


def duration(seconds: float) -> str:
    if seconds >= 100:
        return f"{seconds:,.0f} s"
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.2f} ms"


def footer(ran: RunResult) -> list[str]:
    """The totals, a name and a value a line."""
    network, choices = ran.network, ran.choices
    where = ran.device if not ran.device_name else f"{ran.device} ({ran.device_name})"
    passes = "forward and backward" if choices.backward else "forward"
    out = [
        ("device", f"{where}, torch {ran.torch}, {choices.dtype}, batch {choices.batch}, {passes}"),
        ("params", f"{ran.parameters:,} ({network.params:,} predicted)"),
        ("MACs", f"{network.macs:,} an input, forward"),
    ]
    if ran.saved is not None:
        out.append(
            (
                "saved",
                f"{ran.saved:,} bytes kept for the backward pass ({ran.predicted_saved:,} predicted)",
            )
        )
    elif ran.predicted_saved is not None:
        out.append(
            ("saved", f"{ran.predicted_saved:,} bytes kept for the backward pass (predicted)")
        )
    if ran.peak is not None:
        out.append(
            (
                "memory",
                f"{size(ran.peak)} {ran.peak_of} ({size(ran.predicted_peak)} predicted, without workspace)",
            )
        )
    else:
        out.append(
            (
                "memory",
                f"{size(ran.predicted_peak)} predicted, without workspace; nothing was allocated",
            )
        )
    if ran.times:
        best = min(ran.times)
        of = f", the best of {len(ran.times)}" if len(ran.times) > 1 else ""
        out.append(
            (
                "speed",
                f"{duration(best)} a pass{of}: {choices.batch / best:,.1f} inputs/s, "
                f"{flops(ran, best)}",
            )
        )
    return [f"{name:<8}{value}" for name, value in out]


def flops(ran: RunResult, seconds: float) -> str:
    rate = (ran.flops or 0) / seconds
    for unit in ("", "k", "M", "G", "T"):
        if rate < 1000 or unit == "T":
            break
        rate /= 1000
    return f"{rate:.1f} {unit}FLOP/s"


def size(number: int) -> str:
    """1.4 GB, as a person says it; powers of ten."""
    value = float(number)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:,.1f} TB"


def data(ran: RunResult) -> dict[str, Any]:
    """The JSON of a run; ``cnnsize schema run`` describes it."""
    from cnnsize.version import __version__

    choices, best = ran.choices, min(ran.times, default=None)
    return {
        "version": __version__,
        "ok": ran.ok,
        "name": ran.network.architecture.name,
        "text": ran.network.architecture.text,
        "device": ran.device,
        "device_name": ran.device_name,
        "torch": ran.torch,
        "batch": choices.batch,
        "dtype": choices.dtype,
        "backward": choices.backward,
        "compile": choices.compile,
        "channels_last": choices.channels_last,
        "seed": choices.seed,
        "findings": list(ran.findings),
        "layers": [
            {
                "kind": line.step.kind,
                "text": line.step.text,
                "path": line.step.path,
                "predicted": None if line.step.output is None else list(line.step.output),
                "actual": None if line.shape is None else list(line.shape),
                "predicted_params": line.step.params,
                "params": None if line.shape is None else line.params,
                "seconds": line.seconds,
                "wrong": list(line.wrong),
            }
            for line in ran.lines
        ],
        "predicted_params": ran.network.params,
        "params": ran.parameters,
        "macs": ran.network.macs,
        "predicted_saved_bytes": ran.predicted_saved,
        "saved_bytes": ran.saved,
        "predicted_memory_bytes": ran.predicted_peak,
        "memory_bytes": ran.peak,
        "memory_of": ran.peak_of or None,
        "seconds": list(ran.times),
        "inputs_per_second": None if best is None else choices.batch / best,
        "flops_per_second": None if best is None else (ran.flops or 0) / best,
    }


def memory_text(
    memory: Memory,
    train: bool,
    batch: int,
    dtype: str,
    optimizer: str,
    fits: tuple[str, int | None] | None,
) -> str:
    """The predicted memory of ``show --train``, a part a line."""
    what = f"training with {optimizer}" if train else "inference"
    rows = [(name, value) for name, value in zip(Memory._fields, memory, strict=True) if value]
    names = {
        "activations": "saved activations" if train else "activations alive at once",
        "optimizer": "optimizer state",
        "buffers": "buffers of BN",
    }
    cells = [(names.get(name, name), f"{value:,}", size(value)) for name, value in rows]
    cells.append(("total", f"{memory.total:,}", size(memory.total)))
    widths = [max(len(row[column]) for row in cells) for column in (0, 1)]
    lines = [f"memory of {what}, batch {batch:,}, {dtype}, in bytes; workspace is left out"]
    lines += [
        f"  {name:<{widths[0]}}  {value:>{widths[1]}}  {short}" for name, value, short in cells
    ]
    if fits is not None:
        given, most = fits
        if most is None:
            lines.append(f"into {given} fits any batch: nothing is kept of an input")
        else:
            lines.append(
                f"into {given} fits a batch of {most:,}"
                if most
                else f"into {given} not even one input fits"
            )
    return "\n".join(lines)
