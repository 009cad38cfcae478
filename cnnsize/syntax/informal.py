"""What people really write, rewritten to the strict grammar: section 4 of the language.

A stage of its own in front of the parser. It yields strict text, a map from every piece of it back
to the characters it was made from, and a record of what it read as what. It never repairs a typo:
a word that it does not know goes through as it is, and the parser refuses it by name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn

from cnnsize.diagnostic import ArchitectureError, Diagnostic, shifted
from cnnsize.limits import MAX_ITEMS, MAX_NESTING
from cnnsize.source import Piece, PieceMap, Span
from cnnsize.syntax.foreign import refuse_foreign
from cnnsize.words import ACTIVATIONS, ALIASES, CANONICAL, ENDS, IMPLIED, JOINS, OPTION_WORDS, squeeze


class Reading(NamedTuple):
    """These characters were read as that."""

    span: Span
    written: str
    read: str


@dataclass(frozen=True, slots=True)
class Informal:
    """Strict text and where it came from."""

    text: str
    map: PieceMap
    readings: tuple[Reading, ...]
    notes: tuple[str, ...]


# -- words -----------------------------------------------------------------------------------------

ARROW = r"[-=─━–—]{1,16}[ ]?(?:>|►|▶|➤){1,8}|~>|\|>|[→⇒⟶➡➔➜➝⟹⇨↦]️?|\\(?:long)?(?:[rR]ightarrow|to)\b"
TOKEN = re.compile(
    rf"(?P<space>[ \t\r\f\v\u00a0\u200b]+)|(?P<line>\n)|(?P<arrow>{ARROW})"
    r"|(?P<dots>\.{2,}|…)"
    r"|(?P<size>[0-9]+(?:[xX×][0-9]+)+(?![\w.]))"
    r"|(?P<number>[1-9][0-9]{0,2}(?:,[0-9]{3})+(?=[ ](?:values|units|neurons|features|classes|nodes))"
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
FILTER_WORDS = frozenset(["FILTER", "FILTERS", "CHANNEL", "CHANNELS", "MAP", "MAPS", "FEATURE", "FEATURES", "KERNELS", "OUTPUT", "OUTPUTS", "OUT", "NEURON", "NEURONS", "UNIT", "UNITS", "NODE", "NODES", "CLASS", "CLASSES", "HIDDEN", "DIM", "DIMS", "VALUES", "WAY"])  # fmt: skip
SMALL = frozenset(["OF", "WITH", "A", "AN", "THE", "AND", "SIZE", "SIZED", "BY", "USING", "IS", "AT"])
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
class Step:
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
    after: list[Step] = field(default_factory=list)  # an activation given as an argument
    running: bool = False
    lettered: bool = False  # an option was written with its letter: S=2


@dataclass(slots=True)
class Group:
    """A bracket in the making."""

    items: list[Step | Group | Join]
    span: Span
    opened: Token | None = None
    closed: Token | None = None
    count: tuple[str, Span] | None = None
    optional: Span | None = None
    declared: tuple[str, Span] | None = None


@dataclass(slots=True)
class Join:
    op: str
    branches: list[list[Step | Group | Join]]
    span: Span
    count: tuple[str, Span] | None = None
    optional: Span | None = None
    declared: tuple[str, Span] | None = None


Element = Step | Group | Join


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
                Diagnostic("CNN009", f"more than {20 * MAX_ITEMS:,} words and signs", token.span), text
            )
    return found


def strip_comment_marks(text: str) -> str:
    """Drops # or // where every continuation line begins with it; the offsets stay."""
    lines = text.split("\n")
    rest = [line for line in lines[1:] if line.strip()]
    for mark in ("#", "//", "*"):
        if rest and all(line.lstrip().startswith(mark) for line in rest):
            if mark == "*" and not all(re.match(r"\s*\*\s", line) for line in rest):
                continue
            dropped = [lines[0]] + [line.replace(mark, " " * len(mark), 1) for line in lines[1:]]
            first = dropped[0].lstrip()
            if first.startswith(mark):
                dropped[0] = dropped[0].replace(mark, " " * len(mark), 1)
            return "\n".join(dropped)
    return re.sub(r"#[^\n]*", lambda m: " " * len(m[0]), text)


