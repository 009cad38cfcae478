"""Flags that several commands share, as decorators of click commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from cnnsize.cli.help import OTHER, Decorated, decorate, section
from cnnsize.lint.rule import FAMILIES
from cnnsize.lint.selection import rules
from cnnsize.text.amount import COUNTS, AmountError, parse_amount
from cnnsize.text.english import alternatives
from cnnsize.text.suggest import nearest

ONE_NETWORK_FORMATS = ("full", "json")  # for the commands that show one network
DTYPES = ("float32", "bfloat16", "float16")  # as in memory.py, which is too slow to import here
OPTIMIZERS = ("sgd", "momentum", "adam", "adamw")
# as in render/columns.py, which is too slow to import here
TABLE_COLUMNS = (
    *("layer", "volume", "formula", "arithmetic"),
    *("params", "share", "MACs", "activations", "RF"),
)
COLOURS = ("auto", "always", "never")


class Count(click.ParamType):  # type: ignore[type-arg]
    """A whole number within bounds, written as people write numbers: 1000, 1,000 or 1k."""

    name = "number"

    def __init__(self, min: int = 0, max: int | None = None) -> None:
        self.min = min
        self.max = max

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            number = parse_amount(str(value), COUNTS, "expected a whole number, as in 64 or 1k")
        except AmountError as error:
            self.fail(str(error), param, ctx)
        if number < self.min:
            self.fail(f"expected at least {self.min:,}, not {number:,}", param, ctx)
        if self.max is not None and number > self.max:
            self.fail(f"expected at most {self.max:,}, not {number:,}", param, ctx)
        return number


class Choice(click.Choice):  # type: ignore[type-arg]
    """A word from a list; the error about any other word names similar ones."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            similar = nearest(str(value), map(str, self.choices))
            if not similar:
                raise
            hint = alternatives(map(repr, similar))
            self.fail(f"{error.message.rstrip('.')}; did you mean {hint}?", param, ctx)


def complete_selector(context: click.Context, parameter: click.Parameter, prefix: str) -> list[str]:
    """Return what a shell offers after --select, --ignore and --fail-on."""
    if parameter.name == "fail_on":
        words = ["error", "warning", "info", "never"]
    else:
        words = ["ALL", *FAMILIES.values(), *rules(), *(rule.name for rule in rules().values())]
    return [word for word in words if word.lower().startswith(prefix.lower())]


def fail_on_option(severities: str) -> Callable[[Decorated], Decorated]:
    """Return the option --fail-on; ``severities`` says its values in the help."""
    return click.option(
        "--fail-on",
        metavar="SEVERITY",
        shell_complete=complete_selector,
        help=f"Lowest severity that makes the exit status 1: {severities}.",
    )


def read_columns(_: click.Context, __: click.Parameter, texts: tuple[str, ...]) -> tuple[str, ...]:
    """Read the names of --columns, in any letter case."""
    names = {name.lower(): name for name in TABLE_COLUMNS}
    columns: list[str] = []
    for word in ",".join(texts).split(","):
        key = word.strip().lower()
        if key == "all":
            columns += TABLE_COLUMNS
        elif key in names:
            columns.append(names[key])
        elif key:
            similar = [names[name] for name in nearest(key, names, 1)]
            the = f"did you mean {similar[0]}? The" if similar else "the"
            raise click.BadParameter(
                f"unknown column {word.strip()!r}; {the} columns are {', '.join(TABLE_COLUMNS)}, "
                "or all"
            )
    return tuple(dict.fromkeys(columns))


expression_option = click.option(
    "-e",
    "--expression",
    "expressions",
    multiple=True,
    metavar="STRING",
    help="Read STRING as a network, even if a file has that name.",
)
input_option = click.option(
    "--input", "input_", metavar="WxHxD", help="Size of the input volume; overrides INPUT."
)
name_option = click.option("--name", metavar="NAME", help="Use only the network of this name.")
set_option = click.option(
    "--set",
    "letters",
    metavar="NAME=VALUE",
    multiple=True,
    help="Give a letter a value (N=2), a range (N=0..3, or with `step 2`) or values (N={1,2,4}).",
)
extract_option = click.option(
    "--extract",
    metavar="SOURCES",
    multiple=True,
    help="Also find architectures that nothing marks: in strings and comments of Python "
    "(python), in any text (raw), and networks of Python source (models), which is never run.",
)
color_option = click.option(
    "--color",
    type=Choice(COLOURS),
    default="auto",
    show_default=True,
    help="When to use colour.",
)
config_option = click.option(
    "--config",
    metavar="FILE or KEY=VALUE",
    multiple=True,
    help="Use this configuration file, or set one option; `cnnsize config` lists them.",
)
isolated_option = click.option("--isolated", is_flag=True, help="Ignore all configuration files.")
page_format_option = click.option(
    "--output-format",
    type=Choice(ONE_NETWORK_FORMATS),
    default="full",
    show_default=True,
    help="Output format.",
)

