"""``cnnsize check``."""

from __future__ import annotations

import os
from typing import Any, NoReturn

import click

from cnnsize.cli.arguments import Inputs, print_note, read_entries, write_back
from cnnsize.cli.entries import find_entries, refuse_model_flags
from cnnsize.cli.errors import warn
from cnnsize.cli.flags import (
    file_options,
    general_options,
    network_options,
    output_options,
    rule_options,
    speed_options,
    table_options,
)
from cnnsize.cli.help import Command, section
from cnnsize.cli.options import Options, read_options
from cnnsize.cli.output import write, write_bytes
from cnnsize.cli.reports import (
    SurveyProgress,
    build_report,
    exit_with_status,
    has_one_table,
    names_python,
    render_full,
    render_report,
    selection_of,
    was_interrupted,
)
from cnnsize.config import FORMATS
from cnnsize.files.document import Document, UnreadableFileError
from cnnsize.record import replace
from cnnsize.report.result import Report
from cnnsize.text.terminal import safe

OWN_FLAGS = frozenset(  # of `check`, which are not those of ``read_options``
    {
        *("depth", "unfold", "columns", "exact", "width"),
        *("statistics", "extract_only", "exit_zero", "stdin_filename"),
        *("fix", "fix_only", "unsafe_fixes", "diff", "add_ignore", "force_exclude"),
        *("jobs", "no_cache"),
    }
)
LIST_FORMATS = (None, "full", "concise", "json")  # of --statistics and --extract-only


@click.command(cls=Command)
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@network_options
@file_options
@section(
    "Files",
    click.option(
        "--extract-only",
        is_flag=True,
        help="List the architectures found, without checking them.",
    ),
    click.option(
        "--show-files", is_flag=True, help="List the files that are read, without checking them."
    ),
    click.option("-w", "--watch", is_flag=True, help="Check again whenever a file changes."),
)
@speed_options
@rule_options
@section(
    "Fixes",
    click.option(
        "--fix",
        is_flag=True,
        help="Apply safe fixes: those that do not change a network that works.",
    ),
    click.option(
        "--fix-only", is_flag=True, help="Apply safe fixes, and do not report what remains."
    ),
    click.option(
        "--unsafe-fixes",
        is_flag=True,
        help="With --fix, --fix-only or --diff: also apply fixes that change the network.",
    ),
    click.option(
        "--diff",
        is_flag=True,
        help="Print what --fix would change, and change nothing; exit with 1 if anything would "
        "change.",
    ),
    click.option(
        "--add-ignore",
        is_flag=True,
        help="Write a `cnnsize: ignore[...]` comment for each error and warning of a file.",
    ),
)
@table_options
@output_options(FORMATS)
@section(
    "Output",
    click.option(
        "--statistics",
        is_flag=True,
        help="Print how often each rule is violated, not the findings.",
    ),
)
@general_options
@click.option("--show-settings", is_flag=True, help="Print the configuration in force.")
def check(
    sources: tuple[str, ...],
    expressions: tuple[str, ...],
    watch: bool,
    show_settings: bool,
    show_files: bool,
    **flags: Any,
) -> None:
    """Size architectures and report what does not fit.

    Each SOURCE is a network in the notation, a file, a directory, the name of a network in the zoo,
    or - for stdin. A name that exists as a file is read as a file.

    A *.cnn file holds nothing but architectures. In other files, cnnsize reads fenced code blocks
    that begin with the word cnn (Markdown, docstrings), `.. code-block:: cnn` directives, and
    comments such as `# cnnsize: INPUT[32x32x3] -> ...`. Directories are searched recursively,
    honouring .gitignore. The PyTorch networks of a Python file or notebook that is named, or with
    --extract models of all of them, are checked too; their code never runs.

    With --fix, files are changed in place; the fixed text of a string or of stdin goes to stdout.
    """
    if show_settings:
        from cnnsize.cli.settings import print_settings  # late, like the next two: seldom used

        print_settings(flags)
    elif show_files:
        list_files(sources, **flags)
    elif watch:
        from cnnsize.cli.watch import watch_files

        watch_files(sources, expressions, flags, lambda: check_once(sources, expressions, **flags))
    else:
        check_once(sources, expressions, **flags)


