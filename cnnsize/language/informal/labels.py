"""What labels a layer and is none: ``Pool 1:``, ``Conv Block 3:``, ``Block 3 -``, ``[Block 1]``, bullets."""

from __future__ import annotations

from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.names import LayerName, find_layer_name
from cnnsize.language.informal.tokens import is_symbol, is_times
from cnnsize.language.informal.vocabulary import COUNTED_NOISE
from cnnsize.layers.names import ENDS
from cnnsize.text.span import Span
from cnnsize.text.suggest import squeeze

MAX_LABEL = 4  # tokens


def skip_name_label(
    cursor: TokenCursor, name: LayerName, written: str, span: Span, stop: int
) -> bool:
    """``Pool 1:``, ``FC1: Dense 10``: move past a layer's name that labels the next one.

    Returns False where it is no label. Raises ArchitectureError where a label without a number
    may be a layer too.
    """
    index = cursor.index + name.length
    if index < stop and squeeze(cursor.tokens[index].text) in COUNTED_NOISE:
        index += 1
    spaced = index < stop and cursor.tokens[index].kind == "number"
    colon = index + 1 if spaced else index
    if colon + 1 >= stop or not is_symbol(cursor.tokens[colon], ":"):
        return False
    following = cursor.tokens[colon + 1]
    is_numbered = spaced or name.digits is not None
    is_counted = is_numbered and colon + 3 < stop and is_times(cursor.tokens[colon + 2])
    if is_counted and following.kind == "number" and is_symbol(cursor.tokens[colon + 3], "[("):
        cursor.index = colon + 1  # Conv 1: 2 x (3x3 conv, 64)
        return True
    # Pool2: 2x2 max pooling
    begin = colon + 2 if following.kind == "size" else colon + 1
    names_layer = find_layer_name(cursor.tokens, begin) is not None
    names_size = spaced and following.kind == "size"
    names_group = is_symbol(following, "[(") and holds_arrow(cursor, colon + 1)
    if names_group:  # FC: [Flatten -> Linear(10)]
        cursor.index = colon + 1
        return True
    if not names_layer and not names_size:
        return False
    labels_its_kind = name.kind in (*ENDS, following_kind(cursor, begin))
    if name.digits is None and not spaced and not labels_its_kind:
        cursor.fail(
            f"ambiguous: is {written} a label or a layer?",
            Span(span.start, cursor.tokens[colon].end),
            help=(
                f"write a layer as {name.kind} -> ..., and a label with a number: {written}1: ...",
            ),
        )
    cursor.index = colon + 1
    return True


def holds_arrow(cursor: TokenCursor, opened: int) -> bool:
    """Return whether the bracket at ``opened`` holds a chain."""
    inner = cursor.tokens[opened + 1 : cursor.closing(opened)]
    return any(
        find_layer_name(inner, index + 1)
        for index, token in enumerate(inner)
        if token.kind == "arrow"
    )


def following_kind(cursor: TokenCursor, index: int) -> str:
    """Return the kind of the layer whose name is at ``index``; empty where none is."""
    name = find_layer_name(cursor.tokens, index)
    return name.kind if name is not None else ""


def skip_label(cursor: TokenCursor, stop: int) -> bool:
    """``Layer 1:``, ``C1:``, ``Block2:``: move past a label before a layer; False where there is
    none.
    """
    index, limit = cursor.index, min(stop, cursor.index + MAX_LABEL)
    while index < limit and (
        cursor.tokens[index].kind in ("word", "number")
        or is_symbol(cursor.tokens[index], "#")
        or (is_symbol(cursor.tokens[index], "-") and is_joined(cursor, index))
    ):
        index += 1
    first = squeeze(cursor.tokens[cursor.index].text)
    is_numbered = index == cursor.index + 2 and first in COUNTED_NOISE
    begins_line = not cursor.index or cursor.tokens[cursor.index - 1].kind == "line"
    is_dash = (
        is_numbered and begins_line and index < stop and is_symbol(cursor.tokens[index], "-–—")
    )
    if index < stop - 1 and is_dash:  # Block 3 - Conv(64)
        cursor.index = index + 1
        return True
    if index >= stop - 1 or not is_symbol(cursor.tokens[index], ":"):
        return False
    declares_shape = (
        is_symbol(cursor.tokens[index + 1], "[")
        and index + 2 < stop
        and cursor.tokens[index + 2].kind == "size"
    )
    if declares_shape:
        return False
    cursor.index = index + 1
    return True


def is_joined(cursor: TokenCursor, index: int) -> bool:
    """Return whether no space is around the token at ``index``: M6-1."""
    around = cursor.tokens[index : index + 2]
    return len(around) == 2 and all(token.glued for token in around)


def skip_bracketed_label(cursor: TokenCursor) -> bool:
    """``[Block 1]`` before a layer; False where something else is next."""
    index = cursor.index
    if not is_symbol(cursor.tokens[index], "[(") or index + 4 >= len(cursor.tokens):
        return False
    word, number, closed, after = cursor.tokens[index + 1 : index + 5]
    is_label = word.text.upper() in COUNTED_NOISE and number.kind == "number"
    if not is_label or not is_symbol(closed, "])") or after.kind not in ("word", "size"):
        return False
    cursor.index += 4
    return True


def skip_bullet(cursor: TokenCursor) -> bool:
    """``1.``, ``-``, ``*``: move past what begins the line of a list; False where nothing does."""
    token, following = cursor.tokens[cursor.index], cursor.peek(1)
    before = cursor.tokens[cursor.index - 1] if cursor.index else None
    begins_line = before is None or before.kind == "line"
    is_number = token.kind == "number" and is_symbol(following, ".)") and following.glued
    begins_item = begins_line or is_symbol(before, "-")
    if is_number and begins_item:
        cursor.index += 2
        return True
    is_quote = is_symbol(token, ">") and cursor.has_arrows  # > INPUT => CONV
    if begins_line and (is_symbol(token, "*•·-") or is_quote):
        cursor.index += 1
        return True
    return False
