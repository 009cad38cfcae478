"""Everything after a layer's name that belongs to the layer.

``-64``, ``(3x3, 64)``, ``[8x8x64]``, ``5x5``, ``128``, ``stride 2``, ``, 4 filters``, ``/2``:
small readers, each for one form, in a table under the token that the form begins with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from cnnsize.language.informal.arguments import read_arguments
from cnnsize.language.informal.brackets import ODD_WINDOWS, read_brackets
from cnnsize.language.informal.claims import read_claim
from cnnsize.language.informal.colons import (
    is_channels,
    read_after_colon,
    read_after_dash,
    set_channels,
)
from cnnsize.language.informal.counts import COUNT_IN_PARENTHESES
from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer
from cnnsize.language.informal.hyphens import (
    read_hyphenated_expression,
    read_hyphenated_letter,
    read_hyphenated_number,
)
from cnnsize.language.informal.names import find_layer_name
from cnnsize.language.informal.numbering import FEWEST_FILTERS, FILTERED
from cnnsize.language.informal.numbers import is_end, read_number
from cnnsize.language.informal.options import (
    has_filter,
    set_option,
    set_size,
    set_width,
)
from cnnsize.language.informal.parameters import LETTER_OPTION, phrase_at, read_parameter
from cnnsize.language.informal.shapes import read_shape, shape_text
from cnnsize.language.informal.tokens import (
    Token,
    end_of_sizes,
    is_kind,
    is_symbol,
    is_times,
    sides,
    span_of,
    without_lines,
)
from cnnsize.language.informal.vocabulary import (
    ALTERNATIVES,
    COUNTED_NOISE,
    FILTER_WORDS,
    LINKING_WORDS,
    MAY_LACK,
    NOISE,
    OPTION_STARTS,
    WINDOWED,
    WITH_WIDTH,
)
from cnnsize.layers.names import ACTIVATIONS, ENDS, FACTORS, NORMS, OPTION_WORDS
from cnnsize.text.span import Span
from cnnsize.text.suggest import squeeze

STAR_SIZE = r"([1-9]|1[01])\*\1(?![0-9])(?:\*[0-9]{1,5})?(?![\w*])"
WIDTH_NAME = r"(?:num|n)_\w+|\w+_(?:classes|units|features|dim|size)"
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


def read_parentheses(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """``(32, 3x3)``, and not the count ``(x3)``"""
    start = cursor.tokens[cursor.index].start
    if re.match(COUNT_IN_PARENTHESES, cursor.text_from(start, 40)):
        return False
    end = cursor.closing(cursor.index)
    inner = without_lines(cursor.tokens[cursor.index + 1 : end])
    is_optional = len(inner) == 1 and squeeze(inner[0].text) == "OPTIONAL"
    if is_optional and layer.optional is None and layer.kind in MAY_LACK:  # Dropout (optional)
        layer.optional = inner[0].span
        cursor.index = end + 1
        return True
    if len(inner) > 1 and inner[0].kind == "arrow":  # Conv 3x3 (→ 26x26x32)
        shape = read_shape(cursor, inner[1:])
        if shape is not None and layer.declared is None:
            layer.declared = shape, span_of(inner)
            cursor.index = end + 1
            return True
    refuse_chain(cursor, layer, inner)
    if not read_claim(cursor, layer, inner, cursor.tokens[cursor.index]):
        read_arguments(cursor, layer, cursor.index + 1, end)
    cursor.index = end + 1
    return True


def refuse_chain(cursor: TokenCursor, layer: DraftLayer, inner: list[Token]) -> None:
    """Raise ArchitectureError for ``Conv Block 1 (Conv -> BN -> ReLU)``, a caption of other layers."""
    name = find_layer_name(inner, 0)
    is_call = name is not None and is_symbol(
        inner[name.length] if name.length < len(inner) else None, "("
    )
    holds_layer = (
        name is not None and name.kind in (*WINDOWED, "FC") and layer.kind in (*ACTIVATIONS, *NORMS)
    )
    if is_call or (holds_layer and name is not None and name.length == len(inner)):
        cursor.fail(
            f"{inner[0].text} is a layer within the parentheses of {layer.written}",
            span_of(inner),
            help=("write the layers one after the other, as they run: CONV3-64 -> RELU",),
        )
    arrows = [index for index, token in enumerate(inner) if token.kind == "arrow"]
    names = [find_layer_name(inner, index + 1) for index in arrows]
    if any(name is not None and name.kind not in ENDS for name in names):
        cursor.fail(
            f"ambiguous: is {layer.written} a layer, or does it name the layers in parentheses?",
            span_of(inner),
            help=("write only the layers: [CONV -> BN -> RELU]",),
        )


def read_size(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """``5x5``, ``3x3x16``, and ``32x32x3`` of INPUT"""
    token = cursor.tokens[cursor.index]
    set_size(cursor, layer, sides(token.text), token)
    cursor.index += 1
    return True


def read_star_size(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """``conv 3*3``, ``conv 3*3*64``: a size whose sides have a star between them"""
    match = re.match(STAR_SIZE, cursor.text_from(cursor.tokens[cursor.index].start, 40))
    if match is None or layer.kind not in WINDOWED:
        return False
    set_size(cursor, layer, match[0].split("*"), cursor.tokens[cursor.index])
    cursor.index += 2 * match[0].count("*") + 1
    return True


def read_filters_at(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """``16@3x3``, ``16@3``, and the volume ``6@28x28``"""
    token = cursor.tokens[cursor.index]
    if not is_symbol(cursor.peek(1), "@"):
        return False
    if layer.kind in WITH_WIDTH or not cursor.names_volumes:
        set_width(cursor, layer, token.text, token.span)
    index = cursor.index + 2
    if index >= stop or cursor.tokens[index].kind not in ("size", "number"):
        cursor.fail("expected a filter size after '@'", token.span)
    size = sides(cursor.tokens[index].text)
    cursor.index = index + 1
    may_be_filters = layer.kind == "CONV" and layer.kernel is None and size[0] in ODD_WINDOWS
    if cursor.names_volumes and len(size) == 2 and may_be_filters:
        cursor.fail(
            f"ambiguous: is {token.text}@{'x'.join(size)} a volume, or are these {token.text} filters of {'x'.join(size)}?",
            Span(token.start, cursor.tokens[index].end),
            help=(
                f"write CONV{size[0]}-{token.text} for filters, and CONV: [{'x'.join(size)}x{token.text}] for a volume",
            ),
        )
    if cursor.names_volumes and len(size) == 2:
        layer.declared = (
            shape_text([*size, token.text]),
            Span(token.start, cursor.tokens[index].end),
        )
        return True
    set_size(cursor, layer, size * 2 if len(size) == 1 else size, token)
    return True


def skip_hash_number(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """``Conv2D #1``: a running number"""
    number = cursor.peek(1)
    if not is_kind(number, "number") or layer.digits is not None:
        return False
    span = Span(cursor.tokens[cursor.index].start, number.end)
    is_whole = number.text.isdecimal()
    if not is_whole or (layer.kind in WITH_WIDTH and int(number.text) >= FEWEST_FILTERS):
        cursor.fail(
            f"ambiguous: does #{number.text} number the layer, or is it a size?",
            span,
            help=(f"leave out a running number; write a size as in {layer.kind}-{number.text}",),
        )
    layer.running = True
    cursor.index += 2
    return True


