"""What holds for a run: ``[tool.cnnsize]``, the ``CNNSIZE_*`` environment and the command line, the later over the
earlier.

The keys are one table, checked by hand and not by pydantic: a model of them takes 110 ms to import and to build
on a machine where a whole check takes 60, and every project with a ``[tool.cnnsize]`` would pay that each time.
The table also reads the same keys from plain text, which a model would not.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from cnnsize.layers.base import STANDARD
from cnnsize.network import TORCH, Budget, Settings
from cnnsize.record import Record, replace, values
from cnnsize.selection import SEVERITIES, Choice, split
from cnnsize.words import nearest

FORMATS = ("full", "concise", "json", "github", "gitlab", "junit", "sarif")
SORTS = ("python", "raw")  # of architectures that nothing marks: `extract` asks for them
OUR_OWN = ("CNNSIZE_CONFIG", "CNNSIZE_DEBUG")  # of the environment, and no keys
PREFIX = "CNNSIZE_"
MAX_DIGITS = 18


class ConfigError(Exception):
    """A configuration that cannot be used; the message names file and key."""


class Wrong(Exception):
    """A value that its key does not take, and why."""


class Misused(Exception):
    """The same, once it is known which key."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(key, message)
        self.key = key
        self.message = message


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


# -- the keys: how each is checked, and how it is read from plain text -----------------------------------


class Key(NamedTuple):
    """One key: from its TOML value, and from the text of a flag or of the environment."""

    checked: Callable[[Any], Any]
    read: Callable[[str], Any]
    takes: str


def _word(*allowed: str) -> Key:
    def checked(value: Any) -> str:
        if isinstance(value, str) and value in allowed:
            return value
        near = nearest(str(value).lower(), allowed, 1)
        raise Wrong(f"{value!r} is none of {', '.join(allowed)}" + (f"; did you mean {near[0]}?" if near else ""))

    return Key(checked, str.strip, " | ".join(allowed))


