"""Everything after a layer's name that belongs to the layer.

``-64``, ``(3x3, 64)``, ``[8x8x64]``, ``5x5``, ``128``, ``stride 2``, ``, 4 filters``, ``/2``:
small readers, each for one form, in a table under the token that the form begins with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from cnnsize.language.informal.arguments import read_arguments
from cnnsize.language.informal.counts import COUNT_IN_PARENTHESES
from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer
from cnnsize.language.informal.names import find_layer_name
from cnnsize.language.informal.numbers import read_number
from cnnsize.language.informal.options import (
    has_filter,
    note_filters,
    set_kernel,
    set_option,
    set_shape,
    set_width,
)
from cnnsize.language.informal.parameters import read_parameter
from cnnsize.language.informal.shapes import read_shape, shape_text
from cnnsize.language.informal.tokens import (
    Token,
    end_of_sizes,
    is_kind,
    is_symbol,
    is_times,
    sides,
    without_lines,
)
from cnnsize.language.informal.vocabulary import (
    ALTERNATIVES,
    FILTER_WORDS,
    LINKING_WORDS,
    MAX_PHRASE,
    NOISE,
    OPTION_STARTS,
    WINDOWED,
    WITH_SHAPE,
    WITH_WIDTH,
)
from cnnsize.layers.names import OPTION_WORDS, POOLS
from cnnsize.text.span import Span
from cnnsize.text.suggest import squeeze

# reads one form at the cursor, before the token ``stop``; returns False, with the cursor unmoved,
# where the text has another form
Reader = Callable[[TokenCursor, DraftLayer, int], bool]


def read_modifiers(cursor: TokenCursor, layer: DraftLayer, stop: int) -> None:
    """Read all that belongs to a layer after its name, up to the token ``stop``."""
    while cursor.index < stop:
        token = cursor.tokens[cursor.index]
        readers = MODIFIERS.get(token.text if token.kind == "symbol" else token.kind, ())
        if not any(reader(cursor, layer, stop) for reader in readers):
            return


def glued_after_hyphen(cursor: TokenCursor) -> Token | None:
    """Return the token after a hyphen that has no space on either side; None for other hyphens."""
    hyphen, following = cursor.tokens[cursor.index], cursor.peek(1)
    if following is None or not following.glued:
        return None
    return following if hyphen.glued else None


def read_hyphenated_number(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """``-64``, ``-32x2``"""
    following = glued_after_hyphen(cursor)
    if not is_kind(following, "number", "size"):
        return False
    if "." in following.text or layer.kind == "RELU":
        return False
    text = following.text
    if following.kind == "size":  # a width, and a count
        parts = sides(text)
        if len(parts) != 2:
            cursor.fail(f"cannot tell what {text} means", following.span)
        width, count = parts
        set_width(cursor, layer, width, following.span)
        layer.count = count, Span(following.start + len(width), following.end)
        cursor.respell(layer.count[1], f"*{count}", text[len(width) :])
    elif layer.kind in POOLS and not has_filter(layer):
        cursor.fail(
            f"{layer.kind} takes no number of filters or units",
            Span(following.start - 1, following.end),
            code="CNN003",
            help=(f"it keeps the depth; write a window of {text}x{text} as {layer.kind}{text}",),
        )
    else:
        set_width(cursor, layer, text, following.span)
    cursor.index += 2
    return True


def read_hyphenated_letter(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """``-k``"""
    following = glued_after_hyphen(cursor)
    if not is_kind(following, "word") or is_times(following):
        return False
    is_next_layer = (
        following.text in cursor.blocks
        or is_symbol(cursor.peek(2), ":")
        or find_layer_name(cursor.tokens, cursor.index + 1) is not None
    )
    takes_width = layer.kind in (*WITH_WIDTH, "DWCONV")
    if is_next_layer or not takes_width:
        return False
    set_width(cursor, layer, following.text, following.span)
    cursor.index += 2
    return True


def read_hyphenated_expression(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """``-(2*k)``"""
    following = glued_after_hyphen(cursor)
    if not is_symbol(following, "(") or layer.kind not in WITH_WIDTH:
        return False
    end = cursor.closing(cursor.index + 1)
    inner = cursor.tokens[cursor.index + 2 : end]
    if any(find_layer_name(inner, index) for index in range(len(inner))):
        return False
    start = cursor.tokens[cursor.index + 1].end
    layer.size = f"({cursor.text[start : cursor.tokens[end].start]})"
    cursor.index = end + 1
    return True


def read_parentheses(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """``(32, 3x3)``, and not the count ``(x3)``"""
    start = cursor.tokens[cursor.index].start
    if re.match(COUNT_IN_PARENTHESES, cursor.text_from(start, 40)):
        return False
    end = cursor.closing(cursor.index)
    read_arguments(cursor, layer, cursor.index + 1, end)
    cursor.index = end + 1
    return True


def read_brackets(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """``[32x32x3]``, ``[3x3, 64]``"""
    end = cursor.closing(cursor.index)
    inner = without_lines(cursor.tokens[cursor.index + 1 : end])
    shape = read_shape(cursor, inner)
    if shape is None:
        is_pair = len(inner) == 3 and is_kind(inner[0], "size")
        if not is_pair or not is_kind(inner[2], "number"):
            return False
        read_arguments(cursor, layer, cursor.index + 1, end)
    else:
        span = Span(cursor.tokens[cursor.index].start, cursor.tokens[end].end)
        if layer.kind in WITH_SHAPE:
            set_shape(cursor, layer, shape, span)
        else:
            if layer.declared is not None:
                cursor.fail("the shape is given twice", span)
            layer.declared = shape, span
    cursor.index = end + 1
    return True


def read_size(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """``5x5``, ``3x3x16``, and ``32x32x3`` of INPUT"""
    token = cursor.tokens[cursor.index]
    set_size(cursor, layer, sides(token.text), token)
    cursor.index += 1
    return True


def read_filters_at(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """``16@3x3``, ``16@3``"""
    token = cursor.tokens[cursor.index]
    if not is_symbol(cursor.peek(1), "@"):
        return False
    set_width(cursor, layer, token.text, token.span)
    index = cursor.index + 2
    if index >= stop or cursor.tokens[index].kind not in ("size", "number"):
        cursor.fail("expected a filter size after '@'", token.span)
    size = sides(cursor.tokens[index].text)
    set_size(cursor, layer, size * 2 if len(size) == 1 else size, token)
    cursor.index = index + 1
    return True


def set_size(cursor: TokenCursor, layer: DraftLayer, size: list[str], token: Token) -> None:
    """Set the size after a name: the shape of INPUT, else a filter, with a number of filters or as
    a declared shape where it has three parts. ``token`` is where errors point.
    """
    if layer.kind in WITH_SHAPE:
        set_shape(cursor, layer, shape_text(size), token.span)
        return
    takes_filters = layer.kind == "CONV" and layer.size is None
    is_free = takes_filters and layer.kernel is None
    if len(size) == 3 and is_free:  # Conv 3x3x16
        set_width(cursor, layer, size.pop(), token.span)
        note_filters(cursor, token.text, size, layer)
    if len(size) == 3:
        layer.declared = shape_text(size), token.span
    else:
        set_kernel(cursor, layer, "x".join(size), token.span, "filter size")


def read_spaced_input_shape(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """``Input 32 x 32 x 3``"""
    if layer.kind != "INPUT" or not is_times(cursor.peek(1)):
        return False
    end = end_of_sizes(cursor.tokens, cursor.index, stop)
    shape = read_shape(cursor, cursor.tokens[cursor.index : end])
    if shape is None:
        return False
    layer.shape = shape
    cursor.index = end
    return True


def skip_noise(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """``layer``, ``block``"""
    word = squeeze(cursor.tokens[cursor.index].text)
    is_key = is_symbol(cursor.peek(1), "=")
    if word not in NOISE or (is_key and word == "ACTIVATION"):
        return False
    cursor.index += 1
    return True


def skip_alternative(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """``or SVM``"""
    following = cursor.peek(1)
    if following is None or cursor.tokens[cursor.index].text.lower() != "or":
        return False
    if squeeze(following.text) not in ALTERNATIVES:
        return False
    cursor.note(f"{layer.kind} or {following.text}: read as {layer.kind}; the sizes are the same")
    cursor.index += 2
    return True


def read_words(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """``stride 2``, ``same``, ``16 filters of 3x3``, ``padded``"""
    tokens = phrase_at(cursor, cursor.index, stop)
    word = squeeze(tokens[0].text)
    begins_option = (
        word in LINKING_WORDS
        or word in OPTION_STARTS
        or tokens[0].text.lower() in OPTION_WORDS
        or re.fullmatch(r"[skp]\d+", tokens[0].text.lower())
    )
    if not begins_option or find_layer_name(tokens, 0) is not None:
        return False
    taken = read_parameter(cursor, layer, tokens, in_call=False)
    cursor.index += taken
    return taken > 0


def phrase_at(cursor: TokenCursor, index: int, stop: int) -> list[Token]:
    """Return the words, numbers, sizes and equals signs that begin at ``index``."""
    end = index
    stop = min(stop, index + MAX_PHRASE)
    while end < stop and is_phrase_token(cursor.tokens[end]):
        end += 1
    return cursor.tokens[index:end]


def is_phrase_token(token: Token) -> bool:
    """Return whether a token may be part of an option in words."""
    return is_kind(token, "word", "number", "size") or is_symbol(token, "=")


def read_units_after_colon(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """``FC1: 4096``"""
    following = cursor.peek(1)
    if layer.kind != "FC" or not is_kind(following, "number"):
        return False
    layer.running = layer.digits is not None
    layer.size = following.text
    cursor.index += 2
    return True


def read_after_comma(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """``, stride=2``, ``, 4 filters``, ``, 64``: more of this layer, and not the next one"""
    index = cursor.index + 1
    tokens = phrase_at(cursor, index, stop)
    if not tokens or find_layer_name(tokens, 0) is not None:
        return False
    first = tokens[0]
    if len(tokens) == 1 and layer.kind in ("CONV", "TCONV"):
        is_integer = first.kind == "number" and "." not in first.text
        lacks_width = layer.size is None and has_filter(layer)
        if is_integer and lacks_width:
            set_width(cursor, layer, first.text, first.span)  # 3x3 conv, 64
            cursor.index = index + 1
            return True
        size = sides(first.text)
        is_window = first.kind == "size" and len(size) == 2
        if is_window and layer.kernel is None:
            set_size(cursor, layer, size, first)
            cursor.index = index + 1
            return True
    word = next((squeeze(token.text) for token in tokens if token.kind == "word"), "")
    begins_option = (
        word in FILTER_WORDS
        or word in OPTION_STARTS
        or word.lower() in OPTION_WORDS
        or re.fullmatch(r"[SKP]\d+", word)
    )
    if not begins_option or read_parameter(cursor, layer, tokens, in_call=False) != len(tokens):
        return False
    cursor.index = index + len(tokens)
    return True


def read_slash_stride(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """``/2``, ``, /2``"""
    slash = cursor.index + is_symbol(cursor.tokens[cursor.index], ",")
    if slash + 1 >= stop or not is_symbol(cursor.tokens[slash], "/"):
        return False
    number = cursor.tokens[slash + 1]
    if layer.kind not in WINDOWED or not number.glued:
        return False
    if number.kind != "number":
        return False
    set_option(cursor, layer, "S", number.text, number.span)  # 7x7 conv, 64, /2
    cursor.index = slash + 2
    return True


MODIFIERS: Mapping[str, tuple[Reader, ...]] = {
    "-": (read_hyphenated_number, read_hyphenated_letter, read_hyphenated_expression),
    "(": (read_parentheses,),
    "[": (read_brackets,),
    "size": (read_size,),
    "number": (read_filters_at, read_spaced_input_shape, read_number),
    "word": (skip_noise, skip_alternative, read_words),
    ":": (read_units_after_colon,),
    ",": (read_after_comma, read_slash_stride),
    "/": (read_slash_stride,),
}
