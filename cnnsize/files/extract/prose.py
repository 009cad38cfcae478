"""Find ``INPUT[32x32x3] -> ...`` in the middle of other text, and where it must end."""

from __future__ import annotations

import re
from collections.abc import Iterator

START = r"(?<![\w.-])INPUT\[\d{1,18}x\d{1,18}x\d{1,18}\]\s*(?:->|→)"
ARROW = r"[ \t]*(?:\r?\n[ \t]*)?(?:->|→|=>)[ \t]*(?:\r?\n[ \t]*)?"
WORD = r"\w+(?:[-.]\w+)*(?:-(?=\())?"
COUNT = r"[ \t]*\*[ \t]*(?:\w+|(?=\())|\?|[ \t]*:[ \t]*(?=\[)"
OPEN, CLOSE = "[({", "])}"
QUOTES = "\"'`"
# words and another arrow: the layer before is misspelt, but the network goes on
MISSPELT_LAYER = r"(?:(?!INPUT\b)[^\n,.;:(){}<>$|\"'`]){0,99}?(?:->|→)[ \t]*"
MAX_LENGTH = 100_000


def find(text: str) -> Iterator[tuple[int, int]]:
    """Yield where networks with an input of a known size begin and end.

    Those that break off with an arrow or ``...`` are left out.
    """
    end = 0
    bracket_ends: dict[int, int] | None = None
    for match in re.finditer(START, text):
        start = match.start()
        if start < end:
            continue
        if bracket_ends is None:
            bracket_ends = _bracket_ends(text)
        end = _chain_end(text, start, bracket_ends)
        network = text[start:end].rstrip()
        if not re.search(r"(?:->|→)$|\.\.\.|…", network):
            yield start, start + len(network)


def _chain_end(text: str, start: int, bracket_ends: dict[int, int]) -> int:
    """Return the offset after the last layer of a chain; within quotes, that of the closing one."""
    if start and text[start - 1] in QUOTES:
        close = text.find(text[start - 1], start, start + MAX_LENGTH)
        if close >= 0 and "\n" not in text[start:close]:
            return close
    arrow, misspelt = re.compile(ARROW), re.compile(MISSPELT_LAYER)
    offset = end = _layer_end(text, start, bracket_ends)
    while end - start < MAX_LENGTH:
        link = arrow.match(text, offset) or misspelt.match(text, offset)
        if link is None:
            break
        offset = _layer_end(text, link.end(), bracket_ends)
        if offset == link.end():  # no layer after the arrow
            return offset
        end = offset
    return end


def _layer_end(text: str, offset: int, bracket_ends: dict[int, int]) -> int:
    """Return the offset after one layer: a word, what is in its brackets, its repeat count."""
    if text.startswith(("...", "…"), offset):
        return offset + (3 if text[offset] == "." else 1)
    count = re.compile(COUNT)
    word = re.compile(WORD).match(text, offset)
    offset = word.end() if word is not None else offset
    while offset < len(text):
        offset = bracket_ends.get(offset, offset)
        repeat = count.match(text, offset)
        if repeat is not None and repeat.end() > offset:
            offset = repeat.end()
        elif offset not in bracket_ends:
            break
    return offset


def _bracket_ends(text: str) -> dict[int, int]:
    """Map each opening bracket to the offset after its closing one.

    A pair of brackets does not reach over a quotation mark or an empty line.
    """
    ends: dict[int, int] = {}
    opened: list[int] = []
    for match in re.finditer(r"[\[({\])}\"'`]|\n[ \t\r]*\n", text):
        if match[0] in OPEN:
            opened.append(match.start())
        elif match[0] not in CLOSE:
            opened.clear()
        elif opened:
            ends[opened.pop()] = match.end()
    return ends
