"""The flags of one call combined with its configuration."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from typing import Any

import click

from cnnsize.cli.errors import fail
from cnnsize.config.sources import DEFAULT_CONFIG, Config, ConfigError, read_config
from cnnsize.lint.selection import (
    RuleTable,
    Selection,
    SelectionError,
    default_selection,
    resolve_selection,
    rules,
)
from cnnsize.record import Record
from cnnsize.sizing.settings import Settings


class Options(Record):
    """The flags that every command shares, with the configuration applied."""

    input: tuple[int, int, int] | None
    name: str | None
    values: dict[str, int | Sequence[int]]  # of letters
    format: str | None  # None: neither flags nor configuration name one
    output_file: str | None
    config: Config
    selection: Selection
    colour: bool
    quiet: bool
    verbose: bool

    @property
    def settings(self) -> Settings:
        """The settings for sizing and for rules."""
        return self.config.settings

    @staticmethod
    def plain(*, colour: bool = False) -> Options:
        """Return the options of a command that takes none of the shared flags."""
        return Options(
            None, None, {}, "full", None, DEFAULT_CONFIG, default_selection(), colour, False, False
        )


def read_options(
    formats: tuple[str, ...],
    *,
    input_: str | None = None,
    name: str | None,
    letters: tuple[str, ...],
    output_format: str | None,
    output_file: str | None,
    config: tuple[str, ...],
    isolated: bool,
    color: str,
    quiet: bool,
    verbose: bool,
    exclude: tuple[str, ...] = (),
    extract: tuple[str, ...] = (),
    **flags: Any,
) -> Options:
    """Return the options of a command from its flags and the configuration.

    ``formats`` are those that the command can print: an output format from the configuration that
    is not among them is ignored. Raises click.UsageError, or exits with a message, when a value
    cannot be used.
    """
    if isolated and any("=" not in entry for entry in config):
        raise click.UsageError("--config and --isolated exclude each other")
    configuration, selection = load_config(
        config, {"exclude": exclude, "extract": extract, **flags}, isolated=isolated
    )
    if output_format is None and configuration.output_format in formats:
        output_format = configuration.output_format
    return Options(
        parse_volume(input_),
        name,
        parse_letters(letters),
        output_format,
        output_file,
        configuration,
        selection,
        use_colour(color, output_file),
        quiet,
        verbose,
    )


def load_config(
    config: tuple[str, ...], flags: dict[str, Any], *, isolated: bool
) -> tuple[Config, Selection]:
    """Return the configuration in force and the rules that it selects.

    Exit with a message when either cannot be used.
    """
    given_flags = {key: value for key, value in flags.items() if value}
    try:
        if given_flags:
            from cnnsize.config.sources import from_flags  # late: few calls have any

            configuration = read_config(config, isolated=isolated, flags=from_flags(given_flags))
        else:
            configuration = read_config(config, isolated=isolated)
        if configuration is DEFAULT_CONFIG:
            return configuration, default_selection()
        selection = resolve_selection(
            configuration.rule_choices, configuration.settings, load_rules(configuration)
        )
        return configuration, selection
    except (ConfigError, SelectionError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"the current directory cannot be read: {error.strerror}")


def load_rules(config: Config) -> RuleTable:
    """Return the rules that ship and those in the directories of ``rule-dirs``.

    Exit with a message when the page of a rule cannot be used.
    """
    if not config.rule_dirs:
        return rules()
    from pathlib import Path

    from cnnsize.lint.compiler import custom_rules  # late: needs pydantic
    from cnnsize.lint.pages import BrokenPageError

    try:
        return {
            **rules(),
            **{rule.code: rule for rule in custom_rules(map(Path, config.rule_dirs))},
        }
    except BrokenPageError as error:
        fail(str(error))


def parse_volume(text: str | None) -> tuple[int, int, int] | None:
    """Read the WxHxD of --input."""
    if text is None:
        return None
    sizes = re.fullmatch(r"\s*\[?(\d{1,18})[xX×](\d{1,18})[xX×](\d{1,18})\]?\s*", text)
    if sizes is None or min(map(int, sizes.groups())) < 1:
        raise click.BadParameter(
            f"{text!r} is not a volume; write WxHxD, as in 32x32x3", param_hint="--input"
        )
    return int(sizes[1]), int(sizes[2]), int(sizes[3])


def parse_letters(arguments: tuple[str, ...]) -> dict[str, int | Sequence[int]]:
    """Read the NAME=VALUE pairs of --set: a value, or the values of a range, by letter."""
    values: dict[str, int | Sequence[int]] = {}
    for argument in arguments:
        pair = re.fullmatch(r"\s*([^\W\d]\w*)\s*=\s*(\d{1,18})\s*", argument)
        domain: Sequence[int]
        if pair is None:
            name, domain = parse_domain(argument)
        else:
            name, domain = pair[1], (int(pair[2]),)
        if name in values:
            raise click.BadParameter(f"{name} is set twice", param_hint="--set")
        values[name] = domain[0] if len(domain) == 1 else domain
    return values


def parse_domain(text: str) -> tuple[str, Sequence[int]]:
    """Read ``N=0..3`` or ``N={1, 2, 4}`` of --set: the letter and its values."""
    parts = re.fullmatch(
        r"\s*([^\W\d]\w*)\s*=\s*(?:(\d{1,18})\s*\.\.\s*(\d{1,18})|\{([\d\s,]{1,9999})\})\s*", text
    )
    if parts is None:
        raise click.BadParameter(
            f"{text!r} is not NAME=VALUE, as in N=2, N=0..3 or N={{1,2,4}}", param_hint="--set"
        )
    name, low, high, listed = parts.groups()
    if low is not None:
        if int(high) < int(low):
            raise click.BadParameter(
                f"the range {text!r} is empty; write {name}={high}..{low}", param_hint="--set"
            )
        return name, range(int(low), int(high) + 1)
    numbers = [number.strip() for number in listed.split(",")]
    if not all(re.fullmatch(r"\d{1,18}", number) for number in numbers):
        raise click.BadParameter(f"{text!r} is not NAME={{1,2,4}}", param_hint="--set")
    return name, tuple(map(int, numbers))


def refuse_ranges(options: Options) -> None:
    """Raise click.BadParameter when --set gives a range to a command that needs one network."""
    for name, value in options.values.items():
        if not isinstance(value, int):
            raise click.BadParameter(
                f"{name} has a range, but this command needs one network; "
                "`cnnsize family` takes ranges",
                param_hint="--set",
            )


def use_colour(color: str, output_file: str | None) -> bool:
    """Return whether to print in colour: --color, then the environment, then the terminal decide."""
    if color != "auto":
        return color == "always"
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return output_file is None and sys.stdout.isatty()
