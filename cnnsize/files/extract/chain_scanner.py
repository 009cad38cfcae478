"""Scan the words of a text for layers that arrows or dashes join to a chain."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from cnnsize.files.extract.found_chain import MIN_LAYERS, FoundChain, Item
from cnnsize.files.extract.misspelt import is_misspelt
from cnnsize.files.extract.surroundings import is_apart, is_other_layer
from cnnsize.language.informal.names import find_layer_name
from cnnsize.language.informal.tokens import BRACKETS, CLOSING, OPENING, Token, is_symbol, tokenize
from cnnsize.language.informal.vocabulary import (
    FILTER_WORDS,
    NOISE,
    PADDING_WORDS,
    WINDOW_WORDS,
    words,
)
from cnnsize.layers.names import ACTIVATIONS, ALIASES, NORMS, NOT_OURS
from cnnsize.text.suggest import squeeze

DASHES = "-–—"

MAX_NESTING = 8
MAX_ARGUMENTS = 60  # tokens in the brackets after a layer
MAX_WORDS = 16  # words between a layer's name and the next arrow

# words after a layer's name that belong to it if an arrow follows
QUALIFIERS = (
    FILTER_WORDS
    | (WINDOW_WORDS - {"CONV"})
    | NOISE
    | frozenset(PADDING_WORDS)
    | words("X K S P F WITH STRIDE PADDING PAD KERNEL BIAS TRUE FALSE")
)
COUNT = re.compile(
    r"[ \t]*\\?(?:[×✕]|\\times\b|\*|\^|[xX](?=[ \t]*\d|[ \t]*[A-Z]\d?\b))[ \t]*"
    r"(?:\d{1,4}|[A-Za-z]\d?|\([^()\n]{1,20}\))(?!\w)|\?"
)

# Chinese, Japanese and Korean words are written without a space after a Latin one.
SCRIPT = "\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef"
GLUED_SCRIPT = rf"(?<=\w)(?<![{SCRIPT}])[{SCRIPT}]+|[{SCRIPT}]+(?=[A-Za-z0-9])"


def _blank_unless_layer(match: re.Match[str]) -> str:
    """Return a word of another script as it is if it names a layer, else signs in its place."""
    return match[0] if match[0] in ALIASES else "¶" * len(match[0])


def scan(text: str) -> Iterator[FoundChain]:
    """Yield the chains in some lines of a text."""
    if not text.isascii():
        text = re.sub(GLUED_SCRIPT, _blank_unless_layer, text)
    scanner = Scanner(text, tokenize(text))
    index = 0
    while index < len(scanner.tokens):
        if not scanner.may_begin(index):
            index += 1
            continue
        chain, stop = scanner.read_chain(index, 0)
        is_group = chain is not None and len(chain.items) == 1
        if chain is not None and is_other_layer(text, chain.start):
            chain = chain.without_first()
        if chain is not None and chain.is_network() and is_apart(text, chain.start, chain.end):
            yield chain
        elif is_group and is_symbol(scanner.tokens[index], OPENING):
            stop = index + 1  # there may be a chain in the brackets
        index = max(stop, index + 1)


class Scanner:
    """Reads chains from the tokens of a text."""

    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        self.text = text
        self.tokens = tokens

    def may_begin(self, index: int) -> bool:
        """Return whether a chain may begin with a token."""
        token = self.tokens[index]
        return token.kind in ("word", "size", "number") or is_symbol(token, OPENING)

    def read_chain(self, index: int, depth: int) -> tuple[FoundChain | None, int]:
        """Return the chain that begins with a token, if one does, and the index after it."""
        items: list[Item] = []
        links: set[str] = set()
        pending = ""
        while True:
            item = self.read_item(index, depth, is_first=not items)
            if item is None and len(items) >= MIN_LAYERS - 1 and pending != "glued":
                item = self.read_misspelt(index)
            if item is None:
                break
            if items and pending == "slash" and items[-1].kinds == item.kinds:
                items.pop()  # two names of one layer: Dense/Linear
                break
            if items:
                links.add(pending)
            items.append(item)
            index = item.stop
            pending, after = self.read_link(index, links)
            if not pending:
                break
            index = after
        if not items:
            return None, index
        return FoundChain(tuple(items), frozenset(links)), items[-1].stop

    def read_link(self, index: int, before: Collection[str] = ()) -> tuple[str, int]:
        """Return how the next token joins two layers ("" if it does not), and the index after it.

        ``before`` are the links of the chain so far.
        """
        index = self._after_lines(index)
        if index >= len(self.tokens):
            return "", index
        after = self._after_lines(index + 1)
        if self._is_arrow(index):
            # an arrow over a line break may be written twice
            while after < len(self.tokens) and self._is_arrow(after) and self._begins_line(after):
                after = self._after_lines(after + 1)
            return "arrow", after
        kind = self._kind_of_sign(index, before) if index + 1 < len(self.tokens) else ""
        return (kind, after) if kind else ("", index)

    def _kind_of_sign(self, index: int, before: Collection[str]) -> str:
        """Return how a dash or another sign joins the layers around it; "" if it does not."""
        token, following = self.tokens[index : index + 2]
        if is_symbol(token, DASHES):
            if token.glued == following.glued or following.kind == "line":
                return "glued" if token.glued else "spaced"
            return "spaced" if "spaced" in before else ""  # conv - relu- pool
        if is_symbol(token, ">"):
            return "" if token.glued or following.glued else "spaced"
        if is_symbol(token, "+/&"):
            return "sum" if token.text == "+" else "slash"
        return ""

    def _is_arrow(self, index: int) -> bool:
        token = self.tokens[index]
        return token.kind == "arrow" or (token.kind == "down" and self._is_alone(index))

    def _begins_line(self, index: int) -> bool:
        return index == 0 or self.tokens[index - 1].kind == "line"

    def _is_alone(self, index: int) -> bool:
        """Return whether a token has a line of its own."""
        ends_line = index + 1 == len(self.tokens) or self.tokens[index + 1].kind == "line"
        return self._begins_line(index) and ends_line

    def _after_lines(self, index: int) -> int:
        """Return the index of the next token that is no line break."""
        while index < len(self.tokens) and self.tokens[index].kind == "line":
            index += 1
        return index

    def read_item(self, index: int, depth: int, *, is_first: bool) -> Item | None:
        """Return the layer or group that begins with a token, if one does."""
        start = index
        index = self._after_prefix(index)
        if index >= len(self.tokens):
            return None
        if is_symbol(self.tokens[index], OPENING):
            item = self._read_group(index, depth)
            if item is None and is_first:
                return self._read_shape(start)
        else:
            item = self._read_layer(index)
            if item is None and (is_first or index > start):
                return self._read_shape(start)
        return None if item is None else item._replace(start=self.tokens[start].start)

    def _after_prefix(self, index: int) -> int:
        """Return the index after a size or a count before a layer: ``2x2 max pool``, ``3 x [``."""
        end = index
        while end < len(self.tokens) and end - index < 6:
            token = self.tokens[end]
            is_number = token.kind in ("size", "number", "times") or is_symbol(token, "@")
            is_times = token.text in ("x", "X") and end > index
            is_letter = re.fullmatch("[A-Z]", token.text) and self._times_follows(end + 1)
            if not (is_number or is_times or is_letter):
                break
            end += 1
        return end

    def _times_follows(self, index: int) -> bool:
        if index >= len(self.tokens):
            return False
        return self.tokens[index].kind == "times" or self.tokens[index].text in ("x", "X")

    def _read_shape(self, index: int) -> Item | None:
        """``28x28x1``, ``(3, 32, 32)``: an input size, in the first place of a chain."""
        token = self.tokens[index]
        if token.kind == "size" and len(re.split("[xX×]", token.text)) == 3:
            end = token.end
            return Item(token.start, end, end, end, index + 1, ("INPUT",), ("INPUT",))
        return None

    def _read_group(self, index: int, depth: int) -> Item | None:
        """``[conv - relu]x2``"""
        opened = self.tokens[index]
        if depth >= MAX_NESTING:
            return None
        chain, stop = self.read_chain(self._after_lines(index + 1), depth + 1)
        if chain is None:
            return None
        stop = self._after_lines(stop)
        if stop >= len(self.tokens) or self.tokens[stop].text != BRACKETS[opened.text]:
            return self._read_alternatives(index, stop, chain)
        close = self.tokens[stop].end
        end, stop = self._after_count(close, stop + 1)
        kinds = tuple(kind for item in chain.items for kind in item.kinds)
        keys = tuple(key for item in chain.items for key in item.keys)
        links = chain.links if end > close else frozenset()
        return Item(opened.start, end, end, end, stop, kinds, keys, links)

    def _read_alternatives(self, index: int, stop: int, chain: FoundChain) -> Item | None:
        """``[softmax or SVM]``"""
        words = self.tokens[stop : stop + 3]
        if len(words) < 3 or words[0].text.lower() != "or" or len(chain.items) > 1:
            return None
        if squeeze(words[1].text) not in ALIASES or words[2].text not in CLOSING:
            return None
        item = chain.items[0]
        end = words[2].end
        return Item(self.tokens[index].start, end, end, end, stop + 3, item.kinds, item.keys)

    def _read_layer(self, index: int) -> Item | None:
        """``conv``, ``Conv2D(32, 3x3)``, ``FC-10``, ``max pool layer``"""
        name = find_layer_name(self.tokens, index)
        if name is None:
            return None
        words = self.tokens[index : index + name.length]
        if name.digits is not None and squeeze(words[-1].text) in NOT_OURS:  # conv1d
            return None
        start, stop = words[0].start, index + name.length
        bare, stop = self._after_size(words[-1].end, stop)
        if name.kind == "INPUT" and self._is_colon_before_size(stop):
            bare, stop = self.tokens[stop + 1].end, stop + 2
        end, after = self._after_arguments(bare, stop, may_break=True)
        tight = end if self._are_related(name.kind, bare, end) else bare
        stop = after
        if tight == end:
            tight, stop = self._after_count(tight, stop)
        end, index = max(end, tight), stop
        for _ in range(MAX_WORDS):  # words that belong to the layer only if an arrow follows
            if self._joins_channels(index):
                index += 1
            elif index >= len(self.tokens) or not self._is_qualifier(index):
                break
            end, index = self.tokens[index].end, index + 1
            end, index = self._after_arguments(end, index, may_break=True)
        if index > stop and self._ends_item(index):
            is_last = not self.read_link(index)[0]
            tight = end if not is_last or self._are_sizes(stop, index) else tight
            stop = index
        return Item(start, end, tight, bare, stop, (name.kind,), (name.key,))

    def _are_related(self, kind: str, start: int, end: int) -> bool:
        """Return whether brackets after a layer are about it even if no arrow follows them."""
        brackets = self.text[start:end]
        if not brackets[:1].isspace():
            return True
        words = re.findall(r"\w+", brackets)
        if kind in ACTIVATIONS or kind in NORMS or len(words) > 4:
            return False
        return any(word[0].isdigit() or squeeze(word) in ALIASES for word in words)

    def _is_colon_before_size(self, index: int) -> bool:
        """Return whether ``: 32x32x3`` follows."""
        colon = self.tokens[index : index + 2]
        return len(colon) == 2 and is_symbol(colon[0], ":") and colon[1].kind == "size"

    def _after_size(self, end: int, stop: int) -> tuple[int, int]:
        """Move past a size that is glued to a name: ``FC-10``."""
        following = self.tokens[stop : stop + 2]
        if len(following) == 2 and is_symbol(following[0], DASHES):
            hyphen, number = following
            if hyphen.glued and number.glued and number.kind in ("number", "size"):
                return number.end, stop + 2
        return end, stop

    def _after_arguments(self, end: int, stop: int, *, may_break: bool = False) -> tuple[int, int]:
        """Move past brackets without an arrow between words: ``(32, 3x3)``, ``[28x28x6]``.

        With ``may_break``, the brackets may be on the next line, if an arrow follows them.
        """
        begin = self._after_lines(stop) if may_break else stop
        while begin < len(self.tokens) and is_symbol(self.tokens[begin], OPENING):
            close = self._closing(begin)
            if close is None or (begin > stop and self.read_link(close + 1)[0] != "arrow"):
                break
            end, stop = self.tokens[close].end, close + 1
            begin = stop
        return end, stop

    def _closing(self, index: int) -> int | None:
        """Return the index of the bracket that closes arguments; None if they are none."""
        opened: list[str] = []
        for number in range(index, min(index + MAX_ARGUMENTS, len(self.tokens))):
            token = self.tokens[number]
            if token.kind == "line" and number > index + 1:
                return None
            if token.kind == "arrow" and not self._is_between_numbers(number):
                return None
            if is_symbol(token, OPENING):
                opened.append(BRACKETS[token.text])
            elif is_symbol(token, CLOSING):
                if opened.pop() != token.text:
                    return None
                if not opened:
                    return number
        return None

    def _is_between_numbers(self, index: int) -> bool:
        """Return whether an arrow is between numbers or variables, as in ``Conv(3 -> 8)``."""
        around = (self.tokens[index - 1], self.tokens[min(index + 1, len(self.tokens) - 1)])
        return all(
            token.kind in ("number", "size") or find_layer_name([token], 0) is None
            for token in around
        )

    def _after_count(self, end: int, stop: int) -> tuple[int, int]:
        """Move past a repetition: ``*2``, ``x N``, ``?``."""
        count = COUNT.match(self.text, end)
        is_size = self.text[end - 1 : end].isdigit() and self.text[end : end + 1] in ("×", "x")
        if count is None or is_size:  # Conv1×1
            return end, stop
        while stop < len(self.tokens) and self.tokens[stop].start < count.end():
            stop += 1
        return count.end(), stop

    def _joins_channels(self, index: int) -> bool:
        """Return whether a token is an arrow between channels, as in ``Conv 3→32``."""
        if not 0 < index < len(self.tokens) - 1 or self.tokens[index].kind != "arrow":
            return False
        after = self._after_prefix(index + 1)
        is_next_layer = after < len(self.tokens) and (
            after > index + 2
            or find_layer_name(self.tokens, after) is not None
            or is_symbol(self.tokens[after], "[(")
        )
        around = (self.tokens[index - 1], self.tokens[index + 1])
        return all(token.kind == "number" for token in around) and not is_next_layer

    def _is_qualifier(self, index: int) -> bool:
        """Return whether a token may follow a name and belong to its layer."""
        token = self.tokens[index]
        if token.kind in ("size", "number", "times") or is_symbol(token, "@=%"):
            return True
        if is_symbol(token, ",") and find_layer_name(self.tokens, index + 1) is None:
            return True
        return token.kind == "word" and token.text.upper() in QUALIFIERS

    def _ends_item(self, index: int) -> bool:
        """Return whether a layer can end before a token."""
        if index >= len(self.tokens):
            return True
        token = self.tokens[index]
        return (
            token.kind in ("line", "arrow", "down")
            or bool(self.read_link(index)[0])
            or (token.kind == "symbol")
        )

    def _are_sizes(self, start: int, stop: int) -> bool:
        """Return whether tokens are numbers, perhaps with a unit or brackets: ``64 filters``."""
        tokens = self.tokens[start:stop]
        brackets = [number for number, token in enumerate(tokens) if is_symbol(token, OPENING)]
        sizes = tokens[: brackets[0]] if brackets else tokens
        return (
            sizes[0].kind in ("size", "number")
            and len(tokens) - len(sizes) <= MAX_WORDS
            and all(
                token.kind in ("size", "number", "times", "arrow")
                or is_symbol(token, "@")
                or token.text.upper() in FILTER_WORDS | WINDOW_WORDS
                for token in sizes
            )
        )

    def read_misspelt(self, index: int) -> Item | None:
        """Return the item for a word that can only be the misspelt name of a layer."""
        if index >= len(self.tokens):
            return None
        token = self.tokens[index]
        following = index + 1
        is_step = following >= len(self.tokens) or (
            self.tokens[following].kind in ("line", "arrow")
            or is_symbol(self.tokens[following], "([)]")
        )
        if token.kind != "word" or not is_step or not is_misspelt(token.text):
            return None
        end, stop = self._after_arguments(token.end, following)
        return Item(token.start, end, end, end, stop, ("",), ("",))
