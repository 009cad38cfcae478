"""``cnnsize emit`` and ``cnnsize run``."""

from __future__ import annotations

import os
from typing import Any

import click

from cnnsize.cli.errors import fail, one_line, warn
from cnnsize.cli.flags import (
    DTYPES,
    ONE_NETWORK_FORMATS,
    Choice,
    Count,
    general_options,
    network_options,
    output_options,
)
from cnnsize.cli.help import Command, section
from cnnsize.cli.networks import fail_on_request, print_errors, print_findings, read_network
from cnnsize.cli.options import Options, read_options
from cnnsize.cli.output import stdout_is_unicode, style_of, write
from cnnsize.network import Network
from cnnsize.record import replace
from cnnsize.text.diagnostic import ArchitectureError

TIMED_RUNS = 3
EMIT_FORMATS = ("python", "json")


def one_network(
    sources: tuple[str, ...], expressions: tuple[str, ...], options: Options, fail_on: str | None
) -> tuple[Network, int]:
    """Return the network of the arguments, sized, and the exit status that --fail-on calls for.

    Findings are printed to stderr. Exit with the errors when the network has no size.
    """
    report, network = read_network(sources, expressions, options)
    if network is not None and network.is_sized:
        return network, print_findings(report, options, fail_on)
    errors = [diagnostic for diagnostic in report.diagnostics if diagnostic.severity == "error"]
    if network is not None and not errors:  # they are ignored, but nothing can be built
        source = report.architectures[0].source
        errors = [
            replace(diagnostic, source=source)
            for diagnostic in network.diagnostics
            if diagnostic.severity == "error"
        ]
    if options.format == "json":
        write(report.to_json(2), options)
    else:
        print_errors(errors, options)
    raise SystemExit(1)


@click.command(cls=Command)
@click.argument("sources", nargs=-1, metavar="[SOURCE]")
@network_options
@section(
    "Source",
    click.option(
        "--class-name",
        metavar="NAME",
        help="Name of the class; default: derived from the network's name, or Net.",
    ),
    click.option(
        "--test", is_flag=True, help="Add a test of the output shape and the parameter count."
    ),
    click.option("--force", is_flag=True, help="Overwrite the file that -o names, if it exists."),
)
@output_options(EMIT_FORMATS)
@fail_on_request
@general_options
def emit(
    sources: tuple[str, ...],
    expressions: tuple[str, ...],
    class_name: str | None,
    test: bool,
    force: bool,
    **flags: Any,
) -> None:
    """Print a network as PyTorch source.

    Blocks become classes, long repetitions become loops, and joins become operators in forward. The
    input channels and the classes are arguments where they are free. Comments give the shapes, C x H
    x W. Torch need not be installed.
    """
    options = read_options(EMIT_FORMATS, **flags)
    network, status = one_network(sources, expressions, options, flags["fail_on"])
    if force and options.output_file is None:
        raise click.UsageError("--force overwrites the output file; name it with -o")
    target = options.output_file
    exists = target is not None and os.path.exists(target)
    if exists and not force:
        fail(f"{target} already exists; use --force to overwrite it")
    if class_name is not None:
        from cnnsize.torch_code.names import class_name_error

        problem = class_name_error(class_name)
        if problem is not None:
            raise click.BadParameter(f"{class_name!r}: {problem}", param_hint="--class-name")
    try:
        source = network.torch_source(class_name, test)
    except ArchitectureError as error:
        warn([one_line(error)])
        raise SystemExit(1) from None
    if options.format == "json":
        import json

        source = json.dumps({"name": network.architecture.name, "source": source}, indent=2)
    write(source, options)
    raise SystemExit(status)


@click.command(cls=Command)
@click.argument("sources", nargs=-1, metavar="[SOURCE]")
@network_options
@section(
    "Run",
    click.option(
        "--device",
        type=Choice(("auto", "cpu", "cuda", "meta")),
        default="auto",
        show_default=True,
        help="Device to run on; meta compares shapes and allocates no memory.",
    ),
    click.option(
        "--batch",
        type=Count(1, 10**9),
        default=2,
        show_default=True,
        metavar="N",
        help="Batch size.",
    ),
    click.option(
        "--dtype",
        type=Choice(DTYPES),
        default=DTYPES[0],
        show_default=True,
        help="Data type of weights and inputs.",
    ),
    click.option(
        "--backward/--no-backward",
        default=True,
        show_default=True,
        help="Run a training step, or the forward pass only.",
    ),
    click.option("--compile", "compiled", is_flag=True, help="Time the model after torch.compile."),
    click.option("--channels-last", is_flag=True, help="Use the memory format N x H x W x C."),
    click.option(
        "--seed",
        type=Count(0, 2**63 - 1),
        default=0,
        show_default=True,
        help="Random seed for weights and inputs.",
    ),
    click.option(
        "--repeat",
        type=Count(1, 10_000),
        metavar="N",
        help=f"Number of timed runs, of which the fastest counts; default: {TIMED_RUNS}.",
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(1, 86_400),
        default=600,
        show_default=True,
        metavar="SECONDS",
        help="Stop the run after this time.",
    ),
)
@section(
    "Table",
    click.option(
        "--all",
        "unfold",
        is_flag=True,
        help="Give every layer of blocks and joins a row of its own.",
    ),
)
@output_options(ONE_NETWORK_FORMATS)
@fail_on_request
@general_options
def run(
    sources: tuple[str, ...],
    expressions: tuple[str, ...],
    device: str,
    batch: int,
    dtype: str,
    backward: bool,
    compiled: bool,
    channels_last: bool,
    seed: int,
    repeat: int | None,
    timeout: float,
    unfold: bool,
    **flags: Any,
) -> None:
    """Run a network in PyTorch and check the predicted numbers.

    The source that `emit` prints is run in a separate process. The exit status is 1 if shapes,
    parameter counts, gradients or the bytes that autograd saves differ from the prediction.

    Needs torch: pip install 'cnnsize[torch]'.
    """
    from cnnsize.render.progress import Bar  # late, like the next: not every run gets this far
    from cnnsize.smoke.compare import RunOptions
    from cnnsize.smoke.process import RunError
    from cnnsize.smoke.run import run as run_model

    options = read_options(ONE_NETWORK_FORMATS, **flags)
    is_timed = compiled or repeat is not None
    if device == "meta" and is_timed:
        raise click.UsageError("--device meta times nothing; omit --compile and --repeat")
    network, status = one_network(sources, expressions, options, flags["fail_on"])
    run_options = RunOptions(
        device, batch, dtype, backward, compiled, channels_last, seed, repeat or TIMED_RUNS, timeout
    )
    try:
        with Bar(enabled=not options.quiet) as bar:
            result = run_model(
                network, run_options, lambda stage, done, total: bar(done, total, stage)
            )
    except RunError as error:
        fail(str(error))
    except ArchitectureError as error:
        warn([one_line(error)])
        raise SystemExit(1) from None
    from cnnsize.render.run import run_dict, run_text, totals_text

    if options.format == "json":
        import json

        write(json.dumps(run_dict(result), indent=2), options)
    elif options.quiet:
        write(totals_text(result, style_of(options)), options)
    else:
        text = run_text(result, style_of(options), unfold=unfold, ascii=not stdout_is_unicode())
        write(text, options)
    raise SystemExit(status if result.ok else 1)
