"""Calls of Keras 1 with the arguments that later versions have.

``Convolution2D(32, 3, 5, border_mode='same')`` is ``Conv2D(32, (3, 5), padding='same')``.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from cnnsize.language.informal.python_call import Arguments, Value, is_whole
from cnnsize.layers.frameworks import KERAS_1_NAMES
from cnnsize.text.span import Span

# arguments that only Keras 1 has
SIGN = re.compile(r"\b(?:border_mode|nb_filter|nb_row|nb_col|subsample|dim_ordering)\s*=")
CONVOLUTIONS = frozenset(
    {"Convolution2D", "Conv2D", "AtrousConvolution2D", "SeparableConvolution2D"}
)
ORDERINGS = {"th": "channels_first", "tf": "channels_last"}


@lru_cache(maxsize=1)
def is_keras_1(text: str) -> bool:
    """Return whether any call of a text has an argument that only Keras 1 has."""
    return SIGN.search(text) is not None


def modern(name: str, arguments: Arguments) -> Arguments:
    """Return the arguments of a call of Keras 1 as later versions name them."""
    positional = arguments.positional
    keywords = [
        (KERAS_1_NAMES.get(key, key), modern_value(key, value)) for key, value in arguments.keywords
    ]
    if name in CONVOLUTIONS:
        positional, keywords = with_window(positional, keywords)
    return arguments._replace(positional=positional, keywords=tuple(keywords))


def modern_value(key: str, value: Value) -> Value:
    """Return a value with the name that an order of axes has today."""
    order = ORDERINGS.get(str(value.constant)) if key == "dim_ordering" else None
    return value if order is None else value._replace(node=ast.Constant(order))


def with_window(
    positional: tuple[Value, ...], keywords: list[tuple[str, Value]]
) -> tuple[tuple[Value, ...], list[tuple[str, Value]]]:
    """Return arguments with ``nb_row`` and ``nb_col`` as one window."""
    if len(positional) == 3 and all(is_whole(value.constant) for value in positional):
        return (positional[0], window(*positional[1:])), keywords
    sides = dict(keywords)
    if "nb_row" not in sides or "nb_col" not in sides:
        return positional, keywords
    rest = [(key, value) for key, value in keywords if key not in ("nb_row", "nb_col")]
    return positional, [*rest, ("kernel_size", window(sides["nb_row"], sides["nb_col"]))]


def window(rows: Value, columns: Value) -> Value:
    """Return the pair of two values."""
    span = Span(rows.span.start, columns.span.end)
    node = ast.Tuple([rows.node, columns.node], ast.Load())
    return Value(node, f"({rows.text}, {columns.text})", span)
