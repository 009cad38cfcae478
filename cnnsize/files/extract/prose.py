"""``INPUT[32x32x3] -> ...`` in the middle of other text: where it begins, and where it must end."""

from __future__ import annotations

import re
from collections.abc import Iterator

START = r"(?<![\w.-])INPUT\[\d{1,18}x\d{1,18}x\d{1,18}\]\s*(?:->|→)"
ARROW = r"[ \t]*(?:\r?\n[ \t]*)?(?:->|→|=>)[ \t]*(?:\r?\n[ \t]*)?"
WORD = r"\w+(?:[-.]\w+)*(?:-(?=\())?"
COUNT = r"[ \t]*\*[ \t]*(?:\w+|(?=\())|\?|[ \t]*:[ \t]*(?=\[)"
OPEN, CLOSE = "[({", "])}"
QUOTES = "\"'`"
# words and another arrow: the step was written wrongly
MORE = r"(?:(?!INPUT\b)[^\n,.;:(){}<>$|\"'`]){0,99}?(?:->|→)[ \t]*"
MAX_LENGTH = 100_000


def find(text: str) -> Iterator[tuple[int, int]]:
    """Where networks with an input of a known size stand, those that break off with an arrow or ...
    left out.
    """
    end = 0
    closed: dict[int, int] | None = None
    for found in re.finditer(START, text):
        if found.start() < end:
            continue
        if closed is None:
            closed = _closed(text)
        end = _end(text, found.start(), closed)
        written = text[found.start() : end].rstrip()
        if not re.search(r"(?:->|→)$|\.\.\.|…", written):
            yield found.start(), found.start() + len(written)


def _end(text: str, start: int, closed: dict[int, int]) -> int:
    """Behind the last step of the chain that begins here; in quotes, where they close."""
    if start and text[start - 1] in QUOTES:
        close = text.find(text[start - 1], start, start + MAX_LENGTH)
        if close >= 0 and "\n" not in text[start:close]:
            return close
    arrow, more = re.compile(ARROW), re.compile(MORE)
    at = end = _step(text, start, closed)
    while (
        next_ := arrow.match(text, at) or more.match(text, at)
    ) is not None and end - start < MAX_LENGTH:
        at = _step(text, next_.end(), closed)
        if at == next_.end():  # nothing behind the arrow
            return next_.end()
        end = at
    return end


def _step(text: str, at: int, closed: dict[int, int]) -> int:
    """Behind one step: a word, what stands in its brackets, how often it is repeated."""
    word, count = re.compile(WORD), re.compile(COUNT)
    if text.startswith(("...", "…"), at):
        return at + (3 if text[at] == "." else 1)
    found = word.match(text, at)
    at = found.end() if found is not None else at
    while at < len(text):
        at = closed.get(at, at)
        more = count.match(text, at)
        if more is not None and more.end() > at:
            at = more.end()
        elif at not in closed:
            break
    return at


def _closed(text: str) -> dict[int, int]:
    """For each bracket, where the text behind the one that closes it begins; not over quotes and
    empty lines.
    """
    found: dict[int, int] = {}
    opened: list[int] = []
    for one in re.finditer(r"[\[({\])}\"'`]|\n[ \t\r]*\n", text):
        if one[0] in OPEN:
            opened.append(one.start())
        elif one[0] not in CLOSE:
            opened.clear()
        elif opened:
            found[opened.pop()] = one.end()
    return found
