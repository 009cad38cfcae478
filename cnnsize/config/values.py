"""Check the values of configuration keys, and read them from plain text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cnnsize.lint.selection import SEVERITIES, split_selectors
from cnnsize.text.amount import COUNTS, MAX_DIGITS, AmountError, parse_amount
from cnnsize.text.english import alternatives
from cnnsize.text.suggest import nearest

Check = Callable[[Any], Any]  # returns a value as the program uses it, or raises InvalidValueError
MAX_SHOWN = 60  # characters of a value in a message
# not compiled here, because few runs need it
VOLUME = r"(?a)\s*(\d{1,18})\s*[xX×]\s*(\d{1,18})\s*[xX×]\s*(\d{1,18})\s*"
POSITIVE_INTEGER = "expected an integer of at least 1"


class InvalidValueError(Exception):
    """Raised for a value that its key does not take; the message says what is expected."""


def quoted(value: Any) -> str:
    """Return a value as messages quote it."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, deeply nested lists
        if isinstance(value, int):
            return "a number too long to show"
        return "a value nested too deeply to show"
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + "..."


# -- values from TOML ----------------------------------------


def word_of(*allowed: str) -> Check:
    """Return the check for one word of a closed list."""

    def check(value: Any) -> str:
        if isinstance(value, str) and value in allowed:
            return value
        similar = nearest(value.lower(), allowed, 1) if isinstance(value, str) else []
        hint = f"; did you mean '{similar[0]}'?" if similar else ""
        raise InvalidValueError(f"expected {alternatives(allowed)}, not {quoted(value)}{hint}")

    return check


def words_of(*allowed: str) -> Check:
    """Return the check for a list of words of a closed list; the result has each word once."""
    check_word = word_of(*allowed)

    def check(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list):
            example = ", ".join(f'"{word}"' for word in allowed)
            raise InvalidValueError(f"expected a list, as in [{example}], not {quoted(value)}")
        return tuple(dict.fromkeys(check_word(word) for word in value))

    return check


def check_text(value: Any) -> str:
    """Return a string that is not empty."""
    if isinstance(value, str) and value.strip():
        return value
    raise InvalidValueError(f"expected a non-empty string, not {quoted(value)}")


def check_strings(value: Any, *, example: str = '["CNN1", "shape"]') -> tuple[str, ...]:
    """Return a list of non-empty strings as a tuple; ``example`` is one, for the error."""
    if isinstance(value, list) and all(isinstance(text, str) and text.strip() for text in value):
        return tuple(value)
    raise InvalidValueError(f"expected a list of strings, as in {example}, not {quoted(value)}")


def check_globs(value: Any) -> tuple[str, ...]:
    """Return a list of patterns for files as a tuple."""
    patterns = check_strings(value, example='["drafts/**"]')
    for pattern in patterns:
        _check_glob(pattern)
    return patterns


def _check_glob(pattern: str) -> None:
    from cnnsize.files.globs import GlobError, compile_glob, strip_marks  # late: seldom needed

    try:
        compile_glob(strip_marks(pattern))
    except GlobError as error:
        raise InvalidValueError(f"invalid pattern {quoted(pattern)}: {error}") from None


def check_architecture_pattern(value: Any) -> str:
    """Return the text of a pattern of layers, as in ``INPUT -> [CONV -> RELU]*N -> FC``."""
    text = check_text(value)
    from cnnsize.reading.document import parse_one  # late, like the next: seldom needed
    from cnnsize.text.diagnostic import ArchitectureError

    try:
        parse_one(text)
    except ArchitectureError as error:
        raise InvalidValueError(str(error)) from None
    return text


