"""Split a document into statements."""

from __future__ import annotations

import re

# patterns as text: re compiles and keeps them when a text has several lines, and most have one
CONNECTOR = r"\s*(?:[-=─━–—]{1,16} ?[>►]|[→⇒⟶➡➔]|[↓▼│⬇]|\|\s*$|where\b|\*|×)"
OPEN_END = r"(?:[-=─━–—] ?[>►]|[→⇒⟶➡➔,+]|[↓▼│⬇]|(?:^|\s)\||\s[-–—])$"
STARTS = r"\s*(?:[^\W\d]\w*[ \t]{0,99}(?:\([^()=]*\)[ \t]{0,99})?=(?![>=])|(?i:INPUT)\b)"
BLOCK = r"(?m)^[ \t]{0,99}([^\W\d]\w*)[ \t]{0,99}\([^()=\n]*\)[ \t]{0,99}=(?![>=])"

# a text of several lines without any of these is no paste
PASTE_SIGNS = (
    "Sequential",
    "): ",
    ".add(",
    ")(",
    "nn.",
    "layers.",
    "(type",
    "├─",
    "None,",
    "[-1,",
    "| Type",
    "self.",
    "import ",
    "Input(",
    "keras",
)


def is_paste(text: str) -> bool:
    """Return whether all of a text is one statement that was pasted: a model in other words."""
    if not any(sign in text for sign in PASTE_SIGNS):
        return False
    from cnnsize.language.pastes.registry import find_reader  # late: most texts have no sign

    return find_reader(text) is not None


def statement_spans(text: str) -> list[tuple[int, int]]:
    """Return where each statement begins and ends.

    A newline ends one where no arrow is before or after it and no bracket is open. An unclosed
    bracket does not swallow the next network.
    """
    if "\n" not in text:
        return [(0, len(text))] if text.partition("#")[0].strip() else []
    spans: list[tuple[int, int]] = []
    start = end = -1
    depth = 0
    open_end = False
    offset = 0
    for line in text.split("\n"):
        begin, offset = offset, offset + len(line) + 1
        code = line.partition("#")[0]
        if not code.strip():
            continue
        is_inside = depth > 0 or re.match(CONNECTOR, code) is not None
        continues = open_end or (is_inside and not re.match(STARTS, code))
        continues = continues and start >= 0
        if not continues:
            if start >= 0:
                spans.append((start, end))
            start = begin + len(code) - len(code.lstrip())
            depth = 0
        code = code.rstrip()
        end = begin + len(code)
        opened, closed = sum(map(code.count, "[({")), sum(map(code.count, "])}"))
        depth = max(0, depth + opened - closed)
        open_end = (
            code[-1] not in ")]}"
            and not code[-1].isalnum()
            and re.search(OPEN_END, code[-8:]) is not None
        )
    if start >= 0:
        spans.append((start, end))
    return spans
