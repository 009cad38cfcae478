"""Sizes and options in words: ``stride 2``, ``6 filters``, ``of 5x5``, ``no padding``, ``s2``."""

from __future__ import annotations

import re

from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer
from cnnsize.language.informal.names import find_layer_name
from cnnsize.language.informal.numbering import FEWEST_FILTERS, FILTERED
from cnnsize.language.informal.options import new_activation, set_option, set_width, set_window
from cnnsize.language.informal.tokens import (
    Token,
    is_kind,
    is_symbol,
    sides,
    span_of,
    window,
)
from cnnsize.language.informal.vocabulary import (
    FILTER_WORDS,
    LINKING_WORDS,
    MAX_PHRASE,
    PADDING_WORDS,
    VALUE_WORDS,
    WINDOW_WORDS,
    WITH_WIDTH,
)
from cnnsize.layers.names import ACTIVATIONS, OPTION_WORDS, POOLS
from cnnsize.text.suggest import squeeze

LETTER_OPTION = r"([SKPDGN]|STRIDE|PAD|PADDING|KERNEL|DILATION|GROUPS)(\d+)"  # s2, k3, stride2
PADDING_NOUNS = ("PADDING", "PAD")
CUTS = ("from", "left", "top", "right", "bottom")  # options that need an equals sign


def word_at(tokens: list[Token], index: int) -> str:
    """Return the key of the word at ``index``; empty where there is none."""
    if index >= len(tokens) or tokens[index].kind != "word":
        return ""
    return squeeze(tokens[index].text)


def kind_at(tokens: list[Token], index: int) -> str:
    """Return the kind of the token at ``index``; empty past the end."""
    return tokens[index].kind if index < len(tokens) else ""


def read_parameter(
    cursor: TokenCursor, layer: DraftLayer, tokens: list[Token], *, in_call: bool
) -> int:
    """Read one size or option at the beginning of ``tokens`` and return how many it took; 0 for
    none.

    ``in_call``: it is an argument in parentheses, where a window is H x W as in PyTorch.
    """
    kind = tokens[0].kind
    if kind == "size":
        return read_window(cursor, layer, tokens, in_call=in_call)
    if kind == "number":
        return read_amount(cursor, layer, tokens, in_call=in_call)
    word = word_at(tokens, 0)
    if (
        word == "SIZE"
        and layer.kind in POOLS
        and (taken := read_named_option(cursor, layer, tokens))
    ):
        return taken
    if word in LINKING_WORDS:
        linking = next(
            (i for i in range(len(tokens)) if word_at(tokens, i) not in LINKING_WORDS), 0
        )
        if not linking:
            return 0
        name = find_layer_name(tokens, linking)
        if name is not None and name.kind in ACTIVATIONS:  # with ReLU
            span = span_of(tokens[linking : linking + name.length])
            layer.after.append(new_activation(cursor, name.kind, span))
            return linking + name.length
        taken = read_parameter(cursor, layer, tokens[linking:], in_call=in_call)
        return taken + linking if taken else 0
    span = span_of(tokens)
    if word == "ACTIVATION":
        return read_activation_word(cursor, layer, tokens)
    if word in ("NO", "WITHOUT") and word_at(tokens, 1) in PADDING_NOUNS:
        set_option(cursor, layer, "P", "0", span)
        return 2
    takes_bias = layer.kind in (*WITH_WIDTH, "DWCONV")
    if word in ("NO", "WITHOUT") and word_at(tokens, 1) == "BIAS" and takes_bias:
        set_option(cursor, layer, "bias", "no", span)
        return 2
    if word in ("ZERO", "SYMMETRIC") and word_at(tokens, 1) in PADDING_NOUNS and len(tokens) > 2:
        return 1 + read_named_option(cursor, layer, tokens[1:])
    if word in PADDING_WORDS:
        set_option(cursor, layer, "P", PADDING_WORDS[word], span)
        return 2 if word in ("SAME", "VALID") and word_at(tokens, 1) in PADDING_NOUNS else 1
    letter = re.fullmatch(LETTER_OPTION, word)
    if letter:
        set_option(cursor, layer, letter_key(letter[1]), letter[2], span)
        return 1
    return read_named_option(cursor, layer, tokens)


def read_activation_word(cursor: TokenCursor, layer: DraftLayer, tokens: list[Token]) -> int:
    """``activation ReLU``: a layer after this one"""
    begin = 2 if len(tokens) > 1 and is_symbol(tokens[1], "=:") else 1
    name = find_layer_name(tokens, begin)
    if name is None or name.kind not in ACTIVATIONS:
        return 0
    end = begin + name.length
    layer.after.append(new_activation(cursor, name.kind, span_of(tokens[begin:end])))
    return end


def letter_key(letter: str) -> str:
    """Return the canonical key of ``s`` or ``stride``; k with a digit is the kernel, never K, and n
    the number of filters.
    """
    return {"K": "F", "N": "K"}.get(letter) or OPTION_WORDS[letter.lower()]