def list_files(sources: tuple[str, ...], *, force_exclude: bool, **flags: Any) -> None:
    """Print the files that would be read, one per line, and exit."""
    options = read_options(
        FORMATS, **{key: value for key, value in flags.items() if key not in OWN_FLAGS}
    )
    entries = find_entries(sources, (), options.config, force_exclude=force_exclude)
    inputs = read_entries(entries)
    files = [document.file for document in inputs.documents if document.file is not None]
    if options.format == "json":
        import json

        text = json.dumps(files, indent=2)
    else:
        text = "\n".join(map(safe, files))
    write(text, options)
    exit_with_status(Report((), ()), inputs.unreadable)


def check_once(
    sources: tuple[str, ...],
    expressions: tuple[str, ...],
    *,
    depth: int,
    unfold: bool,
    columns: tuple[str, ...],
    exact: bool,
    width: int | None,
    fix: bool,
    fix_only: bool,
    unsafe_fixes: bool,
    diff: bool,
    add_ignore: bool,
    statistics: bool,
    extract_only: bool,
    exit_zero: bool,
    stdin_filename: str | None,
    force_exclude: bool,
    jobs: int | None,
    no_cache: bool,
    **flags: Any,
) -> NoReturn:
    """Check the sources, print the report, and exit."""
    fix = fix or fix_only
    if unsafe_fixes and not (fix or diff):
        raise click.UsageError("--unsafe-fixes does nothing alone; add --fix or --diff")
    options = read_options(FORMATS, **flags)
    fail_on = "never" if exit_zero else options.config.fail_on
    if statistics:
        require_list_format("--statistics", options)
    report = None
    inputs = named_network(sources, expressions, options)
    if inputs is None:
        entries = find_entries(
            sources,
            expressions,
            options.config,
            force_exclude=force_exclude,
            stdin_name=stdin_filename,
            verbose=options.verbose,
            request=options.request,
            models=True,
        )
        needs_texts = extract_only or fix or diff or add_ignore or options.name is not None
        if entries.are_files and not needs_texts:
            from cnnsize.cli.tree import check_tree  # late: most calls are about one text

            report, inputs = check_tree(
                entries, sources, options, jobs=jobs, use_cache=not no_cache
            )
        else:
            inputs = read_entries(entries, verbose=options.verbose)
    if report is None:
        if extract_only:
            list_excerpts(inputs, options)
        if fix or diff:
            inputs = fix_inputs(inputs, options, unsafe=unsafe_fixes, diff=diff)
        if fix_only:
            exit_with_status(Report((), ()), inputs.unreadable)
        if add_ignore:
            inputs = ignore_findings(inputs, options)
        with SurveyProgress() as progress:
            report = build_report(inputs, options, sources, progress)
    nothing_was_read = not report.architectures and not report.diagnostics
    if nothing_was_read and options.format in (None, "full", "concise"):
        exit_with_status(report, inputs.unreadable)
    one_string = inputs.strings == 1 and len(inputs.documents) == 1 and not inputs.unreadable
    if statistics:
        from cnnsize.render.statistics import statistics as rule_counts

        text = rule_counts(report, as_json=options.format == "json")
    elif options.format in (None, "full"):
        text = render_full(
            report,
            options,
            show_table=one_string and not fix and has_one_table(report),
            width=width,
            table_flags={"depth": depth, "unfold": unfold, "columns": columns, "exact": exact},
            every_finding_in_full=one_string or options.format is not None,
        )
    else:
        text = render_report(report, inputs, options)
    fixed_text_on_stdout = fix and any(document.path is None for document in inputs.documents)
    write(text, options, to_stderr=fixed_text_on_stdout)
    if options.format == "github" and (page := os.environ.get("GITHUB_STEP_SUMMARY")):
        append_step_summary(report, inputs, page)
    if was_interrupted(report):
        raise SystemExit(130)
    exit_with_status(report, inputs.unreadable, fail_on)


def named_network(
    sources: tuple[str, ...], expressions: tuple[str, ...], options: Options
) -> Inputs | None:
    """Return the file of ``FILE.py:Net`` as the document of the command; None for other arguments."""
    if len(sources) != 1 or expressions or not names_python(sources[0]):
        return None
    from cnnsize.cli.python_files import network_document  # late: most arguments are text
    from cnnsize.sizing.arguments import single_values

    document = network_document(sources[0], options.config, single_values(options.values))
    if document is None:
        return None
    refuse_model_flags(options.request, [document])
    return Inputs([document], 1, [])


def require_list_format(flag: str, options: Options) -> None:
    """Raise click.UsageError when the output format is not one that ``flag`` can print."""
    if options.format not in LIST_FORMATS:
        raise click.UsageError(f"{flag} prints text or json, not {options.format}")