def check_positive_integer(value: Any) -> int:
    """Return an integer of at least 1; TOML also writes it as ``1e3``."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    is_integer = isinstance(value, int) and not isinstance(value, bool)
    if not is_integer or not 1 <= value < 10**MAX_DIGITS:
        raise InvalidValueError(f"{POSITIVE_INTEGER}, not {quoted(value)}")
    return int(value)


def check_volume(value: Any) -> tuple[int, int, int]:
    """Return (W, H, D) for a text such as ``32x32x3``."""
    match = re.fullmatch(VOLUME, value) if isinstance(value, str) else None
    if match is None or min(map(int, match.groups())) < 1:
        raise InvalidValueError(f"expected WxHxD, as in 32x32x3, not {quoted(value)}")
    return int(match[1]), int(match[2]), int(match[3])


def amount_in(units: Mapping[str, int], example: str) -> Check:
    """Return the check for an amount: an integer, or a text such as ``25.6M``."""
    expected = f"expected an amount, as in {example}"

    def check(value: Any) -> int:
        is_integer = isinstance(value, int) and not isinstance(value, bool)
        if is_integer and 0 <= value < 10**MAX_DIGITS:
            return int(value)
        if isinstance(value, (str, float)):
            return _read_amount(str(value), units, expected)
        raise InvalidValueError(f"{expected}, not {quoted(value)}")

    return check


def _read_amount(text: str, units: Mapping[str, int], expected: str) -> int:
    try:
        return parse_amount(text, units, expected)
    except AmountError as error:
        raise InvalidValueError(str(error)) from None


def check_severities(value: Any) -> tuple[tuple[str, str], ...]:
    """Return the pairs of a table that maps selectors to severities."""
    if not isinstance(value, dict):
        raise InvalidValueError(
            f'expected a table, as in {{ CNN101 = "warning" }}, not {quoted(value)}'
        )
    return tuple(_check_each(value, word_of(*SEVERITIES)))


def check_selectors_by_file(value: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the pairs of a table that maps patterns for files to lists of selectors."""
    if not isinstance(value, dict):
        raise InvalidValueError(
            f'expected a table, as in {{ "zoo/*.cnn" = ["CNN101"] }}, not {quoted(value)}'
        )
    for pattern in value:
        _check_glob(pattern)
    return tuple(_check_each(value, check_strings))


def check_volumes_by_network(value: Any) -> tuple[tuple[str, tuple[int, int, int]], ...]:
    """Return the pairs of a table that maps patterns for networks to sizes of their inputs."""
    if not isinstance(value, dict):
        raise InvalidValueError(
            f'expected a table, as in {{ "nets/*.py:Net" = "32x32x3" }}, not {quoted(value)}'
        )
    for pattern in value:
        _check_glob(pattern)
    return tuple(_check_each(value, check_volume))


def _check_each(table: Mapping[str, Any], check: Check) -> Iterable[tuple[str, Any]]:
    """Yield the pairs of a table with checked values; a message names the key."""
    for key, value in table.items():
        try:
            yield key, check(value)
        except InvalidValueError as error:
            raise InvalidValueError(f"{key}: {error}") from None


# -- values from plain text ----------------------------------------


def read_integer(text: str) -> int:
    """Read an integer such as ``64`` or ``1k``."""
    return _read_amount(text, COUNTS, POSITIVE_INTEGER)


def read_selectors(text: str) -> list[str]:
    """Read selectors that are separated by commas or blanks."""
    return list(split_selectors(text))


def read_paths(text: str) -> list[str]:
    """Read paths that are separated by commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def read_severities(text: str) -> dict[str, str]:
    """Read ``CNN101=warning,shape=info``."""
    return dict(_pairs(text, "=", "CODE=SEVERITY"))


def read_selectors_by_file(text: str) -> dict[str, list[str]]:
    """Read ``zoo/*.cnn:CNN101,zoo/*.cnn:CNN102``."""
    table: dict[str, list[str]] = {}
    for pattern, selector in _pairs(text, ":", "PATTERN:RULE"):
        table.setdefault(pattern, []).append(selector)
    return table


def read_volumes_by_network(text: str) -> dict[str, str]:
    """Read ``nets/*.py:Net=32x32x3,other.py=28x28x1``."""
    return dict(_pairs(text, "=", "PATTERN=WxHxD"))


def _pairs(text: str, separator: str, form: str) -> Iterable[tuple[str, str]]:
    """Yield the pairs of a list; the last separator in a part is the one that counts."""
    for part in read_paths(text):
        left, _, right = (piece.strip() for piece in part.rpartition(separator))
        if not left or not right:
            raise InvalidValueError(f"expected {form}, not {part!r}")
        yield left, right
