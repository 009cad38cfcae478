"""``cnnsize show``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import click

from cnnsize.cli.arguments import gather
from cnnsize.cli.flags import (
    DTYPES,
    ONE_NETWORK_FORMATS,
    OPTIMIZERS,
    Choice,
    Count,
    general_options,
    network_options,
    output_options,
    table_options,
)
from cnnsize.cli.help import Command, section
from cnnsize.cli.options import read_options, refuse_ranges
from cnnsize.cli.output import stdout_is_unicode, style_of, table_style, write
from cnnsize.cli.reports import (
    build_report,
    exit_with_status,
    python_network,
    reading_lines,
    render_report,
    require_one_network,
    shown_when_quiet,
)
from cnnsize.network import Network
from cnnsize.record import replace
from cnnsize.render.text import finding_text
from cnnsize.report.result import Report
from cnnsize.text.amount import BYTES, AmountError, parse_amount
from cnnsize.text.terminal import Style

SHOW_FORMATS = (*ONE_NETWORK_FORMATS, "html")


@click.command(cls=Command)
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@network_options
@table_options
@section(
    "Table",
    click.option(
        "--share", is_flag=True, help="Add each layer's share of the parameters in percent."
    ),
)
@section(
    "Memory",
    click.option(
        "--train", is_flag=True, help="Predict the memory for training; default: inference."
    ),
    click.option("--batch", type=Count(1, 10**9), metavar="N", help="Batch size for the memory."),
    click.option(
        "--dtype", type=Choice(DTYPES), help="Data type for the memory; default: float32."
    ),
    click.option(
        "--optimizer",
        type=Choice(OPTIMIZERS),
        help="Optimizer, whose state takes memory in training; default: sgd.",
    ),
    click.option(
        "--memory",
        "capacity",
        metavar="SIZE",
        help="Predict the largest batch that fits in SIZE, as in 12GB or 8GiB.",
    ),
)
@output_options(SHOW_FORMATS)
@general_options
def show(
    sources: tuple[str, ...],
    expressions: tuple[str, ...],
    depth: int,
    unfold: bool,
    columns: tuple[str, ...],
    exact: bool,
    width: int | None,
    share: bool,
    train: bool,
    batch: int | None,
    dtype: str | None,
    optimizer: str | None,
    capacity: str | None,
    **flags: Any,
) -> None:
    """Show the layers, totals and memory of one network, or compare several.

    The table has a row per layer; the totals follow, with the defaults used. --train, --batch,
    --dtype and --memory add a prediction of the memory that the network needs.

    Several networks, as in `cnnsize show vgg16 resnet50`, get a column each, with ratios to the first.
    """
    options = read_options(SHOW_FORMATS, **flags)
    if optimizer is not None and not train:
        raise click.UsageError("--optimizer is for training; add --train")
    wish = MemoryWish(
        train,
        batch or 1,
        dtype or DTYPES[0],
        optimizer or OPTIMIZERS[0],
        capacity,
        None if capacity is None else parse_bytes(capacity),
    )
    wants_memory = train or any(value is not None for value in (batch, dtype, capacity))
    refuse_ranges(options)
    inputs = python_network(sources, expressions, options, needs_values=False) or replace(
        gather(sources, expressions, options.config, request=options.request), may_be_empty=False
    )
    if inputs.letters and options.format in (None, "text"):  # without their values it has no sizes
        write(inputs.text, options)
        raise SystemExit(0)
    report = build_report(inputs, options, sources, families=False)
    is_comparison = len(report.architectures) > 1 or (report.architectures and inputs.unreadable)
    if not is_comparison:
        require_one_network(report, inputs, sources, options)
    forecasts = [
        forecast_memory(result.network, wish)
        if result.network is not None and result.network.is_sized
        else None
        for result in report.architectures
        if wants_memory or is_comparison
    ]
    if options.format == "json":
        import json

        data = report.to_dict()
        for architecture, forecast in zip(data["architectures"], forecasts, strict=False):
            if wants_memory and forecast is not None:
                architecture["memory"] = forecast.data
        write(json.dumps(data, indent=2), options)
        exit_with_status(report, inputs.unreadable, options.config.fail_on)
    if options.format == "html":
        write(render_report(report, inputs, options), options)
        exit_with_status(report, inputs.unreadable, options.config.fail_on)
    table_flags: dict[str, Any] = {
        "unfold": unfold,
        "depth": depth,
        "share": share,
        "columns": columns,
    }
    parts: list[str] = [inputs.text] if inputs.text else []
    if is_comparison:
        refuse_table_flags(table_flags)
        parts.append(compared(report, forecasts, wish, table_style(options, width), exact=exact))
    elif report.architectures and (network := report.architectures[0].network) is not None:
        from cnnsize.render.table import table

        parts.append(
            table(
                network,
                table_style(options, width),
                ascii=not stdout_is_unicode(),
                exact=exact,
                **table_flags,
            )
        )
        parts += [forecast.text for forecast in forecasts if forecast is not None]
    style = style_of(options, width)
    parts += [
        finding_text(diagnostic, style)
        for diagnostic in report.diagnostics
        if diagnostic.code == "CNN005" or shown_when_quiet(diagnostic, options)
    ]  # CNN005 as a note says how the input was computed
    if options.verbose:
        parts += reading_lines(report)
    write("\n\n".join(parts), options)
    exit_with_status(report, inputs.unreadable, options.config.fail_on)


def refuse_table_flags(flags: dict[str, Any]) -> None:
    """Raise click.UsageError when a flag of the table of layers is given for a comparison."""
    names = {"unfold": "all"}
    for name, value in flags.items():
        if value:
            raise click.UsageError(
                f"--{names.get(name, name)} is for the layers of one network; give one network, or "
                "pick one with --name"
            )


def compared(
    report: Report,
    forecasts: Sequence[MemoryForecast | None],
    wish: MemoryWish,
    style: Style,
    *,
    exact: bool,
) -> str:
    """Return the networks of a report side by side, and the largest batch sizes."""
    from cnnsize.render.comparison import Candidate, comparison

    candidates = [
        Candidate(
            result.name,
            result.text,
            result.network,
            None if forecast is None else forecast.data["total"],
            None if forecast is None else forecast.data["largest_batch"],
        )
        for result, forecast in zip(report.architectures, forecasts, strict=True)
    ]
    return comparison(
        candidates,
        style,
        memory_words=wish.words,
        capacity=wish.capacity,
        exact=exact,
        ascii=not stdout_is_unicode(),
    )


class MemoryWish(NamedTuple):
    """What the memory is predicted for. ``available`` is ``capacity`` in bytes; None without one."""

    train: bool
    batch: int
    dtype: str
    optimizer: str
    capacity: str | None
    available: int | None

    @property
    def words(self) -> str:
        """``inference, batch size 1, float32``."""
        purpose = f"training with {self.optimizer}" if self.train else "inference"
        return f"{purpose}, batch size {self.batch:,}, {self.dtype}"


class MemoryForecast(NamedTuple):
    """A prediction of memory, as text and as JSON data."""

    text: str
    data: dict[str, Any]


def parse_bytes(text: str) -> int:
    """Read the size of --memory in bytes: a GB is 10^9 bytes, a GiB 2^30."""
    try:
        return parse_amount(text, BYTES, "expected an amount, as in 12GB or 8GiB")
    except AmountError as error:
        raise click.BadParameter(str(error), param_hint="--memory") from None


def forecast_memory(network: Network, wish: MemoryWish) -> MemoryForecast:
    """Predict the memory of one training step or one inference run, and the largest batch."""
    from cnnsize.memory import inference, largest_batch, training
    from cnnsize.render.memory import memory_text

    train, batch, dtype, optimizer, capacity, available = wish
    memory = (
        training(network, batch, dtype, optimizer) if train else inference(network, batch, dtype)
    )
    largest = (
        None
        if available is None
        else largest_batch(network, available, train=train, dtype=dtype, optimizer=optimizer)
    )
    parts = memory._asdict()
    parts["optimizer_state"] = parts.pop("optimizer")
    data = {
        "train": train,
        "batch": batch,
        "dtype": dtype,
        "optimizer": optimizer if train else None,
        **parts,
        "total": memory.total,
        "available": available,
        "largest_batch": largest,
    }
    fits = None if capacity is None else (capacity.strip(), largest)
    return MemoryForecast(memory_text(memory, wish.words, train=train, fits=fits), data)
