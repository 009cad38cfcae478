"""What follows an element without an arrow and is no layer: words, constraints, full stops."""

from __future__ import annotations

import re
from collections.abc import Callable

from cnnsize.language.informal.arguments import read_arguments
from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer, Element
from cnnsize.language.informal.names import find_layer_name
from cnnsize.language.informal.numbers import is_end
from cnnsize.language.informal.shapes import require_shape
from cnnsize.language.informal.tokens import Token, is_kind, is_symbol, span_of
from cnnsize.language.informal.vocabulary import MEANINGFUL, NOISE, PROSE_STARTS
from cnnsize.layers.names import (
    ACTIVATIONS,
    ALIASES,
    CONVOLUTIONS,
    ENDS,
    NORMS,
    NOT_OURS,
    OPTION_WORDS,
    POOLS,
)
from cnnsize.text.span import Span
from cnnsize.text.suggest import squeeze

CONSTRAINT = r"\s*[A-Za-z](?:\s*,\s*[A-Za-z])*\s*(?:[<>≥≤=∈]|in\b)"  # N, M >= 0
NOT_NEGATIVE = r"\s*[A-Za-z](?:\s*,\s*[A-Za-z])*\s*(?:>\s*=|≥)\s*0(?![0-9.])"  # says nothing new
RELATIONS = ("=", ">", "<", "≥", "≤", "∈", ",", "in")


def is_alone_on_line(cursor: TokenCursor) -> bool:
    """Return whether nothing else is in the line of the next token: a bar that is drawn as an
    arrow.
    """
    before = cursor.tokens[cursor.index - 1] if cursor.index else None
    after = cursor.peek(1)
    return (before is None or before.kind == "line") and (after is None or after.kind == "line")


def constraint_follows(cursor: TokenCursor) -> bool:
    """Return whether ``N, M >= 0`` follows the next token, after the whole network."""
    rest = cursor.text_from(cursor.tokens[cursor.index].end, 200)
    return cursor.depth == 0 and re.match(CONSTRAINT, rest) is not None


def skip_constraint(cursor: TokenCursor, stop: int) -> bool:
    """``| N, M, K >= 0``: skip a constraint, with a note; False where there is none."""
    if not constraint_follows(cursor) or is_alone_on_line(cursor):
        return False
    refuse_bound(cursor, stop)
    start, end = cursor.tokens[cursor.index].start, cursor.tokens[stop - 1].end
    cursor.note(f"ignored: {cursor.text[start:end].strip()}")
    cursor.index = stop
    return True


def refuse_bound(cursor: TokenCursor, stop: int) -> None:
    """Raise ArchitectureError for a constraint such as ``| N > 2``, which gives N no values.

    A bound such as ``N >= 0`` holds for every count, so it can be ignored.
    """
    first = cursor.tokens[cursor.index]
    if re.match(NOT_NEGATIVE, cursor.text_from(first.end, 200)) is None:
        cursor.fail(
            "a constraint must list the values of a letter",
            Span(first.start, cursor.tokens[stop - 1].end),
            help=("write where N = 2, where N in 0..3, or where N in {1, 2, 4}",),
        )


def ignore_rest(cursor: TokenCursor, first: Token, stop: int) -> None:
    """Skip the text from the token ``first`` on, with a note."""
    cursor.note(f"ignored: {cursor.text[first.start :].strip()}")
    cursor.index = stop


def skip_trailing(cursor: TokenCursor, items: list[Element], stop: int) -> bool:
    """Move past words after an element that are no layer; False where none are."""
    return any(reader(cursor, items, stop) for reader in TRAILING_READERS)


def skip_noise(cursor: TokenCursor, items: list[Element], stop: int) -> bool:
    """``layer``"""
    token = cursor.tokens[cursor.index]
    begins_line = cursor.tokens[cursor.index - 1].kind == "line"
    if token.kind != "word" or token.text.upper() not in NOISE or begins_line:
        return False
    cursor.index += 1
    return True


def skip_output_word(cursor: TokenCursor, items: list[Element], stop: int) -> bool:
    """``sigmoid output``"""
    last, word = items[-1], cursor.tokens[cursor.index].text.upper()
    names_output = isinstance(last, DraftLayer) and last.kind in ACTIVATIONS and word == "OUTPUT"
    if not names_output or not is_end(cursor.peek(1) if cursor.index + 1 < stop else None):
        return False
    cursor.index += 1
    return True


def read_output_shape(cursor: TokenCursor, items: list[Element], stop: int) -> bool:
    """``output=8x8x64``"""
    token, size = cursor.tokens[cursor.index], cursor.peek(2)
    if token.kind != "word" or token.text.upper() not in ("OUT", "OUTPUT", "SHAPE"):
        return False
    if not is_symbol(cursor.peek(1), "=") or not is_kind(size, "size"):
        return False
    items[-1].declared = require_shape(cursor, size, help=()), size.span
    cursor.index += 3
    return True


def skip_letter_range(cursor: TokenCursor, items: list[Element], stop: int) -> bool:
    """``m=1~5``, after the whole network and of a letter in it"""
    token, relation = cursor.tokens[cursor.index], cursor.peek(1)
    after_network = cursor.depth == 0 and stop == len(cursor.tokens)
    if token.kind != "word" or len(token.text) > 1:
        return False
    if not after_network or relation is None:
        return False
    if relation.text not in RELATIONS:
        return False
    if not any(earlier.text == token.text for earlier in cursor.tokens[: cursor.index]):
        return False
    ignore_rest(cursor, token, stop)
    return True


