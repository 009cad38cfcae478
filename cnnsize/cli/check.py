"""``cnnsize check``."""

from __future__ import annotations

from typing import Any

import click

from cnnsize.cli.checking import check_once
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
from cnnsize.config import FORMATS


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
        from cnnsize.cli.settings import print_settings  # late, like the next one: seldom used

        print_settings(flags)
    elif watch and not flags["show_files"]:
        from cnnsize.cli.watch import watch_files

        watch_files(sources, expressions, flags, lambda: check_once(sources, expressions, **flags))
    else:
        check_once(sources, expressions, **flags)
