"""``cnnsize show``."""

from __future__ import annotations

from typing import Any, NamedTuple

import click

from cnnsize.cli.flags import (
    DTYPES,
    ONE_NETWORK_FORMATS,
    OPTIMIZERS,
    Count,
    expression_option,
    shared_options,
    table_options,
)
from cnnsize.cli.options import read_options, refuse_ranges
from cnnsize.cli.output import stdout_is_unicode, style_of, write
from cnnsize.cli.reports import (
    build_report,
    exit_with_status,
    gather_networks,
    reading_lines,
    require_one_network,
    shown_when_quiet,
)
from cnnsize.network import Network
from cnnsize.render.text import finding_text
from cnnsize.text.amount import BYTES, AmountError, parse_amount


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]")
@expression_option
@table_options
@click.option("--share", is_flag=True, help="Add each layer's share of the parameters in percent.")
@click.option("--train", is_flag=True, help="Predict the memory for training; default: inference.")
@click.option("--batch", type=Count(1, 10**9), metavar="N", help="Batch size for the memory.")
@click.option(
    "--dtype", type=click.Choice(DTYPES), help="Data type for the memory; default: float32."
)
@click.option(
    "--optimizer",
    type=click.Choice(OPTIMIZERS),
    help="Optimizer, whose state takes memory in training; default: sgd.",
)
@click.option(
    "--memory",
    "capacity",
    metavar="SIZE",
    help="Predict the largest batch that fits in SIZE, as in 12GB or 8GiB.",
)
@shared_options(ONE_NETWORK_FORMATS)
def show(
    sources: tuple[str, ...],
    expressions: tuple[str, ...],
    depth: int,
    unfold: bool,
    share: bool,
    train: bool,
    batch: int | None,
    dtype: str | None,
    optimizer: str | None,
    capacity: str | None,
    **flags: Any,
) -> None:
    """Show the layers, totals and memory of one network.

    The table has a row per layer; the totals follow, with the defaults used. --train, --batch,
    --dtype and --memory add a prediction of the memory that the network needs.
    """
    options = read_options(ONE_NETWORK_FORMATS, **flags)
    if optimizer is not None and not train:
        raise click.UsageError("--optimizer is for training; add --train")
    available = None if capacity is None else parse_bytes(capacity)
    refuse_ranges(options)
    wants_memory = train or any(value is not None for value in (batch, dtype, capacity))
    inputs = gather_networks(sources, expressions, options)
    report = build_report(inputs, options, sources, families=False)
    require_one_network(report, inputs, sources)
    network = report.architectures[0].network if report.architectures else None
    memory: MemoryForecast | None = None
    if network is not None and network.output is not None and wants_memory:
        memory = forecast_memory(
            network,
            train=train,
            batch=batch or 1,
            dtype=dtype or DTYPES[0],
            optimizer=optimizer or OPTIMIZERS[0],
            capacity=capacity,
            available=available,
        )
    if options.format == "json":
        import json

        data = report.to_dict()
        if memory is not None:
            data["architectures"][0]["memory"] = memory.data
        write(json.dumps(data, indent=2), options)
        exit_with_status(report, [], options.config.fail_on)
    style = style_of(options)
    parts: list[str] = [inputs.text] if inputs.text else []
    if network is not None:
        from cnnsize.render.table import table

        parts.append(
            table(
                network,
                style,
                unfold=unfold,
                ascii=not stdout_is_unicode(),
                depth=depth,
                share=share,
            )
        )
    if memory is not None:
        parts.append(memory.text)
    parts += [
        finding_text(diagnostic, style)
        for diagnostic in report.diagnostics
        if diagnostic.code == "CNN005" or shown_when_quiet(diagnostic, options)
    ]  # CNN005 as a note says how the input was computed
    if options.verbose:
        parts += reading_lines(report)
    write("\n\n".join(parts), options)
    exit_with_status(report, [], options.config.fail_on)


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


def forecast_memory(
    network: Network,
    *,
    train: bool,
    batch: int,
    dtype: str,
    optimizer: str,
    capacity: str | None,
    available: int | None,
) -> MemoryForecast:
    """Predict the memory of one training step or one inference run, and the largest batch.

    ``available`` is ``capacity`` in bytes. Both are None when no largest batch is asked for.
    """
    from cnnsize.memory import inference, largest_batch, training
    from cnnsize.render.memory import memory_text

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
    text = memory_text(
        memory, train=train, batch=batch, dtype=dtype, optimizer=optimizer, fits=fits
    )
    return MemoryForecast(text, data)
