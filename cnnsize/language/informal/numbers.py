"""A number after a layer's name, by the kind of the layer: ``FC 128``, ``MaxPool 2``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer
from cnnsize.language.informal.numbering import ALWAYS_SIZED, FEWEST_FILTERS
from cnnsize.language.informal.options import has_filter, set_width
from cnnsize.language.informal.tokens import Token, is_kind, is_symbol, is_times, sides
from cnnsize.language.informal.vocabulary import DROPOUTS, FILTER_WORDS, WITH_WIDTH
from cnnsize.layers.names import ACTIVATIONS, ENDS, FACTORS, POOLS
from cnnsize.text.span import Span
from cnnsize.text.suggest import squeeze

# sets what a number says of a layer, and moves past further tokens that belong to it
NumberReader = Callable[[TokenCursor, DraftLayer, Token, str], None]


def read_number(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """Read the number at the cursor. Returns True.

    Raises ArchitectureError where it may be one of two things, or the kind takes none.
    """
    token, following, last = cursor.tokens[cursor.index], cursor.peek(1), cursor.peek(2)
    is_glued_arrow = is_kind(following, "arrow") and following.glued
    is_pair = is_glued_arrow and last is not None and last.glued
    if last is not None and is_pair and layer.kind in WITH_WIDTH:  # Linear 288->10
        note_running_number(cursor, layer)
        set_width(cursor, layer, last.text, last.span)
        layer.options.append(("in", token.text))
        cursor.index += 3
        after = cursor.peek() if cursor.index < stop else None
        if is_kind(after, "word") and squeeze(after.text) in FILTER_WORDS:  # conv 1->16 ch
            cursor.index += 1
        return True
    refuse_channels_or_layers(cursor, layer, stop)
    reader = NUMBER_READERS.get(layer.kind)
    if reader is None:
        cursor.fail(f"cannot tell what {token.text} means for {layer.kind}", token.span)
    unit = following.text if following is not None and cursor.index + 1 < stop else ""
    reader(cursor, layer, token, unit)
    cursor.index += 1
    return True


def refuse_channels_or_layers(cursor: TokenCursor, layer: DraftLayer, stop: int) -> None:
    """Raise ArchitectureError for ``FC 64 -> 10``, which may be one layer or two.

    ``FC 64 -> 32 -> 10`` is three.
    """
    tokens = cursor.tokens[cursor.index : min(stop, cursor.index + 5)]
    kinds = [token.kind for token in tokens]
    are_two = kinds[:3] == ["number", "arrow", "number"] and kinds[3:] != ["arrow", "number"]
    ends = is_end(tokens[3] if len(tokens) > 3 else None)  # and no FC 64 -> 2 x FC 10
    if are_two and ends and layer.kind == "FC" and layer.size is None:
        first, last = tokens[0], tokens[2]
        cursor.fail(
            f"ambiguous: is {first.text} the number of inputs or of units?",
            Span(first.start, last.end),
            help=(
                f"write FC-{last.text}(in={first.text}) for one layer, and FC-{first.text} -> FC-{last.text} for two",
            ),
        )


def is_end(token: Token | None) -> bool:
    """Return whether a token ends the step of a layer."""
    is_sign = is_symbol(token, "-–—+/,|>])}([:")
    return token is None or token.kind in ("arrow", "line", "down") or is_sign


def may_be_digits(layer: DraftLayer) -> bool:
    """Return whether a number after the name may be its running number: it has none so far."""
    return layer.digits is None and not layer.running


def note_running_number(cursor: TokenCursor, layer: DraftLayer) -> None:
    """Note that a number was no size, because another follows it: ``dense 7 10``."""
    if layer.spaced and layer.size is None:
        cursor.note(f"{layer.written} {layer.digits}: read as a running number")


def set_units(cursor: TokenCursor, layer: DraftLayer, number: Token, unit: str) -> None:
    """``FC 128``, ``dense 10 classes``"""
    names_units = squeeze(unit) in FILTER_WORDS
    suffix = cursor.peek(2)
    names_way = is_kind(suffix, "word") and squeeze(suffix.text) in FILTER_WORDS | {"D"}
    if unit == "-" and names_way and cursor.tokens[cursor.index + 2].glued:  # FC 10-way, FC 512-d
        set_width(cursor, layer, number.text, number.span)
        cursor.index += 2
        return
    if layer.size is None and may_be_digits(layer) and number.text.isdecimal() and not names_units:
        layer.digits, layer.spaced = number.text, True
    else:
        note_running_number(cursor, layer)
        set_width(cursor, layer, number.text, number.span)
    cursor.index += names_units


def set_rate(cursor: TokenCursor, layer: DraftLayer, number: Token, unit: str) -> None:
    """``Dropout 0.5``, ``Dropout 50%``"""
    rate = number.text
    if unit == "%":
        rate = f"{float(rate) / 100:.12g}"
        cursor.index += 1
    layer.options.append(("", rate))


def set_square_window(cursor: TokenCursor, layer: DraftLayer, number: Token, unit: str) -> None:
    """``MaxPool 2``, ``Upsample 2x``, ``Pad 1``"""
    if layer.kind in POOLS and layer.digits not in (None, "1") and not layer.spaced:  # pool3 2
        cursor.fail(
            f"ambiguous: is {layer.digits} the window, or does it number the layer?",
            Span(layer.span.start, number.end),
            help=(
                f"write {layer.kind}{layer.digits}(S={number.text}), or {layer.kind}{number.text} "
                f"if {layer.digits} is a running number",
            ),
        )
    is_sized = layer.digits is not None and layer.kind in ALWAYS_SIZED  # UP2 3
    if layer.kernel is not None or layer.spaced or is_sized:
        cursor.fail("the window is given twice", number.span)
    may_count = layer.kind in POOLS and may_be_digits(layer) and number.text.isdecimal()
    if may_count and int(number.text) < FEWEST_FILTERS and not is_times(cursor.peek(1)):
        layer.digits, layer.spaced = number.text, True
    else:
        layer.kernel = number.text
    if layer.kind == "UP" and unit in ("x", "X", "×"):
        cursor.index += 1


def set_filters(cursor: TokenCursor, layer: DraftLayer, number: Token, unit: str) -> None:
    """``Conv 16 filters``, ``Conv 16 x2``, ``Conv3x3 16``; ``Conv 64`` alone is ambiguous."""
    names_filters = squeeze(unit) in FILTER_WORDS
    n = number.text
    is_free = not has_filter(layer) and layer.size is None and may_be_digits(layer)
    may_count = is_free and n.isdecimal() and int(n) < FEWEST_FILTERS
    if may_count and (not unit or is_end(cursor.peek(1))):
        layer.digits, layer.spaced = n, True  # decided with the other layers of its kind
        return
    window = cursor.peek(2 if is_symbol(cursor.peek(1), "(") else 1)
    if is_kind(window, "size") and len(sides(window.text)) == 2 and not has_filter(layer):
        set_width(cursor, layer, n, number.span)  # Conv 8 3x3, Conv 8 (3x3)
        return
    if is_kind(window, "arrow") and is_kind(cursor.peek(2), "number"):
        cursor.fail(
            f"ambiguous: is {n} the number of input channels or of filters?",
            number.span,
            help=(
                f"write {layer.kind}-{cursor.tokens[cursor.index + 2].text}(in={n}) for one layer, and the name of each for two",
            ),
        )
    has_count = re.fullmatch(r"[xX][0-9]+", unit) is not None
    if not (names_filters or has_count or has_filter(layer)):
        cursor.fail(
            f"ambiguous: is {n} the filter size or the number of filters?",
            Span(layer.span.start, number.end),
            help=(f"{layer.kind}{n} has filters of {n}x{n}; {layer.kind}-{n} has {n} filters",),
        )
    set_width(cursor, layer, number.text, number.span)
    if names_filters:
        cursor.index += 1


def set_vector(cursor: TokenCursor, layer: DraftLayer, number: Token, unit: str) -> None:
    """``Input 784``"""
    if layer.shape is not None:
        cursor.fail("the shape is given twice", number.span)
    layer.shape = f"[1x1x{number.text}]"
    cursor.note(f"INPUT {number.text} is read as a vector: INPUT{layer.shape}")


def declare_values(cursor: TokenCursor, layer: DraftLayer, number: Token, unit: str) -> None:
    """``Flatten 256``, ``Softmax 10``"""
    if layer.declared is not None:
        cursor.fail("the number of values is given twice", number.span)
    layer.declared = f"[1x1x{number.text}]", number.span


def make_last_layer(cursor: TokenCursor, layer: DraftLayer, number: Token, unit: str) -> None:
    """``Output 10``, ``output 10 classes``: the last FC"""
    layer.kind, layer.size = "FC", number.text
    cursor.index += squeeze(unit) in FILTER_WORDS


def number_layer(cursor: TokenCursor, layer: DraftLayer, number: Token, unit: str) -> None:
    """``ReLU 1``: it numbers the layer, and changes no size.

    Raises ArchitectureError for a number that is too large for that, and for a second one.
    """
    is_number = number.text.isdecimal() and int(number.text) < FEWEST_FILTERS
    if not is_number or layer.running:
        cursor.fail(f"cannot tell what {number.text} means for {layer.kind}", number.span)
    layer.running = True


NUMBER_READERS: Mapping[str, NumberReader] = {
    **dict.fromkeys((*ACTIVATIONS, "BN", "LRN", *ENDS, "GAP", "GMP"), number_layer),
    **dict.fromkeys(WITH_WIDTH, set_filters),
    **dict.fromkeys(DROPOUTS, set_rate),
    **dict.fromkeys((*POOLS, *FACTORS, "PAD"), set_square_window),
    "DWCONV": set_filters,
    "FC": set_units,
    "INPUT": set_vector,
    **dict.fromkeys(("FLATTEN", "SOFTMAX", "LOGSOFTMAX"), declare_values),
    "OUTPUT": make_last_layer,
}
