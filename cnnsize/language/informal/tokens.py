"""Split an informal text into tokens."""

from __future__ import annotations

import re
from typing import NamedTuple, TypeGuard

from cnnsize.language.informal.languages import CJK
from cnnsize.limits import MAX_ITEMS
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic
from cnnsize.text.span import Span

ARROW = r"-&gt;|&rarr;|[-=─━–—]{1,16}[ ]?(?:>|►|▶|➤){1,8}|~>|\|>|[-─━]{0,16}[→⇒⟶➡➔➜➝⟹⇨↦]️?|\\(?:long)?(?:[rR]ightarrow|to)\b"
# emoji that only decorate; those of arrows and of repetition are not among them
PICTURES = "\U0001f300-\U0001f4ff\U0001f550-\U0001faff\u2728\u2b50"
# options that are written as one word: k3s1p1, k9n64s1
GLUED_OPTIONS = re.compile("(?:[knspd][0-9]{1,4}){2,5}", re.IGNORECASE)
TOKEN = re.compile(
    rf"(?P<space>[ \t\r\f\v\u00a0\u200b\ufe0f{PICTURES}]+)|(?P<line>\n)|(?P<arrow>{ARROW})"
    r"|(?P<dots>\.{2,}|…)"
    rf"|(?P<size>[0-9]+(?:(?:[xX×]|\\times[ ]?)[0-9]+)+(?![^\W{CJK}]|\.[0-9]))"
    r"|(?P<number>[1-9][0-9]{0,2}(?:,[0-9]{3}){1,6}(?=[ ](?:values|units|neurons|features|classes|nodes))"
    r"|[1-9][0-9]{0,2}(?:,[0-9]{3}){0,5},0[0-9]{2}(?![0-9,])"
    r"|[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
    r"|(?P<prefix>\b(?:(?:torch\.)?nn|(?:(?:tf|tensorflow)\.)?(?:keras\.)?layers"
    r"|(?:(?:tf|tensorflow)\.)?keras(?=\.Input))\.(?=[A-Za-z]))"
    rf"|(?P<word>(?:[^\W\d{CJK}][^\W{CJK}]*|[{CJK}]+[0-9_xX]*)(?:(?<=[0-9])×[0-9]+)*)"
    r"|(?P<times>×|\\times\b|✕|⨉|(?:(?<=[)\]])|(?<=[)\]] ))\*\*(?=[ ]?[0-9]))"
    r"|(?P<drop>\\(?=[^\w\s])|\*\*|`+|\"|[“”«»]|'|’|‘|\$+|\\text|\\left|\\right)"
    r"|(?P<down>[↓⇓▼│┃⬇])"
    r"|(?P<symbol>.)",
    re.DOTALL,
)
# sides of a window whose numbers are apart: 3 x 3
WINDOW_SIDES = frozenset(map(str, range(1, 12)))
MAX_TOKENS = 20 * MAX_ITEMS
BRACKETS = {"[": "]", "(": ")", "{": "}"}
OPENING, CLOSING = "[({", ")]}"


class Token(NamedTuple):
    """A word, number, size, sign or newline of the text."""

    kind: str  # the name of its group in TOKEN
    text: str
    start: int
    end: int
    glued: bool  # no space between it and the token before

    @property
    def span(self) -> Span:
        """The place of the token."""
        return Span(self.start, self.end)


def tokenize(text: str) -> list[Token]:
    """Return the tokens of a text, without quotation marks, escapes and Markdown marks.

    Raises ArchitectureError for a text of too many tokens.
    """
    tokens: list[Token] = []
    glued = False
    for match in TOKEN.finditer(text):
        kind = match.lastgroup or "symbol"
        if kind == "space":
            glued = False
            continue
        if kind in ("drop", "prefix"):
            continue
        if kind == "word" and GLUED_OPTIONS.fullmatch(match[0]):
            tokens += split_options(match, is_glued=glued)
            glued = True
            continue
        word = match[0].replace(",", "") if kind == "number" else match[0]
        if kind == "size":  # $3\times3$
            word = re.sub(r"\\times ?", "x", word)
        is_line = kind == "line"
        tokens.append(Token(kind, word, match.start(), match.end(), glued and not is_line))
        glued = not is_line
        if len(tokens) > MAX_TOKENS:
            message = f"the text has more than {MAX_TOKENS:,} words and signs"
            raise ArchitectureError(Diagnostic("CNN009", message, tokens[-1].span), text)
    return with_windows(tokens)


def split_options(match: re.Match[str], *, is_glued: bool) -> list[Token]:
    """Return ``k3s1p1`` as its options; ``n64`` is a number of filters."""
    tokens: list[Token] = []
    for option in re.finditer("[A-Za-z][0-9]+", match[0]):
        start, end = match.start() + option.start(), match.start() + option.end()
        tokens.append(Token("word", option[0], start, end, is_glued and not tokens))
    return tokens


