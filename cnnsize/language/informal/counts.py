"""Counts in all their spellings: ``*2``, ``x3``, ``(×N)``, ``^3``, ``3x [...]``, ``?``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeGuard

from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftGroup, DraftJoin, DraftLayer, Element
from cnnsize.language.informal.names import LayerName, find_layer_name
from cnnsize.language.informal.numbering import FEWEST_FILTERS, FILTERED
from cnnsize.language.informal.shapes import read_declared_shape
from cnnsize.language.informal.tokens import Token, is_kind, is_symbol, is_times
from cnnsize.layers.names import ACTIVATIONS, FACTORS, POOLS
from cnnsize.text.span import Span

Count = tuple[str, Span]  # strict text, and its place
COUNT_IN_PARENTHESES = r"\(\s*[x×*]\s*(\w+)\s*\)"
GLUED_COUNT = r"[xX]([0-9]+|[A-Z]\w*|[nmk])"
NUMBER_WORDS = {
    word: str(number)
    for number, word in enumerate(
        ["ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE", "TEN"], 1
    )
}
GLUED_NUMBER = r"[xX][0-9]+"


def read_prefix_count(cursor: TokenCursor) -> Count | None:
    """``3x [...]``, ``2×[...]``, ``3 × (...)``, ``2x Conv``: a count before what it repeats."""
    token, sign = cursor.tokens[cursor.index], cursor.peek(1)
    is_letter = token.kind == "word" and re.fullmatch("[A-Zkmn]", token.text) is not None
    plural = read_plural_count(cursor)
    if plural is not None:
        return plural
    if (token.kind != "number" and not is_letter) or sign is None:
        return None
    if is_sized_already(cursor):
        cursor.index += 1
        cursor.respell(token.span, f"*{token.text}")
        return token.text, token.span
    if not is_times(sign) and not is_symbol(sign, "*"):
        return None
    repeated = cursor.peek(2)
    if is_letter and not is_symbol(repeated, "[({"):
        return None
    if token.text.isdecimal() and int(token.text) >= FEWEST_FILTERS and is_kind(repeated, "word"):
        cursor.fail(
            f"ambiguous: is {token.text} a count or a number of filters?",
            Span(token.start, sign.end),
            help=(f"write [CONV3-64]*{token.text} for a count, CONV3-{token.text} for filters",),
        )
    is_layer = find_layer_name(cursor.tokens, cursor.index + 2) is not None
    if is_kind(repeated, "size"):  # 2 × 3x3 conv
        is_layer = find_layer_name(cursor.tokens, cursor.index + 3) is not None
    if not is_layer and not is_symbol(repeated, "[({"):
        return None
    if is_layer:
        refuse_tight_chain(cursor, cursor.index + 2, token.text)
    cursor.index += 2
    span = Span(token.start, sign.end)
    cursor.respell(span, f"*{token.text}")
    return token.text, span


def is_sized_already(cursor: TokenCursor) -> bool:
    """Return whether the layer that is glued to a number has its window and its filters, so that the
    number is a count: ``2conv3-64``.
    """
    number, word, hyphen, width = (cursor.peek(ahead) for ahead in range(4))
    if not is_kind(number, "number") or not re.fullmatch("[2-9]", number.text):
        return False
    if not is_kind(word, "word") or not word.glued:  # 2 conv3-64 may be the second of a list
        return False
    name = find_layer_name(cursor.tokens, cursor.index + 1)
    is_windowed = name is not None and name.kind == "CONV" and bool(name.digits)
    is_wide = is_kind(width, "number") and width.glued and width.text.isdecimal()
    return is_windowed and is_symbol(hyphen, "-") and is_wide


def plural_count(tokens: Sequence[Token], index: int) -> tuple[str, LayerName] | None:
    """Return the number before a layer and a noun in the plural, and the layer: ``4 conv layers``."""
    number = NUMBER_WORDS.get(tokens[index].text.upper(), tokens[index].text)
    name = find_layer_name(tokens, index + 1)
    if name is None or not re.fullmatch("[2-9]|1[01]", number) or name.digits is not None:
        return None
    noun = tokens[index + 1 + name.length : index + 2 + name.length]
    is_plural = bool(noun) and noun[0].text.upper() in ("LAYERS", "BLOCKS")
    return (number, name) if is_plural else None


def read_plural_count(cursor: TokenCursor) -> Count | None:
    """``Three conv blocks``, ``4 Conv layers``

    Raises ArchitectureError where brackets follow, which may list the widths of all.
    """
    token = cursor.tokens[cursor.index]
    counted = plural_count(cursor.tokens, cursor.index)
    if counted is None:
        return None
    number, name = counted
    following = cursor.peek(name.length + 2)
    if is_symbol(following, "(["):
        cursor.fail(
            f"ambiguous: do all {number} layers have what is in these brackets?",
            Span(token.start, following.end),
            help=(
                f"write the layers one by one, or [{name.kind}3-64]*{number} if they are the same",
            ),
        )
    cursor.index += 1
    cursor.respell(token.span, f"*{number}", token.text)
    return number, token.span


def refuse_tight_chain(cursor: TokenCursor, index: int, count: str) -> None:
    """Raise ArchitectureError for ``3 × Conv-BN-ReLU -> ...``, whose count may repeat all three."""
    name = find_layer_name(cursor.tokens, index)
    after = index + name.length if name is not None else index + 1
    if after + 1 >= len(cursor.tokens) or name is None:
        return
    sign, following = cursor.tokens[after : after + 2]
    is_tight = is_symbol(sign, "-+/") and sign.glued and following.glued
    if is_tight and find_layer_name(cursor.tokens, after + 1) is not None:
        cursor.fail(
            f"ambiguous: does the count repeat only {name.kind}, or the layers after it too?",
            Span(cursor.tokens[index].start, following.end),
            help=(f"put brackets around the layers to repeat: [{name.kind} -> BN]*{count}",),
        )


def read_suffix(cursor: TokenCursor, item: Element, stop: int) -> None:
    """Read the counts, the ``?`` and the declared shape after an item."""
    while cursor.index < stop:
        start = cursor.index
        token = cursor.tokens[start]
        if is_symbol(token, "?"):
            if item.optional or item.count:
                cursor.fail("two counts on one item", token.span)
            item.optional = token.span
            cursor.index += 1
        elif is_symbol(token, ":") and cursor.peek(1) is not None:
            if not read_declared_shape(cursor, item, stop):
                return
        else:
            count = read_count_after(cursor, item, stop)
            if count is None:
                return
            set_count(cursor, item, count, start)


def set_count(cursor: TokenCursor, item: Element, count: Count, start: int) -> None:
    """Give an item its count, whose text begins with the token at ``start``.

    Raises ArchitectureError for a second count, and for one that may repeat more than the item.
    """
    number, place = count
    first = cursor.tokens[start]
    span = Span(first.start, place.end)
    if is_factor(item, number):  # Upsample x2
        item.kernel = number
        item.span = Span(item.span.start, cursor.tokens[cursor.index - 1].end)
        return
    if item.count is not None or item.optional is not None:
        cursor.fail(
            "two counts on one item",
            span,
            help=("multiply them, or put brackets around the first: [[A]*2]*3",),
        )
    if is_activation(item) and start > 1:
        cursor.fail(
            f"ambiguous: does the count repeat only {item.kind}, or the layers before it too?",
            span,
            help=(f"put brackets around the layers to repeat: [CONV -> {item.kind}]*{number}",),
        )
    is_canonical = is_symbol(first, "*") and first.glued
    counts_each = is_canonical or cursor.has_counts or len(cursor.layers) < 2
    # two pools in a row are rarely meant
    if isinstance(item, DraftLayer) and item.kind in POOLS and not counts_each:
        cursor.fail(
            f"ambiguous: does the count repeat only {item.kind}, or the layers before it too?",
            span,
            help=(f"put brackets around the layers to repeat: [CONV -> {item.kind}]*{number}",),
        )
    may_be_filters = (
        isinstance(item, DraftLayer)
        and item.kind in FILTERED
        and item.size is None
        and number.isdecimal()
        and int(number) >= FEWEST_FILTERS
    )
    if may_be_filters and not is_canonical:  # Conv 3x3 x 64
        cursor.fail(
            f"ambiguous: is {number} a count or a number of filters?",
            span,
            help=(f"write [CONV3]*{number} for a count, CONV3-{number} for filters",),
        )
    strict = f"*{number}"
    if cursor.slice(span) != strict or not first.glued:
        cursor.respell(span, strict)
    item.count = number, span
    cursor.has_counts = True


def is_factor(item: Element, number: str) -> TypeGuard[DraftLayer]:
    """Return whether a number with a times sign is the factor of a layer that enlarges."""
    if not isinstance(item, DraftLayer) or item.kind not in FACTORS or not number.isdecimal():
        return False
    return item.kernel is None and item.digits is None


def is_activation(item: Element) -> TypeGuard[DraftLayer]:
    """Return whether an element is an activation layer."""
    return isinstance(item, DraftLayer) and item.kind in ACTIVATIONS


def read_count_after(cursor: TokenCursor, item: Element, stop: int) -> Count | None:
    """Read the count at the cursor; None where there is none."""
    token = cursor.tokens[cursor.index]
    is_last = cursor.peek(1) is None
    is_sign = is_symbol(token, "*^") or is_kind(token, "times")
    if is_sign or (is_times(token) and not is_last):
        return read_count(cursor, cursor.index + 1, stop)
    if token.kind == "word" and re.fullmatch(GLUED_COUNT, token.text):
        takes_letter = isinstance(item, (DraftGroup, DraftJoin)) or token.glued
        if takes_letter or re.fullmatch(GLUED_NUMBER, token.text):
            cursor.index += 1
            return token.text[1:], token.span
    elif is_symbol(token, "("):
        count = re.match(COUNT_IN_PARENTHESES, cursor.text_from(token.start, 40))
        if count is not None:
            cursor.index = cursor.closing(cursor.index) + 1
            return count[1], Span(token.start + count.start(1), token.start + count.end(1))
    return None


def read_count(cursor: TokenCursor, index: int, stop: int) -> Count:
    """Read what follows a times sign: a number, a letter, an expression in parentheses or a list.

    Raises ArchitectureError for anything else.
    """
    if index >= stop:
        cursor.fail("the count is missing", cursor.tokens[index - 1].span)
    token = cursor.tokens[index]
    if token.kind in ("number", "word") and token.text != "where":
        if "." in token.text:
            cursor.fail("a count must be a whole number", token.span, code="CNN004")
        refuse_open_expression(cursor, index, stop)
        cursor.index = index + 1
        return token.text, token.span
    if is_symbol(token, "({["):
        end = cursor.closing(index)
        inner = cursor.text[token.end : cursor.tokens[end].start].strip()
        span = Span(token.start, cursor.tokens[end].end)
        cursor.index = end + 1
        if token.text == "(":
            return f"({inner})", span
        if token.text == "[":
            return f"[{inner}]", span
        if re.fullmatch(r"\w+", inner):
            return inner, span
    if is_symbol(token, "-"):
        cursor.fail("the count is negative", token.span, code="CNN004")
    cursor.fail(f"expected a count, not {token.text!r}", token.span)


def refuse_open_expression(cursor: TokenCursor, index: int, stop: int) -> None:
    """Raise ArchitectureError for ``*N - 1``, where the hyphen may be an arrow."""
    if index + 3 > stop:
        return
    letter, sign, number = cursor.tokens[index : index + 3]
    is_sum = is_kind(letter, "word") and is_symbol(sign, "-+") and is_kind(number, "number")
    if is_sum:
        expression = f"{letter.text}{sign.text}{number.text}"
        cursor.fail(
            f"ambiguous: is the count {letter.text} or {expression}?",
            Span(letter.start, number.end),
            help=(f"put a computed count in parentheses: *({expression})",),
        )
