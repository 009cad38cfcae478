"""The tokens of an informal text, the steps that are made of them, and a cursor over them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, NoReturn

from cnnsize.layers.names import ALIASES, FACTORS
from cnnsize.limits import MAX_ITEMS
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic
from cnnsize.text.span import Span
from cnnsize.text.suggest import squeeze


class Respelling(NamedTuple):
    """These characters were read as that."""

    span: Span
    written: str
    read: str


ARROW = r"-&gt;|&rarr;|[-=─━–—]{1,16}[ ]?(?:>|►|▶|➤){1,8}|~>|\|>|[→⇒⟶➡➔➜➝⟹⇨↦]️?|\\(?:long)?(?:[rR]ightarrow|to)\b"
TOKEN = re.compile(
    rf"(?P<space>[ \t\r\f\v\u00a0\u200b]+)|(?P<line>\n)|(?P<arrow>{ARROW})"
    r"|(?P<dots>\.{2,}|…)"
    r"|(?P<size>[0-9]+(?:[xX×][0-9]+)+(?![\w.]))"
    r"|(?P<number>[1-9][0-9]{0,2}(?:,[0-9]{3}){1,6}(?=[ ](?:values|units|neurons|features|classes|nodes))"
    r"|[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
    r"|(?P<prefix>\b(?:(?:torch\.)?nn|(?:tf\.)?(?:keras\.)?layers)\.(?=[A-Za-z]))"
    r"|(?P<word>[^\W\d]\w*)"
    r"|(?P<times>×|\\times\b|✕|⨉)"
    r"|(?P<drop>\\(?=[^\w\s])|\*\*|`+|\"|[“”«»]|'|’|‘|\$+|\\text|\\left|\\right)"
    r"|(?P<down>[↓⇓▼│┃⬇])"
    r"|(?P<symbol>.)",
    re.DOTALL,
)
NOISE = frozenset(
    [
        "LAYER",
        "LAYERS",
        "BLOCK",
        "BLOCKS",
        "PATTERN",
        "SET",
        "STAGE",
        "MODULE",
        "UNIT",
        "FUNCTION",
        "ACTIVATION",
        "ACTIVATIONS",
        "OPERATION",
        "LAYERSET",
    ]
)
FILTER_WORDS = frozenset(
    [
        "FILTER",
        "FILTERS",
        "CHANNEL",
        "CHANNELS",
        "MAP",
        "MAPS",
        "FEATURE",
        "FEATURES",
        "KERNELS",
        "OUTPUT",
        "OUTPUTS",
        "OUT",
        "NEURON",
        "NEURONS",
        "UNIT",
        "UNITS",
        "NODE",
        "NODES",
        "CLASS",
        "CLASSES",
        "HIDDEN",
        "DIM",
        "DIMS",
        "VALUES",
        "WAY",
    ]
)
SMALL = frozenset(
    ["OF", "WITH", "A", "AN", "THE", "AND", "SIZE", "SIZED", "BY", "USING", "IS", "AT"]
)
TORCH_IN_FIRST = frozenset({"Conv2d", "Linear", "ConvTranspose2d", "nn.Conv2d", "nn.Linear"})
ALTERNATIVES = frozenset(["SVM", "SOFTMAX", "SIGMOID", "LOGISTIC", "TANH", "RELU"])
PHRASE = 24  # words that are looked at together
STRIDED = frozenset({"CONV", "DWCONV", "TCONV", "POOL", "AVGPOOL"})
CLOSERS = {"[": "]", "(": ")", "{": "}"}


class Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int
    glued: bool  # nothing stands between it and the token before

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


@dataclass(slots=True)
class DraftLayer:
    """One layer in the making."""

    kind: str
    written: str
    span: Span
    digits: str | None = None  # glued to the name: a filter, a width, or a running number
    kernel: str | None = None
    size: str | None = None
    shape: str | None = None
    options: list[tuple[str, str]] = field(default_factory=list)
    declared: tuple[str, Span] | None = None
    count: tuple[str, Span] | None = None
    optional: Span | None = None
    verbatim: str | None = None  # canonical text, or a word that nobody knows
    after: list[DraftLayer] = field(default_factory=list)  # an activation given as an argument
    running: bool = False
    lettered: bool = False  # an option was written with its letter: S=2


@dataclass(slots=True)
class DraftGroup:
    """A bracket in the making."""

    items: list[DraftLayer | DraftGroup | DraftJoin]
    span: Span
    opened: Token | None = None
    closed: Token | None = None
    count: tuple[str, Span] | None = None
    optional: Span | None = None
    declared: tuple[str, Span] | None = None


@dataclass(slots=True)
class DraftJoin:
    op: str
    branches: list[list[DraftLayer | DraftGroup | DraftJoin]]
    span: Span
    count: tuple[str, Span] | None = None
    optional: Span | None = None
    declared: tuple[str, Span] | None = None


Element = DraftLayer | DraftGroup | DraftJoin


def lexed(text: str) -> list[Token]:
    """Tokens of an informal text; quotes, escapes and Markdown marks are gone."""
    found: list[Token] = []
    glued = False
    for match in TOKEN.finditer(text):
        kind = match.lastgroup or "symbol"
        if kind == "space":
            glued = False
            continue
        if kind in ("drop", "prefix"):
            continue
        word = match[0].replace(",", "") if kind == "number" else match[0]
        token = Token(kind, word, match.start(), match.end(), glued)
        if kind == "line":
            token = token._replace(glued=False)
        found.append(token)
        glued = kind != "line"
        if len(found) > 20 * MAX_ITEMS:
            raise ArchitectureError(
                Diagnostic("CNN009", f"more than {20 * MAX_ITEMS:,} words and signs", token.span),
                text,
            )
    return found


def strip_comment_marks(text: str, pasted: bool = False) -> str:
    """Drops # or // where every continuation line begins with it, and then all comments; the
    offsets stay.

    ``pasted``: the marks go from a single line too.
    """
    lines = text.split("\n")
    rest = [line for line in lines[1:] if line.strip()]
    if pasted and not rest:
        rest = lines[:1]
    for mark in ("#", "//", "*"):
        if rest and all(line.lstrip().startswith(mark) for line in rest):
            if mark == "*" and not all(
                re.match(r"\s*\*\s", line) for line in lines[1:] if line.strip()
            ):
                continue
            dropped = [lines[0]] + [line.replace(mark, " " * len(mark), 1) for line in lines[1:]]
            first = dropped[0].lstrip()
            if first.startswith(mark):
                dropped[0] = dropped[0].replace(mark, " " * len(mark), 1)
            text = "\n".join(dropped)
            break
    return re.sub(r"#[^\n]*", lambda m: " " * len(m[0]), text)


class Cursor:
    """What every part of the reader needs: the tokens, a place among them, and what was made so
    far.
    """

    def __init__(
        self, text: str, blocks: frozenset[str] = frozenset(), lines_join: bool = False
    ) -> None:
        self.original = text
        self.text = strip_comment_marks(text, lines_join)
        self.tokens = lexed(self.text)
        self.at = 0
        self.depth = 0
        self.blocks = blocks
        self.readings: list[Respelling] = []
        self.notes: dict[str, None] = {}  # in order
        self.steps: list[DraftLayer] = []
        self.arrows = any(token.kind == "arrow" for token in self.tokens)
        self.lines_join = lines_join
        self.declared_now = False  # the last element was a shape of the one before it

    def fail(
        self,
        message: str,
        span: Span,
        *,
        code: str = "CNN001",
        notes: tuple[str, ...] = (),
        help: tuple[str, ...] = (),
    ) -> NoReturn:
        raise ArchitectureError(
            Diagnostic(code, message, span, notes=notes, help=help), self.original
        )

    def peek(self, ahead: int = 0) -> Token | None:
        index = self.at + ahead
        return self.tokens[index] if index < len(self.tokens) else None

    def ahead(self, start: int, count: int) -> str:
        """The next ``count`` characters of the text."""
        return self.text[start : start + count]

    def is_symbol(self, token: Token | None, signs: str) -> bool:
        return token is not None and token.kind == "symbol" and token.text in signs

    def note(self, text: str) -> None:
        self.notes[text] = None

    @cached_property
    def repeats(self) -> frozenset[str]:
        """The words after a times sign."""
        return frozenset(re.findall(r"(?=[*×x^]\s*(\w{1,99})\b)", self.text))

    def closing(self, opened: int) -> int:
        """The index of the token that closes the bracket at ``opened``."""
        stack: list[str] = []
        for index in range(opened, len(self.tokens)):
            token = self.tokens[index]
            if token.kind != "symbol":
                continue
            if token.text in CLOSERS:
                stack.append(CLOSERS[token.text])
            elif token.text in ")]}":
                if not stack or token.text != stack[-1]:
                    wanted = stack[-1] if stack else "nothing"
                    self.fail(
                        f"expected {wanted!r}, not {token.text!r}",
                        token.span,
                        help=("brackets close in the order they open",),
                    )
                stack.pop()
                if not stack:
                    return index
        opener = self.tokens[opened]
        what = {"[": "bracket", "(": "parenthesis", "{": "brace"}[opener.text]
        self.fail(f"this {what} is never closed", opener.span)

    def bare_shape(self, tokens: list[Token]) -> str | None:
        """``[WxHxD]`` of tokens that are sizes only: 32x32x3, 32 x 32 x 3, 32, 32, 3, HxWx3."""
        if len(tokens) == 1 and tokens[0].kind == "size":
            parts = re.split("[xX×]", tokens[0].text)
            return f"[{'x'.join(parts)}]" if len(parts) in (2, 3) else None
        sizes: list[str] = []
        signs: list[str] = []
        for index, token in enumerate(tokens):
            if index % 2 == 0:
                if token.kind == "number" and "." not in token.text:
                    sizes.append(token.text)
                elif (
                    token.kind == "word"
                    and re.fullmatch("[A-Za-z]|None", token.text)
                    and token.text not in "xX"
                ):
                    sizes.append(f"({token.text})")
                else:
                    return None
            else:
                if token.kind == "times" or (token.kind == "word" and token.text in "xX"):
                    signs.append("x")
                elif self.is_symbol(token, ",*"):
                    signs.append(token.text)
                else:
                    return None
        if len(sizes) not in (2, 3, 4) or len(set(signs)) != 1 or len(signs) != len(sizes) - 1:
            return None
        if not any(size[0].isdigit() for size in sizes):
            return None
        if len(sizes) == 4:
            if signs[0] != ",":
                return None
            self.note(
                "read as torch's (batch, channels, height, width): "
                + ", ".join(s.strip("()") for s in sizes)
            )
            sizes = [sizes[3], sizes[2], sizes[1]]
        return f"[{'x'.join(sizes)}]"

    def layer_words(
        self, tokens: list[Token], index: int
    ) -> tuple[str, str | None, int, str] | None:
        """(canonical name, glued digits, tokens used, key) of the longest layer name at
        ``index``.
        """
        best: tuple[str, str | None, int, str] | None = None
        key = ""
        for used in range(5):
            if index + used >= len(tokens):
                break
            token = tokens[index + used]
            if used and self.is_symbol(token, "-") and token.glued:
                continue
            if token.kind == "number" and used and token.glued and key:
                break
            if token.kind != "word":
                break
            word = token.text
            key += squeeze(word)
            if key in ALIASES:
                best = ALIASES[key], None, used + 1, key
                continue
            found = len(word) < 40 and re.fullmatch(
                r"(.*?[^\d_])_?(\d+(?:[xX×]\d+){0,2}(?:_\d+)*[a-z]?)", word
            )
            if found:
                head = key[: len(key) - len(squeeze(word))] + squeeze(found[1])
                if head in ALIASES:
                    best = ALIASES[head], found[2], used + 1, head
                    break
        return best

    def extra(self, kind: str, span: Span) -> DraftLayer:
        kind = ALIASES[kind]
        self.readings.append(Respelling(span, self.text[span.start : span.end], f"-> {kind}"))
        return DraftLayer(kind, self.text[span.start : span.end], span)

    def read_size(self, step: DraftLayer, text: str, span: Span) -> None:
        if step.size is not None:
            self.fail(
                "the number of filters or units is given twice", span, help=("keep one of the two",)
            )
        step.size = text

    def option(self, step: DraftLayer, key: str, value: str, span: Span) -> None:
        if (
            key == "K"
            and step.kind in ("CONV", "TCONV", "FC")
            and re.fullmatch(r"\w+|\(.*\)", value)
        ):
            return self.read_size(step, value, span)
        if (
            key == "F"
            and step.kind in ("CONV", "TCONV", "DWCONV", "POOL", "AVGPOOL")
            and re.fullmatch(r"\d+(x\d+)?", value)
        ):
            if step.kernel is not None:
                self.fail("the filter size is given twice", span, help=("keep one of the two",))
            step.kernel = value
            return None
        if key == "factor" and step.kind in FACTORS and re.fullmatch(r"\d+(x\d+)?", value):
            if step.kernel is not None:
                self.fail("the factor is given twice", span, help=("keep one of the two",))
            step.kernel = value
            return None
        if any(key == other for other, _ in step.options if key):
            self.fail(f"{key} is given twice", span, help=("keep one of the two",))
        step.options.append((key, value))
