"""``cnnsize show``."""

from __future__ import annotations

from typing import Any, NamedTuple

import click

from cnnsize.cli.options import (
    DTYPES,
    OPTIMIZERS,
    SHOW,
    Count,
    no_range,
    options,
    shared,
    strings,
    style_of,
    unfolding,
    unicode_out,
    write,
)
from cnnsize.cli.reports import at_most_one, build_report, finish, readable, readings, worth_saying
from cnnsize.network import Network
from cnnsize.render.text import full
from cnnsize.text.amount import BYTES, AmountError, parse_amount


@click.command()
@click.argument("inputs", nargs=-1, metavar="[STRING or PATH or -]")
@strings
@unfolding
@click.option(
    "--train", is_flag=True, help="Predict the memory of training, not only of inference."
)
@click.option(
    "--batch", type=Count(1, 10**9), metavar="N", help="Predict the memory at this batch size."
)
@click.option("--dtype", type=click.Choice(DTYPES), help="Of the numbers in memory (float32).")
@click.option(
    "--optimizer", type=click.Choice(OPTIMIZERS), help="Whose state is kept in training (sgd)."
)
@click.option("--memory", "room", metavar="SIZE", help="Say which batch fits into 12GB, or 8GiB.")
@shared(SHOW)
def show(
    inputs: tuple[str, ...],
    expressions: tuple[str, ...],
    depth: int,
    unfold: bool,
    train: bool,
    batch: int | None,
    dtype: str | None,
    optimizer: str | None,
    room: str | None,
    **flags: Any,
) -> None:
    """The calculator: every volume, the totals, the assumed sizes of one network; with --train,
    --batch or --memory also the memory that it needs.
    """
    chosen = options(SHOW, **flags)
    if optimizer is not None and not train:
        raise click.UsageError("--optimizer says what training keeps: add --train")
    available = None if room is None else bytes_of(room)
    no_range(chosen)
    asked = train or batch is not None or dtype is not None or room is not None
    given = readable(inputs, expressions)
    made = build_report(given, chosen, inputs, families=False)
    at_most_one(made, given, inputs)
    network = made.architectures[0].network if made.architectures else None
    need: Need | None = None
    if asked and network is not None and network.output is not None:
        need = needed(
            network,
            train,
            batch or 1,
            dtype or DTYPES[0],
            optimizer or OPTIMIZERS[0],
            room,
            available,
        )
    if chosen.format == "json":
        import json

        data = made.to_dict()
        if need is not None:
            data["architectures"][0]["memory"] = need.data
        write(json.dumps(data, indent=2), chosen)
        finish(made, [], chosen.config.fail_on)
    style = style_of(chosen)
    parts: list[str] = []
    if network is not None:
        from cnnsize.render.table import table

        parts.append(table(network, style, unfold, not unicode_out(), depth))
    if need is not None:
        parts.append(need.text)
    parts += [full(one, style) for one in made.diagnostics if worth_saying(one, chosen)]
    if chosen.verbose:
        parts += readings(made)
    write("\n\n".join(parts), chosen)
    finish(made, [], chosen.config.fail_on)


class Need(NamedTuple):
    """Predicted memory, for people and for programs."""

    text: str
    data: dict[str, Any]


def bytes_of(text: str) -> int:
    """12GB of --memory: GB are 10^9 bytes, GiB 2^30."""
    try:
        return parse_amount(text, BYTES, "an amount is needed, as in 12GB or 8GiB")
    except AmountError as wrong:
        raise click.BadParameter(str(wrong), param_hint="--memory") from None


def needed(
    network: Network,
    train: bool,
    batch: int,
    dtype: str,
    optimizer: str,
    room: str | None,
    available: int | None,
) -> Need:
    """The memory of one training step, or of one pass of inference."""
    from cnnsize.memory import inference, largest_batch, training
    from cnnsize.render.run import memory_text

    memory = (
        training(network, batch, dtype, optimizer) if train else inference(network, batch, dtype)
    )
    most = None if available is None else largest_batch(network, available, train, dtype, optimizer)
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
        "largest_batch": most,
    }
    fits = None if room is None else (room.strip(), most)
    return Need(memory_text(memory, train, batch, dtype, optimizer, fits), data)
