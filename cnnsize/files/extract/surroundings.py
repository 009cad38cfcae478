"""What is around a chain: it tells a chain from code, paths and parts of longer names."""

from __future__ import annotations

import re

CODE_BEFORE = re.compile(r"::|\bdigraph\b|\b(?:import|from|using|require)\b[^\n]*$")
# what is right after a layer, if its name is a part of a longer one
LONGER_NAME = re.compile(r"[-–][^\W\d]|[_@]\w|\.\w|/[\w.]|\w|::|=(?![>=])")
LONGER_NAME_BEFORE = re.compile(r"(?:[\w$)\]][-./\\:@]|[\w$])$|[./\\~@#]$|->$|--$")
MODULE = re.compile(r"(?<![\w.])(?:(?:torch\.)?nn|(?:tf\.)?(?:keras\.)?layers)\.$")
# words before the name of a layer that make it another one
OTHER_LAYER = re.compile(
    r"\b(?:[134]-?D|ATROUS|CAUSAL|DEFORMABLE|DEPTHWISE|DILATED|GATED|GRAPH|GROUPED|MASKED|OCTAVE"
    r"|PARTIAL|QUANTUM|SEPARABLE|SPARSE|SPECTRAL|STRIDED|TEMPORAL|TRANSPOSED)[ -]$",
    re.IGNORECASE,
)
# a layer of a signal or a volume and the arrow after it
OTHER_SHAPE = re.compile(
    r"(?:conv|convolution|pool|pooling)(?:[ -]?[13]-?d\b|transpose[13]d\b)[^\n]{0,40}"
    r"(?:-+>|=+>|→)\s*$",
    re.IGNORECASE,
)
MAX_BEFORE = 300  # characters before a chain that are looked at


def is_apart(text: str, start: int, end: int) -> bool:
    """Return whether a span is no part of a longer name, a path or code."""
    before = MODULE.sub("", _line_before(text, start))
    if "\\" in text[start:end]:
        before = before.removesuffix("$")  # of TeX
    if (
        OTHER_SHAPE.search(before)
        or CODE_BEFORE.search(before)
        or LONGER_NAME_BEFORE.search(before)
    ):
        return False
    return LONGER_NAME.match(text, end) is None


def is_other_layer(text: str, start: int) -> bool:
    """Return whether a word before a layer makes it another one, as in ``dilated conv``."""
    return OTHER_LAYER.search(_line_before(text, start)) is not None


def _line_before(text: str, start: int) -> str:
    line_start = text.rfind("\n", 0, start) + 1
    return text[max(line_start, start - MAX_BEFORE) : start]
