"""What ``cnnsize check`` does with its sources and flags. A call without flags comes here directly, and
imports no click (``cli/plain.py``).
"""

from __future__ import annotations

import os
from typing import Any, NoReturn

from cnnsize.cli.arguments import Inputs, print_note, read_entries
from cnnsize.cli.entries import find_entries, refuse_model_flags
from cnnsize.cli.errors import usage_error
from cnnsize.cli.options import Options, read_options
from cnnsize.cli.output import write
from cnnsize.cli.reports import (
    SurveyProgress,
    build_report,
    exit_with_status,
    has_one_table,
    names_python,
    render_full,
    render_report,
    was_interrupted,
)
from cnnsize.config import FORMATS
from cnnsize.files.document import UnreadableFileError
from cnnsize.report.result import Report
from cnnsize.text.terminal import safe

LIST_FORMATS = (None, "full", "concise", "json")  # of --statistics and --extract-only


def check_once(
    sources: tuple[str, ...],
    expressions: tuple[str, ...] = (),
    *,
    depth: int = 0,
    unfold: bool = False,
    columns: tuple[str, ...] = (),
    exact: bool = False,
    width: int | None = None,
    fix: bool = False,
    fix_only: bool = False,
    unsafe_fixes: bool = False,
    diff: bool = False,
    add_ignore: bool = False,
    statistics: bool = False,
    extract_only: bool = False,
    exit_zero: bool = False,
    show_files: bool = False,
    stdin_filename: str | None = None,
    force_exclude: bool = False,
    jobs: int | None = None,
    no_cache: bool = False,
    **flags: Any,
) -> NoReturn:
    """Check the sources, print the report, and exit."""
    fix = fix or fix_only
    if unsafe_fixes and not (fix or diff):
        raise usage_error("--unsafe-fixes does nothing alone; add --fix or --diff")
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
        needs_texts = (show_files, extract_only, fix, diff, add_ignore, options.name is not None)
        if entries.are_files and not any(needs_texts):
            from cnnsize.cli.tree import check_tree  # late: most calls are about one text

            report, inputs = check_tree(
                entries, sources, options, jobs=jobs, use_cache=not no_cache
            )
        else:
            inputs = read_entries(entries, verbose=options.verbose)
    if report is None:
        if show_files:
            list_files(inputs, options)
        if extract_only:
            list_excerpts(inputs, options)
        if fix or diff:
            from cnnsize.cli.fixing import fix_inputs  # late, as below: most calls change nothing

            inputs = fix_inputs(inputs, options, unsafe=unsafe_fixes, diff=diff)
        if fix_only:
            exit_with_status(Report((), ()), inputs.unreadable)
        if add_ignore:
            from cnnsize.cli.fixing import ignore_findings

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
        raise usage_error(f"{flag} prints text or json, not {options.format}")


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


def list_files(inputs: Inputs, options: Options) -> NoReturn:
    """Print the files that are read, one per line, and exit."""
    files = [document.file for document in inputs.documents if document.file is not None]
    if options.format == "json":
        import json  # late: seldom asked for

        text = json.dumps(files, indent=2)
    else:
        text = "\n".join(map(safe, files))
    write(text, options)
    exit_with_status(Report((), ()), inputs.unreadable)


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