model_options = section(
    "Models",
    click.option(
        "--flat", is_flag=True, help="Write a PyTorch or ONNX model as one chain, without blocks."
    ),
    click.option(
        "--args",
        "arguments",
        default="",
        metavar="ARGUMENTS",
        help="Build package.module:name with these arguments, as in '(Block, [2, 2])' or 'width=8'.",
    ),
)


def network_options(command: Decorated) -> Decorated:
    """Add the flags of commands that read networks."""
    own = section("Input", expression_option, input_option, name_option, set_option, extract_option)
    return decorate(command, own, model_options)


def quiet_option(about: str) -> Callable[[Decorated], Decorated]:
    """Return the option --quiet with its help."""
    return click.option("-q", "--quiet", is_flag=True, help=about)


def output_options(
    formats: tuple[str, ...], *, quiet: str = "Print errors and warnings only."
) -> Callable[[Decorated], Decorated]:
    """Add the flags that say what is written, and where.

    ``formats`` are the values of --output-format; ``quiet`` is the help of --quiet.
    """
    return section(
        "Output",
        click.option(
            "--output-format",
            type=Choice(formats),
            metavar="FORMAT",
            help=f"Output format: {alternatives(formats)}.",
        ),
        click.option(
            "-o",
            "--output-file",
            metavar="FILE",
            help="Write the output to FILE instead of stdout; - is stdout.",
        ),
        color_option,
        quiet_option(quiet),
        click.option(
            "-v",
            "--verbose",
            is_flag=True,
            help="Also draw the windows that do not fit, show how informal text was read, and say what "
            "of Python source is not read.",
        ),
    )


rule_options = section(
    "Rules",
    click.option(
        "--select",
        metavar="RULES",
        multiple=True,
        shell_complete=complete_selector,
        help="Report only these rules: a code, a name, a prefix (CNN1), a family (shape) or ALL.",
    ),
    click.option(
        "--extend-select",
        metavar="RULES",
        multiple=True,
        shell_complete=complete_selector,
        help="Report these rules as well.",
    ),
    click.option(
        "--ignore",
        metavar="RULES",
        multiple=True,
        shell_complete=complete_selector,
        help="Do not report these rules; of two selectors, the more specific one wins.",
    ),
    click.option(
        "--per-file-ignores",
        metavar="PATTERN:RULE",
        multiple=True,
        help="Do not report a rule in matching files, as in 'zoo/*.cnn:CNN101'.",
    ),
    fail_on_option("error, warning (the default), info or never"),
    click.option(
        "--exit-zero", is_flag=True, help="Make the exit status 0 whatever the findings are."
    ),
)

general_options = section(OTHER, config_option, isolated_option)


def table_options(command: Decorated) -> Decorated:
    """Add the flags of commands that print the table of layers."""
    return decorate(
        command,
        section(
            "Table",
            click.option(
                "--depth",
                type=Count(0, 100),
                default=0,
                metavar="N",
                help="Show the layers inside blocks, down to N levels.",
            ),
            click.option(
                "--all", "unfold", is_flag=True, help="Give every layer a row of its own."
            ),
            click.option(
                "--columns",
                metavar="NAME,...",
                multiple=True,
                callback=read_columns,
                help=f"Show only these columns: {', '.join(TABLE_COLUMNS)}; or all. Default: all but "
                "share, as far as they fit.",
            ),
            click.option("--exact", is_flag=True, help="Print numbers with all of their digits."),
            click.option(
                "--width",
                type=Count(20, 100_000),
                metavar="N",
                help="Width of the output in columns. Default: that of the terminal; a table in a "
                "pipe or file is as wide as it needs.",
            ),
        ),
    )


file_options = section(
    "Files",
    click.option(
        "--stdin-filename",
        metavar="NAME",
        help="Treat stdin as a file of this name: its suffix says how to read it.",
    ),
    click.option(
        "--exclude",
        metavar="PATTERN",
        multiple=True,
        help="Skip matching files in directories, as in 'old/**' or '*_draft.cnn'.",
    ),
    click.option(
        "--force-exclude",
        is_flag=True,
        help="Apply --exclude to files named on the command line too, and skip binary files and "
        "files without a network.",
    ),
)

jobs_option = click.option(
    "--jobs",
    type=Count(1, 1024),
    metavar="N",
    help="Read files in N processes. Default: one for each core, where it takes longer than a moment.",
)
speed_options = section(
    "Speed",
    jobs_option,
    click.option(
        "--no-cache", is_flag=True, help="Check all files, also those that have not changed."
    ),
    click.option(
        "--cache-dir",
        metavar="DIRECTORY",
        help="Where to keep results of files without findings. Default: .cnnsize_cache in the "
        "directory of the configuration, else in the current one.",
    ),
)
