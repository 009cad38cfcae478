"""What follows a layer's name after a colon or a dash: ``FC1: 256 -> 128``, ``Conv2D - 32 filters``."""

from __future__ import annotations

from math import prod

from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer
from cnnsize.language.informal.numbering import FEWEST_FILTERS, FILTERED
from cnnsize.language.informal.numbers import is_end, read_number
from cnnsize.language.informal.options import set_size, set_width
from cnnsize.language.informal.parameters import phrase_at, read_parameter
from cnnsize.language.informal.tokens import Token, is_kind, is_symbol, is_times, sides, span_of
from cnnsize.language.informal.vocabulary import DROPOUTS, FILTER_WORDS, WINDOWED, WITH_WIDTH
from cnnsize.text.suggest import squeeze


def read_after_colon(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """``FC1: 4096``, ``FC1: 256 -> 128``, ``Conv1: 6 filters, 3x3 kernel``, ``MaxPool: 2x2``"""
    index = cursor.index + 1
    tokens = phrase_at(cursor, index, stop)
    if not tokens or tokens[0].kind == "word":
        return False
    if layer.kind == "FLATTEN":
        return read_flat_values(cursor, layer, tokens, index)
    first = tokens[0]
    unit = squeeze(tokens[1].text) if len(tokens) > 1 else ""
    if first.kind == "size":
        size = sides(first.text)
        is_window = len(size) == 2 and max(map(int, size)) < FEWEST_FILTERS
        if not is_window or layer.kind not in WINDOWED:
            return False
        set_size(cursor, layer, size, first)
        cursor.index = index + 1
    elif is_symbol(cursor.peek(2), "@") and layer.kind in FILTERED:  # Conv 1: 32@3x3
        if not is_kind(cursor.peek(3), "size") or cursor.names_volumes:
            return False
        set_width(cursor, layer, first.text, first.span)
        window = cursor.tokens[cursor.index + 3]
        set_size(cursor, layer, sides(window.text), window)
        cursor.index += 4
    elif is_channels(cursor, layer, index):
        set_channels(cursor, layer, index, stop)
    elif layer.kind == "FC" or layer.kind in DROPOUTS:
        cursor.index = index
        read_number(cursor, layer, stop)
    elif unit in FILTER_WORDS or is_kind(cursor.peek(2), "size"):
        taken = read_parameter(cursor, layer, tokens, in_call=False)
        if not taken:
            return False
        cursor.index = index + taken
    elif layer.kind in FILTERED and is_end(cursor.peek(2)):
        cursor.fail(
            f"ambiguous: is {first.text} the number of filters or the filter size?",
            span_of(tokens),
            help=(
                f"write {layer.kind}-{first.text} for filters, and {layer.kind}{first.text} for a size",
            ),
        )
    else:
        return False
    layer.running = layer.running or (layer.digits is not None and not layer.spaced)
    return True


def read_flat_values(
    cursor: TokenCursor, layer: DraftLayer, tokens: list[Token], index: int
) -> bool:
    """``Flatten: 5×5×16 = 400 features``, ``Flatten: 400``: how many values come out"""
    numbers = [token for token in tokens if token.kind == "number"]
    product = prod(map(int, sides(tokens[0].text)))
    is_sum = tokens[0].kind == "number" or (
        len(tokens) > 2 and is_symbol(tokens[1], "=") and str(product) == tokens[2].text
    )
    rest = tokens[tokens.index(numbers[0]) + 1 :] if numbers else tokens
    if not is_sum or not all(squeeze(token.text) in FILTER_WORDS for token in rest):
        return False
    layer.declared = f"[1x1x{numbers[0].text}]", span_of(tokens)
    cursor.index = index + len(tokens)
    return True


def is_channels(cursor: TokenCursor, layer: DraftLayer, index: int) -> bool:
    """Return whether ``256 -> 128`` after a colon is at ``index``: the input and output of one layer."""
    tokens = cursor.tokens[index : index + 3]
    kinds = [token.kind for token in tokens]
    return layer.kind in WITH_WIDTH and kinds == ["number", "arrow", "number"]


def set_channels(cursor: TokenCursor, layer: DraftLayer, index: int, stop: int) -> None:
    """Set the input and output of ``256 -> 128 neurons``. Raises ArchitectureError for three sizes."""
    tokens = cursor.tokens[index : min(stop, index + 6)]
    kinds = [token.kind for token in tokens]
    if kinds[3:5] == ["arrow", "number"] and not is_times(cursor.peek(6)):
        cursor.fail(
            f"ambiguous: is {tokens[0].text} the input of this layer or its output?",
            span_of(tokens[:5]),
            help=(f"write each layer by its name: FC-{tokens[2].text} -> FC-{tokens[4].text}",),
        )
    refuse_growing_map(cursor, layer, tokens)
    layer.options.append(("in", tokens[0].text))
    set_width(cursor, layer, tokens[2].text, tokens[2].span)
    cursor.index = index + 3
    while cursor.index < stop and squeeze(cursor.tokens[cursor.index].text) in FILTER_WORDS:
        cursor.index += 1


def refuse_growing_map(cursor: TokenCursor, layer: DraftLayer, tokens: list[Token]) -> None:
    """Raise ArchitectureError for ``deconv: 12 -> 24``, which may be sizes: channels rarely grow."""
    sizes = [int(token.text) for token in tokens[:3:2] if token.text.isdecimal()]
    if layer.kind == "TCONV" and len(sizes) == 2 and sizes[1] > sizes[0]:
        given, width = sizes
        cursor.fail(
            f"ambiguous: are {given} and {width} numbers of channels, or sizes?",
            span_of(tokens[:3]),
            help=(f"write channels as TCONV-{width}(in={given}), and a size as [{width}x{width}]",),
        )


def read_after_dash(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """``Conv2D - 32 filters``"""
    number, unit = cursor.peek(1), cursor.peek(2)
    if cursor.tokens[cursor.index].glued or not is_kind(number, "number"):
        return False
    if not is_kind(unit, "word") or squeeze(unit.text) not in FILTER_WORDS:
        return False
    return read_after_colon(cursor, layer, stop)
