"""Remarks at the input: ``64x64 RGB``, ``Input: 28x28x1 - grayscale``, ``MNIST 28x28``."""

from __future__ import annotations

from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer, Element
from cnnsize.language.informal.names import find_layer_name
from cnnsize.language.informal.numbering import FEWEST_FILTERS
from cnnsize.language.informal.shapes import with_remark
from cnnsize.language.informal.tokens import is_kind, sides
from cnnsize.language.informal.vocabulary import REMARK_DEPTHS
from cnnsize.text.suggest import squeeze


def is_remark_at(cursor: TokenCursor, ahead: int) -> bool:
    """Return whether ``RGB`` or ``grayscale`` is so many tokens ahead: it tells the depth of the input."""
    token = cursor.peek(ahead)
    return is_kind(token, "word") and squeeze(token.text) in REMARK_DEPTHS


def skip_input_remark(cursor: TokenCursor, items: list[Element]) -> bool:
    """``— grayscale`` after the shape of INPUT; False where no such remark is next."""
    last = items[-1] if len(items) == 1 else None
    if not isinstance(last, DraftLayer) or not read_input_remark(cursor, last):
        return False
    cursor.shape_declared = True
    return True


def read_input_remark(cursor: TokenCursor, layer: DraftLayer) -> bool:
    """Read ``RGB`` after the shape of INPUT, which tells its depth; False where no such word is next."""
    if layer.kind != "INPUT" or layer.shape is None or not is_remark_at(cursor, 0):
        return False
    layer.shape = with_remark(layer.shape, cursor.tokens[cursor.index : cursor.index + 1])
    cursor.index += 1
    return True


def is_named_input(cursor: TokenCursor) -> bool:
    """Return whether a word of its own is before the size of the input: ``MNIST 28x28``."""
    token, size = cursor.tokens[cursor.index], cursor.peek(1)
    if token.kind != "word" or not is_kind(size, "size"):
        return False
    numbers = [int(side) for side in sides(size.text)]
    is_image = len(numbers) in (2, 3) and min(numbers[:2]) >= FEWEST_FILTERS
    return is_image and find_layer_name(cursor.tokens, cursor.index) is None
