"""The flags of one call combined with its configuration."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from typing import Any

from cnnsize.cli.errors import fail, parameter_error, usage_error
from cnnsize.config.sources import DEFAULT_CONFIG, Config, ConfigError, read_config
from cnnsize.limits import MAX_LISTED_VALUES
from cnnsize.lint.selection import Selection, SelectionError, default_selection
from cnnsize.record import NamedTuple, Record
from cnnsize.sizing.settings import Settings
from cnnsize.text.amount import COUNTS, AmountError, parse_amount


class ModelRequest(NamedTuple):
    """How a model of another tool is read: a PyTorch module, an ONNX file."""

    input: tuple[int, int, int] | None = None  # W x H x D
    flat: bool = False  # without blocks and repetitions
    arguments: str = ""  # of the class or function that returns a module, as in Python


AS_IT_IS = ModelRequest()


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
    flat: bool = False
    arguments: str = ""

    @property
    def request(self) -> ModelRequest:
        """How models of other tools are read."""
        return ModelRequest(self.input, self.flat, self.arguments)

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
    name: str | None = None,
    letters: tuple[str, ...] = (),
    output_format: str | None = None,
    output_file: str | None = None,
    config: tuple[str, ...] = (),
    isolated: bool = False,
    color: str = "auto",
    quiet: bool = False,
    verbose: bool = False,
    exclude: tuple[str, ...] = (),
    extract: tuple[str, ...] = (),
    flat: bool = False,
    arguments: str = "",
    **flags: Any,
) -> Options:
    """Return the options of a command from its flags and the configuration.

    ``formats`` are those that the command can print: an output format from the configuration that
    is not among them is ignored. Raises click.UsageError, or exits with a message, when a value
    cannot be used.
    """
    if isolated and any("=" not in entry for entry in config):
        raise usage_error("--config and --isolated exclude each other")
    configuration, selection = load_config(
        config, {"exclude": exclude, "extract": extract, **flags}, isolated=isolated
    )
    if output_format is None and configuration.output_format in formats:
        output_format = configuration.output_format
    if output_file == "-":
        output_file = None
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
        flat,
        arguments,
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
        from cnnsize.config.selection import selection_of  # late: most runs have no configuration

        return configuration, selection_of(configuration)
    except (ConfigError, SelectionError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"the current directory cannot be read: {error.strerror}")


def parse_volume(text: str | None) -> tuple[int, int, int] | None:
    """Read the WxHxD of --input."""
    if text is None:
        return None
    sizes = re.fullmatch(r"\s*\[?(\d{1,18})[xX×](\d{1,18})[xX×](\d{1,18})\]?\s*", text)
    if sizes is None or min(map(int, sizes.groups())) < 1:
        raise parameter_error(f"{text!r} is not a volume; write WxHxD, as in 32x32x3", "--input")
    return int(sizes[1]), int(sizes[2]), int(sizes[3])


def parse_letters(arguments: tuple[str, ...]) -> dict[str, int | Sequence[int]]:
    """Read the NAME=VALUE pairs of --set: a value, or the values of a range, by letter."""
    values: dict[str, int | Sequence[int]] = {}
    for argument in arguments:
        parts = re.fullmatch(r"\s*([^\W\d]\w*)\s*=\s*(.*\S)\s*", argument)
        if parts is None:
            raise invalid_letter(f"{argument!r} is not NAME=VALUE, as in N=2")
        name, text = parts.groups()
        if name in values:
            raise invalid_letter(f"{name} is set twice")
        domain = parse_domain(name, text)
        values[name] = domain[0] if len(domain) == 1 else domain
    return values


def invalid_letter(message: str) -> Exception:
    """Return the error for a value of --set."""
    return parameter_error(message, "--set")


def parse_domain(name: str, text: str) -> Sequence[int]:
    """Read the values of a letter: ``2``, ``0..3``, ``16..64 step 16`` or ``{1, 2, 4}``."""
    ends = re.fullmatch(r"([\w,]+)\s*\.\.\s*([\w,]+)(?:\s+step\s+(\w+))?", text)
    if ends is not None:
        low, high, step = (parse_natural(name, end) for end in (ends[1], ends[2], ends[3] or "1"))
        if high < low:
            raise invalid_letter(f"the range {name}={text} is empty; write {name}={high}..{low}")
        if not step:
            raise invalid_letter(f"the step of {name}={text} is 0")
        values = range(low, high + 1)[::step]
        if step > 1 and len(values) > MAX_LISTED_VALUES:
            raise invalid_letter(f"{name}={text} has more than {MAX_LISTED_VALUES:,} values")
        return values if step == 1 else tuple(values)
    listed = re.fullmatch(r"\{(.{1,9999})\}", text, re.DOTALL)
    numbers = [text] if listed is None else listed[1].split(",")
    return tuple(parse_natural(name, number.strip()) for number in numbers)


def parse_natural(name: str, text: str) -> int:
    """Read one value of a letter, such as 64 or 1k."""
    form = (
        f"expected a value, as in {name}=2, {name}=0..3, {name}=16..64 step 16 or {name}={{1,2,4}}"
    )
    if "," in text or re.fullmatch(r"0\d+", text):
        raise invalid_letter(f"{form}; {text!r} may be several values or one")
    try:
        return parse_amount(text, COUNTS, form)
    except AmountError as error:
        raise invalid_letter(str(error)) from None


def refuse_ranges(options: Options) -> None:
    """Raise click.BadParameter when --set gives a range to a command that needs one network."""
    for name, value in options.values.items():
        if not isinstance(value, int):
            message = f"{name} has a range, but this command needs one network"
            raise invalid_letter(f"{message}; `cnnsize family` takes ranges")


def use_colour(color: str, output_file: str | None) -> bool:
    """Return whether to print in colour: --color, then the environment, then the terminal decide."""
    if color != "auto":
        return color == "always"
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return output_file is None and sys.stdout.isatty()
