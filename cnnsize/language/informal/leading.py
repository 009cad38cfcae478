"""What stands before the name of a layer and belongs to it: ``32 3x3 conv``, ``stride-2 conv``."""

from __future__ import annotations

from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.inputs import is_remark_at
from cnnsize.language.informal.names import find_layer_name
from cnnsize.language.informal.numbering import FEWEST_FILTERS
from cnnsize.language.informal.tokens import Token, is_kind, is_symbol, sides
from cnnsize.language.informal.vocabulary import FILTER_WORDS, ORDINALS, WINDOWED, WITH_WIDTH
from cnnsize.layers.names import CONVOLUTIONS
from cnnsize.text.suggest import squeeze


def skip_ordinal(cursor: TokenCursor) -> bool:
    """``final FC``: move past a word that only places a layer; False where there is none."""
    is_ordinal = squeeze(cursor.tokens[cursor.index].text) in ORDINALS
    name = find_layer_name(cursor.tokens, cursor.index + 1) if is_ordinal else None
    if name is None or name.kind == "INPUT":
        return False
    cursor.note(f"ignored: {cursor.tokens[cursor.index].text}")
    cursor.index += 1
    return True


def read_leading_option(cursor: TokenCursor) -> tuple[str, Token] | None:
    """``stride-2 3x3 conv``, ``valid conv``: move past an option before a name and return its key and
    value.
    """
    word, index = cursor.tokens[cursor.index], cursor.index + 1
    if word.kind != "word" or index >= len(cursor.tokens):
        return None
    key, value, kinds = "P", word._replace(text="valid"), CONVOLUTIONS
    if squeeze(word.text) == "STRIDE":
        index += is_symbol(cursor.tokens[index], "-")
        number = cursor.tokens[index] if index < len(cursor.tokens) else None
        if not is_kind(number, "number") or not number.text.isdecimal():
            return None
        key, value, kinds = "S", number, WINDOWED
        index += 1
    elif squeeze(word.text) != "VALID":
        return None
    if index < len(cursor.tokens) and cursor.tokens[index].kind == "size":
        name = find_layer_name(cursor.tokens, index + 1)
    else:
        name = find_layer_name(cursor.tokens, index)
    if name is None or name.kind not in kinds:
        return None
    cursor.index = index
    return key, value


def read_leading_width(cursor: TokenCursor) -> Token | None:
    """``16-filter conv``, ``32 3x3 conv``: move past a width before a name and return it."""
    number, index = cursor.tokens[cursor.index], cursor.index + 1
    if number.kind != "number" or not number.text.isdecimal():
        return None
    if is_symbol(cursor.peek(1), "-") and cursor.tokens[index].glued:
        index += 1
    names_unit = index < len(cursor.tokens) and squeeze(cursor.tokens[index].text) in FILTER_WORDS
    is_window = index < len(cursor.tokens) and cursor.tokens[index].kind == "size"
    name = find_layer_name(cursor.tokens, index + 1) if names_unit or is_window else None
    if name is None or name.kind not in WITH_WIDTH or name.digits is not None:
        return None
    cursor.index = index + names_unit
    return number


def read_leading_window(cursor: TokenCursor) -> str | None:
    """``3x3 conv``, ``2x2 max pool``: move past a window before a name and return it."""
    token, following = cursor.tokens[cursor.index], cursor.peek(1)
    if token.kind != "size" or following is None:
        return None
    size = sides(token.text)
    is_hyphen = is_symbol(following, "-") and following.glued  # 3x3-conv
    ahead = 2 if is_hyphen else 1
    name = find_layer_name(cursor.tokens, cursor.index + ahead)
    if name is None or name.kind == "INPUT" or is_remark_at(cursor, 1):
        return None
    has_filters = len(size) == 3 and size[0] == size[1] and int(size[0]) < FEWEST_FILTERS
    if len(size) != 2 and not (has_filters and name.kind == "CONV"):
        return None
    if is_hyphen and not cursor.tokens[cursor.index + ahead].glued:
        return None
    cursor.index += ahead
    return "x".join(size)
