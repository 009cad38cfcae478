"""Reports as commands print them: tables, findings, the summary line, the exit status."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING, Any, NoReturn

from cnnsize.cli.arguments import (
    Inputs,
    gather,
    no_architecture_message,
    report_nothing_found,
    select_by_name,
)
from cnnsize.cli.errors import fail, warn
from cnnsize.cli.options import AS_IT_IS, ModelRequest, Options
from cnnsize.cli.output import stdout_is_unicode, style_of, table_style, write
from cnnsize.config.sources import DEFAULT_CONFIG, Config
from cnnsize.files.document import PYTHON_EXTENSIONS
from cnnsize.limits import MAX_FINDINGS_PER_FILE
from cnnsize.lint.selection import Selection, fails
from cnnsize.record import replace
from cnnsize.render.text import finding_text, summary_of
from cnnsize.report.result import RULES_OF_SIZES, Report
from cnnsize.sizing.settings import Settings, for_models
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.terminal import safe

if TYPE_CHECKING:
    from cnnsize.language.parsed import Failed, ParsedArchitecture

MAX_FULL_FINDINGS = 20  # shown with their text when no output format is given
MAX_NAMES = 8  # of networks, in a message
UNREAD = "CNN130"  # the rule about networks that are not read


class SurveyProgress:
    """A progress bar for families; nothing is imported or drawn until one is surveyed."""

    def __init__(self) -> None:
        self.bar: Any = None
        self.begin = monotonic()

    def __enter__(self) -> SurveyProgress:
        return self

    def __call__(self, done: int, total: int) -> None:
        if self.bar is None:
            from cnnsize.render.progress import Bar  # late: a single network is sized at once

            self.bar = Bar(begin=self.begin)
        self.bar(done, total)

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()


def build_report(
    inputs: Inputs,
    options: Options,
    arguments: tuple[str, ...],
    progress: SurveyProgress | None = None,
    *,
    families: bool = True,
) -> Report:
    """Return the report on what the arguments name.

    Exit with a message when --name picks nothing.
    """
    from cnnsize.report.make import report as make_report  # late: not needed if nothing has changed

    texts = inputs.texts(verbose=options.verbose)
    has_content = texts.architectures or texts.bad_blocks or inputs.unreadable
    if not has_content and not texts.models:
        report_nothing_found(arguments, inputs, options.config, quiet=options.quiet)
    if options.name is not None:
        texts = texts.only(select_by_name(texts.architectures, options.name))
    report = make_report(
        texts,
        input=options.input,
        values={
            key: value for key, value in options.values.items() if key not in inputs.used_values
        },
        settings=settings_for(inputs, options.settings),
        selection=selection_of(options),
        cap=MAX_FINDINGS_PER_FILE,
        progress=progress,
        families=families,
    )
    if not options.quiet or not texts.models:
        warn(report.notes)
    if texts.models and not (has_content or report.architectures):
        if report.unread:
            print_unread(report, options, named=any(own.named for own in inputs.documents))
        elif any(document.alone for document in texts.models):  # it may be a paste
            documents = [replace(document, models=False) for document in inputs.documents]
            inputs.documents[:] = documents
            return build_report(inputs, options, arguments, progress, families=families)
        else:
            report_nothing_found(arguments, inputs, options.config, quiet=options.quiet)
    if options.verbose:
        warn(report.uncompared)
    return report if inputs.input_is_given else without_sizes(report)


def settings_for(inputs: Inputs, settings: Settings) -> Settings:
    """Return the settings for what the arguments name: texts, or models of a framework."""
    are_models = inputs.documents and all(document.generated for document in inputs.documents)
    return for_models(settings) if are_models or inputs.is_source else settings


def selection_of(options: Options) -> Selection:
    """Return the rules that are reported; --verbose adds what is not read of Python source."""
    selection = options.selection
    if not options.verbose:
        return selection
    return replace(selection, codes=selection.codes | {UNREAD})


def print_unread(report: Report, options: Options, *, named: bool) -> None:
    """Print why no network is read, if arguments name the files."""
    if named and not options.verbose:
        warn(report.unread[:MAX_NAMES])


def without_sizes(report: Report) -> Report:
    """Return a report without findings that depend on an input size that was chosen to fit."""
    kept = [item for item in report.diagnostics if not item.code.startswith(RULES_OF_SIZES)]
    return replace(report, diagnostics=tuple(kept))


def names_python(argument: str) -> bool:
    """Return whether an argument may be a file of Python source, or a network of one."""
    return any(extension in argument for extension in PYTHON_EXTENSIONS)


def python_network(
    arguments: tuple[str, ...],
    expressions: tuple[str, ...],
    options: Options,
    *,
    claims: bool = False,
    needs_values: bool = True,
) -> Inputs | None:
    """Return the network of a Python file, which is not run; None for other arguments.

    With ``claims``, each FC says how many values it takes, so that other inputs can be tried. With
    ``needs_values``, exit with a message if arguments of the network have none.
    """
    if len(arguments) != 1 or expressions or not names_python(arguments[0]):
        return None
    from cnnsize.cli.python_files import python_inputs  # late: most arguments are text
    from cnnsize.sizing.arguments import single_values

    inputs = python_inputs(
        arguments[0],
        options.request,
        config=options.config,
        values=single_values(options.values),
        quiet=options.quiet,
        claims=claims,
    )
    if inputs is not None and inputs.letters and needs_values:
        first, have = inputs.letters[0], "have" if len(inputs.letters) > 1 else "has"
        names = " and ".join(inputs.letters)
        warn([f"{arguments[0]}: {names} {have} no value; give one as in --set {first}=64"])
        raise SystemExit(1)
    return inputs


def gather_networks(
    arguments: tuple[str, ...],
    expressions: tuple[str, ...],
    config: Config,
    request: ModelRequest = AS_IT_IS,
) -> Inputs:
    """Return the documents of a command that needs a network: a file without one is an error.

    Exit with a message when a file cannot be read.
    """
    inputs = gather(arguments, expressions, config, request=request)
    if inputs.unreadable:
        exit_with_status(Report((), ()), inputs.unreadable)
    return replace(inputs, may_be_empty=False)


def only_network(
    inputs: Inputs,
    arguments: tuple[str, ...],
    name: str | None = None,
    several: str = "networks found; pick one with --name",
    config: Config = DEFAULT_CONFIG,
) -> ParsedArchitecture | Failed:
    """Return the one network of the arguments. Exit with a message when there are none or several.

    ``several`` follows the number of networks in that message.
    """
    from cnnsize.report.texts import numbered, parsed  # late, as above

    networks = inputs.texts().architectures
    # a faulty block counts only when there is nothing else
    networks = numbered(networks) or networks
    if inputs.unreadable:
        exit_with_status(Report((), ()), inputs.unreadable)
    if not networks:
        fail(no_architecture_message(arguments, config))
    networks = select_by_name(networks, name)
    if len(networks) > 1:
        names = [network.name or "(unnamed)" for network in parsed(networks)]
        fail(f"{len(networks)} {several}{name_list(names)}")
    return networks[0]


def require_one_network(
    report: Report, inputs: Inputs, arguments: tuple[str, ...], options: Options
) -> None:
    """Exit with a message unless the report is about one network, or about an error."""
    if inputs.unreadable:
        exit_with_status(Report((), ()), inputs.unreadable)
    if not report.architectures and not report.count("error"):
        fail(no_architecture_message(arguments, options.config))
    if len(report.architectures) > 1:
        names = [
            result.name or "(unnamed)"
            for result in report.architectures
            if result.architecture is not None
        ]
        fail(f"{len(report.architectures)} networks found; pick one with --name{name_list(names)}")


def name_list(names: list[str]) -> str:
    """Return the first names after a colon, or nothing when there are none."""
    return f": {', '.join(names[:MAX_NAMES])}" if names else ""


def shown_when_quiet(diagnostic: Diagnostic, options: Options) -> bool:
    """Return whether --quiet prints a finding: errors, warnings, and what makes the status 1."""
    return diagnostic.severity != "info" or fails(diagnostic.severity, options.config.fail_on)


def is_in_footer(diagnostic: Diagnostic, options: Options) -> bool:
    """Return whether the lines below a table say the same: they list the defaults used.

    A finding that was selected, or makes the exit status 1, is shown nevertheless.
    """
    if diagnostic.code != "CNN006" or diagnostic.code in options.selection.chosen:
        return False
    return not fails(diagnostic.severity, options.config.fail_on)


def has_one_table(report: Report) -> bool:
    """Return whether a report is about one network; one of Python source may not be sized."""
    results = report.architectures
    return len(results) == 1 and (results[0].file is None or results[0].network is not None)


def was_interrupted(report: Report) -> bool:
    """Return whether the survey of a family ended before all of its members were sized."""
    return any(result.interrupted for result in report.architectures)


def exit_with_status(report: Report, unreadable: list[str], fail_on: str = "warning") -> NoReturn:
    """Print what could not be read, and exit with the status that the findings call for."""
    warn(unreadable)
    failed = any(fails(diagnostic.severity, fail_on) for diagnostic in report.diagnostics)
    raise SystemExit(2 if unreadable else 1 if failed else 0)


def exit_with_error(failure: Failed, options: Options) -> NoReturn:
    """Print why there is no answer, and exit. Formats that programs read as rows get no prose."""
    from cnnsize.report.make import report as make_report  # late, as above
    from cnnsize.report.texts import Texts

    report = make_report(Texts([failure]))
    if options.format in ("csv", "jsonl"):
        # late, here and below: one format of several
        from cnnsize.render.concise import finding_line

        warn(map(finding_line, report.diagnostics))
    elif options.format == "json":
        write(report.to_json(2), options)
    else:
        write(render_full(report, options, every_finding_in_full=True), options)
    exit_with_status(report, [])


def render_report(report: Report, inputs: Inputs, options: Options) -> str:
    """Return the report in a format of ``FORMATS`` other than full.

    Each of them is a module of ``cnnsize.render``, but for HTML; only the one in use is imported.
    """
    module = (
        "cnnsize.html.report" if options.format == "html" else f"cnnsize.render.{options.format}"
    )
    render: Callable[..., str] = import_module(module).render
    if options.quiet and options.format == "concise":  # the other formats are for programs
        shown = [item for item in report.diagnostics if shown_when_quiet(item, options)]
        report = replace(report, diagnostics=tuple(shown))
    return render(report, options.selection, options.config, tuple(inputs.unreadable))


def render_full(
    report: Report,
    options: Options,
    *,
    show_table: bool = False,
    width: int | None = None,
    table_flags: Mapping[str, Any] | None = None,
    every_finding_in_full: bool = False,
) -> str:
    """Return the table of a single network, the findings with their text, and a summary line.

    ``table_flags`` are the keywords of ``table`` that the user gave, and ``width`` is --width.
    """
    style = style_of(options, width)
    parts: list[str] = []
    if show_table and not options.quiet:
        result = report.architectures[0]
        if result.network is not None:
            from cnnsize.render.table import table  # late: files need no table

            parts.append(
                table(
                    result.network,
                    table_style(options, width),
                    ascii=not stdout_is_unicode(),
                    **table_flags or {},
                )
            )
        if result.family is not None:
            from cnnsize.render.family import overview  # late: most networks are no family

            parts.append(overview(result.family, style))
    findings = [
        diagnostic
        for diagnostic in report.diagnostics
        if not (parts and is_in_footer(diagnostic, options))
        and (not options.quiet or shown_when_quiet(diagnostic, options))
    ]
    if len(findings) > MAX_FULL_FINDINGS and not every_finding_in_full:
        from cnnsize.render.concise import finding_line

        parts.append("\n".join(map(finding_line, findings)))
        parts.append(
            f"{len(findings)} findings, one per line; --output-format full shows each with its text"
        )
    else:
        parts += [finding_text(diagnostic, style) for diagnostic in findings]
    if not (options.quiet or show_table):  # the table lists them
        parts += paste_notes(report)
    if options.verbose:
        parts += reading_lines(report)
    if not options.quiet and not was_interrupted(report):
        parts.append(summary_line(report, findings))
    return "\n\n".join(parts)


def summary_line(report: Report, findings: list[Diagnostic]) -> str:
    """Return the last line of a report: how many networks, errors, warnings and notes."""
    line = summary_of(report, sum(diagnostic.severity == "info" for diagnostic in findings))
    fixable = sum(diagnostic.fixable for diagnostic in findings)
    unsafe = sum(diagnostic.fixable_unsafely for diagnostic in findings) - fixable
    if not fixable:
        return f"{line}; {unsafe} fixable with --fix --unsafe-fixes" if unsafe else line
    more = f", {unsafe} more with --unsafe-fixes" if unsafe else ""
    return f"{line}; {fixable} fixable with --fix{more}"


def paste_notes(report: Report) -> list[str]:
    """Return, for each pasted model, the notes on how it was read."""
    blocks = []
    for result in report.architectures:
        network = result.architecture
        if network is not None and network.paste and network.notes:
            place = f"{safe(result.file or '<string>')}:{result.line}"
            blocks.append("\n".join(f"note: {place}: {safe(note)}" for note in network.notes))
    return blocks


def reading_lines(report: Report) -> list[str]:
    """Return, for each network in informal text, how its parts were read, and its canonical text."""
    blocks = []
    for result in report.architectures:
        network = result.architecture
        if network is not None and network.readings:
            lines = list(
                dict.fromkeys(  # each reading once: commas are often arrows
                    f"  {safe(written)!r} as {read}"
                    for _, written, read in network.readings
                    if written.strip()
                )
            )
            blocks.append(
                "\n".join(["informal text was read as follows:", *lines, f"canonical: {network}"])
            )
    return blocks
