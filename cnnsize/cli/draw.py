"""``cnnsize draw``."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import click

from cnnsize.cli.errors import fail
from cnnsize.cli.flags import Choice, Count, general_options, network_options, output_options
from cnnsize.cli.help import Command, section
from cnnsize.cli.networks import fail_on_request, print_errors, print_findings, read_report
from cnnsize.cli.options import Options, read_options
from cnnsize.cli.output import output_file, write_bytes
from cnnsize.cli.reports import SurveyProgress, was_interrupted
from cnnsize.network import Network
from cnnsize.pictures.formats.registry import FORMATS, SCALE, FormatError, format_of, require_kind
from cnnsize.pictures.kinds import ALIASES, KINDS, known_kind
from cnnsize.record import replace
from cnnsize.report.result import Report, Result
from cnnsize.text.diagnostic import ArchitectureError
from cnnsize.text.english import alternatives

if TYPE_CHECKING:
    from cnnsize.patterns.family import Family

DRAW_FORMATS = tuple(FORMATS)
THEMES = ("auto", "light", "dark")
TOO_LARGE = "CNN009"


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
        type=Choice((*KINDS, *ALIASES)),
        metavar="KIND",
        help=f"Kind of figure: {alternatives(KINDS)}; default: the one that fits the network.",
    ),
    click.option(
        "--theme",
        type=Choice(THEMES),
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
    click.option(
        "--scale",
        type=click.FloatRange(0.1, 20),
        metavar="N",
        help=f"Pixels of PNG for each px; default: {SCALE:g}.",
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
    scale: float | None,
    title: str | None,
    **flags: Any,
) -> None:
    """Draw a network, or the members of a pattern, as a picture.

    Figures of a network are the tiling of one layer by its windows, the profile with bars for the
    numbers of each layer, the volumes as boxes, the graph of layers and blocks, and the cone of a
    receptive field. By default it is the tiling where a window does not fit, else the graph where
    there are joins or blocks, else the volumes. Figures of a pattern are the grid of its members,
    the scatter of their parameters and MACs, and both as family.

    The suffix of the file after -o is the format: .svg, .png, .pdf, .tex, .html, and for the graph also
    .dot and .mmd. Without -o, SVG is printed. PNG needs resvg-py (pip install 'cnnsize[png]'), and PDF
    needs reportlab ('cnnsize[pdf]').

    Layers that do not fit are marked, and findings go to stderr.
    """
    options = read_options(DRAW_FORMATS, **flags)
    try:
        file_format = format_asked_for(flags["output_format"], options.output_file)
        if kind is not None:
            require_kind(file_format, known_kind(kind))
    except FormatError as error:
        raise click.UsageError(str(error)) from None
    if scale is not None and file_format != "png":
        raise click.UsageError(f"--scale applies to png only, not to {file_format}")
    is_binary = FORMATS[file_format].is_binary
    if is_binary and options.output_file is None and sys.stdout.isatty():
        raise click.UsageError(f"{file_format} is not text; name a file with -o, or use a pipe")
    from cnnsize.pictures.figure import family_figure, network_figure  # late, as --help needs none
    from cnnsize.pictures.request import Request

    subject, report = subject_of(sources, expressions, options)
    kind = kind or default_kind_of(file_format)
    request = Request(depth, layer, unit, width)
    try:
        figure = (
            network_figure(subject, kind, request, title)
            if isinstance(subject, Network)
            else family_figure(subject, kind, request, title)
        )
    except ArchitectureError as error:  # no sample of the members can be drawn
        print_errors(report.diagnostics or [error.diagnostic], options)
        raise SystemExit(1) from None
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if not isinstance(subject, Network):  # a sample of too many members is drawn
        report = without_too_large(report)
    status = print_findings(report, options, flags["fail_on"])
    try:
        content = figure.encode(file_format, theme, scale or SCALE)
    except (FormatError, ImportError) as error:
        fail(str(error))
    write_content(content, options)
    raise SystemExit(status)


def without_too_large(report: Report) -> Report:
    """Return a report without the error that a family has too many members to check."""
    diagnostics = [finding for finding in report.diagnostics if finding.code != TOO_LARGE]
    return replace(report, diagnostics=tuple(diagnostics))


def format_asked_for(name: str | None, path: str | None) -> str:
    """Return the format of --output-format, else of the suffix of the file, else SVG.

    Raises ValueError for a suffix of no format.
    """
    if name is not None:
        return name
    if path is None or path.startswith("/dev/"):
        return "svg"
    return format_of(path)


def default_kind_of(file_format: str) -> str | None:
    """Return the only kind of figure that a format can hold; None where the network decides."""
    kinds = FORMATS[file_format].kinds
    return kinds[0] if kinds else None


def write_content(content: bytes, options: Options) -> None:
    """Write a file to stdout or to --output-file."""
    if options.output_file is None:
        write_bytes(content)
        return
    with output_file(options.output_file) as file:
        file.write(content)


def subject_of(
    sources: tuple[str, ...], expressions: tuple[str, ...], options: Options
) -> tuple[Network | Family, Report]:
    """Return the network or the family of the arguments, with the report on it.

    Exit with the errors when no network can be read.
    """
    with SurveyProgress() as progress:
        report = read_report(sources, expressions, options, progress, families=True)
    if was_interrupted(report):
        raise SystemExit(130)
    result = report.architectures[0] if report.architectures else None
    subject = None if result is None else result.network or family_of(result, report, options)
    if subject is None:
        print_errors(report.diagnostics, options)
        raise SystemExit(1)
    return subject, report


def family_of(result: Result, report: Report, options: Options) -> Family | None:
    """Return the family of a pattern, also where it has too many members to check them all."""
    if result.family is not None:
        return result.family.family
    is_too_large = any(diagnostic.code == TOO_LARGE for diagnostic in report.diagnostics)
    if not is_too_large or result.architecture is None:
        return None
    from cnnsize.patterns.family import Family  # late: one network never needs it

    try:
        family = Family(result.architecture, options.input, options.settings, options.values)
        return family if family.choices else None
    except ArchitectureError:
        return None
