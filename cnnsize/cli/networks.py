"""What the commands about one network share: they read it, and print its findings to stderr."""

from __future__ import annotations

from collections.abc import Iterable

import click

from cnnsize.cli.errors import fail
from cnnsize.cli.flags import fail_on_option
from cnnsize.cli.help import section
from cnnsize.cli.options import Options, refuse_ranges
from cnnsize.cli.output import style_of
from cnnsize.cli.reports import (
    SurveyProgress,
    build_report,
    gather_networks,
    python_network,
    reading_lines,
    require_one_network,
)
from cnnsize.lint.selection import fails
from cnnsize.network import Network
from cnnsize.render.concise import finding_line
from cnnsize.render.text import finding_text
from cnnsize.report.result import Report
from cnnsize.text.diagnostic import Diagnostic

fail_on_request = section(
    "Output", fail_on_option("error, warning or info; default: findings do not count")
)


def read_report(
    sources: tuple[str, ...],
    expressions: tuple[str, ...],
    options: Options,
    progress: SurveyProgress | None = None,
    *,
    families: bool = False,
) -> Report:
    """Return the report on the network or the pattern of the arguments.

    Exit with a message unless the arguments are about one of them.
    """
    inputs = python_network(sources, expressions, options) or gather_networks(
        sources, expressions, options.config, options.request
    )
    report = build_report(inputs, options, sources, progress, families=families)
    require_one_network(report, inputs, sources, options)
    return report


def read_network(
    sources: tuple[str, ...], expressions: tuple[str, ...], options: Options
) -> tuple[Report, Network | None]:
    """Return the report on the network of the arguments, and the network if it can be read."""
    refuse_ranges(options)
    report = read_report(sources, expressions, options)
    return report, report.architectures[0].network if report.architectures else None


def print_errors(errors: Iterable[Diagnostic], options: Options) -> None:
    """Print in full to stderr why there is no network."""
    style = style_of(options)
    texts = [finding_text(error, style) for error in errors]
    if not texts:
        fail("the network cannot be read, and its errors are ignored by the configuration")
    click.echo("\n\n".join(texts), err=True)


def print_findings(report: Report, options: Options, fail_on: str | None) -> int:
    """Print the findings to stderr, and return the exit status that --fail-on calls for.

    Without --fail-on, findings leave the status at 0.
    """
    style = style_of(options)
    failing = [
        diagnostic
        for diagnostic in report.diagnostics
        if fail_on is not None and fails(diagnostic.severity, options.config.fail_on)
    ]
    for diagnostic in report.diagnostics:  # PyTorch rounds down too, so the network can be built
        is_shown = diagnostic.severity != "info" and not options.quiet
        if diagnostic in failing or is_shown:
            text = finding_text(diagnostic, style) if options.verbose else finding_line(diagnostic)
            click.echo(text, err=True)
    if options.verbose:
        for lines in reading_lines(report):
            click.echo(lines, err=True)
    return int(bool(failing))
