"""``cnnsize check``."""

from __future__ import annotations

import os
from typing import Any, NoReturn

import click

from cnnsize.cli.given import Input, gathered, one_called, put_back, say_note
from cnnsize.cli.options import (
    Options,
    located,
    options,
    shared,
    strings,
    unfolding,
    warn,
    write,
    write_bytes,
)
from cnnsize.cli.reports import Watched, build_report, finish, interrupted, render_full, rendered
from cnnsize.config.keys import FORMATS
from cnnsize.files.document import Document, UnreadableFileError
from cnnsize.report.make import report
from cnnsize.report.result import Report
from cnnsize.report.texts import read_documents
from cnnsize.text.terminal import safe


@click.command()
@click.argument("inputs", nargs=-1, metavar="[STRING or PATH or -]...")
@strings
@unfolding
@click.option(
    "--fix",
    is_flag=True,
    help="Make the fixes that keep the meaning; a string or - goes to stdout.",
)
@click.option(
    "--unsafe-fixes",
    is_flag=True,
    help="With --fix or --diff: make the others too, of alternatives the first.",
)
@click.option(
    "--diff",
    is_flag=True,
    help="Print what --fix would change, and change nothing; exit 1 if something would.",
)
@click.option(
    "--statistics", is_flag=True, help="How often each rule is broken, in place of the findings."
)
@click.option(
    "--extract-only",
    is_flag=True,
    help="List which architectures are found and where, and check nothing.",
)
@located
@shared(FORMATS)
def check(
    inputs: tuple[str, ...],
    expressions: tuple[str, ...],
    depth: int,
    unfold: bool,
    fix: bool,
    unsafe_fixes: bool,
    diff: bool,
    statistics: bool,
    extract_only: bool,
    stdin_filename: str | None,
    force_exclude: bool,
    **flags: Any,
) -> None:
    """Size architectures and say what does not fit, and why.

    An argument that names a file or folder is one; - is stdin; any other is a string. In *.cnn
    files everything is an architecture; elsewhere fenced blocks with the word cnn (Markdown,
    docstrings), `.. code-block:: cnn`, and comments with `cnnsize: INPUT[...] -> ...` are. Folders
    are searched, but for what git ignores.
    """
    chosen = options(FORMATS, **flags)
    given = gathered(
        inputs, expressions, chosen.config, force_exclude, stdin_filename, chosen.verbose
    )
    if extract_only:
        listed(given, chosen)
    fail_on = chosen.config.fail_on
    if statistics and chosen.format not in (None, "full", "concise", "json"):
        raise click.UsageError(
            f"--statistics is printed as text or as json, not as {chosen.format}"
        )
    if fix or diff:
        given = fixed(given, chosen, unsafe_fixes, diff)
    with Watched() as watch:
        made = build_report(given, chosen, inputs, watch)
    if (
        not made.architectures
        and not made.diagnostics
        and chosen.format in (None, "full", "concise")
    ):
        finish(made, given.unreadable)  # nothing could be read
    one_string = given.strings == 1 and len(given.documents) == 1 and not given.unreadable
    show_table = one_string and not fix and len(made.architectures) == 1
    if statistics:
        from cnnsize.render.statistics import statistics as counted

        text = counted(made, chosen.selection, chosen.format == "json")
    elif chosen.format in (None, "full"):
        everything = one_string or chosen.format is not None
        text = render_full(made, chosen, show_table, unfold, depth, everything)
    else:
        text = rendered(made, given, chosen)
    write(text, chosen, talk=fix and any(one.path is None for one in given.documents))
    if chosen.format == "github" and (page := os.environ.get("GITHUB_STEP_SUMMARY")):
        summed_up(made, given, page)
    if interrupted(made):
        raise SystemExit(130)
    finish(made, given.unreadable, fail_on)


def summed_up(made: Report, given: Input, page: str) -> None:
    """A table on the page of the job."""
    from cnnsize.render.github import step_summary

    try:
        with open(page, "a", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(step_summary(made, tuple(given.unreadable)))
    except OSError as wrong:
        given.unreadable.append(f"{page}: {wrong.strerror}")


def listed(given: Input, chosen: Options) -> NoReturn:
    """What --extract-only prints."""
    from cnnsize.render.excerpts import as_json, as_text

    if chosen.format not in (None, "full", "concise", "json"):
        raise click.UsageError(
            f"--extract-only is printed as text or as json, not as {chosen.format}"
        )
    unreadable = list(given.unreadable)
    found = []
    for document in given.documents:
        try:
            excerpts = document.excerpts()
            found.append((document, excerpts))
            for note in document.notes(excerpts):
                say_note(document, note, chosen.verbose)
        except UnreadableFileError as wrong:
            unreadable.append(str(wrong))
    write(as_json(found) if chosen.format == "json" else as_text(found), chosen)
    finish(Report((), ()), unreadable)


def fixed(given: Input, chosen: Options, unsafe: bool, diff: bool) -> Input:
    """The input with its fixes made, and written back: to the file, or to stdout. ``diff``: only
    shown.
    """
    from cnnsize.rewriting.fix import apply_fixes  # late: most calls change nothing
    from cnnsize.rewriting.fmt import unified_diff

    def look(text: str) -> Report:
        texts = read_documents([document._replace(text=text)])
        if chosen.name is not None:  # which need not be in every text
            texts = texts.only([one for one in texts.architectures if one_called(one, chosen.name)])
        return report(
            texts,
            input=chosen.input,
            values=chosen.values,
            settings=chosen.settings,
            selection=chosen.selection,
            fixes=len(text),
        )

    documents: list[Document] = []
    unreadable = list(given.unreadable)
    shown: list[str] = []
    for document in given.documents:
        name = document.file or "<string>"
        done = apply_fixes(document.text, look, unsafe=unsafe)
        if diff:
            shown.append(unified_diff(document.text, done.text, name))
            continue
        if document.path is None:
            out = (
                done.text
                if document.file is not None or done.text.endswith("\n")
                else done.text + "\n"
            )
            write_bytes(document.to_bytes(out))
        elif done.text != document.text and (why := put_back(document, done.text)) is not None:
            unreadable.append(why)
            documents.append(document)
            continue
        documents.append(document._replace(text=done.text))
        if done.fixed:
            count = len(done.fixed)
            click.echo(
                f"fixed {count} finding{'' if count == 1 else 's'} in {safe(name)}", err=True
            )
    if diff:
        write("".join(shown), chosen)
        warn(unreadable)
        raise SystemExit(2 if unreadable else 1 if any(shown) else 0)
    return Input(documents, given.strings, unreadable, given.searched)
