"""Names of emitted source: those that the user gave, where Python and torch leave them free.

Nothing but ASCII letters, digits and underscores ever gets through, so a name cannot hold code.
"""

from __future__ import annotations

import builtins
import keyword
import re

from cnnsize.torch_code.helpers import LEAVES

TAKEN = {
    *keyword.kwlist,
    *keyword.softkwlist,
    *dir(builtins),
    "torch",
    "nn",
    "Tensor",
    "self",
    "cls",
}
AMBIGUOUS = {"l", "O", "I"}  # ruff E741
MAX_NAME = 60  # letters of a class: its line is no longer than ruff's
MAX_ARGUMENT = 40


def ascii_word(text: str) -> str:
    """The text with all that is no ASCII letter, digit or underscore spelled out."""
    return re.sub(r"[^A-Za-z0-9_]", lambda found: f"u{ord(found[0]):x}", text)


def camel(text: str) -> str:
    """``x_block`` as a class is called: XBlock."""
    words = [word for word in ascii_word(text).split("_") if word]
    joined = "".join(word[0].upper() + word[1:] for word in words)
    return (joined if joined[:1].isalpha() else f"Block{joined}")[:MAX_NAME]


def snake(text: str) -> str:
    """``XBlock`` as an attribute is called: x_block."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text).lower()


def argument(text: str) -> str:
    """A letter of the language as an argument."""
    word = ascii_word(text).strip("_")[:MAX_ARGUMENT].rstrip("_")
    if not word[:1].isalpha():
        word = f"n_{word}".rstrip("_")
    return f"{word}_" if word in TAKEN or word in AMBIGUOUS else word


class Names:
    """Hands out names, each once."""

    def __init__(self, taken: set[str] | frozenset[str] = frozenset()) -> None:
        self.taken = {*TAKEN, *AMBIGUOUS, *taken}

    def free(self, wanted: str, instead: str = "") -> str:
        """The name that was wanted, else with ``instead`` behind it, else with a number."""
        for word in (wanted, wanted + instead):
            if word not in self.taken:
                self.taken.add(word)
                return word
        number = 2
        while f"{wanted}{instead}{number}" in self.taken:
            number += 1
        return self.free(f"{wanted}{instead}{number}")


def class_name(text: str) -> str | None:
    """Why this cannot be the name of a class; None where it can."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        return "letters, digits and underscores make a class name, and no digit begins it"
    if text in TAKEN:
        return "Python or torch needs that name"
    if text in LEAVES:
        return "the source may need it for a layer that torch has no module for"
    if len(text) > MAX_NAME:
        return f"{MAX_NAME} letters are the most that fit on its line"
    if text.startswith("__"):
        return "two underscores in front are Python's own"
    return None
