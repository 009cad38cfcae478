"""Messages on stderr, and the end of a run that cannot go on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

import click

from cnnsize.text.diagnostic import ArchitectureError
from cnnsize.text.terminal import safe


def fail(message: str) -> NoReturn:
    """Print a message to stderr and exit with status 2."""
    warn([message])
    raise SystemExit(2)


def warn(messages: Iterable[str]) -> None:
    """Print messages to stderr, one per line, with the name of the program before each."""
    for message in messages:
        click.echo(f"cnnsize: {safe(message)}", err=True)


def one_line(error: ArchitectureError) -> str:
    """Return an error with its help in one line, for places that show no source text."""
    return "; ".join((error.diagnostic.message, *error.diagnostic.help))
