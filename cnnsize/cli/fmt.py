"""``cnnsize fmt``."""

from __future__ import annotations

from functools import partial

import click

from cnnsize.cli.given import gathered, none_found, nothing_in, put_back, say_note
from cnnsize.cli.options import Options, fail, load_config, located, warn, write, write_bytes
from cnnsize.files.document import UnreadableFileError
from cnnsize.render.text import full
from cnnsize.text.terminal import Style, safe


@click.command()
@click.argument("inputs", nargs=-1, metavar="[PATH or STRING or -]...")
@click.option(
    "--check", "only_check", is_flag=True, help="Change nothing; exit 1 if something would."
)
@click.option(
    "--diff",
    is_flag=True,
    help="Change nothing; print what would change, exit 1 if something would.",
)
@located
@click.option(
    "--config",
    metavar="FILE or KEY=VALUE",
    multiple=True,
    help="Read [tool.cnnsize] from this file, or set one key of it.",
)
@click.option("--isolated", is_flag=True, help="Ignore all configuration files.")
@click.option("-v", "--verbose", is_flag=True, help="Also which files are passed over.")
def fmt(
    inputs: tuple[str, ...],
    only_check: bool,
    diff: bool,
    stdin_filename: str | None,
    exclude: tuple[str, ...],
    force_exclude: bool,
    extract: tuple[str, ...],
    config: tuple[str, ...],
    isolated: bool,
    verbose: bool,
) -> None:
    """Rewrite architectures in canonical text.

    Files are rewritten in place, and all but their architectures stays as it is; a string or - goes
    to stdout.
    """
    from cnnsize.rewriting.fmt import format_string, format_text, unified_diff

    if not inputs:
        raise click.UsageError("nothing to format: give a file, a string, or - for stdin")
    held = load_config(config, isolated, {"exclude": exclude, "extract": extract})[0]
    given = gathered(inputs, (), held, force_exclude, stdin_filename, verbose)
    plain = Options.plain()
    unreadable = list(given.unreadable)
    changed = failed = False
    if not given.documents and not given.unreadable:
        none_found(inputs, given)
    for document in given.documents:
        name = document.file or "<string>"
        if not document.text.strip() and document.path is None:
            fail(nothing_in(inputs))
        try:
            if document.file is None and document.text in inputs:
                done = format_string(document.text, name, unmarked=held.extract)
            else:
                done = format_text(
                    document.text,
                    name,
                    unmarked=held.extract,
                    on_note=partial(say_note, document, verbose=verbose),
                )
        except UnreadableFileError as wrong:
            unreadable.append(str(wrong))
            continue
        for one in done.diagnostics:
            click.echo(full(one, Style()), err=True)
            failed = True
        for line in done.unchanged_lines:
            click.echo(
                f"{safe(name)}:{line}: left as it is: it does not stand in one piece", err=True
            )
        differs = done.text != document.text
        changed |= differs
        if differs and diff:
            write(unified_diff(document.text, done.text, name), plain)
        elif differs and only_check:
            click.echo(f"would reformat {safe(name)}", err=True)
        elif (
            differs
            and document.path is not None
            and (why := put_back(document, done.text)) is not None
        ):
            unreadable.append(why)
        if document.path is None and not diff and not only_check and not done.diagnostics:
            if document.file is None:
                write(done.text, plain)
            else:  # stdin: every other byte stays
                write_bytes(document.to_bytes(done.text))
    warn(unreadable)
    raise SystemExit(2 if unreadable else 1 if failed or (changed and (diff or only_check)) else 0)
