"""What follows a layer's name after a hyphen without spaces: ``-64``, ``-k``, ``-(2*k)``, ``-3x3``, ``-s2``."""

from __future__ import annotations

import re

from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer
from cnnsize.language.informal.names import find_layer_name
from cnnsize.language.informal.numbering import FEWEST_FILTERS
from cnnsize.language.informal.options import has_filter, set_option, set_size, set_width
from cnnsize.language.informal.parameters import LETTER_OPTION, letter_key
from cnnsize.language.informal.tokens import Token, is_kind, is_symbol, is_times, sides
from cnnsize.language.informal.vocabulary import DROPOUTS, WINDOWED, WITH_WIDTH
from cnnsize.layers.names import POOLS
from cnnsize.text.span import Span
from cnnsize.text.suggest import squeeze


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
    if layer.kind in DROPOUTS and "." in following.text and not layer.options:  # dropout-0.5
        layer.options.append(("", following.text))
        cursor.index += 2
        return True
    if "." in following.text or layer.kind == "RELU":
        return False
    text = following.text
    if following.kind == "size":  # a width, and a count
        parts = sides(text)
        if len(parts) != 2:
            cursor.fail(f"cannot tell what {text} means", following.span)
        width, count = parts
        if width == count and int(width) < FEWEST_FILTERS:
            return read_hyphenated_window(cursor, layer, following)
        set_width(cursor, layer, width, following.span)
        layer.hyphenated = True
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
        layer.hyphenated = True
    cursor.index += 2
    return True


def read_hyphenated_window(cursor: TokenCursor, layer: DraftLayer, window: Token) -> bool:
    """``conv-3x3``, ``Conv64-3x3``. Raises ArchitectureError where it may be a width and a count."""
    is_free = layer.kernel is None and not 0 < int(layer.digits or 0) < FEWEST_FILTERS
    if not is_free:
        side = sides(window.text)[0]
        cursor.fail(
            f"ambiguous: is {window.text} a filter size, or a width and a count?",
            window.span,
            help=(f"write a count after a star: {layer.kind}-{side}*{side}",),
        )
    set_size(cursor, layer, sides(window.text), window)
    cursor.index += 2
    return True


def read_hyphenated_letter(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """``-k``, ``-s2``

    A longer word is a layer that is not known here: a variable is one letter, or has a value.
    """
    following = glued_after_hyphen(cursor)
    if not is_kind(following, "word") or is_times(following):
        return False
    option = re.fullmatch(LETTER_OPTION, squeeze(following.text))
    if option and following.text not in cursor.variables and layer.kind in WINDOWED:
        set_option(cursor, layer, letter_key(option[1]), option[2], following.span)
        cursor.index += 2
        return True
    is_next_layer = (
        following.text in cursor.blocks
        or is_symbol(cursor.peek(2), ":")
        or find_layer_name(cursor.tokens, cursor.index + 1) is not None
    )
    takes_width = layer.kind in (*WITH_WIDTH, "DWCONV")
    is_variable = len(following.text) == 1 or following.text in cursor.variables
    if is_next_layer or not takes_width or not is_variable:
        return False
    layer.hyphenated = True
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
