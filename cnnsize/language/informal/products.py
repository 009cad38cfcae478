"""Arguments that are computed from sizes: ``FC(16*5*5 -> 120)``, ``Flatten(32×8×8=2048)``."""

from __future__ import annotations

import re
from math import prod

from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer
from cnnsize.language.informal.options import set_width, set_window
from cnnsize.language.informal.tokens import Token, sides, span_of
from cnnsize.language.informal.vocabulary import WINDOWED, WITH_WIDTH

STAR_PRODUCT = r"\d{1,9}(?:\s*[*·]\s*\d{1,9}){1,6}"  # Linear(16 * 5 * 5, 120)
PRODUCT = r"\d{1,9}(?:\s*[*×x·]\s*\d{1,9}){1,6}"


def read_channels(
    cursor: TokenCursor, layer: DraftLayer, argument: list[Token], numbers: list[Token]
) -> bool:
    """``3->8``, ``->8``"""
    is_width = len(argument) == 2 and argument[0].kind == "arrow"
    if is_width and argument[1].kind in ("number", "word") and layer.kind in WITH_WIDTH:
        set_width(cursor, layer, argument[1].text, argument[1].span)
        return True
    takes_channels = layer.kind in (*WITH_WIDTH, "OUTPUT")
    if len(argument) < 3 or argument[-2].kind != "arrow" or not takes_channels:
        return False
    given, width = argument[:-2], argument[-1]
    if layer.kind != "FC" and len(given) == 1 and given[0].kind == "size":
        *window, depth = sides(given[0].text)
        if len(window) != 2:
            return False
        set_window(cursor, layer, "x".join(window), given[0].span)  # Conv(5×5×1 -> 32)
        layer.options.append(("in", depth))
        set_width(cursor, layer, width.text, width.span)
        return True
    text = cursor.slice(span_of(given))
    product, equals, value = map(str.strip, text.partition("="))
    is_product = given[0].text != text or given[0].kind == "size"
    pattern = PRODUCT if layer.kind == "FC" else STAR_PRODUCT
    is_product = is_product and re.fullmatch(pattern, product) is not None
    if is_product and equals and value == str(prod(map(int, re.findall(r"\d+", product)))):
        text = product  # FC(16*4*4=256 -> 120)
    if is_product and text == product:  # FC(16*4*4 -> 120)
        text = str(prod(map(int, re.findall(r"\d+", text))))
    elif len(given) > 1 or given[0].kind not in ("number", "word"):
        return False
    if width.kind not in ("number", "word"):
        return False
    layer.kind = "FC" if layer.kind == "OUTPUT" else layer.kind  # Output (128 -> 10)
    layer.options.append(("in", text))
    set_width(cursor, layer, width.text, span_of(argument))
    return True


def read_flat_values(
    cursor: TokenCursor, layer: DraftLayer, argument: list[Token], numbers: list[Token]
) -> bool:
    """``Flatten(32×8×8=2048)``, ``Flatten(32*8*8)``: how many values come out"""
    text = cursor.slice(span_of(argument))
    product, equals, value = map(str.strip, text.partition("="))
    if layer.kind != "FLATTEN" or layer.declared or not re.fullmatch(PRODUCT, product):
        return False
    values = str(prod(map(int, re.findall(r"\d+", product))))
    if equals and value != values:
        return False
    layer.declared = f"[1x1x{values}]", span_of(argument)
    return True


def read_product(
    cursor: TokenCursor, layer: DraftLayer, argument: list[Token], numbers: list[Token]
) -> bool:
    """``16 * 5 * 5``"""
    span = span_of(argument)
    text = cursor.slice(span)
    if len(argument) <= 2 or not re.fullmatch(STAR_PRODUCT, text):
        return False
    if layer.kind in WINDOWED and len(argument) == 3:  # Conv(3*3, 16)
        set_window(cursor, layer, f"{argument[0].text}x{argument[2].text}", span)
        return True
    if layer.kind in WINDOWED:
        return False
    value = prod(map(int, re.findall(r"\d+", text)))
    numbers.append(Token("number", str(value), span.start, span.end, False))
    return True
