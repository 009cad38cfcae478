"""``cnnsize draw``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn

import click

from cnnsize.cli.errors import fail
from cnnsize.cli.flags import Count, general_options, network_options, output_options
from cnnsize.cli.help import Command, section
from cnnsize.cli.options import Options, read_options
from cnnsize.cli.output import style_of, write
from cnnsize.cli.pytorch import fail_on_request, print_findings
from cnnsize.cli.reports import (
    SurveyProgress,
    build_report,
    gather_networks,
    python_network,
    require_one_network,
    was_interrupted,
)
from cnnsize.network import Network
from cnnsize.pictures.kinds import ALIASES, KINDS
from cnnsize.render.text import finding_text
from cnnsize.report.result import Report, Result
from cnnsize.text.diagnostic import ArchitectureError
from cnnsize.text.english import alternatives

if TYPE_CHECKING:
    from cnnsize.patterns.family import Family

DRAW_FORMATS = ("svg",)
THEMES = ("auto", "light", "dark")


class Depth(click.ParamType):  # type: ignore[type-arg]
    """A level of blocks, or ``auto``."""

    name = "depth"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | None:
        return None if value == "auto" else Count(0, 100).convert(value, param, ctx)


class Unit(click.ParamType):  # type: ignore[type-arg]
    """A position of a map: one number for W and H, or ``XxY``."""

    name = "unit"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        match = re.fullmatch(r"(\d{1,18})(?:x(\d{1,18}))?", str(value))
        if match is None:
            self.fail(f"{value!r} is no position; write N, or XxY", param, ctx)
        x, y = match[1], match[2] or match[1]
        return int(x), int(y)


@click.command(cls=Command)
@click.argument("sources", nargs=-1, metavar="[SOURCE]")
@network_options
@section(
    "Figure",
    click.option(
        "--figure",
        "kind",
        type=click.Choice((*KINDS, *ALIASES)),
        help=f"Kind of figure: {alternatives(KINDS)}; default: the one that fits the network.",
    ),
    click.option(
        "--theme",
        type=click.Choice(THEMES),
        default=THEMES[0],
        show_default=True,
        help="Colours; auto follows the settings of the reader.",
    ),
    click.option(
        "--depth",
        type=Depth(),
        metavar="N|auto",
        help="Levels of blocks to open; default: auto, as many as stay readable.",
    ),
    click.option(
        "--layer",
        metavar="PATH",
        help="Layer of the tiling or cone, by its path in the JSON report.",
    ),
    click.option(
        "--unit",
        type=Unit(),
        metavar="N|XxY",
        help="Position whose cone is drawn; default: the one in the middle.",
    ),
    click.option(
        "--width", type=Count(200, 20_000), metavar="PX", help="Width of the figure in px."
    ),
    click.option("--title", metavar="TEXT", help="Title; default: the network's name."),
)
@output_options(DRAW_FORMATS)
@fail_on_request
@general_options
def draw(
    sources: tuple[str, ...],
    expressions: tuple[str, ...],
    kind: str | None,
    theme: str,
    depth: int | None,
    layer: str | None,
    unit: tuple[int, int] | None,
    width: int | None,
    title: str | None,
    **flags: Any,
) -> None:
    """Draw a network, or the members of a pattern, as a picture in SVG.

    Figures of a network are the tiling of one layer by its windows, the profile with bars for the
    numbers of each layer, the volumes as boxes, the graph of layers and blocks, and the cone of a
    receptive field. By default it is the tiling where a window does not fit, else the graph where
    there are joins or blocks, else the volumes. Figures of a pattern are the grid of its members,
    the scatter of their parameters and MACs, and both as family.

    Layers that do not fit are marked, and findings go to stderr.
    """
    options = read_options(DRAW_FORMATS, **flags)
    if options.output_file is not None and not options.output_file.startswith("/dev/"):
        from cnnsize.pictures.figure import require_svg

        try:
            require_svg(options.output_file)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    from cnnsize.pictures.figure import family_figure, network_figure  # late, as --help needs none
    from cnnsize.pictures.request import Request

    subject, report = subject_of(sources, expressions, options)
    request = Request(depth, layer, unit, width)
    try:
        figure = (
            network_figure(subject, kind, request, title)
            if isinstance(subject, Network)
            else family_figure(subject, kind, request, title)
        )
    except ArchitectureError:  # too many members, of which no sample can be drawn either
        exit_with_findings(report, options)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    status = print_findings(report, options, flags["fail_on"])
    write(figure.svg(theme), options)
    raise SystemExit(status)


def subject_of(
    sources: tuple[str, ...], expressions: tuple[str, ...], options: Options
) -> tuple[Network | Family, Report]:
    """Return the network or the family of the arguments, with the report on it.

    Exit with the errors when no network can be read.
    """
    inputs = python_network(sources, expressions, options) or gather_networks(
        sources, expressions, options.config, options.request
    )
    with SurveyProgress() as progress:
        report = build_report(inputs, options, sources, progress)
    require_one_network(report, inputs, sources, options)
    if was_interrupted(report):
        raise SystemExit(130)
    result = report.architectures[0] if report.architectures else None
    subject = None if result is None else result.network or family_of(result, report, options)
    if subject is None:
        exit_with_findings(report, options)
    return subject, report


def exit_with_findings(report: Report, options: Options) -> NoReturn:
    """Print the findings in full, and exit with 1."""
    style = style_of(options)
    findings = [finding_text(finding, style) for finding in report.diagnostics]
    if not findings:
        fail("there is no network to draw")
    click.echo("\n\n".join(findings), err=True)
    raise SystemExit(1)


def family_of(result: Result, report: Report, options: Options) -> Family | None:
    """Return the family of a pattern, also where it has too many members to check them all."""
    if result.family is not None:
        return result.family.family
    is_too_large = any(diagnostic.code == "CNN009" for diagnostic in report.diagnostics)
    if not is_too_large or result.architecture is None:
        return None
    from cnnsize.patterns.family import Family  # late: one network never needs it

    try:
        family = Family(result.architecture, options.input, options.settings, options.values)
        return family if family.choices else None
    except ArchitectureError:
        return None