def append_step_summary(report: Report, inputs: Inputs, page: str) -> None:
    """Append a table of the findings to the summary page of a GitHub Actions job.

    A page that cannot be written is added to ``inputs.unreadable``.
    """
    from cnnsize.render.github import step_summary

    try:
        with open(page, "a", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(step_summary(report, tuple(inputs.unreadable)))
    except OSError as error:
        inputs.unreadable.append(f"{page}: {error.strerror}")


def list_excerpts(inputs: Inputs, options: Options) -> NoReturn:
    """Print the architectures that were found and where, and exit."""
    from cnnsize.render.excerpts import as_json, as_text

    require_list_format("--extract-only", options)
    unreadable = list(inputs.unreadable)
    excerpts_by_document = []
    for document in inputs.documents:
        try:
            excerpts = document.excerpts()
            excerpts_by_document.append((document, excerpts))
            for note in document.notes(excerpts):
                print_note(document, note, verbose=options.verbose)
        except UnreadableFileError as error:
            unreadable.append(str(error))
    render = as_json if options.format == "json" else as_text
    write(render(excerpts_by_document), options)
    exit_with_status(Report((), ()), unreadable)


def fix_inputs(inputs: Inputs, options: Options, *, unsafe: bool, diff: bool) -> Inputs:
    """Apply fixes, write the new texts to their files or to stdout, and return them as inputs.

    With ``diff``, print the changes instead, and exit.
    """
    from cnnsize.rewriting.fix import apply_fixes  # late: most calls change nothing
    from cnnsize.rewriting.fmt import unified_diff

    documents: list[Document] = []
    unreadable = list(inputs.unreadable)
    diffs: list[str] = []
    for document in inputs.documents:
        name = document.file or "<string>"

        def check_text(text: str, document: Document = document) -> Report:
            return check_document(replace(document, text=text), options)

        result = apply_fixes(document.text, check_text, unsafe=unsafe)
        if diff:
            diffs.append(unified_diff(document.text, result.text, name))
            continue
        if document.path is None:
            is_complete = document.file is not None or result.text.endswith("\n")
            write_bytes(document.to_bytes(result.text if is_complete else result.text + "\n"))
        elif result.text != document.text:
            failure = write_back(document, result.text)
            if failure is not None:
                unreadable.append(failure)
                documents.append(document)
                continue
        documents.append(replace(document, text=result.text))
        if result.fixed:
            count = len(result.fixed)
            click.echo(
                f"fixed {count} finding{'' if count == 1 else 's'} in {safe(name)}", err=True
            )
    if diff:
        write("".join(diffs), options)
        warn(unreadable)
        raise SystemExit(2 if unreadable else 1 if any(diffs) else 0)
    return Inputs(documents, inputs.strings, unreadable, inputs.may_be_empty)


def ignore_findings(inputs: Inputs, options: Options) -> Inputs:
    """Write suppression comments to the files, and return their new texts as inputs."""
    from cnnsize.rewriting.ignore import add_ignores  # late: most calls change nothing

    documents: list[Document] = []
    unreadable = list(inputs.unreadable)
    for document in inputs.documents:
        if document.path is None:
            documents.append(document)
            continue

        def check_text(text: str, document: Document = document) -> Report:
            return check_document(replace(document, text=text), options)

        result = add_ignores(document, check_text)
        failure = write_back(document, result.text) if result.suppressed else None
        if failure is not None:
            unreadable.append(failure)
            documents.append(document)
            continue
        documents.append(replace(document, text=result.text))
        if result.suppressed:
            count = len_findings(result.suppressed)
            click.echo(f"suppressed {count} in {safe(document.file or '')}", err=True)
        if result.left:
            left = f"{document.file}: {len_findings(result.left)} cannot be suppressed by a comment"
            warn([left])
    return Inputs(documents, inputs.strings, unreadable, inputs.may_be_empty)


def len_findings(count: int) -> str:
    """Return ``1 finding`` or ``2 findings``."""
    return f"{count:,} finding{'' if count == 1 else 's'}"


def check_document(document: Document, options: Options) -> Report:
    """Return the report on one document, with fixes for all of its findings."""
    from cnnsize.report.make import report as make_report  # late: most calls change nothing
    from cnnsize.report.texts import parsed, read_documents

    texts = read_documents([document], fixes=len(document.text))
    if options.name is not None:
        named = [own for own in parsed(texts.architectures) if own.name == options.name]
        texts = texts.only([*named])
    return make_report(
        texts,
        input=options.input,
        values=options.values,
        settings=options.settings,
        selection=selection_of(options),
        fixes=len(document.text),
    )