def _words(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
        raise Wrong(f'a list of texts is needed, as in ["CNN1", "shape"], not {shown(value)}')
    return tuple(value)


def _several(*allowed: str) -> Callable[[Any], tuple[str, ...]]:
    one = _word(*allowed)

    def checked(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise Wrong(f"a list is needed, of {', '.join(allowed)}, not {shown(value)}")
        return tuple(dict.fromkeys(one.checked(word) for word in value))

    return checked


def _pattern(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Wrong(f"a text is needed, not {shown(value)}")
    from cnnsize.diagnostic import ArchitectureError
    from cnnsize.parse import parse

    try:
        parse(value)
    except ArchitectureError as wrong:
        raise Wrong(str(wrong)) from None
    return value


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 10**MAX_DIGITS:
        raise Wrong(f"a whole number of at least 1 is needed, not {shown(value)}")
    return value


def _integer(text: str) -> Any:
    return int(text) if re.fullmatch(r"\s*[+-]?\d{1,40}\s*", text) else text


# as text: re compiles them where they are needed, which is seldom
VOLUME = r"(?a)\s*(\d{1,18})\s*[xX×]\s*(\d{1,18})\s*[xX×]\s*(\d{1,18})\s*"
AMOUNT = r"(?a)\s*(\d[\d_,]{0,30})(?:\.(\d{1,9}))?\s*([A-Za-z]*)\s*"


def _volume(value: Any) -> tuple[int, int, int]:
    parts = re.fullmatch(VOLUME, value) if isinstance(value, str) else None
    if parts is None or min(map(int, parts.groups())) < 1:
        raise Wrong(f"WxHxD is needed, as in 32x32x3, not {shown(value)}")
    return int(parts[1]), int(parts[2]), int(parts[3])


THOUSANDS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9, "t": 10**12}
BYTES = {
    "": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12,
    "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40,
}  # fmt: skip


def _amount(units: Mapping[str, int], example: str) -> Callable[[Any], int]:
    def checked(value: Any) -> int:
        if not isinstance(value, bool) and isinstance(value, int) and 0 <= value < 10**MAX_DIGITS:
            return value
        found = re.fullmatch(AMOUNT, value) if isinstance(value, str) else None
        if found is not None and found[3].lower() in units:
            decimals = found[2] or ""
            whole = int(found[1].replace("_", "").replace(",", "") + decimals)
            amount: int = whole * units[found[3].lower()] // 10 ** len(decimals)
            if amount < 10**MAX_DIGITS:
                return amount
        raise Wrong(f"an amount is needed, as in {example}, not {shown(value)}")

    return checked


def _severities(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        raise Wrong(f'a table is needed, as in {{ CNN101 = "warning" }}, not {shown(value)}')
    levels = _word(*SEVERITIES)
    found = []
    for code, level in value.items():
        try:
            found.append((code, levels.checked(level)))
        except Wrong as wrong:
            raise Wrong(f"{code}: {wrong}") from None
    return tuple(found)


def _by_file(value: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        raise Wrong(f'a table is needed, as in {{ "zoo/*.cnn" = ["CNN101"] }}, not {shown(value)}')
    found = []
    for pattern, codes in value.items():
        try:
            found.append((pattern, _words(codes)))
        except Wrong as wrong:
            raise Wrong(f"{pattern}: {wrong}") from None
    return tuple(found)


def _pairs(mark: str, many: bool) -> Callable[[str], Any]:
    """``CNN101=warning,shape=info`` or ``zoo/*.cnn:CNN101``."""

    def read(text: str) -> Any:
        found: dict[str, Any] = {}
        for part in text.split(","):
            if not part.strip():
                continue
            left, middle, right = (piece.strip() for piece in part.rpartition(mark))
            if not middle or not left or not right:
                raise Wrong(f"{part.strip()!r} is no {'PATTERN:CODE' if many else 'CODE=SEVERITY'}")
            if many:
                found.setdefault(left, []).append(right)
            else:
                found[left] = right
        return found

    return read


def _list(text: str) -> list[str]:
    return list(split(text))


def _paths(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


KEYS: dict[str, Key] = {
    "select": Key(_words, _list, "selectors"),
    "ignore": Key(_words, _list, "selectors"),
    "extend-select": Key(_words, _list, "selectors"),
    "per-file-ignores": Key(_by_file, _pairs(":", True), "{ PATTERN = selectors }"),
    "severity": Key(_severities, _pairs("=", False), "{ selector = severity }"),
    "fail-on": _word(*SEVERITIES, "never"),
    "rounding": _word("torch", "strict", "floor"),
    "target": _word("torch", "tensorflow"),
    "hardware": _word("nvidia"),
    "loss": _word("cross-entropy", "nll", "bce", "mse", "hinge"),
    "budget.params": Key(_amount(THOUSANDS, "25.6M"), str, "an amount"),
    "budget.macs": Key(_amount(THOUSANDS, "4.1G"), str, "an amount"),
    "budget.memory": Key(_amount(BYTES, "500MiB or 12GB"), str, "bytes"),
    "pattern": Key(_pattern, str, "a pattern"),
    "rule-dirs": Key(_words, _paths, "folders"),
    "exclude": Key(_words, _paths, "patterns"),
    "extract": Key(_several(*SORTS), _paths, " and ".join(SORTS)),
    "output-format": _word(*FORMATS),
    "defaults.input": Key(_volume, str, "WxHxD"),
    "defaults.filter": Key(_count, _integer, "a number"),
    "defaults.filters": Key(_count, _integer, "a number"),
    "defaults.pool": Key(_count, _integer, "a number"),
    "defaults.hidden": Key(_count, _integer, "a number"),
    "defaults.classes": Key(_count, _integer, "a number"),
}
TABLES = ("budget", "defaults")  # whose keys are keys of ours


def shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def checked(table: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a table by their keys. Raises Misused."""
    found: dict[str, Any] = {}
    for key, value in _flat(table):
        if key not in KEYS:
            if key in TABLES:
                inside = [name.partition(".")[2] for name in KEYS if name.startswith(f"{key}.")]
                raise Misused(key, f"a table is needed, of {', '.join(inside)}, not {shown(value)}")
            raise Misused(key, _unknown(key))
        try:
            found[key] = KEYS[key].checked(value)
        except Wrong as wrong:
            raise Misused(key, str(wrong)) from None
    return found


def _flat(table: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    for key, value in table.items():
        if key in TABLES and isinstance(value, dict):
            yield from ((f"{key}.{inner}", one) for inner, one in value.items())
        else:
            yield key, value


def _unknown(key: str) -> str:
    """``unknown key; did you mean target?``"""
    head, dot, tail = key.partition(".")
    known = list(KEYS) if not dot else [name for name in KEYS if name.startswith(f"{head}.")] or list(KEYS)
    plain = key.replace("_", "-").lower()
    leaves = {name.rpartition(".")[2]: name for name in known}
    if plain in KEYS:
        near = [plain]
    elif dot:
        near = [leaves[one] for one in nearest(tail, leaves)]
    else:
        near = nearest(plain, known) or [leaves[one] for one in nearest(plain, leaves)]
    hint = f"did you mean {' or '.join(near)}?" if near else f"the keys are {', '.join(known)}"
    return f"unknown key; {hint}"


# -- where it is written ---------------------------------------------------------------------------------


def nearest_file(folder: str) -> str | None:
    """The configuration file that holds for a folder, looking upwards."""
    while True:
        project = os.path.join(folder, "pyproject.toml")
        try:
            with open(project, "rb") as file:
                data = file.read()
            if b"cnnsize" in data and _has_table(data):
                return project
        except OSError:
            pass
        own = os.path.join(folder, "cnnsize.toml")
        if os.path.isfile(own):
            return own
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def _has_table(data: bytes) -> bool:
    """Does a pyproject.toml hold [tool.cnnsize], however it is written? One that cannot be read does if it
    looks so: then its error is said, and not passed over."""
    if b"[tool.cnnsize" in data:
        return True
    import tomllib  # late: most folders have no such file

    try:
        return "cnnsize" in tomllib.loads(data.decode("utf-8")).get("tool", {})
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, TypeError, AttributeError):
        return False


def table_of(path: str, shown_as: str) -> tuple[dict[str, Any], str]:
    """The table of a file, and the file's text. Raises ConfigError."""
    import tomllib  # late: most calls have no configuration

    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read()
        data: dict[str, Any] = tomllib.loads(text)
    except OSError as wrong:
        raise ConfigError(f"{shown_as}: {wrong.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{shown_as}: not UTF-8") from None
    except (ValueError, RecursionError) as wrong:
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
        found = re.search(rf"""(?m)(?:^|[{{,])[ \t]*["']?{re.escape(name)}["']?[ \t]*(?:=|\])""", text[begin:])
        if found is not None:
            return f"{path}:{text.count(chr(10), 0, begin + found.start()) + 1 + found[0].count(chr(10))}"
    return path


class Layer(NamedTuple):
    """The values that one place sets."""

    where: str
    folder: str
    values: Mapping[str, Any]


def of_file(path: str) -> Layer:
    shown_as = os.path.relpath(path)
    if shown_as.startswith(os.pardir) or os.path.isabs(shown_as):
        shown_as = path
    table, text = table_of(path, shown_as)
    try:
        found = checked(table)
    except Misused as wrong:
        raise ConfigError(f"{_place(shown_as, text, wrong.key)}: {wrong.key}: {wrong.message}") from None
    return Layer(shown_as, os.path.dirname(os.path.abspath(path)), found)


def of_environment(environment: Mapping[str, str]) -> list[Layer]:
    """What ``CNNSIZE_SELECT``, ``CNNSIZE_BUDGET_PARAMS`` and the like say. An empty one says nothing."""
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


def of_text(key: str, text: str, where: str, folder: str) -> Layer:
    """One key from plain text. Raises ConfigError."""
    try:
        return Layer(where, folder, {key: KEYS[key].checked(KEYS[key].read(text))})
    except Wrong as wrong:
        raise ConfigError(f"{where}: {wrong}") from None


def of_flag(argument: str) -> Layer:
    """``--config KEY=VALUE``: the value in TOML, or as plain text. Raises ConfigError."""
    import tomllib  # late: few calls say this

    key, _, text = argument.partition("=")
    key = key.strip()
    table: dict[str, Any] = {}
    try:
        table = tomllib.loads(argument)
    except (ValueError, RecursionError):
        if key in KEYS:
            return of_text(key, text, f"--config {key}", os.getcwd())
    try:
        return Layer(f"--config {key}", os.getcwd(), checked(table or {key: text}))
    except Misused as wrong:
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
    config: Iterable[str] = (), isolated: bool = False, flags: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Config:  # fmt: skip
    """What holds: the file, then the environment, then ``--config KEY=VALUE``, then the flags, whose values are
    by key and already checked. Raises ConfigError.

    ``config`` holds files and KEY=VALUE pairs, of which the file takes the place of the nearest one.
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
        layers.append(Layer("the command line", os.getcwd(), flags))
    return PLAIN if not layers else merged(layers)


def merged(layers: Iterable[Layer]) -> Config:
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
            layer.where, layer.values.get("select"), layer.values.get("ignore", ()),
            layer.values.get("extend-select", ()), layer.values.get("severity", ()),
            layer.values.get("per-file-ignores", ()), layer.folder,
        )  # fmt: skip
        if choice != Choice(layer.where, folder=layer.folder):
            choices.append(choice)

    def nested(table: str) -> dict[str, Any]:
        return {key.partition(".")[2]: value for key, value in last.items() if key.startswith(f"{table}.")}

    sizes = nested("defaults")
    defaults = replace(STANDARD, **sizes) if sizes else STANDARD
    bounds = nested("budget")
    settings = Settings(
        STANDARD if values(defaults) == values(STANDARD) else defaults,  # the same object: what is kept stays so
        budget=Budget(**bounds) if bounds else None,
        **{key: last[key] for key in ("target", "rounding", "hardware", "loss", "pattern") if key in last},
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
