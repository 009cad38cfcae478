"""What is in parentheses after a layer's name, in every style that people call layers in.

``(32, 3x3)``, ``(in, out, 3, stride=2)``, ``(6 filters, 5x5, no padding)``, ``(softmax)``,
``(3->8)``, and prose.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from math import prod

from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer
from cnnsize.language.informal.keyword_arguments import name_letters, read_keyword_argument
from cnnsize.language.informal.names import find_activation
from cnnsize.language.informal.options import (
    new_activation,
    set_option,
    set_width,
    set_window,
)
from cnnsize.language.informal.parameters import LETTER_OPTION, letter_key, read_parameter
from cnnsize.language.informal.shapes import read_shape, with_remark
from cnnsize.language.informal.signatures import set_positional
from cnnsize.language.informal.tokens import (
    Token,
    is_kind,
    is_symbol,
    is_times,
    span_of,
    split_arguments,
    without_lines,
)
from cnnsize.language.informal.vocabulary import (
    COUNTED_NOISE,
    FILTER_WORDS,
    MEANINGFUL,
    NOISE,
    PADDING_WORDS,
    WINDOWED,
    WITH_WIDTH,
)
from cnnsize.layers.names import ACTIVATIONS, ALIASES, CANONICAL, ENDS, NORMS, OPTION_WORDS, POOLS
from cnnsize.text.span import Span
from cnnsize.text.suggest import squeeze

PRODUCT = r"\d{1,9}(?:\s*\*\s*\d{1,9}){1,6}"  # Linear(16 * 5 * 5, 120)
# options that change the size of a feature map
SIZE_WORDS = frozenset(
    word for word, key in OPTION_WORDS.items() if key in ("K", "F", "S", "P", "D")
)
COMMON_KINDS = frozenset(CANONICAL[1:9])
PROSE_WORDS = 5  # an argument of so many words is prose
TAKES_LETTERS = ("GN", "CHSHUFFLE", "UP", "POOL", "AVGPOOL", "PAD")


def read_arguments(cursor: TokenCursor, layer: DraftLayer, begin: int, end: int) -> None:
    """Read the arguments between the brackets at ``begin - 1`` and ``end``.

    Raises ArchitectureError for an argument that may change the layer and cannot be read.
    """
    tokens = without_lines(cursor.tokens[begin:end])
    if not tokens:
        return
    opened, closed = cursor.tokens[begin - 1], cursor.tokens[end]
    if layer.kind in ("INPUT", "UNFLATTEN"):
        read_input_shape(cursor, layer, tokens, Span(opened.start, closed.end))
        return
    arguments = split_arguments(tokens)
    keys = [
        argument[0].text
        for argument in arguments
        if len(argument) == 3 and is_symbol(argument[1], "=")
    ]
    if len(keys) == len(arguments) and not cursor.repeat_words.isdisjoint(keys):
        values = cursor.slice(span_of(tokens))
        cursor.note(f"ignored: ({values}); set variables with --set")
        return
    numbers: list[Token] = []
    for argument in name_letters(cursor, layer, arguments):
        if not argument:
            cursor.fail("an argument is empty", opened.span)
        read_argument(cursor, layer, argument, numbers)
    set_positional(cursor, layer, numbers)


def read_input_shape(
    cursor: TokenCursor, layer: DraftLayer, tokens: list[Token], span: Span
) -> None:
    """``Input(28, 28, 1)``, ``Input(shape=(28, 28, 1))``, ``(32x32x3, int8)``, ``(10)``

    Raises ArchitectureError for numbers that are no shape.
    """
    shape = find_input_shape(cursor, tokens)
    is_vector = len(tokens) == 1 and is_kind(tokens[0], "number", "word")
    if shape is None and is_vector:
        depth = tokens[0].text
        if tokens[0].kind == "word":
            if len(depth) > 2:
                return
            depth = f"({depth})"
        shape = f"[1x1x{depth}]"
        cursor.note(f"INPUT({tokens[0].text}) is read as a vector: INPUT{shape}")
    if shape is None:
        if any(token.kind in ("number", "size") for token in tokens):
            cursor.fail(
                "cannot read the size of the input",
                span,
                help=("write INPUT[32x32x3]: width, height, depth",),
            )
        cursor.note(f"ignored: {cursor.slice(span)}")
        return
    if layer.shape is not None and layer.shape != shape:
        cursor.fail("the shape is given twice", span)
    layer.shape = shape


def find_input_shape(cursor: TokenCursor, tokens: list[Token]) -> str | None:
    """Return the shape among the arguments of an input layer; None where there is none."""
    shape = read_shape(cursor, tokens)
    is_keyword = len(tokens) > 4 and is_symbol(tokens[1], "=")
    if is_keyword and tokens[0].text == "shape":
        shape = read_shape(cursor, tokens[3:-1])
    if tokens[0].kind == "size":  # (32x32x3, int8), (32×32 grayscale)
        shape = with_remark(read_shape(cursor, tokens[:1]), tokens[1:2])
    if shape is None and len(tokens) >= 5:  # (28, 28, 1, float32)
        shape = read_shape(cursor, tokens[:5])
    return shape


ArgumentReader = Callable[[TokenCursor, DraftLayer, list[Token], list[Token]], bool]


def read_argument(
    cursor: TokenCursor, layer: DraftLayer, argument: list[Token], numbers: list[Token]
) -> None:
    """Read one argument by the first of the readers that knows its form.

    Bare numbers go to ``numbers``; their number decides what they are.
    """
    for reader in ARGUMENT_READERS:
        if reader(cursor, layer, argument, numbers):
            return
    is_label = len(argument) == 2 and squeeze(argument[0].text) in COUNTED_NOISE
    if is_label and argument[1].kind == "number":  # (Block 1)
        cursor.note(f"ignored: ({cursor.slice(span_of(argument))})")
        return
    if is_times(argument[0]):
        refuse(cursor, layer, span_of(argument), help=("write a count as *3 after a bracket",))
    refuse_meaningful(cursor, layer, argument)
    cursor.note(f"ignored: ({cursor.slice(span_of(argument))})")


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


def read_single_size(
    cursor: TokenCursor, layer: DraftLayer, argument: list[Token], numbers: list[Token]
) -> bool:
    """``3x3``"""
    if len(argument) != 1 or argument[0].kind != "size":
        return False
    set_window(cursor, layer, argument[0].text, argument[0].span)
    return True


def read_channels(
    cursor: TokenCursor, layer: DraftLayer, argument: list[Token], numbers: list[Token]
) -> bool:
    """``3->8``"""
    if len(argument) < 3 or argument[-2].kind != "arrow" or layer.kind not in WITH_WIDTH:
        return False
    given, width = argument[:-2], argument[-1]
    text = cursor.slice(span_of(given))
    if len(given) > 1 and re.fullmatch(PRODUCT, text):  # FC(16*4*4 -> 120)
        text = str(prod(map(int, re.findall(r"\d+", text))))
    elif len(given) > 1 or given[0].kind not in ("number", "word"):
        return False
    if width.kind not in ("number", "word"):
        return False
    layer.options.append(("in", text))
    set_width(cursor, layer, width.text, span_of(argument))
    return True


def read_product(
    cursor: TokenCursor, layer: DraftLayer, argument: list[Token], numbers: list[Token]
) -> bool:
    """``16 * 5 * 5``"""
    span = span_of(argument)
    text = cursor.slice(span)
    if len(argument) <= 2 or not re.fullmatch(PRODUCT, text):
        return False
    if layer.kind in WINDOWED and len(argument) == 3:  # Conv(3*3, 16)
        set_window(cursor, layer, f"{argument[0].text}x{argument[2].text}", span)
        return True
    if layer.kind in WINDOWED:
        return False
    value = prod(map(int, re.findall(r"\d+", text)))
    numbers.append(Token("number", str(value), span.start, span.end, False))
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


def read_pair(
    cursor: TokenCursor, layer: DraftLayer, argument: list[Token], numbers: list[Token]
) -> bool:
    """``(3, 5)``"""
    if len(argument) != 5 or not is_symbol(argument[0], "("):
        return False
    if not argument[1].kind == argument[3].kind == "number":
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
    is_average = word in ("AVERAGE", "AVG", "MEAN") and layer.kind in POOLS
    if word in PADDING_WORDS and word != "UNPADDED":
        layer.options.append(("P", PADDING_WORDS[word]))
    elif letter:
        set_option(cursor, layer, letter_key(letter[1]), letter[2], token.span)
    elif ALIASES.get(word) in (*ACTIVATIONS, *NORMS) and layer.kind not in NORMS:
        layer.after.append(new_activation(cursor, word, token.span))
    elif is_average:
        layer.kind = "AVGPOOL"
    elif word in ("MAX", "LINEAR"):
        pass  # what the layer is already
    elif word == "GLOBAL" and layer.kind == "AVGPOOL":
        layer.kind = "GAP"
    elif word in MEANINGFUL:
        refuse(cursor, layer, token.span)
    elif ALIASES.get(word) == layer.kind:
        pass  # its name in another language: 卷积层(Conv)
    elif not is_remark(layer, word) and takes_letter(layer, token.text):
        numbers.append(token)
    else:
        cursor.note(f"ignored: ({token.text})")
    return True


def is_remark(layer: DraftLayer, word: str) -> bool:
    """Return whether a word describes the layer and is no variable: (output), (image)."""
    kind = ALIASES.get(word)
    if word in ("L1", "L2"):  # a regularizer
        return True
    names_input = kind == "INPUT" and layer.kind not in ("CONV", "FC")
    return kind in ENDS or word in NOISE or names_input


def takes_letter(layer: DraftLayer, text: str) -> bool:
    """Return whether a word in parentheses is a variable in the place of a number."""
    if layer.kind in WITH_WIDTH:
        return not re.search(r"[A-Z][a-z]{2,}", text)
    return layer.kind in TAKES_LETTERS or (layer.kind.startswith("DROP") and len(squeeze(text)) < 3)


def read_activation(
    cursor: TokenCursor, layer: DraftLayer, argument: list[Token], numbers: list[Token]
) -> bool:
    """``leaky relu``"""
    activation = find_activation(argument)
    if activation is None:
        return False
    layer.after.append(new_activation(cursor, activation.kind, span_of(argument)))
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
    taken = read_parameter(cursor, layer, argument, in_call=True)
    if taken in (0, len(argument)):
        return taken > 0
    rest = argument[taken:]
    return has_numbers(rest) and read_parameter(cursor, layer, rest, in_call=True) == len(rest)


ARGUMENT_READERS: tuple[ArgumentReader, ...] = (
    read_keyword,
    read_channels,
    read_number,
    read_product,
    read_percentage,
    read_single_size,
    read_filters_at,
    read_pair,
    read_word,
    read_activation,
    read_alternative_activations,
    read_parameters,
)


def has_numbers(tokens: list[Token]) -> bool:
    """Return whether a number or a size is among these tokens."""
    return any(token.kind in ("number", "size") for token in tokens)


def refuse_meaningful(cursor: TokenCursor, layer: DraftLayer, argument: list[Token]) -> None:
    """Raise ArchitectureError for an argument that may change the layer in a way that is not
    known. Prose and remarks pass.
    """
    span = span_of(argument)
    words = {squeeze(token.text) for token in argument if token.kind == "word"}
    is_prose = sum(token.kind == "word" for token in argument) >= PROSE_WORDS
    has_value = has_numbers(argument) or any(is_symbol(token, "=") for token in argument)
    names_sizes = any(word in FILTER_WORDS or word.lower() in SIZE_WORDS for word in words)
    has_sizes = layer.kind in (*WINDOWED, "FC") or names_sizes
    if has_value and has_sizes and not is_prose:
        kind = layer.kind if layer.kind in WINDOWED else "CONV"
        options = f"write options as in {kind}3(S=2, P=1)"
        help = "write the units as in FC-10" if layer.kind == "FC" else options
        refuse(cursor, layer, span, help=(help,))
    if words & COMMON_KINDS and len(argument) < 4:
        refuse(cursor, layer, span)
    if words & MEANINGFUL and not is_prose:
        numbers = "write sizes as numbers, (S=2, P=1), and repetitions as *2"
        refuse(cursor, layer, span, help=(numbers,))


def refuse(
    cursor: TokenCursor, layer: DraftLayer, span: Span, *, help: tuple[str, ...] = ()
) -> None:
    """Raise ArchitectureError for an argument whose meaning is not known."""
    text = cursor.slice(span)
    cursor.fail(f"cannot tell what {text!r} means for {layer.kind}", span, code="CNN003", help=help)