def read_at_filters(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """``Conv 3x3 @ 16``, ``FC@16``"""
    number = cursor.peek(1)
    has_window = layer.kind == "FC" or layer.kernel is not None
    is_free = has_window and layer.size is None and layer.kind in WITH_WIDTH
    if not is_free or not is_kind(number, "number"):
        return False
    set_width(cursor, layer, number.text, number.span)
    cursor.index += 2
    return True


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
    """``layer``, ``block``, ``layer 1``"""
    word = squeeze(cursor.tokens[cursor.index].text)
    is_key = is_symbol(cursor.peek(1), "=")
    if word not in NOISE or (is_key and word == "ACTIVATION"):
        return False
    cursor.index += 1
    return word not in COUNTED_NOISE or read_ordinal(cursor, layer, stop) or True


def read_ordinal(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """Read the number after ``layer``, which numbers the layer where that is likely: ``FC layer 1``."""
    number, unit = cursor.peek(), cursor.peek(1)
    if cursor.index >= stop or not is_kind(number, "number") or not number.text.isdecimal():
        return False
    has_unit = is_kind(unit, "size") or is_times(unit) or is_symbol(unit, "@%")
    names_unit = is_kind(unit, "word") and squeeze(unit.text) in FILTER_WORDS
    n = int(number.text)
    weighted = sum(cursor.kinds[kind] for kind in WITH_WIDTH)  # this layer is one of them
    is_next = n in (1, cursor.kinds[layer.kind], weighted)
    numbers_layer = is_next if layer.kind == "FC" else n < FEWEST_FILTERS
    if has_unit or names_unit or not numbers_layer or layer.size is not None:
        return False
    layer.running = True
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
        or re.fullmatch(LETTER_OPTION, word)
    )
    is_padding = word == "PAD" and len(tokens) > 1 and layer.kind in WINDOWED
    is_layer = find_layer_name(tokens, 0) is not None and not is_padding
    if not begins_option or is_layer:
        return False
    taken = read_factor(layer, tokens) or read_parameter(cursor, layer, tokens, in_call=False)
    cursor.index += taken
    return taken > 0


def read_width_variable(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """``Dense num_classes``: a variable in the place of the units"""
    token = cursor.tokens[cursor.index]
    is_last = is_end(cursor.peek(1) if cursor.index + 1 < stop else None)
    lacks_width = layer.kind == "FC" and layer.size is None and layer.digits is None
    if not (lacks_width and is_last and re.fullmatch(WIDTH_NAME, token.text)):
        return False
    set_width(cursor, layer, token.text, token.span)
    cursor.index += 1
    return True


def read_factor(layer: DraftLayer, tokens: list[Token]) -> int:
    """``by 2``, ``by a factor of 2`` after a layer that enlarges; return how many tokens it took."""
    index = 0
    while index < len(tokens) and squeeze(tokens[index].text) in (*LINKING_WORDS, "FACTOR"):
        index += 1
    is_number = 0 < index < len(tokens) and tokens[index].kind == "number"
    if layer.kind not in FACTORS or layer.kernel is not None or not is_number:
        return 0
    layer.kernel = tokens[index].text
    return index + 1


def read_after_comma(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """``, stride=2``, ``, 4 filters``, ``, 64``: more of this layer, and not the next one"""
    index = cursor.index + 1
    tokens = phrase_at(cursor, index, stop)
    words = [squeeze(token.text) for token in tokens[:2]]
    if words == ["LINEAR", "ACTIVATION"]:
        cursor.note("ignored: linear activation, which changes nothing")
        cursor.index = index + 2
        return True
    is_padding = words[:1] == ["PAD"] and len(tokens) > 1 and layer.kind in WINDOWED
    is_layer = bool(tokens) and find_layer_name(tokens, 0) is not None and not is_padding
    if not tokens or is_layer:
        return False
    first = tokens[0]
    if layer.kind in FILTERED and layer.size is None and is_channels(cursor, layer, index):
        set_channels(cursor, layer, index, stop)  # conv 3x3, 16 -> 32
        return True
    is_repeated = len(tokens) == 3 and is_times(tokens[1]) and is_repetition(tokens[0], tokens[2])
    if (len(tokens) == 1 or is_repeated) and layer.kind in ("CONV", "TCONV"):
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
        or re.fullmatch(LETTER_OPTION, word)
    )
    if not begins_option or read_parameter(cursor, layer, tokens, in_call=False) != len(tokens):
        return False
    cursor.index = index + len(tokens)
    return True


def is_repetition(filters: Token, count: Token) -> bool:
    """Return whether two numbers are filters and a count, and no map: ``conv 3x3, 64 x 2``."""
    are_integers = filters.text.isdecimal() and count.text.isdecimal()
    return are_integers and int(count.text) < FEWEST_FILTERS <= int(filters.text)


def read_slash_stride(cursor: TokenCursor, layer: DraftLayer, stop: int) -> bool:
    """``/2``, ``, /2``, ``/ 2``"""
    slash = cursor.index + is_symbol(cursor.tokens[cursor.index], ",")
    if slash + 1 >= stop or not is_symbol(cursor.tokens[slash], "/"):
        return False
    number = cursor.tokens[slash + 1]
    is_glued = cursor.tokens[slash].glued and number.glued and number.text.isdecimal()
    is_wide = is_glued and int(number.text) >= FEWEST_FILTERS
    is_free = layer.kernel is not None and layer.size is None
    if is_wide and is_free and layer.kind == "CONV":
        set_width(cursor, layer, number.text, number.span)  # Conv 11x11/96
        cursor.index = slash + 2
        return True
    letter = re.fullmatch(r"[sS](\d+)", number.text)  # 10x4/s2
    if layer.kind not in WINDOWED or not (letter or number.kind == "number"):
        return False
    stride = letter[1] if letter else number.text
    if stride.isdecimal() and int(stride) >= FEWEST_FILTERS:  # 64/128
        return False
    set_option(cursor, layer, "S", stride, number.span)  # 7x7 conv, 64, /2
    cursor.index = slash + 2
    return True


MODIFIERS: Mapping[str, tuple[Reader, ...]] = {
    "-": (
        read_hyphenated_number,
        read_hyphenated_letter,
        read_hyphenated_expression,
        read_after_dash,
    ),
    **dict.fromkeys("–—", (read_after_dash,)),
    "(": (read_parentheses,),
    "[": (read_brackets,),
    "size": (read_size,),
    "number": (read_star_size, read_filters_at, read_spaced_input_shape, read_number),
    "word": (skip_noise, skip_alternative, read_width_variable, read_words),
    ":": (read_after_colon,),
    ",": (read_after_comma, read_slash_stride),
    "/": (read_slash_stride,),
    "@": (read_at_filters,),
    "#": (skip_hash_number,),
}
