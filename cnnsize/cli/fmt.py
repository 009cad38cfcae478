"""``cnnsize fmt``."""

from __future__ import annotations

import click

from cnnsize.cli.arguments import Inputs, print_note, report_nothing_found, write_back
from cnnsize.cli.entries import Entry, Reading, SkippedFiles, find_entries
from cnnsize.cli.errors import warn
from cnnsize.cli.flags import (
    extract_option,
    file_options,
    general_options,
    jobs_option,
    model_options,
    quiet_option,
)
from cnnsize.cli.help import Command, section
from cnnsize.cli.jobs import apply_or_fail
from cnnsize.cli.options import ModelRequest, Options, load_config, parse_volume
from cnnsize.cli.output import write, write_bytes
from cnnsize.files.document import Document, SkippedFileError, UnreadableFileError
from cnnsize.record import NamedTuple, replace
from cnnsize.render.text import finding_text
from cnnsize.rewriting.fmt import FormattedText, format_string, format_text, unified_diff
from cnnsize.text.terminal import Style, safe


@click.command(cls=Command)
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@section(
    "Changes",
    click.option(
        "--check",
        "only_check",
        is_flag=True,
        help="Change nothing; exit with 1 if a file would be reformatted.",
    ),
    click.option(
        "--diff",
        is_flag=True,
        help="Change nothing; print the changes, and exit with 1 if there are any.",
    ),
    click.option(
        "--skip-invalid",
        is_flag=True,
        help="Skip networks that cannot be read, without a message: `check` reports them.",
    ),
)
@section(
    "Input",
    click.option(
        "--input", "input_", metavar="WxHxD", help="Size of the input of a PyTorch or ONNX model."
    ),
    extract_option,
)
@model_options
@file_options
@section("Speed", jobs_option)
@general_options
@quiet_option("Do not list the files that are reformatted.")
@click.option("-v", "--verbose", is_flag=True, help="Also list the files that are skipped.")
def fmt(
    sources: tuple[str, ...],
    only_check: bool,
    diff: bool,
    skip_invalid: bool,
    stdin_filename: str | None,
    exclude: tuple[str, ...],
    force_exclude: bool,
    input_: str | None,
    flat: bool,
    arguments: str,
    extract: tuple[str, ...],
    jobs: int | None,
    config: tuple[str, ...],
    isolated: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Rewrite architectures in the canonical notation.

    Each SOURCE is a network, a file, a directory, or - for stdin. Files are rewritten in place, and
    nothing but their architectures changes; the text of a string or of stdin goes to stdout.
    """
    if not sources:
        raise click.UsageError(
            "nothing to format; give a network, a file, a directory such as ., or - for stdin"
        )
    configuration = load_config(
        config, {"exclude": exclude, "extract": extract}, isolated=isolated
    )[0]
    entries = find_entries(
        sources,
        (),
        configuration,
        force_exclude=force_exclude,
        stdin_name=stdin_filename,
        verbose=verbose,
        missing_hint="",  # fmt has no option -e
        request=ModelRequest(parse_volume(input_), flat, arguments),
    )
    outcomes = apply_or_fail(Formatter(entries.reading, sources).format, entries.entries, jobs)
    skipped = SkippedFiles(verbose=verbose)
    for entry, outcome in zip(entries.entries, outcomes, strict=True):
        if isinstance(outcome, SkippedFileError):
            skipped.add(outcome, entry)
    skipped.print_tables()
    texts = [outcome for outcome in outcomes if isinstance(outcome, Formatted)]
    unreadable = [str(error) for error in outcomes if isinstance(error, UnreadableFileError)]
    entries.refuse_nothing(has_any=bool(texts or unreadable))
    plain = Options.plain()
    changed = failed = False
    networks = 0
    for document, result, notes in texts:
        name = document.file or "<string>"
        for note in notes:
            print_note(document, note, verbose=verbose)
        networks += result.networks
        if skip_invalid:
            result = result._replace(diagnostics=[], unchanged=[])
        failed |= bool(result.diagnostics)
        print_problems(result, name)
        differs = result.text != document.text
        changed |= differs
        if differs and diff:
            write(unified_diff(document.text, result.text, name), plain)
        elif differs and only_check:
            list_file("would reformat", name, quiet=quiet)
        elif differs and document.path is not None:
            failure = write_back(document, result.text)
            if failure is None:
                list_file("reformatted", name, quiet=quiet)
            else:
                unreadable.append(failure)
        prints_text = document.path is None and not (diff or only_check)
        is_answer = not result.diagnostics and (result.networks or entries.may_be_empty)
        if prints_text and is_answer:
            write_to_stdout(document, result.text)
    if not networks and not unreadable and not skip_invalid:
        # it rewrites no network that nothing marks
        marked_only = replace(configuration, extract=("raw",))
        inputs = Inputs([], entries.strings, [], entries.may_be_empty)
        report_nothing_found(sources, inputs, marked_only)
        unreadable += inputs.unreadable
    warn(unreadable)
    would_change = changed and (diff or only_check)
    raise SystemExit(2 if unreadable else 1 if failed or would_change else 0)


class Formatted(NamedTuple):
    """A text, perhaps formatted in another process."""

    document: Document
    result: FormattedText
    notes: list[str]  # what was not searched


class Formatter(NamedTuple):
    """How entries are formatted."""

    reading: Reading
    sources: tuple[str, ...]

    def format(self, entry: Entry) -> Formatted | SkippedFileError | UnreadableFileError | None:
        """Return the formatted text of an entry; None for a file that holds no network."""
        notes: list[str] = []
        try:
            document = self.reading.read(entry)
            if document is None:
                return None
            name, unmarked = document.file or "<string>", self.reading.config.extract
            is_string = document.file is None and document.text in self.sources
            if is_string or document.generated:
                result = format_string(document.text, name, unmarked=unmarked)
            else:
                result = format_text(
                    document.text,
                    name,
                    unmarked=unmarked,
                    alone=document.alone,
                    on_note=notes.append,
                )
        except (SkippedFileError, UnreadableFileError) as error:
            return error
        return Formatted(document, result, notes)


def list_file(change: str, name: str, *, quiet: bool) -> None:
    """Print the name of a file that is changed to stderr, unless --quiet is given."""
    if not quiet:
        click.echo(f"{change} {safe(name)}", err=True)


def print_problems(result: FormattedText, name: str) -> None:
    """Print to stderr the errors of a text, and the lines that could not be reformatted."""
    for diagnostic in result.diagnostics:
        click.echo(finding_text(diagnostic, Style()), err=True)
    for line, reason in result.unchanged:
        click.echo(f"{safe(name)}:{line}: not reformatted: {reason}", err=True)


def write_to_stdout(document: Document, text: str) -> None:
    """Write a formatted string or model, or formatted stdin with its other bytes unchanged, to stdout."""
    if document.file is None or document.generated:
        write(text, Options.plain())
    else:
        write_bytes(document.to_bytes(text))
