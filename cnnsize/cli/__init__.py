"""The command line: reads flags, calls the library, chooses a renderer, sets the exit code.

0 clean (notes alone are clean), 1 errors or warnings in an architecture (--fail-on moves that
line), 2 usage, empty input, configuration or internal error. Data goes to stdout, talk to stderr.
"""

from __future__ import annotations

import errno
import os
import sys
from importlib import import_module
from typing import Any

import click

from cnnsize.text.suggest import nearest
from cnnsize.text.terminal import safe
from cnnsize.version import __version__

MODULES = {
    "check": "check",
    "show": "show",
    "fmt": "fmt",
    "emit": "pytorch",
    "run": "pytorch",
    "family": "families",
    "match": "families",
    "inputs": "families",
    "zoo": "about",
    "rules": "about",
    "explain": "about",
    "help": "about",
    "schema": "about",
    "matcher": "about",
}

FUNCTIONS = {
    "rules": "list_rules",
    "help": "guide",
}  # where a command is not called as its function is


class Commands(click.Group):
    """The commands by name; the module of one is imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in MODULES:
            return None
        module = import_module(f"cnnsize.cli.{MODULES[cmd_name]}")
        command: click.Command = getattr(module, FUNCTIONS.get(cmd_name, cmd_name))
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in MODULES and not name.startswith("-"):
            near = nearest(name, MODULES)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            if "->" in name or "[" in name:
                hint = "; a network goes behind one: cnnsize check STRING"
            ctx.fail(f"no such command: {safe(name)!r}{hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.UsageError as wrong:
            if type(wrong) is not click.UsageError:  # the others quote what they show
                raise
            raise click.UsageError(safe(wrong.message), wrong.ctx) from None
        except KeyboardInterrupt:  # what is done in parts has printed its part
            click.echo("cnnsize: interrupted", err=True)
            raise SystemExit(130) from None


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="cnnsize")
def cli() -> None:
    """The calculator and linter for convolutional network architectures.

    One line in CS231n's layer-pattern notation goes in; every volume, parameter and multiply-add
    comes out, and what does not fit, with a fix.

    \b cnnsize check "INPUT[32x32x3] -> [[CONV3-64 -> RELU]*2 -> POOL]*3 -> [FC-512 -> RELU]*2 ->
    FC-10"
    """


def main() -> None:
    """The console script. No input ends in a traceback."""
    if sys.stdout is None or sys.stderr is None:
        raise SystemExit(2)  # nobody listens
    if hasattr(
        sys.stdout, "reconfigure"
    ):  # JSON, CSV and diffs end their lines alike on every system
        sys.stdout.reconfigure(newline="\n")
    try:
        cli.main(prog_name="cnnsize")
    except (SystemExit, KeyboardInterrupt):
        raise
    except OSError as wrong:
        if isinstance(wrong, BrokenPipeError) or (
            os.name == "nt" and wrong.errno == errno.EINVAL
        ):  # a closed pipe
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(1) from None
        message = f"cnnsize: cannot write: {wrong.strerror or wrong}\n"
        os.write(2, message.encode("utf-8", "replace"))
        os._exit(2)  # what is left in the buffer cannot be written either
    except Exception as wrong:
        if os.environ.get("CNNSIZE_DEBUG"):
            raise
        click.echo(
            f"cnnsize: internal error: {type(wrong).__name__}: {safe(str(wrong))[:300]}\n"
            "please report this with the text that was read; CNNSIZE_DEBUG=1 shows where",
            err=True,
        )
        raise SystemExit(2) from None
