"""What holds for a run: ``[tool.cnnsize]``, the ``CNNSIZE_*`` environment and the command line, the
later over the earlier.

The keys are one table, checked by hand and not by pydantic: a model of them takes 110 ms to import
and to build on a machine where a whole check takes 60, and every project with a ``[tool.cnnsize]``
would pay that each time. The table also reads the same keys from plain text, which a model would
not.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from cnnsize.config.keys import KEYS, InvalidValueError, MisplacedKeyError, checked, shown
from cnnsize.files.read import NotRegularFileError, TooLargeError, contents, toml
from cnnsize.layers.base import STANDARD
from cnnsize.limits import MAX_PAGE
from cnnsize.lint.selection import Choice
from cnnsize.record import Record, replace, values
from cnnsize.sizing.settings import TORCH, CostBudget, Settings
from cnnsize.text.suggest import nearest

OUR_OWN = ("CNNSIZE_CONFIG", "CNNSIZE_DEBUG")  # of the environment, and no keys
PREFIX = "CNNSIZE_"


class ConfigError(Exception):
    """A configuration that cannot be used; the message names file and key."""


class Config(Record):
    """What holds for a run."""

    settings: Settings = TORCH
    choices: tuple[Choice, ...] = ()
    fail_on: str = "warning"
    output_format: str | None = None
    rule_dirs: tuple[str, ...] = ()
    exclude: tuple[tuple[str, str], ...] = ()  # folder, pattern
    extract: tuple[str, ...] = ()  # what is looked for that nothing marks: python, raw
    where: tuple[str, ...] = ()  # the files and places that were read


PLAIN = Config()


def nearest_file(folder: str) -> str | None:
    """The configuration file that holds for a folder, looking upwards."""
    while True:
        project = os.path.join(folder, "pyproject.toml")
        try:
            data = contents(project, MAX_PAGE)
            if b"cnnsize" in data and _has_table(data):
                return project
        except (NotRegularFileError, TooLargeError) as wrong:
            raise ConfigError(f"{_named(project)}: {wrong.strerror}") from None
        except OSError:
            pass
        own = os.path.join(folder, "cnnsize.toml")
        if os.path.exists(own) and not os.path.isdir(own):
            return own
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def _has_table(data: bytes) -> bool:
    """Does a pyproject.toml hold [tool.cnnsize], however it is written? One that cannot be read
    does if it looks so: then its error is said, and not passed over.
    """
    if b"[tool.cnnsize" in data:
        return True
    try:
        return "cnnsize" in toml(data.decode("utf-8")).get("tool", {})
    except (ValueError, TypeError, AttributeError):
        return False


def table_of(path: str, shown_as: str) -> tuple[dict[str, Any], str]:
    """The table of a file, and the file's text. Raises ConfigError."""
    try:
        text = contents(path, MAX_PAGE).decode("utf-8-sig")
        data = toml(text)
    except OSError as wrong:
        raise ConfigError(f"{shown_as}: {wrong.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{shown_as}: not UTF-8") from None
    except ValueError as wrong:
        raise ConfigError(f"{shown_as}: {wrong}") from None
    tool = "tool" in data or os.path.basename(path) == "pyproject.toml"
    found = data
    for part in ("tool", "cnnsize") if tool else ():
        found = found.get(part, {})
        if not isinstance(found, dict):
            raise ConfigError(f"{shown_as}: {part}: a table is needed, not {shown(found)}")
    return found, text


def _place(path: str, text: str, key: str) -> str:
    """``pyproject.toml:12``: the line of a key, where it is plain to see."""
    begin = text.find("[tool.cnnsize") if "[tool.cnnsize" in text else 0
    for name in (key, key.rpartition(".")[2]):
        found = re.search(
            rf"""(?m)(?:^|[{{,])[ \t]*["']?{re.escape(name)}["']?[ \t]*(?:=|\])""", text[begin:]
        )
        if found is not None:
            return f"{path}:{text.count(chr(10), 0, begin + found.start()) + 1 + found[0].count(chr(10))}"
    return path


class ConfigSource(NamedTuple):
    """The values that one place sets."""

    where: str
    folder: str
    values: Mapping[str, Any]


def _named(path: str) -> str:
    """A file as messages name it: from the current folder, where it lies in there."""
    inside = os.path.relpath(path)
    return path if inside.startswith(os.pardir) or os.path.isabs(inside) else inside


def of_file(path: str) -> ConfigSource:
    shown_as = _named(path)
    table, text = table_of(path, shown_as)
    try:
        found = checked(table)
    except MisplacedKeyError as wrong:
        raise ConfigError(
            f"{_place(shown_as, text, wrong.key)}: {wrong.key}: {wrong.message}"
        ) from None
    return ConfigSource(shown_as, os.path.dirname(os.path.abspath(path)), found)


