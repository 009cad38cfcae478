"""The lines under the table: totals, defaults used, and what the table does not show."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsize.network import Network
from cnnsize.render.layout import Layout
from cnnsize.render.units import byte_size, volumes_text
from cnnsize.sizing.totals import parameters_by_kind
from cnnsize.text.terminal import Style, safe

LABEL_WIDTH = 18
MIN_WIDTH = 20
VALUE_BYTES = 4  # float32
MAX_NAMED = 3  # joins
ROUNDED_FROM = 1000


def footer(network: Network, style: Style, layout: Layout, *, advice: bool) -> list[str]:
    """Return the lines, each with its label, wrapped to the width."""
    lines: list[str] = []
    rows = [*totals(network), *remarks(network)]
    if layout.hidden:
        rows.append(("Hidden columns", hidden_text(layout, advice=advice)))
    largest = max(network.params or 0, network.macs or 0, network.activations or 0)
    if not layout.form.exact and largest >= ROUNDED_FROM:
        way = "; --exact shows all" if advice else ""
        rows.append(("Rounded numbers", f"three digits and k, M, G (10^3, 10^6, 10^9){way}"))
    width = max(MIN_WIDTH, style.width)
    for label, text in rows:
        line = f"{label:<{LABEL_WIDTH}}{text}"
        if len(line) <= width:
            lines.append(line)
            continue
        from textwrap import wrap  # late: in a pipe no line is too long

        lines += wrap(
            line,
            width,
            subsequent_indent=" " * (LABEL_WIDTH if style.width > 3 * LABEL_WIDTH else 2),
            break_long_words=False,
            break_on_hyphens=False,
        )
    return lines


def totals(network: Network) -> Iterator[tuple[str, str]]:
    """Yield the labels and the texts of the totals, after the input where no row shows it."""
    if not network.steps or network.steps[0].kind != "INPUT":
        yield "Input", str(network.input)
    if len(network.inputs) > 1:
        yield "Inputs", volumes_text(network.inputs)
    if len(network.outputs) > 1:
        yield "Outputs", f"{volumes_text(network.outputs)}: of the last layer, then of each OUTPUT"
    params, macs = network.params, network.macs
    if params is None or macs is None:
        yield "Totals", "unknown, because a layer has no size"
    else:
        activations, peak = network.activations or 0, network.peak_activations or 0
        yield "Parameters", parameters_text(network, params)
        statistics = network.running_statistics
        if statistics:
            yield (
                "Total in Keras",
                f"{params + statistics:,}, with {statistics:,} running statistics of BN",
            )
        yield "Multiply-adds", f"{macs:,} (FLOPs: {2 * macs:,})"
        yield "Activations", f"{values_text(activations)} for one input, forward only"
        yield "Peak activations", f"{values_text(peak)} in memory at once"
    if network.receptive_field is not None:
        width, height = network.receptive_field
        yield "Receptive field", f"{width}x{height} input cells, at the last feature map"


def parameters_text(network: Network, params: int) -> str:
    """Return the parameters with their bytes, weights and biases apart."""
    kinds = {name: number for name, number in parameters_by_kind(network.rows).items() if number}
    text = f"{params:,} ({byte_size(VALUE_BYTES * params)})"
    parts = [
        f"{number:,} {name if name in ('weights', 'biases') else f'in {name}'}"
        for name, number in kinds.items()
    ]
    return f"{text}: {' + '.join(parts)}" if parts else text


def values_text(values: int) -> str:
    """Return ``6,422,528 (24.5 MiB in float32)``."""
    return f"{values:,} ({byte_size(VALUE_BYTES * values)} in float32)"


def remarks(network: Network) -> Iterator[tuple[str, str]]:
    """Yield the defaults used, misaligned joins, and what the notation does not express."""
    defaults = [safe(text) for _, text in network.defaults_used]
    if defaults:
        yield "Defaults used", "; ".join(defaults)
    misaligned = [f"{step.kind} of {step.output}" for step in network.steps if step.misaligned]
    if misaligned:
        left = len(misaligned) - MAX_NAMED
        more = f" and {left} more" if left > 0 else ""
        yield (
            "Misaligned",
            f"{', '.join(misaligned[:MAX_NAMED])}{more}: the branches are centred on different "
            "input cells",
        )
    for note in network.architecture.notes:
        yield "Note", safe(note)


def hidden_text(layout: Layout, *, advice: bool) -> str:
    """Return which columns are hidden, and with ``advice`` how to show them."""
    names = ", ".join(layout.hidden)
    return f"{names} (--width {layout.full_width} or --columns shows them)" if advice else names