class Reader:
    """Reads the tokens of one informal architecture."""

    def __init__(self, text: str, blocks: frozenset[str] = frozenset()) -> None:
        self.original = text
        self.text = strip_comment_marks(text)
        self.tokens = lexed(self.text)
        self.at = 0
        self.depth = 0
        self.blocks = blocks
        self.readings: list[Reading] = []
        self.notes: list[str] = []
        self.steps: list[Step] = []
        self.arrows = any(token.kind == "arrow" for token in self.tokens)
        self.lines_join = False
        self.declared_now = False  # the last element was a shape of the one before it

    # -- helpers ---------------------------------------------------------------------------------

    def fail(self, message: str, span: Span, *, code: str = "CNN001", notes: tuple[str, ...] = (),
             help: tuple[str, ...] = ()) -> NoReturn:  # fmt: skip
        raise ArchitectureError(Diagnostic(code, message, span, notes=notes, help=help), self.original)

    def peek(self, ahead: int = 0) -> Token | None:
        index = self.at + ahead
        return self.tokens[index] if index < len(self.tokens) else None

    def is_symbol(self, token: Token | None, signs: str) -> bool:
        return token is not None and token.kind == "symbol" and token.text in signs

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

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
                    self.fail(f"expected {wanted!r}, not {token.text!r}", token.span,
                              help=("brackets close in the order they open",))  # fmt: skip
                stack.pop()
                if not stack:
                    return index
        opener = self.tokens[opened]
        what = {"[": "bracket", "(": "parenthesis", "{": "brace"}[opener.text]
        self.fail(f"this {what} is never closed", opener.span)

    # -- structure -------------------------------------------------------------------------------

    def sequence(self, stop: int) -> list[Element]:
        """Elements up to the token ``stop``, whatever stands between them."""
        items: list[Element] = []
        pending: Token | None = None  # the separator before the next element
        separated = True
        while self.at < stop:
            token = self.tokens[self.at]
            if token.text == "where" and items and self.constraint_ahead():
                self.note(f"not read: {self.text[token.start :].strip()}")
                self.at = stop
                pending = None
                break
            if token.kind == "line":
                self.at += 1
                following = self.peek()
                if self.lines_join and items and following is not None:
                    separated = True
                continue
            if token.kind in ("arrow", "down") or self.separator(token, stop):
                if token.kind == "symbol" and token.text == "|" and self.constraint(stop):
                    continue
                if token.kind == "arrow" or token.kind == "down":
                    if (
                        pending is not None
                        and pending.kind == token.kind == "arrow"
                        and items
                        and "\n" not in self.text[pending.end : token.start]
                    ):
                        self.fail("two arrows with no layer between them", Span(pending.start, token.end))
                    if token.text != "->":
                        self.readings.append(Reading(token.span, token.text, "->"))
                else:
                    self.readings.append(Reading(token.span, token.text, "->"))
                self.at += 1
                pending = token
                separated = True
                continue
            if (not separated or pending is None) and items and self.trailing(stop, items):
                continue
            if not separated:
                if token.kind == "symbol" and token.text in ")]}":
                    self.fail(f"{token.text!r} closes a bracket that was never opened", token.span)
                previous = self.tokens[self.at - 1]
                self.fail(
                    "expected an arrow between two layers",
                    Span(previous.end, token.end) if previous.end < token.start else token.span,
                    help=("layers are joined by ' -> '",),
                )
            before, start = len(items), self.at
            self.element(items, stop, pending)
            separated = len(items) == before and not self.declared_now
            if len(items) > before or self.declared_now:
                pending = None
            self.declared_now = False
            if self.at == start:
                self.fail(f"cannot read {token.text!r} here", token.span)
        if pending is not None and items and pending.kind == "arrow" and self.depth == 0 and stop == len(self.tokens):
            self.fail("an arrow with no layer behind it", pending.span)
        return items

    def separator(self, token: Token, stop: int) -> bool:
        """Is this sign an arrow in disguise here?"""
        if token.kind == "symbol":
            if token.text == ">" and not self.arrows:
                return True
            if token.text in ",+/;&":
                return True
            if token.text in "-–—":
                following = self.peek(1)
                if following is not None and following.kind == "number" and self.at + 1 < stop and not following.glued \
                        and not self.counted(self.at + 1):  # fmt: skip
                    self.fail(
                        f"is {following.text} units, or a size that comes out?", Span(token.start, following.end),
                        help=(f"units are FC-{following.text}, without blanks; a size that comes out is -> {following.text}",),
                    )  # fmt: skip
                return True
            if token.text == "|":
                return self.alone_on_line() or self.constraint_ahead()
        return False

    def counted(self, index: int) -> bool:
        """Does ``2x [`` stand at this token, and not units?"""
        sign = self.tokens[index + 1] if index + 1 < len(self.tokens) else None
        return sign is not None and (sign.kind == "times" or sign.text in ("x", "X"))

    def alone_on_line(self) -> bool:
        before = self.tokens[self.at - 1] if self.at else None
        after = self.peek(1)
        return (before is None or before.kind == "line") and (after is None or after.kind == "line")

    def constraint_ahead(self) -> bool:
        """``| N, M >= 0``, behind the whole."""
        rest = self.text[self.tokens[self.at].end :][:200]
        return self.depth == 0 and re.match(r"\s*[A-Za-z](?:\s*,\s*[A-Za-z])*\s*(?:[<>≥≤=∈]|in\b)", rest) is not None

    def constraint(self, stop: int) -> bool:
        """``| N, M, K >= 0`` behind the network says nothing that can be checked: dropped, with a note."""
        if not self.constraint_ahead() or self.alone_on_line():
            return False
        start = self.tokens[self.at].start
        rest = self.text[start : self.tokens[stop - 1].end]
        self.note(f"not read: {rest.strip()}")
        self.at = stop
        return True

    def trailing(self, stop: int, items: list[Element]) -> bool:
        """Words behind an element that change nothing: ``layer``, ``m=1~5`` behind the whole."""
        token = self.tokens[self.at]
        following = self.peek(1)
        if token.kind == "word" and token.text.upper() in NOISE:
            self.at += 1
            return True
        if (
            token.kind == "word" and token.text.upper() in ("OUT", "OUTPUT", "SHAPE") and self.is_symbol(following, "=")
            and (after := self.peek(2)) is not None and after.kind == "size" and items
        ):  # fmt: skip
            self.declare(items, after)
            self.at += 3
            return True
        if (
            self.depth == 0 and token.kind == "word" and len(token.text) == 1 and stop == len(self.tokens)
            and following is not None and following.text in ("=", ">", "<", "≥", "≤", "∈", ",", "in") and items
            and any(other.text == token.text for other in self.tokens[: self.at])
        ):  # fmt: skip
            self.note(f"not read: {self.text[token.start :].strip()}")
            self.at = stop
            return True
        if self.depth == 0 and token.kind == "symbol" and token.text in ".。" and self.at == stop - 1:
            self.at += 1
            return True
        if token.kind == "symbol" and token.text in ".。!;" and self.at == stop - 1:
            self.at += 1
            return True
        if token.kind == "dots":
            items.append(self.dots(token))
            self.at += 1
            return True
        last = items[-1] if items else None
        if self.is_symbol(token, "(") and isinstance(last, Step):  # Conv 16@3x3 <new line> (same, relu)
            end = self.closing(self.at)
            inner = [inside for inside in self.tokens[self.at + 1 : end] if inside.kind != "line"]
            words = [squeeze(inside.text) for inside in inner if inside.kind == "word"]
            options = bool(words) and (
                words[0] in ("SAME", "VALID", "PADDED", "NO") or words[0].lower() in OPTION_WORDS
            )
            prose = bool(words) and all(ALIASES.get(word, "INPUT") == "INPUT" for word in words)
            if options or (prose and last.kind == "INPUT"):
                self.arguments(last, self.at + 1, end)
                items += last.after
                self.at = end + 1
                return True
        return False

    def dots(self, token: Token) -> Step:
        return Step("...", token.text, token.span, verbatim="...")

    def element(self, items: list[Element], stop: int, pending: Token | None) -> None:
        """One layer, group or join, with what follows it."""
        token = self.tokens[self.at]
        if token.kind == "dots":
            items.append(self.dots(token))
            self.at += 1
            return
        if self.bullet(token):
            return
        prefix = self.prefix_count(stop)
        token = self.tokens[self.at] if self.at < stop else token
        if token.kind == "symbol" and token.text in CLOSERS:
            made = self.bracket(items, stop)
        elif token.kind == "symbol" and token.text in ")]}":
            self.fail(f"{token.text!r} closes a bracket that was never opened", token.span)
        elif token.kind == "word" and token.text.upper() in JOINS and self.is_symbol(self.peek(1), "{"):
            made = [self.join()]
        else:
            made = self.phrase(items, stop, pending)
        if not made:
            return
        last = made[-1]
        if prefix is not None:
            if last.count is not None:
                self.fail("two counts on one item", prefix[1])
            last.count = prefix
        self.suffix(last, stop)
        items += made

    def bullet(self, token: Token) -> bool:
        """``1.`` or ``-`` or ``*`` before the first word of a line."""
        before = self.tokens[self.at - 1] if self.at else None
        if before is not None and before.kind != "line" and not (before.kind == "symbol" and before.text in "-"):
            return False
        following = self.peek(1)
        if token.kind == "number" and self.is_symbol(following, ".)") and following is not None and following.glued:
            self.at += 2
            return True
        if token.kind == "symbol" and token.text in "*•·-" and (before is None or before.kind == "line"):
            self.at += 1
            return True
        return False

    def prefix_count(self, stop: int) -> tuple[str, Span] | None:
        """``3x [...]``, ``2×[...]``, ``3 × (...)``."""
        token, sign = self.tokens[self.at], self.peek(1)
        if token.kind != "number" or sign is None:
            return None
        if not (sign.kind == "times" or (sign.kind == "word" and sign.text in "xX") or self.is_symbol(sign, "*")):
            return None
        opener = self.peek(2)
        layer = opener is not None and opener.kind == "word" and self.layer_words(self.tokens, self.at + 2) is not None
        if not self.is_symbol(opener, "[({") and not (layer and sign.glued):
            return None
        self.at += 2
        span = Span(token.start, sign.end)
        self.readings.append(Reading(span, self.text[span.start : span.end], f"*{token.text}"))
        return token.text, span

    def bracket(self, items: list[Element], stop: int) -> list[Element]:
        """A group, a bare shape, or an annotation."""
        opened = self.tokens[self.at]
        end = self.closing(self.at)
        inner = [token for token in self.tokens[self.at + 1 : end] if token.kind != "line"]
        if not inner:
            self.fail("an empty bracket", Span(opened.start, self.tokens[end].end))
        shape = self.bare_shape(inner)
        if shape is not None:  # [32x32x3], (28, 28, 1): digits only are a shape
            self.at = end + 1
            return self.shape_step(items, shape, Span(opened.start, self.tokens[end].end))
        if opened.text == "(" and inner[0].text == "+":
            self.fail("a sum with an earlier layer is written as a join", Span(opened.start, self.tokens[end].end),
                      help=("ADD{CONV3-64 -> RELU -> CONV3-64 | ID}",))  # fmt: skip
        if opened.text == "(" and not items and self.depth == 0 and len(inner) == 1 and inner[0].kind == "word" \
                and self.layer_words(inner, 0) is None and self.followed_by_arrow(end + 1):  # fmt: skip
            self.at = end + 1
            span = Span(opened.start, self.tokens[end].end)
            self.readings.append(Reading(span, self.text[span.start : span.end], "INPUT"))
            step = Step("INPUT", inner[0].text, span)
            self.steps.append(step)
            return [step]
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.fail(f"brackets nest deeper than {MAX_NESTING}", opened.span, code="CNN009")
        self.at += 1
        content = self.sequence(end)
        self.depth -= 1
        closed = self.tokens[end]
        self.at = end + 1
        if not content:
            return []
        if opened.text != "[":
            self.readings.append(Reading(opened.span, opened.text, "["))
            self.readings.append(Reading(closed.span, closed.text, "]"))
        return [Group(content, Span(opened.start, closed.end), opened, closed)]

    def followed_by_arrow(self, index: int) -> bool:
        while index < len(self.tokens) and self.tokens[index].kind == "line":
            index += 1
        return index < len(self.tokens) and (self.tokens[index].kind == "arrow" or self.tokens[index].text in "->")

    def join(self) -> Join:
        op = self.tokens[self.at]
        self.at += 1
        end = self.closing(self.at)
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.fail(f"brackets nest deeper than {MAX_NESTING}", op.span, code="CNN009")
        cuts: list[int] = []
        level = 0
        for index in range(self.at + 1, end):
            token = self.tokens[index]
            if token.kind == "symbol":
                level += (token.text in CLOSERS) - (token.text in ")]}")
                if token.text == "|" and level == 0:
                    cuts.append(index)
        branches: list[list[Element]] = []
        self.at += 1
        for cut in [*cuts, end]:
            inner = [token for token in self.tokens[self.at : cut] if token.kind != "line"]
            if len(inner) == 1 and inner[0].text.upper() == "ID":
                branches.append([])
            else:
                branch = self.sequence(cut)
                if not branch:
                    self.fail("an empty branch", self.tokens[cut].span, help=("the empty branch is written ID",))
                branches.append(branch)
            self.at = cut + 1
        self.depth -= 1
        if len(branches) < 2:
            self.fail(f"{op.text.upper()} joins two branches or more", Span(op.start, self.tokens[end].end),
                      help=(f"the other branch of a shortcut is ID: {op.text.upper()}{{... | ID}}",))  # fmt: skip
        return Join(op.text.upper(), branches, Span(op.start, self.tokens[end].end))

    def suffix(self, item: Element, stop: int) -> None:
        """Counts in all spellings, ``?`` and a declared shape."""
        while self.at < stop:
            token = self.tokens[self.at]
            following = self.peek(1)
            start = self.at
            count: tuple[str, Span] | None = None
            if token.kind == "times" or (token.kind == "symbol" and token.text in "*^") \
                    or (token.kind == "word" and token.text in ("x", "X") and following is not None):  # fmt: skip
                count = self.count_value(self.at + 1, stop)
            elif token.kind == "word" and re.fullmatch(r"[xX]([0-9]+|[A-Z]\w*|[nmk])", token.text):
                if isinstance(item, (Group, Join)) or re.fullmatch(r"[xX][0-9]+", token.text):
                    count = token.text[1:], token.span
                    self.at += 1
            elif self.is_symbol(token, "(") and (inside := self.paren_count()) is not None:
                count = inside
            elif token.kind == "symbol" and token.text == "?":
                if item.optional or item.count:
                    self.fail("two counts on one item", token.span)
                item.optional = token.span
                self.at += 1
                continue
            elif token.kind == "symbol" and token.text == ":" and following is not None:
                if not self.declared_behind(item, stop):
                    return
                continue
            if count is None:
                return
            if item.count is not None or item.optional is not None:
                self.fail("two counts on one item", Span(token.start, count[1].end),
                          help=("multiply them into one, or put a bracket round the first: [[A]*2]*3",))  # fmt: skip
            span = Span(self.tokens[start].start, count[1].end)
            written = self.text[span.start : span.end]
            if written != f"*{count[0]}" or not self.tokens[start].glued:
                self.readings.append(Reading(span, written, f"*{count[0]}"))
            item.count = count[0], span

    def paren_count(self) -> tuple[str, Span] | None:
        """``(x3)``, ``(×N)`` behind an item."""
        found = re.match(r"\(\s*[x×*]\s*(\w+)\s*\)", self.text[self.tokens[self.at].start :][:40])
        if found is None:
            return None
        start = self.tokens[self.at].start
        self.at = self.closing(self.at) + 1
        return found[1], Span(start + found.start(1), start + found.end(1))

    def count_value(self, index: int, stop: int) -> tuple[str, Span] | None:
        """A number, a letter, a parenthesized expression or a list behind a times sign."""
        if index >= stop:
            self.fail("a count is missing", self.tokens[index - 1].span)
        token = self.tokens[index]
        if token.kind in ("number", "word") and token.text != "where":
            if "." in token.text:
                self.fail("counts are whole numbers", token.span, code="CNN004")
            following = self.tokens[index + 1] if index + 1 < stop else None
            after = self.tokens[index + 2] if index + 2 < stop else None
            if (
                token.kind == "word"
                and self.is_symbol(following, "-+")
                and after is not None
                and after.kind == "number"
            ):
                expression = f"{token.text}{self.tokens[index + 1].text}{after.text}"
                self.fail(f"is the count {token.text}, or {expression}?", Span(token.start, after.end),
                          help=(f"a count that is worked out stands in parentheses: *({expression})",))  # fmt: skip
            self.at = index + 1
            return token.text, token.span
        if token.kind == "symbol" and token.text in "({[":
            end = self.closing(index)
            inner = self.text[token.end : self.tokens[end].start].strip()
            span = Span(token.start, self.tokens[end].end)
            self.at = end + 1
            if token.text == "(":
                return f"({inner})", span
            if token.text == "{" and re.fullmatch(r"\w+", inner):
                return inner, span
            if token.text == "[":
                return f"[{inner}]", span
        if token.kind == "symbol" and token.text == "-":
            self.fail("a negative count", Span(token.start, token.end), code="CNN004")
        self.fail(f"expected a count, not {token.text!r}", token.span)

    def declared_behind(self, item: Element, stop: int) -> bool:
        """``: [16x16x32]``, ``: 4096`` on FC, ``Input: 3x32x32``."""
        index = self.at + 1
        token = self.tokens[index]
        if token.kind == "symbol" and token.text in "[(":
            end = self.closing(index)
            inner = [t for t in self.tokens[index + 1 : end] if t.kind != "line"]
            shape = self.bare_shape(inner)
            span = Span(token.start, self.tokens[end].end)
            if shape is None:
                return False
            self.at = end + 1
        elif token.kind == "size" and index < stop:
            shape, span = self.bare_shape([token]), token.span
            assert shape is not None
            self.at = index + 1
        else:
            return False
        if isinstance(item, Step) and item.kind == "INPUT" and item.shape is None:
            item.shape = shape
            item.span = Span(item.span.start, span.end)
        else:
            item.declared = shape, span
        return True

    def declare(self, items: list[Element], token: Token) -> None:
        shape = self.bare_shape([token])
        assert shape is not None
        items[-1].declared = shape, token.span

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
                elif token.kind == "word" and re.fullmatch("[A-Za-z]|None", token.text) and token.text not in "xX":
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
            self.note("read as torch's (batch, channels, height, width): " + ", ".join(s.strip("()") for s in sizes))
            sizes = [sizes[3], sizes[2], sizes[1]]
        return f"[{'x'.join(sizes)}]"

    def shape_step(self, items: list[Element], shape: str, span: Span) -> list[Element]:
        """A bare shape in the chain: INPUT in first place, else what the layer before gives."""
        if not items and (self.depth == 0 or self.at):
            step = Step("INPUT", shape, span, shape=shape)
            self.steps.append(step)
            self.readings.append(Reading(span, self.text[span.start : span.end], f"INPUT{shape}"))
            return [step]
        last = items[-1]
        if isinstance(last, Step) and last.kind == "INPUT" and last.shape is None:
            last.shape = shape
            return []
        if last.declared is not None or (isinstance(last, Step) and last.kind == "INPUT"):
            self.fail("a shape after a shape: no layer stands between them", span,
                      help=("name the layers: CONV3-64 -> POOL2",))  # fmt: skip
        self.readings.append(Reading(span, self.text[span.start : span.end], f": {shape}"))
        last.declared = shape, span
        self.declared_now = True
        return []

    # -- phrases: one step and its words ---------------------------------------------------------

    def layer_words(self, tokens: list[Token], index: int) -> tuple[str, str | None, int, str] | None:
        """(canonical name, glued digits, tokens used, key) of the longest layer name at ``index``."""
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
            found = len(word) < 40 and re.fullmatch(r"(.*?[^\d_])_?(\d+(?:[xX×]\d+)?(?:_\d+)*[a-z]?)", word)
            if found:
                head = key[: len(key) - len(squeeze(word))] + squeeze(found[1])
                if head in ALIASES and (head + squeeze(found[2]))[:-1] != "":
                    best = ALIASES[head], found[2], used + 1, head
                    break
        return best

    def phrase(self, items: list[Element], stop: int, pending: Token | None) -> list[Element]:
        """One step: a layer's name with the sizes and words around it."""
        token = self.tokens[self.at]
        start = self.at
        kernel: str | None = None
        width: str | None = None
        shape = self.leading_shape(items, stop)
        if shape is not None:
            return shape
        # a filter before the name: 3x3 conv, 2x2 max pool, 16@3x3 conv
        if token.kind == "size" and token.text.count("x") + token.text.count("×") + token.text.count("X") == 1:
            following = self.peek(1)
            if following is not None and self.layer_words(self.tokens, self.at + 1) is not None:
                kernel = "x".join(re.split("[xX×]", token.text))
                self.at += 1
                token = following
        if token.kind == "number" and self.is_symbol(self.peek(1), "@"):  # 16@3x3
            step = Step("CONV", "", Span(token.start, token.start))
            self.steps.append(step)
            self.at = self.size_behind(step, stop)
            self.modifiers(step, stop)
            step.span = Span(token.start, self.tokens[self.at - 1].end)
            return [step, *step.after]
        if token.kind == "number":
            return self.bare_number(items, pending)
        found = self.layer_words(self.tokens, self.at)
        if found is None:
            if self.label(stop):
                return []
            return self.compound(stop) or self.unknown_word(stop)
        name, digits, used, key = found
        begin, end_token = self.tokens[start], self.tokens[self.at + used - 1]
        span = Span(begin.start, end_token.end)
        written = self.text[self.tokens[self.at].start : end_token.end]
        label_end = self.label_ahead(self.at + used, stop)
        if label_end is not None:
            self.at = label_end
            return []
        self.at += used
        step = Step(name, written, span)
        self.steps.append(step)
        if len(self.steps) > MAX_ITEMS:
            self.fail(f"more than {MAX_ITEMS:,} layers are written out", span, code="CNN009",
                      help=("say repeats as [...]*n",))  # fmt: skip
        if digits is not None:
            if re.search(r"_\d|[a-z]$", digits) and "x" not in digits:
                step.running = True
            elif re.search("[xX×]", digits):
                step.kernel = "x".join(re.split("[xX×]", digits))
            else:
                step.digits = digits
        if kernel is not None:
            step.kernel = kernel
        if width is not None:
            step.size = width
        if key == "BICUBIC":
            step.options.append(("mode", "bicubic"))
        self.modifiers(step, stop)
        step.span = Span(step.span.start, max(step.span.end, self.tokens[self.at - 1].end))
        made: list[Element] = [step]
        made += step.after
        return made

    def leading_shape(self, items: list[Element], stop: int) -> list[Element] | None:
        """A bare shape as a step of its own: 28x28x1 -> ..., -> 16x16x32 ->."""
        end = self.at
        while end < stop and (
            self.tokens[end].kind in ("size", "number", "times") or self.tokens[end].text in ("x", "X")
        ):
            end += 1
        if end == self.at:
            return None
        tokens = self.tokens[self.at : end]
        nothing_follows = (
            end >= stop
            or self.tokens[end].kind in ("arrow", "line", "down")
            or (self.tokens[end].kind == "symbol" and self.tokens[end].text in ",]-)>|")
        )
        three = self.bare_shape(tokens)
        if three is not None and (three.count("x") == 2 or len(tokens) > 1) and nothing_follows:
            span = Span(tokens[0].start, tokens[-1].end)
            self.at = end
            return self.shape_step(items, three, span)
        if three is not None and not items and not nothing_follows:  # 32x32x3 image, 32 x 32 image
            following = self.tokens[end]
            if following.kind == "word" and ALIASES.get(squeeze(following.text)) == "INPUT":
                self.at = end + 1
                span = Span(tokens[0].start, following.end)
                return self.shape_step(items, three, span)
        return None

    def bare_number(self, items: list[Element], pending: Token | None) -> list[Element]:
        """A number as a step: the width of the FC before it, the size of a FLATTEN."""
        token = self.tokens[self.at]
        last = items[-1] if items else None
        following = self.peek(1)
        if (
            following is not None
            and following.kind == "word"
            and self.layer_words(self.tokens, self.at + 1) is not None
        ):
            self.fail(f"is {token.text} a count, or a size?", Span(token.start, following.end),
                      help=(f"so many layers in a row: [{self.layer_words(self.tokens, self.at + 1)[0]}]*{token.text}",))  # type: ignore[index]  # fmt: skip
        if isinstance(last, Step) and last.kind in ("FC", "FLATTEN") and pending is not None and "." not in token.text:
            self.at += 1
            if last.kind == "FLATTEN":
                last.declared = f"[1x1x{token.text}]", token.span
                self.declared_now = True
                return []
            self.readings.append(Reading(token.span, token.text, f"FC-{token.text}"))
            if last.size is None and last.digits is None:
                last.size = token.text
                last.span = Span(last.span.start, token.end)
                self.declared_now = True
                return []
            step = Step("FC", token.text, token.span, size=token.text)
            self.steps.append(step)
            return [step]
        self.fail(f"the number {token.text} is no layer", token.span,
                  help=(f"units are FC-{token.text}; filters are CONV3-{token.text}",))  # fmt: skip

    def label_ahead(self, index: int, stop: int) -> int | None:
        """``Pool 1:`` before a layer: where the step itself begins; None where it is no label."""
        spaced = index < stop and self.tokens[index].kind == "number"
        after = index + 1 if spaced else index
        if after + 1 >= stop or not self.is_symbol(self.tokens[after], ":"):
            return None
        following = self.tokens[after + 1]
        if following.kind == "word" and self.layer_words(self.tokens, after + 1) is not None:
            return after + 1
        if spaced and following.kind == "size":
            return after + 1
        return None

    def label(self, stop: int) -> bool:
        """``Layer 1:``, ``C1:``, ``Block2:`` before a layer."""
        index = self.at
        while index < stop and index - self.at < 4 and self.tokens[index].kind in ("word", "number"):
            index += 1
        if index >= stop - 1 or not self.is_symbol(self.tokens[index], ":"):
            return False
        following = self.tokens[index + 1]
        if (
            following.kind == "symbol"
            and following.text == "["
            and index + 2 < stop
            and self.tokens[index + 2].kind == "size"
        ):
            return False
        self.at = index + 1
        return True

    def compound(self, stop: int) -> list[Element]:
        """``Activation(relu)``, and names written as one word: ``ConvBNReLU``, ``conv_bn_relu``."""
        token, following = self.tokens[self.at], self.peek(1)
        if token.kind != "word" or len(token.text) > 60:
            return []
        if squeeze(token.text) in ("ACTIVATION", "NONLINEARITY") and self.is_symbol(following, "("):
            end = self.closing(self.at + 1)
            found = self.layer_words(self.tokens, self.at + 2)
            if found is None or found[0] not in ACTIVATIONS or self.at + 2 + found[2] != end:
                return []
            step = self.extra(found[3], Span(token.start, self.tokens[end].end))
            self.steps.append(step)
            self.at = end + 1
            return [step]
        parts = re.fullmatch(
            r"(?:CONV2D|CONV|BATCHNORM|BN|LEAKYRELU|LRELU|RELU|MAXPOOL|POOL|DROPOUT|FC|LINEAR){2,}", squeeze(token.text)
        )
        if parts is None:
            return []
        names = re.findall(r"CONV2D|CONV|BATCHNORM|BN|LEAKYRELU|LRELU|RELU|MAXPOOL|POOL|DROPOUT|FC|LINEAR", parts[0])
        made: list[Element] = []
        for name in names:
            step = Step(ALIASES[name], token.text, token.span)
            self.steps.append(step)
            made.append(step)
        self.readings.append(Reading(token.span, token.text, " -> ".join(ALIASES[name] for name in names)))
        self.at += 1
        return made

    def unknown_word(self, stop: int) -> list[Element]:
        """A word that is no layer goes through as it is; the parser refuses it with suggestions."""
        token = self.tokens[self.at]
        if token.kind == "word":
            span = token.span
            text = token.text
            self.at += 1
            if token.text in self.blocks and self.is_symbol(self.peek(), "("):
                end = self.closing(self.at)
                span = Span(token.start, self.tokens[end].end)
                text = self.text[span.start : span.end]
                self.at = end + 1
                return [Step("call", text, span, verbatim=text)]
            self.unknown(text, span)
        if token.kind == "symbol" and token.text in "-=<>~":
            self.fail(f"{token.text!r} is no arrow", token.span, help=("layers are joined by ' -> '",))
        if token.kind == "size":
            self.fail(f"the size {token.text} stands where a layer should", token.span,
                      help=(f"a filter is CONV{token.text}-64; a volume that must come out has three sizes",))  # fmt: skip
        if token.kind == "symbol" and token.text in "*?:^":
            self.fail(f"{token.text!r} must follow a layer or a bracket", token.span)
        self.fail(f"expected a layer, not {token.text!r}", token.span)

    def unknown(self, word: str, span: Span) -> NoReturn:
        from cnnsize.syntax.parser import Parser

        try:
            Parser(word, self.blocks).unknown(word, 0)
        except ArchitectureError as wrong:
            raise ArchitectureError(shifted(wrong, span.start).diagnostic, self.original) from None

    def modifiers(self, step: Step, stop: int) -> None:
        """Everything behind a layer's name that belongs to it."""
        while self.at < stop:
            token = self.tokens[self.at]
            following = self.peek(1)
            word = squeeze(token.text) if token.kind == "word" else ""
            if (
                token.kind == "symbol"
                and token.text == "-"
                and token.glued
                and following is not None
                and following.glued
            ):
                if following.kind in ("number", "size") and "." not in following.text and step.kind not in ("RELU",):
                    self.hyphen(step, following)
                    continue
                if following.kind == "word" and self.layer_words(self.tokens, self.at + 1) is None \
                        and step.kind in ("CONV", "TCONV", "FC", "DWCONV") and following.text not in ("x", "X") \
                        and not self.is_symbol(self.peek(2), ":"):  # fmt: skip
                    self.read_size(step, following.text, following.span)
                    self.at += 2
                    continue
                if self.is_symbol(following, "(") and step.kind in ("CONV", "TCONV", "FC"):
                    end = self.closing(self.at + 1)
                    inner = self.tokens[self.at + 2 : end]
                    if not any(self.layer_words(inner, i) for i in range(len(inner))):
                        step.size = f"({self.text[following.end : self.tokens[end].start]})"
                        self.at = end + 1
                        continue
                return
            if token.kind == "symbol" and token.text == "(":
                if re.match(r"\(\s*[x×*]\s*\w+\s*\)", self.text[token.start :][:40]):
                    return  # (x3) is a count
                end = self.closing(self.at)
                self.arguments(step, self.at + 1, end)
                self.at = end + 1
                continue
            if token.kind == "symbol" and token.text == "[":
                end = self.closing(self.at)
                inner = [t for t in self.tokens[self.at + 1 : end] if t.kind != "line"]
                shape = self.bare_shape(inner)
                if shape is None and len(inner) == 3 and inner[0].kind == "size" and inner[2].kind == "number":
                    self.arguments(step, self.at + 1, end)  # Conv[3x3, 64]
                    self.at = end + 1
                    continue
                if shape is None:
                    return
                span = Span(token.start, self.tokens[end].end)
                if step.kind in ("INPUT", "UNFLATTEN", "CROP"):
                    if step.shape is not None:
                        self.fail("the shape is given twice", span)
                    step.shape = shape
                else:
                    if step.declared is not None:
                        self.fail("the shape is given twice", span)
                    step.declared = shape, span
                self.at = end + 1
                continue
            if token.kind == "size" or (
                token.kind == "number" and following is not None and self.is_symbol(following, "@")
            ):
                self.at = self.size_behind(step, stop)
                continue
            if (
                token.kind == "number"
                and following is not None
                and (following.kind == "times" or following.text in ("x", "X"))
                and step.kind == "INPUT"
            ):
                end = self.at
                while end < stop and (
                    self.tokens[end].kind in ("number", "times") or self.tokens[end].text in ("x", "X")
                ):
                    end += 1
                shape = self.bare_shape(self.tokens[self.at : end])
                if shape is not None:
                    step.shape = shape
                    self.at = end
                    continue
            if token.kind == "number":
                self.number_behind(step, stop)
                continue
            if token.kind == "word" and word in NOISE and not (word == "ACTIVATION" and self.is_symbol(following, "=")):
                self.at += 1
                continue
            if token.kind == "word" and token.text.lower() == "or" and following is not None \
                    and squeeze(following.text) in ALTERNATIVES:  # fmt: skip
                self.note(f"{step.kind} or {following.text}: read as {step.kind}; the sizes are the same")
                self.at += 2
                continue
            if token.kind == "symbol" and token.text == ":" and following is not None and following.kind == "number" \
                    and step.kind == "FC":  # fmt: skip
                step.running = step.digits is not None
                step.size = following.text
                self.at += 2
                continue
            if self.words_behind(step, stop):
                continue
            if token.kind == "symbol" and token.text == "," and self.parameters_follow(step, self.at + 1, stop):
                continue
            slash = self.at + 1 if token.kind == "symbol" and token.text == "," else self.at
            number = self.tokens[slash + 1] if slash + 1 < stop else None
            if self.is_symbol(self.tokens[slash] if slash < stop else None, "/") and number is not None \
                    and number.kind == "number" and number.glued and hasattr(step, "kind") and step.kind in STRIDED:  # fmt: skip
                self.option(step, "S", number.text, number.span)  # 7x7 conv, 64, /2
                self.at = slash + 2
                continue
            return

    def hyphen(self, step: Step, following: Token) -> None:
        """-64, or -32x2: width, and a repeat."""
        text = following.text
        if following.kind == "size":
            parts = re.split("[xX×]", text)
            if len(parts) != 2:
                self.fail(f"what does {text} stand for?", following.span)
            self.read_size(step, parts[0], following.span)
            step.count = parts[1], Span(following.start + len(parts[0]), following.end)
            self.readings.append(Reading(step.count[1], text[len(parts[0]) :], f"*{parts[1]}"))
        elif step.kind in ("POOL", "AVGPOOL") and step.digits is None and step.kernel is None:
            self.fail(f"{step.kind} takes no number of filters or units", Span(following.start - 1, following.end),
                      code="CNN003", help=(f"the depth stays; a window of {text} is {step.kind}{text}",))  # fmt: skip
        else:
            self.read_size(step, text, following.span)
        self.at += 2

    def read_size(self, step: Step, text: str, span: Span) -> None:
        if step.size is not None:
            self.fail("the number of filters or units is given twice", span, help=("keep one of the two",))
        step.size = text

    def size_behind(self, step: Step, stop: int) -> int:
        """``Conv 5x5``, ``Input 32x32x3``, ``Conv 16@3x3``, ``AvgPool 2x2``."""
        token, index = self.tokens[self.at], self.at + 1
        parts = re.split("[xX×]", token.text)
        if token.kind == "number":  # 16@3x3
            self.read_size(step, token.text, token.span)
            index += 1
            if index >= stop or self.tokens[index].kind not in ("size", "number"):
                self.fail("expected a filter size behind '@'", token.span)
            parts = re.split("[xX×]", self.tokens[index].text)
            index += 1
            parts = parts * 2 if len(parts) == 1 else parts
        if step.kind in ("INPUT", "UNFLATTEN", "CROP"):
            if step.shape is not None:
                self.fail("the shape is given twice", token.span)
            step.shape = f"[{'x'.join(parts)}]"
            return index
        if len(parts) == 3:
            step.declared = f"[{'x'.join(parts)}]", token.span
            return index
        if step.kernel is not None:
            self.fail("the filter size is given twice", token.span, help=("keep one of the two",))
        step.kernel = "x".join(parts)
        return index

    def number_behind(self, step: Step, stop: int) -> None:
        """``FC 128``, ``Dense 10``, ``MaxPool 2``, ``Conv 16 x2``; ``Conv 64`` alone is ambiguous."""
        token, following = self.tokens[self.at], self.peek(1)
        after = following.text if following is not None and self.at + 1 < stop else ""
        claim = self.peek(2)
        arrow = following is not None and following.kind == "arrow" and following.glued
        if arrow and claim is not None and claim.glued and step.kind in ("FC", "CONV", "TCONV"):  # Linear 288->10
            self.read_size(step, claim.text, claim.span)
            step.options.append(("in", token.text))
            self.at += 3
            return
        if step.kind == "FC":
            self.read_size(step, token.text, token.span)
        elif step.kind in ("DROPOUT", "DROPOUT2D", "DROPPATH"):
            step.options.append(("", token.text))
        elif step.kind in ("POOL", "AVGPOOL", "UP", "PIXELSHUFFLE", "PAD"):
            if step.kernel is not None:
                self.fail("the window is given twice", token.span)
            step.kernel = token.text
            if step.kind == "UP" and after in ("x", "X"):
                self.at += 1
        elif step.kind in ("CONV", "TCONV", "DWCONV"):
            word = squeeze(after)
            if word in FILTER_WORDS or re.fullmatch(r"[xX][0-9]+", after) or word in ("FILTER", "FILTERS"):
                self.read_size(step, token.text, token.span)
                if word in FILTER_WORDS:
                    self.at += 1
            elif step.kernel is not None or step.digits is not None:
                self.read_size(step, token.text, token.span)
            else:
                n = token.text
                self.fail(f"is {n} the filter size, or the number of filters?", Span(step.span.start, token.end),
                          help=(f"{step.kind}{n} has filters of {n}x{n}; {step.kind}-{n} has {n} filters",))  # fmt: skip
        elif step.kind == "INPUT":
            step.shape = f"[1x1x{token.text}]"
            self.note(f"INPUT {token.text} is read as a vector: INPUT[1x1x{token.text}]")
        elif step.kind in ACTIVATIONS or step.kind in ("BN", "LRN", "FLATTEN", *ENDS, "GAP", "GMP"):
            if step.kind in ("FLATTEN", "OUTPUT"):
                step.declared = f"[1x1x{token.text}]", token.span
        else:
            self.fail(f"what does {token.text} stand for in {step.kind}?", token.span)
        self.at += 1

    def words_behind(self, step: Step, stop: int) -> bool:
        """``stride 2``, ``same``, ``16 filters of 3x3``, ``padded`` behind a name, without parentheses."""
        end = self.at
        stop = min(stop, self.at + PHRASE)
        while (end < stop and self.tokens[end].kind in ("word", "number", "size")) or (
            end < stop and self.is_symbol(self.tokens[end], "=") and end > self.at
        ):
            end += 1
        tokens = self.tokens[self.at : end]
        if not tokens or tokens[0].kind != "word":
            return False
        lower = tokens[0].text.lower()
        if (
            squeeze(lower) not in SMALL
            and lower not in OPTION_WORDS
            and lower not in ("same", "valid", "padded", "no", "unpadded", "activation")
            and not re.fullmatch(r"[skp]\d+", lower)
        ):
            return False
        if lower in ("x",) or self.layer_words(tokens, 0) is not None:
            return False
        taken = self.parameter(step, tokens, behind=True)
        if not taken:
            return False
        self.at += taken
        return True

    def parameters_follow(self, step: Step, index: int, stop: int) -> bool:
        """Behind a comma: more of this layer (``, stride=2``, ``, 4 filters``), or the next layer?"""
        end = index
        stop = min(stop, index + PHRASE)
        while (end < stop and self.tokens[end].kind in ("word", "number", "size")) or (
            end < stop and self.is_symbol(self.tokens[end], "=")
        ):
            end += 1
        tokens = self.tokens[index:end]
        if not tokens or self.layer_words(tokens, 0) is not None:
            return False
        if step.kind in ("CONV", "TCONV") and len(tokens) == 1 and tokens[0].kind == "number" and step.size is None \
                and (step.kernel is not None or step.digits is not None) and "." not in tokens[0].text:  # fmt: skip
            self.read_size(step, tokens[0].text, tokens[0].span)  # 3x3 conv, 64
            self.at = end
            return True
        if step.kind in ("CONV", "TCONV") and len(tokens) == 1 and tokens[0].kind == "size" and step.kernel is None \
                and len(re.split("[xX×]", tokens[0].text)) == 2:  # fmt: skip
            self.at = index
            self.at = self.size_behind(step, stop)
            return True
        words = [squeeze(token.text) for token in tokens if token.kind == "word"]
        if not words or len(tokens) < 1:
            return False
        known = words[0] in FILTER_WORDS or words[0].lower() in OPTION_WORDS or words[0] in ("SAME", "VALID", "PADDED", "NO", "UNPADDED", "ACTIVATION") \
            or re.fullmatch(r"[SKP]\d+", words[0])  # fmt: skip
        if not known:
            return False
        at = self.at
        self.at = index
        taken = self.parameter(step, tokens, behind=True)
        if taken != len(tokens):
            self.at = at
            return False
        self.at = end
        return True

    # -- arguments in parentheses ----------------------------------------------------------------

    def arguments(self, step: Step, begin: int, end: int) -> None:
        """(32, 3x3), (in, out, 3, stride=2), (6 filters, 5x5, no padding), (softmax), (3->8), prose."""
        tokens = [token for token in self.tokens[begin:end] if token.kind != "line"]
        if not tokens:
            return None
        if step.kind in ("INPUT", "UNFLATTEN"):
            return self.input_arguments(
                step, tokens, self.bare_shape(tokens), Span(self.tokens[begin - 1].start, self.tokens[end].end)
            )
        parts: list[list[Token]] = [[]]
        level = 0
        for token in tokens:
            if token.kind == "symbol":
                level += (token.text in CLOSERS) - (token.text in ")]}")
            if self.is_symbol(token, ",;") and level == 0:
                parts.append([])
            else:
                parts[-1].append(token)
        if parts and not parts[-1]:
            parts.pop()
        keys = [part[0].text for part in parts if len(part) == 3 and self.is_symbol(part[1], "=")]
        if len(keys) == len(parts) and any(re.search(rf"[*×x^]\s*{re.escape(key)}\b", self.text) for key in keys):
            self.note(
                f"not read: ({self.text[tokens[0].start : tokens[-1].end]}); give letters their values with --set"
            )
            return None
        numbers: list[Token] = []
        for part in parts:
            if not part:
                self.fail("an empty argument", self.tokens[begin - 1].span)
            self.argument(step, part, numbers)
        self.positional(step, numbers)

    def input_arguments(self, step: Step, tokens: list[Token], shape: str | None, span: Span) -> None:
        if shape is None and tokens[0].kind == "size":  # (32x32x3, int8), (32×32×1 grayscale)
            shape = self.bare_shape(tokens[:1])
        if shape is None:
            sizes: list[Token] = []
            for token in tokens:
                if self.is_symbol(token, ";,") and len(sizes) >= 5:
                    break
                sizes.append(token)
                if len(sizes) == 5 and (found := self.bare_shape(sizes)) is not None:
                    shape = found
                    break
        if shape is None and len(tokens) == 1 and tokens[0].kind in ("number", "word"):
            one = tokens[0].text if tokens[0].kind == "number" else f"({tokens[0].text})"
            if tokens[0].kind == "word" and len(tokens[0].text) > 2:
                return
            shape = f"[1x1x{one}]"
            self.note(f"INPUT({tokens[0].text}) is read as a vector: INPUT{shape}")
        if shape is None:
            if any(token.kind in ("number", "size") for token in tokens):
                self.fail("what size is the input?", span, help=("write INPUT[32x32x3]: width, height, depth",))
            self.note(f"not read: {self.text[span.start : span.end]}")
            return
        if step.shape is not None and step.shape != shape:
            self.fail("the shape is given twice", span)
        step.shape = shape

    def argument(self, step: Step, part: list[Token], numbers: list[Token]) -> None:
        """One argument between commas."""
        first = part[0]
        span = Span(first.start, part[-1].end)
        text = self.text[span.start : span.end]
        if len(part) >= 2 and self.is_symbol(part[1], "=") and first.kind == "word":
            return self.keyword(step, first, part[2:], span)
        if len(part) == 3 and part[1].kind == "arrow" and {part[0].kind, part[2].kind} <= {"number", "word"}:
            step.options.append(("in", part[0].text))  # 3->8
            return self.read_size(step, part[2].text, span)
        if len(part) == 1 and first.kind == "number":
            numbers.append(first)
            return None
        if len(part) == 2 and first.kind == "number" and self.is_symbol(part[1], "%") and step.kind.startswith("DROP"):
            step.options.append(("", f"{float(first.text) / 100:.12g}"))
            return None
        if len(part) == 1 and first.kind == "size":
            return self.pair(step, first.text, span)
        if len(part) == 3 and self.is_symbol(part[1], "@") and part[2].kind in ("size", "number"):
            self.read_size(step, first.text, span)
            return self.pair(step, part[2].text, span)
        if first.kind == "symbol" and first.text == "(" and len(part) == 5 and part[1].kind == part[3].kind == "number":
            return self.pair(step, f"{part[1].text}x{part[3].text}", span)
        if len(part) == 1 and first.kind == "word":
            return self.word_argument(step, first, numbers)
        layer = self.layer_words(part, 0)
        if layer is not None and layer[2] == len(part) and layer[0] in ACTIVATIONS:
            step.after.append(self.extra(layer[0], span))
            return None
        if (
            len(part) == 3
            and self.is_symbol(part[1], "/")
            and all(
                (found := self.layer_words([token], 0)) is not None and found[0] in ACTIVATIONS
                for token in (part[0], part[2])
            )
        ):
            self.note(f"{text}: read as {squeeze(part[0].text)}; the sizes are the same")
            step.after.append(self.extra(squeeze(part[0].text), part[0].span))
            return None
        if first.kind in ("number", "size", "word") and (taken := self.parameter(step, part, behind=False)):
            if taken == len(part):
                return None
            if (
                any(token.kind in ("number", "size") for token in part[taken:])
                and self.parameter(step, part[taken:], behind=False) == len(part) - taken
            ):
                return None
        sized = any(token.kind in ("number", "size") or self.is_symbol(token, "=") for token in part)
        if sized and not self.prose(part) and step.kind in (*STRIDED, "FC"):
            example = "as in FC-10" if step.kind == "FC" else f"as options: {step.kind}3(S=2, P=1)"
            self.fail(f"what does {text!r} say of {step.kind}?", span, code="CNN003", help=(example,))
        if (
            any(word == squeeze(token.text) for token in part if token.kind == "word" for word in CANONICAL[1:9])
            and len(part) < 4
        ):
            self.fail(f"what does {text!r} say of {step.kind}?", span, code="CNN003")
        self.note(f"not read: ({text})")

    def prose(self, part: list[Token]) -> bool:
        return sum(token.kind == "word" for token in part) >= 5

    def extra(self, kind: str, span: Span) -> Step:
        kind = ALIASES[kind]
        self.readings.append(Reading(span, self.text[span.start : span.end], f"-> {kind}"))
        return Step(kind, self.text[span.start : span.end], span)

    def word_argument(self, step: Step, token: Token, numbers: list[Token]) -> None:
        """(softmax), (same), (s2), (output), (n): a word alone."""
        word, lower = squeeze(token.text), token.text.lower()
        if lower in ("same", "valid"):
            step.options.append(("P", lower))
        elif lower in ("padded",):
            step.options.append(("P", "same"))
        elif found := re.fullmatch(r"([skpdg])(\d+)", lower):
            self.option(step, found[1].upper().replace("K", "F"), found[2], token.span)
        elif ALIASES.get(word) in ACTIVATIONS:
            step.after.append(self.extra(word, token.span))
        elif (
            ALIASES.get(word) in ENDS
            or word in NOISE
            or (ALIASES.get(word) == "INPUT" and step.kind not in ("CONV", "FC"))
            or step.kind == "call"
        ):
            self.note(f"not read: ({token.text})")
        elif (
            (step.kind in ("CONV", "TCONV", "FC") and not re.search(r"[A-Z][a-z]{4,}", token.text))
            or step.kind in ("GN", "CHSHUFFLE", "UP", "POOL", "AVGPOOL", "PAD")
            or (step.kind.startswith("DROP") and len(word) < 3)
        ):
            numbers.append(token)
        else:
            self.note(f"not read: ({token.text})")

    def keyword(self, step: Step, key: Token, value: list[Token], span: Span) -> None:
        """stride=2, kernel_size=(3, 5), padding='same', activation='relu', name='conv1'."""
        lower = key.text.lower()
        text = self.text[value[0].start : value[-1].end] if value else ""
        if not value:
            self.fail(f"{key.text} has no value", span)
        if lower in ("activation", "act", "nonlinearity"):
            if lower == "activation" and text.lower() in ("none", "linear"):
                return
            found = self.layer_words(value, 0)
            if found is None or found[0] not in ACTIVATIONS or found[2] != len(value):
                self.fail(f"{text} is no activation", Span(value[0].start, value[-1].end), code="CNN003")
            step.after.append(self.extra(found[3], span))
            return
        if lower == "name":
            self.note(f"not read: {key.text}={text}")
            return
        if lower in ("in", "in_channels", "in_features", "in_ch", "input_dim"):
            step.options.append(("in", text))
            return
        if lower == "inplace":
            return
        name = key.text
        step.lettered = step.lettered or name in ("S", "P", "D")
        known = OPTION_WORDS.get(lower)
        canonical = name in ("K", "F", "S", "P", "D", "G", "M") or known == lower
        if known is not None and not canonical:
            name = "rate" if known == "P" and step.kind.startswith("DROP") else known
            if name == "F" and step.kind in ("UP", "PIXELSHUFFLE"):
                name = "factor"
        if len(value) == 5 and self.is_symbol(value[0], "([") and value[1].kind == value[3].kind == "number":
            one, two = value[1].text, value[3].text
            text = one if one == two else f"{two}x{one}"  # torch's (H, W)
        elif len(value) == 1 and value[0].kind == "size":
            parts = re.split("[xX×]", text)
            if not canonical and len(parts) == 2 and parts[0] != parts[1]:
                parts.reverse()
            text = parts[0] if len(parts) == 2 and parts[0] == parts[1] else "x".join(parts)
        elif text[:1] in "([{" and not re.fullmatch(r"\([\w\s+*/-]*\)", text):
            self.fail(f"what does {text} stand for?", span, code="CNN003")
        self.option(step, name, text, span)

    def option(self, step: Step, key: str, value: str, span: Span) -> None:
        if key == "K" and step.kind in ("CONV", "TCONV", "FC") and re.fullmatch(r"\w+|\(.*\)", value):
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
        if key == "factor" and step.kind in ("UP", "PIXELSHUFFLE") and re.fullmatch(r"\d+(x\d+)?", value):
            if step.kernel is not None:
                self.fail("the factor is given twice", span, help=("keep one of the two",))
            step.kernel = value
            return None
        if any(key == other for other, _ in step.options if key):
            self.fail(f"{key} is given twice", span, help=("keep one of the two",))
        step.options.append((key, value))

    def pair(self, step: Step, text: str, span: Span) -> None:
        """A filter inside a class call: torch's (H, W)."""
        parts = re.split("[xX×]", text)
        if len(parts) == 3 and step.kind == "CONV" and step.size is None:  # conv(5x5x32)
            self.read_size(step, parts.pop(), span)
            self.note(f"{text} is read as {parts[0]}x{parts[1]} filters, {step.size} of them")
        if len(parts) == 3:
            step.declared = f"[{'x'.join(parts)}]", span
            return
        if len(parts) == 1:
            parts = parts * 2
        if step.kernel is not None:
            if step.kernel in ("x".join(parts), parts[0] if parts[0] == parts[1] else ""):
                return
            self.option(step, "S" if step.kind in ("POOL", "AVGPOOL") else "F", "x".join(reversed(parts)), span)
            return
        if step.digits is not None:
            step.running = True  # Conv1(6@5x5): the filter is in the arguments
        step.kernel = parts[0] if parts[0] == parts[1] else f"{parts[1]}x{parts[0]}"

    def parameter(self, step: Step, tokens: list[Token], behind: bool) -> int:
        """``stride 2``, ``6 filters``, ``5x5 kernel``, ``no padding``: how many tokens were taken."""
        words = [squeeze(token.text) if token.kind == "word" else "" for token in tokens]
        texts = [token.text for token in tokens]
        span = Span(tokens[0].start, tokens[-1].end)

        def at(index: int) -> str:
            return words[index] if index < len(words) else ""

        def kind(index: int) -> str:
            return tokens[index].kind if index < len(tokens) else ""

        if at(0) in SMALL:  # of 3x3, with stride 2
            small = next((i for i, word in enumerate(words) if word not in SMALL), 0)
            rest = self.parameter(step, tokens[small:], behind) if small else 0
            return rest + small if rest else 0
        if at(0) == "NO" and at(1) in ("PADDING", "PAD"):
            self.option(step, "P", "0", span)
            return 2
        if at(0) in ("UNPADDED",):
            self.option(step, "P", "0", span)
            return 1
        if at(0) == "PADDED":
            self.option(step, "P", "same", span)
            return 1
        if at(0) in ("SAME", "VALID"):
            self.option(step, "P", at(0).lower(), span)
            return 2 if at(1) in ("PADDING", "PAD") else 1
        if found := re.fullmatch(r"([SKPDG])(\d+)", at(0)):
            self.option(step, found[1].replace("K", "F"), found[2], span)
            return 1
        if kind(0) == "size":
            parts = re.split("[xX×]", texts[0])
            if len(parts) == 2:
                self.pair(step, texts[0], span) if not behind else self.option(
                    step, "F", parts[0] if parts[0] == parts[1] else "x".join(parts), span
                )
                return 2 if at(1) in ("KERNEL", "KERNELS", "FILTER", "FILTERS", "WINDOW", "CONV") else 1
            return 0
        if kind(0) == "number":
            if kind(1) == "size" and step.kind == "CONV":  # 32 3x3 filters
                self.read_size(step, texts[0], span)
                rest = self.parameter(step, tokens[1:], behind)
                return rest + 1 if rest else 0
            if at(1) in FILTER_WORDS or at(1) in ("FILTER", "FILTERS", "KERNELS"):
                used = 2
                while at(used) in FILTER_WORDS:
                    used += 1
                if step.kind in ("CONV", "TCONV", "FC"):
                    self.read_size(step, texts[0], span)
                elif step.kind == "FLATTEN":
                    step.declared = f"[1x1x{texts[0]}]", span
                else:
                    return 0
                if used < len(tokens):
                    rest = self.parameter(step, tokens[used:], behind)
                    return used + rest
                return used
            if at(1) in ("STRIDE", "STRIDES", "PADDING", "PAD") and len(tokens) == 2:
                self.option(step, OPTION_WORDS[at(1).lower()], texts[0], span)
                return 2
            return 0
        key = texts[0].lower()
        used = 1
        if at(1) == "SIZE" and key in ("kernel", "filter", "pool", "window"):
            used = 2
        if used < len(tokens) and tokens[used].text == "=":
            used += 1
        name = OPTION_WORDS.get(key)
        if name is None or name in ("from", "left", "top", "right", "bottom") or used >= len(tokens):
            return 0
        if kind(used) not in ("number", "size") and at(used) not in (
            "SAME",
            "VALID",
            "YES",
            "NO",
            "TRUE",
            "FALSE",
            "ZERO",
        ):
            return 0
        value = "0" if at(used) == "ZERO" else texts[used].lower()
        if kind(used) == "size":
            parts = re.split("[xX×]", value)
            value = parts[0] if parts[0] == parts[1] else "x".join(parts)
        if name == "K" and step.kind not in ("CONV", "TCONV", "FC"):
            return 0
        self.option(step, name, value, span)
        return used + 1

    def positional(self, step: Step, numbers: list[Token]) -> None:
        """Bare numbers in parentheses, by kind and by how many."""
        if not numbers:
            return
        values = [token.text for token in numbers]
        span = Span(numbers[0].start, numbers[-1].end)
        kind = step.kind
        called = step.written.replace(" ", "")
        if kind in ("CONV", "TCONV", "FC"):
            torch = called in TORCH_IN_FIRST
            most = 2 if kind == "FC" else 5
            if step.kernel is not None and kind != "FC":
                most -= 1
            if len(values) > most:
                self.fail(f"{len(values)} numbers: which is which?", span, code="CNN003",
                          help=(f"name them: {kind}3-64(S=2, P=1)" if kind != "FC" else "as in FC-10",))  # fmt: skip
            if (
                (torch and len(values) >= 2)
                or len(values) >= 3
                or (kind == "FC" and len(values) == 2)
                or (len(values) == 2 and step.kernel is not None)
            ):
                step.options.append(("in", values[0]))
                values = values[1:]
            elif torch and len(values) == 1 and called != "Linear" and kind == "FC":
                pass
            self.read_size(step, values[0], span)
            rest = values[1:]
            for key in ("F", "S", "P") if step.kernel is None else ("S", "P"):
                if rest:
                    if key == "F" and step.digits is not None:
                        step.running = True
                    self.option(step, key, rest.pop(0), span)
        elif kind in ("POOL", "AVGPOOL", "DWCONV"):
            keys = [key for key in ("F", "S", "P") if not (key == "F" and step.kernel is not None)]
            if len(values) > len(keys):
                self.fail(f"{len(values)} numbers: which is which?", span, code="CNN003")
            for key, value in zip(keys, values, strict=False):
                if key == "F" and step.digits is not None:
                    step.running = True
                self.option(step, key, value, span)
        elif kind in ("BN", "LN", "IN", "LRN") and len(values) == 1:
            if kind != "LRN":
                step.options.append(("in", values[0]))
        elif kind in ("DROPOUT", "DROPOUT2D", "DROPPATH", "CHSHUFFLE") and len(values) == 1:
            step.options.append(("", values[0]))
        elif kind == "GN" and len(values) in (1, 2):
            step.options.append(("", values[0]))
            if len(values) == 2:
                step.options.append(("in", values[1]))
        elif kind in ("UP", "PIXELSHUFFLE", "PAD") and len(values) == 1 and step.kernel is None:
            step.kernel = values[0]
        elif kind == "FLATTEN" and len(values) == 1:
            step.declared = f"[1x1x{values[0]}]", span
        elif kind == "OUTPUT" and len(values) == 1:  # Out(10): the last FC
            step.kind = "FC"
            step.size = values[0]
        elif kind == "SOFTMAX" and len(values) == 1:
            self.note(f"not read: ({values[0]})")
        elif kind == "PAD" and len(values) == 4:
            for side, value in zip(("left", "right", "top", "bottom"), values, strict=True):
                step.options.append((side, value))
        elif kind in ("LRELU", "ELU", "PRELU", "SOFTPLUS") and len(values) == 1:
            self.note(f"not read: ({values[0]}); a slope changes no size")
        else:
            self.fail(f"what does {values[0]} stand for in {kind}?", span, code="CNN003")

    # -- running numbers -------------------------------------------------------------------------

    def number_steps(self) -> None:
        """conv1 -> pool1 -> conv2 -> pool2: running numbers, not sizes.

        Only where all numbered layers of some kind, at least two of them, read n, n+1, ... and none
        has a width, a filter or an x. Where one kind runs, the single numbers of other kinds do too.
        """
        by_kind: dict[str, list[Step]] = {}
        for step in self.steps:
            if step.digits is not None:
                kind = "RELU" if step.kind == "RELU6" else step.kind
                by_kind.setdefault(kind, []).append(step)
        running = any(step.running for step in self.steps)
        for kind, steps in by_kind.items():
            values = [int(step.digits or 0) for step in steps if len(step.digits or "") < 10]
            free = all(step.kernel is None and (step.size is None or kind == "FC") for step in steps)
            free = free and not any(
                key in ("S", "P", "D", "F") for step in steps for key, _ in step.options if step.lettered
            )
            sized = any(step.size is not None for step in steps)
            if len(values) > 1 and free and not sized and values == list(range(values[0], values[0] + len(values))):
                running = True
                if kind in ("CONV", "DWCONV", "TCONV", "POOL", "AVGPOOL"):
                    self.note(
                        f"{steps[0].written}, {steps[1].written} ...: read as running numbers, not as filter sizes"
                    )
                for step in steps:
                    step.running = True
        for kind, steps in by_kind.items():
            for step in steps:
                if kind in ("CONV", "DWCONV", "TCONV", "POOL", "AVGPOOL", "UP", "PIXELSHUFFLE", "PAD", "FC"):
                    if (
                        running
                        and len(steps) == 1
                        and step.kernel is None
                        and step.size is None
                        and int(step.digits or 0) < 100
                    ):
                        step.running = True
                    if step.kernel is not None:
                        step.running = True
                else:
                    step.running = True
        six = [step for step in self.steps if step.kind == "RELU6"]
        if six and "RELU" in by_kind and any(step.digits is not None for step in by_kind["RELU"]):
            for step in six:
                step.kind = "RELU"
                self.readings.append(Reading(step.span, step.written, "RELU"))

    # -- strict text -----------------------------------------------------------------------------

    def strict(self, step: Step) -> str:
        """The canonical text of one step."""
        if step.verbatim is not None:
            return step.verbatim
        kernel, size, options = step.kernel, step.size, list(step.options)
        if step.digits is not None and not step.running:
            if step.kind == "FC":
                if size is not None:
                    self.fail("the number of units is given twice", step.span, help=(f"keep one: FC-{size}",))
                size = step.digits
            elif kernel is None:
                kernel = step.digits
        if (
            kernel is None
            and step.kind in IMPLIED
            and squeeze(step.written) != step.kind
            and not any(key in ("factor", "P", "left", "right", "top", "bottom") for key, _ in options)
        ):
            kernel = IMPLIED[step.kind]
        head = step.kind
        if kernel is not None:
            parts = kernel.split("x")
            if len(parts) == 2 and parts[0] == parts[1]:
                kernel = parts[0]
            head += kernel
        if size is not None:
            head += f"-{size}"
        if step.shape is not None:
            head += step.shape
        if options:
            head += "(" + ", ".join(f"{key}={value}" if key else value for key, value in options) + ")"
        return head


