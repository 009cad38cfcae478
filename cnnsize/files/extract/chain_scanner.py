"""Scan the words of a text for layers that arrows or dashes join to a chain."""

from __future__ import annotations

import re
from collections.abc import Collection

from cnnsize.files.extract.chain_tokens import ACTIVATION, ARGUMENTS, DASHES, SHAPE, ChainTokens
from cnnsize.files.extract.found_chain import MIN_LAYERS, FoundChain, Item
from cnnsize.files.extract.misspelt import is_misspelt
from cnnsize.language.informal.names import find_layer_name
from cnnsize.language.informal.tokens import BRACKETS, CLOSING, OPENING, is_symbol
from cnnsize.language.informal.vocabulary import (
    ANY_ACTIVATION,
    FILTER_WORDS,
    IMAGE_WORDS,
    NOISE,
    PADDING_WORDS,
    REMARK_DEPTHS,
    WINDOW_WORDS,
    words,
)
from cnnsize.layers.names import ACTIVATIONS, ALIASES, NORMS, NOT_OURS
from cnnsize.text.suggest import squeeze

MAX_NESTING = 8
SHAPE_WORDS = IMAGE_WORDS | frozenset(REMARK_DEPTHS) | words("INPUT INPUTS OUTPUT VOLUME")
SIZED = ("DENSE", "LINEAR", "FULLYCONNECTED")
MAX_WORDS = 16  # words between a layer's name and the next arrow

# words after a layer's name that belong to it if an arrow follows
QUALIFIERS = (
    FILTER_WORDS
    | (WINDOW_WORDS - {"CONV"})
    | NOISE
    | IMAGE_WORDS
    | frozenset(PADDING_WORDS)
    | words("X K S P F WITH STRIDE PADDING PAD KERNEL BIAS TRUE FALSE")
)


