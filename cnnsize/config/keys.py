"""The configuration keys: how a value is checked, and how it is read from plain text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

from cnnsize.config import FORMATS
from cnnsize.config.values import (
    Check,
    InvalidValueError,
    amount_in,
    check_architecture_pattern,
    check_globs,
    check_positive_integer,
    check_selectors_by_file,
    check_severities,
    check_strings,
    check_text,
    check_volume,
    check_volumes_by_network,
    quoted,
    read_integer,
    read_paths,
    read_selectors,
    read_selectors_by_file,
    read_severities,
    read_volumes_by_network,
    word_of,
    words_of,
)
from cnnsize.lint.selection import SEVERITIES
from cnnsize.text.amount import BYTES, COUNTS
from cnnsize.text.english import alternatives
from cnnsize.text.suggest import nearest

ROUNDINGS = ("torch", "strict", "floor")
TARGETS = ("torch", "tensorflow")
LOSSES = ("cross-entropy", "nll", "bce", "mse", "hinge")
UNMARKED = ("python", "raw", "models")  # where `extract` also searches for networks without a mark


class InvalidKeyError(Exception):
    """Raised for an unknown key, and for a key with an invalid value."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(key, message)
        self.key = key
        self.message = message


class Key(NamedTuple):
    """One key: ``check`` takes its value in TOML, which ``read`` makes from plain text."""

    check: Check
    read: Callable[[str], Any]
    type: str
    default: str  # in TOML; empty if the key is not set
    about: str


def words(*allowed: str) -> str:
    """Return the type of a key that takes one of these words."""
    return alternatives(allowed)


RULE_LIST = "list of rules"
COUNT = "whole number"
KEYS: dict[str, Key] = {
    "select": Key(
        *(
            check_strings,
            read_selectors,
            RULE_LIST,
            "",
            "Rules to report, instead of the default set.",
        ),
    ),
    "ignore": Key(check_strings, read_selectors, RULE_LIST, "[]", "Rules not to report."),
    "extend-select": Key(
        *(check_strings, read_selectors, RULE_LIST, "[]", "Rules to report as well."),
    ),
    "per-file-ignores": Key(
        *(check_selectors_by_file, read_selectors_by_file, "table of lists of rules", "{}"),
        "Rules not to report in files that match a pattern.",
    ),
    "severity": Key(
        *(check_severities, read_severities, "table of severities", "{}"),
        "Severities of rules, in place of their own.",
    ),
    "fail-on": Key(
        *(word_of(*SEVERITIES, "never"), str.strip, words(*SEVERITIES, "never"), '"warning"'),
        "Lowest severity that makes the exit status 1.",
    ),
    "rounding": Key(
        *(word_of(*ROUNDINGS), str.strip, words(*ROUNDINGS), '"torch"'),
        "What to report of a window that does not fit a whole number of times.",
    ),
    "target": Key(
        *(word_of(*TARGETS), str.strip, words(*TARGETS), '"torch"'),
        "Framework whose arithmetic and limits apply.",
    ),
    "hardware": Key(
        *(word_of("nvidia"), str.strip, words("nvidia"), ""),
        "Hardware whose rules are turned on.",
    ),
    "loss": Key(
        *(word_of(*LOSSES), str.strip, words(*LOSSES), ""),
        "Loss whose rules about the last layer are turned on.",
    ),
    "budget.params": Key(
        *(amount_in(COUNTS, "25.6M"), str, "count", ""), "Most parameters of one network."
    ),
    "budget.macs": Key(
        *(amount_in(COUNTS, "4.1G"), str, "count", ""), "Most multiply-adds of one network."
    ),
    "budget.memory": Key(
        *(amount_in(BYTES, "500MiB or 12GB"), str, "bytes", ""),
        "Most memory for the activations of one network.",
    ),
    "pattern": Key(
        *(check_architecture_pattern, str, "network", ""), "Pattern that networks must match."
    ),
    "rule-dirs": Key(
        *(partial(check_strings, example='["lint/"]'), read_paths, "list of directories", "[]"),
        "Directories with rules of your own.",
    ),
    "exclude": Key(
        *(check_globs, read_paths, "list of patterns", "[]"), "Files to skip in directories."
    ),
    "extract": Key(
        *(words_of(*UNMARKED), read_paths, f"list of {words(*UNMARKED)}", "[]"),
        "Where to find networks that nothing marks.",
    ),
    "inputs": Key(
        *(check_volumes_by_network, read_volumes_by_network, "table of WxHxD", "{}"),
        'Sizes of inputs of networks in Python files, by patterns such as "nets/*.py:Net".',
    ),
    "cache-dir": Key(
        *(check_text, str, "directory", '".cnnsize_cache"'),
        "Where check keeps results of files without findings.",
    ),
    "output-format": Key(
        *(word_of(*FORMATS), str.strip, words(*FORMATS), '"full"'), "Output format of check."
    ),
    "defaults.input": Key(check_volume, str, "WxHxD", '"32x32x3"', "INPUT without a size."),
    "defaults.filter": Key(
        *(check_positive_integer, read_integer, COUNT, "3"), "F of a convolution without one."
    ),
    "defaults.filters": Key(
        *(check_positive_integer, read_integer, COUNT, "64"), "K of a convolution without one."
    ),
    "defaults.pool": Key(
        *(check_positive_integer, read_integer, COUNT, "2"), "F of a pooling layer without one."
    ),
    "defaults.hidden": Key(
        *(check_positive_integer, read_integer, COUNT, "512"), "K of an FC without one."
    ),
    "defaults.classes": Key(
        *(check_positive_integer, read_integer, COUNT, "10"), "K of the last FC without one."
    ),
}
TABLES = ("budget", "defaults")  # keys that hold other keys


def check_table(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the checked values of a TOML table by key. Raises InvalidKeyError."""
    values: dict[str, Any] = {}
    for key, value in _flatten(table):
        if key in TABLES:
            inner_keys = [name.partition(".")[2] for name in KEYS if name.startswith(f"{key}.")]
            raise InvalidKeyError(
                key, f"expected a table with {', '.join(inner_keys)}, not {quoted(value)}"
            )
        if key not in KEYS:
            raise InvalidKeyError(key, _unknown_key(key))
        try:
            values[key] = KEYS[key].check(value)
        except InvalidValueError as error:
            raise InvalidKeyError(key, str(error)) from None
    return values


def _flatten(table: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Yield keys and values; those in one of ``TABLES`` as ``budget.params``."""
    for key, value in table.items():
        if key in TABLES and isinstance(value, dict):
            yield from ((f"{key}.{inner}", inner_value) for inner, inner_value in value.items())
        else:
            yield key, value


def _unknown_key(key: str) -> str:
    """Return the message ``unknown key; did you mean 'target'?``."""
    head, dot, tail = key.partition(".")
    in_table = [name for name in KEYS if dot and name.startswith(f"{head}.")]
    known = in_table or list(KEYS)
    plain = key.replace("_", "-").lower()
    by_last_part = {name.rpartition(".")[2]: name for name in known}
    if plain in KEYS:
        similar = [plain]
    elif dot:
        similar = [by_last_part[name] for name in nearest(tail, by_last_part)]
    else:
        similar = nearest(plain, known) or [
            by_last_part[name] for name in nearest(plain, by_last_part)
        ]
    if similar:
        return f"unknown key; did you mean {alternatives(map(repr, similar))}?"
    return f"unknown key; valid keys: {', '.join(known)}"
