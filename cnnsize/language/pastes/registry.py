"""Which module reads which paste.

The table names modules, so that one is only imported when a text needs it. A module has a function
``read(text) -> StrictText``, which raises ArchitectureError with spans of ``text``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, cast

from cnnsize.language.pastes.clean import clean
from cnnsize.record import replace as replace_fields
from cnnsize.text.diagnostic import ArchitectureError
from cnnsize.text.span import PieceMap

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnsize.language.informal.writer import StrictText
    from cnnsize.layers.volume import Volume

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


NO_MODEL = "this Python code builds no model that can be read"
BAD_CODE = "this is not complete Python code"  # how the message begins


class PasteReader(NamedTuple):
    """One sort of paste: its name, the module of this package that reads it, and its sign."""

    name: str
    module: str
    sign: str  # a regular expression, searched in the first ``HEAD_LENGTH`` characters

    def find(self, text: str) -> re.Match[str] | None:
        """Return where a text has the sign of this sort."""
        return re.search(self.sign, text[:HEAD_LENGTH])

    def read(self, text: str, input: Volume | None = None) -> StrictText:
        """Return the strict text of a paste. Raises ArchitectureError with spans of ``text``.

        ``input`` is the size for a table that has none of its own.
        """
        cleaned, map = clean(text)
        try:
            strict = self.read_clean(cleaned, input)
        except ArchitectureError as error:
            if map is None:
                raise
            diagnostic = replace_fields(error.diagnostic, span=map.span(error.diagnostic.span))
            raise ArchitectureError(diagnostic, text) from None
        return strict if map is None else mapped(strict, map)

    def read_clean(self, text: str, input: Volume | None) -> StrictText:
        """Return the strict text of a paste without marks before its lines.

        Output is only read where no code before it builds the model: code also has what forward()
        does. Raises ArchitectureError.
        """
        code = CODE_READER.find(text)
        output = self.find(text)
        if self is CODE_READER or code is None or output is None or code.start() > output.start():
            return self.read_module(text, input)
        for part in (text, text[: line_before(text, output.start())]):
            try:
                strict = CODE_READER.read_module(part, None)
            except ArchitectureError as error:
                message = error.diagnostic.message
                if message != NO_MODEL and not message.startswith(BAD_CODE):
                    raise
            else:
                note = f"the code is read, and not {self.name} after it"
                return replace(strict, notes=(note, *strict.notes))
        return self.read_module(text, input)

    def read_module(self, text: str, input: Volume | None) -> StrictText:
        """Return the strict text that the module of this sort makes. Raises ArchitectureError."""
        module = import_module(f"cnnsize.language.pastes.{self.module}")
        if self.module.startswith("tables."):
            return cast("Callable[[str, Volume | None], StrictText]", module.read)(text, input)
        return cast("Callable[[str], StrictText]", module.read)(text)


def mapped(strict: StrictText, map: PieceMap) -> StrictText:
    """Return strict text with the places of the text that ``map`` leads to."""
    return replace(
        strict,
        map=strict.map.inside(map),
        readings=tuple(each._replace(span=map.span(each.span)) for each in strict.readings),
        defaults=tuple((map.span(span), default) for span, default in strict.defaults),
    )


def line_before(text: str, offset: int) -> int:
    """Return where the output around an offset begins: its line, or the line ``Net(`` before it."""
    start = text.rfind("\n", 0, offset) + 1
    before = text[:start].rstrip()
    last = before.rfind("\n") + 1
    return last if re.fullmatch(r"\W*[\w.]+\(", before[last:]) else start


NONE_SHAPE = r"\w{1,99}…? ?\([\w>.]{1,99}…?\)?\s{1,99}[│|]?\s*[\[(]{1,2}None, ?(?:None|\d)"
TREE_ROW = r"^[\s#│|]{0,99}[├└+][─ ] ?\w+(?: \([\w.]+\))?: \d+(?:-\d+)?\s"
CODE_READER = PasteReader("Python code", "python", rf"{PREFIX}(?:{CODE})")
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
        r"(?m)^[^\n]{0,60}?\b[A-Za-z_]\w*-\d{1,9}[ \t|]+\[{1,2}-?\d+(?:, ?-?\d+)+\][^\n]*?[ \t|][\d,]+[ \t\r|]*$",
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
        r"(?:^|[\s(])\([\w.-]{1,99}\):[ \t]*(?:[0-9]{1,18} x )?[A-Za-z_][\w.]{0,199} ?\(",
    ),
    CODE_READER,
)


@lru_cache(maxsize=4)  # a text is looked at several times before it is read
def find_reader(text: str) -> PasteReader | None:
    """Return the reader for a paste; None for any other text."""
    cleaned = clean(text).text
    return next((reader for reader in READERS if reader.find(cleaned) is not None), None)
