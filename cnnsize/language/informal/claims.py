"""Tell an output shape in parentheses from arguments: ``Conv2D (26, 26, 32)``, ``ReLU (None, 8, 8, 16)``."""

from __future__ import annotations

from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer
from cnnsize.language.informal.numbering import FEWEST_FILTERS
from cnnsize.language.informal.shapes import read_shape
from cnnsize.language.informal.signatures import CALLS
from cnnsize.language.informal.tokens import Token, is_symbol, span_of
from cnnsize.language.informal.vocabulary import TORCH_CLASSES, WITH_SHAPE, WITH_WIDTH
from cnnsize.layers.frameworks import TORCH, signature
from cnnsize.layers.names import POOLS
from cnnsize.text.span import Span


def read_claim(cursor: TokenCursor, layer: DraftLayer, tokens: list[Token], opened: Token) -> bool:
    """Declare the output shape that these tokens in parentheses are; False where they are arguments.

    Raises ArchitectureError where they may be one or the other.
    """
    is_pair = len(tokens) == 3 and is_symbol(tokens[1], ",")
    is_batch = is_pair and tokens[0].text in ("N", "B", "None", "batch", "batch_size")
    if is_batch and layer.kind == "FC" and layer.declared is None and tokens[2].kind == "number":
        layer.declared = f"[1x1x{tokens[2].text}]", span_of(tokens)  # FC (N, 10)
        layer.size = layer.size or tokens[2].text
        return True
    signs = tokens[1::2]
    is_list = len(tokens) in (5, 7) and all(is_symbol(sign, ",") for sign in signs)
    is_product = len(tokens) == 5 and all(is_symbol(sign, "*") for sign in signs)
    is_volume = is_product and tokens[0].text.isdecimal() and int(tokens[0].text) >= FEWEST_FILTERS
    is_list = is_list or is_volume  # conv(24*24*64)
    if not is_list or layer.kind in WITH_SHAPE or layer.declared is not None:
        return False
    span = span_of(tokens)
    if len(tokens) == 7:
        is_batch = tokens[0].kind == "word"  # (None, 26, 26, 32)
        shape = read_shape(cursor, tokens) if is_batch else None
        if shape is None:
            return False
        layer.declared = shape, span
        return True
    refuse_sides(cursor, layer, tokens)
    if not all(token.kind == "number" and token.text.isdecimal() for token in tokens[::2]):
        return False
    numbers = [int(token.text) for token in tokens[::2]]
    if not may_be_shape(cursor, layer, numbers):
        return False
    is_certain = is_volume or layer.kind not in CALLS or are_no_arguments(layer, numbers, opened)
    text = cursor.slice(span)
    if not is_certain and opened.glued and signature(TORCH, layer.written) is not None:
        return False  # MaxPool2d(2, 2, 1), as PyTorch reads it
    if not is_certain:
        name = layer.written
        cursor.fail(
            f"ambiguous: is ({text}) the output shape of {name}, or are these its arguments?",
            Span(opened.start, span.end + 1),
            code="CNN003",
            help=(f"write an output shape as {name} -> ({text}), and arguments by name",),
        )
    layer.declared = f"[{'x'.join(map(str, numbers))}]", span
    if layer.kind in WITH_WIDTH and layer.size is None:
        layer.size = str(numbers[2])
    return True


def refuse_sides(cursor: TokenCursor, layer: DraftLayer, tokens: list[Token]) -> None:
    """Raise ArchitectureError for ``Conv(3, H, W)``, whose letters are the sides of a volume."""
    texts = [token.text for token in tokens[::2]]
    if layer.kind in CALLS and {"H", "W"} <= {text.upper() for text in texts}:
        depth = next((text for text in texts if text.upper() not in ("H", "W")), "D")
        cursor.fail(
            f"{cursor.slice(span_of(tokens))} is a shape, and {layer.written} takes numbers",
            span_of(tokens),
            code="CNN003",
            help=(
                f"write {depth} filters as CONV3-{depth}, and the size of an input as INPUT[32x32x{depth}]",
            ),
        )


def may_be_shape(cursor: TokenCursor, layer: DraftLayer, numbers: list[int]) -> bool:
    """Return whether three numbers may be a square volume that a layer puts out."""
    width, height, depth = numbers
    is_torch = layer.written.replace(" ", "") in TORCH_CLASSES
    is_square = width == height and depth > 0 and not repeats_channels(cursor, numbers)
    return (layer.kind not in CALLS or is_square) and not is_torch


def repeats_channels(cursor: TokenCursor, numbers: list[int]) -> bool:
    """Return whether the first number is the width of the layer before, and the last may be a
    filter size: ``Conv(1,32,5) -> Conv(32,32,5)``.
    """
    widths = [layer.size for layer in cursor.layers[-8:-1] if layer.kind in WITH_WIDTH]
    return widths[-1:] == [str(numbers[0])] and numbers[2] < FEWEST_FILTERS


def are_no_arguments(layer: DraftLayer, numbers: list[int], opened: Token) -> bool:
    """Return whether three numbers are impossible as arguments, or unlikely after a space."""
    _, second, third = numbers
    if layer.kind in POOLS:
        return third > second  # more padding than the window is wide
    return not opened.glued and third > second > 11
