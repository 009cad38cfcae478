"""The group of all commands."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from cnnsize.cli.help import unknown_option, write_section
from cnnsize.text.english import alternatives
from cnnsize.text.suggest import nearest
from cnnsize.text.terminal import safe
from cnnsize.version import __version__

GROUPS = {  # of the commands in --help, and the module of each command
    "Check and size": {"check": "check", "show": "show", "draw": "draw", "fmt": "fmt"},
    "Families of networks": {"family": "families", "match": "families", "inputs": "families"},
    "PyTorch": {"emit": "pytorch", "run": "pytorch"},
    "In a browser": {"serve": "page", "page": "page"},
    "Reference": {
        "explain": "explain",
        "rules": "explain",
        "config": "settings",
        "zoo": "about",
        "help": "explain",
    },
    "For other programs": {"lsp": "lsp", "schema": "about", "matcher": "about"},
}
MODULES = {name: module for group in GROUPS.values() for name, module in group.items()}
# whose name differs from the command's
FUNCTIONS = {"rules": "list_rules", "help": "guide", "config": "list_options"}


OTHER_NAMES = {  # what other programs call a command -> how it is called here
    "format": "fmt",
    "lint": "check",
    "linter": "rules",
    "rule": "explain",
    "size": "show",
    "summary": "show",
    "version": "--version",
}


class Commands(click.Group):
    """The commands by name; a command's module is imported when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(MODULES)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands in groups, each with the first sentence of its help."""
        for title, names in GROUPS.items():
            commands = [(name, self.get_command(ctx, name)) for name in names]
            rows = [(name, first_sentence(command)) for name, command in commands if command]
            write_section(formatter, title, rows)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in MODULES:
            return None
        module = import_module(f"cnnsize.cli.{MODULES[cmd_name]}")
        command: click.Command = getattr(module, FUNCTIONS.get(cmd_name, cmd_name))
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; an unknown one is an error that names similar ones."""
        name = args[0]
        is_command = name in MODULES
        if not is_command or args[-1] == "--":  # as in INPUT --> CONV, where > redirects
            from cnnsize.cli.unquoted import refuse_unquoted  # late: seldom needed

            refuse_unquoted(args[is_command:])
        if not is_command and not name.startswith("-"):
            known = OTHER_NAMES.get(name)
            similar = [known] if known else nearest(name, MODULES)
            if "->" in name or "[" in name:
                hint = f"; to check a network, use: cnnsize check {safe(name)!r}"
            elif similar:
                hint = f"; did you mean {alternatives(map(repr, similar))}?"
            else:
                hint = ""
            ctx.fail(f"unknown command {safe(name)!r}{hint}")
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the options before the command; an unknown one names similar ones."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise self._unknown(error) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Ctrl-C ends it with status 130, and messages hold no controls."""
        try:
            return super().invoke(ctx)
        except click.NoSuchOption as error:
            raise self._unknown(error) from None
        except click.UsageError as error:
            if type(error) is not click.UsageError:  # subclasses quote the values they print
                raise
            raise click.UsageError(safe(error.message), error.ctx) from None
        except KeyboardInterrupt:  # a command has already printed what it finished
            click.echo("cnnsize: interrupted", err=True)
            raise SystemExit(130) from None

    def _unknown(self, error: click.NoSuchOption) -> click.UsageError:
        """Return the error for an option that the command does not have."""
        context = click.Context(self)
        commands = (self.get_command(context, name) for name in MODULES)
        message = unknown_option(error, [command for command in commands if command])
        return click.UsageError(message, error.ctx)


def first_sentence(command: click.Command) -> str:
    """Return the first sentence of a command's help."""
    return " ".join((command.help or "").split("\n\n")[0].split())


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, "-V", "--version", prog_name="cnnsize")
def cli() -> None:
    """A calculator and linter for convolutional network architectures.

    Write a network in the layer-pattern notation of CS231n. cnnsize reports the size of every
    volume, the number of parameters and multiply-adds, and every layer that does not fit, with a
    fix.

    \b
      cnnsize check "INPUT[32x32x3] -> [CONV3-64 -> RELU -> POOL]*3 -> FC-10"

    `cnnsize COMMAND --help` lists the options of a command, and `cnnsize help` the pages of the
    guide.
    """
