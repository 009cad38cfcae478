"""Square brackets after a layer's name: an output shape, a window, or options."""

from __future__ import annotations

from cnnsize.language.informal.arguments import read_arguments
from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer
from cnnsize.language.informal.numbering import FEWEST_FILTERS
from cnnsize.language.informal.options import set_shape, set_size, set_width
from cnnsize.language.informal.shapes import read_shape, refuse_filters
from cnnsize.language.informal.tokens import Token, is_kind, is_symbol, sides, without_lines
from cnnsize.language.informal.vocabulary import WINDOWED, WITH_SHAPE
from cnnsize.layers.names import POOLS
from cnnsize.text.span import Span

ODD_WINDOWS = ("3", "5", "7", "9", "11")
POOL_WINDOWS = ("2", "3", "4", "5")


def read_brackets(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """``[32x32x3]``, ``[3x3, 64]``"""
    end = cursor.closing(cursor.index)
    inner = without_lines(cursor.tokens[cursor.index + 1 : end])
    if inner and inner[0].kind == "arrow":  # MaxPool(2) [→ 80x80]
        inner = inner[1:]
    elif is_bracketed_window(cursor, layer, inner):
        set_size(cursor, layer, sides(inner[0].text), inner[0])
        cursor.index = end + 1
        return True
    shape = read_shape(cursor, inner)
    if layer.kind == "FC" and len(inner) == 1 and is_kind(inner[0], "number"):  # fc[128]
        set_width(cursor, layer, inner[0].text, inner[0].span)
    elif shape is None:
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
            is_list = len(inner) == 3 and is_symbol(inner[1], ",")  # Dense [128, 10]
            if is_list and "(" not in shape:
                cursor.fail(
                    f"ambiguous: is {cursor.slice(span)} an output shape, or are these options of {layer.written}?",
                    span,
                    help=(
                        "write an output shape with its depth, as in : [8x8x64], and options by name",
                    ),
                )
            if any(is_symbol(token, ",") for token in inner):  # Conv[3, 3, 16]
                refuse_filters(cursor, layer, shape.strip("[]").split("x"), span)
            layer.declared = shape, span
    cursor.index = end + 1
    return True


def is_bracketed_window(cursor: TokenCursor, layer: DraftLayer, inner: list[Token]) -> bool:
    """Return whether brackets hold the window of a layer: ``Conv[3x3]``, ``MaxPool[2x2]``.

    Raises ArchitectureError where a small size may be an output shape too.
    """
    opened = cursor.tokens[cursor.index]
    is_size = len(inner) == 1 and inner[0].kind == "size" and opened.glued
    lacks_window = layer.kernel is None and layer.digits is None and layer.kind in WINDOWED
    size = sides(inner[0].text) if is_size and lacks_window else []
    if len(size) != 2 or max(map(int, size)) >= FEWEST_FILTERS:
        return False
    if size[0] not in (POOL_WINDOWS if layer.kind in POOLS else ODD_WINDOWS):
        text = "x".join(size)
        cursor.fail(
            f"ambiguous: is [{text}] the filter size of {layer.written}, or its output shape?",
            inner[0].span,
            help=(
                f"write a filter size as {layer.kind}{size[0]}, and an output shape as {layer.kind}: [{text}]",
            ),
        )
    return True
