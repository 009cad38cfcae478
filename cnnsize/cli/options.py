"""The flags that commands share, what they come to with the configuration, and where output
goes.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO, NamedTuple, NoReturn, TypeVar

import click

from cnnsize.config.sources import DEFAULT_CONFIG, Config, ConfigError, read_config
from cnnsize.lint.rule import FAMILIES
from cnnsize.lint.selection import (
    RuleTable,
    Selection,
    SelectionError,
    default_selection,
    resolve_selection,
    rules,
)
from cnnsize.sizing.settings import Settings
from cnnsize.text.amount import COUNTS, AmountError, parse_amount
from cnnsize.text.diagnostic import ArchitectureError
from cnnsize.text.terminal import Style, safe

Command = TypeVar("Command", bound=Callable[..., Any])
SHOW = ("full", "json")  # how one network can be shown
DTYPES = ("float32", "bfloat16", "float16")  # as in memory.py, which is not imported to parse flags
OPTIMIZERS = ("sgd", "momentum", "adam", "adamw")


class Count(click.IntRange):
    """A flag's number, written as people write numbers: 1000, 1,000, 1k."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, str):
            try:
                value = parse_amount(value, COUNTS, "a whole number is needed, as in 64 or 1k")
            except AmountError as wrong:
                self.fail(str(wrong), param, ctx)
        return super().convert(value, param, ctx)


class Options(NamedTuple):
    """The flags that every command shares."""

    input: tuple[int, int, int] | None
    name: str | None
    values: dict[str, int | Sequence[int]]
    format: str | None  # None where nobody said
    output_file: str | None
    config: Config
    selection: Selection
    colour: bool
    quiet: bool
    verbose: bool

    @property
    def settings(self) -> Settings:
        return self.config.settings

    @staticmethod
    def plain(colour: bool = False) -> Options:
        """Those of a command that has none."""
        return Options(
            None, None, {}, "full", None, DEFAULT_CONFIG, default_selection(), colour, False, False
        )


def fail(message: str) -> NoReturn:
    click.echo(f"cnnsize: {safe(message)}", err=True)
    raise SystemExit(2)


def words(wrong: ArchitectureError) -> str:
    """An error in one line, where there is no text to point at."""
    return f"{wrong.diagnostic.message}; {'; '.join(wrong.diagnostic.help)}"


def warn(messages: Iterable[str]) -> None:
    for message in messages:
        click.echo(f"cnnsize: {safe(message)}", err=True)


