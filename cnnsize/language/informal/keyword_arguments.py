"""Keyword arguments: ``stride=2``, ``kernel_size=(3, 5)``, ``activation='relu'``, ``name='conv1'``."""

from __future__ import annotations

import re

from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer
from cnnsize.language.informal.names import find_activation, without_module
from cnnsize.language.informal.numbering import FILTERED
from cnnsize.language.informal.options import new_activation, set_option
from cnnsize.language.informal.parameters import is_filter_count
from cnnsize.language.informal.tokens import Token, is_symbol, sides, span_of
from cnnsize.language.informal.vocabulary import (
    ACTIVATION_KEYS,
    EXPRESSION,
    HARMLESS,
    INPUT_CHANNEL_KEYS,
    INPUT_SHAPE_KEYS,
    WITH_WIDTH,
)
from cnnsize.layers.names import FACTORS, OPTION_WORDS, POOLS
from cnnsize.text.span import Span

FORMULA = r"(?:\w+|\(\w+\))\s*(?:(?:\+|-|\*|//)\s*(?:\w+|\(\w+\))\s*)+"
SINGLE = r"[-+]?[\w.]+|[-+]?[\d.]+e[-+]?\d+|[\w.]*[(\[{].*[)\]}]"
QUOTES = "\"'`“‘’"
# names of the number of filters, beside K
WIDTH_KEYS = frozenset(word for word, key in OPTION_WORDS.items() if key == "K" and word != "k")
WINDOW_KEYS = frozenset(word for word, key in OPTION_WORDS.items() if key == "F") - {"filter"}
SMALL_WINDOWS = ("3", "5", "7", "9", "11")
LETTERS = ("K", "F", "S", "P", "D", "G", "M")  # keys of this language, whose pairs are W x H


def read_keyword_argument(cursor: TokenCursor, layer: DraftLayer, argument: list[Token]) -> None:
    """Set the option of ``key = value``, or note that it changes no size.

    Raises ArchitectureError for a value that cannot be read.
    """
    key, value, span = argument[0], argument[2:], span_of(argument)
    if not value:
        cursor.fail(f"{key.text} has no value", span)
    lower = key.text.lower()
    text = cursor.slice(span_of(value))
    if lower in ACTIVATION_KEYS:
        if lower != "activation" or text.lower() not in ("none", "linear"):
            activation = find_activation(without_module(value))
            if activation is None:
                cursor.fail(f"{text} is not an activation", span_of(value), code="CNN003")
            layer.after.append(new_activation(cursor, activation.key, span))
    elif lower in (*HARMLESS, "name") and not is_single(cursor, value):
        cursor.fail(f"cannot tell what {cursor.slice(span)} means", span, code="CNN003")
    elif lower == "name":
        cursor.note(f"ignored: {key.text}={text}")
    elif lower in INPUT_CHANNEL_KEYS:
        layer.options.append(("in", text))
    elif lower in HARMLESS:
        cursor.note(f"ignored: {key.text}={text}; it does not change any size")
    elif lower in INPUT_SHAPE_KEYS:
        cursor.fail(
            f"{key.text} must be written as an INPUT layer",
            span,
            code="CNN003",
            help=("write INPUT[32x32x3] -> before the layer",),
        )
    else:
        set_keyword_option(cursor, layer, key.text, value, span)


def is_single(cursor: TokenCursor, value: list[Token]) -> bool:
    """Return whether a value is one word, number, call, list or quoted text."""
    is_quoted = cursor.text[value[0].start - 1] in QUOTES
    return is_quoted or re.fullmatch(SINGLE, cursor.slice(span_of(value)), re.DOTALL) is not None


