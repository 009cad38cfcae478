"""Help in sections, and errors about options that name the command an option belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

from cnnsize.text.english import alternatives
from cnnsize.text.suggest import nearest
from cnnsize.text.terminal import safe

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
OTHER = "General"  # the section of options that are in no other one, such as --help
MAX_COMMANDS = 4  # named in one error


def decorate(command: Decorated, *options: Callable[[Decorated], Decorated]) -> Decorated:
    """Add options to a command, so that ``--help`` lists them in the order given."""
    for option in reversed(options):
        command = option(command)
    return command


def section(
    title: str, *options: Callable[[Decorated], Decorated]
) -> Callable[[Decorated], Decorated]:
    """Add options to a command, in a section of its ``--help``."""

    def add(command: Decorated) -> Decorated:
        known = len(getattr(command, "__click_params__", ()))
        command = decorate(command, *options)
        for option in command.__click_params__[known:]:  # type: ignore[attr-defined]
            option.section = title
        return command

    return add


class Command(click.Command):
    """A command whose ``--help`` lists its options in sections."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each section under its title; the general options come last."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for option in self.get_params(ctx):
            record = option.get_help_record(ctx)
            if isinstance(option, click.Option) and record is not None:
                sections.setdefault(getattr(option, "section", OTHER), []).append(record)
        general = sections.pop(OTHER, [])
        for title, rows in (*sections.items(), (OTHER, general)):
            write_section(formatter, title, rows)


def write_section(
    formatter: click.HelpFormatter, title: str, rows: Iterable[tuple[str, str]]
) -> None:
    """Write a title, bold on a terminal, and below it rows of two columns."""
    from cnnsize.cli.options import use_colour  # late: only help needs it

    heading = click.style(title, bold=True) if use_colour("auto", None) else title
    with formatter.section(heading):
        formatter.write_dl(list(rows))


def unknown_option(error: click.NoSuchOption, commands: Iterable[click.Command]) -> str:
    """Say that an option is unknown, and which command has it or which options are similar."""
    name = safe(error.option_name)
    if name.startswith("->"):
        return "a network that begins with an arrow looks like an option; put it after --"
    owners = [
        f"`cnnsize {command.name}`"
        for command in commands
        if any(error.option_name in parameter.opts for parameter in command.params)
    ]
    if owners:
        has_more = len(owners) > MAX_COMMANDS
        listed = f"{', '.join(owners[:3])} and others" if has_more else alternatives(owners)
        command = "cnnsize" if error.ctx is None else error.ctx.command_path
        return f"`{command}` has no option {name}; it belongs to {listed}"
    similar = nearest(error.option_name, error.possibilities or ())
    hint = f"; did you mean {alternatives(map(repr, similar))}?" if similar else ""
    return f"unknown option {name!r}{hint}"
