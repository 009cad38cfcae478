"""The configuration keys: their types, defaults and how a value is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from cnnsize.lint.selection import SEVERITIES, split
from cnnsize.text.amount import BYTES, COUNTS, MAX_DIGITS, AmountError, parse_amount
from cnnsize.text.suggest import nearest

FORMATS = ("full", "concise", "json", "github", "gitlab", "junit", "sarif")
SORTS = ("python", "raw")  # of architectures that nothing marks: `extract` asks for them


class InvalidValueError(Exception):
    """A value that its key does not take, and why."""


class MisplacedKeyError(Exception):
    """The same, once it is known which key."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(key, message)
        self.key = key
        self.message = message


class Key(NamedTuple):
    """One key: from its TOML value, and from the text of a flag or of the environment."""

    checked: Callable[[Any], Any]
    read: Callable[[str], Any]
    takes: str


def _word(*allowed: str) -> Key:
    def checked(value: Any) -> str:
        if isinstance(value, str) and value in allowed:
            return value
        near = nearest(value.lower(), allowed, 1) if isinstance(value, str) else []
        raise InvalidValueError(
            f"{shown(value)} is none of {', '.join(allowed)}"
            + (f"; did you mean {near[0]}?" if near else "")
        )

    return Key(checked, str.strip, " | ".join(allowed))


def _words(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(
        isinstance(one, str) and one.strip() for one in value
    ):
        raise InvalidValueError(
            f'a list of texts is needed, as in ["CNN1", "shape"], not {shown(value)}'
        )
    return tuple(value)


def _globs(value: Any) -> tuple[str, ...]:
    found = _words(value)
    for pattern in found:
        _sound(pattern)
    return found


def _sound(pattern: str) -> None:
    """Raises Wrong for a pattern of files that means nothing."""
    from cnnsize.files.globs import GlobError, compiled, plain

    try:
        compiled(plain(pattern))
    except GlobError as wrong:
        raise InvalidValueError(f"the pattern {shown(pattern)} means nothing: {wrong}") from None


def _several(*allowed: str) -> Callable[[Any], tuple[str, ...]]:
    one = _word(*allowed)

    def checked(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise InvalidValueError(
                f"a list is needed, of {', '.join(allowed)}, not {shown(value)}"
            )
        return tuple(dict.fromkeys(one.checked(word) for word in value))

    return checked


def _pattern(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InvalidValueError(f"a text is needed, not {shown(value)}")
    from cnnsize.reading.document import parse_one
    from cnnsize.text.diagnostic import ArchitectureError

    try:
        parse_one(value)
    except ArchitectureError as wrong:
        raise InvalidValueError(str(wrong)) from None
    return value


WHOLE = "a whole number of at least 1 is needed"


def _count(value: Any) -> int:
    if isinstance(value, float) and value.is_integer():  # 1e3
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 10**MAX_DIGITS:
        raise InvalidValueError(f"{WHOLE}, not {shown(value)}")
    return value


def _integer(text: str) -> int:
    try:
        return parse_amount(text, COUNTS, WHOLE)
    except AmountError as wrong:
        raise InvalidValueError(str(wrong)) from None


# as text: re compiles it where it is needed, which is seldom
VOLUME = r"(?a)\s*(\d{1,18})\s*[xX×]\s*(\d{1,18})\s*[xX×]\s*(\d{1,18})\s*"


def _volume(value: Any) -> tuple[int, int, int]:
    parts = re.fullmatch(VOLUME, value) if isinstance(value, str) else None
    if parts is None or min(map(int, parts.groups())) < 1:
        raise InvalidValueError(f"WxHxD is needed, as in 32x32x3, not {shown(value)}")
    return int(parts[1]), int(parts[2]), int(parts[3])


def _amount(units: Mapping[str, int], example: str) -> Callable[[Any], int]:
    needed = f"an amount is needed, as in {example}"

    def checked(value: Any) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**MAX_DIGITS:
            return value
        try:
            if isinstance(value, (str, float)):
                return parse_amount(str(value), units, needed)
        except AmountError as wrong:
            raise InvalidValueError(str(wrong)) from None
        raise InvalidValueError(f"{needed}, not {shown(value)}")

    return checked


def _severities(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        raise InvalidValueError(
            f'a table is needed, as in {{ CNN101 = "warning" }}, not {shown(value)}'
        )
    levels = _word(*SEVERITIES)
    found = []
    for code, level in value.items():
        try:
            found.append((code, levels.checked(level)))
        except InvalidValueError as wrong:
            raise InvalidValueError(f"{code}: {wrong}") from None
    return tuple(found)


def _by_file(value: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        raise InvalidValueError(
            f'a table is needed, as in {{ "zoo/*.cnn" = ["CNN101"] }}, not {shown(value)}'
        )
    found = []
    for pattern, codes in value.items():
        _sound(pattern)
        try:
            found.append((pattern, _words(codes)))
        except InvalidValueError as wrong:
            raise InvalidValueError(f"{pattern}: {wrong}") from None
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
                raise InvalidValueError(
                    f"{part.strip()!r} is no {'PATTERN:CODE' if many else 'CODE=SEVERITY'}"
                )
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
    "budget.params": Key(_amount(COUNTS, "25.6M"), str, "an amount"),
    "budget.macs": Key(_amount(COUNTS, "4.1G"), str, "an amount"),
    "budget.memory": Key(_amount(BYTES, "500MiB or 12GB"), str, "bytes"),
    "pattern": Key(_pattern, str, "a pattern"),
    "rule-dirs": Key(_words, _paths, "folders"),
    "exclude": Key(_globs, _paths, "patterns"),
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
    try:
        text = repr(value)
    except (
        ValueError,
        RecursionError,
    ):  # 0xfff... of thousands of digits, lists within lists within lists
        return (
            "a number too long to show"
            if isinstance(value, int)
            else "a value nested too deeply to show"
        )
    return text if len(text) <= 60 else text[:57] + "..."


def checked(table: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a table by their keys. Raises Misused."""
    found: dict[str, Any] = {}
    for key, value in _flat(table):
        if key not in KEYS:
            if key in TABLES:
                inside = [name.partition(".")[2] for name in KEYS if name.startswith(f"{key}.")]
                raise MisplacedKeyError(
                    key, f"a table is needed, of {', '.join(inside)}, not {shown(value)}"
                )
            raise MisplacedKeyError(key, _unknown(key))
        try:
            found[key] = KEYS[key].checked(value)
        except InvalidValueError as wrong:
            raise MisplacedKeyError(key, str(wrong)) from None
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
    known = (
        list(KEYS)
        if not dot
        else [name for name in KEYS if name.startswith(f"{head}.")] or list(KEYS)
    )
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
