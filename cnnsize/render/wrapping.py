"""Wrap the names of layers: before ``+``, else before ``(`` or after a comma, else anywhere."""

from __future__ import annotations

import re

from cnnsize.text.terminal import display_width

BEFORE_LAYER = re.compile(r"(?= \+ )|(?<! )(?=\+)")
INSIDE_LAYER = re.compile(r"(?=\()|(?<=, )|(?<=,)(?! )")
HANGING = "  "  # before all lines but the first
MIN_WIDTH = 6  # of a line after its indent


def wrapped(text: str, width: int, indent: str = "", later_width: int = 0) -> list[str]:
    """Return the lines of a name, all of them indented. The first is at most ``width`` wide.

    The others may be up to ``later_width`` wide, if that is more.
    """
    indent = indent[: max(0, width - MIN_WIDTH)]
    if display_width(text) <= width - len(indent):
        return [indent + text]
    lines = [indent]
    hanging = " " * len(indent) + (HANGING if width - len(indent) > MIN_WIDTH else "")

    def space() -> int:
        """Return how much fits into the last line."""
        limit = width if len(lines) == 1 else max(width, later_width)
        return limit - display_width(lines[-1])

    def add(parts: list[str]) -> None:
        """Append parts to the last line, or to new lines where they do not fit."""
        for part in parts:
            is_empty = not lines[-1].strip(" |[]")
            text = part.lstrip() if is_empty else part
            if display_width(text.rstrip()) <= space():
                lines[-1] += text
                continue
            smaller = [part for part in INSIDE_LAYER.split(text) if part]
            fits_later = display_width(text.strip()) <= max(width, later_width) - len(hanging)
            if len(smaller) > 1 and not (fits_later and not is_empty):
                add(smaller)
            elif not is_empty:
                lines.append(hanging)
                add([text.lstrip()])
            else:
                cut = _longest_start(text, max(1, space()))
                lines[-1] += text[:cut]
                lines.append(hanging)
                add([text[cut:]])

    add(BEFORE_LAYER.split(text))
    return [line.rstrip() for line in lines]


def longest_first_part(text: str) -> int:
    """Return the width of the part of a name that its first line needs."""
    first_layer = BEFORE_LAYER.split(text)[0]
    return max(map(display_width, INSIDE_LAYER.split(first_layer)[:2]))  # "" before a "("


def _longest_start(text: str, width: int) -> int:
    """Return how many characters fit into ``width`` columns, at least one."""
    end = 1
    while end < len(text) and display_width(text[: end + 1]) <= width:
        end += 1
    return end
