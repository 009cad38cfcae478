"""What is in parentheses after a layer's name, in every style that people call layers in.

``(32, 3x3)``, ``(in, out, 3, stride=2)``, ``(6 filters, 5x5, no padding)``, ``(softmax)``,
``(3->8)``, and prose.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from cnnsize.language.informal.counts import NUMBER_WORDS
from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer
from cnnsize.language.informal.inputs import read_input_shape, read_vector
from cnnsize.language.informal.keyword_arguments import name_letters, read_keyword_argument
from cnnsize.language.informal.names import find_activation
from cnnsize.language.informal.options import (
    KEEP_ONE,
    has_filter,
    new_activation,
    set_option,
    set_width,
    set_window,
)
from cnnsize.language.informal.parameters import LETTER_OPTION, letter_key, read_parameter
from cnnsize.language.informal.products import read_channels, read_flat_values, read_product
from cnnsize.language.informal.remarks import (
    help_with_variable,
    is_introduction,
    is_remark,
    is_tensor,
    is_variable,
    names_layer,
    refuse,
    refuse_meaningful,
    takes_letter,
)
from cnnsize.language.informal.signatures import set_positional
from cnnsize.language.informal.tokens import (
    Token,
    is_kind,
    is_symbol,
    is_times,
    sides,
    span_of,
    split_arguments,
    without_lines,
)
from cnnsize.language.informal.vocabulary import (
    ANY_ACTIVATION,
    COUNTED_NOISE,
    DROPOUTS,
    MEANINGFUL,
    PADDING_WORDS,
    WINDOWED,
    WITH_WIDTH,
)
from cnnsize.layers.names import ACTIVATIONS, ALIASES, ENDS, FACTORS, NORMS, POOLS
from cnnsize.text.span import Span
from cnnsize.text.suggest import squeeze

CHANNEL_ORDERS = ("CHANNELSFIRST", "CHANNELSLAST")  # of the values in memory
LONE_OPTIONS = ("S", "P", "F", "D", "G")  # no variables where the filter is written: CONV3-64(S)


def read_arguments(cursor: TokenCursor, layer: DraftLayer, begin: int, end: int) -> None:
    """Read the arguments between the brackets at ``begin - 1`` and ``end``.

    Raises ArchitectureError for an argument that may change the layer and cannot be read.
    """
    tokens = without_lines(cursor.tokens[begin:end])
    opened, closed = cursor.tokens[begin - 1], cursor.tokens[end]
    # late: most texts have no calls
    from cnnsize.language.informal.framework_calls import read_framework_call
    from cnnsize.language.informal.other_frameworks import refuse_other_framework

    arguments = split_arguments(tokens)
    if len(tokens) == 1 and squeeze(tokens[0].text) in CHANNEL_ORDERS:
        cursor.note(f"ignored: ({tokens[0].text})")
        return
    is_lone = layer.kind == "FC" and len(arguments) == 1  # Dense (softmax)
    takes_activation = layer.kind in WINDOWED or is_lone
    is_ours = takes_activation and any(map(find_activation, arguments))  # Conv2D(32, 3, relu)
    # Softmax (output)
    names_end = len(tokens) == 1 and ALIASES.get(squeeze(tokens[0].text)) in ENDS
    is_second = layer.framework is not None
    if is_second and len(tokens) == 1 and is_tensor(tokens[0]):  # ReLU()(x)
        cursor.note(f"ignored: ({tokens[0].text})")
        return
    is_text = is_ours or names_end or is_second
    if not is_text and read_framework_call(cursor, layer, opened, closed):
        return
    if not tokens:
        return
    refuse_other_framework(cursor, layer, opened, closed)
    if layer.kind in ("FLATTEN", "UNFLATTEN") and read_vector(layer, tokens):
        return
    if layer.kind in ("INPUT", "UNFLATTEN"):
        read_input_shape(cursor, layer, tokens, Span(opened.start, closed.end))
        return
    keys = [part[0].text for part in arguments if len(part) == 3 and is_symbol(part[1], "=")]
    twice = next((key for index, key in enumerate(keys) if key in keys[:index]), None)
    if twice is not None:
        cursor.fail(f"{twice} is given twice", span_of(tokens), help=KEEP_ONE)
    if len(keys) == len(arguments) and not cursor.repeat_words.isdisjoint(keys):
        values = cursor.slice(span_of(tokens))
        cursor.note(f"ignored: ({values}); set variables with --set")
        return
    numbers: list[Token] = []
    remark: tuple[list[Token], int] | None = None  # the last one, and how many numbers precede it
    for argument in name_letters(cursor, layer, arguments):
        if not argument:
            cursor.fail("an argument is empty", opened.span)
        is_remark, count = read_argument(cursor, layer, argument, numbers), len(numbers)
        if is_remark and numbers:
            remark = argument, count
        elif remark is not None and count > remark[1]:  # Conv2d(3, some text, 3)
            refuse(cursor, layer, span_of(remark[0]))
    set_positional(cursor, layer, numbers)


ArgumentReader = Callable[[TokenCursor, DraftLayer, list[Token], list[Token]], bool]


def read_argument(
    cursor: TokenCursor, layer: DraftLayer, argument: list[Token], numbers: list[Token]
) -> bool:
    """Read one argument by the first of the readers that knows its form; return whether it was
    ignored as a remark.

    Bare numbers go to ``numbers``; their number decides what they are.
    """
    number = NUMBER_WORDS.get(argument[0].text.upper())
    if number is not None and is_kind(argument[1] if len(argument) > 1 else None, "size"):
        argument = [
            argument[0]._replace(kind="number", text=number),
            *argument[1:],
        ]  # one 3x3 filter
    for reader in ARGUMENT_READERS:
        if reader(cursor, layer, argument, numbers):
            return False
    is_label = len(argument) == 2 and squeeze(argument[0].text) in COUNTED_NOISE
    if is_label and argument[1].kind == "number":  # (Block 1)
        cursor.note(f"ignored: ({cursor.slice(span_of(argument))})")
        return True
    if is_times(argument[0]):
        refuse(cursor, layer, span_of(argument), help=("write a count as *3 after a bracket",))
    refuse_meaningful(cursor, layer, argument)
    cursor.note(f"ignored: ({cursor.slice(span_of(argument))})")
    return True


def read_keyword(
    cursor: TokenCursor, layer: DraftLayer, argument: list[Token], numbers: list[Token]
) -> bool:
    """``stride=2``"""
    has_key = len(argument) >= 2 and is_kind(argument[0], "word")
    if not has_key or not is_symbol(argument[1], "="):
        return False
    read_keyword_argument(cursor, layer, argument)
    return True


def read_number(
    cursor: TokenCursor, layer: DraftLayer, argument: list[Token], numbers: list[Token]
) -> bool:
    """``64``"""
    if len(argument) != 1 or argument[0].kind != "number":
        return False
    numbers.append(argument[0])
    return True


def has_window(layer: DraftLayer) -> bool:
    """Return whether a layer has a window, a factor or a padding, which may be given as two sizes."""
    return layer.kind in (*WINDOWED, *FACTORS, "PAD")


def read_single_size(
    cursor: TokenCursor, layer: DraftLayer, argument: list[Token], numbers: list[Token]
) -> bool:
    """``3x3``"""
    is_size = len(argument) == 1 and argument[0].kind == "size"
    if is_size and layer.kind == "OUTPUT" and len(sides(argument[0].text)) == 3:
        layer.declared = f"[{'x'.join(sides(argument[0].text))}]", span_of(argument)
        return True  # Output (28x28x1)
    if not is_size or not has_window(layer):
        return False
    set_window(cursor, layer, argument[0].text, argument[0].span)
    return True


def read_any_activation(
    cursor: TokenCursor, layer: DraftLayer, argument: list[Token], numbers: list[Token]
) -> bool:
    """``Conv (activation)``, ``Conv (with activation)``: a RELU after the layer"""
    words = [squeeze(token.text) for token in argument]
    if words[:1] == ["WITH"]:
        words = words[1:]
    takes_activation = layer.kind in (*WINDOWED, *WITH_WIDTH, *NORMS)
    if words in (["DW"], ["DEPTHWISE"]) and layer.kind == "CONV":  # Conv (DW)
        layer.kind = "DWCONV"
        return True
    if len(words) != 1 or words[0] not in ANY_ACTIVATION or not takes_activation:
        return False
    written = cursor.slice(span_of(argument))
    cursor.note(f"{written}: read as RELU, because it does not say which; the sizes are the same")
    layer.after.append(new_activation(cursor, "RELU", span_of(argument)))
    return True


def read_percentage(
    cursor: TokenCursor, layer: DraftLayer, argument: list[Token], numbers: list[Token]
) -> bool:
    """``50%``, of DROPOUT"""
    if len(argument) != 2 or not layer.kind.startswith("DROP"):
        return False
    if not is_kind(argument[0], "number") or not is_symbol(argument[1], "%"):
        return False
    layer.options.append(("", f"{float(argument[0].text) / 100:.12g}"))
    return True


def read_filters_at(
    cursor: TokenCursor, layer: DraftLayer, argument: list[Token], numbers: list[Token]
) -> bool:
    """``16@3x3``"""
    if len(argument) != 3 or not is_symbol(argument[1], "@"):
        return False
    if argument[2].kind not in ("size", "number"):
        return False
    set_width(cursor, layer, argument[0].text, span_of(argument))
    set_window(cursor, layer, argument[2].text, span_of(argument))
    return True


def read_stride(
    cursor: TokenCursor, layer: DraftLayer, argument: list[Token], numbers: list[Token]
) -> bool:
    """``/2``"""
    is_stride = len(argument) == 2 and is_symbol(argument[0], "/") and layer.kind in WINDOWED
    if not is_stride or argument[1].kind != "number":
        return False
    set_option(cursor, layer, "S", argument[1].text, span_of(argument))
    return True


def read_pair(
    cursor: TokenCursor, layer: DraftLayer, argument: list[Token], numbers: list[Token]
) -> bool:
    """``(3, 5)``"""
    if len(argument) != 5 or not is_symbol(argument[0], "("):
        return False
    is_pair = argument[1].kind == argument[3].kind == "number"
    if not is_pair or not has_window(layer) or layer.kind == "PAD":
        return False
    window = f"{argument[1].text}x{argument[3].text}"
    set_window(cursor, layer, window, span_of(argument))
    return True


def read_word(
    cursor: TokenCursor, layer: DraftLayer, argument: list[Token], numbers: list[Token]
) -> bool:
    """``softmax``, ``same``, ``s2``, ``output``, ``n``"""
    token = argument[0]
    if len(argument) != 1 or token.kind != "word":
        return False
    word = squeeze(token.text)
    letter = re.fullmatch(LETTER_OPTION, word)
    if token.text == "in" and layer.kind in WITH_WIDTH:  # and no instance normalization
        refuse(cursor, layer, token.span, help=("write the number of input channels as in=3",))
    if token.text in LONE_OPTIONS and has_filter(layer):
        help = (f"write it as in {token.text}=1",)
        cursor.fail(f"{token.text} has no value", token.span, help=help)
    is_mode = word in ("NEAREST", "BILINEAR", "BICUBIC") and layer.kind == "UP"
    is_average = word in ("AVERAGE", "AVG", "MEAN") and layer.kind in POOLS
    if word in PADDING_WORDS and word != "UNPADDED":
        layer.options.append(("P", PADDING_WORDS[word]))
    elif letter:
        set_option(cursor, layer, letter_key(letter[1]), letter[2], token.span)
    elif ALIASES.get(word) in (*ACTIVATIONS, *NORMS) and layer.kind not in NORMS:
        layer.after.append(new_activation(cursor, word, token.span))
    elif re.fullmatch("X[0-9]+", word):
        if layer.kind not in FACTORS or layer.kernel is not None:
            refuse(cursor, layer, token.span, help=("write a count as *3 after a bracket",))
        layer.kernel = word[1:]
    elif is_mode:
        layer.options.append(("mode", word.lower()))
    elif is_average:
        layer.kind = "AVGPOOL"
    elif word == "LINEAR" or (word == "MAX" and layer.kind in ("POOL", "GMP")):
        pass  # what the layer is already
    elif word == "GLOBAL" and layer.kind == "AVGPOOL":
        layer.kind = "GAP"
    elif word in MEANINGFUL and layer.kind not in DROPOUTS:  # which no word can resize
        refuse(cursor, layer, token.span)
    elif ALIASES.get(word) == layer.kind:
        pass  # its name in another language: 卷积层(Conv)
    elif not is_remark(layer, word) and takes_letter(layer, token.text):
        if not is_variable(cursor, token.text):
            refuse(cursor, layer, token.span, help=(help_with_variable(layer, token.text),))
        numbers.append(token)
    elif names_layer(word):
        refuse(cursor, layer, token.span)
    else:
        cursor.note(f"ignored: ({token.text})")
    return True


def read_activation(
    cursor: TokenCursor, layer: DraftLayer, argument: list[Token], numbers: list[Token]
) -> bool:
    """``leaky relu``, ``with softmax``, ``activation: relu``"""
    begin = 0
    while begin < len(argument) and is_introduction(argument[begin]):
        begin += 1
    activation = find_activation(argument[begin:])
    if activation is None:
        return False
    layer.after.append(new_activation(cursor, activation.kind, span_of(argument)))
    return True


def read_dropout(
    cursor: TokenCursor, layer: DraftLayer, argument: list[Token], numbers: list[Token]
) -> bool:
    """``dropout 0.5``, ``dropout=0.5``, ``dropout: 50%``: a layer after this one"""
    words = [token for token in argument if not is_introduction(token) and token.text != "="]
    is_rate = 1 < len(words) < 4 and words[0].text.lower() == "dropout"
    if not is_rate or layer.kind not in (*WINDOWED, "FC") or not is_kind(words[1], "number"):
        return False
    rate, sign = words[1].text, words[2:]
    if sign and not is_symbol(sign[0], "%"):
        return False
    if sign:
        rate = f"{float(rate) / 100:.12g}"
    span = span_of(argument)
    cursor.respell(span, f"-> DROPOUT({rate})")
    layer.after.append(DraftLayer("DROPOUT", cursor.slice(span), span, options=[("", rate)]))
    return True


def read_alternative_activations(
    cursor: TokenCursor, layer: DraftLayer, argument: list[Token], numbers: list[Token]
) -> bool:
    """``sigmoid/softmax``"""
    if len(argument) != 3 or not is_symbol(argument[1], "/"):
        return False
    if find_activation(argument[:1]) is None or find_activation(argument[2:]) is None:
        return False
    first = squeeze(argument[0].text)
    cursor.note(f"{cursor.slice(span_of(argument))}: read as {first}; the sizes are the same")
    layer.after.append(new_activation(cursor, first, argument[0].span))
    return True


def read_parameters(
    cursor: TokenCursor, layer: DraftLayer, argument: list[Token], numbers: list[Token]
) -> bool:
    """``6 filters``, ``stride 2 padding 1``"""
    if argument[0].kind not in ("number", "size", "word"):
        return False
    rest = argument
    while rest and rest[0].kind in ("number", "size", "word"):
        taken = read_parameter(cursor, layer, rest, in_call=True)
        if not taken:
            break
        rest = rest[taken:]
    if rest and len(rest) < len(argument):
        refuse(cursor, layer, span_of(rest))
    return not rest


ARGUMENT_READERS: tuple[ArgumentReader, ...] = (
    read_dropout,
    read_keyword,
    read_any_activation,
    read_channels,
    read_number,
    read_flat_values,
    read_product,
    read_percentage,
    read_single_size,
    read_filters_at,
    read_stride,
    read_pair,
    read_word,
    read_activation,
    read_alternative_activations,
    read_parameters,
)