def read_window(
    cursor: TokenCursor, layer: DraftLayer, tokens: list[Token], *, in_call: bool
) -> int:
    """``5x5 kernel``, ``3x3``"""
    size = sides(tokens[0].text)
    if len(size) != 2:
        return 0
    if in_call:
        set_window(cursor, layer, tokens[0].text, span_of(tokens))
    else:
        set_option(cursor, layer, "F", window(size), span_of(tokens))
    if kind_at(tokens, 2) == "number" and is_symbol(tokens[1], "/"):  # 3x3/2
        if not tokens[2].text.isdecimal() or int(tokens[2].text) >= FEWEST_FILTERS:  # 3x3/64
            return 0
        set_option(cursor, layer, "S", tokens[2].text, span_of(tokens))
        return 3
    return 2 if word_at(tokens, 1) in WINDOW_WORDS else 1


def read_amount(
    cursor: TokenCursor, layer: DraftLayer, tokens: list[Token], *, in_call: bool
) -> int:
    """``6 filters``, ``32 3x3 filters``, ``2 stride``, and what follows them."""
    number, span = tokens[0].text, span_of(tokens)
    unit = word_at(tokens, 1)
    if kind_at(tokens, 1) == "size" and layer.kind == "CONV":
        set_width(cursor, layer, number, span)
        taken = read_parameter(cursor, layer, tokens[1:], in_call=in_call)
        return taken + 1 if taken else 0
    if unit in FILTER_WORDS:
        if layer.kind in WITH_WIDTH:
            set_width(cursor, layer, number, span)
        elif layer.kind == "OUTPUT":  # Output (10 classes): the last FC
            layer.kind, layer.size = "FC", number
        elif layer.kind in ("FLATTEN", "SOFTMAX", "LOGSOFTMAX"):  # Softmax (10 classes)
            layer.declared = f"[1x1x{number}]", span
        else:
            return 0
        taken = 2
        while word_at(tokens, taken) in FILTER_WORDS:
            taken += 1
        if taken < len(tokens):
            taken += read_parameter(cursor, layer, tokens[taken:], in_call=in_call)
        return taken
    if unit in ("STRIDE", "STRIDES", *PADDING_NOUNS) and len(tokens) == 2:
        set_option(cursor, layer, OPTION_WORDS[unit.lower()], number, span)
        return 2
    return 0


def is_filter_count(layer: DraftLayer, value: list[Token]) -> bool:
    """Return whether ``filter 64`` tells the number of filters: it is too large for a window."""
    is_number = bool(value) and value[0].kind == "number" and value[0].text.isdecimal()
    is_free = layer.kind in FILTERED and layer.size is None
    return is_number and is_free and int(value[0].text) >= FEWEST_FILTERS


def read_named_option(cursor: TokenCursor, layer: DraftLayer, tokens: list[Token]) -> int:
    """``stride 2``, ``kernel size = 3``, ``padding same``"""
    key = tokens[0].text.lower()
    index = 1
    if word_at(tokens, 1) == "SIZE" and key in ("kernel", "filter", "pool", "window"):
        index += 1
    if index < len(tokens) and tokens[index].text in ("=", ":", "-"):
        index += 1
    is_kernel = layer.size is not None or layer.kind not in WITH_WIDTH
    option = "F" if key == "k" and tokens[0].text == "k" and is_kernel else OPTION_WORDS.get(key)
    if key == "size" and layer.kind in POOLS:
        option = "F"
    names_size = word_at(tokens, 1) == "SIZE"
    if key == "filter" and not names_size and is_filter_count(layer, tokens[index:]):
        option = "K"
    if option in (None, *CUTS) or index >= len(tokens):
        return 0
    if option == "K" and layer.kind not in WITH_WIDTH:
        return 0
    if is_pair(tokens, index):  # stride (2, 1), height first
        height, width = tokens[index + 1].text, tokens[index + 3].text
        set_option(cursor, layer, option, window([width, height]), span_of(tokens))
        return index + 5
    word, kind = word_at(tokens, index), kind_at(tokens, index)
    if kind not in ("number", "size") and word not in VALUE_WORDS:
        return 0
    value = "0" if word == "ZERO" else tokens[index].text.lower()
    if kind == "size":
        value = window(sides(value))
    set_option(cursor, layer, option, value, span_of(tokens))
    return index + 1


def phrase_at(cursor: TokenCursor, index: int, stop: int) -> list[Token]:
    """Return the words, numbers, sizes and equals signs that begin at ``index``, up to a pair."""
    end = index
    stop = min(stop, index + MAX_PHRASE)
    while end < stop:
        if is_phrase_token(cursor.tokens[end]):
            end += 1
        elif end > index and is_pair(cursor.tokens, end) and end + 5 <= stop:
            end += 5 * (word_at(cursor.tokens, end - 1).lower() in OPTION_WORDS)
            break
        else:
            break
    return cursor.tokens[index:end]


def is_pair(tokens: list[Token], index: int) -> bool:
    """Return whether ``(2, 2)`` begins at ``index``."""
    if index + 4 >= len(tokens) or not is_symbol(tokens[index], "("):
        return False
    first, comma, second, closed = tokens[index + 1 : index + 5]
    are_numbers = first.kind == second.kind == "number"
    return are_numbers and is_symbol(comma, ",") and is_symbol(closed, ")")


def is_phrase_token(token: Token) -> bool:
    """Return whether a token may be part of an option in words."""
    return is_kind(token, "word", "number", "size") or is_symbol(token, "=")
