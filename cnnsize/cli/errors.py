"""Messages on stderr, and the end of a run that cannot go on."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import NoReturn

from cnnsize.text.diagnostic import ArchitectureError
from cnnsize.text.terminal import safe


def echo(text: str, *, to_stderr: bool = False) -> None:
    """Write text to stdout or stderr, at once."""
    stream = sys.stderr if to_stderr else sys.stdout
    stream.write(text)
    stream.flush()


def fail(message: str) -> NoReturn:
    """Print a message to stderr and exit with status 2."""
    warn([message])
    raise SystemExit(2)


def warn(messages: Iterable[str]) -> None:
    """Print messages to stderr, one per line, with the name of the program before each."""
    for message in messages:
        echo(f"cnnsize: {safe(message)}\n", to_stderr=True)


def usage_error(message: str) -> Exception:
    """Return the error of click for a wrong call."""
    from click import UsageError  # late, here and below: a plain check needs no click

    return UsageError(message)


def parameter_error(message: str, flag: str) -> Exception:
    """Return the error of click for the value of a flag."""
    from click import BadParameter

    return BadParameter(message, param_hint=flag)


def one_line(error: ArchitectureError) -> str:
    """Return an error with its help in one line, for places that show no source text."""
    return "; ".join((error.diagnostic.message, *error.diagnostic.help))