def completed(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """What a shell offers behind --select, --ignore and --fail-on."""
    if parameter.name == "fail_on":
        words = ["error", "warning", "info", "never"]
    else:
        words = ["ALL", *FAMILIES.values(), *rules(), *(rule.name for rule in rules().values())]
    return [word for word in words if word.lower().startswith(begun.lower())]


def shared(formats: tuple[str, ...], *short: str) -> Callable[[Command], Command]:
    """The flags that INTERFACE names for all commands. ``short`` is another name of
    --output-file.
    """

    def add(command: Command) -> Command:
        for option in reversed(
            (
                click.option(
                    "--input", "input_", metavar="WxHxD", help="Size of the input; overrides INPUT."
                ),
                click.option("--name", metavar="NAME", help="Pick one network of several."),
                click.option(
                    "--set",
                    "values",
                    metavar="NAME=VALUE",
                    multiple=True,
                    help="Give a letter its value, N=2, or its range, N=0..3.",
                ),
                click.option("--output-format", type=click.Choice(formats), help="How to print."),
                click.option(
                    *short,
                    "--output-file",
                    metavar="FILE",
                    help="Write there instead of to stdout.",
                ),
                click.option(
                    "--select",
                    metavar="CODES",
                    multiple=True,
                    shell_complete=completed,
                    help="Look for these rules only: CNN101, fractional-output, CNN1, shape, ALL.",
                ),
                click.option(
                    "--extend-select",
                    metavar="CODES",
                    multiple=True,
                    shell_complete=completed,
                    help="Look for these rules too.",
                ),
                click.option(
                    "--ignore",
                    metavar="CODES",
                    multiple=True,
                    shell_complete=completed,
                    help="Do not look for these; the more exact of two selectors wins.",
                ),
                click.option(
                    "--per-file-ignores",
                    metavar="PATTERN:CODE",
                    multiple=True,
                    help="Do not look for it in these files: zoo/*.cnn:CNN101.",
                ),
                click.option(
                    "--fail-on",
                    metavar="SEVERITY",
                    shell_complete=completed,
                    help="Exit with 1 from here on: error, warning (the default), info or never.",
                ),
                click.option(
                    "--config",
                    metavar="FILE or KEY=VALUE",
                    multiple=True,
                    help="Read [tool.cnnsize] from this file, or set one key of it.",
                ),
                click.option("--isolated", is_flag=True, help="Ignore all configuration files."),
                click.option(
                    "--color",
                    type=click.Choice(("auto", "always", "never")),
                    default="auto",
                    show_default=True,
                    help="Colours.",
                ),
                click.option("-q", "--quiet", is_flag=True, help="Findings only."),
                click.option(
                    "-v",
                    "--verbose",
                    is_flag=True,
                    help="Also the tiling of windows that do not fit, and what was read as what.",
                ),
            )
        ):
            command = option(command)
        return command

    return add


strings = click.option(
    "-e",
    "--expression",
    "expressions",
    multiple=True,
    metavar="STRING",
    help="A string, whatever it looks like.",
)


def unfolding(command: Command) -> Command:
    """The flags of commands that print the table."""
    command = click.option(
        "--all", "unfold", is_flag=True, help="Every layer in a row of its own."
    )(command)
    return click.option(
        "--depth",
        type=click.IntRange(0, 100),
        default=0,
        metavar="N",
        help="Show the layers of blocks, N blocks deep.",
    )(command)


def located(command: Command) -> Command:
    """The flags of commands that look for architectures in files."""
    for option in reversed(
        (
            click.option(
                "--stdin-filename",
                metavar="NAME",
                help="What - is called, and so what sort of file it is.",
            ),
            click.option(
                "--exclude",
                metavar="PATTERN",
                multiple=True,
                help="Leave out these files of folders: 'old/**', '*_draft.cnn'.",
            ),
            click.option(
                "--force-exclude",
                is_flag=True,
                help="Treat files that are named like those of folders: leave out these, and what is no text.",
            ),
            click.option(
                "--extract",
                metavar="SORTS",
                multiple=True,
                help="Look also for architectures that nothing marks: python (literals and comments), raw (any other text).",
            ),
        )
    ):
        command = option(command)
    return command


def options(
    formats: tuple[str, ...],
    input_: str | None,
    name: str | None,
    values: tuple[str, ...],
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
    if isolated and any("=" not in one for one in config):
        raise click.UsageError("--config and --isolated exclude each other")
    held, selection = load_config(
        config, isolated, {"exclude": exclude, "extract": extract, **flags}
    )
    if output_format is None and held.output_format in formats:
        output_format = held.output_format
    return Options(
        volume(input_),
        name,
        letters(values),
        output_format,
        output_file,
        held,
        selection,
        coloured(color, output_file),
        quiet,
        verbose,
    )


def load_config(
    config: tuple[str, ...], isolated: bool, flags: dict[str, Any]
) -> tuple[Config, Selection]:
    """What holds, and what is looked for. Ends the run where it cannot be used."""
    said = {key: value for key, value in flags.items() if value}
    try:
        if said:
            from cnnsize.config.sources import from_flags  # late: few calls have any

            held = read_config(config, isolated=isolated, flags=from_flags(said))
        else:
            held = read_config(config, isolated=isolated)
        if held is DEFAULT_CONFIG:
            return held, default_selection()
        return held, resolve_selection(held.choices, held.settings, every_rule(held))
    except (ConfigError, SelectionError) as wrong:
        fail(str(wrong))
    except OSError as wrong:
        fail(f"the current folder cannot be read: {wrong.strerror}")


def every_rule(held: Config) -> RuleTable:
    """The rules that ship, and those of the team's own folders. Ends the run where one of these is
    broken.
    """
    if not held.rule_dirs:
        return rules()
    from pathlib import Path

    from cnnsize.lint.compiler import (
        custom_rules,
    )  # late: pydantic, and only where there are such folders
    from cnnsize.lint.pages import BrokenPageError

    try:
        return {**rules(), **{rule.code: rule for rule in custom_rules(map(Path, held.rule_dirs))}}
    except BrokenPageError as wrong:
        fail(str(wrong))


def volume(text: str | None) -> tuple[int, int, int] | None:
    """WxHxD of --input."""
    if text is None:
        return None
    parts = re.fullmatch(r"\s*\[?(\d{1,18})[xX×](\d{1,18})[xX×](\d{1,18})\]?\s*", text)
    if parts is None or min(map(int, parts.groups())) < 1:
        raise click.BadParameter(f"{text!r} is no WxHxD, as in 32x32x3", param_hint="--input")
    return int(parts[1]), int(parts[2]), int(parts[3])


def letters(values: tuple[str, ...]) -> dict[str, int | Sequence[int]]:
    """NAME=VALUE of --set."""
    found: dict[str, int | Sequence[int]] = {}
    for value in values:
        parts = re.fullmatch(r"\s*([^\W\d]\w*)\s*=\s*(\d{1,18})\s*", value)
        domain: Sequence[int]
        if parts is None:
            name, domain = domain_of(value)
        else:
            name, domain = parts[1], (int(parts[2]),)
        if name in found:
            raise click.BadParameter(f"{name} is set twice", param_hint="--set")
        found[name] = domain[0] if len(domain) == 1 else domain
    return found


def domain_of(text: str) -> tuple[str, Sequence[int]]:
    """``N=0..3`` or ``N={1, 2, 4}`` of --set."""
    several = re.fullmatch(
        r"\s*([^\W\d]\w*)\s*=\s*(?:(\d{1,18})\s*\.\.\s*(\d{1,18})|\{([\d\s,]{1,9999})\})\s*", text
    )
    if several is None:
        raise click.BadParameter(
            f"{text!r} is no NAME=VALUE, as in N=2, N=0..3 or N={{1,2,4}}", param_hint="--set"
        )
    name, low, high, numbers = several.groups()
    if low is not None:
        if int(high) < int(low):
            raise click.BadParameter(
                f"{text!r} ranges over no value; write {name}={high}..{low}", param_hint="--set"
            )
        return name, range(int(low), int(high) + 1)
    parts = [part.strip() for part in numbers.split(",")]
    if not all(re.fullmatch(r"\d{1,18}", part) for part in parts):
        raise click.BadParameter(f"{text!r} is no NAME={{1,2,4}}", param_hint="--set")
    return name, tuple(map(int, parts))


def no_range(chosen: Options) -> None:
    """Ends the run where a letter was given a range, and one network is asked for."""
    for name, value in chosen.values.items():
        if not isinstance(value, int):
            raise click.BadParameter(
                f"{name} is given a range: a family, and this needs one network (see `cnnsize family`)",
                param_hint="--set",
            )


def write_bytes(data: bytes) -> None:
    """To stdout, byte for byte."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def coloured(color: str, output_file: str | None) -> bool:
    if color != "auto":
        return color == "always"
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return output_file is None and sys.stdout.isatty()


def style_of(chosen: Options) -> Style:
    return Style(max(20, min(terminal_width(), 400)), chosen.colour, chosen.verbose)


def terminal_width() -> int:
    """COLUMNS, else the terminal's own width, else 80 (shutil would do, and costs a tenth of a
    check).
    """
    columns = os.environ.get("COLUMNS", "")
    if columns.isdigit() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr]
    except (OSError, ValueError, AttributeError):
        return 80


def unicode_out() -> bool:
    return (
        (getattr(sys.stdout, "encoding", None) or "ascii")
        .lower()
        .replace("-", "")
        .startswith("utf")
    )


@contextmanager
def output_file(path: str) -> Iterator[BinaryIO]:
    """The file of --output-file, whole or not at all. Ends the run where it cannot be written."""
    from cnnsize.files.write import (
        WriteRefusedError,
        replace_file,
    )  # late: most calls write to stdout

    try:
        with replace_file(path) as file:
            yield file
    except (OSError, WriteRefusedError) as wrong:
        fail(f"{path}: {getattr(wrong, 'strerror', None) or wrong}")


def write(text: str, chosen: Options, talk: bool = False) -> None:
    """To stdout (``talk``: stderr) or --output-file; what the terminal cannot show is spelled."""
    if not text:
        return
    if not text.endswith("\n"):
        text += "\n"
    if chosen.output_file is not None:
        with output_file(chosen.output_file) as file:
            file.write(text.encode("utf-8", "backslashreplace"))
        return
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    shown = text.encode(encoding, "backslashreplace").decode(encoding, "replace")
    click.echo(shown, nl=False, err=talk, color=chosen.colour)