class Scanner(ChainTokens):
    """Reads chains from the tokens of a text."""

    def may_begin(self, index: int) -> bool:
        """Return whether a chain may begin with a token."""
        token, following = self.tokens[index], self.tokens[index + 1 : index + 2]
        is_times_sign = token.text in ("x", "X") and following and following[0].kind == "number"
        is_start = token.kind in ("word", "size", "number") or is_symbol(token, OPENING)
        return is_start and not is_times_sign

    def read_chain(self, index: int, depth: int) -> tuple[FoundChain | None, int]:
        """Return the chain that begins with a token, if one does, and the index after it."""
        items: list[Item] = []
        links: list[str] = []  # before each item but the first
        pending = ""
        while True:
            item = self.read_item(index, depth, is_first=not items)
            if item is None and len(items) >= MIN_LAYERS - 1 and pending != "glued":
                item = self.read_misspelt(index)
            if item is None and items and items[-1].kinds == ("FLATTEN",):
                item = self._read_values(index)
            if item is None or (not items and not depth and item.kinds == ("OUTPUT",)):
                break
            if items and pending == "slash" and items[-1].kinds == item.kinds:
                first = items.pop()  # two names of one layer: Dense/Linear
                item = item._replace(start=first.start)
            elif items:
                links.append(pending)
            items.append(item)
            index = item.stop
            pending, after = self.read_link(index, links)
            if not pending:
                break
            index = after
        items, links = self._without_lists(items, links)
        if not items:
            return None, index
        return FoundChain(tuple(items), frozenset(links)), items[-1].stop

    def _without_lists(self, items: list[Item], links: list[str]) -> tuple[list[Item], list[str]]:
        """Return a chain without the lists before and after its arrows: ``pads, conv -> pool, fc``.

        A list between two arrows stays, and so does one that has a line for itself.
        """
        first, last = 0, len(items)
        if not self._begins_statement(items[0].start if items else 0):
            while first < len(links) and links[first] == "comma":
                first += 1
        is_list = "comma" in links[first : self._last_arrow(links)]
        if not (is_list and items and self.ends_statement(items[-1].stop)):
            while last > first + 1 and links[last - 2] == "comma":
                last -= 1
        return items[first:last], links[first : max(first, last - 1)]

    def _last_arrow(self, links: list[str]) -> int:
        """Return the number of links up to the last arrow."""
        return max((number for number, link in enumerate(links, 1) if link == "arrow"), default=0)

    def _begins_statement(self, offset: int) -> bool:
        """Return whether only a label, a bullet or a quotation mark is before an offset in its line."""
        line = self.text[self.text.rfind("\n", 0, offset) + 1 : offset]
        return re.fullmatch(r"[^\w\n]*|.*[:([{\"'`|]\s*", line) is not None

    def read_link(self, index: int, before: Collection[str] = ()) -> tuple[str, int]:
        """Return how the next token joins two layers ("" if it does not), and the index after it.

        ``before`` are the links of the chain so far.
        """
        index = self.after_lines(index)
        if index >= len(self.tokens):
            return "", index
        after = self.after_lines(index + 1)
        if self.is_arrow(index):
            # an arrow over a line break may be written twice
            while after < len(self.tokens) and self.is_arrow(after) and self.begins_line(after):
                after = self.after_lines(after + 1)
            return "arrow", after
        if self.is_double_arrow(index):
            return "spaced", self.after_lines(index + 2)
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
        names_layer = find_layer_name(self.tokens, self.after_prefix(index + 1)) is not None
        if is_symbol(token, ",") and token.glued and names_layer:
            return "comma"
        return ""

    def read_item(self, index: int, depth: int, *, is_first: bool) -> Item | None:
        """Return the layer, group or shape that begins with a token, if one does."""
        start = index
        if index >= len(self.tokens):
            return None
        if self.tokens[index].kind == "dots":
            return None if is_first else self._read_dots(index)
        if not is_first:
            index = self.after_label(index)
        if self.tokens[index : index + 1] and self.tokens[index].text.upper() == "OPTIONAL":
            index += 1
        index = self.after_prefix(index)
        if index >= len(self.tokens):
            return self._read_shape(start, is_first=is_first)
        if is_symbol(self.tokens[index], OPENING):
            item = self._read_group(index, depth, is_counted=index > start)
        else:
            item = self._read_layer(index)
        if item is None:
            return self._read_shape(start, is_first=is_first)
        return item._replace(start=self.tokens[start].start)

    def _read_dots(self, index: int) -> Item | None:
        """``...`` between two arrows: layers that are left out"""
        end = self.tokens[index].end
        if self.read_link(index + 1)[0] != "arrow":
            return None
        return Item(self.tokens[index].start, end, end, end, index + 1, (), ())

    def _read_values(self, index: int) -> Item | None:
        """``400`` after FLATTEN: how many values come out"""
        token = self.tokens[index]
        if token.kind != "number" or not token.text.isdecimal():
            return None
        return Item(token.start, token.end, token.end, token.end, index + 1, (), ())

    def _read_shape(self, index: int, *, is_first: bool) -> Item | None:
        """``28x28x1``, ``(3, 32, 32)``, ``32x32x3 input tensor``: an input in the first place of a
        chain, and an output shape after it.
        """
        start = self.tokens[index].start
        shape = SHAPE.match(self.text, start)
        if shape is None:
            return None
        end, stop = shape.end(), index
        while stop < len(self.tokens) and self.tokens[stop].start < end:
            stop += 1
        bare, after = end, stop
        while after < len(self.tokens) and self.tokens[after].text.upper() in SHAPE_WORDS:
            after += 1
        if after > stop and self.read_link(after)[0] == "arrow":
            end, stop = self.tokens[after - 1].end, after
        named = ("INPUT",) if is_first else ()
        return Item(start, end, end, bare, stop, named, named)

    def _read_group(self, index: int, depth: int, *, is_counted: bool) -> Item | None:
        """``[conv - relu]x2``"""
        opened = self.tokens[index]
        if depth >= MAX_NESTING:
            return None
        chain, stop = self.read_chain(self.after_lines(index + 1), depth + 1)
        if chain is None:
            return None
        stop = self.after_lines(stop)
        if stop >= len(self.tokens) or self.tokens[stop].text != BRACKETS[opened.text]:
            return self._read_alternatives(index, stop, chain)
        close = self.tokens[stop].end
        end, stop = self.after_count(close, stop + 1)
        kinds = tuple(kind for item in chain.items for kind in item.kinds)
        keys = tuple(key for item in chain.items for key in item.keys)
        links = chain.links if is_counted or end > close else frozenset()
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
            return self._read_any_activation(index)
        words = self.tokens[index : index + name.length]
        is_other = squeeze(words[-1].text) in NOT_OURS or name.key == "X"  # conv1d, x8
        if name.digits is not None and is_other:
            return None
        start, stop = words[0].start, index + name.length
        bare, stop = self.after_size(*self.after_gloss(words[-1].end, stop, name.kind))
        if name.kind == "INPUT" and self.is_colon_before_size(stop):
            bare, stop = self.tokens[stop + 1].end, stop + 2
        end, after = self._after_arguments(bare, stop, may_break=True)
        if self.text[bare : bare + 1] in tuple(OPENING):  # Conv(8): not without its arguments
            bare = self._after_arguments(bare, stop, most=1)[0]
        tight = end if self._are_related(name.kind, bare, end) else bare
        stop = after
        if tight == end:
            tight, stop = self.after_count(tight, stop)
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
            are_sizes = self._are_sizes(stop, index)
            bare = end if are_sizes else bare
            tight = end if not is_last or are_sizes else tight
            stop = index
        arguments = ARGUMENTS.match(self.text, words[-1].end)
        kinds: tuple[str, ...] = (name.kind,)
        keys: tuple[str, ...] = (name.key,)
        if arguments is not None and ACTIVATION.search(arguments[0]):  # Dense(10, softmax)
            kinds, keys = (name.kind, "RELU"), (name.key, "RELU")
        elif arguments is not None and name.key in SIZED:
            keys = (name.key, "SIZED")  # Linear(8, 2) can only be a layer
        return Item(start, end, tight, bare, stop, kinds, keys)

    def _read_any_activation(self, index: int) -> Item | None:
        """``activation``, ``Act``: one that has no name"""
        token = self.tokens[index]
        if token.text.upper() not in ANY_ACTIVATION:
            return None
        words = [token, *self.tokens[index + 1 : index + 2]]
        has_noun = len(words) == 2 and words[1].text.upper() in ("FUNCTION", "LAYER")
        end, stop = words[-1 if has_noun else 0].end, index + 1 + has_noun
        return Item(token.start, end, end, end, stop, ("RELU",), ("ACTIVATION",))

    def _are_related(self, kind: str, start: int, end: int) -> bool:
        """Return whether brackets after a layer are about it even if no arrow follows them."""
        brackets = self.text[start:end]
        if not brackets[:1].isspace():
            return True
        words = re.findall(r"\w+", brackets)
        if kind in ACTIVATIONS or kind in NORMS or len(words) > 4:
            return False
        return any(word[0].isdigit() or squeeze(word) in ALIASES for word in words)

    def _after_arguments(
        self, end: int, stop: int, *, may_break: bool = False, most: int = MAX_WORDS
    ) -> tuple[int, int]:
        """Move past brackets without an arrow between words: ``(32, 3x3)``, ``[28x28x6]``.

        With ``may_break``, the brackets may be on the next line, if an arrow follows them.
        """
        begin = self.after_lines(stop) if may_break else stop
        count = 0
        while count < most and begin < len(self.tokens) and is_symbol(self.tokens[begin], OPENING):
            count += 1
            close = self.closing(begin)
            if close is None or (begin > stop and self.read_link(close + 1)[0] != "arrow"):
                break
            end, stop = self.tokens[close].end, close + 1
            begin = stop
        return end, stop

    def _joins_channels(self, index: int) -> bool:
        """Return whether a token is an arrow between channels, as in ``Conv 3→32``."""
        if not 0 < index < len(self.tokens) - 1 or self.tokens[index].kind != "arrow":
            return False
        after = self.after_prefix(index + 1)
        is_next_layer = after < len(self.tokens) and (
            after > index + 2
            or find_layer_name(self.tokens, after) is not None
            or is_symbol(self.tokens[after], "[(")
        )
        around = (self.tokens[index - 1], self.tokens[index + 1])
        return all(token.kind == "number" for token in around) and not is_next_layer

    def _is_qualifier(self, index: int) -> bool:
        """Return whether a token may follow a name and belong to its layer."""
        token, following = self.tokens[index], self.tokens[index + 1 : index + 2]
        if token.kind in ("size", "number", "times") or is_symbol(token, "@=%"):
            return True
        if is_symbol(token, ":"):  # Conv1: 3x3
            return bool(following) and following[0].kind in ("size", "number")
        if is_symbol(token, ",") and find_layer_name(self.tokens, index + 1) is None:
            return True
        is_count = re.fullmatch("[xX][0-9]{1,4}", token.text) is not None
        return token.kind == "word" and (token.text.upper() in QUALIFIERS or is_count)

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
        is_list = is_symbol(self.tokens[start], ",") and self.ends_statement(stop)
        if is_list or is_symbol(self.tokens[start], ":"):  # FC, 10 and FC: 10
            start += 1
        tokens = self.tokens[start:stop]
        brackets = [number for number, token in enumerate(tokens) if is_symbol(token, OPENING)]
        sizes = tokens[: brackets[0]] if brackets else tokens
        return (
            bool(sizes)
            and sizes[0].kind in ("size", "number")
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
        if following < len(self.tokens) and self.tokens[following].text.upper() in NOISE:
            following += 1  # ouput layer
        is_step = following >= len(self.tokens) or (
            self.tokens[following].kind in ("line", "arrow")
            or is_symbol(self.tokens[following], "([)]")
        )
        if token.kind != "word" or not is_step or not is_misspelt(token.text):
            return None
        end, stop = self._after_arguments(self.tokens[following - 1].end, following)
        return Item(token.start, end, end, end, stop, ("",), ("",))