def of_environment(environment: Mapping[str, str]) -> list[ConfigSource]:
    """What ``CNNSIZE_SELECT``, ``CNNSIZE_BUDGET_PARAMS`` and the like say. An empty one says
    nothing.
    """
    names = {PREFIX + key.upper().replace("-", "_").replace(".", "_"): key for key in KEYS}
    layers = []
    for variable, text in environment.items():
        if not variable.startswith(PREFIX) or variable in OUR_OWN or not text.strip():
            continue
        if variable not in names:
            near = nearest(variable, [*names, *OUR_OWN])
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise ConfigError(f"the environment: {variable} is no setting of cnnsize{hint}")
        layers.append(of_text(names[variable], text, variable, os.getcwd()))
    return layers


def of_text(key: str, text: str, where: str, folder: str) -> ConfigSource:
    """One key from plain text. Raises ConfigError."""
    try:
        return ConfigSource(where, folder, {key: KEYS[key].checked(KEYS[key].read(text))})
    except InvalidValueError as wrong:
        raise ConfigError(f"{where}: {wrong}") from None


def of_flag(argument: str) -> ConfigSource:
    """``--config KEY=VALUE``: the value in TOML, or as plain text. Raises ConfigError."""
    key, _, text = argument.partition("=")
    key = key.strip()
    table: dict[str, Any] = {}
    try:
        table = toml(argument)
    except ValueError:
        if key in KEYS:
            return of_text(key, text, f"--config {key}", os.getcwd())
    try:
        return ConfigSource(f"--config {key}", os.getcwd(), checked(table or {key: text}))
    except MisplacedKeyError as wrong:
        raise ConfigError(f"--config {wrong.key}: {wrong.message}") from None


def from_flags(flags: Mapping[str, Any]) -> dict[str, Any]:
    """The values of ``--select`` and the like, by key. Raises ConfigError."""
    found: dict[str, Any] = {}
    for flag, value in flags.items():
        key = flag.replace("_", "-")
        text = value if isinstance(value, str) else ",".join(value)
        found |= of_text(key, text, f"--{key}", "").values
    return found


def configured(
    config: Iterable[str] = (),
    isolated: bool = False,
    flags: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Config:
    """What holds: the file, then the environment, then ``--config KEY=VALUE``, then the flags,
    whose values are by key and already checked. Raises ConfigError.

    ``config`` holds files and KEY=VALUE pairs, of which the file takes the place of the nearest
    one.
    """
    files = [one for one in config if "=" not in one or os.path.exists(one)]
    if len(files) > 1:
        raise ConfigError(f"two configuration files: {files[0]} and {files[1]}")
    file = files[0] if files else None
    if file is None and not isolated:
        file = environment.get("CNNSIZE_CONFIG") or nearest_file(os.getcwd())
    layers = [] if file is None else [of_file(file)]
    if any(name.startswith(PREFIX) for name in environment):
        layers += of_environment(environment)
    layers += [of_flag(one) for one in config if one not in files]
    if flags:
        layers.append(ConfigSource("the command line", os.getcwd(), flags))
    return PLAIN if not layers else merged(layers)


def merged(layers: Iterable[ConfigSource]) -> Config:
    """The later over the earlier."""
    last: dict[str, Any] = {}
    folders: dict[str, str] = {}
    choices: list[Choice] = []
    where = []
    for layer in layers:
        where.append(layer.where)
        last.update(layer.values)
        folders.update(dict.fromkeys(layer.values, layer.folder))
        choice = Choice(
            layer.where,
            layer.values.get("select"),
            layer.values.get("ignore", ()),
            layer.values.get("extend-select", ()),
            layer.values.get("severity", ()),
            layer.values.get("per-file-ignores", ()),
            layer.folder,
        )
        if choice != Choice(layer.where, folder=layer.folder):
            choices.append(choice)

    def nested(table: str) -> dict[str, Any]:
        return {
            key.partition(".")[2]: value
            for key, value in last.items()
            if key.startswith(f"{table}.")
        }

    sizes = nested("defaults")
    defaults = replace(STANDARD, **sizes) if sizes else STANDARD
    bounds = nested("budget")
    settings = Settings(
        STANDARD
        if values(defaults) == values(STANDARD)
        else defaults,  # the same object: what is kept stays so
        budget=CostBudget(**bounds) if bounds else None,
        **{
            key: last[key]
            for key in ("target", "rounding", "hardware", "loss", "pattern")
            if key in last
        },
    )
    return Config(
        TORCH if settings == TORCH else settings,
        tuple(choices),
        last.get("fail-on", PLAIN.fail_on),
        last.get("output-format"),
        tuple(os.path.join(folders["rule-dirs"], one) for one in last.get("rule-dirs", ())),
        tuple((folders["exclude"], one) for one in last.get("exclude", ())),
        last.get("extract", ()),
        tuple(where),
    )
