"""A position in a strict text, and the smallest tokens of the notation."""

from __future__ import annotations

import re
from typing import NoReturn

from cnnsize.language.tree import LayerNode
from cnnsize.limits import MAX_INTEGER, MAX_NESTING
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic, Fix
from cnnsize.text.span import Span

SPACE = re.compile(r"(?:[ \t\r\n\f\v]|#[^\n]*)+")
WORD = re.compile(r"[^\W\d]\w*")
INTEGER = re.compile(r"[0-9]+")
MAX_DIGITS = len(str(MAX_INTEGER))


class Cursor:
    """A position in a strict text. Productions read from it, move it on, and fail at it.

    ``blocks`` are the names of the blocks that the text may call.
    """

    __slots__ = (
        "blocks",
        "branch_start",
        "contextual",
        "depth",
        "further_ends",
        "items",
        "pos",
        "text",
    )

    def __init__(self, text: str, blocks: frozenset[str] = frozenset()) -> None:
        self.text = text
        self.pos = 0
        self.depth = 0  # open brackets
        self.items = 0  # items of the chains read so far
        self.blocks = blocks
        # Layers whose meaning depends on their neighbours: CONV1 and POOL2 may carry filter sizes
        # or running numbers, FC may be hidden or last.
        self.contextual: list[LayerNode] = []
        self.branch_start = -1  # of the branch of a join that was entered last
        # The INPUT and OUTPUT{...} inside the network, which cannot be in a block: word and place.
        self.further_ends: list[tuple[str, Span]] = []

    def fail(
        self,
        message: str,
        start: int | None = None,
        end: int | None = None,
        *,
        code: str = "CNN001",
        label: str = "",
        notes: tuple[str, ...] = (),
        help: tuple[str, ...] = (),
        fixes: tuple[Fix, ...] = (),
    ) -> NoReturn:
        """Raise ArchitectureError for ``start`` to ``end``; by default for the word at the
        cursor.
        """
        start = self.pos if start is None else start
        if end is None:
            word = re.compile(r"\w+|\S|$").search(self.text, start)
            end = word.end() if word and word.start() == start else start + 1
        # after a sign at the end of the text there is nothing to point at
        span = Span(start, min(end, len(self.text)))
        raise ArchitectureError(
            Diagnostic(code, message, span, label, notes=notes, help=help, fixes=fixes), self.text
        )

    def fail_expected(self, wanted: str, *, help: tuple[str, ...] = ()) -> NoReturn:
        """Raise ArchitectureError: ``wanted`` was expected, and something else is at the cursor."""
        token = self.match(r"\w+|->|\S")
        actual = f"not {token[0]!r}" if token else "but the text ends here"
        self.fail(f"expected {wanted}, {actual}", help=help)

    def match(self, pattern: str) -> re.Match[str] | None:
        """Match a pattern at the cursor without moving it."""
        return re.compile(pattern).match(self.text, self.pos)

    def skip(self, *, within_line: bool = False) -> None:
        """Skip spaces, newlines and comments; ``within_line`` stops at the end of the line, unless
        a bracket is open.
        """
        text = self.text
        if self.pos < len(text) and text[self.pos] not in " \n\t\r#\f\v":
            return
        space = SPACE.match(text, self.pos)
        if space is None:
            return
        if within_line and not self.depth and "\n" in space[0]:
            self.pos = space.start() + space[0].index("\n")
        else:
            self.pos = space.end()

    def at_end(self) -> bool:
        """Return whether the whole text was read."""
        return self.pos >= len(self.text)

    def peek(self, token: str) -> bool:
        """Return whether the text goes on with ``token``."""
        return self.text.startswith(token, self.pos)

    def take(self, token: str) -> bool:
        """Move past ``token`` and return True, or return False where the text does not go on with
        it.
        """
        if not self.text.startswith(token, self.pos):
            return False
        self.pos += len(token)
        return True

    def take_word(self) -> str | None:
        """Move past a word and return it; None where there is none."""
        word = WORD.match(self.text, self.pos)
        if word is None:
            return None
        self.pos = word.end()
        return word[0]

    def take_integer(self) -> int | None:
        """Move past an integer and return it; None where there is none."""
        integer = INTEGER.match(self.text, self.pos)
        if integer is None:
            return None
        digits = integer[0]
        if len(digits) > MAX_DIGITS:
            self.fail(
                f"a number of {len(digits)} digits is too long; the limit is {MAX_DIGITS} digits",
                code="CNN009",
            )
        self.pos = integer.end()
        return int(digits)

    def enter(self) -> None:
        """Count an open bracket. Raises ArchitectureError where too many are open."""
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.fail(f"brackets are nested more than {MAX_NESTING} deep", code="CNN009")

    def leave(self) -> None:
        """Count a closed bracket."""
        self.depth -= 1
