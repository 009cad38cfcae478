"""Layers named in other languages: what a chain of them holds, and where a name begins in a text
without spaces.
"""

from __future__ import annotations

import re
from functools import cache

from cnnsize.language.informal.languages import CJK, TABLE, phrases, plain
from cnnsize.language.informal.translation import split_suffix
from cnnsize.layers.names import ALIASES

WITH_WEIGHTS = ("CONV", "DWCONV", "PWCONV", "DECONV", "FC")
MAX_NAME = 12  # characters of a name that is looked for in a longer run
NUMERALS = re.compile("[一二两兩三四五六七八九十]")
# Chinese, Japanese and Korean words are written without a space after a Latin one.
SCRIPT = "\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef"
GLUED_SCRIPT = rf"(?<=\w)(?<![{SCRIPT}])[{SCRIPT}]+|[{SCRIPT}]+(?=[A-Za-z0-9])"
BLANK = "¶"


@cache
def seeds() -> tuple[str, ...]:
    """Return words in lower case of which every chain in another language holds one."""
    words = {
        word.strip().lower()
        for kind in WITH_WEIGHTS
        for row in TABLE[kind].values()
        for word in row.split(",")
    }
    return tuple(
        sorted(word for word in words if not any(other in word for other in words - {word}))
    )


def with_names_apart(text: str) -> str:
    """Return a text of the same length with signs in place of what is glued to names of layers."""
    if text.isascii():
        return text
    text = re.sub(f"[{CJK}]+", _layer_in_run, text)
    return re.sub(
        GLUED_SCRIPT, lambda run: run[0] if _is_word(run[0]) else BLANK * len(run[0]), text
    )


def _layer_in_run(match: re.Match[str]) -> str:
    """Return a run of characters with signs before or after the name of a layer in it."""
    run = match[0]
    if _is_word(run):
        return run
    for begin in range(max(1, len(run) - MAX_NAME), len(run) - 1):
        is_counted = NUMERALS.search(run[:begin]) and "第" not in run[:begin]
        if _is_layer(run[begin:]) and not is_counted:
            return BLANK * begin + run[begin:]
    for end in range(min(MAX_NAME, len(run) - 1), 1, -1):
        if _is_layer(run[:end]):
            return run[:end] + BLANK * (len(run) - end)
    return run


def _is_word(run: str) -> bool:
    """Return whether a run is a word of the table, or a name with "layer" glued to it."""
    return plain(run) in phrases() or bool(split_suffix(run))


def _is_layer(run: str) -> bool:
    """Return whether a run is the name of a layer."""
    return phrases().get(plain(run)) in ALIASES or bool(split_suffix(run))
