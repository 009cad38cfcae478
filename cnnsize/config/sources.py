"""Combine the sources of the configuration into one ``Config``.

These are ``[tool.cnnsize]``, the ``CNNSIZE_*`` environment variables and the command line; a later
source overrides an earlier one.

The keys are checked by hand and not by pydantic: importing it and building a model takes 110 ms on
a machine where a whole check takes 60, and every project with a ``[tool.cnnsize]`` would pay that
on each run. The table of keys can also read values from plain text, which a model cannot.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cnnsize.files.read import NotRegularFileError, TooLargeError, parse_toml, read_bytes
from cnnsize.layers.base import STANDARD
from cnnsize.limits import MAX_SMALL_FILE
from cnnsize.lint.selection import RuleChoice
from cnnsize.record import Record, replace, values
from cnnsize.sizing.settings import TORCH, CostBudget, Settings
from cnnsize.text.english import alternatives
from cnnsize.text.suggest import nearest

PREFIX = "CNNSIZE_"
OTHER_VARIABLES = ("CNNSIZE_CONFIG", "CNNSIZE_DEBUG")  # with our prefix, but not a key


class ConfigError(Exception):
    """Raised for an invalid configuration; the message names the source and the key."""


class Config(Record):
    """The configuration of one run."""

    settings: Settings = TORCH
    rule_choices: tuple[RuleChoice, ...] = ()  # one per source, later ones override
    fail_on: str = "warning"
    output_format: str | None = None
    rule_dirs: tuple[str, ...] = ()
    exclude: tuple[tuple[str, str], ...] = ()  # pairs of folder and pattern
    extract: tuple[str, ...] = ()  # where unmarked networks count too: "python", "raw"
    models: bool = False  # also the networks of Python source
    inputs: tuple[tuple[str, str, tuple[int, int, int]], ...] = ()  # folder, pattern, W x H x D
    root: str = ""  # the folder of the configuration file; empty without one
    cache_dir: str = ""  # the folder of the cache; empty: its default in the root
    sources: tuple[str, ...] = ()  # the names of the sources that were read


DEFAULT_CONFIG = Config()


class ConfigSource(Record):
    """The values of one source."""

    name: str  # in messages
    folder: str  # paths and patterns are relative to it
    values: Mapping[str, Any]
    is_file: bool = False


# -- files ----------------------------------------


def find_config_file(folder: str) -> str | None:
    """Return the configuration file of a folder, or of the closest folder above that has one.

    Raises ConfigError for a pyproject.toml that is no regular file, or is too large.
    """
    while True:
        project = os.path.join(folder, "pyproject.toml")
        try:
            data = read_bytes(project, MAX_SMALL_FILE)
            if b"cnnsize" in data and _has_table(data):
                return project
        except (NotRegularFileError, TooLargeError) as error:
            raise ConfigError(f"{_display_path(project)}: {error.strerror}") from None
        except OSError:
            pass
        own_file = os.path.join(folder, "cnnsize.toml")
        if os.path.exists(own_file) and not os.path.isdir(own_file):
            return own_file
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def _has_table(data: bytes) -> bool:
    """Return whether a pyproject.toml has a table [tool.cnnsize], in any notation.

    True for a broken file that seems to have one, so that its error is reported.
    """
    if b"[tool.cnnsize" in data:
        return True
    try:
        return "cnnsize" in parse_toml(data.decode("utf-8")).get("tool", {})
    except (ValueError, TypeError, AttributeError):
        return False


def _read_table(path: str, name: str) -> tuple[dict[str, Any], str]:
    """Return our table of a file, and the text of the file. Raises ConfigError."""
    try:
        text = read_bytes(path, MAX_SMALL_FILE).decode("utf-8-sig")
        data = parse_toml(text)
    except OSError as error:
        raise ConfigError(f"{name}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{name}: not valid UTF-8") from None
    except ValueError as error:
        raise ConfigError(f"{name}: invalid TOML: {error}") from None
    in_tool_table = "tool" in data or os.path.basename(path) == "pyproject.toml"
    table = data
    for key in ("tool", "cnnsize") if in_tool_table else ():
        table = table.get(key, {})
        if not isinstance(table, dict):
            from cnnsize.config.values import quoted

            raise ConfigError(f"{name}: {key}: expected a table, not {quoted(table)}")
    return table, text


def _locate_key(name: str, text: str, key: str) -> str:
    """Return ``pyproject.toml:12`` with the line of a key, or the name alone if it is not found."""
    begin = max(0, text.find("[tool.cnnsize"))
    for word in (key, key.rpartition(".")[2]):
        match = re.search(
            rf"""(?m)(?:^|[{{,])[ \t]*["']?{re.escape(word)}["']?[ \t]*(?:=|\])""", text[begin:]
        )
        if match is not None:
            return f"{name}:{text.count(chr(10), 0, begin + match.end()) + 1}"
    return name


def _display_path(path: str) -> str:
    """Return a path as messages show it: relative if it is below the current folder."""
    relative = os.path.relpath(path)
    is_outside = relative.startswith(os.pardir) or os.path.isabs(relative)
    return path if is_outside else relative


def read_config_file(path: str) -> ConfigSource:
    """Return the values of a configuration file. Raises ConfigError."""
    name = _display_path(path)
    table, text = _read_table(path, name)
    # late, here and below: most runs have no configuration
    from cnnsize.config.keys import InvalidKeyError, check_table

    try:
        checked = check_table(table)
    except InvalidKeyError as error:
        place = _locate_key(name, text, error.key)
        raise ConfigError(f"{place}: {error.key}: {error.message}") from None
    return ConfigSource(name, os.path.dirname(os.path.abspath(path)), checked, is_file=True)


# -- environment and command line ----------------------------------------


def read_environment(environment: Mapping[str, str]) -> list[ConfigSource]:
    """Return the value of each variable such as ``CNNSIZE_SELECT`` or ``CNNSIZE_BUDGET_PARAMS``.

    An empty variable counts as not set. Raises ConfigError.
    """
    settings = {
        variable: text
        for variable, text in environment.items()
        if variable.startswith(PREFIX) and variable not in OTHER_VARIABLES and text.strip()
    }
    if not settings:
        return []
    from cnnsize.config.keys import KEYS

    key_of = {PREFIX + key.upper().replace("-", "_").replace(".", "_"): key for key in KEYS}
    sources = []
    for variable, text in settings.items():
        if variable not in key_of:
            similar = nearest(variable, [*key_of, *OTHER_VARIABLES])
            hint = f"; did you mean {alternatives(similar)}?" if similar else ""
            raise ConfigError(f"unknown environment variable {variable}{hint}")
        sources.append(_read_value(key_of[variable], text, name=variable, folder=os.getcwd()))
    return sources


def _read_value(key: str, text: str, *, name: str, folder: str) -> ConfigSource:
    """Return the value of one key from plain text. Raises ConfigError."""
    from cnnsize.config.keys import KEYS
    from cnnsize.config.values import InvalidValueError

    try:
        return ConfigSource(name, folder, {key: KEYS[key].check(KEYS[key].read(text))})
    except InvalidValueError as error:
        raise ConfigError(f"{name}: {error}") from None


def _read_pair(argument: str) -> ConfigSource:
    """Return the value of ``--config KEY=VALUE``, in TOML or plain text. Raises ConfigError."""
    from cnnsize.config.keys import KEYS, InvalidKeyError, check_table

    key, _, text = argument.partition("=")
    key = key.strip()
    table: dict[str, Any] = {}
    try:
        table = parse_toml(argument)
    except ValueError:
        if key in KEYS:
            return _read_value(key, text, name=f"--config {key}", folder=os.getcwd())
    try:
        return ConfigSource(f"--config {key}", os.getcwd(), check_table(table or {key: text}))
    except InvalidKeyError as error:
        raise ConfigError(f"--config {error.key}: {error.message}") from None


def from_flags(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of flags such as ``--select`` by key. Raises ConfigError."""
    checked: dict[str, Any] = {}
    for flag, value in flags.items():
        key = flag.replace("_", "-")
        text = value if isinstance(value, str) else ",".join(value)
        checked |= _read_value(key, text, name=f"--{key}", folder="").values
    return checked


# -- all sources ----------------------------------------


def read_config(
    config: Iterable[str] = (),
    *,
    isolated: bool = False,
    flags: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Config:
    """Return the configuration of a run, as ``read_sources`` finds it. Raises ConfigError."""
    sources = read_sources(config, isolated=isolated, flags=flags, environment=environment)
    return merge_sources(sources) if sources else DEFAULT_CONFIG


def read_sources(
    config: Iterable[str] = (),
    *,
    isolated: bool = False,
    flags: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> list[ConfigSource]:
    """Return the sources of the configuration, later ones over earlier ones. Raises ConfigError.

    ``config`` holds KEY=VALUE pairs, and at most one file that replaces the closest one. With
    ``isolated`` no file is read. ``flags`` are values by key that are already checked. The flags
    override the pairs, these the environment, and that the file.
    """
    files = [argument for argument in config if "=" not in argument or os.path.exists(argument)]
    if len(files) > 1:
        raise ConfigError(
            f"--config names two files, {files[0]} and {files[1]}; only one can be used"
        )
    file = files[0] if files else None
    if file is None and not isolated:
        file = environment.get("CNNSIZE_CONFIG") or find_config_file(os.getcwd())
    sources = [] if file is None else [read_config_file(file)]
    if any(variable.startswith(PREFIX) for variable in environment):
        sources += read_environment(environment)
    sources += [_read_pair(argument) for argument in config if argument not in files]
    if flags:
        sources.append(ConfigSource("the command line", os.getcwd(), flags))
    return sources


def merge_sources(sources: Sequence[ConfigSource]) -> Config:
    """Return the configuration in which a later source overrides an earlier one."""
    last: dict[str, Any] = {}
    folders: dict[str, str] = {}
    choices: list[RuleChoice] = []
    names = []
    for source in sources:
        names.append(source.name)
        last.update(source.values)
        folders.update(dict.fromkeys(source.values, source.folder))
        choice = _rule_choice(source)
        if choice != RuleChoice(source.name, folder=source.folder):
            choices.append(choice)
    settings = _settings(last)
    return Config(
        settings=TORCH if settings == TORCH else settings,  # tables are cached for that object
        rule_choices=tuple(choices),
        fail_on=last.get("fail-on", DEFAULT_CONFIG.fail_on),
        output_format=last.get("output-format"),
        rule_dirs=tuple(
            os.path.join(folders["rule-dirs"], folder) for folder in last.get("rule-dirs", ())
        ),
        exclude=tuple((folders["exclude"], pattern) for pattern in last.get("exclude", ())),
        extract=tuple(word for word in last.get("extract", ()) if word != "models"),
        models="models" in last.get("extract", ()),
        inputs=tuple((folders["inputs"], *pair) for pair in last.get("inputs", ())),
        root=next((source.folder for source in sources if source.is_file), ""),
        cache_dir=os.path.join(folders["cache-dir"], last["cache-dir"])
        if "cache-dir" in last
        else "",
        sources=tuple(names),
    )


def _rule_choice(source: ConfigSource) -> RuleChoice:
    """Return the choice of rules in one source."""
    return RuleChoice(
        source.name,
        source.values.get("select"),
        source.values.get("ignore", ()),
        source.values.get("extend-select", ()),
        source.values.get("severity", ()),
        source.values.get("per-file-ignores", ()),
        source.folder,
    )


def _settings(last: Mapping[str, Any]) -> Settings:
    """Return the settings for sizing and for rules."""
    sizes = _in_table("defaults", last)
    defaults = replace(STANDARD, **sizes)
    limits = _in_table("budget", last)
    return Settings(
        # the standard defaults stay the same object, for which results are cached
        STANDARD if values(defaults) == values(STANDARD) else defaults,
        budget=CostBudget(**limits) if limits else None,
        **{
            key: last[key]
            for key in ("target", "rounding", "hardware", "loss", "pattern")
            if key in last
        },
    )


def _in_table(table: str, last: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a table such as ``budget``, by the last part of the key."""
    return {
        key.partition(".")[2]: value for key, value in last.items() if key.startswith(f"{table}.")
    }
