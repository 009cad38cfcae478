"""Write output to stdout, stderr or --output-file, as the terminal can show it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from cnnsize.cli.errors import echo, fail
from cnnsize.cli.options import Options
from cnnsize.record import replace
from cnnsize.text.terminal import Style, terminal_width
from cnnsize.text.terminal import stdout_is_unicode as stdout_is_unicode

UNLIMITED = 1_000_000  # more than any table needs


def write(text: str, options: Options, *, to_stderr: bool = False) -> None:
    """Write text to stdout, or to --output-file, and end it with a newline.

    Characters that the terminal cannot encode are written as escapes. An empty text writes nothing.
    """
    if not text:
        return
    if not text.endswith("\n"):
        text += "\n"
    if options.output_file is not None:
        with output_file(options.output_file) as file:
            file.write(text.encode("utf-8", "backslashreplace"))
        return
    if not options.colour:  # then each escape is that of a file name or a text
        text = text.replace("\x1b", "\\x1b")
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    encodable = text.encode(encoding, "backslashreplace").decode(encoding, "replace")
    if options.colour and os.name == "nt":
        import click  # late: only an old console of Windows needs its colours

        click.echo(encodable, nl=False, err=to_stderr, color=True)
    else:
        echo(encodable, to_stderr=to_stderr)


def write_bytes(data: bytes) -> None:
    """Write bytes to stdout unchanged."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


@contextmanager
def output_file(path: str) -> Iterator[BinaryIO]:
    """Open the file of --output-file, which is replaced as a whole or not at all.

    Exit with a message when it cannot be written.
    """
    from cnnsize.files.write import (  # late: most calls write to stdout
        WriteRefusedError,
        replace_file,
    )

    try:
        with replace_file(path) as file:
            yield file
    except (OSError, WriteRefusedError) as error:
        fail(f"{path}: {getattr(error, 'strerror', None) or error}")


def style_of(options: Options, width: int | None = None) -> Style:
    """Return the width, the colour and the level of detail to print with.

    ``width`` is that of --width, if it is given.
    """
    return Style(terminal_width() if width is None else width, options.colour, options.verbose)


def table_style(options: Options, width: int | None = None) -> Style:
    """Return the same for a table, which is as wide as it needs in a pipe or a file."""
    style = style_of(options, width)
    has_width = width is not None or (options.output_file is None and has_terminal_width())
    return style if has_width else replace(style, width=UNLIMITED)


def has_terminal_width() -> bool:
    """Return whether stdout is a terminal, or $COLUMNS says how wide to print."""
    columns = os.environ.get("COLUMNS", "")
    return (columns.isdigit() and int(columns) > 0) or sys.stdout.isatty()
