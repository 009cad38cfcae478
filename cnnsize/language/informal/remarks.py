"""Words in parentheses that are no arguments: which are variables, which are remarks that say
nothing, and which may change a layer, and so are never ignored.
"""

from __future__ import annotations

import re

from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer
from cnnsize.language.informal.parameters import LETTER_OPTION
from cnnsize.language.informal.tokens import Token, has_numbers, is_symbol, span_of
from cnnsize.language.informal.vocabulary import (
    LINKING_WORDS,
    MEANINGFUL,
    NOISE,
    WIDTH_VARIABLES,
    WINDOWED,
    WITH_WIDTH,
)
from cnnsize.layers.names import ACTIVATIONS, ALIASES, ENDS, NOT_OURS
from cnnsize.text.span import Span
from cnnsize.text.suggest import squeeze

PROSE_WORDS = 5  # an argument of so many words is prose
# kinds whose output no number can change
WITHOUT_SIZES = (*ACTIVATIONS, *ENDS, "SOFTMAX", "LOGSOFTMAX")
TAKES_LETTERS = ("GN", "CHSHUFFLE", "UP", "POOL", "AVGPOOL", "PAD")


def refuse_meaningful(cursor: TokenCursor, layer: DraftLayer, argument: list[Token]) -> None:
    """Raise ArchitectureError for an argument that may change the layer in a way that is not
    known. Prose and remarks pass.
    """
    span = span_of(argument)
    words = {squeeze(token.text) for token in argument if token.kind == "word"}
    has_digits = len(argument) > 1 and any(re.search(r"\d", token.text) for token in argument)
    has_value = (
        has_numbers(argument) or has_digits or any(is_symbol(token, "=([{") for token in argument)
    )
    is_prose = len(words) >= PROSE_WORDS and layer.kind in WITHOUT_SIZES
    if has_value and not is_prose:
        refuse(cursor, layer, span, help=help_with_values(layer))
    named = {word for word in words if names_layer(word)}
    if is_prose:
        named = {word for word in named if ALIASES.get(word) not in ACTIVATIONS}
    if named:
        refuse(cursor, layer, span)
    if words & MEANINGFUL or any(re.fullmatch(LETTER_OPTION, word) for word in words):
        numbers = "write sizes as numbers, (S=2, P=1), and repetitions as *2"
        refuse(cursor, layer, span, help=(numbers,))


def names_layer(word: str) -> bool:
    """Return whether a word names a layer, known or not, and not the ends of a network or itself a
    common English word.
    """
    kind = ALIASES.get(word)
    return (kind is not None and kind not in (*ENDS, "INPUT", "IN", "FLATTEN")) or word in NOT_OURS


def is_remark(layer: DraftLayer, word: str) -> bool:
    """Return whether a word describes the layer and is no variable: (output), (image)."""
    kind = ALIASES.get(word)
    if word in ("L1", "L2", "CLASSIFIER", "HEAD"):  # a regularizer, or a part of a network
        return True
    names_input = kind == "INPUT" and layer.kind not in ("CONV", "FC")
    return kind in ENDS or word in NOISE or names_input


def is_variable(cursor: TokenCursor, text: str) -> bool:
    """Return whether a word looks like a name of a number, and not like a remark: n, num_classes,
    WIDTH, filters.
    """
    is_name = len(text) < 3 or text.isupper() or re.search("[_0-9]", text) is not None
    return is_name or squeeze(text) in WIDTH_VARIABLES or text in cursor.variables


def is_introduction(token: Token) -> bool:
    """Return whether a token only introduces an activation: with, followed by, activation:, +."""
    word = squeeze(token.text) if token.kind == "word" else ""
    return word in LINKING_WORDS | {"ACTIVATION", "FOLLOWED", "PLUS"} or is_symbol(token, ":+")


def is_tensor(token: Token) -> bool:
    """Return whether a word may be what a layer is applied to: ``x``, ``inputs``, ``x1``."""
    word = squeeze(token.text)
    is_option = re.fullmatch(LETTER_OPTION, word) is not None
    is_meaningful = is_option or word in MEANINGFUL or ALIASES.get(word, "INPUT") != "INPUT"
    return token.kind == "word" and not is_meaningful


def takes_letter(layer: DraftLayer, text: str) -> bool:
    """Return whether a word in parentheses is a variable in the place of a number."""
    if layer.kind in WITH_WIDTH:
        return not re.search(r"[A-Z][a-z]{2,}", text)
    return layer.kind in TAKES_LETTERS or (layer.kind.startswith("DROP") and len(squeeze(text)) < 3)


def help_with_variable(layer: DraftLayer, text: str) -> str:
    """Return how a variable in the place of a number is written."""
    if layer.kind in WITH_WIDTH:
        return f"write a variable number as {layer.kind}-n, and leave out remarks"
    return "write a number, and leave out remarks"


def help_with_values(layer: DraftLayer) -> tuple[str, ...]:
    """Return how the values of a layer are written."""
    if layer.kind == "FC":
        return ("write the units as in FC-10",)
    if layer.kind in WINDOWED:
        return (f"write options as in {layer.kind}3(S=2, P=1)",)
    if layer.kind == "CROP":
        return ("write the size that remains, as in CROP[24x24]",)
    if layer.kind == "PAD":
        return ("write PAD1, or the sides as in PAD(left=0, right=1, top=0, bottom=1)",)
    return ("write UP2, or UP(to=16x16) for a size",) if layer.kind == "UP" else ()


def refuse(
    cursor: TokenCursor, layer: DraftLayer, span: Span, *, help: tuple[str, ...] = ()
) -> None:
    """Raise ArchitectureError for an argument whose meaning is not known."""
    text = cursor.slice(span)
    cursor.fail(f"cannot tell what {text!r} means for {layer.kind}", span, code="CNN003", help=help)
