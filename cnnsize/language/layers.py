"""How the head of a layer is split into name, filter size and width."""

from __future__ import annotations

import re

from cnnsize.layers import KINDS
from cnnsize.layers.names import ALIASES, CANONICAL, JOINS
from cnnsize.text.span import Span

NUMBER = r"[0-9]*\.[0-9]+(?:[eE]-?[0-9]+)?|[0-9]+\.(?!\.)|[0-9]+[eE]-?[0-9]+"
LAYER = (
    r"([A-Z][A-Z0-9]*(?:x[0-9]+)?(?:-[0-9]+)?(?:\[[0-9]+x[0-9]+(?:x[0-9]+)?\])?"
    r"(?:\([\w=., -]*\))?)"
)
KNOWN = frozenset(CANONICAL)
RESERVED = frozenset((*ALIASES, *JOINS, "ID", "WHERE"))
# a layer with variables in canonical form, and a call with numbers alone: what blocks are made of
LETTERED = re.compile(
    r"([A-Z][A-Z0-9]*(?:x[0-9]+)?(?:-(?:[0-9]+|([a-z]\w{0,30})|\([^()\n]*\)))?"
    r"(?:\[(?:[0-9]+|\([^()\n]*\))(?:x(?:[0-9]+|\([^()\n]*\))){1,2}\])?"
    r"(?:\((?:[^()\n#]|\([^()\n#]*\))*\))?)(?=[ \n\r\]}|*?:]|\Z)"
)
SIMPLE = re.compile(r"([A-Z]+)([0-9]{1,17})?(?:-([0-9]{1,17}))?")  # CONV3-64, POOL2, FC-10, RELU
BARE = frozenset(
    kind for kind, cls in KINDS.items() if cls.positional
)  # they take a value without a key


def split_head(word: str) -> tuple[str, str | None, str | None] | None:
    """A layer's name and its glued kernel: the longest known name wins (RELU6, DROPOUT2D)."""
    if word in KNOWN:
        return word, None, None
    found = re.fullmatch(r"(.*?)([0-9]+)(?:x([0-9]+))?", word)
    if found is None:
        return None
    name, width, height = found.groups()
    # RELU6 and DROPOUT2D hold digits themselves: CONV11 must not stop at CONV1
    for cut in range(len(name) + len(width), len(name) - 1, -1):
        if word[:cut] in KNOWN and word[cut : len(name) + len(width)].isdigit():
            return word[:cut], word[cut : len(name) + len(width)], height
    return None


def replacement(start: int, end: int, text: str):  # type: ignore[no-untyped-def]
    from cnnsize.text.diagnostic import Edit

    return Edit(Span(start, end), text)


def alternatives(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]