def name_letters(
    cursor: TokenCursor, layer: DraftLayer, arguments: list[list[Token]]
) -> list[list[Token]]:
    """Return the arguments with a lower-case ``k`` named in full: it is the kernel beside ``s=``,
    ``p=`` or the channels, where an upper-case K is the number of filters.

    Raises ArchitectureError where it may be one or the other.
    """
    keys = [argument[0].text if is_keyword(argument) else "" for argument in arguments]
    if "f" in keys and layer.kernel is not None and layer.size is None and "k" not in keys:
        arguments = [list(argument) for argument in arguments]  # Conv 3x3 (f=64)
        first = arguments[keys.index("f")]
        if layer.kind in WITH_WIDTH:
            first[0] = first[0]._replace(text="filters")
    if "filter" in keys and layer.kind in FILTERED and layer.size is None:
        arguments = [list(argument) for argument in arguments]
        name_filters(arguments[keys.index("filter")], layer, keys)
    refuse_small_width(cursor, layer, arguments, keys)
    if "k" not in keys:
        return arguments
    index = keys.index("k")
    value = arguments[index][2].text if len(arguments[index]) == 3 else ""
    other = arguments[keys.index("f")][-1].text if "f" in keys else ""
    names: dict[str, str] = {}
    if layer.kind not in WITH_WIDTH:
        names = {"k": "kernel"}
    elif other.isdecimal() and value.isdecimal():  # f=32, k=3
        if int(other) > int(value):
            names = {"k": "kernel", "f": "filters"}
        elif int(other) < int(value):
            names = {"k": "filters", "f": "kernel"}
    elif "f" not in keys:
        has_width = layer.size is not None or "" in keys or not WIDTH_KEYS.isdisjoint(keys)
        if has_width or not {"s", "p", "d", "g"}.isdisjoint(keys):
            names = {"k": "kernel"}
    if not names:
        cursor.fail(
            "ambiguous: is k= the filter size or the number of filters?",
            span_of(arguments[index]),
            code="CNN003",
            help=(f"write F={value} for the filter size, or K={value} for the number of filters",),
        )
    return [
        [argument[0]._replace(text=names[key]), *argument[1:]] if key in names else argument
        for key, argument in zip(keys, arguments, strict=True)
    ]


def name_filters(argument: list[Token], layer: DraftLayer, keys: list[str]) -> None:
    """Rename the key of ``filter=8``, which is the number of filters where the window is given
    beside it.
    """
    has_window = layer.kernel is not None or not WINDOW_KEYS.isdisjoint(keys)
    if has_window and len(argument) == 3 and argument[2].text.isdecimal():
        argument[0] = argument[0]._replace(text="filters")


def refuse_small_width(
    cursor: TokenCursor, layer: DraftLayer, arguments: list[list[Token]], keys: list[str]
) -> None:
    """Raise ArchitectureError for ``Conv(K=3, S=1)`` in informal text, whose K may be the kernel."""
    if "K" not in keys or "S" not in keys or not {"F", ""}.isdisjoint(keys):
        return
    value = arguments[keys.index("K")][-1].text
    is_informal = layer.written != layer.kind and layer.kernel is None and layer.size is None
    if is_informal and layer.kind in FILTERED and value in SMALL_WINDOWS:
        cursor.fail(
            "ambiguous: is K= the filter size or the number of filters?",
            span_of(arguments[keys.index("K")]),
            code="CNN003",
            help=(f"write F={value} for the filter size, or {layer.kind}-{value} for filters",),
        )


def is_keyword(argument: list[Token]) -> bool:
    """Return whether an argument is ``key = value``."""
    has_key = len(argument) > 2 and argument[0].kind == "word"
    return has_key and is_symbol(argument[1], "=")


def set_keyword_option(
    cursor: TokenCursor, layer: DraftLayer, key: str, value: list[Token], span: Span
) -> None:
    """Set an option under its canonical key; unknown keys stay, for sizing to refuse."""
    layer.lettered = layer.lettered or key in ("S", "P", "D")
    option = OPTION_WORDS.get(key.lower())
    if key.lower() == "size" and layer.kind in POOLS:
        option = "F"
    if key.lower() == "filter" and is_filter_count(layer, value):
        option = "K"
    canonical = key in LETTERS or option == key.lower()
    if option is not None and not canonical:
        key = option
        if option == "P" and layer.kind.startswith("DROP"):
            key = "rate"
        elif option == "F" and layer.kind in FACTORS:
            key = "factor"
    set_option(cursor, layer, key, option_text(cursor, value, span, canonical=canonical), span)


def option_text(cursor: TokenCursor, value: list[Token], span: Span, *, canonical: bool) -> str:
    """Return the strict text of a value.

    A pair is W x H under a canonical key, and H x W under the key of a framework.
    """
    text = cursor.slice(span_of(value))
    in_brackets = len(value) == 5 and is_symbol(value[0], "([")
    if in_brackets and value[1].kind == value[3].kind == "number":
        first, second = value[1].text, value[3].text
        return first if first == second else f"{second}x{first}"
    if len(value) == 1 and value[0].kind == "size":
        size = sides(text)
        if len(size) == 2:
            if size[0] == size[1]:
                return size[0]
            return "x".join(size if canonical else reversed(size))
        return "x".join(size)
    pair = re.fullmatch(rf"({EXPRESSION})x([0-9]+|{EXPRESSION})", text)  # (f)x1
    if pair:
        return f"{pair[1]}x{pair[2]}" if canonical else f"{pair[2]}x{pair[1]}"
    if text[:1] in "([{" and not re.fullmatch(EXPRESSION, text):
        cursor.fail(f"cannot tell what {text} means", span, code="CNN003")
    if re.fullmatch(FORMULA, text):  # P=f//2
        return f"({text})"
    return text
