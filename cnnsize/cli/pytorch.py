"""``cnnsize emit`` and ``cnnsize run``."""

from __future__ import annotations

import os
from typing import Any

import click

from cnnsize.cli.options import (
    DTYPES,
    SHOW,
    Count,
    Options,
    fail,
    no_range,
    options,
    shared,
    strings,
    style_of,
    unicode_out,
    warn,
    words,
    write,
)
from cnnsize.cli.reports import at_most_one, build_report, readable, readings
from cnnsize.lint.selection import fails
from cnnsize.network import Network
from cnnsize.record import replace
from cnnsize.render.text import concise, full
from cnnsize.text.diagnostic import ArchitectureError

PYTHON = ("python", "json")  # how source is emitted


def one_network(
    inputs: tuple[str, ...], expressions: tuple[str, ...], chosen: Options, fail_on: str | None
) -> tuple[Network, int]:
    """The one network that was given, sized, and the exit status that --fail-on asks for: without
    it, findings are talk. Ends the program where there is no network, with what is wrong on
    stderr.
    """
    no_range(chosen)
    given = readable(inputs, expressions)
    made = build_report(given, chosen, inputs, families=False)
    at_most_one(made, given, inputs)
    network = made.architectures[0].network if made.architectures else None
    style = style_of(chosen)
    if network is None or network.output is None:
        errors = [one for one in made.diagnostics if one.severity == "error"]
        if network is not None:  # whatever is selected or suppressed: nothing can be built
            source = made.architectures[0].source
            errors = errors or [
                replace(one, source=source)
                for one in network.diagnostics
                if one.severity == "error"
            ]
        click.echo("\n\n".join([full(one, style) for one in errors]), err=True)
        raise SystemExit(1)
    failing = [
        one
        for one in made.diagnostics
        if fail_on is not None and fails(one.severity, chosen.config.fail_on)
    ]
    for one in made.diagnostics:  # it can be built all the same: torch rounds down too
        if one in failing or (one.severity != "info" and not chosen.quiet):
            click.echo(full(one, style) if chosen.verbose else concise(one), err=True)
    if chosen.verbose:
        for read in readings(made):
            click.echo(read, err=True)
    return network, int(bool(failing))


@click.command()
@click.argument("inputs", nargs=-1, metavar="[STRING or PATH or NAME or -]")
@strings
@click.option(
    "--class-name", metavar="NAME", help="What the class is called; else after the network."
)
@click.option("--test", is_flag=True, help="Add a small test of the shape and the parameter count.")
@click.option("--force", is_flag=True, help="Overwrite the file that -o names.")
@shared(PYTHON, "-o")
def emit(
    inputs: tuple[str, ...],
    expressions: tuple[str, ...],
    class_name: str | None,
    test: bool,
    force: bool,
    **flags: Any,
) -> None:
    """Print a network as PyTorch source.

    Blocks become classes, repeats loops, joins operators in forward. Shapes stand in comments, C x
    H x W.
    """
    chosen = options(PYTHON, **flags)
    network, code = one_network(inputs, expressions, chosen, flags["fail_on"])
    if force and chosen.output_file is None:
        raise click.UsageError("--force overwrites a file: name it with -o")
    if chosen.output_file is not None and not force and os.path.exists(chosen.output_file):
        fail(f"{chosen.output_file} is there already; --force overwrites it")
    if class_name is not None:
        from cnnsize.torch_code.names import class_name_error as wrong_name

        if (why := wrong_name(class_name)) is not None:
            raise click.BadParameter(f"{class_name!r}: {why}", param_hint="--class-name")
    try:
        source = network.torch_source(class_name, test)
    except ArchitectureError as wrong:
        warn([words(wrong)])
        raise SystemExit(1) from None
    if chosen.format == "json":
        import json

        source = json.dumps({"name": network.architecture.name, "source": source}, indent=2)
    write(source, chosen)
    raise SystemExit(code)


@click.command()
@click.argument("inputs", nargs=-1, metavar="[STRING or PATH or NAME or -]")
@strings
@click.option(
    "--device",
    type=click.Choice(("auto", "cpu", "cuda", "meta")),
    default="auto",
    show_default=True,
    help="Where. meta compares shapes and allocates nothing.",
)
@click.option(
    "--batch",
    type=Count(1, 10**9),
    default=2,
    show_default=True,
    metavar="N",
    help="Inputs at once.",
)
@click.option(
    "--dtype",
    type=click.Choice(DTYPES),
    default=DTYPES[0],
    show_default=True,
    help="Of weights and inputs.",
)
@click.option(
    "--backward/--no-backward",
    default=True,
    show_default=True,
    help="Train one step, or only infer.",
)
@click.option("--compile", "compiled", is_flag=True, help="Time the model behind torch.compile.")
@click.option("--channels-last", is_flag=True, help="Lay maps out as N x H x W x C.")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**63 - 1),
    default=0,
    show_default=True,
    help="Of weights and inputs.",
)
@click.option(
    "--repeat",
    type=Count(1, 10_000),
    default=1,
    show_default=True,
    metavar="N",
    help="Timed passes.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(1, 86_400),
    default=600,
    show_default=True,
    metavar="SECONDS",
    help="Stop the run after so long.",
)
@click.option(
    "--all", "unfold", is_flag=True, help="Also the layers of blocks and joins, a row each."
)
@shared(SHOW)
def run(
    inputs: tuple[str, ...],
    expressions: tuple[str, ...],
    device: str,
    batch: int,
    dtype: str,
    backward: bool,
    compiled: bool,
    channels_last: bool,
    seed: int,
    repeat: int,
    timeout: float,
    unfold: bool,
    **flags: Any,
) -> None:
    """Build the model that `emit` prints, run it, and compare every layer with the prediction.

    Shapes, parameter counts, gradients and what autograd saves must be as predicted; else the exit
    status is 1. It runs in a process of its own. Needs torch: pip install 'cnnsize[torch]'.
    """
    from cnnsize.render.progress import Bar  # late: these are for what runs
    from cnnsize.smoke.compare import RunOptions
    from cnnsize.smoke.process import RunError
    from cnnsize.smoke.run import run as run_model

    chosen = options(SHOW, **flags)
    if device == "meta" and (compiled or repeat > 1):
        raise click.UsageError("--device meta times nothing: leave out --compile and --repeat")
    network, code = one_network(inputs, expressions, chosen, flags["fail_on"])
    choices = RunOptions(
        device, batch, dtype, backward, compiled, channels_last, seed, repeat, timeout
    )
    try:
        with Bar(wanted=not chosen.quiet) as bar:
            ran = run_model(network, choices, lambda stage, done, of: bar(done, of, stage))
    except RunError as wrong:
        fail(str(wrong))
    except ArchitectureError as wrong:
        warn([words(wrong)])
        raise SystemExit(1) from None
    from cnnsize.render.run import brief, data, table

    if chosen.format == "json":
        import json

        write(json.dumps(data(ran), indent=2), chosen)
    elif chosen.quiet:
        write(brief(ran, style_of(chosen)), chosen)
    else:
        write(table(ran, style_of(chosen), unfold, not unicode_out()), chosen)
    raise SystemExit(code if ran.ok else 1)
