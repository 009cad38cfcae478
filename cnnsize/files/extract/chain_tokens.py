"""The tokens of a text, with what a chain scanner asks about them: sizes, counts, brackets, arrows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cnnsize.language.informal.counts import plural_count
from cnnsize.language.informal.names import OPTION, find_layer_name
from cnnsize.language.informal.tokens import BRACKETS, CLOSING, OPENING, Token, is_symbol
from cnnsize.layers.names import ALIASES, POOLS

DASHES = "-–—"
MAX_ARGUMENTS = 60  # tokens in the brackets after a layer
SIDE = r"[ \t]*(?:\d{1,6}|[A-Za-z]\b)[ \t]*"
BATCH = r"[ \t]*(?:None|batch(?:_size)?|bs|[A-Z]|\d{1,5})[ \t]*"
SHAPE = re.compile(
    rf"(?:\d{{1,6}}[ \t]*[x×][ \t]*){{2}}(?:\d{{1,6}}|[A-Z])(?!\w|[ \t]*[x×])"
    rf"|[\[(](?:{BATCH},)?{SIDE},{SIDE},{SIDE}[\])]|[\[(]{SIDE}[x×]{SIDE}[x×]{SIDE}[\])]"
)
# of a layer, such as (8, relu)
ARGUMENTS = re.compile(r"\(\d[^()\n]{0,99}\)")
ACTIVATION = re.compile(
    r"\b(?:leaky ?)?(?:relu|softmax|sigmoid|tanh|elu|gelu|selu|silu)\b", re.IGNORECASE
)
COUNT = re.compile(
    r"[ \t]*\\?(?:[×✕]|\*\*(?=[ \t]*\d)|\\times\b|\*|\^|[xX](?=[ \t]*\d|[ \t]*[A-Z]\d?\b))[ \t]*"
    r"(?:\d{1,4}|[A-Za-z]\d?|\([^()\n]{1,20}\))(?!\w)|\?"
)


class ChainTokens:
    """The tokens of a text; ``index`` is the number of a token."""

    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        self.text = text
        self.tokens = tokens

    def is_arrow(self, index: int) -> bool:
        token = self.tokens[index]
        return token.kind == "arrow" or (token.kind == "down" and self.is_alone(index))

    def begins_line(self, index: int) -> bool:
        return index == 0 or self.tokens[index - 1].kind == "line"

    def is_double_arrow(self, index: int) -> bool:
        """Return whether ``>>`` begins at a token, with spaces around it."""
        signs = self.tokens[index : index + 3]
        is_pair = len(signs) == 3 and is_symbol(signs[0], ">") and is_symbol(signs[1], ">")
        return is_pair and [sign.glued for sign in signs] == [False, True, False]

    def after_label(self, index: int) -> int:
        """Return the index after a numbered name that labels the next one: ``Pool2: 2x2 max pool``."""
        name = find_layer_name(self.tokens, index)
        if name is None or name.digits is None:
            return index
        colon = index + name.length
        begin = self.after_prefix(colon + 1)
        is_label = colon < len(self.tokens) and is_symbol(self.tokens[colon], ":")
        return begin if is_label and find_layer_name(self.tokens, begin) is not None else index

    def is_alone(self, index: int) -> bool:
        """Return whether a token has a line of its own."""
        ends_line = index + 1 == len(self.tokens) or self.tokens[index + 1].kind == "line"
        return self.begins_line(index) and ends_line

    def after_lines(self, index: int) -> int:
        """Return the index of the next token that is no line break."""
        while index < len(self.tokens) and self.tokens[index].kind == "line":
            index += 1
        return index

    def after_prefix(self, index: int) -> int:
        """Return the index after a size or a count before a layer: ``2x2 max pool``, ``3 x [``."""
        end = index
        while end < len(self.tokens) and end - index < 6:
            token = self.tokens[end]
            is_number = token.kind in ("size", "number", "times") or is_symbol(token, "@")
            is_times = token.text in ("x", "X") and end > index
            is_letter = re.fullmatch("[A-Zkmn]", token.text) and self.times_follows(end + 1)
            is_word = token.kind == "word" and end == index
            is_count = is_word and plural_count(self.tokens, index) is not None
            if not (is_number or is_times or is_letter or is_count):
                break
            end += 1
        return end

    def times_follows(self, index: int) -> bool:
        if index >= len(self.tokens):
            return False
        return self.tokens[index].kind == "times" or self.tokens[index].text in ("x", "X")

    def is_colon_before_size(self, index: int) -> bool:
        """Return whether ``: 32x32x3`` follows."""
        colon = self.tokens[index : index + 2]
        return len(colon) == 2 and is_symbol(colon[0], ":") and colon[1].kind == "size"

    def after_size(self, end: int, stop: int) -> tuple[int, int]:
        """Move past a size that is glued to a name: ``FC-10``."""
        following = self.tokens[stop : stop + 2]
        if len(following) == 2 and is_symbol(following[0], DASHES):
            hyphen, number = following
            is_size = number.kind in ("number", "size") or re.fullmatch(OPTION, number.text)
            if hyphen.glued and number.glued and is_size:
                return number.end, stop + 2
        return end, stop

    def after_gloss(self, end: int, stop: int, kind: str) -> tuple[int, int]:
        """Move past the name of the same layer in another language: ``Conv 卷积``."""
        gloss = self.tokens[stop : stop + 1]
        if not gloss or self.text[gloss[0].start : gloss[0].end].isascii():
            return end, stop
        named = ALIASES.get(gloss[0].text)
        is_same = named == kind or {named, kind} <= {*POOLS}
        return (gloss[0].end, stop + 1) if is_same else (end, stop)

    def closing(self, index: int) -> int | None:
        """Return the index of the bracket that closes arguments; None if they are none."""
        opened: list[str] = []
        for number in range(index, min(index + MAX_ARGUMENTS, len(self.tokens))):
            token = self.tokens[number]
            if token.kind == "line" and number > index + 1:
                return None
            if token.kind == "arrow" and not self.is_between_numbers(number):
                return None
            if is_symbol(token, OPENING):
                opened.append(BRACKETS[token.text])
            elif is_symbol(token, CLOSING):
                if opened.pop() != token.text:
                    return None
                if not opened:
                    return number
        return None

    def is_between_numbers(self, index: int) -> bool:
        """Return whether an arrow is between numbers or variables, as in ``Conv(3 -> 8)``."""
        around = (self.tokens[index - 1], self.tokens[min(index + 1, len(self.tokens) - 1)])
        return all(
            token.kind in ("number", "size") or find_layer_name([token], 0) is None
            for token in around
        )

    def after_count(self, end: int, stop: int) -> tuple[int, int]:
        """Move past a repetition: ``*2``, ``x N``, ``?``."""
        count = COUNT.match(self.text, end)
        is_size = self.text[end - 1 : end].isdigit() and self.text[end : end + 1] in ("×", "x")
        if count is None or is_size:  # Conv1×1
            return end, stop
        while stop < len(self.tokens) and self.tokens[stop].start < count.end():
            stop += 1
        return count.end(), stop

    def ends_statement(self, index: int) -> bool:
        """Return whether a line ends before a token, or a quotation, or a bracket."""
        if index >= len(self.tokens) or self.tokens[index].kind == "line":
            return True
        between = self.text[self.tokens[index - 1].end : self.tokens[index].start]
        return any(quote in between for quote in "\"'`") or is_symbol(self.tokens[index], CLOSING)
