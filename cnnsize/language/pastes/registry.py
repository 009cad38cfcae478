"""Which module reads which paste.

The table names modules, so that one is only imported when a text needs it. A module has a function
``read(text) -> StrictText``, which raises ArchitectureError with spans of ``text``.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnsize.language.informal.writer import StrictText

PREFIX = r"(?m)^[ \t]*(?:(?:>>>|In \[\d*\]:)[ \t]*)?"  # of a line with code
NO_ARROW = r"[^\n>→⇒#]*(?:#[^\n]*)?$"  # up to the end of the line, but for a comment
CODE = "|".join(
    (
        r"(?:[\w.]+[ \t]*=[ \t]*|return[ \t]+|model\.add\()?(?:\w+\.)*Sequential\s*\(",
        r"[\w.]+\.add\(\s*(?:\w+\.)*[A-Z]\w*\(",
        r"self\.\w+[ \t]*=[ \t]*(?:\w+\.)*[A-Z]\w*\(",
        rf"[\w.]+[ \t]*=[ \t]*(?:\w+\.)*(?:nn|layers)\.[A-Z]\w*\({NO_ARROW}",
        r"[\w.]+[ \t]*=[ \t]*(?:\w+\.)*[A-Z]\w*\([^\n]*\)\([\[\w]",
        rf"[\w.]+[ \t]*=[ \t]*(?:\w+\.)*Input\({NO_ARROW}",
        r"\)\(\w+\)[ \t\r]*$",
        rf"\w+[ \t]*\+?=[ \t]*\[\s*(?:\w+\.)*(?:nn|layers)\.[A-Z]\w*\({NO_ARROW}",
        r"class \w+\([\w.]*(?:Module|Model)\):",
        r"def (?:forward|call)\(self",
        r"(?:from|import) (?:torch|tensorflow|keras)\b",
    )
)
HEAD_LENGTH = 20_000  # characters in which a paste has to show what it is


class PasteReader(NamedTuple):
    """One sort of paste: its name, the module of this package that reads it, and its sign."""

    name: str
    module: str
    sign: str  # a regular expression, searched in the first ``HEAD_LENGTH`` characters

    def looks_like(self, text: str) -> bool:
        """Return whether a text may be a paste of this sort."""
        return re.search(self.sign, text[:HEAD_LENGTH]) is not None

    def read(self, text: str) -> StrictText:
        """Return the strict text of a paste. Raises ArchitectureError with spans of ``text``."""
        module = import_module(f"cnnsize.language.pastes.{self.module}")
        return cast("Callable[[str], StrictText]", module.read)(text)


NONE_SHAPE = r"\w{1,99}…? ?\([\w>.]{1,99}…?\)?\s{1,99}[│|]?\s*[\[(]{1,2}None, ?(?:None|\d)"
TREE_ROW = r"^[\s#│|]{0,99}[├└+][─ ] ?\w+(?: \([\w.]+\))?: \d+(?:-\d+)?\s"
READERS = (
    PasteReader(
        "the table of PyTorch Lightning",
        "tables.lightning",
        r"\|\s{0,9}Name\s{0,99}\|\s{0,9}Type\s{0,99}\|\s{0,9}Params",
    ),
    PasteReader(
        "the table of torchinfo",
        "tables.torchinfo",
        rf"(?m){TREE_ROW}|\(type[^\n]*:depth-idx\)|Layer \(type[^\n]{{0,300}}\n[^├└]{{0,2000}}[├└]─\w",
    ),
    PasteReader(
        "the table of torchsummary",
        "tables.torch_summary",
        r"(?m)^[^\n]{0,60}?\b[A-Za-z_]\w*-\d{1,9}[ \t]+\[{1,2}-?\d+(?:, ?-?\d+)+\][^\n]*?[ \t][\d,]+[ \t\r]*$",
    ),
    PasteReader(
        "the table of Keras",
        "tables.keras_summary",
        rf"Layer \(type\)[^\n]{{0,200}}Output Shape|{NONE_SHAPE}",
    ),
    # (0): ReLU()
    PasteReader(
        "the print of a PyTorch module",
        "printed",
        r"(?:^|[\s(])\([\w.-]{1,99}\):[ \t]*(?:[0-9]{1,18} x )?[A-Za-z_][\w.]{0,199}\(",
    ),
    PasteReader("Python code", "python", rf"{PREFIX}(?:{CODE})"),
)


def find_reader(text: str) -> PasteReader | None:
    """Return the reader for a paste; None for any other text."""
    return next((reader for reader in READERS if reader.looks_like(text)), None)
