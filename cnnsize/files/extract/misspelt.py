"""Tell the misspelt name of a layer from a word of its own."""

from __future__ import annotations

from cnnsize.files.extract.found_chain import AMBIGUOUS
from cnnsize.layers.names import ALIASES, NOT_OURS
from cnnsize.text.suggest import squeeze


def is_misspelt(word: str) -> bool:
    """Return whether a word is a layer's name with one letter wrong, added, left out or swapped."""
    key = squeeze(word)
    if len(key) < 4 or not key.isalpha() or not key.isascii() or key in NOT_OURS or key in ALIASES:
        return False
    if any(key.startswith(name) or key.endswith(name) for name in ALIASES if len(name) > 3):
        return False  # a name of its own, such as GCONV or POOLED
    return any(
        name[0] == key[0] and len(name) > 3 and name.isalpha() and _differ_in_one(key, name)
        for name in ALIASES
        if name not in AMBIGUOUS or name in ("POOL", "DENSE", "AFFINE", "LINEAR", "INPUT", "OUTPUT")
    )


def _differ_in_one(left: str, right: str) -> bool:
    """Return whether two different words differ in one letter, or in two that are swapped."""
    if abs(len(left) - len(right)) > 1:
        return False
    begin = 0
    while begin < min(len(left), len(right)) and left[begin] == right[begin]:
        begin += 1
    left, right = left[begin:], right[begin:]
    return (
        left[1:] == right[1:]
        or left[1:] == right
        or left == right[1:]
        or (left[2:] == right[2:] and left[:2] == right[1::-1])
    )