def with_windows(tokens: list[Token]) -> list[Token]:
    """Return the tokens with each spaced window as one size: ``3 x 3``, and not ``CONV3-32 x 2``."""
    result: list[Token] = []
    index = 0
    while index < len(tokens):
        if is_window(tokens, index):
            first, last = tokens[index], tokens[index + 2]
            size = f"{first.text}x{last.text}"
            index += 3
            if index < len(tokens) and is_times(tokens[index]):  # 3 x 3 x 64
                last = tokens[index + 1]
                size += f"x{last.text}"
                index += 2
            result.append(Token("size", size, first.start, last.end, first.glued))
        else:
            result.append(tokens[index])
            index += 1
    return result


def is_window(tokens: list[Token], index: int) -> bool:
    """Return whether two small numbers with a times sign between begin at ``index``."""
    if index + 2 >= len(tokens) or tokens[index].kind != "number":
        return False
    before = tokens[index - 1] if index else None
    first, sign, second = tokens[index : index + 3]
    follows_sign = is_times(before) or (is_symbol(before, "-*^") and first.glued)
    precedes_sign = index + 3 < len(tokens) and is_times(tokens[index + 3])
    if precedes_sign and index + 4 < len(tokens):
        depth = tokens[index + 4]
        is_depth = depth.kind == "number" and depth.text.isdecimal() and int(depth.text) > 11
        precedes_sign = not is_depth or first.text != second.text
    if not is_times(sign) or second.kind != "number" or follows_sign or precedes_sign:
        return False
    numbers = {first.text, second.text}
    return numbers <= WINDOW_SIDES and (len(numbers) == 1 or numbers.isdisjoint("2468"))


def is_kind(token: Token | None, *kinds: str) -> TypeGuard[Token]:
    """Return whether there is a token and it is of one of these kinds."""
    return token is not None and token.kind in kinds


def has_numbers(tokens: list[Token]) -> bool:
    """Return whether a number or a size is among these tokens."""
    return any(token.kind in ("number", "size") for token in tokens)


def is_symbol(token: Token | None, signs: str) -> TypeGuard[Token]:
    """Return whether there is a token and it is one of these signs."""
    return token is not None and token.kind == "symbol" and token.text in signs


def is_word(token: Token | None, *words: str) -> TypeGuard[Token]:
    """Return whether there is a token and it is one of these words, in the same case."""
    return token is not None and token.kind == "word" and token.text in words


def is_times(token: Token | None) -> TypeGuard[Token]:
    """Return whether there is a token and it is a times sign or a lone x."""
    return token is not None and (token.kind == "times" or token.text in ("x", "X"))


def end_of_sizes(tokens: list[Token], start: int, stop: int) -> int:
    """Return the end of the numbers, sizes and times signs that begin at ``start``."""
    end = start
    while end < stop and (is_kind(tokens[end], "size", "number") or is_times(tokens[end])):
        end += 1
    return end


def nesting_change(token: Token) -> int:
    """Return 1 for an opening bracket, -1 for a closing one, and 0 for every other token."""
    if token.kind != "symbol":
        return 0
    return (token.text in BRACKETS) - (token.text in CLOSING)


def split_arguments(tokens: list[Token]) -> list[list[Token]]:
    """Split tokens at the commas and semicolons outside of brackets; a last one may be empty."""
    arguments: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += nesting_change(token)
        if depth == 0 and is_symbol(token, ",;"):
            arguments.append([])
        else:
            arguments[-1].append(token)
    if not arguments[-1]:
        arguments.pop()
    return arguments


def without_lines(tokens: list[Token]) -> list[Token]:
    """Return the tokens without the newlines among them."""
    return [token for token in tokens if token.kind != "line"]


def span_of(tokens: list[Token]) -> Span:
    """Return the span from the first of these tokens to the last."""
    return Span(tokens[0].start, tokens[-1].end)


def sides(size: str) -> list[str]:
    """Split ``3x5`` or ``3×5`` into its numbers."""
    return re.split("[xX×]", size)


def window(size: list[str]) -> str:
    """Return a window as canonical text has it: ``3`` for 3x3, else ``3x5``."""
    return size[0] if size[0] == size[1] else "x".join(size)


def strip_comment_marks(text: str, *, single_line: bool = False) -> str:
    """Blank out the # or // that begins every line of a pasted comment.

    All offsets stay. ``single_line``: the mark also goes from a text of one line.
    """
    lines = text.split("\n")
    marked = [line for line in lines[1:] if line.strip()]
    if single_line and not marked:
        marked = lines[:1]
    for mark in ("#", "//", "*"):
        if not marked or not all(line.lstrip().startswith(mark) for line in marked):
            continue
        if mark == "*" and not all(
            re.match(r"\s*\*\s", line) for line in lines[1:] if line.strip()
        ):
            continue
        blank = " " * len(mark)
        first = lines[0].replace(mark, blank, 1) if lines[0].lstrip().startswith(mark) else lines[0]
        text = "\n".join([first, *(line.replace(mark, blank, 1) for line in lines[1:])])
        break
    return text