def read_activations(cursor: TokenCursor, items: list[Element], stop: int) -> bool:
    """``dense 32 relu``, ``conv 3x3 BN ReLU``: up to an arrow, in the line of the layer"""
    layer, index = items[-1], cursor.index
    if not isinstance(layer, DraftLayer) or layer.kind not in (*CONVOLUTIONS, "FC"):
        return False
    if not any((layer.size, layer.kernel, layer.digits, layer.options)):  # CONV RELU
        return False
    layers: list[DraftLayer] = []
    while index < stop and (name := find_layer_name(cursor.tokens, index)) is not None:
        if name.kind not in (*ACTIVATIONS, *NORMS) or name.digits is not None:
            return False
        span = span_of(cursor.tokens[index : index + name.length])
        layers.append(DraftLayer(name.kind, cursor.slice(span), span))
        index += name.length
    has_end = index >= stop or is_end(cursor.tokens[index])
    if cursor.tokens[cursor.index - 1].kind == "line" or not layers or not has_end:
        return False
    items += map(cursor.add_layer, layers)
    cursor.index = index
    return True


def skip_full_stop(cursor: TokenCursor, items: list[Element], stop: int) -> bool:
    """``.`` at the end of the text, or of a line"""
    following = cursor.peek(1)
    ends_line = cursor.index == stop - 1 or is_kind(following, "line")
    if not ends_line or not is_symbol(cursor.tokens[cursor.index], ".。!;"):
        return False
    cursor.index += 1
    return True


def read_dots(cursor: TokenCursor, items: list[Element], stop: int) -> bool:
    """``...``, for layers that are left out"""
    token = cursor.tokens[cursor.index]
    if token.kind != "dots":
        return False
    items.append(DraftLayer("...", token.text, token.span, verbatim="..."))
    cursor.index += 1
    return True


def read_arguments_apart(cursor: TokenCursor, items: list[Element], stop: int) -> bool:
    """``(same, relu)`` on the line after its layer"""
    layer = items[-1]
    if not isinstance(layer, DraftLayer) or not is_symbol(cursor.tokens[cursor.index], "("):
        return False
    end = cursor.closing(cursor.index)
    words = [
        squeeze(token.text)
        for token in cursor.tokens[cursor.index + 1 : end]
        if token.kind == "word"
    ]
    if not words:
        return False
    is_option = words[0] in ("SAME", "VALID", "PADDED", "NO") or words[0].lower() in OPTION_WORDS
    names_no_layer = all(ALIASES.get(word, "INPUT") == "INPUT" for word in words)
    is_remark = layer.kind == "INPUT" and names_no_layer
    if not is_option and not is_remark:
        return False
    read_arguments(cursor, layer, cursor.index + 1, end)
    items += layer.after
    cursor.index = end + 1
    return True


def skip_pointed_remark(cursor: TokenCursor, items: list[Element], stop: int) -> bool:
    """``← feature extraction``, up to the end of the line, in a text with arrows to the right"""
    start = cursor.index
    if not is_symbol(cursor.tokens[start], "←") or not cursor.has_arrows:
        return False
    end = start
    while end < stop and cursor.tokens[end].kind != "line":
        if cursor.tokens[end].kind == "arrow" or (end > start and cursor.tokens[end].text == "←"):
            return False
        end += 1
    remark = cursor.text[cursor.tokens[start].start : cursor.tokens[end - 1].end]
    cursor.note(f"ignored: {remark}")
    cursor.index = end
    return True


def skip_gloss(cursor: TokenCursor, items: list[Element], stop: int) -> bool:
    """``Conv 卷积``: the name of the same layer in another language"""
    token, layer = cursor.tokens[cursor.index], items[-1]
    is_foreign = token.kind == "word" and not cursor.slice(token.span).isascii()
    if not is_foreign or not isinstance(layer, DraftLayer):
        return False
    kind = ALIASES.get(squeeze(token.text))
    if kind != layer.kind and not {kind, layer.kind} <= {*POOLS}:
        return False
    cursor.index += 1
    return True


def skip_prose(cursor: TokenCursor, items: list[Element], stop: int) -> bool:
    """``for each stage``, after the whole network, where no word of it may change a layer"""
    first = cursor.tokens[cursor.index]
    after_network = cursor.depth == 0 and stop == len(cursor.tokens)
    last = items[-1]
    names_output = isinstance(last, DraftLayer) and last.kind == "OUTPUT"  # Output probabilities
    if not after_network or not (names_output or first.text.upper() in PROSE_STARTS):
        return False
    rest = [token for token in cursor.tokens[cursor.index : stop] if token.kind != "line"]
    if not all(is_prose(token) for token in rest):
        return False
    ignore_rest(cursor, first, stop)
    return True


def is_prose(token: Token) -> bool:
    """Return whether a token is a word that is no layer, option or count, or a sign of punctuation."""
    if token.kind != "word":
        return is_symbol(token, ".,;!:()'")
    word = squeeze(token.text)
    if word in PROSE_STARTS:
        return True
    names_kind = ALIASES.get(word, "OUTPUT") not in ENDS
    is_word_of_layers = names_kind or word in NOT_OURS or word.lower() in OPTION_WORDS
    return not is_word_of_layers and word not in MEANINGFUL and word.isalpha()


TrailingReader = Callable[[TokenCursor, list[Element], int], bool]
TRAILING_READERS: tuple[TrailingReader, ...] = (
    skip_noise,
    skip_output_word,
    read_output_shape,
    skip_letter_range,
    read_activations,
    skip_full_stop,
    read_dots,
    read_arguments_apart,
    skip_pointed_remark,
    skip_gloss,
    skip_prose,
)