def read(text: str, blocks: frozenset[str] = frozenset(), lines_join: bool = False) -> Informal:
    """The strict text of an informal one. Raises ArchitectureError with spans of ``text``."""
    refuse_foreign(text)
    where = re.search(r"(?:(?<=\s)|^)where\s+(?=[^\W\d]\w*\s*(?:=|in\b))", text)
    body = text[: where.start()] if where else text
    reader = Reader(body, blocks)
    reader.lines_join = lines_join
    named = re.match(r"\s*([^\W\d]\w*)\s{0,99}(\([^()]*\))?\s{0,99}=(?![>=])\s*", reader.text)
    pieces: list[Piece] = []
    out: list[str] = []
    length = 0

    def emit(part: str, span: Span, verbatim: bool = False) -> None:
        nonlocal length
        pieces.append(Piece(length, span, verbatim))
        out.append(part)
        length += len(part)

    if named:
        emit(named[0], Span(*named.span()), True)
        reader.tokens = [token for token in reader.tokens if token.start >= named.end()]
    if not any(token.kind not in ("line",) for token in reader.tokens):
        reader.fail("there is no architecture in this text", Span(0, len(text)))
    items = reader.sequence(len(reader.tokens))
    if not items:
        reader.fail("there is no architecture in this text", Span(0, len(text)))
    while (
        len(items) == 1
        and isinstance(items[0], Group)
        and not (items[0].count or items[0].optional or items[0].declared)
    ):
        items = items[0].items  # brackets round the whole string
    reader.number_steps()

    def unwrap(elements: list[Element]) -> list[Element]:
        """INPUT out of its bracket: [INPUT] -> ..., (input -> conv) -> fc."""
        first = elements[0]
        if isinstance(first, Group) and first.count is None and first.optional is None:
            inner = unwrap(first.items)
            if isinstance(inner[0], Step) and inner[0].kind == "INPUT":
                return [*inner, *elements[1:]]
        return elements

    def suffix(item: Element, end: int) -> None:
        if item.count is not None:
            emit(f"*{item.count[0]}", item.count[1])
        if item.optional is not None:
            emit("?", item.optional)
        if item.declared is not None:
            emit(": ", Span(end, end))
            emit(item.declared[0], item.declared[1])

    def chain(elements: list[Element]) -> None:
        previous: Element | None = None
        for item in elements:
            if previous is not None:
                emit(" -> ", Span(previous.span.end, max(previous.span.end, item.span.start)))
            element(item)
            previous = item

    def element(item: Element) -> None:
        if isinstance(item, Step):
            strict = reader.strict(item)
            written = text[item.span.start : item.span.end]
            if strict != written and item.verbatim is None:
                reader.readings.append(Reading(item.span, written, strict))
            emit(strict, item.span, strict == written)
        elif isinstance(item, Join):
            emit(item.op + "{", item.span)
            for index, branch in enumerate(item.branches):
                if index:
                    emit(" | ", item.span)
                if branch:
                    chain(branch)
                else:
                    emit("ID", item.span)
            emit("}", item.span)
        else:
            assert item.opened is not None and item.closed is not None
            emit("[", item.opened.span)
            chain(item.items)
            emit("]", item.closed.span)
            only = item.items[0]
            if len(item.items) == 1 and isinstance(only, Step) and not item.count and not item.optional:
                reader.note(f"[{reader.strict(only)}] is that layer once; optional is spelled {reader.strict(only)}?")
        suffix(item, item.span.end)

    chain(unwrap(items))
    for step in reader.steps:
        if step.kind == "LOSS":
            reader.note(f"{step.written} is a loss: it belongs to training and changes no volume")
    if where:
        emit(" ", Span(where.start(), where.start()))
        emit(text[where.start() :], Span(where.start(), len(text)), True)
    readings = tuple(sorted(set(reader.readings)))
    return Informal("".join(out), PieceMap(pieces), readings, tuple(reader.notes))
