"""What follows an element without an arrow and is no layer: words, constraints, full stops."""

from __future__ import annotations

import re
from collections.abc import Callable

from cnnsize.language.informal.arguments import read_arguments
from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer, Element
from cnnsize.language.informal.shapes import require_shape
from cnnsize.language.informal.tokens import Token, is_kind, is_symbol
from cnnsize.language.informal.vocabulary import NOISE
from cnnsize.layers.names import ALIASES, OPTION_WORDS
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
    if token.kind != "word" or token.text.upper() not in NOISE:
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


def skip_full_stop(cursor: TokenCursor, items: list[Element], stop: int) -> bool:
    """``.`` at the end"""
    if cursor.index != stop - 1 or not is_symbol(cursor.tokens[cursor.index], ".。!;"):
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


TrailingReader = Callable[[TokenCursor, list[Element], int], bool]
TRAILING_READERS: tuple[TrailingReader, ...] = (
    skip_noise,
    read_output_shape,
    skip_letter_range,
    skip_full_stop,
    read_dots,
    read_arguments_apart,
)
