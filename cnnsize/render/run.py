"""A run as text and as JSON: predicted and actual sizes of every layer, then the totals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from cnnsize.layers.volume import Volume
from cnnsize.render.units import byte_size, duration
from cnnsize.sizing.outline import Nest, Node, Step
from cnnsize.sizing.rows import Block, Loop
from cnnsize.smoke.compare import LayerResult, RunResult
from cnnsize.text.terminal import Style, display_width, safe

COLUMN_TITLES = ("layer", "predicted", "actual", "params", "time")
NUMBERS = (3, 4)  # the columns that are aligned to the right
MAX_LAYER = 44  # characters of a layer


class RunRow(NamedTuple):
    """A row of the table: a layer, or a whole block or join. A head has no layers."""

    text: str
    lines: tuple[LayerResult, ...]


def run_text(run: RunResult, style: Style, *, unfold: bool = False, ascii: bool = False) -> str:
    """Return the table of a run, and below it the totals and the findings."""
    rows = [columns(row) for row in folded(run, unfold=unfold)]
    total_row = (
        "total",
        "",
        "",
        with_prediction(run.network.params or 0, run.parameters),
        duration(sum(line.seconds or 0 for line in run.lines)) if run.device != "meta" else "",
    )
    all_rows = [COLUMN_TITLES, *rows, total_row]
    widths = [
        max(display_width(row[column]) for row in all_rows) for column in range(len(COLUMN_TITLES))
    ]
    rule = ("-" if ascii else "─") * (sum(widths) + 2 * (len(widths) - 1))

    def row_text(row: tuple[str, ...], *, paint: bool = False) -> str:
        parts = []
        for column, text in enumerate(row):
            pad = " " * (widths[column] - display_width(text))
            shown = style.paint(text, "red") if paint and column == 0 else text
            parts.append(pad + shown if column in NUMBERS else shown + pad)
        return "  ".join(parts).rstrip()

    body = [row_text(row, paint=row[0].lstrip().startswith("! ")) for row in rows]
    return "\n".join(
        [
            row_text(COLUMN_TITLES),
            rule,
            *body,
            rule,
            row_text(total_row),
            "",
            *footer(run),
            *findings(run, style),
        ]
    )


def totals_text(run: RunResult, style: Style) -> str:
    """Return the totals and the findings, without the table."""
    return "\n".join([*footer(run), *findings(run, style)])


def findings(run: RunResult, style: Style) -> list[str]:
    """Return a line for each mismatch, or one that says that there is none."""
    layers = sum(line.shape is not None for line in run.lines)
    if run.ok:
        return [
            "",
            f"{layers} layer{'' if layers == 1 else 's'} ran; all shapes and parameter counts match the prediction",
        ]
    return ["", *(f"{style.paint('mismatch', 'red')}: {safe(finding)}" for finding in run.findings)]


def folded(run: RunResult, *, unfold: bool) -> Iterator[RunRow]:
    """Yield a row per layer, or per block or join in which nothing is wrong."""
    lines = iter(run.lines)

    def rows(nodes: tuple[Node, ...], indent: str) -> Iterator[RunRow]:
        for node in nodes:
            if isinstance(node, Step):
                line = next(lines)
                yield RunRow(indent + one_line(line.step.text), (line,))
                continue
            if isinstance(node.part, Loop):
                yield from rows(node.branches[0], indent)
                continue
            layers = tuple(layers_of(node))
            text = indent + heading(node)
            is_output = node.join is not None and node.join.kind == "OUTPUT"
            if not (unfold or is_output or any(line.differences for line in layers)):
                yield RunRow(text, layers)
                continue
            yield RunRow(text, ())
            for line in layers:
                yield RunRow(indent + "  " + one_line(line.step.text), (line,))

    def layers_of(nest: Nest) -> Iterator[LayerResult]:
        for branch in nest.branches:
            for node in branch:
                if isinstance(node, Step):
                    yield next(lines)
                else:
                    yield from layers_of(node)
        if nest.join is not None:
            yield next(lines)

    yield from rows(run.network.outline, "")


def heading(nest: Nest) -> str:
    """Return the name of a block or join."""
    if isinstance(nest.part, Block):
        return f"{nest.part.name}({', '.join(map(str, nest.part.arguments))})"
    assert nest.join is not None
    return f"{nest.join.kind}{{...}}"


def one_line(text: str) -> str:
    """Return the text of a layer on one line, cut at its maximal length."""
    text = safe(" ".join(text.split()))
    return text if len(text) <= MAX_LAYER else text[: MAX_LAYER - 3] + "..."


def columns(row: RunRow) -> tuple[str, ...]:
    """Return the columns of a row. What has no module of its own has no actual size."""
    if not row.lines:
        return row.text, "", "", "", ""
    last = row.lines[-1]
    executed = [line for line in row.lines if line.shape is not None]
    has_mismatch = any(line.differences for line in row.lines)
    predicted = sum(line.step.params or 0 for line in row.lines)
    seconds = [line.seconds for line in executed if line.seconds is not None]
    return (
        f"! {row.text}" if has_mismatch else row.text,
        str(last.step.output),
        actual_volume(executed[-1]) if executed else "",
        with_prediction(predicted, sum(line.params for line in executed)),
        duration(sum(seconds)) if seconds and any(seconds) else "",
    )


def actual_volume(line: LayerResult) -> str:
    """Return the actual output as W x H x D, or as ``32 flattened`` for a map in a vector."""
    shape, predicted = line.shape, line.step.output
    if shape is None:
        return ""
    if len(shape) == 2:
        early = predicted is not None and predicted[:2] != (1, 1)
        return f"{shape[1]} flattened" if early else str(Volume(1, 1, shape[1]))
    if len(shape) == 4:
        return str(Volume(shape[3], shape[2], shape[1]))
    return "x".join(map(str, shape))


def with_prediction(predicted: int, actual: int) -> str:
    """Return the actual number, with the predicted one if that differs."""
    return f"{actual:,}" if predicted == actual else f"{actual:,} ({predicted:,} predicted)"


def footer(run: RunResult) -> list[str]:
    """Return the totals, one per line."""
    network, options = run.network, run.options
    device = run.device if not run.device_name else f"{run.device} ({run.device_name})"
    passes = "forward and backward" if options.backward else "forward only"
    rows = [
        (
            "device",
            f"{device}, torch {run.torch}, {options.dtype}, batch size {options.batch}, {passes}",
        ),
        ("params", f"{run.parameters:,} ({network.params:,} predicted)"),
        ("MACs", f"{network.macs:,} per input, forward"),
    ]
    if run.predicted_saved is not None:
        predicted = f"{byte_size(run.predicted_saved)} predicted"
        measured = f"{byte_size(run.saved)} ({predicted})" if run.saved is not None else predicted
        rows.append(("saved", f"{measured}, for the backward pass"))
    predicted = f"{byte_size(run.predicted_peak)} predicted, without workspace"
    if run.peak is not None:
        rows.append(("memory", f"{byte_size(run.peak)} allocated on the GPU; {predicted}"))
    else:
        measured = "nothing was allocated" if run.device == "meta" else "measured on a GPU only"
        rows.append(("memory", f"{predicted} ({measured})"))
    if run.times:
        best = min(run.times)
        repeats = f" (fastest of {len(run.times)})" if len(run.times) > 1 else ""
        rows.append(
            (
                "speed",
                f"{duration(best)} per run{repeats}, after a warm-up, "
                f"{options.batch / best:,.1f} inputs/s, "
                f"{flops(run, best)}",
            )
        )
    return [f"{name:<8}{value}" for name, value in rows]


def flops(run: RunResult, seconds: float) -> str:
    """Return the floating-point operations per second."""
    rate = (run.flops or 0) / seconds
    for unit in ("", "k", "M", "G", "T"):
        if rate < 1000 or unit == "T":
            break
        rate /= 1000
    return f"{rate:.1f} {unit}FLOP/s"


def run_dict(run: RunResult) -> dict[str, Any]:
    """Return a run as plain data, for JSON; ``cnnsize schema run`` prints the schema."""
    from cnnsize.version import __version__

    options, best = run.options, min(run.times, default=None)
    return {
        "version": __version__,
        "ok": run.ok,
        "name": run.network.architecture.name,
        "text": run.network.architecture.text,
        "device": run.device,
        "device_name": run.device_name,
        "torch": run.torch,
        "batch": options.batch,
        "dtype": options.dtype,
        "backward": options.backward,
        "compile": options.compile,
        "channels_last": options.channels_last,
        "seed": options.seed,
        "findings": list(run.findings),
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
                "wrong": list(line.differences),
            }
            for line in run.lines
        ],
        "predicted_params": run.network.params,
        "params": run.parameters,
        "macs": run.network.macs,
        "predicted_saved_bytes": run.predicted_saved,
        "saved_bytes": run.saved,
        "predicted_memory_bytes": run.predicted_peak,
        "memory_bytes": run.peak,
        "memory_of": None if run.peak is None else "allocated on the GPU",
        "seconds": list(run.times),
        "inputs_per_second": None if best is None else options.batch / best,
        "flops_per_second": None if best is None else (run.flops or 0) / best,
    }
