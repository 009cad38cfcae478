"""A position among the tokens of an informal text, and what was read so far."""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property
from typing import NoReturn

from cnnsize.language.informal.drafts import DraftLayer, Respelling
from cnnsize.language.informal.names import with_counts
from cnnsize.language.informal.numbering import FEWEST_FILTERS
from cnnsize.language.informal.tokens import (
    ARROW,
    BRACKETS,
    CLOSING,
    Token,
    strip_comment_marks,
    tokenize,
)
from cnnsize.language.informal.translation import narrowed, translated
from cnnsize.limits import MAX_ITEMS, MAX_NESTING
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic
from cnnsize.text.span import Span

COMMENT = r"#(?!\d)[^\n]*"
BRACKET_NAMES = {"[": "bracket", "(": "parenthesis", "{": "brace"}


class TokenCursor:
    """A position among the tokens of a text; every reader of informal text works on one.

    ``blocks`` are the names of the blocks that the text may call. ``lines_join``: a newline may
    separate layers, as an arrow does.
    """

    def __init__(
        self, text: str, blocks: frozenset[str] = frozenset(), *, lines_join: bool = False
    ) -> None:
        self.original = text
        marked = strip_comment_marks(narrowed(text), single_line=lines_join)
        self.text = re.sub(COMMENT, lambda match: " " * len(match[0]), marked)  # same length
        self.tokens = with_counts(translated(tokenize(self.text)))
        self.index = 0  # of the next token
        self.depth = 0  # open brackets
        self.blocks = blocks
        self.lines_join = lines_join
        self.has_arrows = any(token.kind == "arrow" for token in self.tokens)
        self.layers: list[DraftLayer] = []  # every layer with a name, in reading order
        self.branch_start = 0  # the index of the first layer after the last join or call of a block
        self.kinds: Counter[str] = Counter()  # how many layers of each kind were read
        self.respellings: list[Respelling] = []
        self.notes: dict[str, None] = {}  # an ordered set
        for comment in re.findall(COMMENT, marked):
            if re.search(ARROW, comment):
                self.note(f"ignored: {comment}, because # begins a comment")
        self.variables: frozenset[str] = frozenset()  # names with a value, or of parameters
        self.has_counts = False  # a layer or bracket before has a count of its own
        self.channels_last = False  # shapes with a batch are in Keras' order
        self.shape_declared = False  # the last element was the output shape of the one before it

    def fail(
        self,
        message: str,
        span: Span,
        *,
        code: str = "CNN001",
        notes: tuple[str, ...] = (),
        help: tuple[str, ...] = (),
    ) -> NoReturn:
        """Raise ArchitectureError for a span of the text."""
        raise ArchitectureError(
            Diagnostic(code, message, span, notes=notes, help=help), self.original
        )

    def peek(self, ahead: int = 0) -> Token | None:
        """Return the next token, or the one ``ahead`` tokens after it; None past the end."""
        index = self.index + ahead
        return self.tokens[index] if index < len(self.tokens) else None

    def text_from(self, start: int, length: int) -> str:
        """Return at most ``length`` characters of the text."""
        return self.text[start : start + length]

    def slice(self, span: Span) -> str:
        """Return the characters of a span."""
        return self.text[span.start : span.end]

    def note(self, text: str) -> None:
        """Tell the author how something was read, once for each text."""
        self.notes[text] = None

    def respell(self, span: Span, read: str, written: str | None = None) -> None:
        """Record that a span was read as other text; ``written`` is its text where that differs
        from the characters of the span.
        """
        if written is None:
            written = self.slice(span)
        self.respellings.append(Respelling(span, written, read))

    def add_layer(self, layer: DraftLayer) -> DraftLayer:
        """Record a layer, so that its digits take part in the numbering, and return it."""
        self.layers.append(layer)
        self.kinds[layer.kind] += 1
        if len(self.layers) > MAX_ITEMS:
            self.fail(
                f"the text writes out more than {MAX_ITEMS:,} layers",
                layer.span,
                code="CNN009",
                help=("write repetitions as [...]*n",),
            )
        return layer

    def begin_branch(self) -> None:
        """Record that the layers so far do not tell what the next layer is applied to."""
        self.branch_start = len(self.layers)

    def enter(self, opened: Token) -> None:
        """Count an open bracket. Raises ArchitectureError where too many are open."""
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.fail(
                f"brackets are nested more than {MAX_NESTING} deep", opened.span, code="CNN009"
            )

    def leave(self) -> None:
        """Count a closed bracket."""
        self.depth -= 1

    def closing(self, opened: int) -> int:
        """Return the index of the token that closes the bracket at ``opened``.

        Raises ArchitectureError where none does, or another bracket is closed first.
        """
        stack: list[str] = []
        for index in range(opened, len(self.tokens)):
            token = self.tokens[index]
            if token.kind != "symbol":
                continue
            if token.text in BRACKETS:
                stack.append(BRACKETS[token.text])
            elif token.text in CLOSING:
                if not stack or token.text != stack[-1]:
                    wanted = stack[-1] if stack else "nothing"
                    self.fail(
                        f"expected {wanted!r}, not {token.text!r}",
                        token.span,
                        help=("the bracket that was opened last must be closed first",),
                    )
                stack.pop()
                if not stack:
                    return index
        opener = self.tokens[opened]
        self.fail(f"this {BRACKET_NAMES[opener.text]} is never closed", opener.span)

    @cached_property
    def names_volumes(self) -> bool:
        """Whether ``6@28x28`` is a volume here, as in LeNet's figure, and no filter."""
        sides = re.findall(r"@\s{0,9}(\d{2,9})(?=[xX×])", self.text)
        return any(int(side) >= FEWEST_FILTERS for side in sides)

    @cached_property
    def repeat_words(self) -> frozenset[str]:
        """The words after a times sign: letters that count repetitions."""
        return frozenset(re.findall(r"(?=[*×x^]\s*(\w{1,99})\b)", self.text))
