"""A call of a framework while it is read, and its sizes and pairs of sizes."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import NoReturn

from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer
from cnnsize.language.informal.python_call import Value, expression, is_whole
from cnnsize.language.informal.vocabulary import PADDING_WORDS
from cnnsize.layers.frameworks import FLAX, KERAS, Argument, Signature, words
from cnnsize.layers.names import ACTIVATIONS, ALIASES
from cnnsize.text.suggest import squeeze

# the words that an argument can be, where it changes no size
ONE_OF = {
    "padding_mode": words("zeros reflect replicate circular"),
    "approximate": words("none tanh"),
}
# words that are no names of variables: Conv2D(8, 3, same)
WORDS = words("SAME VALID ZERO CEIL FLOOR") | {
    name for name, kind in ALIASES.items() if kind in ACTIVATIONS
}


class CallReader:
    """A call that is being read."""

    def __init__(self, cursor: TokenCursor, layer: DraftLayer, called: Signature) -> None:
        self.cursor = cursor
        self.layer = layer
        self.called = called
        self.affine: list[object] = []  # the values of center and scale
        self.affine_value: Value | None = None

    def refuse(self, argument: Argument, value: Value, wanted: str) -> NoReturn:
        """Raise ArchitectureError for a value; ``wanted`` says what it must be."""
        message = f"{argument.name} of {self.called.name} must be {wanted}, not {value.text}"
        self.cursor.fail(message, value.span, code="CNN004")


Setter = Callable[[CallReader, Argument, Value], None]


def suits(called: Signature, argument: Argument, value: Value) -> bool:
    """Return whether a value is of a type that the framework accepts; sizes are not looked at."""
    given = value.constant
    is_number = is_whole(given) or isinstance(given, float)
    is_text = isinstance(given, str)
    if argument.default in ("True", "False") and is_number:  # ReLU(6) is not in place
        return given in (0, 1)
    is_computed = isinstance(value.node, ast.BinOp)
    if argument.default in ("True", "False") and (is_computed or is_text):
        return False
    if is_text and argument.name in ONE_OF:
        return given in ONE_OF[argument.name]
    if isinstance(value.node, ast.Name) and squeeze(value.node.id) in WORDS:
        is_padding = argument.key == "P" and squeeze(value.node.id) in PADDING_WORDS
        return is_padding or argument.key == "activation"
    if argument.key == "activation" or argument.name == "noise_shape":
        return not is_number
    if argument.key == "P":
        if called.framework == KERAS:
            return not (is_number or given is None) and value.items is None
        takes_words = called.kind == "CONV" or called.framework == FLAX
        return given is not None and not (is_text and not takes_words)
    if argument.key in ("K", "in"):
        is_shape = argument.name == "normalized_shape" and value.items is not None
        return not is_text and (value.items is None or is_shape)
    if argument.name == "scale_factor" or argument.name == "size":
        return not is_text
    if argument.key in ("shape", "torch_shape"):
        return value.items is not None
    if called.framework == FLAX and argument.key == "F":
        return value.items is not None  # a number is the window of a signal
    return not (argument.key in ("F", "S", "D") and is_text)


def size(reader: CallReader, argument: Argument, value: Value) -> str:
    """Return a whole number, a letter or a formula as strict text."""
    text = expression(value.node)
    if text is None or text.startswith("-"):
        reader.refuse(argument, value, "a whole number")
    return text


def pair(reader: CallReader, argument: Argument, value: Value) -> str:
    """Return one size, or two that are height and width, as strict text."""
    if value.items is None:
        return size(reader, argument, value)
    sides = [expression(item) for item in value.items]
    wanted = "a number or a pair (height, width)"
    texts = [side for side in sides if side is not None and not side.startswith("-")]
    if len(texts) != 2 or len(sides) != 2:
        reader.refuse(argument, value, wanted)
    height, width = texts
    if height == width:
        return height
    return f"{next_to_x(width)}x{next_to_x(height)}"


def next_to_x(text: str) -> str:
    """Return a size as it is written next to an x, where a letter is in parentheses."""
    return text if text[0] in "0123456789(" else f"({text})"
